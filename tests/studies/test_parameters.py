import pytest
from pydantic import Field

from learning_geometry.studies.parameters import Parameters, notebook_parameters, validated


class Config(Parameters):
    seeds: int = Field(ge=1)
    rate: float
    targets: list[str]


GOOD = {"seeds": 3, "rate": 0.1, "targets": ["parity"]}


def test_good_values_make_a_frozen_configuration():
    config = validated(Config, GOOD | {"rate": 1}, "toy")  # an integer is a fine float
    assert config.model_dump() == {"seeds": 3, "rate": 1.0, "targets": ["parity"]}
    with pytest.raises(ValueError, match="frozen"):
        config.seeds = 4


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (
            {"sedes": 1},
            r"toy: unknown parameter 'sedes'.*Known parameters: seeds, rate, targets",
        ),
        ({"seeds": "3"}, "parameter 'seeds' = '3'"),
        ({"seeds": 0}, "parameter 'seeds' = 0: .*greater than or equal to 1"),
        ({"seeds": True}, "parameter 'seeds' = True"),
        ({"seeds": 2.5}, "parameter 'seeds' = 2.5"),
        ({"rate": "fast"}, "parameter 'rate' = 'fast'"),
        ({"targets": [1]}, "parameter 'targets.0' = 1"),
    ],
)
def test_bad_values_are_named_with_what_is_known(change, complaint):
    with pytest.raises(ValueError, match=complaint):
        validated(Config, GOOD | change, "toy")


def test_a_missing_parameter_is_named():
    with pytest.raises(ValueError, match="parameter 'rate' is missing"):
        validated(Config, {"seeds": 1, "targets": []}, "toy")


HEAD = "# %% [markdown]\n# # Title\n\n"
CELL = '# %% tags=["parameters"]\nseeds: int = 3  # how many\nrates: list[float] = [0.1, 1.0]\n\n# %%\nseeds + 1\n'


def test_parameters_are_read_without_executing(tmp_path):
    notebook = tmp_path / "01_toy.py"
    notebook.write_text(HEAD + CELL)
    assert notebook_parameters(notebook) == {"seeds": 3, "rates": [0.1, 1.0]}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (HEAD, "0 cells tagged parameters"),
        (HEAD + CELL + CELL, "2 cells tagged parameters"),
        (HEAD + CELL.replace("seeds: int = 3", "seeds = 3"), "no `name: type = value`"),
    ],
)
def test_a_bad_parameters_cell_is_refused(tmp_path, text, complaint):
    notebook = tmp_path / "01_toy.py"
    notebook.write_text(text)
    with pytest.raises(ValueError, match=complaint):
        notebook_parameters(notebook)
