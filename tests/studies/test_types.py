"""The types of parameters, each tried once, and what a data source says of the files behind its name."""

import math
import os
import shutil

import pydantic
import pytest

from learning_geometry.store import Task
from learning_geometry.studies import types
from learning_geometry.studies.types import (
    Count,
    DataSource,
    Device,
    Distinct,
    NonNegative,
    NonNegativeCount,
    Positive,
    Rising,
    RisingCounts,
    RisingFromZero,
    Seed,
    Seeds,
    Share,
    Window,
)
from learning_geometry.studies.unit import Unit

GOOD = {
    "Count": (Count, [1, 10**6]),
    "NonNegativeCount": (NonNegativeCount, [0, 1]),
    "Positive": (Positive, [1e-300, 2]),
    "NonNegative": (NonNegative, [0, 0.5]),
    "Share": (Share, [0, 0.5, 1]),
    "Seed": (Seed, [0, 2**40]),
    "Seeds": (Seeds, [[0], [7, 3, 0]]),
    "Distinct": (Distinct[str], [[], ["a", "b"]]),
    "Rising": (Rising, [[0.1], [0.1, 1.0, 1e6]]),
    "RisingCounts": (RisingCounts, [[1, 2, 10]]),
    "RisingFromZero": (RisingFromZero, [[0.0, 0.5]]),
    "Window": (Window, [[1, 3], [10, 100]]),
    "Device": (Device, ["cpu", "cuda", "cuda:1", "mps"]),
}
BAD = {
    "Count": (Count, [0, -1, 1.5, True, "1"]),
    "NonNegativeCount": (NonNegativeCount, [-1]),
    "Positive": (Positive, [0, -0.1, "1"]),
    "NonNegative": (NonNegative, [-1e-9]),
    "Share": (Share, [-0.1, 1.1]),
    "Seed": (Seed, [-1, 0.5]),
    "Seeds": (Seeds, [[], [1, 1], [0, -1], 3, [0.0]]),
    "Distinct": (Distinct[str], [["a", "b", "a"], [1]]),
    "Rising": (Rising, [[], [1.0, 1.0], [2.0, 1.0], [0.0, 1.0]]),
    "RisingCounts": (RisingCounts, [[], [0, 1], [2, 2], [1.5, 2.0]]),
    "RisingFromZero": (RisingFromZero, [[-1.0, 0.0], [0.0, 0.0]]),
    "Window": (Window, [[1], [1, 2], [3, 1], [0, 5], [1, 5, 9]]),
    "Device": (Device, ["gpu", "cuda:", "CPU", ""]),
}


def model(kind):
    config = pydantic.ConfigDict(strict=True, allow_inf_nan=False)
    return pydantic.create_model("Holder", __config__=config, value=(kind, ...))


def cases(table):
    return [
        pytest.param(kind, value, id=f"{name}-{value}") for name, (kind, values) in table.items() for value in values
    ]


@pytest.mark.parametrize(("kind", "value"), cases(GOOD))
def test_what_a_type_takes(kind, value):
    assert model(kind)(value=value).value == value


@pytest.mark.parametrize(("kind", "value"), cases(BAD))
def test_what_a_type_refuses(kind, value):
    with pytest.raises(pydantic.ValidationError):
        model(kind)(value=value)


class Everything(Unit):
    number: float
    positive: Positive
    share: Share
    rising: Rising
    listed: list[float]
    nested: dict[str, list[float]]


FINITE = {"number": 0.0, "positive": 1.0, "share": 0.5, "rising": [1.0], "listed": [], "nested": {}}


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize(
    "place",
    [
        lambda bad: {"number": bad},
        lambda bad: {"positive": bad},
        lambda bad: {"share": bad},
        lambda bad: {"rising": [1.0, bad]},
        lambda bad: {"listed": [0.0, bad]},
        lambda bad: {"nested": {"deep": [bad]}},
    ],
    ids=["number", "positive", "share", "rising", "list", "dictionary"],
)
def test_what_is_no_finite_number_is_refused_everywhere(bad, place):
    Everything(**FINITE | place(2.0 if "rising" in place(bad) else 0.5))  # control: a number passes
    with pytest.raises(pydantic.ValidationError):
        Everything(**FINITE | place(bad))


class Reading(Unit):
    images: DataSource
    texts: DataSource


@pytest.fixture
def folders(tmp_path):
    for name in ("images", "texts"):
        (tmp_path / name / "inner").mkdir(parents=True)
        (tmp_path / name / "a.txt").write_text("one two")
        (tmp_path / name / "inner" / "b.txt").write_text("three")
    return tmp_path


