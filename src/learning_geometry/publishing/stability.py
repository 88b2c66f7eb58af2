"""The page on how stable the verdicts are, drawn from recorded replications on fresh seeds."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from learning_geometry.claims import Outcome
from learning_geometry.claims.vocabulary import outcome_of
from learning_geometry.publishing import side_by_side
from learning_geometry.publishing.comparison import Change, compare
from learning_geometry.studies import STUDIES

Run = dict[str, Any]
Pair = tuple[Run, list[Change]]


def replications(folder: Path) -> list[Run]:
    """The recorded replications, in the order of what they added to the seeds."""
    runs = [json.loads(file.read_text(encoding="utf-8")) for file in folder.glob("*.json")]
    return sorted(runs, key=lambda run: run["fresh"])


def stability(ledger: Run, runs: Sequence[Run]) -> str:
    """The page, in MyST: shares of unchanged verdicts by study, and every claim whose verdict changed."""
    lines = [
        "# How stable are these verdicts?",
        "",
        "A verdict rests on the seeds that happened to be drawn. A replication adds the same number to every seed of a study, measures "
        "all of it again, and judges it by the same rules. A verdict that changes is not wrong by itself: where an "
        "interval ends near its threshold, *undecided* and *reproduced* are close neighbours. A verdict that turns into its opposite "
        "would be a defect.",
        "",
    ]
    if not runs:
        return "\n".join([*lines, "No replication has been recorded for this edition.", ""])
    pairs = [(run, compare(ledger, run)) for run in runs]
    tested = [change for _, changes in pairs for change in changes if change.judged]
    same, opposite = sum(change.same_verdict for change in tested), sum(change.opposite for change in tested)
    decided = [change for change in tested if _decided(change.before)]
    kept, lost = sum(change.same_verdict for change in decided), sum(not _decided(change.after) for change in decided)
    lines += [
        f"Each study has {_fewest_and_most(pairs)}. In all of them, **{same} of {len(tested)} verdicts ({100 * same / max(len(tested), 1):.1f} %)** are as "
        f"published; **{opposite}** turned into their opposite. Of the {len(decided)} verdicts that were decided here, {kept} came out the "
        f"same, {lost} were undecided on other seeds, and {len(decided) - kept - lost} were decided otherwise (partly in place of fully, say). The rest of the "
        "changes are verdicts that were undecided here. Claims that this scale cannot test are not counted.",
        "",
        _counts(pairs),
        "",
        "## Claims whose verdict changed",
        "",
        *(list(_changed(pairs)) or ["None."]),
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


def _fewest_and_most(pairs: Sequence[Pair]) -> str:
    """How many replications a study has, in words."""
    counts = sorted(sum(bool(_of(study, changes)) for _, changes in pairs) for study in _studies(pairs))
    few, many = counts[0], counts[-1]
    return f"{few} replication{'s' * (few > 1)}" if few == many else f"{few} to {many} replications"


def _counts(pairs: Sequence[Pair]) -> str:
    studies = _studies(pairs)
    body = [[STUDIES[study].title, *(_share(_of(study, changes)) for _, changes in pairs)] for study in studies]
    return side_by_side.table(["Verdicts as published", *(_name(run) for run, _ in pairs)], body)


def _changed(pairs: Sequence[Pair]) -> Iterator[str]:
    """Every claim that changed its verdict in some run, study by study, with what all runs of that study say."""
    for study in _studies(pairs):
        runs = [(run, {change.id: change for change in _of(study, changes)}) for run, changes in pairs]
        ids = dict.fromkeys(
            id for _, own in runs for id, change in own.items() if change.judged and not change.same_verdict
        )
        claims = [(id, _beside([(run, own[id]) for run, own in runs if id in own])) for id in ids]
        if claims:
            yield f"### {STUDIES[study].title}\n\n{side_by_side.rows(study, claims)}\n"


def _beside(runs: Sequence[tuple[Run, Change]]) -> dict[str, dict[str, Any] | None]:
    return {"published": runs[0][1].before, **{_name(run): change.after for run, change in runs}}


def _studies(pairs: Sequence[Pair]) -> list[str]:
    """The studies that some run measured, in the order of the book."""
    measured = {change.study for _, changes in pairs for change in changes}
    return [study for study in STUDIES if study in measured]


def _of(study: str, changes: Sequence[Change]) -> list[Change]:
    return [change for change in changes if change.study == study]


def _name(run: Run) -> str:
    return f"seeds + {run['fresh']}"


def _decided(entry: dict[str, Any] | None) -> bool:
    return entry is not None and outcome_of(entry["kind"], entry["verdict"]) is not Outcome.UNDECIDED


def _share(changes: Sequence[Change]) -> str:
    judged = [change for change in changes if change.judged]
    return f"{sum(change.same_verdict for change in judged)} of {len(judged)}" if judged else "not run"
