"""Measuring units: one thread each, as many at a time as there are cores, each kept as soon as it is finished."""

import os
import sys
import time
from collections.abc import Sequence

import joblib
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from learning_geometry import environment
from learning_geometry.store import Record, Records, Store, Unit
from learning_geometry.studies.registry import STUDIES

THREADS = 1
"""Threads of one measurement: with more, sums change order and the last bits change with the machine."""


def measure(unit: Unit) -> Record:
    """Run the experiment of a unit, the function `measure` of that module in the study's room, and note what it cost."""
    module = STUDIES[unit.study].module(unit.experiment)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(THREADS)
    begin = time.perf_counter()
    with threadpool_limits(THREADS):
        result = module.measure(**unit.parameters)
    seconds = round(time.perf_counter() - begin, 3)
    return Record(unit, result, seconds, environment.peak_memory_mb(), environment.describe(threads=THREADS))


def measure_into(unit: Unit, store: Store) -> None:
    """Measure a unit and keep its record."""
    store.write(measure(unit))


def collect(units: Sequence[Unit], store: Store, *, jobs: int) -> Records:
    """The records of these units; those that the store lacks are measured first, `jobs` at a time, under a progress bar."""
    store.sweep(list(units))
    lacking = [unit for unit in units if store.read(unit) is None]
    if lacking:
        work = joblib.Parallel(n_jobs=min(jobs, len(lacking)), return_as="generator_unordered")(
            joblib.delayed(measure_into)(unit, store) for unit in lacking
        )
        for _ in tqdm(work, total=len(lacking), desc="measuring", unit="unit"):
            pass
    return Records([_present(unit, store) for unit in units])


def default_jobs(device: str) -> int:
    """How many units run at a time: one for each core, but only one on an accelerator that they would share."""
    return (os.cpu_count() or 1) if device == "cpu" else 1


def _present(unit: Unit, store: Store) -> Record:
    record = store.read(unit)
    if record is None:
        raise RuntimeError(f"{store.path(unit)} vanished while it was needed; run again")
    return record
