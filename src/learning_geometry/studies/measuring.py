"""Measuring units: one thread each, as many at a time as there are cores, each kept as soon as it is finished."""

import os
import sys
import time
from collections.abc import Sequence

import joblib
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from learning_geometry import environment
from learning_geometry.records import Records
from learning_geometry.store import Record, Store, Task
from learning_geometry.studies.registry import STUDIES
from learning_geometry.studies.unit import Execution

THREADS = 1
"""Threads of one measurement: with more, sums change order and the last bits change with the machine."""

_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def measure(task: Task, execution: Execution) -> Record:
    """Run the experiment of a task, the function `measure` of its module, and note what it cost."""
    # Experiments load their libraries when they measure; each reads these variables when it is loaded.
    os.environ.update(dict.fromkeys(_THREAD_VARIABLES, str(THREADS)))
    study = STUDIES[task.study]
    module = study.module(f"experiments.{task.experiment}")
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(THREADS)
    environment.reset_peak_memory()
    begin = time.perf_counter()
    with threadpool_limits(THREADS):
        result = module.measure(task.unit, execution)
    return Record(
        task,
        result,
        seconds=round(time.perf_counter() - begin, 3),
        peak_memory_mb=environment.peak_memory_mb(),
        environment=environment.describe(threads=THREADS, libraries=study.libraries(task.experiment)),
    )


def measure_into(task: Task, store: Store, execution: Execution) -> None:
    """Measure a task and keep its record."""
    store.write(measure(task, execution))


def collect(tasks: Sequence[Task], store: Store, execution: Execution) -> Records:
    """The records of these tasks; those that the store lacks are measured first, several at a time, under a progress bar."""
    store.quarantine(tasks)
    lacking = [task for task in tasks if store.read(task) is None]
    if lacking:
        jobs = min(_jobs(execution.device), len(lacking))
        work = joblib.Parallel(n_jobs=jobs, return_as="generator_unordered")(
            joblib.delayed(measure_into)(task, store, execution) for task in lacking
        )
        for _ in tqdm(work, total=len(lacking), desc="measuring", unit="unit"):
            pass
    return Records([_present(task, store) for task in tasks])


def _jobs(device: str) -> int:
    """How many tasks run at a time: one for each core, but only one on an accelerator that they would share."""
    return (os.cpu_count() or 1) if device == "cpu" else 1


def _present(task: Task, store: Store) -> Record:
    record = store.read(task)
    if record is None:
        raise RuntimeError(f"{store.path(task)} vanished while it was needed; run again")
    return record
