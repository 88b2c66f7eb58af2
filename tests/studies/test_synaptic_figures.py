"""What the figures of synaptic weights show, on records whose least distances, floors and missing values are known."""

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
from scipy import stats

from learning_geometry import style
from learning_geometry.instruments.dual_change import cdf_distance_critical, cdf_distance_floor
from learning_geometry.instruments.synapse_power import simulate_synapses
from learning_geometry.store import Record, Records, Store, Unit
from learning_geometry.studies.synaptic_weights import (
    dynamics,
    example,
    figures,
    noise,
    power,
    recording_figures,
    regression,
    shapes,
    simulation,
    spines,
)

TRUTHS, CANDIDATES = [1.0, 2.0, 3.0], [1.0, 1.5, 2.0, 2.5, 3.0]
GEOMETRIES = {"truths": TRUTHS, "candidates": CANDIDATES}
BLUE, RED, GREEN = style.COLOURS[:3]
MATRIX = np.array(
    [[0.03, 0.15, 0.31, 0.45, 0.56], [0.70, 0.33, 0.04, 0.14, 0.30], [0.66, 0.57, 0.35, 0.13, 0.05]]
)  # (truths, candidates)
WRONG = np.array(
    [[0.13, 0.20, 0.31, 0.45, 0.56], [0.70, 0.33, 0.08, 0.14, 0.30], [0.09, 0.11, 0.12, 0.06, 0.08]]
)  # the 3-norm is best at 2.5


def spread_over(matrix: np.ndarray, seeds: int) -> np.ndarray:
    """A last axis of seeds, symmetric about the matrix, which is their mean."""
    return matrix[..., None] * (1 + 0.2 * np.linspace(-1, 1, seeds) if seeds > 1 else np.ones(1))


def simulated(seeds: int = 5, **changed: Any) -> dict[str, Any]:
    distance = np.stack([spread_over(MATRIX, seeds), spread_over(1.1 * MATRIX, seeds)])
    found = {"initials": ["log-normal", "normal"], "synapses": 400, "cdf_distance": distance}
    return {**GEOMETRIES, **found, **changed}


def regressed(power: float, inputs: str, dimensions: Sequence[int], factor: float = 1.0) -> dict[str, Any]:
    """Matched distances at `factor` times the floor of each dimension; the others are those of `MATRIX`."""
    distance = np.tile(MATRIX, (len(dimensions), 1, 1))
    for d, dimension in enumerate(dimensions):
        for t, truth in enumerate(TRUTHS):
            distance[d, t, CANDIDATES.index(truth)] = factor * cdf_distance_floor(dimension)
    found = {"power": power, "inputs": inputs, "dimensions": np.array(dimensions)}
    return {**GEOMETRIES, **found, "cdf_distance": spread_over(distance, 3)}


def network(matrix: np.ndarray, weights: Sequence[int], exponents: Sequence[float]) -> dict[str, Any]:
    layers = [f"layers.{k}.weight" for k in range(len(weights))]
    inferred = np.array(exponents)[:, None] + 0.01 * np.arange(len(weights))
    return {"layers": layers, "weights": np.array(weights), "pooled": matrix, "exponent": inferred}


def trained(seed: int) -> dict[str, Any]:
    factor = 1 + 0.1 * seed
    of_seed = [p + 0.1 * seed for p in TRUTHS]
    return {
        "truths": np.array(TRUTHS),
        "candidates": np.array(CANDIDATES),
        "networks": {
            "recurrent": network(factor * MATRIX, [16384], of_seed),
            "perceptron": network(factor * MATRIX, [65536], of_seed),
            "convolutional": network(factor * MATRIX, [432, 9216, 9216], of_seed),
            "hardly pre-trained": network(factor * WRONG, [432, 9216, 9216], of_seed),
        },
    }


def shaped(seeds: int = 3) -> dict[str, Any]:
    """Gaussian logarithms: initial of standard deviation 0.3 or constant, final of 0.5, moved by a tenth of the truth.

    Those predicted are moved by half of that, less a tenth of the candidate.
    """
    levels = np.linspace(0.0025, 0.9975, 200)
    initial = np.stack([stats.norm.ppf(levels, 0, 0.3), np.zeros(200)])
    final = np.stack([[stats.norm.ppf(levels, p / 10, 0.5) for p in TRUTHS]] * 2)
    predicted = np.stack([[[stats.norm.ppf(levels, p / 20 - q / 10, 0.5) for q in CANDIDATES] for p in TRUTHS]] * 2)
    return {
        **GEOMETRIES,
        "initials": ["log-normal", "constant"],
        "ks": np.stack([spread_over(MATRIX, seeds)] * 2),
        "ks_unpaired": np.stack([spread_over(WRONG, seeds)] * 2),
        "ks_floor": 0.02,
        "initial_quantiles": initial,
        "final_quantiles": final,
        "predicted_quantiles": predicted,
    }


