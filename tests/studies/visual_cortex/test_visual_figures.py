"""Every figure draws what the experiments record, in letters that can be read, and traps of logarithmic axes are avoided."""

from collections.abc import Callable
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
import xarray as xr
from made_up_visual import ARMS, CONFIG, RECORDINGS, STUDY, recorded
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from readable import LEAST, text_sizes

from learning_geometry import drawing
from learning_geometry.instruments.scale_free import MARGIN
from learning_geometry.records import Records
from learning_geometry.store import Record, Task
from learning_geometry.studies.types import DataSource
from learning_geometry.studies.visual_cortex.experiments.brain import Brain
from learning_geometry.studies.visual_cortex.experiments.brain_pairs import BrainPairs
from learning_geometry.studies.visual_cortex.experiments.pretrained import TWINS, Pretrained

PLOTS = {
    "theory": ["plot_theory"],
    "estimators": ["plot_estimators", "plot_exponents"],
    "decision": ["plot_type_i_error", "plot_power"],
    "hierarchy": ["plot_hierarchy_spectra", "plot_hierarchy_verdicts"],
    "networks": ["plot_network_spectra", "plot_network_curvature"],
    "robustness": ["plot_robustness"],
    "brain": ["plot_brain", "plot_brain_pairs"],
    "pretrained": ["plot_pretrained"],
}
OF_YOUR_OWN = ("brain", "pretrained")


@pytest.fixture(autouse=True)
def style() -> Any:
    with mpl.rc_context(drawing.SETTINGS):
        yield


def record(unit: Any, result: Any) -> Record:
    return Record(Task(STUDY.name, unit, "0"), result, seconds=0, peak_memory_mb=0, environment={})


def judged(verdict: str, curvature: float, observed: list[float]) -> xr.Dataset:
    bins = {"observed": observed, "expected": [1.0, 1.0, 1.0], "spread": [0.1, 0.2, 0.3]}
    return xr.Dataset(
        {name: ("rank", values) for name, values in bins.items()}
        | {"verdict": verdict, "curvature": curvature, "curvature_sd": 0.02, "voxels": 1200},
        {"rank": [1.0, 3.0, 9.0]},
    )


def own_data() -> Records:
    """Two subjects' V1, and a higher area that is not scale-free; a pair of subjects; a model and its twin."""
    v1, higher = judged("scale-free", 0.01, [1.0, 1.1, 0.9]), judged("not scale-free", -0.4, [1.5, 1.0, -0.2])
    made = []
    for subject in (1, 2):
        for area, parts in (("V1", {"area": v1}), ("PPA", {"area": higher, "matched": v1})):
            made.append(record(Brain.of(CONFIG, seed=0, recordings=RECORDINGS, subject=subject, area=area), parts))
    shared = {name: ("component", scale / np.arange(1, 61)) for name, scale in (("spectrum", 1.0), ("shuffled", -0.01))}
    pair = BrainPairs.of(CONFIG, seed=0, recordings=RECORDINGS, subjects=[1, 2], area="V1")
    made.append(record(pair, xr.Dataset(shared)))
    photographs = DataSource(name="photographs")
    for name, bend in zip(TWINS[0][:2], (0.0, -0.3), strict=True):
        model = DataSource(name=name, revision="main")
        values = xr.Dataset({"curvature": (("layer", "window"), [[0.1], [bend]])}, {"window": ["1-60"]})
        made.append(record(Pretrained.of(CONFIG, seed=0, model=model, photographs=photographs), values))
    return Records(made)


def plot(section: str, name: str, records: Records) -> Figure:
    drawn: Figure = getattr(getattr(STUDY.figures, section), name)(records)
    return drawn


def panels(figure: Figure) -> list[Axes]:
    return [axes for axes in figure.axes if axes.get_visible()]


def test_every_figure_is_drawn_below() -> None:
    drawn = {(s, name) for s in PLOTS for name in dir(getattr(STUDY.figures, s)) if name.startswith("plot_")}
    assert drawn == {(section, name) for section, names in PLOTS.items() for name in names}


@pytest.mark.xdist_group("smoke")
@pytest.mark.parametrize(("section", "name"), [(section, name) for section, names in PLOTS.items() for name in names])
def test_every_figure_draws_what_is_recorded_and_can_be_read(
    section: str, name: str, smoke_records: Callable[[str], Records]
) -> None:
    records = own_data() if section in OF_YOUR_OWN else smoke_records("visual_cortex")
    figure = plot(section, name, records)
    assert {text: size for text, size in text_sizes(figure).items() if size < LEAST} == {}
    assert figure.get_figwidth() == drawing.PAGE_WIDTH
    named = [axes for axes in panels(figure) if axes.get_xlabel()]
    assert named
    assert any(axes.get_ylabel() or axes.get_yticklabels() for axes in named)


