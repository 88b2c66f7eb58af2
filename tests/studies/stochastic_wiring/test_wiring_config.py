"""What the study may be asked: wrong wishes are refused by name, and cells that claims use have all seeds."""

from typing import Any

import pytest

from learning_geometry.studies import STUDIES

STUDY = STUDIES["stochastic_wiring"]


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"main_types": 7}, "main_types = 7 is none of the types"),
        ({"main_variability": 3}, "main_variability = 3"),
        ({"variabilities": [1, 2]}, "variabilities has no 0"),
        ({"change_sizes": [0.1, 0.2]}, "change_sizes has no 0"),
        ({"rates": [0.1, 1.5]}, "rates has 1.5"),
        ({"excursion_rates": [0.0, 2.0]}, "excursion_rates has 2.0"),
        ({"images": "nobody/nothing"}, "40 hexadecimal digits"),
    ],
)
def test_wrong_wishes_are_refused_before_any_work(given: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        STUDY.config(given=given)


def test_the_cells_are_a_cross_with_all_seeds_and_the_controls() -> None:
    config: Any = STUDY.config()
    units: list[Any] = [unit for unit in config.units() if unit.experiment() == "classifier"]
    cells = [(unit.types, unit.variability, unit.recentred) for unit in units]
    assert sorted(cells) == [
        (6, 1, False),
        *((10, v, c) for v in (0, 1, 2) for c in (False, True) if v or not c),
        (20, 1, False),
    ]
    assert {len(unit.seeds) for unit in units} == {10}
