"""The figures of simulated areas and of the hierarchy: each takes records and draws; an estimator keeps its colour."""

from itertools import product

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from learning_geometry import style
from learning_geometry.instruments.spectrum import binned
from learning_geometry.instruments.statistics import proportion_interval
from learning_geometry.store import Records
from learning_geometry.studies.visual_cortex.drawing import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    LOWEST,
    ORANGE,
    PINK,
    RED,
    SKY,
    draw_mean,
    draw_ratio,
    draw_spectrum,
    draw_values,
    key,
    label_rows,
    panels,
    plain_log,
    ranks_axis,
    signed,
)

ESTIMATORS = {
    "plain PCA": ("plain PCA of the mean", RED, "s"),
    "cvPCA": ("cvPCA", BLUE, "o"),
    "cvPCA, noise removed": ("cvPCA, noise removed", GREEN, "^"),
    "moments": ("unbiased moments", PINK, "D"),
}
_NOISES = {
    "independent": "independent noise",
    "correlated": "correlated, axes of its own",
    "aligned": "correlated, axes of the signal",
}
_SHOWN = "power law 1.0"  # the spectrum that estimators are shown with


def _is_power_law(spectrum: str) -> bool:
    return spectrum.startswith("power law")


def _called(spectrum: str) -> str:
    return spectrum.replace("power law", "power law, α =")


def plot_estimators(records: Records) -> Figure:
    """What estimators make of a power law with three kinds of noise: mean and range over synthetic areas."""
    record = records.of("estimators")[0]
    at, truth = list(record["spectra"]).index(_SHOWN), record["truth"][list(record["spectra"]).index(_SHOWN)]
    known = [name for name in record["estimators"] if name in ESTIMATORS]
    handles = [key(ESTIMATORS[name][0], color=ESTIMATORS[name][1], marker=ESTIMATORS[name][2]) for name in known]
    titles = [_NOISES[noise] for noise in record["noises"]]
    figure, grid = panels(titles, key("truth", "--", color=BLACK), *handles, height=3.6)
    for axes, values in zip(grid, record["values"][at], strict=True):
        for name in known:
            found = values[list(record["estimators"]).index(name)]
            _, colour, marker = ESTIMATORS[name]
            draw_values(axes, record["ranks"], found, colour, marker=marker)
        axes.plot(record["ranks"], truth, "--", color=BLACK, lw=1.4, zorder=3)
        ranks_axis(axes)
    grid[0].set(yscale="log", ylim=(truth.min() / 4, truth.max() * 3), ylabel="variance (first, without noise: 1)")
    return figure


def plot_r2(records: Records) -> Figure:
    """R squared of the line on logarithmic axes, by spectrum; those below the line are no power laws."""
    record = records.of("estimators")[0]
    names = sorted(record["spectra"], key=lambda name: not _is_power_law(name))
    power_laws = sum(map(_is_power_law, names))
    shown = "plain PCA", "cvPCA, noise removed"
    handles = [key(ESTIMATORS[name][0], "", color=ESTIMATORS[name][1], marker=ESTIMATORS[name][2]) for name in shown]
    figure, (axes,) = panels([""], *handles, height=1 + 0.45 * len(names))
    r2 = record["r2"][:, list(record["noises"]).index("correlated")]
    for (row, name), (k, estimator) in product(enumerate(names), enumerate(shown)):
        values = r2[list(record["spectra"]).index(name), list(record["estimators"]).index(estimator)]
        draw_mean(axes, row + 0.3 * k - 0.15, values, *ESTIMATORS[estimator][1:], interval=False)
    label_rows(axes, [_called(name) for name in names])
    axes.axhspan(power_laws - 0.5, len(names) - 0.5, color="0.5", alpha=0.12, lw=0, zorder=0)
    axes.annotate("no power laws", (0, power_laws - 0.5), (4, -4), ("axes fraction", "data"), "offset points", va="top")
    axes.set_xlabel("R² of a straight line on logarithmic axes, correlated noise")
    return figure


