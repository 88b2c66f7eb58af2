"""Figures show what was measured: drawn from the records of the smoke scale."""

import itertools
from collections.abc import Callable

import numpy as np
import pytest

from learning_geometry.records import Records
from learning_geometry.studies import STUDIES

FIGURES = STUDIES["successor_features"].figures

pytestmark = pytest.mark.xdist_group("smoke")


@pytest.fixture(scope="module")
def records(smoke_records: Callable[[str], Records]) -> Records:
    return smoke_records("successor_features")


def test_a_filmstrip_follows_the_table(records: Records) -> None:
    world = records["exact", "frames"].sel(task="T1")
    greedy = records.of("training", agent="simple", slip=0.0)[0]["maps"].greedy.sel(phase=1).values
    path = FIGURES.mazes.greedy_path(world, greedy, 40)
    steps = list(itertools.pairwise(path))
    assert all(world.next_state.values[state, greedy[state]] == after for state, after in steps)
    assert len(path) <= 61


def test_collapsed_features_are_drawn_as_one_grey(records: Records) -> None:
    maps = records.of("training", agent="simple", slip=0.0)[0]["maps"].sel(phase=1).copy(deep=True)
    walls = records["exact", "maze"].walls.sel(task="T1").values
    x, y = (maps.pose.sel(where=name).values for name in ("x", "y"))
    maps["features"][:] = 1.0
    assert np.ptp(FIGURES.representation.coloured_cells(maps, walls)[y, x]) < 1e-6
    maps["features"][:] = np.random.default_rng(0).random(maps.features.shape)
    assert np.ptp(FIGURES.representation.coloured_cells(maps, walls)[y, x]) > 0.05
