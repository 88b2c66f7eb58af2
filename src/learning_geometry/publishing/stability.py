"""The page on how stable the verdicts are, drawn from recorded replications on fresh seeds."""

import json
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from learning_geometry.claims import Outcome, page
from learning_geometry.claims.vocabulary import outcome_of
from learning_geometry.publishing.comparison import Change, compare
from learning_geometry.studies import STUDIES

Run = dict[str, Any]


def replications(folder: Path) -> list[Run]:
    """The recorded replications, in the order of what they added to the seeds."""
    runs = [json.loads(file.read_text(encoding="utf-8")) for file in folder.glob("*.json")]
    return sorted(runs, key=lambda run: run["fresh"])


def stability(ledger: Run, runs: Sequence[Run]) -> str:
    """The page, in MyST: shares of unchanged verdicts by study, and every claim whose verdict changed."""
    lines = [
        "# How stable are these verdicts?",
        "",
        "A verdict rests on the seeds that happened to be drawn. Each replication adds the same number to every seed of every "
        "study, measures all of it again, and judges it by the same rules. A verdict that changes is not wrong by itself: where an "
        "interval ends near its threshold, *undecided* and *reproduced* are close neighbours. A verdict that turns into its opposite "
        "would be a defect.",
        "",
    ]
    if not runs:
        return "\n".join([*lines, "No replication has been recorded for this edition.", ""])
    pairs = [(run, compare(ledger, run)) for run in runs]
    tested = [change for _, changes in pairs for change in changes if change.judged]
    same, opposite = sum(change.same_verdict for change in tested), sum(change.opposite for change in tested)
    lines += [
        f"In **{len(runs)} replications**, **{same} of {len(tested)} verdicts ({100 * same / max(len(tested), 1):.1f} %)** are as "
        f"published; **{opposite}** turned into their opposite. Claims that this scale cannot test are not counted.",
        "",
        _counts(pairs),
        "",
        "## Claims whose verdict changed",
        "",
        _changed(ledger, pairs),
        "",
        "To run one yourself:",
        "",
        "```bash",
        "learning-geometry replicate --fresh 6000",
        "learning-geometry compare book/recorded/ledger.json _build/replications/fresh-6000.json",
        "```",
        "",
    ]
    return "\n".join(lines)


def _counts(pairs: Sequence[tuple[Run, list[Change]]]) -> str:
    studies = list(dict.fromkeys(change.study for _, changes in pairs for change in changes))
    head = "".join(f'<th scope="col">seeds + {run["fresh"]}</th>' for run, _ in pairs)
    rows = "".join(
        f'<tr><th scope="row">{escape(STUDIES[study].title)}</th>'
        + "".join(f"<td>{_share([change for change in changes if change.study == study])}</td>" for _, changes in pairs)
        + "</tr>"
        for study in studies
    )
    return (
        f'<div class="scoreboard"><table><thead><tr><th scope="col">Verdicts as published</th>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _share(changes: Sequence[Change]) -> str:
    judged = [change for change in changes if change.judged]
    return f"{sum(change.same_verdict for change in judged)} of {len(judged)}" if judged else "not run"


def _changed(ledger: Run, pairs: Sequence[tuple[Run, list[Change]]]) -> str:
    by_claim: dict[tuple[str, str], list[Change | None]] = {}
    for position, (_, changes) in enumerate(pairs):
        for change in changes:
            by_claim.setdefault((change.study, change.id), [None] * len(pairs))[position] = change
    rows = [
        _row(study, ledger, id, runs)
        for (study, id), runs in by_claim.items()
        if any(change is not None and change.judged and not change.same_verdict for change in runs)
    ]
    if not rows:
        return "None."
    head = "".join(f'<th scope="col">seeds + {run["fresh"]}</th>' for run, _ in pairs)
    return (
        f'<div class="scoreboard"><table><thead><tr><th scope="col">Claim</th><th scope="col">Published</th>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _row(study: str, ledger: Run, id: str, runs: Sequence[Change | None]) -> str:
    entry = next(claim for claim in ledger["studies"][study]["claims"] if claim["id"] == id)
    link = f"../studies/{STUDIES[study].notebook.stem}.html#claim-{id}"
    cells = "".join(f"<td>{_cell(None if change is None else change.after)}</td>" for change in runs)
    return f'<tr><td><a href="{escape(link)}">{escape(entry["statement"])}</a></td><td>{_cell(entry)}</td>{cells}</tr>'


def _cell(entry: dict[str, Any] | None) -> str:
    if entry is None or outcome_of(entry["kind"], entry["verdict"]) is Outcome.NOT_TESTED:
        return "–"
    return f"{page.badge(entry['kind'], entry['verdict'])}<br><small>{escape(page.measured(entry))}</small>"
