"""Runs beside the published one that the repository keeps: on seeds that nobody has seen, and at other scales."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from learning_geometry import environment, paths
from learning_geometry.store import write_atomically
from learning_geometry.studies import STUDIES, Study

SCHEMA = 2


def recorded() -> Path:
    """The folder of the replications that the book shows."""
    return paths.checkout() / "book" / "recorded" / "replications"


def published() -> Path:
    """The ledger of the published edition, which the repository keeps."""
    return paths.checkout() / "book" / "recorded" / "ledger.json"


def recorded_scale(scale: str) -> Path:
    """Where the repository keeps what was measured at a scale that `make book` does not run."""
    return paths.checkout() / "book" / "recorded" / scale / "ledger.json"


def recorded_ledger(scale: str) -> dict[str, Any] | None:
    """What was recorded at a scale, or None if nothing was."""
    file = recorded_scale(scale)
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None


def replicate(fresh: int, studies: list[Study], *, scale: str, output: Path) -> dict[str, Any]:
    """Measure studies with `fresh` added to every seed, judge their claims, and write what came out.

    What another replication has written into the same file stays, for the studies that are not measured now.

    Raises:
        ValueError: `fresh` is not positive, or the file holds a replication of other seeds or another scale.
    """
    if fresh < 1:
        raise ValueError(f"fresh = {fresh} leaves the seeds as published; add a positive number such as 1000")
    return _judged({"fresh": fresh}, studies, scale, output)


def record(studies: list[Study], *, scale: str, output: Path, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Measure studies at a scale, on its own seeds, judge their claims, and write what came out.

    `given` parameters differ from the scale, in a further experiment that has a file of its own. What was recorded before
    stays, for the studies that are not measured now.

    Raises:
        ValueError: the scale is the laptop's, whose ledger `make book` writes, or the file holds another one.
    """
    if scale == "laptop":
        raise ValueError("`make book` writes the ledger of the laptop scale; name another scale to record")
    return _judged(given or {}, studies, scale, output)


def outdated(entry: dict[str, Any], study: Study) -> list[str]:
    """The experiments of a recorded study that this checkout would measure by other code or other libraries."""
    measured = {name.rpartition("-")[0]: code for name, code in entry["records"].items()}
    return [
        name for name, code in measured.items() if name not in study.visible("experiments") or code != study.code(name)
    ]


def further(scale: str) -> list[dict[str, Any]]:
    """The further experiments that are recorded beside a scale, in the order of their files' names."""
    files = sorted(recorded_scale(scale).parent.glob("further-*.json"))
    return [json.loads(file.read_text(encoding="utf-8")) for file in files]


def _judged(given: Mapping[str, Any], studies: list[Study], scale: str, output: Path) -> dict[str, Any]:
    written = _begun(output, given.get("fresh", 0), scale)
    for study in studies:
        config = study.config(scale, given)
        records = study.collect(config)
        written["studies"][study.name] = {
            "parameters": config.model_dump(),
            "records": {task.name: task.code for task in study.tasks(config)},
            "seconds_measuring": round(sum(record.seconds for record in records), 1),
            "peak_memory_mb": max(record.peak_memory_mb for record in records),
            "environment": environment.describe(threads=1),
            "claims": [judgement.as_dict() for judgement in study.judge(records)],
        }
        written |= {"generated_at": datetime.now(UTC).isoformat(timespec="seconds"), "commit": environment.commit()}
        # Study by study, so that an interrupted run keeps what it has.
        write_atomically(output, json.dumps(written, indent=1, allow_nan=False) + "\n")
    return written


def _begun(output: Path, fresh: int, scale: str) -> dict[str, Any]:
    if not output.is_file():
        return {"schema": SCHEMA, "scale": scale, "fresh": fresh, "generated_at": "", "commit": "", "studies": {}}
    written: dict[str, Any] = json.loads(output.read_text(encoding="utf-8"))
    if (written.get("fresh"), written.get("scale")) != (fresh, scale):
        raise ValueError(
            f"{output} holds a run with fresh = {written.get('fresh')} at scale {written.get('scale')}; name another file"
        )
    known = {name: entry for name, entry in written["studies"].items() if name in STUDIES}
    return written | {"studies": known}