def plot_exponents(records: Records) -> Figure:
    """How far exponents are off, by estimator, power law and noise; and how they depend on the noise that is removed."""
    record = records.of("estimators")[0]
    laws = [k for k, name in enumerate(record["spectra"]) if _is_power_law(name)]
    markers = dict(zip(laws, ("o", "s", "^", "D"), strict=False))
    handles = [key(_called(record["spectra"][k]), "", marker=markers[k], mfc="none") for k in laws]
    titles = [*(_NOISES[noise] for noise in record["noises"]), f"{_called(record['spectra'][1])}, correlated noise"]
    figure, grid = panels(titles[:-1], *handles, columns=2, height=3.0)
    rows, widest = list(ESTIMATORS), [0.1]
    for (n, axes), (r, name), k in product(enumerate(grid), enumerate(rows), laws):
        exponents = record["exponent"][k, n]
        if name == "moments":
            values = record["moments"][k, n]
            values = values[values >= 0] - float(record["spectra"][k].split()[-1])
        else:
            values = exponents[list(record["estimators"]).index(name)] - exponents[0]
        if len(values):
            widest.append(float(np.abs(values).max()))
            draw_mean(axes, r + 0.24 * (laws.index(k) - (len(laws) - 1) / 2), values, ESTIMATORS[name][1], markers[k])
    edge = 1.1 * max(widest)
    label_rows(grid[0], [ESTIMATORS[name][0] for name in rows])
    for axes in grid:
        axes.axvline(0, color=BLACK, lw=0.9, zorder=0)
        axes.set(xlabel="error of the exponent", xlim=(-edge, edge))
    last = figure.add_subplot(2, 2, 4, title=titles[-1])
    removed, (found, noise_free) = record["removed"], np.moveaxis(record["removal"], 1, 0)
    last.axhspan(noise_free.min(), noise_free.max(), color="0.5", alpha=0.3, lw=0)
    last.axhline(noise_free.mean(), color=BLACK, lw=1.4, ls="--")
    last.annotate(
        "without noise", (1, noise_free.min()), (-4, -14), ("axes fraction", "data"), "offset points", ha="right"
    )
    last.plot(removed, found, color=GREEN, lw=0.7, alpha=0.6)
    last.plot(removed, found.mean(axis=-1), "^-", color=GREEN, ms=6)
    last.set(xlabel="noise components removed", ylabel="exponent from cvPCA")
    return figure


def plot_false_alarms(records: Records) -> Figure:
    """How p-values of power laws are distributed, and how many are rejected at 5 %, with Clopper-Pearson intervals."""
    found = records.of("false_alarms")
    colours, markers = (SKY, BLUE, GREEN, RED, PINK, ORANGE), "osD^vP"
    figure = style.figure(9, 4.2)
    left, right = figure.subplots(1, 2)
    left.plot((0, 1), (0, 1), color=GREY, lw=1)
    labels = []
    for row, record in enumerate(found):
        p_values, colour = np.sort(record["p_values"]), colours[row % len(colours)]
        noise = "" if record["noise"] == "correlated" else "\nnoise along the signal's axes"
        labels.append(f"{_called(record['spectrum'])}{noise}")
        share = np.arange(len(p_values) + 1) / max(len(p_values), 1)
        left.plot([0, *p_values, 1], [*share, 1], color=colour, drawstyle="steps-post")
        if len(p_values):
            rejected, tried = int(np.sum(p_values <= 0.05)), len(p_values)
            interval = 100 * np.array(proportion_interval(rejected, tried))
            right.plot(interval, (row, row), "-", color=colour, lw=2.2)
            right.plot(100 * rejected / tried, row, markers[row % len(markers)], color=colour, ms=8)
            lost = f", {record['no_signal']} without signal" if record["no_signal"] else ""
            right.annotate(
                f"{rejected} of {tried}{lost}", (interval[1], row), (6, 0), "data", "offset points", va="center"
            )
    left.axvline(0.05, color=BLACK, lw=0.9, ls=":")
    left.set(xlabel="p-value", ylabel="share of areas with at most this", title="p-values of power laws")
    right.axvline(5, color=BLACK, lw=0.9, ls=":")
    label_rows(right, labels)
    right.margins(x=0.2)
    right.set(xlabel="rejected at 5 % (%)", title="false alarms")
    right.set_xlim(left=-0.8)
    return figure


