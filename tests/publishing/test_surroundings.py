"""No file of a person's home, no variable and no folder of hers changes a page, and nothing is left in her home."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import toy

pytestmark = pytest.mark.xdist_group("toy")

_STARTUP = "print('a startup file')\nraise SystemExit('a startup file')\n"
_IPYTHON = "c.InteractiveShell.ast_node_interactivity = 'all'\nc.InlineBackend.figure_formats = {'png'}\n"
_FILES = {
    ".config/matplotlib/matplotlibrc": "text.usetex: True\nfont.size: 30\nlines.linewidth: 9\nsavefig.dpi: 7\n",
    ".config/pip/pip.conf": "[global]\nuser = true\n",
    ".config/snakemake/mine/config.yaml": "cores: 1\ndry-run: true\n",
    ".gitconfig": "[core]\n\tabbrev = 4\n\tpager = false\n[color]\n\tui = always\n",
    ".ipython/profile_default/ipython_config.py": _IPYTHON,
    ".ipython/profile_default/ipython_kernel_config.py": _IPYTHON,
    ".ipython/profile_default/startup/00.py": _STARTUP,
    ".jupyter/jupyter_config.py": "c.KernelManager.kernel_name = 'ir'\nc.ExecutePreprocessor.timeout = 1\n",
    ".local/share/jupyter/kernels/python3/kernel.json": json.dumps(
        {"argv": ["/bin/false", "{connection_file}"], "display_name": "Broken", "language": "R"}
    ),
    "startup.py": _STARTUP,
    **{f"foreign/{name}.py": f"raise SystemExit('a {name} of hers')\n" for name in ("json", "pydantic", "yaml")},
}


def hostile_home(home: Path) -> dict[str, str]:
    """Fill a home with settings that would spoil a build, and return variables that point to each of them."""
    for name, text in _FILES.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text)
    return {
        "GIT_DIR": str(toy.ROOT / ".git"),
        "HOME": str(home),
        "IPYTHONDIR": str(home / ".ipython"),
        "JUPYTER_CONFIG_DIR": str(home / ".jupyter"),
        "JUPYTER_PATH": str(home / ".local/share/jupyter"),
        "LC_ALL": "C",
        "MATPLOTLIBRC": str(home / ".config/matplotlib/matplotlibrc"),
        "MPLBACKEND": "agg",
        "MPLCONFIGDIR": str(home / ".config/matplotlib"),
        "PIP_USER": "yes",
        "PYTHONOPTIMIZE": "2",
        "PYTHONSTARTUP": str(home / "startup.py"),
        "PYTHONWARNINGS": "error",
        "SNAKEMAKE_PROFILE": "mine",
        "SOURCE_DATE_EPOCH": "1",
        "XDG_CACHE_HOME": str(home / ".cache"),
        "XDG_CONFIG_HOME": str(home / ".config"),
    }


def without_rights() -> list[str]:
    """What a command begins with so that permissions bind it: they do not bind root, whom containers love."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("permissions do not bind root, and there is no setpriv to change that")
    return ["setpriv", "--bounding-set=-dac_override"]


def digests(folder: Path) -> dict[str, str]:
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return {str(file.relative_to(folder)): hashlib.sha256(_timeless(file)).hexdigest() for file in files}


def _timeless(file: Path) -> bytes:
    """The bytes of a file of the book without what a clock or a meter has written."""
    volatile = rb"[\d.]+ s of measuring|[\d.]+ s for the notebook|\d+ MB in one process|\d{4}-\d\d-\d\dT[\d:]{8}\+00:00"
    return re.sub(volatile, b"", file.read_bytes())


@pytest.fixture(scope="module")
def hostile_build(tmp_path_factory):
    """A toy book, built in a read-only checkout with an odd name, in a hostile home that is read-only too."""
    folder = tmp_path_factory.mktemp("hostile")
    checkout = toy.build_toy(folder / "OneDrive - Uni" / "bob's R&D, Zürich (1)")
    home, elsewhere = folder / "home", folder / "results, elsewhere"
    elsewhere.mkdir()
    variables = {
        **os.environ,
        **hostile_home(home),
        "PYTHONPATH": f"{checkout / 'src'}{os.pathsep}{home / 'foreign'}",
        "LEARNING_GEOMETRY_BUILD": f"../../{elsewhere.name}",
    }
    before = digests(home)
    subprocess.run(["chmod", "-R", "a-w", checkout, home], check=True)
    command = [*without_rights(), sys.executable, "-m", "learning_geometry", "build", "--scale", "smoke"]
    answer = subprocess.run(
        command, cwd=checkout, env=variables, capture_output=True, encoding="utf-8", errors="replace", check=False
    )
    subprocess.run(["chmod", "-R", "u+w", checkout, home], check=True)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return checkout, home, before, elsewhere


