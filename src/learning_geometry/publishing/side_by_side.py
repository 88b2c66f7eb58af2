"""Claims whose verdicts and values in several runs stand beside each other, on any width of screen."""

from collections.abc import Sequence
from html import escape
from typing import Any

from learning_geometry.claims import Outcome, page
from learning_geometry.claims.vocabulary import outcome_of
from learning_geometry.studies import STUDIES

Judged = dict[str, Any]


def rows(study: str, claims: Sequence[tuple[str, dict[str, Judged | None]]]) -> str:
    """One row for each claim, given by its id with what each run, by its name, says of it; a link leads to the chapter.

    A run that did not test the claim is left out of its row.
    """
    return f'<div class="side-by-side">{"".join(_row(study, id, runs) for id, runs in claims)}</div>'


def table(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    """A table of numbers whose first column names the rows."""
    columns = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    lines = "".join(f'<tr><th scope="row">{escape(name)}</th>{_cells(head[1:], cells)}</tr>' for name, *cells in body)
    return f'<div class="scoreboard"><table><thead><tr>{columns}</tr></thead><tbody>{lines}</tbody></table></div>'


def _cells(names: Sequence[str], cells: Sequence[str]) -> str:
    return "".join(f'<td data-of="{escape(name)}">{escape(cell)}</td>' for name, cell in zip(names, cells, strict=True))


def _row(study: str, id: str, runs: dict[str, Judged | None]) -> str:
    tested = {name: entry for name, entry in runs.items() if entry is not None and _tested(entry)}
    statement = next(iter(tested.values()))["statement"]
    link = f"../studies/{STUDIES[study].notebook.stem}.html#claim-{id}"
    cells = "".join(
        f"<li><span>{escape(name)}</span> {page.badge(entry['kind'], entry['verdict'])} <small>{escape(page.with_unit(entry))}</small></li>"
        for name, entry in tested.items()
    )
    return f'<div><p><a href="{escape(link)}">{escape(statement)}</a></p><ul>{cells}</ul></div>'


def _tested(entry: Judged) -> bool:
    return outcome_of(entry["kind"], entry["verdict"]) is not Outcome.NOT_TESTED
