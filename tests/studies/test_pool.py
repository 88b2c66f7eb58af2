"""Workers share the units of a run: each is measured once, a failure is told and stops nothing else."""

import multiprocessing
import os
import time

import pytest
import xarray as xr

from learning_geometry.store import Record, Store, Task
from learning_geometry.studies import measuring, pool
from learning_geometry.studies.types import Seed
from learning_geometry.studies.unit import Execution, Unit


class Growth(Unit):
    seed: Seed


TASKS = [Task("toy", Growth(seed=seed), "c") for seed in range(6)]
JOBS = [(task, Execution()) for task in TASKS]


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


@pytest.fixture
def measured(tmp_path, monkeypatch):
    """Instead of an experiment: write a record and note who did it; seed 3 fails."""

    def measure_into(task, store, execution):
        with (tmp_path / "measured").open("a") as file:
            file.write(f"{task.unit.seed}\n")
        print("noise of", task.unit.seed)
        os.system("echo noise from below")
        if task.unit.seed == 3:
            raise ZeroDivisionError("three")
        time.sleep(0.02)
        result = xr.Dataset({"value": task.unit.seed})
        store.write(Record(task, result, seconds=0.0, peak_memory_mb=0.0, environment={}))

    monkeypatch.setattr(measuring, "measure_into", measure_into)
    return lambda: [int(line) for line in (tmp_path / "measured").read_text().split()]


def test_one_failure_is_told_with_its_log_and_stops_nothing(store, measured, tmp_path, capfd):
    with capfd.disabled():  # the streams of this process, and not those that pytest puts in their place
        before = [os.fstat(descriptor).st_ino for descriptor in (1, 2)]
        (failure,) = pool.work(JOBS, store, tmp_path / "logs")
        assert [os.fstat(descriptor).st_ino for descriptor in (1, 2)] == before, "later lines do not go to a log"
    assert measured() == [0, 1, 2, 3, 4, 5]
    log = tmp_path / "logs" / "toy" / f"{TASKS[3].name}.log"
    assert "three" in failure
    assert str(log) in failure
    assert "noise of 3" in log.read_text()
    assert "noise from below" in log.read_text()
    assert "ZeroDivisionError" in log.read_text()
    assert "noise of 4" not in log.read_text()
    assert not list(store.root.rglob("*.lock"))


def test_what_is_there_is_not_measured_again_and_what_is_corrupt_is(store, measured, tmp_path):
    pool.work(JOBS[:3], store, tmp_path / "logs")
    path = store.path(TASKS[1])
    path.write_text(path.read_text()[:40])
    pool.work(JOBS[:3], store, tmp_path / "logs")
    assert measured() == [0, 1, 2, 1]
    assert path.with_suffix(".corrupt").is_file()
    assert store.read(TASKS[1])["value"] == 1


def test_several_workers_measure_each_unit_once(store, measured, tmp_path):
    fork = multiprocessing.get_context("fork")
    workers = [fork.Process(target=pool.work, args=(JOBS[:3], store, tmp_path / "logs")) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(measured()) == [0, 1, 2]
    assert all(store.read(task) is not None for task in TASKS[:3])


def test_a_worker_that_was_killed_leaves_its_unit_to_others(store, measured, tmp_path):
    lock = store.path(TASKS[0]).with_suffix(".lock")
    lock.parent.mkdir(parents=True)
    lock.touch()  # what is left of it: the file, which nobody holds
    assert pool.work(JOBS[:1], store, tmp_path / "logs") == []
    assert measured() == [0]


def test_the_longest_units_of_all_studies_come_first():
    assert pool.in_turns([JOBS[:3], [], JOBS[3:5]]) == [JOBS[0], JOBS[3], JOBS[1], JOBS[4], JOBS[2]]
