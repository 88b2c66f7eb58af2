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

ELSEWHERE = "The run that is recorded is shown in the book at the laptop scale.\n"


def summary(ledger: Run, recorded: Run) -> str:
    """How many verdicts stay and what measuring took, study by study, in MyST."""
    head = ("Study", "Claims that images decide", "Same verdict", "Opposite", "Not testable", "Measuring", "Memory")
    rows = []
    for study, changes in _by_study(ledger, recorded).items():
        entry, moved = recorded["studies"][study], _moved(changes)
        cells = [
            STUDIES[study].title,
            str(len(moved)),
            str(sum(change.same_verdict for change in moved)),
            str(sum(change.opposite for change in moved)),
            str(sum(not change.judged for change in changes if _tested_here(change))),
            f"{entry['seconds_measuring'] / 60:.0f} min",
            f"{entry['peak_memory_mb']:.0f} MB",
        ]
        rows.append(cells)
    return side_by_side.table(head, rows) + "\n"


def claims(ledger: Run, recorded: Run, study: str, *, names: tuple[str, str], further: Sequence[Run] = ()) -> str:
    """The claims of a study whose verdict turned, and folded away those that stay, in MyST.

    `names` are those of the two scales. `further` experiments of the study, which differ from the recorded run in a
    parameter or two, stand beside the turned claims. A claim whose value is the same to 1e-9 at both scales reads nothing
    that the scale changes, and is only counted.
    """
    changes, entry = _by_study(ledger, recorded)[study], recorded["studies"][study]
    moved, own = _moved(changes), [run for run in further if study in run["studies"]]
    turned = [change for change in moved if not change.same_verdict]
    turned.sort(key=lambda change: not change.opposite)
    stay = [change for change in moved if change.same_verdict]
    before, after = names

    def beside(change: Change) -> dict[str, Run | None]:
        runs = {before: change.before, after: change.after}
        return runs | {_differing(entry, run["studies"][study]): _entry(run, study, change.id) for run in own}

    parts = [_age(entry, study, recorded["scale"])]
    parts += (
        [side_by_side.rows(study, [(change.id, beside(change)) for change in turned])]
        if turned
        else ["No verdict turned.\n"]
    )
    if stay:
        rows = side_by_side.rows(study, [(change.id, {before: change.before, after: change.after}) for change in stay])
        parts.append(f":::{{dropdown}} Same verdict: {len(stay)}\n{rows}\n:::")
    rest = sum(change.judged for change in changes) - len(moved)
    parts += [f"{rest} further claims rest on nothing that the images change."] if rest else []
    return "\n\n".join(filter(None, parts)) + "\n"


def beside(ledger: Run, recorded: Run | None, name: str, where: str) -> Run:
    """The ledger with what the recorded run says of a claim under `elsewhere`, wherever its value moved.

    `name` is that of the other scale, and `where` the page of the book that shows it.
    """
    changes = [] if recorded is None else compare(ledger, recorded)
    others = {(change.study, change.id): change.after for change in _moved(changes)}
    studies = {}
    for study, entry in ledger["studies"].items():
        own = [
            claim | {"elsewhere": {"name": name, "page": where, "entry": others[study, claim["id"]]}}
            if (study, claim["id"]) in others
            else claim
            for claim in entry["claims"]
        ]
        studies[study] = entry | {"claims": own}
    return ledger | {"studies": studies}


def redraw_panels(notebook: nbformat.NotebookNode, claims: Sequence[Mapping[str, Any]]) -> None:
    """Draw the panels of an executed notebook again, from the entries of its claims."""
    for cell in notebook.cells:
        for section in PANEL.findall(cell.source) if cell.cell_type == "code" else ():
            entries = [dict(claim) for claim in claims if claim["section"] == section]
            for output in cell.outputs:
                if "text/html" in output.get("data", {}):
                    output["data"]["text/html"] = page.panel(entries)


def _by_study(ledger: Run, recorded: Run) -> dict[str, list[Change]]:
    changes = compare(ledger, recorded)
    measured = [study for study in STUDIES if study in recorded["studies"]]
    return {study: [one for one in changes if one.study == study] for study in measured}


def _moved(changes: Sequence[Change]) -> list[Change]:
    return [change for change in changes if change.judged and not change.same_value]


def _tested_here(change: Change) -> bool:
    """Whether the laptop scale tests the claim."""
    return change.before is not None and change.before["value"] is not None


def _differing(entry: Run, other: Run) -> str:
    """How a further experiment differs from the recorded run, in words; lists, which say what was left out, are not spelled out."""
    known = entry["parameters"]
    pairs = {name: value for name, value in other["parameters"].items() if known.get(name) != value}
    return ", ".join(f"{name} = {value}" for name, value in pairs.items() if not isinstance(value, list))


def _entry(run: Run, study: str, id: str) -> Run | None:
    return next((claim for claim in run["studies"][study]["claims"] if claim["id"] == id), None)


def _age(entry: dict[str, Any], study: str, scale: str) -> str:
    other = replication.outdated(entry, STUDIES[study])
    if not other:
        return ""
    return (
        f"```{{note}}\nThis run was measured by other code, or with other libraries, than this book's: "
        f"{', '.join(f'`{name}`' for name in other)}. `learning-geometry record --scale {scale} --study {study}` measures it again.\n```"
    )
