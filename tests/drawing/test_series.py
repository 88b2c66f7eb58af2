import numpy as np
import pytest
import xarray as xr
from matplotlib.collections import PolyCollection

from learning_geometry import drawing

X = np.array([1.0, 2.0, 4.0, 8.0])
VALUES = np.random.default_rng(0).normal(size=(5, 4))


def edges(axes):
    """The band's lower and upper edge over X."""
    (polygon,) = (artist for artist in axes.collections if isinstance(artist, PolyCollection))
    corners = polygon.get_paths()[0].vertices
    columns = [corners[corners[:, 0] == x, 1] for x in X]
    return np.array([column.min() for column in columns]), np.array([column.max() for column in columns])


def test_a_band_reaches_from_the_least_to_the_greatest_seed_around_the_mean(axes):
    drawing.band(axes, X, VALUES, colour=drawing.BLUE, label="measured")
    low, high = edges(axes)
    np.testing.assert_allclose(low, VALUES.min(axis=0))
    np.testing.assert_allclose(high, VALUES.max(axis=0))
    (line,) = axes.lines
    np.testing.assert_allclose(line.get_ydata(), VALUES.mean(axis=0))
    assert line.get_label() == "measured"


def test_a_band_of_quantiles_is_narrower(axes):
    drawing.band(axes, X, VALUES, colour=drawing.BLUE, quantiles=(0.25, 0.75))
    low, high = edges(axes)
    np.testing.assert_allclose((low, high), np.quantile(VALUES, (0.25, 0.75), axis=0))
    assert (low > VALUES.min(axis=0)).all()
    assert (high < VALUES.max(axis=0)).all()


def test_a_single_seed_has_no_band(axes):
    drawing.band(axes, X, VALUES[:1], colour=drawing.BLUE)
    drawing.band(axes, X, VALUES[0], colour=drawing.BLUE)
    assert not axes.collections
    assert len(axes.lines) == 2


@pytest.mark.parametrize("dims", [("seed", "step"), ("step", "seed")])
def test_seeds_are_found_wherever_their_dimension_stands(axes, dims):
    labelled = xr.DataArray(VALUES, dims=("seed", "step"), coords={"step": X}).transpose(*dims)
    drawing.band(axes, labelled.step, labelled, colour=drawing.BLUE)
    np.testing.assert_allclose(edges(axes)[0], VALUES.min(axis=0))


def test_replicates_of_another_name_must_be_named(axes):
    labelled = xr.DataArray(VALUES, dims=("draw", "step"))
    with pytest.raises(ValueError, match="no dimension 'seed'"):
        drawing.band(axes, X, labelled, colour=drawing.BLUE)
    drawing.band(axes, X, labelled, colour=drawing.BLUE, dim="draw")
    np.testing.assert_allclose(axes.lines[0].get_ydata(), VALUES.mean(axis=0))


def test_three_dimensions_are_refused(axes):
    with pytest.raises(ValueError, match="3 dimensions"):
        drawing.seeds_and_mean(axes, X, VALUES[None], colour=drawing.BLUE)


@pytest.mark.parametrize("centre", [np.mean, np.median])
def test_every_seed_is_a_thin_line_and_their_centre_a_thick_one(axes, centre):
    drawing.seeds_and_mean(axes, X, VALUES, colour=drawing.BLUE, label="small model", centre=centre)
    *thin, thick = axes.lines
    np.testing.assert_allclose([line.get_ydata() for line in thin], VALUES)
    np.testing.assert_allclose(thick.get_ydata(), centre(VALUES, axis=0))
    assert max(line.get_linewidth() for line in thin) < thick.get_linewidth()
    assert axes.get_legend_handles_labels()[1] == ["small model"]


def test_a_power_law_lies_on_itself_and_a_steeper_one_crosses_it(axes):
    ranks = np.arange(5, 50)
    values = 3.0 * ranks**-1.2
    drawing.power_law(axes, ranks, values, 1.2)
    drawing.power_law(axes, ranks, values, 2.0)
    own, steeper = (line.get_ydata() for line in axes.lines)
    np.testing.assert_allclose(own, values)
    assert steeper[0] > values[0]
    assert steeper[-1] < values[-1]


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_names_of_lines_that_end_together_do_not_overlap(axes, scale):
    axes.set(yscale=scale, ylim=(1, 100), xlim=(0, 2))
    ends = [(50.0, "first", drawing.BLUE), (50.1, "second", drawing.RED), (2.0, "alone", drawing.GREEN)]
    drawing.name_lines(axes, 1.0, ends)
    axes.figure.draw_without_rendering()
    boxes = {text.get_text(): text.get_window_extent() for text in axes.texts}
    assert not boxes["first"].overlaps(boxes["second"])
    assert boxes["second"].y0 > boxes["first"].y0
    # Control: a name with room stands at its height.
    middle = (boxes["alone"].y0 + boxes["alone"].y1) / 2
    assert middle == pytest.approx(axes.transData.transform((1, 2.0))[1], abs=0.15 * axes.bbox.height)
