"""Figures show what was measured: drawn from the records of the smoke scale."""

from collections.abc import Callable

import numpy as np
import pytest

from learning_geometry.records import Records
from learning_geometry.studies import STUDIES

FIGURES = STUDIES["adaptive_neurons"].figures

pytestmark = pytest.mark.xdist_group("smoke")


@pytest.fixture(scope="module")
def records(smoke_records: Callable[[str], Records]) -> Records:
    return smoke_records("adaptive_neurons")


def test_accuracy_is_drawn_as_it_was_measured(records: Records) -> None:
    axes = FIGURES.robustness.plot_accuracy(records).axes[0]
    line = next(line for line in axes.lines if line.get_label() == "tanh")
    cells = records.select("networks", part="accuracy", model="tanh", variant="plain").accuracy.mean("seed")
    assert list(line.get_xdata()) == [0.0, 0.1]
    assert np.asarray(line.get_ydata()) == pytest.approx(100 * cells.isel(condition=[0, 1]).values)


def test_the_response_without_memory_is_a_copy_of_the_step(records: Records) -> None:
    step, copy, turned = FIGURES.fractional.plot_estimators(records).axes[0].lines
    ratio = np.asarray(copy.get_ydata())[np.asarray(step.get_ydata()) > 0.5]
    assert ratio == pytest.approx(np.full(len(ratio), ratio[0]))
    assert np.abs(turned.get_ydata()).max() > np.abs(copy.get_ydata()).max()