def names(folders):
    """The tasks of a unit that reads both folders, one that reads the second alone, and one that reads neither."""
    images, texts = (DataSource.of(str(folders / name)) for name in ("images", "texts"))
    digits = DataSource.of("digits")
    pairs = {"both": (images, texts), "texts": (digits, texts), "neither": (digits, digits)}
    return {name: Task("s", Reading(images=a, texts=b), "c").name for name, (a, b) in pairs.items()}


def _byte(images):
    file = images / "inner" / "b.txt"
    times = file.stat()
    file.write_text("threE")
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))


CHANGES = {
    "one byte, at the same time": _byte,
    "a new name": lambda images: (images / "a.txt").rename(images / "c.txt"),
    "another folder": lambda images: (images / "a.txt").rename(images / "inner" / "a.txt"),
    "a file more": lambda images: (images / "c.txt").touch(),
    "a file less": lambda images: (images / "a.txt").unlink(),
    "text moved on to the next file": lambda images: (
        (images / "a.txt").write_text("one tw"),
        (images / "inner" / "b.txt").write_text("othree"),
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_changed_data_rename_exactly_the_units_that_read_them(folders, change):
    before = names(folders)
    CHANGES[change](folders / "images")
    after = names(folders)
    assert {name for name in before if before[name] != after[name]} == {"both"}


def test_touched_or_copied_data_rename_nothing(folders):
    before = DataSource.of(str(folders / "images")).digest
    os.utime(folders / "images" / "a.txt", (0, 0))
    shutil.copytree(folders / "images", folders / "copy")
    assert DataSource.of(str(folders / "images")).digest == before != ""
    assert DataSource.of(str(folders / "copy")).digest == before


def test_large_data_go_by_size_and_time(folders, monkeypatch):
    small = DataSource.of(str(folders / "images")).digest
    monkeypatch.setattr(types, "_CHEAP_BYTES", 11)
    before = DataSource.of(str(folders / "images")).digest
    assert before != small
    _byte(folders / "images")
    assert DataSource.of(str(folders / "images")).digest == before  # the price: content alone is not seen
    os.utime(folders / "images" / "a.txt", (0, 0))
    touched = DataSource.of(str(folders / "images")).digest
    assert touched != before
    (folders / "images" / "inner" / "b.txt").write_text("four")
    assert DataSource.of(str(folders / "images")).digest != touched


def test_a_single_file_is_a_source(folders):
    file = folders / "images" / "a.txt"
    before = DataSource.of(str(file)).digest
    file.write_text("one too")
    assert before != DataSource.of(str(file)).digest != ""


def test_of_several_revisions_in_a_folder_the_given_one_counts(folders):
    models = folders / "models"
    for step in ("step1", "step2"):
        shutil.copytree(folders / "images", models / step)
    before = {step: DataSource.of(str(models), step).digest for step in ("step1", "step2")}
    assert before["step1"] == before["step2"]  # control: equal content
    (models / "step2" / "a.txt").write_text("other")
    after = {step: DataSource.of(str(models), step).digest for step in ("step1", "step2")}
    assert after["step1"] == before["step1"]
    assert after["step2"] != before["step2"]


@pytest.mark.parametrize("name", ["", "digits", "uoft-cs/cifar10"])
def test_a_name_that_is_no_file_has_no_digest(name):
    source = DataSource.of(name, "0b2714987fa478483af9968de7c934580d0bb9a2")
    assert (source.name, source.digest) == (name, "")
    assert source.revision.startswith("0b27")


def test_the_corpus_is_told_by_its_content(folders, monkeypatch):
    library = folders / "lib"
    (library / "test").mkdir(parents=True)
    (library / "a.py").write_text("A = 1\n")
    (library / "test" / "t.py").write_text("T = 1\n")
    monkeypatch.setattr("sysconfig.get_paths", lambda: {"stdlib": str(library)})

    def digest():
        types._digest_of_standard_library.cache_clear()
        return DataSource.corpus("").digest

    before = digest()
    (library / "test" / "t.py").write_text("T = 2\n")
    (library / "notes.txt").write_text("no source\n")
    assert digest() == before  # control: neither is part of the corpus
    (library / "a.py").write_text("A = 2\n")
    assert digest() != before
    types._digest_of_standard_library.cache_clear()
    assert DataSource.corpus(str(folders / "images")) == DataSource.of(str(folders / "images"))
