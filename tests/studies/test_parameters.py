"""Parameters: the notebook's own, those of a scale file, those a person gives; wrong ones are refused by name."""

import math

import pytest
from pydantic import Field

from learning_geometry.studies import STUDIES, parameters
from learning_geometry.studies.parameters import Parameters, notebook_parameters, scale_parameters, scales, validated
from learning_geometry.studies.types import Distinct, Seeds


class Config(Parameters):
    seeds: Seeds
    probe_seeds: Seeds
    rate: float
    targets: Distinct[str]
    layers: int = Field(ge=1)


GOOD = {"seeds": [0, 1], "probe_seeds": [5], "rate": 0.1, "targets": ["parity"], "layers": 3, "fresh": 0}


def test_good_values_make_a_frozen_configuration():
    config = validated(Config, GOOD | {"rate": 1}, "toy")  # a whole number is a fine number
    assert config.model_dump() == GOOD | {"rate": 1.0}
    with pytest.raises(ValueError, match="frozen"):
        config.layers = 4


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"sedes": 1}, r"toy: unknown parameter 'sedes'.*Known parameters: fresh, seeds, probe_seeds, rate"),
        ({"layers": "3"}, "parameter 'layers' = '3'"),
        ({"layers": 0}, "parameter 'layers' = 0: .*greater than or equal to 1"),
        ({"layers": True}, "parameter 'layers' = True"),
        ({"layers": 2.5}, "parameter 'layers' = 2.5"),
        ({"rate": "fast"}, r"parameter 'rate' = 'fast': [^;]*Known"),
        ({"rate": "1e-4"}, r"parameter 'rate' = '1e-4': .*; YAML reads 1e-4 as a text, write 1\.0e-4"),
        ({"rate": "2.5E6"}, r"write 2\.5e\+6"),
        ({"rate": math.nan}, "parameter 'rate' = nan"),
        ({"targets": [1]}, "parameter 'targets.0' = 1"),
        ({"seeds": [1, 1]}, r"parameter 'seeds' = \[1, 1\]: .*1 stands twice"),
        ({"fresh": -1}, "parameter 'fresh' = -1"),
        ({"sedes": 1, "layers": 0}, "unknown parameter 'sedes'.*parameter 'layers' = 0|'layers' = 0.*'sedes'"),
    ],
)
def test_bad_values_are_named_with_what_is_known(change, complaint):
    with pytest.raises(ValueError, match=complaint):
        validated(Config, GOOD | change, "toy")


@pytest.mark.parametrize("name", GOOD)
def test_a_missing_parameter_is_named(name):
    with pytest.raises(ValueError, match=f"parameter '{name}' is missing"):
        validated(Config, {other: value for other, value in GOOD.items() if other != name}, "toy")


def test_fresh_seeds_are_the_old_ones_moved():
    shifted = validated(Config, GOOD | {"fresh": 1000}, "toy").shifted()
    assert (shifted.seeds, shifted.probe_seeds) == ([1000, 1001], [1005])
    assert shifted.layers == 3  # control: what is no seed stays
    assert validated(Config, GOOD, "toy").shifted() == validated(Config, GOOD, "toy")


def test_a_study_has_to_say_which_units_it_asks_for():
    with pytest.raises(NotImplementedError, match="does not say which units"):
        validated(Config, GOOD, "toy").units()


HEAD = "# %% [markdown]\n# # Title\n\n"
CELL = '# %% tags=["parameters", "hide-input"]\nseeds: list[int] = [3]  # which\nrates: list[float] = [0.1, 1.0]\n\n# %%\nseeds + 1\n'


