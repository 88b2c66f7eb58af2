"""How to cite the book, a chapter and its paper: folded boxes made from `CITATION.cff`."""

import re
from typing import Any

import yaml

from learning_geometry import paths
from learning_geometry.publishing.launch import repository
from learning_geometry.studies import Study

_ENTRY = {"conference-paper": "inproceedings", "article": "article"}
_FIELDS = ("volume", "doi", "url")


def of_book(ledger: dict[str, Any]) -> str:
    """How to cite the book, folded, in MyST; empty if the checkout has no `CITATION.cff`."""
    citation = read()
    return _box("Cite this book", [_book(citation, ledger["generated_at"], "")]) if citation else ""


def of_chapter(ledger: dict[str, Any], study: Study) -> str:
    """How to cite a chapter and the paper whose claims it tests, folded, in MyST; empty if there is no `CITATION.cff`.

    The file lists the papers in the order of their numbers, which begin the names of the notebooks.
    """
    citation = read()
    if not citation:
        return ""
    number = int(study.notebook.stem[:2])
    papers = citation.get("references", [])[number - 1 : number]
    own = _book(citation, ledger["generated_at"], study.title)
    return _box("Cite this chapter and its paper", [own, *map(bibtex, papers)])


def bibtex(reference: dict[str, Any]) -> str:
    """A reference of the file as an entry of BibTeX."""
    first = reference["authors"][0]["family-names"]
    key = re.sub(r"[^a-z0-9]", "", f"{first}{reference['year']}{reference['title'].split()[0]}".lower())
    fields = {
        "title": f"{{{reference['title']}}}",
        "author": _authors(reference["authors"]),
        "year": reference["year"],
        "booktitle": reference.get("collection-title"),
        "journal": reference.get("journal"),
        **{name: reference.get(name) for name in _FIELDS},
    }
    if "start" in reference:
        fields["pages"] = f"{reference['start']}--{reference['end']}"
    for identifier in reference.get("identifiers", []):
        if identifier["value"].startswith("arXiv:"):
            fields |= {"eprint": identifier["value"].removeprefix("arXiv:"), "archiveprefix": "arXiv"}
    return _entry(_ENTRY.get(reference["type"], "misc"), key, fields)


def read() -> dict[str, Any]:
    """The content of `CITATION.cff`, with the repository's address if it is known; nothing if there is no such file."""
    file = paths.checkout() / "CITATION.cff"
    if not file.is_file():
        return {}
    known = {"repository-code": repository()} if repository() else {}
    return known | yaml.safe_load(file.read_text(encoding="utf-8"))


def _book(citation: dict[str, Any], written: str, chapter: str) -> str:
    fields = {
        "title": f"{{{citation['title']}}}",
        "author": _authors(citation["authors"]),
        "year": written[:4],
        "version": citation.get("version"),
        "doi": citation.get("doi"),
        "url": citation.get("repository-code") or citation.get("url"),
        "note": f"Chapter ``{chapter}''; results of {written[:10]}" if chapter else f"Results of {written[:10]}",
    }
    return _entry("software", "geometryoflearning", fields)


def _authors(authors: list[dict[str, str]]) -> str:
    return " and ".join(
        f"{{{author['name']}}}" if "name" in author else f"{author['family-names']}, {author['given-names']}"
        for author in authors
    )


def _entry(type: str, key: str, fields: dict[str, Any]) -> str:
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value is not None]
    return "\n".join([f"@{type}{{{key},", *lines, "}"])


def _box(title: str, entries: list[str]) -> str:
    return "\n".join([f"````{{dropdown}} {title}", "```bibtex", "\n\n".join(entries), "```", "````", ""])