@pytest.mark.parametrize(("section", "name"), [("decision", "plot_power"), ("brain", "plot_brain_pairs")])
def test_without_records_there_is_no_figure(section: str, name: str) -> None:
    with pytest.raises(KeyError, match="no record of"):
        plot(section, name, Records([]))


def lines(axes: Axes, **how: Any) -> list[Any]:
    return [line for line in axes.lines if all(getattr(line, f"get_{key}")() == value for key, value in how.items())]


def test_bins_that_are_not_positive_are_triangles_and_no_points() -> None:
    from learning_geometry.studies.visual_cortex.figures._spectra import draw_spectrum

    figure = drawing.figure(4, 4)
    axes = figure.subplots()
    axes.set_yscale("log")
    values = np.array([[1.0, -0.5, 0.2], [1.0, 0.1, 0.4]])  # the second is negative in the mean
    draw_spectrum(axes, [1, 2, 3], values, drawing.BLUE, "o")
    curve, lost = axes.lines
    np.testing.assert_allclose(curve.get_ydata(), [1.0, np.nan, 0.3])
    assert (lost.get_marker(), list(lost.get_xdata())) == ("v", [2])


def test_rejections_stand_with_their_number_in_the_row_of_their_cell() -> None:
    records = recorded()
    records.of("type_i_error", spectrum="power law 1.4", noise="aligned")[0].result["p_value"][:18] = 0.01
    _, right = panels(plot("decision", "plot_type_i_error", records))[:2]
    texts = [(text.get_text(), text.xy[1]) for text in right.texts]
    assert [label.get_text() for label in right.get_yticklabels()][4:] == ["power law, α = 1.4"] * 2
    assert texts[4] == ("20 of 120", 4)
    assert texts[5] == ("3 of 120", 5)


def test_power_is_drawn_by_stimuli_voxels_and_spectrum() -> None:
    _, knee, *_ = panels(plot("decision", "plot_power", recorded()))
    heights = {
        line.get_color(): list(line.get_ydata())
        for line in knee.lines
        if len(line.get_ydata()) == 2 and line.get_marker() != "_"
    }
    assert heights[drawing.SKY] == [0, 0]  # 60 voxels
    assert heights[drawing.BLUE] == [0, 100]  # 120 voxels, 100 and 400 stimuli


def test_curvatures_stand_in_the_rows_of_their_networks_beside_what_counts_as_scale_free() -> None:
    records = recorded()
    (axes,) = panels(plot("networks", "plot_network_curvature", records))
    bend = records["networks", "features"].curvature.sel(window="1-60")
    hollow = lines(axes, markerfacecolor="none", linestyle="None")
    for row, arm in enumerate(ARMS):
        np.testing.assert_array_equal(hollow[row].get_xdata(), bend.sel(arm=arm))
        assert set(hollow[row].get_ydata()) == {row}
    margin = axes.patches[0].get_window_extent().transformed(axes.transData.inverted())
    np.testing.assert_allclose([margin.x0, margin.x1], [-MARGIN, MARGIN])


def test_a_matched_area_stands_beside_its_area_with_both_verdicts() -> None:
    figure = plot("brain", "plot_brain", own_data())
    _, _, ratio, curvature = panels(figure)
    assert [axes.get_title(loc="left") for axes in panels(figure)] == ["V1", "", "PPA", ""]
    markers = [line.get_marker() for line in curvature.lines if line.get_marker() in ("X", "o")]
    assert markers == ["X", "o"] * 2  # not scale-free, beside a matched V1 that is
    triangles = lines(ratio, marker="v")
    assert [list(line.get_xdata()) for line in triangles] == [[9.0]] * 2


@pytest.mark.parametrize(("base", "tuned", "_"), TWINS)
def test_a_twin_is_known_by_its_name(base: str, tuned: str, _: str) -> None:
    assert tuned.startswith(base)


def test_twins_have_one_colour_and_the_one_with_a_task_is_dashed() -> None:
    (axes,) = panels(plot("pretrained", "plot_pretrained", own_data()))
    base, tuned = lines(axes, marker="o")[:2]
    assert base.get_color() == tuned.get_color()
    assert (base.get_linestyle(), tuned.get_linestyle()) == ("-", "--")
