"""Every figure draws what the experiments record, in letters that can be read."""

from collections.abc import Callable
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from readable import LEAST, text_sizes

from learning_geometry import drawing
from learning_geometry.records import MissingExperiment, Records
from learning_geometry.studies import STUDIES

STUDY = STUDIES["cka_manipulation"]
PLOTS = {
    "moved_subsets": ["plot_translation"],
    "cubes": ["plot_cubes"],
    "training_regimes": ["plot_regimes"],
    "unseen_moves": ["plot_invisible"],
    "drawn_maps": ["plot_maps"],
    "estimators": ["plot_bias"],
}
every_plot = pytest.mark.parametrize(("section", "name"), [(s, name) for s, names in PLOTS.items() for name in names])
pytestmark = pytest.mark.xdist_group("smoke")


@pytest.fixture(autouse=True)
def style() -> Any:
    with mpl.rc_context(drawing.SETTINGS):
        yield


@pytest.fixture(scope="module")
def records(smoke_records: Callable[[str], Records]) -> Records:
    return smoke_records("cka_manipulation")


def plot(section: str, name: str, records: Records) -> Any:
    return getattr(getattr(STUDY.figures, section), name)(records)


def test_every_figure_is_drawn_below() -> None:
    drawn = {(s, name) for s in PLOTS for name in dir(getattr(STUDY.figures, s)) if name.startswith("plot_")}
    assert drawn == {(section, name) for section, names in PLOTS.items() for name in names}


@every_plot
def test_every_figure_draws_what_is_recorded_and_can_be_read(section: str, name: str, records: Records) -> None:
    figure = plot(section, name, records)
    assert {text: size for text, size in text_sizes(figure).items() if size < LEAST} == {}
    assert all(axes.has_data() for axes in figure.axes)


@every_plot
def test_without_records_there_is_no_figure(section: str, name: str) -> None:
    with pytest.raises(MissingExperiment):
        plot(section, name, Records([]))


def test_curves_are_the_recorded_ones(records: Records) -> None:
    left, right = plot("cubes", "plot_cubes", records).axes[:2]
    moved, mapped = records["cubes", "translation"].cka, records["cubes", "linear_map"].cka
    drawn = [line.get_ydata() for axes in (left, right) for line in axes.lines]
    for expected in (moved.mean("seed"), mapped.mean("seed")):
        assert any(len(y) == len(expected) and np.allclose(y, expected) for y in drawn)


def test_maps_are_shown_as_measured_asked_and_drawn(records: Records) -> None:
    images = [axes.images[0].get_array() for axes in plot("drawn_maps", "plot_maps", records).axes if axes.images]
    maps = records.of("maps")[0].result.sel(target="parity")
    for image, expected in zip(images, (maps.before, maps.asked, maps.after), strict=True):
        np.testing.assert_allclose(image, expected)
