"""Numbers in the prose of a chapter that come from its claims: written here from the ledger, never typed."""

import re
from collections.abc import Mapping
from html import escape
from typing import Any

import nbformat

from learning_geometry.claims import page
from learning_geometry.claims.vocabulary import Kind

_FORMS = ("value", "interval", "verdict")
_PLACE = re.compile(r"\{\{ +([a-z][a-z0-9-]*(?:\.[a-z0-9-]+)*?)(?:\|([a-z]+))? +\}\}")


class UnknownNumber(ValueError):
    """Prose that asks for a number of a claim that there is not, or in a form that there is not."""


def fill_in(notebook: nbformat.NotebookNode, claims: list[dict[str, Any]]) -> None:
    """Write the numbers that the prose of an executed notebook asks for, each as a link to its claim.

    `{{ outlier }}` is the value of the claim `outlier` with as many digits as its interval allows, `{{ outlier|interval }}`
    value and interval, `{{ outlier|verdict }}` the verdict.

    Raises:
        UnknownNumber: there is no such claim or form.
    """
    known = {claim["id"]: claim for claim in claims}
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = _PLACE.sub(lambda place: _written(place, known), cell.source)


def _written(place: re.Match[str], known: Mapping[str, dict[str, Any]]) -> str:
    id, form = place[1], place[2] or "value"
    if id not in known or form not in _FORMS:
        raise UnknownNumber(f"{place[0]} in the prose: there are the claims {', '.join(known)}, and the forms {_FORMS}")
    claim = known[id]
    words = claim["verdict"] if form == "verdict" else page.measured(claim)
    if form == "value":
        words = words.partition(" [")[0]
    title = f"{claim['statement']} {Kind(claim['kind'])}: {claim['verdict']}"
    return f'<a class="number" href="#claim-{escape(id)}" title="{escape(title)}">{escape(words)}</a>'
