"""What a scale asks for: every file by the name that its content earns it, so that the engine only looks for files."""

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from learning_geometry import paths, sources
from learning_geometry.store import Task, canonical, write_atomically
from learning_geometry.studies import STUDIES, Study


@dataclass(frozen=True)
class StudyPlan:
    """One study at one scale: its parameters, its tasks, and where its executed notebook goes."""

    study: Study
    parameters: dict[str, Any]
    tasks: list[Task]
    key: str
    notebook: Path


def study_plan(study: Study, scale: str) -> StudyPlan:
    """The plan of one study; the notebook's name ends in a hash of all that decides its content."""
    config = study.config(scale)
    tasks = study.tasks(config)
    key = _hash(
        study.notebook.read_text(encoding="utf-8"),
        study.page_code(),
        _publishing_code("notebook"),
        canonical(config.model_dump()),
        *(task.name for task in tasks),
    )
    notebook = paths.build() / "notebooks" / scale / f"{study.notebook.stem}-{key}.ipynb"
    return StudyPlan(study, config.model_dump(), tasks, key, notebook)


def plans(scale: str) -> list[StudyPlan]:
    """The plans of all registered studies at a scale."""
    return [study_plan(study, scale) for study in STUDIES.values()]


def ledger_key(wanted: Iterable[StudyPlan]) -> str:
    """Hash of all that decides the ledger."""
    return _hash(_publishing_code("ledger"), *(plan.key for plan in wanted))


def book_key(wanted: Iterable[StudyPlan]) -> str:
    """Hash of all that decides the book: the ledger, the prose and the code that puts them together."""
    top = paths.checkout()
    files = [
        top / "_config.yml",
        *top.glob("CITATION.cff"),
        *sorted(file for file in (top / "book").rglob("*") if file.is_file() and "studies" not in file.parts),
    ]
    instruments = sorted((paths.PACKAGE / "instruments").glob("*.py"))  # the book prints their docstrings
    contents = (
        f"{file.relative_to(top)} {hashlib.sha256(file.read_bytes()).hexdigest()}" for file in files + instruments
    )
    code = (_publishing_code(name) for name in ("book", "figure_numbers", "hover", "launch", "pages"))
    return _hash(ledger_key(wanted), *code, *contents)


def write_target_keys(scale: str) -> dict[str, Path]:
    """Write the present keys of ledger and book to small files that change only when their content does.

    The engine rebuilds ledger and book when these files are newer, also where its own memory was lost.
    """
    wanted = plans(scale)
    folder = paths.build() / "plan" / scale
    files = {}
    for name, key in (("ledger", ledger_key(wanted)), ("book", book_key(wanted))):
        files[name] = folder / f"{name}.key"
        if not files[name].is_file() or files[name].read_text(encoding="utf-8") != key + "\n":
            write_atomically(files[name], key + "\n")
    return files


def stamps(wanted: Iterable[StudyPlan], scale: str, workers: int) -> dict[int, dict[str, Path]]:
    """For each worker that is needed, by study, the empty files that say when it has measured what is lacking now.

    A file of the same name from an earlier run is deleted: the records that it spoke of are lacking again.
    """
    lacking = {plan.study.name: [task.name for task in plan.tasks if _is_lacking(plan, task)] for plan in wanted}
    units = [name for names in lacking.values() for name in names]
    folder = paths.build() / "plan" / scale / f"measured-{_hash(*units)}"
    files = {
        worker: {study: folder / f"{study}-{worker}" for study, names in lacking.items() if names}
        for worker in range(min(workers, len(units)))
    }
    for stamp in (stamp for by_study in files.values() for stamp in by_study.values()):
        stamp.unlink(missing_ok=True)
    return files


def batches(plan: StudyPlan, scale: str, most: int) -> dict[str, dict[Path, list[str]]]:
    """By experiment, the units of a study in batches of at most so many, each by the empty file that says it is measured.

    The file is made, or deleted, so that it is there exactly if the batch lacks nothing.
    """
    by_experiment: dict[str, dict[Path, list[str]]] = {}
    for experiment in dict.fromkeys(task.experiment for task in plan.tasks):
        tasks = [task for task in plan.tasks if task.experiment == experiment]
        for batch in (tasks[first : first + most] for first in range(0, len(tasks), most)):
            names = [task.name for task in batch]
            stamp = paths.build() / "plan" / scale / "batches" / f"{plan.study.name}-{experiment}-{_hash(*names)}"
            if any(_is_lacking(plan, task) for task in batch):
                stamp.unlink(missing_ok=True)
            elif not stamp.exists():
                stamp.parent.mkdir(parents=True, exist_ok=True)
                stamp.touch()
                newest = max(plan.study.store().path(task).stat().st_mtime for task in batch)
                os.utime(stamp, (newest, newest))
            by_experiment.setdefault(experiment, {})[stamp] = names
    return by_experiment


def _is_lacking(plan: StudyPlan, task: Task) -> bool:
    return not plan.study.store().path(task).is_file()


def _publishing_code(module: str) -> str:
    return sources.fingerprint(sources.module_file(f"learning_geometry.publishing.{module}"))


def _hash(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
