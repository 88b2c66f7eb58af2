"""Set-up in a small project without dependencies: interrupted, moved, run twice, in odd folders, under odd habits."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).resolve().parents[1]

# An editable wheel in a dozen lines, so that nothing is fetched.
_BACKEND = """
import zipfile
from pathlib import Path

INFO = "learning_geometry-1.dist-info"


def get_requires_for_build_editable(config_settings=None):
    return []


def build_editable(folder, config_settings=None, metadata_directory=None):
    files = {
        "_editable_learning_geometry.pth": str(Path("src").resolve()) + "\\n",
        f"{INFO}/METADATA": "Metadata-Version: 2.1\\nName: learning-geometry\\nVersion: 1\\n",
        f"{INFO}/WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
        f"{INFO}/entry_points.txt": "[console_scripts]\\nlearning-geometry = learning_geometry.__main__:entry\\n",
    }
    name = "learning_geometry-1-py3-none-any.whl"
    with zipfile.ZipFile(Path(folder) / name, "w") as wheel:
        for file, text in files.items():
            wheel.writestr(file, text)
        wheel.writestr(f"{INFO}/RECORD", "".join(f"{file},,\\n" for file in [*files, f"{INFO}/RECORD"]))
    return name
"""
_PROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
_PROGRAM = "import sys\n\n\ndef entry():\n    print(sys.argv[1:], __file__)\n    return 0\n\n\nif __name__ == '__main__':\n    entry()\n"


def project(folder: Path) -> Path:
    """A small project with this one's Makefile and set-up."""
    (folder / "workflow").mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", folder)
    shutil.copy(ROOT / "workflow" / "set_up.py", folder / "workflow")
    package = folder / "src" / "learning_geometry"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(_PROGRAM)
    (folder / "backend.py").write_text(_BACKEND)
    (folder / "pyproject.toml").write_text(_PROJECT)
    for lock in ("requirements-torch.txt", "requirements.lock"):
        (folder / lock).write_text("# nothing\n")
    return folder


def hostile(home: Path) -> dict[str, str]:
    """Variables and a home by which packages go elsewhere, and under which Python cannot read letters beyond ASCII."""
    (home / ".config" / "pip").mkdir(parents=True)
    (home / ".config" / "pip" / "pip.conf").write_text("[global]\nuser = true\n")
    foreign = home / "foreign"
    foreign.mkdir()
    for name in ("json", "pip", "learning_geometry"):
        (foreign / f"{name}.py").write_text("raise SystemExit('this is not the package that you look for')\n")
    habits = {
        "HOME": str(home),
        "LC_ALL": "C",
        "PIP_TARGET": str(home / "target"),
        "PIP_USER": "yes",
        "PYTHONPATH": str(foreign),
    }
    usual = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "XDG_", "MAKE"))}
    return {**usual, **habits}


def make(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = ["make", "--no-print-directory", *arguments]
    environment = {**os.environ, **variables}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def fitting(folder: Path) -> subprocess.CompletedProcess[str]:
    answer = make(folder, "book", f"PYTHON={sys.executable}")
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.startswith("['build', '--scale', 'laptop']")
    return answer


def fault(folder: Path) -> str:
    """Why the environment of a project would be made anew, and whether packages could be put into what is there."""
    look = "import set_up; print(set_up.fault(), set_up._takes_packages(False), sep='; ')"
    answer = subprocess.run(
        [sys.executable, "-c", look], cwd=folder / "workflow", capture_output=True, text=True, check=True
    )
    return answer.stdout.strip()


def test_a_set_up_mends_itself(tmp_path):
    folder = project(tmp_path / "OneDrive - Uni" / "bob's R&D, Zürich (1)")
    venv = folder / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)  # half-made
    assert fault(folder) == "it was not finished; False"
    variables = hostile(tmp_path / "home")
    command = ["make", "setup", f"PYTHON={sys.executable}"]
    processes = [
        subprocess.Popen(
            command, cwd=folder, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
        )
        for _ in range(2)
    ]
    said = [process.communicate() for process in processes]
    assert [process.returncode for process in processes] == [0, 0], said
    assert sorted(line for _, errors in said for line in errors.splitlines()) == [
        "Another set-up of this checkout is under way; waiting for it ...",
        "Setting up .venv (it was not finished); the first time this takes a few minutes ...",
    ]
    assert not (tmp_path / "home" / "target").exists()
    assert not (tmp_path / "home" / ".local").exists()
    program = subprocess.run(
        [venv / "bin" / "learning-geometry", "ü"],
        cwd=tmp_path,
        env={**variables, "PYTHONPATH": ""},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert program.stdout.startswith("['ü']"), program.stderr
    assert fitting(folder).stderr == ""

    # Where only the lock has changed, what is there is kept: nobody downloads torch a second time.
    (venv / "kept").touch()
    (folder / "requirements.lock").write_text("# still nothing\n")
    assert fault(folder) == "it was made for another lock; True"
    assert "(it was made for another lock)" in fitting(folder).stderr
    assert (venv / "kept").exists()

    # A renamed checkout: programs in .venv/bin name the old folder.
    moved = folder.rename(tmp_path / "moved")
    assert fault(moved) == f"it was made in {venv}; False"

    # The Python below was removed, by an upgrade of the system perhaps.
    (moved / ".venv" / "bin" / "python").unlink()
    (moved / ".venv" / "bin" / "python").symlink_to(tmp_path / "gone")
    assert fault(moved) == "it has no Python, or that has been removed; False"


@pytest.mark.parametrize("version", [(3, 10, 13), (3, 9, 2)])
def test_a_python_too_old_is_refused_before_anything_is_made(tmp_path, version):
    folder = project(tmp_path / "checkout")
    pretend = (
        f"import runpy, sys; sys.version_info = (*{version}, 'final', 0); sys.argv = ['set_up.py']; "
        "runpy.run_path('workflow/set_up.py', run_name='__main__')"
    )
    answer = subprocess.run([sys.executable, "-c", pretend], cwd=folder, capture_output=True, text=True, check=False)
    assert answer.returncode == 1
    assert answer.stderr == (
        f"Python 3.11 or newer is needed, and {sys.executable} is {'.'.join(map(str, version))}. Try: make PYTHON=python3.11\n"
    )
    assert not (folder / ".venv").exists()


def test_every_package_of_the_lock_takes_every_python_that_we_promise():
    from importlib import metadata

    names = [line.partition("==")[0] for line in (ROOT / "requirements.lock").read_text().splitlines()]
    wanted = {name: metadata.metadata(name)["Requires-Python"] or "" for name in names}
    assert not {name: bound for name, bound in wanted.items() if "3.11.0" not in SpecifierSet(bound)}