def classified(model: str, matrix: np.ndarray, zeros: Sequence[int] = (0, 3, 1)) -> dict[str, Any]:
    found = {"model": f"somebody/{model}", "revision": "0123456789abcdef", "cdf_distance": matrix}
    return {**GEOMETRIES, **found, "layer_sizes": [1000, 9003], "zeros": np.array(zeros)}


def powered(**changed: Any) -> dict[str, Any]:
    """Required synapses `1000 / (1 + index of change + 3 * index of spread) + 10 * truth + rival`; all have power n / 400."""
    statistics, changes, spreads = ["likelihood", "shapiro_wilk", "cdf_distance"], [0.05, 0.1], [0.2, 0.4, 0.83]
    required = np.full((3, 2, 3, 3, 3), -1.0)
    for s, c, w, t, r in np.ndindex(required.shape):
        if t != r:
            required[s, c, w, t, r] = (s + 1) * 1000 / (1 + c + 3 * w) + 10 * t + r
    sizes = np.array([10, 40, 400])
    curves = np.tile(sizes / 400, (3, 3, 3, 1)) * (1 - 0.01 * np.arange(9).reshape(3, 3, 1))
    found = {"statistics": statistics, "changes": np.array(changes), "spreads": np.array(spreads), "truths": TRUTHS}
    ends = {"required": required, "low": 0.9 * required, "high": 1.1 * required}
    return {**found, **ends, "curves": {"change": 0.1, "spread": 0.4, "sizes": sizes, "power": curves}, **changed}


def noisy() -> dict[str, Any]:
    noises, synapses = np.array([0.0, 0.05, 0.2]), np.array([100, 1000])
    exponent = np.empty((3, 3, 2, 2))
    for t, k, corrected, n in np.ndindex(exponent.shape):
        exponent[t, k, corrected, n] = TRUTHS[t] - (not corrected) * t * noises[k] + 0.001 * n
    share = (exponent - exponent.min()) / np.ptp(exponent)
    found = {"exponent": exponent, "exponent_sd": 0 * exponent + 0.1, "identified": share, "misnamed": 1 - share}
    return {"noises": noises, "synapses": synapses, "truths": np.array(TRUTHS), **found}


def paired(noise: float = 0.1, synapses: int = 60) -> dict[str, Any]:
    before, after = simulate_synapses(
        3.0, (1, synapses), change=0.2, spread=0.6, noise=noise, rng=np.random.default_rng(1)
    )
    return {"before": before[0], "after": after[0], **spines.both_ways(before[0], after[0], noise)}


EXAMPLE = {"truth": 3.0, **paired()}
VOLUMES = np.exp(np.concatenate([stats.norm.ppf((np.arange(n) + 0.5) / n, m, 0.3) for n, m in ((900, -3), (300, -1))]))
TABLE = {
    "paired": {"source": "mine.csv", **paired(noise=0.0, synapses=40)},
    "cross_section": {"volumes": VOLUMES, **spines.marginal(VOLUMES)},
}


