"""What the study may be asked: wishes that contradict each other are refused by name, and the units are those asked for."""

from typing import Any

import pytest

from learning_geometry.studies import STUDIES

STUDY = STUDIES["cka_manipulation"]


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"images": "nobody/nothing"}, "40 hexadecimal digits, not ''"),
        ({"images_revision": "main"}, "'digits' has no revision, but 'main' was given"),
        ({"network": "vgg16"}, "parameter 'network' = 'vgg16'"),
        ({"map_once": ["parity"]}, "'parity' stands in map_targets and in map_once"),
        ({"batch_size": 3}, "parameter 'batch_size' = 3"),
    ],
)
def test_wrong_wishes_are_refused_before_any_work(given: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        STUDY.config(given=given)


def test_there_is_a_unit_for_every_seed_and_some_maps_only_for_the_first() -> None:
    tasks = STUDY.tasks(STUDY.config(given={"seeds": [4, 2, 0, 1], "bias_seeds": [0, 3]}))
    assert [task.experiment for task in tasks] == ["maps"] * 4 + ["networks"] * 4 + ["cubes"] + ["bias"] * 2
    assert [task.unit.targets for task in tasks[:4]] == [["parity", "low", "picture"]] + [["parity"]] * 3
    assert [task.unit.seed for task in tasks[:4]] == [4, 2, 0, 1]


@pytest.mark.parametrize(
    ("given", "experiments"),
    [
        ({"map_epochs": 41}, {"maps"}),
        ({"separated_pair": [0, 1]}, {"networks"}),
        ({"epochs": 21}, {"maps", "networks"}),
        ({"cube_points": 9999}, {"cubes"}),
        ({"bias_draws": 21}, {"bias"}),
    ],
)
def test_a_parameter_changes_only_the_units_that_it_concerns(given: dict[str, Any], experiments: set[str]) -> None:
    before = {task.name for task in STUDY.tasks(STUDY.config())}
    after = {task.name for task in STUDY.tasks(STUDY.config(given=given))}
    assert {name.partition("-")[0] for name in before ^ after} == experiments