def test_parameters_are_read_without_executing(tmp_path):
    notebook = tmp_path / "01_toy.py"
    notebook.write_text(HEAD + CELL)
    assert notebook_parameters(notebook) == {"seeds": [3], "rates": [0.1, 1.0]}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (HEAD, "0 cells tagged parameters"),
        (HEAD + CELL + CELL, "2 cells tagged parameters"),
        (HEAD + CELL.replace("seeds: list[int] = ", "seeds = "), "no `name: type = value`"),
        (HEAD + CELL.replace("[3]", "list(range(3))"), "malformed node"),
    ],
)
def test_a_bad_parameters_cell_is_refused(tmp_path, text, complaint):
    notebook = tmp_path / "01_toy.py"
    notebook.write_text(text)
    with pytest.raises(ValueError, match=complaint):
        notebook_parameters(notebook)


@pytest.fixture
def scale_folder(tmp_path, monkeypatch):
    """A checkout with one scale and one study."""
    folder = tmp_path / "notebooks" / "scales" / "tiny"
    folder.mkdir(parents=True)
    monkeypatch.setattr(parameters.paths, "checkout", lambda: tmp_path)
    return folder


def test_a_scale_is_a_folder_with_one_flat_file_a_study(scale_folder):
    (scale_folder / "toy.yaml").write_text("seeds: [0]\nrate: 0.5\n")
    assert scales() == ["laptop", "tiny"]
    assert scale_parameters("tiny", "toy") == {"seeds": [0], "rate": 0.5}
    assert scale_parameters("tiny", "another") == {}
    assert scale_parameters("laptop", "toy") == {}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [("- 1\n- 2\n", "must map parameters to values"), ("", "must map"), ("a: [1\n", "tiny/toy.yaml is no YAML")],
)
def test_a_bad_scale_file_is_refused(scale_folder, text, complaint):
    (scale_folder / "toy.yaml").write_text(text)
    with pytest.raises(ValueError, match=complaint):
        scale_parameters("tiny", "toy")


def test_an_unknown_scale_is_refused(scale_folder):
    with pytest.raises(ValueError, match="unknown scale 'tine'; known scales: laptop, tiny"):
        scale_parameters("tine", "toy")


# What a notebook hands over: its own variables.

STUDY = STUDIES["cka_manipulation"]


@pytest.fixture
def namespace():
    """What a kernel holds after the cell with the parameters and that with the imports."""
    return {
        **notebook_parameters(STUDY.notebook),
        "In": ["", "seeds = [0]"], "Out": {}, "_i1": "seeds = [0]", "_": 3, "__name__": "__main__", "math": math, "study": STUDY,
    }  # fmt: skip


def test_a_notebook_hands_over_its_parameters_and_nothing_else(namespace):
    assert STUDY.configure(namespace) == STUDY.config()
    namespace["epochs"] = 7  # an injected cell
    assert STUDY.configure(namespace) == STUDY.config(given={"epochs": 7})


@pytest.mark.parametrize("value", [3, 0.5, "x", True, None, [1, [2]], {"a": [1]}, ()])
def test_plain_data_that_are_no_parameter_are_refused_at_first_and_let_pass_in_a_second_run(namespace, value):
    """papermill runs on with the default where a name is misspelt."""
    with pytest.raises(ValueError, match="unknown parameter 'epoch'"):
        STUDY.configure(namespace | {"epoch": value})
    STUDY.configure(namespace)
    namespace["epoch"] = value  # a later cell assigned it, and now the cells run again
    assert STUDY.configure(namespace) == STUDY.config()


def test_in_a_second_run_a_wrong_value_is_still_an_error(namespace):
    STUDY.configure(namespace)
    namespace["epochs"] = "many"
    with pytest.raises(ValueError, match="parameter 'epochs' = 'many'"):
        STUDY.configure(namespace)
    del namespace["epochs"]
    with pytest.raises(ValueError, match="parameter 'epochs' is missing"):
        STUDY.configure(namespace)


def test_a_refused_first_run_leaves_the_next_one_as_strict(namespace):
    for _ in range(2):
        with pytest.raises(ValueError, match="unknown parameter 'epoch'"):
            STUDY.configure(namespace | {"epoch": 3})
    namespace["epoch"] = 3
    for _ in range(2):
        with pytest.raises(ValueError, match="unknown parameter 'epoch'"):
            STUDY.configure(namespace)
