"""What the study may be asked: wrong wishes are refused by name, and the units are those that were asked for."""

from typing import Any

import pytest

from learning_geometry.studies import STUDIES

STUDY = STUDIES["cka_manipulation"]


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"images": "nobody/nothing"}, "40 hexadecimal digits, not ''"),
        ({"images_revision": "main"}, "'digits' has no revision, but 'main' was given"),
        ({"device": "gpu"}, "parameter 'device' = 'gpu'"),
        ({"network": "vgg16"}, "parameter 'network' = 'vgg16'"),
        ({"distances": [10.0, 1.0]}, "distances must rise"),
        ({"map_once": ["parity"]}, "a target stands twice"),
        ({"cube_rbf_seeds": 11}, "cube_rbf_seeds = 11 exceeds cube_seeds = 10"),
        ({"batch_size": 3}, "parameter 'batch_size' = 3"),
    ],
)
def test_wrong_wishes_are_refused_before_any_work(given: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        STUDY.config(given=given)


def test_there_is_a_unit_for_every_seed_and_some_maps_only_for_the_first() -> None:
    units = STUDY.units(STUDY.config(given={"seeds": 4}))
    assert [unit.experiment for unit in units] == ["maps"] * 4 + ["networks"] * 4 + ["cubes", "bias"]
    assert [unit.parameters["targets"] for unit in units[:4]] == [["parity", "low", "picture"]] + [["parity"]] * 3
    assert len({unit.key for unit in units}) == len(units)


def test_a_parameter_changes_only_the_units_that_it_concerns() -> None:
    before = {unit.name for unit in STUDY.units(STUDY.config())}
    after = {unit.name for unit in STUDY.units(STUDY.config(given={"map_epochs": 41}))}
    assert {name.partition("-")[0] for name in before ^ after} == {"maps"}
