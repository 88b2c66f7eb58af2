"""What the study may be asked: wrong wishes are refused by name, and networks come in pairs."""

from typing import Any

import pytest

from learning_geometry.studies import STUDIES

STUDY = STUDIES["adaptive_neurons"]


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"first_gains": [7.0, 5.0]}, r"first_gains = \[7\.0, 5\.0\]"),
        ({"first_gains": [0.0, 5.0]}, "first_gains"),
        ({"low_gains": [1.0]}, "low_gains"),
        ({"amplitudes": [0.5, 2.0]}, "amplitudes lacks"),
        ({"true_orders": [0.2]}, "true_orders lacks"),
        ({"true_orders": [0.0, 1.5]}, "between -1 and 1"),
        ({"response_times": 10}, "response_times"),
        ({"hidden": 0}, "hidden"),
        ({"noises": [float("nan")]}, "noises"),
        ({"images": "nobody/nothing"}, "40 hexadecimal digits"),
    ],
)
def test_wrong_wishes_are_refused_before_any_work(given: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        STUDY.config(given=given)


def test_every_variant_of_adaptive_networks_has_fixed_ones_that_differ_in_nothing_else() -> None:
    units: list[Any] = [unit for unit in STUDY.config().units() if unit.experiment() == "networks"]
    adaptive = {unit.variant: unit.model_dump(exclude={"model"}) for unit in units if unit.model == "adaptive"}
    fixed = {unit.variant: unit.model_dump(exclude={"model"}) for unit in units if unit.model == "fixed"}
    assert set(adaptive) == {"plain", "low gains", "drift"}
    assert {variant: fixed[variant] for variant in adaptive} == adaptive
    assert len({(unit.model, unit.variant) for unit in units}) == len(units)
    assert {len(unit.seeds) for unit in units} == {10}
