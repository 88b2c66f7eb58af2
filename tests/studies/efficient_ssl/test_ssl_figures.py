"""Figures show what was measured: drawn from the records of the smoke scale."""

from collections.abc import Callable

import pytest

from learning_geometry.records import Records
from learning_geometry.studies import STUDIES

FIGURES = STUDIES["efficient_ssl"].figures

pytestmark = pytest.mark.xdist_group("smoke")


@pytest.fixture(scope="module")
def records(smoke_records: Callable[[str], Records]) -> Records:
    return smoke_records("efficient_ssl")


def test_no_arm_beats_one_on_the_front_at_error_and_passes(records: Records) -> None:
    figure = FIGURES.compute.plot_pareto(records)
    lines = figure.axes[0].lines
    front = next(line for line in lines if line.get_linestyle() == "-" and line.get_marker() == "None")
    points = [(float(line.get_xdata()[0]), float(line.get_ydata()[0])) for line in lines if line is not front]
    for passes, error in zip(front.get_xdata(), front.get_ydata(), strict=True):
        assert not any((p <= passes and e < error) or (p < passes and e <= error) for p, e in points)
