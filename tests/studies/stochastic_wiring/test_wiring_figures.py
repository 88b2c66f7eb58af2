"""Figures show what was measured: drawn from the records of the smoke scale."""

from collections.abc import Callable

import numpy as np
import pytest

from learning_geometry.records import Records
from learning_geometry.studies import STUDIES

FIGURES = STUDIES["stochastic_wiring"].figures

pytestmark = pytest.mark.xdist_group("smoke")


@pytest.fixture(scope="module")
def records(smoke_records: Callable[[str], Records]) -> Records:
    return smoke_records("stochastic_wiring")


def test_a_brain_is_drawn_as_it_was_sampled(records: Records) -> None:
    figure = FIGURES.model.plot_brain(records)
    shown = figure.axes[1].images[0].get_array()
    genome = records.of("classifier", types=10, variability=1, recentred=False)[0]["genome"]
    assert (np.asarray(shown) == genome.brain.values).all()
    assert set(np.unique(shown)) <= {-1, 0, 1}


def test_a_line_ends_where_its_population_died(records: Records) -> None:
    figure = FIGURES.survival.plot_courses(records)
    population = records["population"].isel(rate=-1)
    course = (
        population.course.sel(size=float(population["size"][-2]), agent="mean").transpose("seed", "generation").values
    )
    drawn = [line for line in figure.axes[0].lines if line.get_linestyle() == "-"]
    assert [len(line.get_xdata()) for line in drawn] == [int((row > 0).sum()) for row in course]
