"""A worker of the workflow: it takes one lacking unit after another until there is none, and pays its imports once."""

import contextlib
import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from itertools import chain, zip_longest
from pathlib import Path

from filelock import FileLock, Timeout

from learning_geometry.store import Store, Task
from learning_geometry.studies.unit import Execution

Job = tuple[Task, Execution]


def in_turns(studies: Sequence[Sequence[Job]]) -> list[Job]:
    """The jobs of several studies, each longest first, in turns: the long ones of all studies come early."""
    return [job for job in chain.from_iterable(zip_longest(*studies)) if job is not None]


def work(jobs: Sequence[Job], store: Store, logs: Path) -> list[str]:
    """Measure those jobs that nobody has measured or is measuring, and return what failed, in words.

    Several workers may run on the same jobs at once, on one machine or on a shared file system: whoever measures a unit
    holds a lock beside its record. A unit that fails does not stop the others. What a unit prints goes to
    `logs/<study>/<unit>.log`.
    """
    from learning_geometry.studies import measuring

    failures = []
    for task, execution in jobs:
        with _claimed(store.path(task)) as ours:
            if not ours or (not store.quarantine([task]) and store.read(task) is not None):
                continue
            log = logs / task.study / f"{task.name}.log"
            with _written_to(log):
                try:
                    measuring.measure_into(task, store, execution)
                except Exception as error:  # whatever it is, the other units can still be measured
                    traceback.print_exc()
                    failures.append(f"{task.study} {task.name} failed: {error}; its log is {log}")
    return failures


@contextlib.contextmanager
def _claimed(record: Path) -> Iterator[bool]:
    """Whether this process may measure the record; the lock is released when the process ends, however it ends."""
    record.parent.mkdir(parents=True, exist_ok=True)
    path = record.with_suffix(".lock")
    try:
        with FileLock(path, timeout=0):
            yield True
            path.unlink(missing_ok=True)
    except Timeout:
        yield False


@contextlib.contextmanager
def _written_to(log: Path) -> Iterator[None]:
    """Send what this process writes, also from libraries below Python, to a file."""
    log.parent.mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    sys.stderr.flush()
    kept = os.dup(1), os.dup(2)
    try:
        with log.open("wb") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
            yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for descriptor, target in zip(kept, (1, 2), strict=True):
            os.dup2(descriptor, target)
            os.close(descriptor)
