"""environment.yml, pyproject.toml, the lock and what is installed agree; commit and variables are the checkout's own."""

import os
import re
import subprocess
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from learning_geometry import environment
from learning_geometry.studies import STUDIES


@pytest.fixture(scope="module")
def project(root):
    return tomllib.loads((root / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def lock(root):
    lines = (root / "requirements.lock").read_text().splitlines()
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in lines), "the lock holds nothing but exact pins"
    return {canonicalize_name(name): version for name, version in (line.split("==") for line in lines)}


def test_the_lock_holds_no_torch_and_nothing_of_cuda(lock):
    assert not [name for name in lock if re.match(r"(torch|nvidia|triton|cuda)", name)]


def test_every_direct_dependency_is_pinned_as_locked(project, lock):
    extras = project["optional-dependencies"]
    for text in [*project["dependencies"], *extras["dev"]]:
        requirement = Requirement(text)
        assert str(requirement.specifier) == f"=={lock[canonicalize_name(requirement.name)]}", text


def test_the_other_extras_are_pinned_too_and_not_installed_by_default(project, lock):
    for text in [*project["optional-dependencies"]["cluster"], *project["optional-dependencies"]["bench"]]:
        requirement = Requirement(text)
        assert re.fullmatch(r"==[\d.]+(post\d)?", str(requirement.specifier)), text
        assert canonicalize_name(requirement.name) not in lock


def test_what_is_installed_is_what_is_locked(lock):
    wrong = {name: (pin, metadata.version(name)) for name, pin in lock.items() if metadata.version(name) != pin}
    assert not wrong


def test_torch_is_pinned_apart_and_installed_as_pinned(root):
    assert (root / "requirements-torch.txt").read_text() == "torch==2.13.0\n"
    assert metadata.version("torch").partition("+")[0] == "2.13.0"


def test_conda_gives_python_and_pip_gives_the_lock(root, project):
    environment = yaml.safe_load((root / "environment.yml").read_text())
    python, pip, block = environment["dependencies"]
    assert environment["channels"] == ["conda-forge"]
    assert pip == "pip"
    assert python.removeprefix("python=") in project["requires-python"]
    assert block["pip"] == ["-r requirements-torch.txt", "-r requirements.lock", "-e ."]
    for line in block["pip"][:2]:
        assert (root / line.removeprefix("-r ")).is_file()


def test_the_themes_are_the_ones_that_build_a_clean_page(lock):
    pins = {"jupyter-book": "1.0.4.post1", "sphinx-book-theme": "1.1.4", "pydata-sphinx-theme": "0.15.4"}
    assert {name: lock[name] for name in pins} == pins


def test_the_peers_of_the_benchmarks_are_pinned_alike(root, project):
    makefile = (root / "Makefile").read_text()
    for pin in project["optional-dependencies"]["bench"]:
        assert pin in makefile


def test_readme_makefile_project_and_set_up_promise_the_same_python(root, project):
    least = str(SpecifierSet(project["requires-python"])).removeprefix(">=")
    assert f"Python {least}+" in (root / "README.md").read_text()
    assert f"Python {least}+" in (root / "Makefile").read_text()
    assert f"LEAST = ({least.replace('.', ', ')})" in (root / "workflow" / "set_up.py").read_text()


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", "-C", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def repository(folder: Path) -> str:
    """Make a folder a git repository with one commit, and return that."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "file").write_text("text\n")
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "a commit")
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def checkout(tmp_path, monkeypatch) -> Path:
    """An unpacked tarball inside somebody's repository, which is taken for this checkout."""
    folder = tmp_path / "theirs, für alles" / "unpacked"
    monkeypatch.setattr(environment, "PACKAGE", folder / "src" / "learning_geometry")
    environment.PACKAGE.mkdir(parents=True)
    repository(folder.parent)
    return folder


def test_a_tarball_within_another_repository_has_no_commit(checkout):
    assert environment.commit() == "no commit"


def test_the_commit_is_the_checkouts_own_whatever_git_is_told(checkout, tmp_path, monkeypatch):
    own = repository(checkout)
    assert environment.commit() == own[:12]
    other = tmp_path / "other"
    repository(other)
    (tmp_path / ".gitconfig").write_text("[core]\n\tabbrev = 4\n[color]\n\tui = always\n[alias]\n\tx = !false\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    assert environment.commit() == own[:12]
    (checkout / "file").write_text("another text\n")
    assert environment.commit() == f"{own[:12]}-dirty"


def test_without_git_there_is_no_commit(checkout, monkeypatch, tmp_path):
    repository(checkout)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert environment.commit() == "no commit"


def test_a_run_keeps_what_is_the_persons_own_business_and_nothing_that_makes_a_page(tmp_path, monkeypatch):
    monkeypatch.setenv("LEARNING_GEOMETRY_BUILD", str(tmp_path / "build"))
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("HF_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name in ("GIT_DIR", "IPYTHONDIR", "JUPYTER_PATH", "MATPLOTLIBRC", "MPLBACKEND", "SNAKEMAKE_PROFILE"):
        monkeypatch.setenv(name, "mine")
    monkeypatch.setenv("HF_TOKEN", "mine")
    variables = environment.surroundings()
    assert [name for name, value in variables.items() if value == "mine"] == ["HF_TOKEN"]
    assert variables["HOME"] == str(tmp_path)
    assert variables["HF_HOME"] == str(tmp_path / ".cache" / "huggingface")
    monkeypatch.setattr(os, "environ", variables)
    assert environment.surroundings() == variables  # a part of the run sees the same as the run


@pytest.mark.parametrize("home", ["file/home", "nowhere"])
def test_a_home_that_is_none_is_not_needed(tmp_path, monkeypatch, home):
    (tmp_path / "file").touch()
    monkeypatch.setenv("LEARNING_GEOMETRY_BUILD", str(tmp_path / "build"))
    monkeypatch.setenv("HOME", str(tmp_path / home))
    for name in ("HF_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    variables, folder = environment.surroundings(), tmp_path / "build" / "surroundings"
    assert variables["HF_HOME"] == str(folder / "huggingface")
    assert variables["HOME"] == str(folder / "home")


def test_what_is_recorded_names_every_library_that_the_code_imports():
    libraries = STUDIES["llm_phases_post_training"].libraries()
    assert {"datasets", "tokenizers", "transformers", "trl"} <= libraries.keys()
    recorded = environment.describe(threads=1, libraries=libraries)["versions"]
    assert recorded["trl"] == metadata.version("trl")
    assert recorded["torch"] == metadata.version("torch")  # with its local version, which says for which processor
