"""environment.yml, pyproject.toml, the lock and what is installed agree."""

import re
import tomllib
from importlib import metadata

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


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
