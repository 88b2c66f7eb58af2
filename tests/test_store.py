"""Records on disk: whole or refused, under a name made of what they are and of nothing else."""

import json
import os
import subprocess
import sys
import time

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from learning_geometry.store import CorruptRecord, Record, Store, Task, canonical, write_atomically
from learning_geometry.studies.types import Count, Positive, Seed
from learning_geometry.studies.unit import Execution, Unit

CODE = "0123456789abcdef"


class Training(Unit):
    seed: Seed
    rate: Positive = 0.1


class Evaluation(Training):
    @classmethod
    def experiment(cls) -> str:
        return "evaluation"


class Reordered(Unit):
    rate: Positive = 0.1
    seed: Seed


class Widened(Training):
    depth: Count = 1


TASK = Task("study", Training(seed=1), CODE)


def record(task=TASK, **variables):
    result = xr.Dataset(variables or {"accuracy": 0.5})
    return Record(task, result, seconds=1.5, peak_memory_mb=100.0, environment={"cpu": "any"})


def test_a_record_returns_with_its_unit_and_its_costs(tmp_path):
    store = Store(tmp_path)
    store.write(record(map=(("row", "column"), np.eye(2))))
    back = store.read(TASK)
    assert back.unit is TASK.unit
    assert (back.seconds, back.peak_memory_mb, back.environment) == (1.5, 100.0, {"cpu": "any"})
    xr.testing.assert_identical(back.result, xr.Dataset({"map": (("row", "column"), np.eye(2))}))
    assert store.read(Task("study", Training(seed=2), CODE)) is None  # control


def test_a_file_cut_anywhere_is_corrupt_never_a_result(tmp_path):
    store = Store(tmp_path)
    path = store.write(record())
    whole = path.read_bytes()
    for length in range(len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(CorruptRecord):
            store.read(TASK)
    path.write_bytes(whole)
    assert store.read(TASK)["accuracy"] == 0.5


@settings(deadline=None, derandomize=True, max_examples=30)
@given(data=st.data())
def test_an_altered_value_is_noticed(tmp_path_factory, data):
    store = Store(tmp_path_factory.mktemp("store"))
    path = store.write(record())
    body = json.loads(path.read_text())
    name = data.draw(st.sampled_from(sorted(set(body) - {"sha256"})))
    body[name] = data.draw(st.integers(10**6, 10**9))
    path.write_text(json.dumps(body))
    with pytest.raises(CorruptRecord):
        store.read(TASK)


def test_bytes_that_are_no_text_are_corrupt(tmp_path):
    store = Store(tmp_path)
    store.write(record()).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CorruptRecord, match="not text"):
        store.read(TASK)


def test_a_record_under_another_name_is_refused(tmp_path):
    store, other = Store(tmp_path), Task("study", Training(seed=2), CODE)
    store.path(TASK).parent.mkdir(parents=True)
    os.replace(store.write(record(other)), store.path(TASK))
    with pytest.raises(CorruptRecord, match="certifies another unit"):
        store.read(TASK)


@pytest.mark.parametrize(
    "other",
    [
        Task("other", Training(seed=1), CODE),
        Task("study", Evaluation(seed=1), CODE),
        Task("study", Training(seed=2), CODE),
        Task("study", Widened(seed=1), CODE),
        Task("study", Training(seed=1), "fedcba9876543210"),
    ],
    ids=["study", "experiment", "value", "field", "code"],
)
def test_the_name_tells_study_experiment_fields_and_code_apart(other):
    assert other.key != TASK.key


def test_the_name_knows_nothing_else():
    assert Task("study", Training(seed=1), CODE).name == TASK.name
    assert Task("study", Reordered(seed=1), CODE).key == TASK.key
    # How a unit is carried out never reaches the task: the fields of both have no name in common.
    assert not set(TASK.parameters) & set(Execution.model_fields)


def test_quarantine_sets_corrupt_files_aside_and_leaves_whole_ones(tmp_path):
    store, other = Store(tmp_path), Task("study", Training(seed=2), CODE)
    store.write(record())
    store.path(other).write_text('{"value": ')
    assert store.quarantine([TASK, other, Task("study", Training(seed=3), CODE)]) == [store.path(other)]
    assert store.path(other).with_suffix(".corrupt").read_text() == '{"value": '
    assert store.read(other) is None
    assert store.read(TASK) is not None
    assert store.quarantine([TASK, other]) == []


@pytest.mark.parametrize(
    ("result", "error"),
    [(xr.Dataset({"x": np.nan}), ValueError), ({"x": 1.0}, TypeError), ({}, TypeError), (None, TypeError)],
)
def test_a_result_that_cannot_be_kept_leaves_no_file(tmp_path, result, error):
    with pytest.raises(error, match="test_store"):
        Store(tmp_path).write(Record(TASK, result, seconds=1.0, peak_memory_mb=1.0, environment={}))
    assert not list(tmp_path.rglob("*.*"))


def test_a_failed_write_leaves_the_old_file_and_no_litter(tmp_path, monkeypatch):
    path = tmp_path / "file.json"
    write_atomically(path, "old")

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_killed_at_any_instant_a_writer_leaves_the_old_record_or_the_new_one(tmp_path):
    """A process that rewrites one record without pause is killed -9 again and again."""
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import numpy as np; from pathlib import Path; from test_store import TASK, Store, record\n"
        "store, values = Store(Path(sys.argv[2])), np.random.default_rng(0).random(20000)\n"
        "store.write(record(x=('point', values))); print('go', flush=True)\n"
        "while True: store.write(record(x=('point', values)))\n"
    )
    store, rng = Store(tmp_path), np.random.default_rng(0)
    command = [sys.executable, "-c", program, os.path.dirname(__file__), str(tmp_path)]
    for _ in range(4):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout.readline() == "go\n"
            time.sleep(rng.uniform(0, 0.3))
            writer.kill()
        assert store.read(TASK)["x"].shape == (20000,)


def test_canonical_text_is_equal_exactly_where_values_are():
    assert canonical({"b": [1, 2.5], "a": None}) == canonical({"a": None, "b": [1, 2.5]})
    assert canonical({"a": 1}) != canonical({"a": 2})
    with pytest.raises(ValueError, match="JSON"):
        canonical([float("nan")])
