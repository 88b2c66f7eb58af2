"""Numbers that were measured are written into the prose by the book, and none is typed."""

import json
import re
from pathlib import Path
from typing import Any

import jupytext
import nbformat
import pytest

from learning_geometry.claims import page
from learning_geometry.publishing.numbers_in_prose import fill_in
from learning_geometry.studies import STUDIES

LEDGER = Path(__file__).resolve().parents[2] / "book" / "recorded" / "ledger.json"
NUMBER = r"(?<![\w.,])(?:\d[\d,]*)?\.?\d+(?!\w)"
every_study = pytest.mark.parametrize("study", STUDIES.values(), ids=STUDIES)


@pytest.fixture(scope="module")
def published() -> dict[str, Any]:
    """The claims of every study with their published numbers."""
    studies = json.loads(LEDGER.read_text(encoding="utf-8"))["studies"]
    return {name: entry["claims"] for name, entry in studies.items()}


def prose(notebook: Path) -> str:
    """The markdown of a notebook without code, displayed formulas and what the book fills in."""
    cells = jupytext.read(notebook, fmt="py:percent").cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return re.sub(r"```.*?```|\$\$.*?\$\$|`[^`]*`|\{\{.*?\}\}", "", text, flags=re.DOTALL)


def telling(claims: list[dict[str, Any]]) -> set[str]:
    """Values of claims and ends of their intervals, as panels show them, that no prose holds by chance.

    They have three digits, or two of which one is a fraction; a rounded number is not recognised.
    """
    shown = {number for claim in claims for number in re.findall(NUMBER, page.measured(claim))}
    return {number for number in shown if len(re.sub(r"\D", "", number).lstrip("0")) >= (2 if "." in number else 3)}


def typed(text: str, claims: list[dict[str, Any]]) -> list[str]:
    known = telling(claims)
    numbers = re.findall(NUMBER, text)
    return [number for number in numbers if number in known or f"0{number}" in known]


@every_study
def test_no_number_of_a_claim_is_typed(study, published):
    assert typed(prose(study.notebook), published[study.name]) == []


def test_a_typed_number_is_seen():
    claim = {"value": 0.9356, "interval": [0.8989, 0.962]}
    for text in ("in 0.936 of them", "in .936 of them", "[0.899, 1]"):
        assert typed(text, [claim])
    for text in ("in most of them", "0.9361", "x0.936", "10.936"):
        assert not typed(text, [claim])


@every_study
def test_prose_asks_only_for_numbers_that_there_are(study, published):
    notebook = nbformat.v4.new_notebook(cells=jupytext.read(study.notebook, fmt="py:percent").cells)
    asked = sum(cell.source.count("{{") for cell in notebook.cells if cell.cell_type == "markdown")
    fill_in(notebook, published[study.name])
    written = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    assert sum(text.count('<a class="number"') for text in written) == asked
    assert not any("{{" in text for text in written)
