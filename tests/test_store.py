import json
import os
import subprocess
import sys
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from learning_geometry.store import Record, Records, Store, TornRecord, Unit, canonical, write_atomically

UNIT = Unit("study", "experiment", {"seed": 1, "rate": 0.1}, "0123456789abcdef")

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
arrays = hnp.arrays(
    dtype=st.sampled_from([np.float64, np.float32, np.int64, np.bool_]),
    shape=hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
    elements={"allow_nan": False, "allow_infinity": False},
)


def record(result: dict, unit: Unit = UNIT) -> Record:
    return Record(unit, result, 1.5, 100.0, {"cpu": "any"})


@settings(deadline=None, derandomize=True)
@given(values=plain, array=arrays)
def test_what_is_written_is_read(tmp_path_factory, values, array):
    store = Store(tmp_path_factory.mktemp("store"))
    store.write(record({"values": values, "array": array}))
    found = store.read(UNIT)
    assert found["values"] == values
    assert found["array"].dtype == array.dtype
    np.testing.assert_array_equal(found["array"], array)


def test_a_file_cut_anywhere_is_torn_never_a_result(tmp_path):
    store = Store(tmp_path)
    whole = store.write(record({"map": np.eye(2), "accuracy": 0.5})).read_bytes()
    for length in range(len(whole) - 1):
        store.path(UNIT).write_bytes(whole[:length])
        with pytest.raises(TornRecord):
            store.read(UNIT)
    store.path(UNIT).write_bytes(whole)
    assert store.read(UNIT)["accuracy"] == 0.5


@settings(deadline=None, derandomize=True)
@given(data=st.data())
def test_an_altered_value_is_noticed(tmp_path_factory, data):
    store = Store(tmp_path_factory.mktemp("store"))
    path = store.write(record({"accuracy": 0.5}))
    body = json.loads(path.read_text())
    name = data.draw(st.sampled_from(sorted(set(body) - {"sha256"})))
    body[name] = data.draw(st.integers(10**6, 10**9))
    path.write_text(json.dumps(body))
    with pytest.raises(TornRecord):
        store.read(UNIT)


def test_a_record_under_another_units_name_is_refused(tmp_path):
    store = Store(tmp_path)
    other = Unit("study", "experiment", {"seed": 2, "rate": 0.1}, UNIT.code)
    store.path(UNIT).parent.mkdir(parents=True)
    os.replace(store.write(record({"accuracy": 0.5}, other)), store.path(UNIT))
    with pytest.raises(TornRecord, match="certifies another unit"):
        store.read(UNIT)


@pytest.mark.parametrize(
    "other",
    [
        Unit("other", "experiment", UNIT.parameters, UNIT.code),
        Unit("study", "other", UNIT.parameters, UNIT.code),
        Unit("study", "experiment", {"seed": 2, "rate": 0.1}, UNIT.code),
        Unit("study", "experiment", UNIT.parameters, "fedcba9876543210"),
    ],
)
def test_the_key_tells_study_experiment_parameters_and_code_apart(other):
    assert other.key != UNIT.key
    assert Unit("study", "experiment", {"rate": 0.1, "seed": 1}, UNIT.code).key == UNIT.key  # control: order is nothing


def test_sweep_sets_torn_files_aside_and_leaves_whole_ones(tmp_path):
    store, other = Store(tmp_path), Unit("study", "experiment", {"seed": 2}, "c")
    store.write(record({"a": 1}))
    store.path(other).write_text('{"value": ')
    assert store.sweep([UNIT, other]) == [store.path(other)]
    assert store.read(other) is None
    assert store.read(UNIT) is not None


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), np.array([1.0, np.nan])])
def test_numbers_that_are_none_are_refused(tmp_path, bad):
    with pytest.raises(ValueError, match=r"NaN|JSON"):
        Store(tmp_path).write(record({"value": bad}))
    assert not list(tmp_path.rglob("*.json"))


def test_objects_are_refused(tmp_path):
    with pytest.raises(TypeError, match="set"):
        Store(tmp_path).write(record({"value": {1, 2}}))


def test_a_failed_write_leaves_the_old_file_and_no_litter(tmp_path, monkeypatch):
    path = tmp_path / "file.json"
    write_atomically(path, "old")
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_killed_at_any_instant_a_writer_leaves_the_old_record_or_the_new_one(tmp_path):
    """A process that rewrites one record without pause is killed -9 again and again."""
    program = (
        "import sys, numpy as np; from pathlib import Path; from learning_geometry.store import *\n"
        "store, unit = Store(Path(sys.argv[1])), Unit('s', 'e', {}, 'c')\n"
        "store.write(Record(unit, {'x': np.zeros(20000)}, 0.0, 0.0, {})); print('go', flush=True)\n"
        "while True: store.write(Record(unit, {'x': np.random.default_rng().random(20000)}, 0.0, 0.0, {}))\n"
    )
    store, unit = Store(tmp_path), Unit("s", "e", {}, "c")
    rng = np.random.default_rng(0)
    for _ in range(6):
        with subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout.readline() == "go\n"
            time.sleep(rng.uniform(0, 0.3))
            writer.kill()
        assert store.read(unit)["x"].shape == (20000,)


def test_records_are_found_by_experiment_and_parameters():
    units = [Unit("s", "train", {"seed": seed}, "c") for seed in (0, 1)]
    records = Records([record({"a": seed}, unit) for seed, unit in enumerate(units)])
    assert [found["a"] for found in records.of("train")] == [0, 1]
    assert [found["a"] for found in records.of("train", seed=1)] == [1]
    with pytest.raises(KeyError, match="train"):
        records.of("test")


def test_canonical_text_is_equal_exactly_where_values_are():
    assert canonical({"b": [1, 2.5], "a": None}) == canonical({"a": None, "b": [1, 2.5]})
    assert canonical({"a": 1}) != canonical({"a": 2})
