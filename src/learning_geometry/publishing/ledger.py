"""The ledger: every claim of every study, judged on certified records; what is stale or corrupt is refused."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat

from learning_geometry import environment, paths
from learning_geometry.publishing import figures
from learning_geometry.publishing.notebook import read_marker, run_file
from learning_geometry.publishing.plan import StudyPlan, plans, write_target_keys
from learning_geometry.records import Records
from learning_geometry.store import CorruptRecord, write_atomically

SCHEMA = 2
"""Version of the ledger's format; `ledger.schema.json` beside this module describes it."""


class LedgerRefused(RuntimeError):
    """Results that are not the present code's and parameters'; the message names each and the remedy."""


def write_ledger(scale: str) -> Path:
    """Judge all claims of a scale and write its `ledger.json`.

    Raises:
        LedgerRefused: a record or a notebook is missing, corrupt, or was made from other parameters or by other code.
    """
    wanted = plans(scale)
    complaints = [complaint for plan in wanted for complaint in _complaints(plan)]
    if complaints:
        listed = "\n  ".join(complaints)
        raise LedgerRefused(
            f"stale, corrupt or missing results:\n  {listed}\nRun `make book` to measure what is missing."
        )
    ledger = {
        "schema": SCHEMA,
        "scale": scale,
        "generated_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": environment.commit(),
        "studies": {plan.study.name: _entry(plan) for plan in wanted},
    }
    path = paths.published(scale) / "ledger.json"
    write_target_keys(scale)  # whoever writes a ledger by hand says so to the engine
    write_atomically(path, json.dumps(ledger, indent=2, allow_nan=False) + "\n")
    return path


def read_ledger(scale: str) -> dict[str, Any]:
    """The ledger of a scale.

    Raises:
        LedgerRefused: there is none.
    """
    path = paths.published(scale) / "ledger.json"
    try:
        ledger: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise LedgerRefused(f"no ledger at {path}; write it with `learning-geometry ledger --scale {scale}`") from error
    return ledger


def _complaints(plan: StudyPlan) -> list[str]:
    store, complaints = plan.study.store(), []
    for task in plan.tasks:
        try:
            if store.read(task) is None:
                complaints.append(f"{store.path(task)} is missing")
        except CorruptRecord as error:
            complaints.append(str(error))
    if not plan.notebook.is_file():
        return [*complaints, f"{plan.notebook} is missing"]
    if not run_file(plan.notebook).is_file():
        complaints.append(f"{run_file(plan.notebook)} is missing; delete the notebook beside it")
    marker = read_marker(plan.notebook)
    if marker["key"] != plan.key or marker["parameters"] != plan.parameters:
        complaints.append(f"{plan.notebook} was executed with other parameters or other code")
    return complaints


def _entry(plan: StudyPlan) -> dict[str, Any]:
    store = plan.study.store()
    records = Records([record for task in plan.tasks if (record := store.read(task)) is not None])
    run = json.loads(run_file(plan.notebook).read_text(encoding="utf-8"))
    judgements = plan.study.judge(records)
    shown = figures.figures_of(nbformat.read(plan.notebook, as_version=4))
    measuring = sum(record.seconds for record in records)
    return {
        "notebook": plan.study.notebook.relative_to(paths.checkout()).as_posix(),
        "plan": plan.key,
        "parameters": plan.parameters,
        "seconds": round(measuring + run["seconds"], 1),
        "seconds_measuring": round(measuring, 1),
        "seconds_notebook": run["seconds"],
        "peak_memory_mb": max([run["peak_memory_mb"], *(record.peak_memory_mb for record in records)]),
        "commit": run["commit"],
        "environment": run["environment"],
        "records": {task.name: task.code for task in plan.tasks},
        "claims": [judgement.as_dict() for judgement in judgements],
        "figures": [figures.entry(figure, plan.study.notebook, judgements) for figure in shown],
    }
