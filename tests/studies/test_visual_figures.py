"""What the figures of visual representations show, on records whose spectra, verdicts and missing values are known."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

from learning_geometry import style
from learning_geometry.instruments.scale_free import MARGIN
from learning_geometry.instruments.statistics import mean_interval, proportion_interval
from learning_geometry.store import Record, Records, Store, Unit
from learning_geometry.studies.visual_cortex import (
    arms,
    brain_figures,
    drawing,
    estimators,
    false_alarms,
    figures,
    hierarchy,
    network_figures,
    power,
    theory,
)
from learning_geometry.studies.visual_cortex.config import ALARMS, POWER_SPECTRA, SPECTRA
from learning_geometry.studies.visual_cortex.pretrained import TWINS

BLUE, RED, GREEN, PINK, ORANGE, SKY, BLACK = style.COLOURS
RANKS = np.array([1.0, 2.0, 4.0, 8.0, 16.0])
BINS = np.array([[1, 1], [2, 2], [3, 5], [6, 10], [11, 20]])
WINDOWS = np.array([[1, 12], [1, 20], [1, 40]])


def estimated(seeds: int = 3) -> dict[str, Any]:
    """Every estimate is the truth times a power of the rank, the same for all bins of an estimator, and of the seeds."""
    exponents = np.array([0.7, 1.0, 1.4, 1.0, 1.0, 2.0])
    truth = RANKS ** -exponents[:, None]
    tilt = np.array([0.0, 0.3, -0.2, 0.1])
    values = np.empty((6, 3, 4, seeds, 5))
    for e, s in np.ndindex(4, seeds):
        values[:, :, e, s] = (truth * RANKS ** (tilt[e] + 0.1 * (s - (seeds - 1) / 2)))[:, None]
    shape = values.shape[:4]
    grid = np.indices(shape)
    return {
        "spectra": SPECTRA,
        "noises": list(estimators.NOISES),
        "estimators": list(estimators.ESTIMATORS),
        "ranks": RANKS,
        "values": values,
        "truth": truth,
        "exponent": exponents[:, None, None, None] - tilt[None, None, :, None] * (1 + grid[1]) + 0.01 * grid[3],
        "r2": 0.99 - 0.01 * grid[0] - 0.003 * grid[1] - 0.001 * grid[2] - 0.0001 * grid[3],
        "left_out": np.zeros(shape, dtype=int),
        "moments": exponents[:, None, None] + 0.05 * grid[1, :, :, 0] + 0.01 * grid[3, :, :, 0],
        "removed": [0, 5, 20],
        "removal": np.array([[0.5, 1.0], [0.8, 1.0], [0.9, 1.0]])[..., None] + 0.01 * np.arange(seeds),
    }


def alarmed(spectrum: str, noise: str, rejected: int, areas: int = 40, no_signal: int = 0) -> dict[str, Any]:
    p_values = np.concatenate([np.full(rejected, 0.05), np.linspace(0.06, 1, areas - rejected)])[::-1]
    return {
        "spectrum": spectrum,
        "noise": noise,
        "areas": areas + no_signal,
        "no_signal": no_signal,
        "p_values": p_values,
    }


def powered(stimuli: int) -> dict[str, Any]:
    grid = np.indices((2, 4))
    found = np.minimum(1, (1 + grid[1] + 4 * grid[0]) * stimuli / 1600)
    return {"stimuli": stimuli, "voxels": [60, 120], "spectra": POWER_SPECTRA, "areas": 16, "power": found}


def staged(seed: int = 0, **changed: Any) -> dict[str, Any]:
    """Power laws of exponent 1 that steepen from stage to stage; the last is seen by no voxel."""
    rank = np.arange(1, 41)
    spectrum = np.array([rank**-1.0 * np.exp(-i * rank / 100) for i in range(6)])
    spectrum[5, 30:] = 1e-18
    expected = np.array([10.0, 5, 2, 1, 0.5])
    observed = expected * (1 + 0.1 * np.arange(6))[:, None] * (1 + 0.1 * seed)
    seen = np.array([1.0, 1, 1, 1, 1, 0])[:, None]
    verdicts = ["scale-free", "undecided", "not scale-free", "not scale-free" if seed else "undecided", "scale-free"]
    return {
        "stages": ["pixels", "simple cells", "energy", "pooled energy", "texture", "categories"],
        "ranks": [1, 20],
        "bins": BINS,
        "spectrum": spectrum,
        "alpha": np.full(6, 1.0),
        "curvature": -0.1 * np.arange(6),
        "verdict": [*verdicts, "no signal"],
        "measured_curvature": -0.05 * np.arange(6),
        "observed": observed * seen,
        "expected": expected * seen,
        "spread": 0.1 * expected * seen,
        **changed,
    }


def trained(seed: int = 0) -> dict[str, Any]:
    """Exact power laws; the curvature of arm k in window w is k / 100 + w / 1000, and a thousandth more each seed."""
    count = len(arms.ARMS)
    alpha = 0.6 + 0.1 * np.arange(count)
    curvature = 0.01 * np.arange(count)[:, None] + 0.001 * np.arange(3) + 0.001 * seed
    spectrum = (seed + 1) * np.arange(1, 61) ** -alpha[:, None] / 10
    steps = {arm: 40 if arm == "supervised" else 20 for arm in arms.ARMS if arm != "random"}
    paths = {
        arm: {"steps": np.array([last // 2, last]), "curvature": np.stack([curvature[k] + 0.02, curvature[k]])}
        for k, arm in enumerate(arms.ARMS)
        if (last := steps.get(arm, 0))
    }
    return {
        "arms": list(arms.ARMS),
        "windows": WINDOWS,
        "noise": np.array([0.1, 0.2, 0.3]),
        "attacks": np.array([0.02, 0.05]),
        "spectrum": spectrum,
        "alpha": np.tile(alpha[:, None], 3),
        "curvature": curvature,
        "probe_clean": 0.05 * np.arange(count) + 0.01 * seed,
        "probe_noise": np.outer(0.05 * np.arange(count), [0.9, 0.5, 0.1]),
        "probe_attack": np.outer(0.05 * np.arange(count), [0.3, 0.2]),
        "paths": paths,
    }


def judged(verdict: str, curvature: float, bins: int = 5) -> dict[str, Any]:
    expected = 1 / np.arange(1.0, bins + 1)
    return {
        "verdict": verdict,
        "curvature": curvature,
        "curvature_sd": 0.02,
        "ranks": RANKS[:bins],
        "observed": expected * (1 + curvature),
        "expected": expected,
        "spread": 0.1 * expected,
    }


def scanned(subject: int, area: str, verdict: str, curvature: float) -> dict[str, Any]:
    found = {"subject": subject, "area": area, "voxels": 1000 + subject, "scale_free": judged(verdict, curvature)}
    match = {"area": "V1", "voxels": 999, "scale_free": judged("undecided", -0.02, bins=4)}
    return {**found, "matched": None if area == "V1" else match}


def paired(area: str, subjects: Sequence[int]) -> dict[str, Any]:
    spectrum = np.arange(1, 61) ** -1.0
    spectrum[1] = -1
    return {"area": area, "subjects": list(subjects), "spectrum": spectrum, "shuffled": np.full(60, -1e-3)}


def public(model: str, last: float, revision: str = "main", blocks: int = 4) -> dict[str, Any]:
    curvature = np.linspace(0, last, blocks)[:, None] + np.array([1.0, 0, 2])
    return {"model": model, "revision": revision, "windows": WINDOWS, "curvature": curvature}


THEORY = theory.measure(
    seed=0,
    exponents=[0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0],
    dimensions=[1, 2],
    neurons=[50, 100, 400],
    snr=1.0,
    check_exponents=[1.0, 2.0],
    check_dimensions=[1, 2],
    check_neurons=10,
    check_stimuli=50,
)
BEIT = "microsoft/beit-base-patch16-224-pt22k"
ALL: dict[str, Any] = {
    "estimators": estimated(),
    "false_alarms": [alarmed(name, noise, k) for k, (name, noise) in enumerate(ALARMS)],
    "power": [powered(n) for n in (800, 400, 100)],
    "hierarchy": [staged(seed) for seed in range(3)],
    "networks": [trained(seed) for seed in range(3)],
    "theory": THEORY,
    "brain": [
        scanned(1, "V1", "scale-free", 0.01),
        scanned(1, "hV4", "not scale-free", -0.3),
        scanned(2, "V1", "undecided", -0.08),
        scanned(2, "hV4", "not scale-free", -0.25),
    ],
    "brain_pairs": [paired("V1", (1, 2)), paired("V1", (1, 5)), paired("hV4", (1, 2))],
    "pretrained": [public(BEIT, 0.05), public(f"{BEIT}-ft22k", -0.2), public("microsoft/resnet-50", -0.1, blocks=3)],
}
SINGLE: dict[str, Any] = {
    **ALL,
    "estimators": estimated(seeds=1),
    "false_alarms": alarmed("power law 1.0", "correlated", 0),
    "power": powered(200),
    "hierarchy": staged(),
    "networks": trained(),
    "brain": scanned(1, "V1", "undecided", 0.0),
    "brain_pairs": paired("V1", (1, 2)),
    "pretrained": public(BEIT, 0.1, blocks=1),
}
PLOTS = {
    name: getattr(module, name)
    for module in (figures, network_figures, brain_figures)
    for name in dir(module)
    if name.startswith("plot_")
}


def records(**results: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> Records:
    found = []
    for name, given in results.items():
        for at, result in enumerate([given] if isinstance(given, Mapping) else given):
            found.append(Record(Unit("s", name, {"at": at}, "code"), result, 0, 0, {}))
    return Records(found)


def lines(axes: Axes, colour: str, marker: str = "", **how: Any) -> list[Line2D]:
    """The lines of a colour, and of a marker or a style, in the order in which they were drawn."""
    return [
        each
        for each in axes.lines
        if to_hex(each.get_color()) == to_hex(colour)
        and (not marker or each.get_marker() == marker)
        and all(getattr(each, f"get_{name}")() == value for name, value in how.items())
    ]


def foot(axes: Axes) -> list[float]:
    """The ranks of the triangles that stand for values that are not positive."""
    return [x for each in axes.lines if each.get_marker() == "v" for x in np.ravel(each.get_xdata()).tolist()]


def band(axes: Axes) -> list[float]:
    """The horizontal extent of the shaded spans."""
    return [round(float(x), 9) for patch in axes.patches for x in (patch.get_x(), patch.get_x() + patch.get_width())]


def legend(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.legends[0].get_texts()]


@pytest.mark.parametrize("name", PLOTS)
def test_every_figure_draws_silently_fits_the_page_and_says_what_its_axes_are(name: str) -> None:
    figure = PLOTS[name](records(**ALL))
    figure.draw_without_rendering()
    page = figure.get_tightbbox()
    assert page.x0 >= -0.01
    assert page.x1 <= 9.01
    assert figure.get_figwidth() == 9
    assert min(text.get_fontsize() for text in figure.findobj(Text) if text.get_text()) >= 9
    for axes in figure.axes:
        assert axes.get_xlabel()
        place = axes.get_subplotspec()
        named = axes.get_ylabel() or any(text.get_text().strip("0123456789.−-") for text in axes.get_yticklabels())
        assert named or place.colspan.start  # panels of a row share what is said at its left


@pytest.mark.parametrize("name", PLOTS)
def test_one_seed_is_enough_for_every_figure(name: str) -> None:
    figure = PLOTS[name](records(**SINGLE))
    figure.set_layout_engine("none")
    figure.draw_without_rendering()
    drawn = [line.get_ydata() for axes in figure.axes for line in axes.lines]
    assert any(np.isfinite(np.asarray(heights, dtype=float)).any() for heights in drawn if len(heights))


@pytest.mark.parametrize("name", PLOTS)
def test_without_records_there_is_no_figure(name: str) -> None:
    with pytest.raises(KeyError, match="no record of"):
        PLOTS[name](records())


def test_the_experiments_record_what_the_figures_draw(tmp_path: Any) -> None:
    scanner = {"repeats": 3, "snr": 5.0, "correlated": 0.1, "noise_components": 1}
    some = {"areas": 1, "voxels": 26}
    made = {
        "estimators": estimators.measure(
            seeds=[0], spectra=SPECTRA[:2], stimuli=30, voxels=26, removed=[0, 1], **scanner
        ),
        "false_alarms": false_alarms.measure(
            spectrum_name="power law 1.0", noise="aligned", seed=0, stimuli=30, n_bootstrap=19, **some, **scanner
        ),
        "power": power.measure(seed=0, stimuli=30, voxels=[26], spectra=POWER_SPECTRA[:2], areas=4, draws=4, **scanner),
        "hierarchy": hierarchy.measure(
            seed=0,
            stimuli=60,
            size=16,
            wavelengths=[4, 8],
            orientations=2,
            classes=12,
            examples=60,
            voxels=40,
            n_bootstrap=19,
            ranks=[1, 11],
            **scanner,
        ),
        "theory": THEORY,
    }
    # As the notebook gets them: written to disk and read again.
    store, found = Store(tmp_path), []
    for name, result in made.items():
        unit = Unit("s", name, {}, "code")
        store.write(Record(unit, result, 0, 0, {}))
        found.append(store.read(unit))
    for name, plot in PLOTS.items():
        if any(name.startswith(f"plot_{each}") for each in ("network", "paths", "robust", "brain", "pretrained")):
            continue
        assert plot(Records(found)).axes


def test_estimates_are_drawn_as_they_are_beside_the_truth() -> None:
    figure = figures.plot_estimators(records(**ALL))
    assert len(figure.axes) == 3
    truth = 1 / RANKS
    for axes in figure.axes:
        np.testing.assert_allclose(lines(axes, BLACK)[0].get_ydata(), truth)
        for colour, marker, tilt in ((RED, "s", 0.3), (BLUE, "o", -0.2), (GREEN, "^", 0.1)):
            (drawn,) = lines(axes, colour, marker)
            over = RANKS ** (tilt + np.array([[-0.1], [0], [0.1]]))  # of the seeds
            np.testing.assert_allclose(drawn.get_xydata(), np.stack([RANKS, truth * over.mean(axis=0)], axis=1))
        bands = [each.get_paths()[0].vertices for each in axes.collections]
        ends = bands[0][np.isclose(bands[0][:, 0], 16), 1]
        np.testing.assert_allclose([ends.min(), ends.max()], 16 ** np.array([0.2, 0.4]) / 16)
        assert axes.get_yscale() == axes.get_xscale() == "log"
        assert not foot(axes)
    assert legend(figure) == ["truth", "plain PCA of the mean", "cvPCA", "cvPCA, noise removed"]


def test_bins_that_are_not_positive_are_triangles_and_no_points() -> None:
    broken = estimated()
    broken["values"][1, 1, 2, :, 1] = -0.2  # the second bin, of all seeds
    broken["values"][1, 2, 2, :, 0] = -1  # the first
    figure = figures.plot_estimators(records(estimators=broken))
    figure.draw_without_rendering()
    plain, correlated, aligned = figure.axes
    assert [foot(axes) for axes in (plain, correlated, aligned)] == [[], [2.0], [1.0]]
    (line,) = lines(correlated, BLUE, "o")
    np.testing.assert_array_equal(np.isnan(line.get_ydata()), RANKS == 2)
    (line,) = lines(aligned, BLUE, "o")
    np.testing.assert_array_equal(np.isnan(line.get_ydata()), RANKS == 1)
    assert all(axes.get_ylim()[0] > 0 for axes in figure.axes)


def test_r2_is_that_under_correlated_noise_with_power_laws_first() -> None:
    (axes,) = figures.plot_r2(records(**ALL)).axes
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == ["power law, α = 0.7", "power law, α = 1.0", "power law, α = 1.4", *SPECTRA[3:]]
    assert axes.yaxis_inverted()
    r2 = estimated()["r2"][:, 1]
    for colour, marker, e in ((RED, "s", 1), (GREEN, "^", 3)):
        drawn = lines(axes, colour, marker)
        np.testing.assert_allclose([each.get_xdata() for each in drawn], r2[:, e])
        assert [round(float(each.get_ydata()[0])) for each in drawn] == list(range(6))
        means = lines(axes, colour, "|")
        np.testing.assert_allclose([np.ravel(each.get_xdata())[0] for each in means], r2[:, e].mean(axis=-1))
    (grey,) = axes.patches
    assert (grey.get_y(), grey.get_y() + grey.get_height()) == (2.5, 5.5)
    shuffled = estimated()
    shuffled["spectra"] = SPECTRA[::-1]
    (axes,) = figures.plot_r2(records(estimators=shuffled)).axes
    np.testing.assert_allclose(lines(axes, RED, "s")[0].get_xdata(), r2[3, 1])  # that of 1.4, now fourth


def test_errors_of_exponents_are_from_the_sample_without_noise_and_of_moments_from_the_truth() -> None:
    lacking = estimated()
    lacking["moments"][0, 0, :2] = -1
    lacking["moments"][2, 0] = -1
    figure = figures.plot_exponents(records(estimators=lacking))
    *noises, removal = figure.axes
    assert len(noises) == 3
    for n, axes in enumerate(noises):
        for colour, tilt in ((RED, 0.3), (BLUE, -0.2), (GREEN, 0.1)):
            drawn = [lines(axes, colour, marker)[0].get_xdata() for marker in "os^"]
            np.testing.assert_allclose(drawn, np.full((3, 3), -tilt * (1 + n)), atol=1e-9)
        moments = [each for marker in "os^" for each in lines(axes, PINK, marker)]
        expected = 0.05 * n + 0.01 * np.arange(3)
        if n:
            np.testing.assert_allclose([each.get_xdata() for each in moments], [expected] * 3, atol=1e-9)
        else:  # exponents that moments do not give are left out
            np.testing.assert_allclose(moments[0].get_xdata(), expected[2:], atol=1e-9)
            np.testing.assert_allclose(moments[1].get_xdata(), expected, atol=1e-9)
            assert len(moments) == 2
        low, high = axes.get_xlim()
        assert low == -high
        assert high > 0.9  # the largest error, that of plain PCA in the third panel
    thick = lines(removal, GREEN, "^")
    np.testing.assert_allclose(thick[0].get_xydata(), [[0, 0.51], [5, 0.81], [20, 0.91]])
    (level,) = lines(removal, BLACK, linestyle="--")
    np.testing.assert_allclose(level.get_ydata(), 1.01)


def test_p_values_are_drawn_as_their_distribution_and_rejections_with_their_interval() -> None:
    given = [alarmed("power law 1.0", "correlated", 2), alarmed("power law 1.0", "aligned", 10, no_signal=3)]
    left, right = figures.plot_false_alarms(records(false_alarms=given)).axes
    for colour, marker, row, rejected in ((SKY, "o", 0, 2), (BLUE, "s", 1, 10)):
        (steps,) = lines(left, colour)
        x, y = steps.get_data()
        assert np.all(np.diff(x) >= 0)
        assert y[np.flatnonzero(x == 0.05)[-1]] == pytest.approx(rejected / 40)
        assert (x[0], y[0], x[-1], y[-1]) == (0, 0, 1, 1)
        (dot,) = lines(right, colour, marker)
        np.testing.assert_allclose(dot.get_xydata(), [[100 * rejected / 40, row]])
        bar = lines(right, colour, linestyle="-", marker="None")[0]
        np.testing.assert_allclose(bar.get_xdata(), 100 * np.array(proportion_interval(rejected, 40)))
    assert [text.get_text() for text in right.texts] == ["2 of 40", "10 of 40, 3 without signal"]
    labels = [label.get_text() for label in right.get_yticklabels()]
    assert labels == ["power law, α = 1.0", "power law, α = 1.0\nnoise along the signal's axes"]
    assert 5 in [each.get_xdata()[0] for each in lines(right, BLACK, linestyle=":")]


def test_power_is_drawn_by_stimuli_and_voxels_with_binomial_bars() -> None:
    figure = figures.plot_power(records(**ALL))
    assert [axes.get_title() for axes in figure.axes] == [
        "power law, α = 1.0 (false alarms)",
        "mild knee",
        "cut-off",
        "slow exponential",
    ]
    stimuli = np.array([100, 400, 800])  # in order, though the records are not
    for s, axes in enumerate(figure.axes):
        for v, (container, colour) in enumerate(zip(axes.containers, (SKY, BLUE), strict=True)):
            line, _, (bars,) = container
            assert to_hex(line.get_color()) == to_hex(colour)
            expected = np.minimum(1, (1 + s + 4 * v) * stimuli / 1600)
            np.testing.assert_allclose(line.get_ydata(), 100 * expected)
            np.testing.assert_allclose(line.get_xdata(), stimuli, rtol=0.05)
            ends = [100 * np.array(proportion_interval(round(p * 16), 16)) for p in expected]
            np.testing.assert_allclose([each[:, 1] for each in bars.get_segments()], ends, atol=1e-9)
        assert sorted(each.get_ydata()[0] for each in lines(axes, figures.GREY, linestyle=":")) == [5, 80]
    assert legend(figure) == ["60 voxels", "120 voxels"]


def test_stages_are_drawn_with_their_power_law_and_without_what_rounding_left() -> None:
    figure = figures.plot_hierarchy_spectra(records(**ALL))
    assert [axes.get_title() for axes in figure.axes] == staged()["stages"]
    rank = np.arange(1, 41)
    first, *_, last = figure.axes
    (law,) = lines(first, BLACK, linestyle="--")
    np.testing.assert_allclose(law.get_ydata(), 1 / law.get_xdata())  # the stage is a power law and lies on its own
    np.testing.assert_array_equal(law.get_xdata(), rank[:20])
    np.testing.assert_allclose(lines(first, figures.GREY, linestyle="-")[-1].get_ydata(), 1 / rank)
    assert [text.get_text() for text in first.texts] == ["exponent 1.00\ncurvature +0.00"]
    assert [text.get_text() for text in last.texts] == ["exponent 1.00\ncurvature −0.50"]
    drawn = lines(last, RED)[-1].get_ydata()
    np.testing.assert_array_equal(np.isnan(drawn), rank > 30)
    assert last.get_ylim()[0] > 0


def test_ratios_verdicts_and_the_band_of_power_laws_are_those_of_the_record() -> None:
    figure = figures.plot_hierarchy_verdicts(records(**ALL))
    for i, (axes, colour) in enumerate(zip(figure.axes[:5], figures._STAGES, strict=False)):
        (mean,) = lines(axes, colour, "o")
        np.testing.assert_allclose(mean.get_ydata(), np.full(5, (1 + 0.1 * i) * 1.1))
        np.testing.assert_allclose(mean.get_xdata(), [1, 2, 60 ** (1 / 3), 30240**0.2, mean.get_xdata()[4]])
        thin = lines(axes, colour, linewidth=0.6)
        np.testing.assert_allclose([each.get_ydata()[0] for each in thin], (1 + 0.1 * i) * np.array([1, 1.1, 1.2]))
        heights = axes.collections[0].get_paths()[0].vertices[:, 1]
        np.testing.assert_allclose([heights.min(), heights.max()], [0.8, 1.2])
    said = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert said[0] == "scale-free: 3 of 3\ncurvature +0.00"
    assert said[3] == "not scale-free: 2 of 3\nundecided: 1 of 3\ncurvature −0.15"
    assert said[5] == "no signal: 3 of 3"
    assert not figure.axes[5].lines


def test_ratios_below_the_axis_are_triangles_at_its_foot() -> None:
    low = staged()
    low["observed"][0, 1], low["observed"][0, 3] = -1, 0.01
    axes = figures.plot_hierarchy_verdicts(records(hierarchy=low)).axes[0]
    np.testing.assert_allclose(foot(axes), [2, 30240**0.2])
    assert axes.get_ylim()[0] == drawing.LOWEST


def test_spectra_of_networks_are_those_of_the_record_and_flat_over_their_own_power_laws() -> None:
    figure = network_figures.plot_network_spectra(records(**ALL))
    left, right = figure.axes
    rank = np.arange(1, 61)
    for arm in ("random", "barlow_twins", "vicreg", "supervised"):
        colour = network_figures.ARMS[arm][1]
        alpha = 0.6 + 0.1 * arms.ARMS.index(arm)
        drawn = lines(left, colour)[0]
        np.testing.assert_allclose(drawn.get_ydata(), 0.2 * rank**-alpha)  # the mean of 1, 2 and 3 tenths
        straight = lines(right, colour, linestyle="-")
        assert any(len(each.get_ydata()) == 60 and np.allclose(each.get_ydata(), 1) for each in straight)
    assert len(lines(left, RED)) == 2
    assert "ranks 1 to 20" in right.get_ylabel()
    assert set(legend(figure)) == {
        "random",
        "Barlow Twins",
        "VICReg",
        "Barlow Twins, then digits",
        "Barlow Twins, then digits, augmented",
        "supervised",
    }
    bent = [trained()]
    bent[0]["spectrum"] = bent[0]["spectrum"] * np.exp(-rank / 10)
    right = network_figures.plot_network_spectra(records(networks=bent)).axes[1]
    drawn = lines(right, BLUE)[0].get_ydata()
    np.testing.assert_allclose(drawn / drawn[0], np.exp((1 - rank) / 10))
    # The level of a power law that is fitted, with weights 1 / rank, to the first twenty.
    assert np.log(drawn[:20]) @ (1 / rank[:20]) == pytest.approx(0, abs=1e-9)


def test_curvatures_stand_in_the_rows_of_their_networks_beside_what_counts_as_scale_free() -> None:
    (axes,) = network_figures.plot_network_curvature(records(**ALL)).axes
    rows = [label.get_text() for label in axes.get_yticklabels()]
    assert set(network_figures.ARMS) == set(arms.ARMS)
    for row, arm in enumerate(network_figures.ARMS):
        name, colour, marker = network_figures.ARMS[arm]
        assert rows[row] == name
        values = 0.01 * arms.ARMS.index(arm) + 0.001 + 0.001 * np.arange(3)  # of the middle window
        dots = [each for each in lines(axes, colour, marker) if each.get_ydata()[0] == row]
        np.testing.assert_allclose(dots[0].get_xdata(), values)
        bars = [each for each in lines(axes, colour, linestyle="-") if each.get_ydata()[0] == row]
        np.testing.assert_allclose(bars[0].get_xdata(), mean_interval(values))
    assert band(axes) == [-MARGIN, MARGIN]
    assert axes.get_xlabel().endswith("ranks 1 to 20")
    assert axes.yaxis_inverted()
    (one,) = network_figures.plot_network_curvature(records(networks=trained())).axes
    assert not [each for each in one.lines if each.get_linestyle() == "-"]  # a seed alone has no interval


def test_paths_begin_where_their_parents_end() -> None:
    left, right = network_figures.plot_paths(records(**ALL)).axes
    curvature = {arm: 0.01 * k + 0.002 for k, arm in enumerate(arms.ARMS)}  # mean over seeds, middle window

    def thick(axes: Axes, arm: str) -> np.ndarray:
        _, colour, marker = network_figures.ARMS[arm]
        return lines(axes, colour, marker)[0].get_xydata()

    for axes, parent, children in (
        (left, "barlow_twins", ("fine_tuned", "continued", "fine_tuned_place", "fine_tuned_permuted")),
        (right, "vicreg", ("fine_tuned_vicreg",)),
    ):
        begun = thick(axes, parent)
        np.testing.assert_allclose(begun[:, 0], [0, 10, 20])
        np.testing.assert_allclose(begun[[0, 2], 1], [curvature["random"], curvature[parent]])
        for child in children:
            path = thick(axes, child)
            np.testing.assert_allclose(path[:, 0], [20, 30, 40])
            np.testing.assert_allclose(path[:, 1], [curvature[parent], curvature[child] + 0.02, curvature[child]])
    path = thick(right, "supervised")
    np.testing.assert_allclose(path[:, 0], [0, 20, 40])
    np.testing.assert_allclose(path[[0, 2], 1], [curvature["random"], curvature["supervised"]])
    assert {"continued", "then digits", "then place", "Barlow Twins"} <= {text.get_text() for text in left.texts}
    assert {"supervised", "then digits", "VICReg"} == {text.get_text() for text in right.texts}


def test_names_at_the_ends_of_lines_do_not_stand_on_each_other() -> None:
    figure = style.figure(9, 4)
    axes = figure.subplots()
    axes.set(xlim=(0, 1), ylim=(-1, 1))
    drawing.name_ends(axes, 0.5, [(0.0, "b", BLUE), (0.9, "d", RED), (0.0, "a", RED), (0.01, "c", GREEN)])
    figure.draw_without_rendering()
    boxes = sorted((text.get_window_extent() for text in axes.texts), key=lambda box: box.y0)
    assert all(low.y1 - 3 < high.y0 for low, high in pairwise(boxes))
    heights = {text.get_text(): text.get_position()[1] for text in axes.texts}
    assert heights["a"] < heights["b"] < heights["c"] < heights["d"]
    np.testing.assert_allclose(np.mean([heights[name] for name in "abc"]), 0, atol=0.05)


def test_accuracies_stand_at_their_curvature_and_at_their_exponent() -> None:
    figure = network_figures.plot_robustness(records(**ALL))
    assert [axes.get_title() for axes in figure.axes[:3]] == ["clean images", "noise of sd 0.2", "attack of size 0.02"]
    for k, arm in enumerate(arms.ARMS):
        _, colour, marker = network_figures.ARMS[arm]
        for panel, axes in enumerate(figure.axes):
            height = (5 * k + 1, 2.5 * k, 1.5 * k)[panel % 3]
            place = 0.01 * k + 0.002 if panel < 3 else 0.6 + 0.1 * k
            points = [each.get_xydata()[0] for each in lines(axes, colour, marker)]
            assert any(np.allclose(point, (place, height)) for point in points)
    assert all(band(axes) == [-MARGIN, MARGIN] for axes in figure.axes[:3])
    assert len(legend(figure)) == len(set(legend(figure))) == len(arms.ARMS)


def test_costs_cross_where_both_limits_are_equal() -> None:
    figure = network_figures.plot_theory(records(**ALL))
    assert [axes.get_title() for axes in figure.axes] == [
        "stimuli of 1 dimension",
        "stimuli of 2 dimensions",
        "sensitivity, 2 dimensions",
        "simulated codes",
    ]
    for d, axes in enumerate(figure.axes[:2]):
        lost, gained = (lines(axes, colour, linewidth=2.4)[0] for colour in (BLUE, RED))
        np.testing.assert_array_equal(lost.get_ydata(), THEORY["lost_information_limit"])
        np.testing.assert_array_equal(gained.get_ydata(), THEORY["gained_sensitivity_limit"][d])
        (circle,) = lines(axes, BLACK, "o")
        x, y = circle.get_xydata()[0]
        assert x == THEORY["crossing_limit"][d]
        assert y == pytest.approx(1 - 1 / x)
        assert y == pytest.approx(1 + (1 - x) * (d + 1) / 2)  # the other cost
        assert lines(axes, BLACK, linestyle=":")[0].get_xdata()[0] == 1 + 2 / (d + 1)
        thin = [each.get_ydata() for each in lines(axes, RED, linewidth=0.8)]
        np.testing.assert_array_equal(thin, THEORY["gained_sensitivity"][d].T)
    growing, simulated = figure.axes[2:]
    np.testing.assert_array_equal(
        [each.get_ydata() for each in growing.lines], THEORY["sensitivity"][1, 1:6]
    )  # from 0.5 to 2.5
    for d, marker in enumerate("os"):
        (points,) = [each for each in simulated.lines if each.get_marker() == marker]
        np.testing.assert_array_equal(points.get_ydata(), THEORY["check"]["sensitivity"][d])


def test_areas_stand_beside_their_match_with_their_verdicts() -> None:
    figure = brain_figures.plot_brain(records(**ALL))
    assert [axes.get_title() for axes in figure.axes] == ["V1", "", "hV4", ""]
    (v1, own), (v4, other) = figure.axes[:2], figure.axes[2:]
    np.testing.assert_allclose([each.get_ydata()[0] for each in lines(v4, BLUE, "o")], [0.7, 0.75])
    np.testing.assert_allclose(lines(v4, drawing.GREY, linestyle="--")[0].get_ydata(), np.full(4, 0.98))
    assert not lines(v1, drawing.GREY, linestyle="--")  # it is its own reference
    assert [each.get_marker() for each in own.lines if each.get_markersize() == 9] == ["o", "o"]
    full, hollow = [each.get_markerfacecolor() for each in own.lines if each.get_markersize() == 9]
    assert (to_hex(full), to_hex(hollow)) == (to_hex(BLUE), "#ffffff")
    places = [float(np.ravel(each.get_xdata())[0]) for each in lines(other, BLUE, "X")]
    np.testing.assert_allclose(places, [-0.3, -0.25])
    matches = [each for each in lines(other, drawing.GREY, "o") if each.get_markersize() == 9]
    np.testing.assert_allclose([each.get_xdata()[0] for each in matches], [-0.02, -0.02])
    assert all(to_hex(each.get_markerfacecolor()) == "#ffffff" for each in matches)  # undecided
    bar = lines(other, BLUE, linestyle="-")[0].get_xdata()
    np.testing.assert_allclose(bar, [-0.3 - 0.0329, -0.3 + 0.0329])
    assert [label.get_text() for label in other.get_yticklabels()] == [
        "subject 1\n1,001 voxels",
        "subject 2\n1,002 voxels",
    ]
    assert own.get_xlim() == other.get_xlim()
    assert band(other)[0] == -MARGIN
    assert legend(figure)[1] == "V1 matched to it"


def test_what_pairs_share_is_drawn_by_area_and_negative_bins_are_triangles() -> None:
    figure = brain_figures.plot_brain_pairs(records(**ALL))
    assert [axes.get_title() for axes in figure.axes] == ["V1", "hV4"]
    first = figure.axes[0]
    shared = lines(first, BLUE, "o")
    assert len(shared) == 2
    assert shared[0].get_ydata()[0] == 1
    assert np.isnan(shared[0].get_ydata()[1])
    blue = [each for each in lines(first, BLUE, "v") if len(each.get_xdata())]
    assert [list(each.get_xdata()) for each in blue] == [[2.0], [2.0]]
    assert all(np.isnan(each.get_ydata()).all() for each in lines(first, drawing.GREY, "s"))
    assert first.get_ylim()[0] > 0


@pytest.mark.parametrize(("base", "tuned", "_"), TWINS)
def test_a_twin_is_known_by_its_name(base: str, tuned: str, _: str) -> None:
    (axes,) = brain_figures.plot_pretrained(records(pretrained=[public(tuned, 0.1), public(base, 0.2)])).axes
    assert [line.get_linestyle() for line in lines(axes, BLUE)] == ["--", "-"]


def test_twins_have_one_colour_and_the_one_with_a_task_is_dashed() -> None:
    (axes,) = brain_figures.plot_pretrained(records(**ALL)).axes
    base, tuned = lines(axes, BLUE)
    assert (base.get_linestyle(), tuned.get_linestyle()) == ("-", "--")
    np.testing.assert_allclose(tuned.get_xydata(), np.stack([np.linspace(0, 1, 4), np.linspace(0, -0.2, 4)], axis=1))
    (alone,) = lines(axes, RED)
    assert alone.get_linestyle() == "-"
    assert len(alone.get_xdata()) == 3
    names = {"beit-base-patch16-224-pt22k", "beit-base-patch16-224-pt22k-ft22k", "resnet-50"}
    assert {text.get_text() for text in axes.texts} == names
    assert "ranks 1 to 20" in axes.get_ylabel()
    course = [public("some/net", 0.1, revision="step1"), public("some/net", -0.1, revision="step2")]
    (axes,) = brain_figures.plot_pretrained(records(pretrained=course)).axes
    assert {text.get_text() for text in axes.texts} == {"net, step1", "net, step2"}