def test_a_hostile_home_and_an_odd_folder_change_no_byte_of_the_book(built_toy, hostile_build):
    *_, elsewhere = hostile_build
    plain, hostile = (digests(folder / "smoke" / "html") for folder in (built_toy / "_build", elsewhere))
    # The index of the search holds the words of every page, those of the clock among them.
    assert {name for name in plain | hostile if plain.get(name) != hostile.get(name)} <= {"searchindex.js"}
    notebooks = [digests(folder / "notebooks") for folder in (built_toy / "_build", elsewhere)]
    pages = [{name: digest for name, digest in each.items() if name.endswith(".ipynb")} for each in notebooks]
    assert pages[0] == pages[1]


def test_nothing_is_left_in_the_home_nor_in_the_checkout(hostile_build):
    checkout, home, before, elsewhere = hostile_build
    assert digests(home) == before
    assert sorted(place.name for place in checkout.iterdir()) == ["_config.yml", "book", "notebooks", "src", "workflow"]
    assert {"cache", "ipython", "jupyter", "matplotlib"} <= {
        place.name for place in (elsewhere / "surroundings").iterdir()
    }


def test_a_record_names_the_libraries_that_its_code_imports(built_toy):
    for record in (built_toy / "_build" / "store").rglob("*.json"):
        assert {"python", "numpy", "pydantic", "xarray"} <= json.loads(record.read_text())["environment"][
            "versions"
        ].keys()


def said(*command: str, **variables: str) -> str:
    answer = subprocess.run(
        [sys.executable, *command], env={**os.environ, **variables}, capture_output=True, text=True, check=False
    )
    assert "Traceback" not in answer.stderr, answer.stderr
    return answer.stdout


def test_the_program_of_an_environment_is_about_its_own_checkout(built_toy, tmp_path):
    (tmp_path / "pydantic.py").write_text("raise SystemExit('a pydantic of hers')\n")
    path = f"{built_toy / 'src'}{os.pathsep}{tmp_path}"
    program = str(Path(sys.executable).with_name("learning-geometry"))
    own = said(program, "doctor", PYTHONPATH=path)
    assert f"checkout: {toy.ROOT}," in own
    assert f"PYTHONPATH={path}" in own
    # Named as a module, it is about the package that Python finds, and only the foreign one is left out.
    measure = ("-m", "learning_geometry", "measure", "alpha", "--scale", "smoke")
    assert f"in {built_toy / '_build' / 'store'}" in said(*measure, PYTHONPATH=path)


def test_the_workflow_refuses_the_package_of_another_checkout(built_toy):
    command = [sys.executable, "-m", "snakemake", "--snakefile", "workflow/Snakefile", "--cores", "1", "--dry-run"]
    answer = subprocess.run(
        command, cwd=built_toy, env=toy.environment(toy.ROOT), capture_output=True, text=True, check=False
    )
    assert answer.returncode == 1
    assert f"this is the workflow of {built_toy}, but" in answer.stderr


def test_a_notebook_opened_by_hand_starts_from_the_defaults_of_matplotlib(tmp_path):
    (tmp_path / "matplotlibrc").write_text("text.usetex: True\n")
    look = (
        "import matplotlib as mpl\n"
        "assert mpl.rcParams['text.usetex']\n"
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "InteractiveShell.instance()\n"
        "from learning_geometry import drawing\n"
        "drawing.use_in_notebook()\n"
        "assert not mpl.rcParams['text.usetex']\n"
    )
    variables = {**os.environ, "MATPLOTLIBRC": str(tmp_path), "IPYTHONDIR": str(tmp_path)}
    subprocess.run([sys.executable, "-c", look], env=variables, check=True)
