"""The cells of every notebook run, and run again, in one kernel."""

from typing import Any

import jupytext
import matplotlib as mpl
import pytest
from IPython.core.interactiveshell import InteractiveShell

from learning_geometry.studies import STUDIES
from learning_geometry.studies.parameters import scale_parameters


@pytest.fixture
def shell(smoke_build, tmp_path, monkeypatch) -> Any:
    """What runs the cells of a notebook in a kernel, on the shared records."""
    monkeypatch.setenv("LEARNING_GEOMETRY_BUILD", str(smoke_build))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    with mpl.rc_context():
        yield InteractiveShell.instance()
    InteractiveShell.clear_instance()


@pytest.mark.xdist_group("smoke")
@pytest.mark.parametrize("name", STUDIES)
def test_the_cells_of_a_notebook_run_twice_in_one_kernel(name, smoke_records, shell):
    """What a cell assigned the first time is there the second time, and is no parameter for that."""
    assert len(smoke_records(name))
    scale = "\n".join(f"{parameter} = {value!r}" for parameter, value in scale_parameters("smoke", name).items())
    cells = jupytext.read(STUDIES[name].notebook, fmt="py:percent").cells
    for _ in range(2):
        for cell in (cell for cell in cells if cell.cell_type == "code"):
            shell.run_cell(cell.source, silent=True).raise_error()  # what it shows is the business of the book
            if "parameters" in cell.metadata.get("tags", []):
                shell.run_cell(scale, silent=True).raise_error()  # as papermill injects them
    assert shell.user_ns["study"] is STUDIES[name]
