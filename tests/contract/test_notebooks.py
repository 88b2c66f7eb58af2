"""The cells of every notebook run, and run again, in one kernel."""

import os
import subprocess
import sys

import pytest

from learning_geometry.studies import STUDIES

TWICE = """
import sys

import jupytext
from IPython.core.interactiveshell import InteractiveShell

from learning_geometry.studies import STUDIES
from learning_geometry.studies.parameters import scale_parameters

study = STUDIES[sys.argv[1]]
scale = "\\n".join(f"{name} = {value!r}" for name, value in scale_parameters("smoke", study.name).items())
shell = InteractiveShell.instance()
for _ in range(2):
    for cell in jupytext.read(study.notebook, fmt="py:percent").cells:
        if cell.cell_type == "code":
            shell.run_cell(cell.source).raise_error()
            if "parameters" in cell.metadata.get("tags", []):
                shell.run_cell(scale).raise_error()  # as papermill injects them
"""


@pytest.mark.xdist_group("smoke")
@pytest.mark.parametrize("name", STUDIES)
def test_the_cells_of_a_notebook_run_twice_in_one_kernel(name, smoke_records, smoke_build, tmp_path):
    """What a cell assigned the first time is there the second time, and is no parameter for that."""
    assert len(smoke_records(name))
    variables = {**os.environ, "LEARNING_GEOMETRY_BUILD": str(smoke_build), "IPYTHONDIR": str(tmp_path)}
    command = [sys.executable, "-c", TWICE, name]
    answer = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout[-3000:] + answer.stderr
