"""Executing a study's notebook: validated first, moved into place only when it is whole."""

import contextlib
import io
import os
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jupytext
import nbformat
import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from traitlets.config import Config

from learning_geometry import environment, paths
from learning_geometry.store import canonical, write_atomically
from learning_geometry.studies import Study

MARKER = "learning_geometry"
"""Key in a notebook's metadata that says: whole, and made from these parameters by this code."""

CELL_TIMEOUT = 6 * 3600
"""Seconds after which a cell is given up; a single cell may measure a whole study."""

# Quiet libraries: a progress bar in a saved output is noise to a reader and different in every run.
_QUIET = {"TQDM_DISABLE": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1", "PYTHONHASHSEED": "0"}


class NotebookFailed(RuntimeError):
    """A notebook that did not run to its end; the message names the copy kept for inspection."""


def execute(
    study: Study,
    output: Path,
    *,
    scale: str,
    given: Mapping[str, Any] | None = None,
    key: str = "",
    cell_timeout: float = CELL_TIMEOUT,
    progress: bool = False,
) -> Path:
    """Execute a study's notebook with papermill and put it at `output`, with `<output>.run.json` beside it.

    Parameters are validated before a kernel starts. The notebook runs aside and is moved into place only after every
    cell has run; a failed one is kept under `_build/failed/`.

    Raises:
        ValueError: a parameter or the scale is unknown or ill-typed.
        NotebookFailed: a cell failed or timed out, or the kernel died.
    """
    config = study.config(scale, given)
    laptop = study.config().model_dump()
    changed = {name: value for name, value in config.model_dump().items() if value != laptop[name]}
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output.parent, prefix=f".{output.stem}.") as aside:
        source, partial = Path(aside) / f"{study.notebook.stem}.ipynb", Path(aside) / "partial.ipynb"
        nbformat.write(_as_notebook(study.notebook), source)
        begin = time.perf_counter()
        _run(study, source, partial, changed, cell_timeout, progress)
        seconds = time.perf_counter() - begin
        marker = {"complete": True, "study": study.name, "scale": scale, "parameters": config.model_dump(), "key": key}
        notebook = _finished(nbformat.read(partial, as_version=4), marker)
        run = {
            "seconds": round(seconds, 3),
            "peak_memory_mb": environment.peak_memory_mb(of_children=True),
            "commit": environment.commit(),
            "environment": environment.describe(threads=1, libraries=study.libraries()),
        }
        # The notebook last: whoever finds it finds its costs too.
        write_atomically(run_file(output), canonical(run) + "\n")
        write_atomically(output, nbformat.writes(notebook) + "\n")
    return output


def run_file(notebook: Path) -> Path:
    """Where the costs of an executed notebook stand: beside it, so that the notebook itself is the same every time."""
    return notebook.with_suffix(".run.json")


def read_marker(notebook: Path) -> dict[str, Any]:
    """The completeness marker of an executed notebook.

    Raises:
        NotebookFailed: there is none: the notebook failed, was cut short or was not executed by this project.
    """
    try:
        marker: dict[str, Any] = nbformat.read(notebook, as_version=4).metadata[MARKER]
    except (OSError, KeyError, AttributeError, ValueError) as error:
        raise NotebookFailed(
            f"{notebook} carries no completeness marker; execute it with `learning-geometry run`"
        ) from error
    if marker.get("complete") is not True:
        raise NotebookFailed(f"{notebook} is marked as incomplete; execute it with `learning-geometry run`")
    return dict(marker)


def _as_notebook(source: Path) -> nbformat.NotebookNode:
    notebook = jupytext.read(source, fmt="py:percent")
    for position, cell in enumerate(notebook.cells):
        # jupytext draws ids at random; the book links to them and two runs must agree.
        cell["id"] = f"cell-{position:03d}"
    return notebook


def _run(
    study: Study, source: Path, partial: Path, parameters: dict[str, Any], cell_timeout: float, progress: bool
) -> None:
    noise = io.StringIO()
    quiet = contextlib.nullcontext() if progress else contextlib.redirect_stderr(noise)
    try:
        with _variables(_QUIET), quiet:
            papermill.execute_notebook(
                source,
                partial,
                parameters=parameters,
                cwd=paths.checkout(),
                kernel_name="python3",
                progress_bar=progress,
                execution_timeout=cell_timeout,
                autosave_cell_every=30,
                # ipykernel 7 warns in every notebook unless its connection is encrypted.
                config=Config({"KernelManager": {"transport_encryption": "auto"}}),
            )
    except (papermill.PapermillExecutionError, CellTimeoutError, DeadKernelError) as error:
        kept = _keep_failed(study, partial if partial.is_file() else source)
        raise NotebookFailed(
            f"{study.notebook.name} did not finish: {_in_words(error)}. What ran is kept in {kept}"
        ) from error


@contextlib.contextmanager
def _variables(wanted: Mapping[str, str]) -> Any:
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _keep_failed(study: Study, partial: Path) -> Path:
    kept = paths.build() / "failed" / f"{study.notebook.stem}.ipynb"
    write_atomically(kept, partial.read_text(encoding="utf-8"))
    return kept


def _in_words(error: Exception) -> str:
    if isinstance(error, papermill.PapermillExecutionError):
        return f"cell {error.exec_count} raised {error.ename}: {error.evalue}"
    if isinstance(error, DeadKernelError):
        return "its kernel died (out of memory, or killed)"
    return "a cell ran longer than its time limit"


def _finished(notebook: nbformat.NotebookNode, marker: dict[str, Any]) -> nbformat.NotebookNode:
    """The executed notebook without what differs from run to run, marked as complete.

    Raises:
        NotebookFailed: a code cell was not executed or shows an error; papermill calls it completed all the same.
    """
    for cell in notebook.cells:
        if cell.cell_type == "code" and cell.source.strip() and not _ran_to_its_end(cell):
            raise NotebookFailed(f"cell `{cell.source.splitlines()[0]}` was not executed to its end")
        for volatile in ("papermill", "execution"):
            cell.metadata.pop(volatile, None)
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell["id"] = "cell-injected"
    notebook.metadata.pop("papermill", None)
    notebook.metadata[MARKER] = marker
    return notebook


def _ran_to_its_end(cell: nbformat.NotebookNode) -> bool:
    return cell.execution_count is not None and not any(output.output_type == "error" for output in cell.outputs)