def plot_power(records: Records) -> Figure:
    """How often areas are told from power laws, by stimuli, voxels and spectrum, with Clopper-Pearson intervals."""
    found = sorted(records.of("power"), key=lambda record: int(record["stimuli"]))
    voxels, spectra = found[0]["voxels"], found[0]["spectra"]
    looks = list(zip((SKY, BLUE, BLACK, GREEN), "osD^", strict=True))
    handles = [key(f"{n} voxels", color=c, marker=m) for n, (c, m) in zip(voxels, looks, strict=False)]
    titles = [f"{_called(name)}{' (false alarms)' * _is_power_law(name)}" for name in spectra]
    figure, grid = panels(titles, *handles, columns=2)
    stimuli = np.array([record["stimuli"] for record in found])
    for s, axes in enumerate(grid):
        for v, (colour, marker) in zip(range(len(voxels)), looks, strict=False):
            power = np.array([record["power"][v, s] for record in found])
            tried = [int(record["areas"]) for record in found]
            ends = np.array([proportion_interval(round(p * n), n) for p, n in zip(power, tried, strict=True)])
            bars = 100 * np.abs(ends.T - power)
            aside = stimuli * 1.05 ** (v - (len(voxels) - 1) / 2)  # bars do not hide each other
            axes.errorbar(aside, 100 * power, bars, color=colour, marker=marker, ms=6, capsize=3, elinewidth=1.2)
        for height in (5, 80):
            axes.axhline(height, color=GREY, lw=1, ls=":", zorder=0)
        axes.set(xscale="log", xlabel="stimuli", ylim=(-3, 103), yticks=(5, 20, 40, 60, 80, 100))
        axes.set_xticks(stimuli, [f"{n:,}" for n in stimuli])
        axes.xaxis.set_minor_locator(NullLocator())
    for axes in grid[::2]:
        axes.set_ylabel("told from a power law (%)")
    return figure


_VERDICTS = "scale-free", "not scale-free", "undecided", "no signal"
_STAGES = (GREY, SKY, BLUE, GREEN, ORANGE, RED)


def plot_hierarchy_spectra(records: Records) -> Figure:
    """Spectra of the stages of the hierarchy without noise, with the power laws that fit the window best (dashed)."""
    found = records.of("hierarchy")
    stages, ranks = found[0]["stages"], found[0]["ranks"]
    figure, grid = panels(stages, columns=3)
    for i, axes in enumerate(grid):
        shares = np.array([record["spectrum"][i] for record in found])
        alpha, curvature = (np.mean([record[name][i] for record in found]) for name in ("alpha", "curvature"))
        draw_spectrum(axes, shares, float(alpha), ranks, _STAGES[i % len(_STAGES)])
        axes.set(yscale="log", xlim=(0.9, 1.1 * shares.shape[1]))
        said = f"exponent {alpha:.2f}\ncurvature {signed(float(curvature))}"
        axes.text(0.05, 0.06, said, transform=axes.transAxes)
    shown = np.array([record["spectrum"] for record in found])[..., : ranks[1]]
    grid[0].set_ylim(shown[shown > 0].min() / 20, shown.max() * 2)
    for axes in grid[::3]:
        axes.set_ylabel("share of variance")
    return figure


def plot_hierarchy_verdicts(records: Records) -> Figure:
    """What the scanner shows of each stage, over what it would show of a power law, and the verdicts of all seeds.

    Stages without enough signal have no ratio; their number is among the verdicts.
    """
    found = records.of("hierarchy")
    stages, bins = found[0]["stages"], found[0]["bins"]
    ranks = binned(np.ones(bins[-1][1]), [(int(first), int(last)) for first, last in bins])[0]
    figure, grid = panels(stages, columns=3)
    for i, axes in enumerate(grid):
        verdicts = [record["verdict"][i] for record in found]
        seen = [record for record in found if record["verdict"][i] != "no signal"]
        if seen:
            observed, expected, spread = (
                np.array([record[name][i] for record in seen]) for name in ("observed", "expected", "spread")
            )
            draw_ratio(axes, ranks, observed / expected, (spread / expected).mean(axis=0), _STAGES[i % len(_STAGES)])
        lines = [
            f"{verdict}: {verdicts.count(verdict)} of {len(found)}" for verdict in _VERDICTS if verdict in verdicts
        ]
        if seen:
            mean = np.mean([record["measured_curvature"][i] for record in seen])
            lines.append(f"curvature {signed(float(mean))}")
        axes.text(0.04, 0.05, "\n".join(lines), transform=axes.transAxes)
        ranks_axis(axes)
    grid[0].set(yscale="log", ylim=(LOWEST, 4))
    plain_log(grid[0].yaxis)
    for axes in grid[::3]:
        axes.set_ylabel("variance over that\nof a power law")
    return figure
