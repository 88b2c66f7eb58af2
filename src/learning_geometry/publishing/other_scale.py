"""What puts the published ledger beside one that was recorded at another scale: on a page, in panels, on the scoreboard."""

from collections.abc import Mapping, Sequence
from typing import Any

import nbformat

from learning_geometry.claims import page
from learning_geometry.publishing import replication, side_by_side
from learning_geometry.publishing.comparison import Change, compare
from learning_geometry.publishing.figures import PANEL
from learning_geometry.studies import STUDIES

Run = dict[str, Any]


def tables(ledger: Run, recorded: Run | None, name: str) -> str:
    """What holds at both scales and what turns, by study, in MyST; `name` heads the second column.

    A claim whose value is the same to 1e-9 at both scales reads nothing that the scale changes, and is only counted.
    """
    if recorded is None or not recorded["studies"]:
        return "The run that is recorded is shown in the book at the laptop scale.\n"
    changes = compare(ledger, recorded)
    by_study = {study: [one for one in changes if one.study == study] for study in recorded["studies"]}
    parts = [_summary(recorded, by_study)]
    for study, own in by_study.items():
        entry = recorded["studies"][study]
        parts += [f"\n## {STUDIES[study].title}\n", _age(entry, study, recorded["scale"]), _claims(study, own, name)]
    return "\n".join(parts) + "\n"


def beside(ledger: Run, recorded: Run | None, name: str, where: str) -> Run:
    """The ledger with what the recorded run says of a claim under `elsewhere`, wherever its value moved.

    `name` is that of the other scale, and `where` the page of the book that shows it.
    """
    changes = [] if recorded is None else compare(ledger, recorded)
    others = {(change.study, change.id): change.after for change in _moved(changes)}
    studies = {}
    for study, entry in ledger["studies"].items():
        claims = [
            claim | {"elsewhere": {"name": name, "page": where, "entry": others[study, claim["id"]]}}
            if (study, claim["id"]) in others
            else claim
            for claim in entry["claims"]
        ]
        studies[study] = entry | {"claims": claims}
    return ledger | {"studies": studies}


def redraw_panels(notebook: nbformat.NotebookNode, claims: Sequence[Mapping[str, Any]]) -> None:
    """Draw the panels of an executed notebook again, from the entries of its claims."""
    for cell in notebook.cells:
        for section in PANEL.findall(cell.source) if cell.cell_type == "code" else ():
            entries = [dict(claim) for claim in claims if claim["section"] == section]
            for output in cell.outputs:
                if "text/html" in output.get("data", {}):
                    output["data"]["text/html"] = page.panel(entries)


def _moved(changes: Sequence[Change]) -> list[Change]:
    return [change for change in changes if change.judged and not change.same_value]


def _summary(recorded: Run, by_study: dict[str, list[Change]]) -> str:
    head = ("Study", "Claims on images", "Same verdict", "Opposite", "Measuring", "Memory")
    rows = []
    for study, changes in by_study.items():
        entry, moved = recorded["studies"][study], _moved(changes)
        cells = [
            STUDIES[study].title,
            str(len(moved)),
            str(sum(change.same_verdict for change in moved)),
            str(sum(change.opposite for change in moved)),
            f"{entry['seconds_measuring'] / 60:.0f} min",
            f"{entry['peak_memory_mb']:.0f} MB",
        ]
        rows.append(cells)
    return side_by_side.table(head, rows)


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
    rows = [(change.id, {"digits": change.before, name: change.after}) for change in moved]
    rest = sum(change.judged for change in changes) - len(moved)
    note = f"\n\n{rest} further claims rest on nothing that the images change." if rest else ""
    return side_by_side.rows(study, rows) + note
