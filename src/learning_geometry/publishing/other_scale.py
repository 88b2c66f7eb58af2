"""Tables that put the published ledger beside one that was recorded at another scale."""

from collections.abc import Sequence
from html import escape
from typing import Any

from learning_geometry.claims import page
from learning_geometry.publishing import replication
from learning_geometry.publishing.comparison import Change, compare
from learning_geometry.studies import STUDIES

Run = dict[str, Any]


def tables(ledger: Run, recorded: Run | None, name: str) -> str:
    """What holds at both scales and what turns, by study, in MyST; `name` heads the second column.

    A claim whose value is the same to 1e-9 at both scales reads nothing that the scale changes, and is only counted.
    """
    if recorded is None or not recorded["studies"]:
        return "Nothing has been recorded for this edition.\n"
    changes = compare(ledger, recorded)
    by_study = {study: [one for one in changes if one.study == study] for study in recorded["studies"]}
    parts = [_summary(recorded, by_study)]
    for study, own in by_study.items():
        entry = recorded["studies"][study]
        parts += [f"\n## {STUDIES[study].title}\n", _age(entry, study, recorded["scale"]), _claims(study, own, name)]
    return "\n".join(parts) + "\n"


def _moved(changes: Sequence[Change]) -> list[Change]:
    return [change for change in changes if change.judged and not change.same_value]


def _summary(recorded: Run, by_study: dict[str, list[Change]]) -> str:
    head = ("Study", "Claims that it reads images for", "Same verdict", "Opposite verdict", "Measuring", "Memory")
    rows = []
    for study, changes in by_study.items():
        entry, moved = recorded["studies"][study], _moved(changes)
        cells = (
            str(len(moved)),
            str(sum(change.same_verdict for change in moved)),
            str(sum(change.opposite for change in moved)),
            f"{entry['seconds_measuring'] / 60:.0f} min",
            f"{entry['peak_memory_mb']:.0f} MB",
        )
        rows.append(
            f'<tr><th scope="row">{escape(STUDIES[study].title)}</th>'
            + "".join(f"<td>{cell}</td>" for cell in cells)
            + "</tr>"
        )
    return _table(head, rows)


def _age(entry: dict[str, Any], study: str, scale: str) -> str:
    other = replication.outdated(entry, STUDIES[study])
    if not other:
        return ""
    return (
        f"```{{note}}\nThis run was measured by other code, or with other libraries, than this book's: "
        f"{', '.join(f'`{name}`' for name in other)}. `learning-geometry record --scale {scale} --study {study}` measures it again.\n```\n"
    )


def _claims(study: str, changes: Sequence[Change], name: str) -> str:
    moved = sorted(_moved(changes), key=lambda change: (not change.opposite, change.same_verdict))
    rows = [_row(study, change) for change in moved]
    rest = sum(change.judged for change in changes) - len(moved)
    note = f"<p>{rest} further claims rest on nothing that the images change.</p>" if rest else ""
    return _table(("Claim", "Digits", name), rows) + note


def _row(study: str, change: Change) -> str:
    assert change.before is not None
    assert change.after is not None
    link = f"../studies/{STUDIES[study].notebook.stem}.html#claim-{change.id}"
    cells = "".join(
        f"<td>{page.badge(entry['kind'], entry['verdict'])}<br><small>{escape(page.measured(entry))}</small></td>"
        for entry in (change.before, change.after)
    )
    return f'<tr><td><a href="{escape(link)}">{escape(change.after["statement"])}</a></td>{cells}</tr>'


def _table(head: Sequence[str], rows: Sequence[str]) -> str:
    columns = "".join(f'<th scope="col">{escape(column)}</th>' for column in head)
    return (
        f'<div class="scoreboard"><table><thead><tr>{columns}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'
    )
