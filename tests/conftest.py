"""Fixtures that several folders of tests share."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import toy

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture
def empty_toy(tmp_path: Path) -> Path:
    """A toy companion in which nothing has been built."""
    return toy.build_toy(tmp_path / "companion")


@pytest.fixture(scope="session")
def built_toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A toy companion whose smoke book is built; a test that changes it must put it back."""
    folder = toy.build_toy(tmp_path_factory.mktemp("toy") / "companion")
    answer = toy.snakemake(folder)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return folder


@pytest.fixture(scope="session")
def smoke_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The html folder of this book at smoke scale, built from nothing by the workflow."""
    build = tmp_path_factory.mktemp("smoke") / "_build"
    variables = {**os.environ, "LEARNING_GEOMETRY_BUILD": str(build)}
    # A working folder of its own: the engine locks the folder it runs in.
    command = [*toy.snakemake_command(), "--directory", str(build.parent)]
    answer = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return build / "smoke" / "html"