def records(**results: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> Records:
    found = []
    for name, given in results.items():
        for at, result in enumerate([given] if isinstance(given, Mapping) else given):
            found.append(Record(Unit("s", name, {"at": at}, "code"), result, 0, 0, {}))
    return Records(found)


REGRESSIONS = [
    regressed(0.75, "correlated", [100, 1000], factor=1.5),
    regressed(0.5, "correlated", [100, 1000]),
    regressed(0.5, "heavy-tailed", [1000], factor=10),
]
ALL = {
    "dynamics": dynamics.measure(exponents=TRUTHS, seed=0, steps=30, learning_rate=0.2),
    "simulation": simulated(),
    "regression": REGRESSIONS,
    "networks": [trained(seed) for seed in range(3)],
    "shapes": shaped(),
    "pretrained": [classified("net", MATRIX), classified("net", 1.2 * MATRIX), classified("other", MATRIX)],
    "power": powered(),
    "noise": noisy(),
    "example": EXAMPLE,
    "spines": TABLE,
}
SINGLE = {
    "simulation": simulated(seeds=1),
    "regression": [regressed(0.5, "correlated", [300]), regressed(0.75, "correlated", [300])],
    "networks": [{**trained(0), "networks": {"recurrent": trained(0)["networks"]["recurrent"]}}],
    "shapes": shaped(seeds=1),
    "pretrained": classified("net", MATRIX),
}
PLOTS = {
    name: getattr(module, name)
    for module in (figures, recording_figures)
    for name in dir(module)
    if name.startswith("plot_") and name != "plot_identification"
}


def coloured(axes: Axes, colour: str, line: str = "-") -> list[Line2D]:
    """The lines of a colour and a style that have a marker and are drawn thick, in the order in which they were drawn."""
    return [
        each
        for each in axes.lines
        if to_hex(each.get_color()) == to_hex(colour) and each.get_linestyle() == line and each.get_linewidth() > 1
    ]


def heights(axes: Axes, line: str, colour: str = figures.GREY) -> list[float]:
    """The heights of the level lines of a style."""
    drawn = [each.get_ydata() for each in axes.lines if each.get_linestyle() == line]
    same = [to_hex(each.get_color()) == to_hex(colour) for each in axes.lines if each.get_linestyle() == line]
    return [float(y[0]) for y, right in zip(drawn, same, strict=True) if right and len(set(np.ravel(y))) == 1]


def rings(axes: Axes) -> list[tuple[float, float]]:
    return [
        (float(each.get_xdata()[0]), float(each.get_ydata()[0]))
        for each in axes.lines
        if each.get_marker() == "o" and each.get_markersize() == 12
    ]


def named(axes: Axes) -> dict[str, tuple[float, str]]:
    """The height and the colour of each text."""
    return {text.get_text(): (text.get_position()[1], text.get_color()) for text in axes.texts}


def legend(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.legends[0].get_texts()]


@pytest.mark.parametrize(
    ("name", "given"),
    [*((name, ALL) for name in PLOTS), *((name, SINGLE) for name in PLOTS if name[5:] in {*SINGLE, "exponents"})],
    ids=lambda value: value if isinstance(value, str) else "all" if value is ALL else "one",
)
def test_every_figure_draws_silently_fits_the_page_and_says_what_its_axes_are(name: str, given: Any) -> None:
    figure = PLOTS[name](records(**given))
    figure.draw_without_rendering()
    assert figure.get_figwidth() == 9
    page = figure.get_tightbbox()
    assert page.x0 >= 0
    assert page.x1 <= 9
    assert min(text.get_fontsize() for text in figure.findobj(Text) if text.get_text()) >= 9
    for axes in figure.axes:
        assert axes.get_xlabel()
        assert axes.get_title() or axes.get_subplotspec().rowspan.start or name == "plot_exponents"
    assert figure.get_supylabel() or all(
        axes.get_ylabel() or axes.get_title() or axes.get_subplotspec().colspan.start for axes in figure.axes
    )


def test_a_geometry_has_one_colour_throughout() -> None:
    assert [figures.look(p)[:2] for p in TRUTHS] == [("entropy", BLUE), ("Euclid", RED), ("3-norm", GREEN)]
    assert len({figures.look(p)[2] for p in TRUTHS}) == 3  # nor is it known by colour alone
    assert figures.look(1.5)[0] == "1.5-norm"


@pytest.mark.parametrize(
    "name", ["dynamics", "simulation", "regression", "shapes", "power", "noise", "example", "spines"]
)
def test_the_experiments_record_what_the_figures_draw(name: str, tmp_path: Any) -> None:
    both = {"seeds": [0, 1], **GEOMETRIES}
    line = {**both, "dimensions": [60], "covariance_power": 2.0}
    made: dict[str, Any] = {
        "dynamics": lambda: [dynamics.measure(exponents=TRUTHS, seed=1, steps=5, learning_rate=0.1)],
        "simulation": lambda: [simulation.measure(**both, synapses=50, change=0.1)],
        "regression": lambda: [
            regression.measure(**line, power=power, inputs=inputs)
            for power, inputs in ((0.5, "correlated"), (0.75, "correlated"), (0.5, "heavy-tailed"))
        ],
        "shapes": lambda: [
            shapes.measure(**both, synapses=60, samples=9, label_scale=3.0, initials=["log-normal", "constant"])
        ],
        "power": lambda: [
            power.measure(
                seed=0,
                truths=TRUTHS[:2],
                statistics=["likelihood"],
                changes=[0.3],
                spreads=[0.8],
                replicates=40,
                max_synapses=20,
            )
        ],
        "noise": lambda: [
            noise.measure(seed=0, truths=TRUTHS, noises=[0.0, 0.1], synapses=[20], change=0.3, spread=0.8, replicates=3)
        ],
        "example": lambda: [example.measure(seed=0, synapses=30, truth=3.0, change=0.3, spread=0.8, noise=0.05)],
        "spines": lambda: [TABLE],
    }
    # As the notebook gets them: written to disk and read again.
    store, found = Store(tmp_path), []
    for at, result in enumerate(made[name]()):
        unit = Unit("s", name, {"at": at}, "code")
        store.write(Record(unit, result, 0, 0, {}))
        found.append(store.read(unit))
    plots = {"shapes": ["plot_shapes", "plot_predictions"], "spines": ["plot_spines", "plot_cross_section"]}
    for plot in plots.get(name, [f"plot_{name}"]):
        assert PLOTS[plot](Records(found)).axes


def test_paths_start_together_and_end_on_their_exact_limits() -> None:
    left, right = figures.plot_dynamics(records(**ALL)).axes
    record = ALL["dynamics"]
    for k, colour in enumerate((BLUE, RED, GREEN)):
        (path,) = coloured(left, colour)
        np.testing.assert_array_equal(path.get_xydata(), record["primal"][k])
        (image,) = coloured(right, colour)
        steps = np.diff(image.get_xydata(), axis=0)
        np.testing.assert_allclose(steps[:, 1] / steps[:, 0], record["x"][1] / record["x"][0], rtol=1e-6)
    crosses = [each.get_xydata()[0] for each in left.lines if each.get_marker() == "x"]
    np.testing.assert_array_equal(crosses, record["limit"])
    arrow = next(text for text in right.texts if text.arrow_patch)
    along = np.subtract(arrow.xy, arrow.xyann)
    np.testing.assert_allclose(along[1] / along[0], record["x"][1] / record["x"][0])


def test_means_bands_floor_and_critical_value_are_those_of_the_record() -> None:
    figure = figures.plot_simulation(records(**ALL))
    assert [axes.get_title() for axes in figure.axes] == ["log-normal initial weights", "normal initial weights"]
    for axes, factor in zip(figure.axes, (1, 1.1), strict=True):
        for t, colour in enumerate((BLUE, RED, GREEN)):
            line = coloured(axes, colour)[0]
            np.testing.assert_array_equal(line.get_xdata(), CANDIDATES)
            np.testing.assert_allclose(line.get_ydata(), factor * MATRIX[t])
            low, high = np.quantile(np.linspace(0.8, 1.2, 5), (0.05, 0.95))
            band = axes.collections[t].get_paths()[0].vertices
            at_first = band[band[:, 0] == 1.0][:, 1]
            np.testing.assert_allclose([at_first.min(), at_first.max()], factor * MATRIX[t, 0] * np.array([low, high]))
        assert heights(axes, ":") == [cdf_distance_floor(400)]
        assert heights(axes, "--") == [cdf_distance_critical(400)]
        assert axes.get_yscale() == "log"
    assert legend(figure) == ["floor: Gaussian changes", "5 % critical value", "best fit"]
    assert [label.get_text() for label in figure.axes[0].get_xticklabels()] == [
        "1\nentropy",
        "1.5\n",
        "2\nEuclid",
        "2.5\n",
        "3\n",
    ]


def test_the_ring_is_at_the_least_mean_and_not_at_the_truth() -> None:
    right = figures.plot_simulation(records(simulation=simulated())).axes[0]
    np.testing.assert_allclose(rings(right), [(1, 0.03), (2, 0.04), (3, 0.05)])
    wrong = simulated(cdf_distance=np.stack([spread_over(WRONG, 5)] * 2))
    np.testing.assert_allclose(
        rings(figures.plot_simulation(records(simulation=wrong)).axes[0]), [(1, 0.13), (2, 0.08), (2.5, 0.06)]
    )


def test_names_stand_at_the_ends_of_their_lines_unless_another_name_is_there() -> None:
    apart = named(figures.plot_simulation(records(simulation=simulated())).axes[0])
    ends = {"entropy": (0.56, BLUE), "Euclid": (0.30, RED), "3-norm": (0.05, GREEN)}
    assert {name: colour for name, (_, colour) in apart.items()} == {name: colour for name, (_, colour) in ends.items()}
    np.testing.assert_allclose([apart[name][0] for name in ends], [height for height, _ in ends.values()])
    level = simulated(cdf_distance=np.stack([spread_over(np.where(MATRIX > 0.2, 0.3, MATRIX), 5)] * 2))
    figure = figures.plot_simulation(records(simulation=level))
    figure.draw_without_rendering()
    for axes in figure.axes:
        boxes = sorted((text.get_window_extent() for text in axes.texts), key=lambda box: box.y0)
        assert len(boxes) == 3
        assert all(low.y1 - 4 < high.y0 for low, high in pairwise(boxes))


def test_matched_distances_fall_with_the_floor_and_those_of_the_control_stay() -> None:
    left, right = figures.plot_regression(records(**ALL)).axes
    floors = [cdf_distance_floor(n) for n in (100, 1000)]
    for colour in (BLUE, RED, GREEN):
        (few,), (more,) = (coloured(left, colour, line) for line in ("-", "--"))
        np.testing.assert_allclose(few.get_ydata(), floors)
        np.testing.assert_allclose(more.get_ydata(), np.multiply(1.5, floors))
        np.testing.assert_array_equal(few.get_xdata(), [100, 1000])
    (control, *others) = [each for each in coloured(left, figures.GREY) if each.get_marker() != "None"]
    assert len(others) == 2
    np.testing.assert_allclose(control.get_xydata(), [[1000, 10 * floors[1]]])
    for line, statistic in ((":", cdf_distance_floor), ("--", cdf_distance_critical)):
        (drawn,) = coloured(left, figures.GREY, line)
        expected = np.interp(np.log([100, 1000]), np.log(drawn.get_xdata()), np.log(drawn.get_ydata()))
        np.testing.assert_allclose(np.exp(expected), [statistic(n) for n in (100, 1000)], rtol=0.02)
        assert heights(right, line) == [statistic(1000)]
    for t, (truth, colour) in enumerate(zip(TRUTHS, (BLUE, RED, GREEN), strict=True)):
        for line, factor in (("-", 1), ("--", 1.5)):
            drawn = coloured(right, colour, line)[0].get_ydata()
            matched = CANDIDATES.index(truth)
            np.testing.assert_allclose(drawn[matched], factor * floors[1])
            np.testing.assert_allclose(np.delete(drawn, matched), np.delete(MATRIX[t], matched))
    assert "heavy-tailed inputs (control)" in named(left)


def test_without_the_control_none_is_drawn() -> None:
    left = figures.plot_regression(records(regression=REGRESSIONS[:2])).axes[0]
    assert not [each for each in left.lines if each.get_marker() != "None" and each.get_color() == figures.GREY]
    assert not left.texts


def test_networks_are_compared_with_as_many_gaussian_changes_as_they_have_weights() -> None:
    figure = figures.plot_networks(records(**ALL))
    assert [axes.get_title() for axes in figure.axes] == [
        "recurrent: 16,384 weights",
        "perceptron: 65,536 weights",
        "convolutional: 18,864 weights",
        "hardly pre-trained (control): 18,864 weights",
    ]
    for axes, weights in zip(figure.axes, (16384, 65536, 18864, 18864), strict=True):
        assert heights(axes, ":") == [cdf_distance_floor(weights)]
        assert heights(axes, "--") == [cdf_distance_critical(weights)]
    np.testing.assert_allclose(rings(figure.axes[3])[2], (2.5, 1.1 * 0.06))
    for axes, matrix in zip(figure.axes, (MATRIX, MATRIX, MATRIX, WRONG), strict=True):
        for t, colour in enumerate((BLUE, RED, GREEN)):
            np.testing.assert_allclose(coloured(axes, colour)[0].get_ydata(), 1.1 * matrix[t])
            thin = [each for each in axes.lines if each.get_color() == colour and each.get_linewidth() < 1]
            np.testing.assert_allclose([each.get_ydata() for each in thin], np.outer([1, 1.1, 1.2], matrix[t]))


def test_inferred_exponents_stand_in_the_rows_of_their_layers() -> None:
    (axes,) = figures.plot_exponents(records(**ALL)).axes
    rows = [label.get_text() for label in axes.get_yticklabels()]
    assert rows[:3] == ["recurrent", "perceptron", "convolutional, layer 1"]
    assert rows[-1] == "hardly pre-trained, layer 3"
    lines = [each for each in axes.lines if each.get_linestyle() == ":"]
    assert [each.get_xdata()[0] for each in lines] == TRUTHS
    for truth, colour, marker in zip(TRUTHS, (BLUE, RED, GREEN), "os^", strict=True):
        dots = [each for each in axes.lines if each.get_marker() == marker]
        bars = [each for each in axes.lines if each.get_marker() == "|" and each.get_color() == colour]
        assert [round(float(each.get_ydata()[0])) for each in dots] == list(range(8))
        for dot, bar, layer in zip(dots, bars, (0, 0, 0, 1, 2, 0, 1, 2), strict=True):
            np.testing.assert_allclose(dot.get_xdata(), truth + 0.01 * layer + np.array([0, 0.1, 0.2]))
            np.testing.assert_allclose(bar.get_xdata(), truth + 0.01 * layer + 0.1)
            assert dot.get_ydata()[0] == bar.get_ydata()[0]
    assert axes.yaxis_inverted()
    assert set(named(axes)) == {"entropy, p = 1", "Euclid, p = 2", "3-norm, p = 3"}


def test_densities_of_gaussian_logarithms_are_gaussian_with_the_variance_of_the_kernel_added() -> None:
    figure = figures.plot_shapes(records(**ALL))
    scale = np.hypot(0.5, figures._KERNEL)
    for axes in figure.axes:
        for p, colour in zip(TRUTHS, (BLUE, RED, GREEN), strict=True):
            (drawn,) = coloured(axes, colour)
            np.testing.assert_allclose(drawn.get_ydata(), stats.norm.pdf(drawn.get_xdata(), p / 10, scale), atol=0.015)
            assert np.trapezoid(drawn.get_ydata(), drawn.get_xdata()) == pytest.approx(1, abs=2e-3)
        predicted = [each for each in axes.lines if each.get_linestyle() == "--"]
        modes = [each.get_xdata()[each.get_ydata().argmax()] for each in predicted]
        np.testing.assert_allclose(modes, [-0.05, -0.1, -0.15], atol=0.02)  # the prediction of the true geometry
    log_normal, constant = figure.axes
    assert len(log_normal.collections) == 1
    assert not constant.collections
    assert [list(each.get_xdata()) for each in constant.lines if each.get_linewidth() == 5] == [[0, 0]]


def test_predictions_are_drawn_with_and_without_pairing_above_their_floor() -> None:
    figure = figures.plot_predictions(records(**ALL))
    for axes in figure.axes:
        for t, colour in enumerate((BLUE, RED, GREEN)):
            np.testing.assert_allclose(coloured(axes, colour)[0].get_ydata(), MATRIX[t])
            np.testing.assert_allclose(coloured(axes, colour, "--")[0].get_ydata(), WRONG[t])
        assert heights(axes, ":") == [0.02]
        assert len(axes.texts) == 3  # solid lines are named, dashed ones of the same colours are not
    assert legend(figure)[:2] == ["paired", "unpaired"]


def test_models_that_lack_a_distance_keep_the_others() -> None:
    missing = MATRIX.copy()
    missing[0, 0] = missing[1, -1] = -1
    missing[2] = -1
    made = [classified("net", MATRIX), classified("net", 1.2 * MATRIX), classified("part", missing)]
    whole, part = figures.plot_pretrained(records(pretrained=made)).axes
    assert [whole.get_title(), part.get_title()] == ["net, 01234567", "part, 01234567"]
    np.testing.assert_allclose(coloured(whole, BLUE)[0].get_ydata(), 1.1 * MATRIX[0])
    assert heights(whole, ":") == [cdf_distance_floor(10_000)]  # weights that are zero were not analysed
    np.testing.assert_allclose(rings(part), [(1.5, 0.15), (2, 0.04)])
    np.testing.assert_allclose(coloured(part, BLUE)[0].get_ydata(), [np.nan, *MATRIX[0, 1:]])
    assert {name: height for name, (height, _) in named(part).items()} == {"Euclid": 0.14, "entropy": 0.56}
    assert min(y for line in part.lines for y in np.ravel(line.get_ydata()) if y == y) > 0


def test_without_records_of_pretrained_models_there_is_no_figure() -> None:
    with pytest.raises(KeyError, match="pretrained"):
        figures.plot_pretrained(records(simulation=simulated()))


def test_power_is_that_of_the_pair_and_the_false_alarms_those_of_the_truth() -> None:
    figure = recording_figures.plot_power(records(**ALL))
    titles = [axes.get_title() for axes in figure.axes]
    assert titles == ["entropy, not Euclid", "Euclid, not entropy", "3-norm, not Euclid", "", "", ""]
    sizes = np.array([10, 40, 400]) / 4
    for axes, (truth, rival), colour in zip(figure.axes, ((0, 1), (1, 0), (2, 1)), (BLUE, RED, GREEN), strict=False):
        for line in ("-", "--", ":"):
            (drawn,) = coloured(axes, colour, line)
            np.testing.assert_allclose(drawn.get_ydata(), sizes * (1 - 0.01 * (3 * truth + rival)))
            (false,) = [
                each for each in axes.lines if each.get_linestyle() == line and each.get_color() == figures.GREY
            ]
            np.testing.assert_allclose(false.get_ydata(), sizes * (1 - 0.04 * truth))
        assert 80 in [each.get_ydata()[0] for each in axes.lines]
    assert legend(figure) == ["likelihood", "Shapiro–Wilk", "ΔCDF", "true geometry rejected"]
    assert "change 10 %, spread 0.4" in figure.axes[0].get_ylabel()


def test_required_synapses_are_those_of_the_likelihood_by_change_and_spread() -> None:
    figure = recording_figures.plot_power(records(**ALL))
    for axes, (truth, rival) in zip(figure.axes[3:], ((0, 1), (1, 0), (2, 1)), strict=True):
        assert [line.get_label() for line in axes.lines] == ["5 %", "10 %"]
        for c, (line, band) in enumerate(zip(axes.lines, axes.collections, strict=True)):
            expected = 1000 / (1 + c + 3 * np.arange(3)) + 10 * truth + rival
            np.testing.assert_allclose(line.get_xydata(), np.stack([[0.2, 0.4, 0.83], expected], axis=1))
            vertices = band.get_paths()[0].vertices
            np.testing.assert_allclose(
                [vertices[:, 1].max(), vertices[:, 1].min()], [1.1 * expected[0], 0.9 * expected[2]]
            )
        assert not axes.texts  # nothing was missing
        assert axes.get_yscale() == "log"


def test_more_synapses_than_simulated_are_an_arrow_at_the_top_and_no_point() -> None:
    lacking = powered()
    for name in ("required", "low", "high"):
        lacking[name][0, :, 0, 0, 1] = -1  # by all changes, at the least spread
        lacking[name][0, 0, 1, 0, 1] = -1
        lacking[name][1, :, :, 1, 0] = -1  # another test
    figure = recording_figures.plot_power(records(power=lacking))
    figure.draw_without_rendering()
    first, second = figure.axes[3:5]
    arrows = [text for text in first.texts if text.arrow_patch]
    assert [(text.get_text(), text.xy) for text in arrows] == [("5 %\n10 %", (0.2, 1.0)), ("5 %", (0.4, 1.0))]
    top = first.get_window_extent().y1
    for text in arrows:
        assert text.arrow_patch.get_window_extent().y1 == pytest.approx(top, abs=6)
        assert text.get_window_extent().y1 < top
    assert [list(line.get_xdata()) for line in first.lines] == [[0.83], [0.4, 0.83]]
    assert not second.texts
    assert min(axes.get_ylim()[0] for axes in figure.axes[3:]) > 0


def test_a_design_that_no_number_of_synapses_serves_still_draws() -> None:
    never = powered()
    never["required"] = np.full_like(never["required"], -1)
    figure = recording_figures.plot_power(records(power=never))
    assert [len(axes.texts) for axes in figure.axes[3:]] == [3, 3, 3]
    assert [axes.get_ylim()[0] > 0 for axes in figure.axes[3:]] == [True] * 3  # logarithmic still


def test_noise_is_drawn_ignored_and_known_at_the_most_synapses() -> None:
    exponents, right, wrong = recording_figures.plot_noise(records(**ALL)).axes
    record = noisy()
    assert exponents.get_ylabel() == "p, from 1,000 synapses"
    for t, colour in enumerate((BLUE, RED, GREEN)):
        for corrected, line in ((0, "--"), (1, "-")):
            for axes, name, unit in (
                (exponents, "exponent", 1),
                (right, "identified", 100),
                (wrong, "misnamed", 100),
            ):
                (drawn,) = coloured(axes, colour, line)
                np.testing.assert_allclose(drawn.get_xdata(), [0, 5, 20])
                np.testing.assert_allclose(drawn.get_ydata(), unit * record[name][t, :, corrected, 1])
                assert (drawn.get_markerfacecolor() == "white") is not bool(corrected)
    truths = [each.get_ydata()[0] for each in exponents.lines if each.get_linestyle() == ":"]
    assert truths == TRUTHS


def test_a_profile_is_drawn_for_each_way_with_its_interval_where_the_likelihood_ratio_rejects() -> None:
    figure = recording_figures.plot_example(records(**ALL))
    sizes, likelihood, _ = figure.axes
    assert sizes.get_title() == "60 synapses"
    np.testing.assert_array_equal(sizes.lines[1].get_xydata(), np.stack([EXAMPLE["before"], EXAMPLE["after"]], axis=1))
    bars = [each for each in likelihood.lines if each.get_linewidth() == 3]
    for name, bar in zip(("uncorrected", "corrected"), bars, strict=True):
        way = EXAMPLE[name]
        np.testing.assert_array_equal(bar.get_xdata(), way["interval"])
        # The ends of the interval are on the profile.
        on_profile = np.interp(bar.get_xdata(), way["profile_exponents"], way["profile"])
        np.testing.assert_allclose(bar.get_ydata(), on_profile, atol=0.1)
    ignored, known = legend(figure)
    assert ignored.startswith(f"noise ignored: p = {EXAMPLE['uncorrected']['exponent']:.2f} (")
    assert known.startswith(f"noise of 10 % known: p = {EXAMPLE['corrected']['exponent']:.2f} (")
    upright = {
        each.get_xdata()[0]: each.get_linestyle() for each in likelihood.lines if len(set(each.get_xdata())) == 1
    }
    assert {p: upright[p] for p in TRUTHS} == {1.0: ":", 2.0: ":", 3.0: "-"}
    assert {"entropy", "Euclid", "3-norm"} == set(named(likelihood))


def test_a_table_without_known_noise_has_one_profile_and_no_truth() -> None:
    figure = recording_figures.plot_spines(records(**ALL))
    assert len(legend(figure)) == 1
    likelihood = figure.axes[1]
    assert len([each for each in likelihood.lines if each.get_linewidth() == 3]) == 1
    upright = [each for each in likelihood.lines if list(each.get_xdata()) in ([1, 1], [2, 2], [3, 3])]
    assert [each.get_linestyle() for each in upright] == [":"] * 3


@pytest.mark.parametrize(
    ("verdict", "shown"),
    [("2-norm", "Euclid"), ("negative entropy", "entropy"), ("3-norm", "3-norm"), ("undecided", "undecided")],
)
def test_the_verdict_stands_above_its_likelihood_in_the_chapters_words(verdict: str, shown: str) -> None:
    table = paired(synapses=30)
    table["uncorrected"]["verdict"] = "none of the candidates"
    table["corrected"]["verdict"] = verdict
    assert recording_figures.plot_identification(table).axes[1].get_title() == f"verdict: {shown}"


def test_the_residuals_drawn_are_those_that_know_the_noise() -> None:
    axes = recording_figures.plot_example(records(**ALL)).axes[2]
    expected = stats.norm.ppf((np.arange(60) + 0.5) / 60)
    for line, scores in zip(axes.lines, EXAMPLE["corrected"]["residuals"], strict=True):
        np.testing.assert_allclose(line.get_xdata(), expected)
        np.testing.assert_array_equal(line.get_ydata(), np.sort(scores))
    assert not np.array_equal(EXAMPLE["corrected"]["residuals"], EXAMPLE["uncorrected"]["residuals"])


def test_the_band_holds_95_percent_of_each_gaussian_residual() -> None:
    axes = recording_figures.plot_example(records(**ALL)).axes[2]
    vertices = axes.collections[0].get_paths()[0].vertices
    expected = axes.lines[0].get_xdata()
    band = [vertices[np.isclose(vertices[:, 0], x), 1] for x in expected]
    low, high = np.array([[each.min(), each.max()] for each in band]).T
    ordered = np.sort(np.random.default_rng(0).standard_normal((4000, 60)), axis=1)
    np.testing.assert_allclose(((ordered > low) & (ordered < high)).mean(axis=0), 0.95, atol=0.02)


def test_many_synapses_are_drawn_as_pixels() -> None:
    for synapses, rasterised in ((50, False), (1001, True)):
        figure = recording_figures.plot_identification(paired(synapses=synapses))
        assert bool(figure.axes[0].lines[1].get_rasterized()) is rasterised


def test_a_table_of_spines_seen_once_is_drawn_with_both_fits() -> None:
    alone = records(spines={"cross_section": TABLE["cross_section"]})
    figure = recording_figures.plot_spines(alone)
    (axes,) = figure.axes
    one, two = axes.lines
    # Volumes are two log-normals by construction: 900 about exp(-3), 300 about exp(-1), both of standard deviation 0.3.
    logarithms = np.log(two.get_xdata())
    known = 0.75 * stats.norm.pdf(logarithms, -3, 0.3) + 0.25 * stats.norm.pdf(logarithms, -1, 0.3)
    np.testing.assert_allclose(two.get_ydata(), known, atol=0.02)
    found = np.log(VOLUMES)
    np.testing.assert_allclose(one.get_ydata(), stats.norm.pdf(logarithms, found.mean(), found.std(ddof=1)))
    (bars,) = axes.patches
    values, edges, _ = bars.get_data()
    assert np.sum(values * np.diff(np.log(edges))) == pytest.approx(1)
    assert axes.get_title() == "1,200 spines"
    bic = TABLE["cross_section"]["bic"]
    assert bic[1] < bic[0]
    assert legend(figure) == ["one log-normal", f"mixture of two (BIC {bic[1] - bic[0]:+.1f})"]


def test_pairs_come_before_a_cross_section_and_without_tables_there_is_no_figure() -> None:
    assert len(recording_figures.plot_spines(records(spines=TABLE)).axes) == 3
    with pytest.raises(KeyError, match="cross_section"):
        recording_figures.plot_cross_section(records(spines={"paired": TABLE["paired"]}))
    with pytest.raises(KeyError, match="spines"):
        recording_figures.plot_spines(records(simulation=simulated()))
