"""What identifies a unit and what does not: fields picked by name, and the same names whatever the machine is asked to do."""

import ast
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import pytest

from learning_geometry import sources
from learning_geometry.store import Task
from learning_geometry.studies import STUDIES
from learning_geometry.studies.parameters import scales
from learning_geometry.studies.types import Count, Positive, Seed
from learning_geometry.studies.unit import Execution, Unit

every_study = pytest.mark.parametrize("study", STUDIES.values(), ids=list(STUDIES))


class Training(Unit):
    seed: Seed
    rate: Positive
    layers: list[Count]


CONFIG = SimpleNamespace(rate=0.1, layers=[3], seeds=[1, 2], device="cuda", disk_budget_gb=7.0)


def test_a_unit_takes_the_given_values_and_the_rest_by_name():
    assert Training.of(CONFIG, seed=2) == Training(seed=2, rate=0.1, layers=[3])
    assert Training.of(CONFIG, seed=2, rate=1.0).rate == 1.0  # what is given wins


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({}, "Training.seed is neither given nor a parameter"),
        ({"seed": 1, "rat": 1.0}, "no field 'rat'; fields: seed, rate"),
    ],
)
def test_a_field_unknown_or_without_a_value_is_refused(given, complaint):
    with pytest.raises(TypeError, match=complaint):
        Training.of(CONFIG, **given)


def test_a_unit_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        Training.of(CONFIG, seed=0).seed = 1


def test_the_experiment_is_the_module_of_the_class():
    assert Training.experiment() == "test_unit"


def test_execution_takes_what_the_configuration_says_of_it():
    execution = Execution.of(CONFIG)
    assert (execution.device, execution.disk_budget_gb) == ("cuda", 7.0)
    assert execution.delete_after is False  # control: the configuration says nothing of it


# Another value, allowed, for each field of Execution; `traced_series` is no parameter but follows from what is traced.
OTHERWISE = {
    "device": lambda value: "cuda:1" if value == "cpu" else "cpu",
    "token_budget": lambda value: 2 * value,
    "disk_budget_gb": lambda value: 2 * value,
    "delete_after": lambda value: not value,
    "accept_duplicates": lambda value: not value,
    "keep_checkpoints": lambda value: f"{value}kept",
}


@every_study
@pytest.mark.parametrize("scale", scales())
@pytest.mark.usefixtures("imported_images")
def test_how_units_are_carried_out_renames_none(study, scale):
    config = study.config(scale)
    before = [task.name for task in study.tasks(config)]
    other = {
        name: change(getattr(config, name)) for name, change in OTHERWISE.items() if name in type(config).model_fields
    }
    assert [task.name for task in study.tasks(study.config(scale, other))] == before
    # Control: other seeds are other units.
    assert [task.name for task in study.tasks(study.config(scale, {"fresh": 1}))] != before


def test_every_field_of_execution_was_tried():
    assert set(OTHERWISE) == set(Execution.model_fields) - {"traced_series"}
    fields = {name for study in STUDIES.values() for name in study.module("config").Config.model_fields}
    assert {"device", "disk_budget_gb"} <= fields  # control: there are studies with such parameters


def kept_by_fresh(units):
    """The random units that stay the same when seeds move, and the deterministic ones that do not; `units` by `fresh`."""
    before, after = ([Task("s", unit, "c") for unit in units(fresh)] for fresh in (0, 1000))
    assert len(before) == len(after)
    kept = {task.name for task in before} & {task.name for task in after}
    return [task.unit for task in before if (task.name in kept) != task.unit.deterministic]


@every_study
@pytest.mark.parametrize("scale", scales())
@pytest.mark.usefixtures("imported_images")
def test_fresh_seeds_rename_every_unit_in_which_something_is_random(study, scale):
    assert kept_by_fresh(lambda fresh: study.config(scale, {"fresh": fresh}).shifted().units()) == []


class Draws(Unit):
    seed: Seed


class Table(Unit):
    deterministic: ClassVar[bool] = True
    rows: Count


def test_a_seed_that_is_no_parameter_is_seen():
    assert kept_by_fresh(lambda fresh: [Draws(seed=3 + fresh), Table(rows=2)]) == []
    assert kept_by_fresh(lambda fresh: [Draws(seed=3 + fresh), Draws(seed=0)]) == [Draws(seed=0)]
    assert kept_by_fresh(lambda fresh: [Table(rows=2 + fresh)]) == [Table(rows=2)]


GENERATORS = {"default_rng", "Generator", "RandomState", "seeded", "manual_seed", "random", "randn", "rand", "randint"}


def random_names(file):
    """What a file mentions of random numbers, type annotations included."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Name):
            names.add(node.id)
        elif isinstance(node, ast.Attribute):
            names.add(node.attr)
        elif isinstance(node, ast.alias):
            names.add(node.name.rpartition(".")[2])
    return names & GENERATORS


@every_study
def test_an_experiment_that_calls_itself_deterministic_names_no_random_generator(study):
    for name in study.visible("experiments"):
        module = study.module(f"experiments.{name}")
        if getattr(module, name.title().replace("_", "")).deterministic:
            files = [file for file in sources.imported_files(Path(module.__file__)) if file.is_relative_to(study.room)]
            assert {file.name: random_names(file) for file in files if random_names(file)} == {}


@pytest.mark.parametrize(
    ("text", "random"),
    [
        ("import numpy as np\nrng = np.random.default_rng(0)", True),
        ("from numpy.random import default_rng", True),
        ("import torch\ntorch.manual_seed(0)", True),
        ("from learning_geometry.materials.training import seeded\n\n\ndef measure(): seeded(0, 1)", True),
        ("import torch\n\n\ndef draw(generator: torch.Generator): ...", True),
        ("import numpy as np\nx = np.linspace(0, 1)  # default_rng", False),
    ],
)
def test_a_random_generator_is_seen(tmp_path, text, random):
    file = tmp_path / "experiment.py"
    file.write_text(text)
    assert bool(random_names(file)) is random
