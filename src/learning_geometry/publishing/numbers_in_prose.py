"""Numbers and claims in prose, of chapters and of other pages: written here from the ledger, never typed."""

import re
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

import nbformat

from learning_geometry.claims import page
from learning_geometry.claims.glyph import glyph
from learning_geometry.claims.vocabulary import Kind

Entry = dict[str, Any]

_FORMS = ("value", "interval", "verdict")
_ID = r"[a-z][a-z0-9-]*(?:\.[a-z0-9-]+)*?"
_PLACE = re.compile(r"\{\{ +(" + _ID + r")(?:\|([a-z]+))? +\}\}")
_PLACE_ON_A_PAGE = re.compile(
    r"\{\{ +([a-z][a-z0-9_]*/" + _ID + r"(?: +[a-z][a-z0-9_]*/" + _ID + r")*)(?:\|([a-z]+))? +\}\}"
)


class UnknownNumber(ValueError):
    """Prose that asks for a number of a claim that there is not, or in a form that there is not."""


def fill_in(notebook: nbformat.NotebookNode, claims: list[Entry]) -> None:
    """Write the numbers that the prose of an executed notebook asks for, each as a link to its claim.

    `{{ outlier }}` is the value of the claim `outlier` with as many digits as its interval allows, `{{ outlier|interval }}`
    value and interval, `{{ outlier|verdict }}` the verdict.

    Raises:
        UnknownNumber: there is no such claim or form.
    """
    known = {claim["id"]: claim for claim in claims}
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = _PLACE.sub(lambda place: _in_chapter(place, known), cell.source)


def fill_in_page(text: str, ledger: Mapping[str, Any], *, depth: int = 0) -> str:
    """The text of a page outside the chapters, which lies `depth` folders deep, with the numbers that it asks for.

    `{{ study/claim }}`, with the same forms, is a number of a study and leads to the claim in its chapter;
    `{{ study/claim study/other|claims }}` is a panel of these claims.

    Raises:
        UnknownNumber: there is no such study, claim or form.
    """

    def written(place: re.Match[str]) -> str:
        claims = [_cited(name, ledger, depth, place[0]) for name in place[1].split()]
        form = place[2] or "value"
        if form == "claims":
            return _panel(claims)
        if form not in _FORMS or len(claims) > 1:
            raise UnknownNumber(f"{place[0]}: one claim takes the forms {_FORMS}, one or more the form 'claims'")
        return _written(*claims[0], form)

    return _PLACE_ON_A_PAGE.sub(written, text)


def _in_chapter(place: re.Match[str], known: Mapping[str, Entry]) -> str:
    id, form = place[1], place[2] or "value"
    if id not in known or form not in _FORMS:
        raise UnknownNumber(f"{place[0]} in the prose: there are the claims {', '.join(known)}, and the forms {_FORMS}")
    return _written(known[id], f"#claim-{id}", form)


def _cited(name: str, ledger: Mapping[str, Any], depth: int, place: str) -> tuple[Entry, str]:
    """A claim of the ledger by `study/id`, and its address from a page so many folders deep.

    A control says first what it guards, whose words it goes on from.
    """
    study, id = name.split("/")
    entry = ledger["studies"].get(study)
    if entry is None:
        raise UnknownNumber(f"{place}: there are the studies {', '.join(ledger['studies'])}")
    claims = {claim["id"]: claim for claim in entry["claims"]}
    if id not in claims:
        raise UnknownNumber(f"{place}: {study} has the claims {', '.join(claims)}")
    claim, guarded = claims[id], claims.get(claims[id]["of"] or "")
    if guarded:
        claim = claim | {"statement": f"Control of “{guarded['statement'].rstrip('.')}”: {claim['statement']}"}
    return claim, f"{'../' * depth}studies/{Path(entry['notebook']).stem}.html#claim-{id}"


def _written(claim: Entry, address: str, form: str) -> str:
    words = claim["verdict"] if form == "verdict" else page.typeset(page.measured(claim))
    if form == "value":
        words = words.partition(" [")[0]
    title = f"{claim['statement']} {Kind(claim['kind'])}: {claim['verdict']}"
    return f'<a class="number" href="{escape(address)}" title="{escape(title)}">{escape(words)}</a>'


def _panel(claims: list[tuple[Entry, str]]) -> str:
    """Claims as rows that lead to their chapters: statement, picture, value, verdict."""
    rows = "".join(
        f'<div class="claim"><span class="claim-statement"><a href="{escape(address)}" title="{escape(claim["statistic"])}">'
        f"{escape(claim['statement'])}</a> {page.badges(claim)}</span> {glyph(claim)}"
        f'<span class="claim-value">{page.value(claim)}</span> {page.badge(claim["kind"], claim["verdict"])}</div>'
        for claim, address in claims
    )
    head = "<span>Claims of this book</span><span>shaded: where the rule is met</span>"
    return (
        f'<div class="panel cited" role="group" aria-label="Claims that answer this"><div class="panel-head">{head}</div>'
        f"{rows}</div>"
    )
