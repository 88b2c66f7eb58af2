"""A Sphinx extension: a link to a term of the glossary says what the term means when one points at it."""

import re
from typing import Any

_MOST = 240
_SIGNS = {
    "times": "×", "top": "ᵀ", "alpha": "α", "gamma": "γ", "lambda": "λ", "sigma": "σ", "phi": "φ", "eta": "η", "propto": "∝",
    "infty": "∞", "sum": "Σ", "log": "log", "ln": "ln", "exp": "exp", "lVert": "|", "rVert": "|", "operatorname": "", "mathbf": "",
}  # fmt: skip


def setup(app: Any) -> dict[str, bool]:
    """Attach the extension to Sphinx."""
    app.connect("doctree-resolved", _add_titles)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def first_sentence(text: str) -> str:
    """The first sentence of a definition on one line, cut between words if it is long."""
    words = re.sub(r" (?=[,.:;])", "", " ".join(text.split()))  # where a citation was taken out
    sentence = re.split(r"(?<=[.!?:])(?<!et al\.)(?<!such as) (?=[A-Z])", words, maxsplit=1)[0].rstrip(":")
    return sentence if len(sentence) <= _MOST else f"{sentence[: sentence.rindex(' ', 0, _MOST)]} …"


def plain_mathematics(latex: str) -> str:
    """A short formula in signs instead of LaTeX."""
    signs = re.sub(r"\\([A-Za-z]+)", lambda name: _SIGNS.get(name[1], name[1]), latex)
    return re.sub(r"[{}\\$]", "", signs)


def _add_titles(app: Any, doctree: Any, docname: str) -> None:
    meanings = _meanings(app)
    for node in doctree.findall(lambda node: node.tagname == "reference" and node.get("internal")):
        id = node.get("refid") or node.get("refuri", "").rpartition("#")[2]
        if id in meanings and not node.get("reftitle"):
            node["reftitle"] = meanings[id]


def _meanings(app: Any) -> dict[str, str]:
    """By its id, what each term of all glossaries means; found out once."""
    env, known = app.env, getattr(app, "meanings_of_terms", None)
    if known is None:
        places = {place for (kind, _), place in env.get_domain("std").objects.items() if kind == "term"}
        known = {}
        for page in sorted({page for page, _ in places}):
            for item in env.get_doctree(page).findall(lambda node: node.tagname == "definition_list_item"):
                terms = [id for child in item.children if child.tagname == "term" for id in child["ids"]]
                definition = item.children[-1]
                if terms and definition.tagname == "definition" and definition.children:
                    known |= dict.fromkeys(terms, first_sentence(_words(definition.children[0])))
        app.meanings_of_terms = known
    return dict(known)


def _words(node: Any) -> str:
    """The text of a paragraph without its citations, formulas in signs."""
    if node.tagname == "#text":
        return str(node.astext())
    if node.get("refdomain") == "cite":
        return ""
    if node.tagname == "math":
        return plain_mathematics(node.astext())
    return "".join(map(_words, node.children))
