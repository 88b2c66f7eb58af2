"""papermill's traps, each tried on a toy companion through its command line."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbclient
import nbformat
import pytest
import toy
from traitlets.config import Config

pytestmark = pytest.mark.xdist_group("toy")

SETUP = "drawing.use_in_notebook()\n"
# ipykernel 7 warns in every notebook unless its connection is encrypted.
ENCRYPTED = Config({"KernelManager": {"transport_encryption": "auto"}})


@pytest.fixture(scope="module")
def companion(tmp_path_factory):
    return toy.build_toy(tmp_path_factory.mktemp("notebook") / "companion")


@pytest.fixture
def insert(companion):
    """Insert a line of code into alpha's notebook for the length of a test."""
    notebook = companion / "notebooks" / "01_alpha.py"
    before = notebook.read_text()

    def edit(line: str) -> None:
        notebook.write_text(before.replace(SETUP, SETUP + line + "\n"))

    yield edit
    notebook.write_text(before)


def run(companion, tmp_path, *arguments):
    output = tmp_path / "out" / "alpha.ipynb"
    return toy.learning_geometry(companion, "run", "alpha", "--scale", "smoke", "-o", str(output), *arguments), output


def outputs(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


GIVEN = ("-p", "seeds=[0, 3]", "--fresh", "5")


@pytest.fixture(scope="module")
def executed(companion, tmp_path_factory) -> Path:
    """Alpha's notebook, executed with parameters of its own."""
    answer, output = run(companion, tmp_path_factory.mktemp("executed"), *GIVEN)
    assert answer.returncode == 0, answer.stderr
    return output


def test_executing_twice_gives_the_same_bytes(companion, executed, tmp_path):
    _, output = run(companion, tmp_path, *GIVEN)
    assert output.read_bytes() == executed.read_bytes()
    assert b"svg" in output.read_bytes()  # control: there is a figure in it to differ


def test_the_marker_says_what_was_run(executed):
    marker = nbformat.read(executed, as_version=4).metadata["learning_geometry"]
    assert marker["complete"] is True
    assert marker["parameters"] == {"seeds": [0, 3], "pause": 0.0, "fresh": 5}
    costs = json.loads(executed.with_suffix(".run.json").read_text())
    assert costs["seconds"] > 0
    assert costs["environment"]["threads"] == 1


@pytest.mark.parametrize(
    ("parameter", "complaint"),
    [
        ("sedes=[1]", "unknown parameter 'sedes'. Known parameters: fresh, seeds, pause"),
        ("seeds=[1, 1]", "parameter 'seeds' = [1, 1]"),
    ],
)
def test_a_wrong_parameter_is_an_error_before_a_kernel_starts(companion, tmp_path, parameter, complaint):
    answer, _ = run(companion, tmp_path, "-p", parameter)
    assert answer.returncode == 1
    assert complaint in answer.stderr
    assert not outputs(tmp_path / "out")


@pytest.mark.parametrize(
    ("line", "complaint", "arguments"),
    [
        ("raise ZeroDivisionError('no')", "raised ZeroDivisionError: no", ()),
        ("import os; os._exit(1)", "its kernel died", ()),
        ("import time; time.sleep(60)", "longer than its time limit", ("--cell-timeout", "3")),
    ],
)
def test_what_fails_leaves_the_last_good_notebook_and_is_kept_for_inspection(
    companion, executed, tmp_path, insert, line, complaint, arguments
):
    shutil.copytree(executed.parent, tmp_path / "out")
    insert(line)
    answer, output = run(companion, tmp_path, *arguments)
    kept = companion / "_build" / "failed" / "01_alpha.ipynb"
    assert answer.returncode == 1
    assert complaint in answer.stderr
    assert str(kept) in answer.stderr
    assert answer.stderr.splitlines()[-1].startswith("learning-geometry: 01_alpha.py did not finish")
    assert line in kept.read_text()
    assert "learning_geometry" not in nbformat.read(kept, as_version=4).metadata
    assert output.read_bytes() == executed.read_bytes()
    assert [file.name for file in outputs(tmp_path / "out")] == ["alpha.ipynb", "alpha.run.json"]


def test_a_runner_killed_in_the_middle_leaves_nothing_that_looks_complete(companion, tmp_path, insert):
    insert("import time; time.sleep(60)")
    output = tmp_path / "out" / "alpha.ipynb"
    command = [sys.executable, "-m", "learning_geometry", "run", "alpha", "--scale", "smoke", "-o", str(output)]
    with subprocess.Popen(command, cwd=companion, env=toy.environment(companion), start_new_session=True) as runner:
        time.sleep(5)
        os.killpg(runner.pid, signal.SIGKILL)
    assert not output.exists()


def _ipynb(companion: Path, folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    command = [
        "jupytext",
        "--quiet",
        "--to",
        "ipynb",
        str(companion / "notebooks/01_alpha.py"),
        "-o",
        str(folder / "in.ipynb"),
    ]
    subprocess.run([sys.executable, "-m", *command], check=True, env=toy.environment(companion), capture_output=True)
    return folder / "in.ipynb"


def _papermill(companion: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    source = _ipynb(companion, folder)
    command = [
        sys.executable,
        "-m",
        "papermill",
        str(source),
        str(folder / "out.ipynb"),
        "--no-progress-bar",
        *arguments,
    ]
    return subprocess.run(
        command, cwd=companion, env=toy.environment(companion), capture_output=True, text=True, check=False
    )


def test_papermill_by_hand_takes_a_scale_file_and_single_parameters(companion, tmp_path):
    """Scale files are flat, so that papermill takes them as they are."""
    scale = companion / "notebooks" / "scales" / "smoke" / "alpha.yaml"
    shutil.rmtree(companion / "_build" / "store", ignore_errors=True)
    answer = _papermill(companion, tmp_path, "-f", str(scale))
    assert answer.returncode == 0, answer.stderr
    assert measured(companion) == [{"seed": 0, "pause": 0.0}, {"seed": 1, "pause": 0.0}]  # not the notebook's three
    # A parameter given by hand wins over the file, even where it equals the notebook's own value.
    own = tmp_path / "own.yaml"
    own.write_text("seeds: [7]\npause: 0.01\n")
    answer = _papermill(companion, tmp_path, "-f", str(own), "-p", "pause", "0.0")
    assert answer.returncode == 0, answer.stderr
    assert measured(companion)[2:] == [{"seed": 7, "pause": 0.0}]


def measured(companion: Path) -> list[dict[str, float]]:
    records = [json.loads(file.read_text()) for file in (companion / "_build" / "store" / "alpha").glob("*.json")]
    return sorted((record["parameters"] for record in records), key=lambda parameters: parameters["seed"])


def test_papermill_by_hand_with_a_misspelt_parameter_fails(companion, tmp_path):
    answer = _papermill(companion, tmp_path, "-p", "sedes", "1")
    assert answer.returncode != 0
    assert "unknown parameter 'sedes'" in answer.stderr


def test_in_jupyter_the_cells_run_from_the_notebooks_folder_and_run_again(companion, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(companion / "src"))
    notebook = nbformat.read(_ipynb(companion, tmp_path), as_version=4)
    # What a reader may add: a variable that is no parameter, and that the second run meets.
    notebook.cells.append(nbformat.v4.new_code_cell("largest = float(records['growth'].value.max())", id="added"))
    again = [nbformat.from_dict({**cell, "id": f"{cell.id}-again"}) for cell in notebook.cells]
    notebook.cells.extend(again)
    client = nbclient.NotebookClient(
        notebook,
        kernel_name="python3",
        resources={"metadata": {"path": companion / "notebooks"}},
        config=ENCRYPTED,
    )
    client.execute()
    assert all(cell.execution_count for cell in notebook.cells if cell.cell_type == "code")
