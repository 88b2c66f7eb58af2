"""What all tests share: one thread each, how they are spread over processes, and what is built once for all of them."""

import os

# Before numpy is loaded: sums on one thread are the same everywhere, and two threads of each of two processes only wait.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = "1"
# Both processes must list the same tests in the same order, and some are named after sets.
os.environ["PYTHONHASHSEED"] = "0"

import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from filelock import FileLock

sys.path.insert(0, str(Path(__file__).parent))

import toy

from learning_geometry.records import Records
from learning_geometry.store import Store
from learning_geometry.studies import STUDIES
from learning_geometry.studies.unit import Execution

ROOT = Path(__file__).resolve().parents[1]

WORKERS = 2
"""Processes that share the whole suite."""

GROUPS = {"built_toy": "toy", "empty_toy": "toy", "smoke_book": "book", "html": "book", "smoke_records": "smoke"}
"""What tests share, by fixture: they stay in one process, and these groups, which take longest, come first."""


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """The whole suite is spread over processes; a chosen part starts at once in this one."""
    return 0 if config.option.file_or_dir else WORKERS


def pytest_itemcollected(item: pytest.Item) -> None:
    """Keep the tests together that share something long, and otherwise those of a file."""
    if item.get_closest_marker("xdist_group") is None:
        shared = (group for fixture, group in GROUPS.items() if fixture in getattr(item, "fixturenames", ()))
        item.add_marker(pytest.mark.xdist_group(next(shared, item.path.stem)))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the groups that take longest, so that no process waits for another at the end."""
    ranks = {group: rank for rank, group in enumerate(GROUPS.values())}
    items.sort(key=lambda item: ranks.get(item.get_closest_marker("xdist_group").args[0], len(ranks)))


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture
def imported_images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the scale `mnist` looks for its images there are some; a plan looks at names alone."""
    for name in ("mnist", "mnist_14"):
        (tmp_path / "my_images" / name).mkdir(parents=True)
        for split in ("train", "test"):
            (tmp_path / "my_images" / name / f"{split}.parquet").touch()
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def empty_toy(tmp_path: Path) -> Path:
    """A toy companion in which nothing has been built."""
    return toy.build_toy(tmp_path / "companion")


@pytest.fixture(scope="session")
def built_toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A toy companion whose smoke book is built; a test that changes it must put it back."""
    folder = toy.build_toy(tmp_path_factory.mktemp("toy") / "companion")
    answer = toy.build(folder)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return folder


@pytest.fixture(scope="session")
def smoke_build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where everything of the smoke scale goes, once for all processes of a test run."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "smoke" / "_build"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def smoke_records(smoke_build: Path) -> Callable[[str], Records]:
    """The records of a study at smoke scale, by its name; each study is measured once, when its records are wanted."""

    @cache
    def records(name: str) -> Records:
        from learning_geometry.studies import measuring

        study, store = STUDIES[name], Store(smoke_build / "store")
        config = study.config("smoke")
        with FileLock(smoke_build / f"{name}.lock"):
            for task in study.tasks(config):
                if store.read(task) is None:
                    measuring.measure_into(task, store, Execution.of(config))
        return measuring.collect(study.tasks(config), store, Execution.of(config))

    return records


@pytest.fixture(scope="session")
def smoke_book(smoke_build: Path, smoke_records: Callable[[str], Records]) -> Path:
    """The html folder of this book at smoke scale, built by the workflow from the shared records."""
    for name in STUDIES:
        smoke_records(name)
    variables = {**os.environ, "LEARNING_GEOMETRY_BUILD": str(smoke_build)}
    command = [sys.executable, "-m", "learning_geometry", "build", "--scale", "smoke"]
    answer = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return smoke_build / "smoke" / "html"
