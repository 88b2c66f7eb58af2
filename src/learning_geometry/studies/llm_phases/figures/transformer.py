"""Figures of the phases of the small transformer, and of released series beside it."""

from itertools import cycle

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from learning_geometry import drawing
from learning_geometry.records import Records
from learning_geometry.studies.llm_phases._curves import HEAD, Series, by_seed, series, turns
from learning_geometry.studies.llm_phases._published import CURVES, TOKENS_PER_PYTHIA_STEP
from learning_geometry.studies.llm_phases.figures._phases import TINTS, median_phases

_LOOKS = ((drawing.RED, "--"), (drawing.GREEN, "--"), (drawing.PINK, "-"), (drawing.ORANGE, "-"), (drawing.SKY, "-"))
_LABELS = ("RankMe, each seed", "RankMe, mean", "alpha-ReQ", "held-out loss\n(nats)")


def plot_phases(records: Records) -> Figure:
    """RankMe of each seed over training, what it consists of, alpha-ReQ and loss, with the phases that `phases` finds.

    Bands in the first panel hold 95 % of the resampled contexts, those below range over seeds. The phases begin at the
    median turning points of the seeds that have all three.
    """
    trainings = records["pretraining"]
    spans = median_phases(trainings)
    figure = drawing.figure(9, 5.0)
    panels = figure.subplots(4, 1, sharex=True, height_ratios=(2.6, 2.6, 1.3, 1.3))
    bands = trainings.rankme_resampled.quantile([0.025, 0.975], "resample")
    for seed, colour in zip(trainings.seed.values, cycle(drawing.COLOURS), strict=False):
        panels[0].fill_between(trainings.step, *bands.sel(seed=seed), color=colour, alpha=0.22, lw=0)
        panels[0].plot(trainings.step, trainings.rankme.sel(seed=seed), color=colour, lw=1.2, label=f"seed {seed}")
    parts = {
        "last layer": (trainings.rankme, drawing.BLUE, "-"),
        "without the gain\nof its norm": (trainings.rankme_without_gain, drawing.GREEN, "--"),
    }
    if HEAD in trainings.n_directions:
        without = trainings.rankme_without.sel(n_directions=HEAD)
        parts["without the leading\ndirection"] = (without, drawing.RED, "-.")
    for layer in trainings.layer.values[-2::-1]:
        curve = trainings.rankme_layers.sel(layer=layer)
        look = (drawing.SKY, "-" if layer % 2 else "--") if layer else (drawing.BLACK, ":")
        parts[f"block {layer}" if layer else "embeddings"] = (curve, *look)
    for label, (values, colour, line) in parts.items():
        drawing.band(panels[1], trainings.step, values, colour=colour, label=label, line=line)
    drawing.band(panels[2], trainings.step, trainings.alpha, colour=drawing.BLUE)
    drawing.band(panels[3], trainings.step, trainings.loss, colour=drawing.BLUE)
    for axes, label in zip(panels, _LABELS, strict=True):
        drawing.log_steps(axes, trainings.step)
        drawing.shade_phases(axes, spans, TINTS, named=axes is panels[0])
        axes.set_ylabel(label)
    for axes in panels[:2]:
        axes.set_ylim(0, None)
        drawing.legend_outside(axes)
    panels[-1].set_xlabel("training steps")
    figure.align_ylabels(panels)
    return figure


def plot_series(records: Records) -> Figure:
    """RankMe, divided by its peak, over training tokens: published, of our small models, and traced here; and on other probes.

    Checkpoints before training have no place on the axis. Where a traced series counts steps, those of Pythia are
    translated into tokens; other such series have a panel of their own, over steps. Open circles mark checkpoints that hold
    the weights of another step. On other probes: means over seeds, divided by the peak on the reference's contexts.
    """
    traced = series(records) if "trace" in records else []
    in_steps = [one for one in traced if _tokens(one) is None]
    figure = drawing.figure(9, 7.0 if in_steps else 3.6)
    (axes, probes), *others = figure.subplots(2 if in_steps else 1, 2, squeeze=False)
    below = [panel for panel, _ in others]
    for _, unused in others:
        unused.remove()
    axes.plot([], [], " ", label="read off figure 2:")
    colours = (drawing.RED, drawing.GREEN, drawing.PINK, drawing.ORANGE)
    for (name, curve), colour, marker in zip(CURVES.items(), colours, "os^D", strict=True):
        height = np.array(curve.rankme) / max(curve.rankme)
        axes.plot(curve.tokens, height, f"{marker}-", color=colour, lw=0.9, ms=6, label=name)
    axes.plot([], [], " ", label="measured here:")
    for number, record in enumerate(records.of("pretraining")):
        label = "" if number else "our small model, each seed"
        _draw_course(axes, record["tokens"], record["rankme"], drawing.BLUE, "-", label)
    for one, line in zip(traced, cycle(("--", "-.", ":")), strict=False):
        tokens = _tokens(one)
        panel, times = (below[0], one.time) if tokens is None else (axes, tokens)
        _draw_course(panel, times, one.checkpoints.rankme, drawing.BLACK, line, one.short_name)
        _mark_repeated(panel, times, one)
    axes.set(xscale="log", xlim=(1e3, 1e13), ylim=(0, None))
    axes.set(xlabel="training tokens", ylabel="RankMe / its peak", title="Beside published series")
    for panel in below:
        panel.set(xscale="log", ylim=(0, None))
        panel.set(xlabel="training steps", ylabel="RankMe / its peak", title="Series that count steps, traced here")
    _draw_probes(probes, records["pretraining"])
    for panel in (axes, probes, *below):
        panel.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2)
    return figure


def _draw_probes(axes: Axes, trainings: xr.Dataset) -> None:
    peaks = by_seed(trainings, lambda run, turn: run.rankme[turn.peak])
    height = xr.DataArray(list(peaks.values()), dims="seed", coords={"seed": list(peaks)})
    mean = (trainings.rankme / height).mean("seed")
    axes.plot(trainings.step, mean, color=drawing.BLACK, lw=2.2, label="held-out code")
    for name, (colour, line) in zip(trainings.probe.values, _LOOKS, strict=False):
        mean = (trainings.rankme_probe.sel(probe=name) / height).mean("seed")
        axes.plot(trainings.step, mean, line, color=colour, lw=1.3, label=str(name))
    drawing.log_steps(axes, trainings.step)
    drawing.shade_phases(axes, median_phases(trainings), TINTS)
    axes.set(xlabel="training steps", ylabel="RankMe / peak on held-out code", ylim=(0, None), title="On other probes")


def _mark_repeated(axes: Axes, times: NDArray[np.float64], one: Series) -> None:
    wrong = one.repeated & (times > 0)
    if wrong.any():
        curve = one.checkpoints.rankme.values
        height = curve[wrong] / curve[turns(curve).peak]
        axes.plot(times[wrong], height, "o", color=drawing.RED, mfc="white", ms=7, label="weights of another step")


def _draw_course(axes: Axes, tokens: ArrayLike, rankme: ArrayLike, colour: str, line: str, label: str) -> None:
    times, curve = np.asarray(tokens), np.asarray(rankme)
    begun = times > 0
    marker = "" if begun.sum() > 1 else "o"
    axes.plot(
        times[begun], curve[begun] / curve[turns(curve).peak], line, marker=marker, color=colour, lw=1.0, label=label
    )


def _tokens(one: Series) -> NDArray[np.float64] | None:
    if one.unit == "tokens":
        return one.time
    return one.time * TOKENS_PER_PYTHIA_STEP if "pythia" in one.model.lower() else None


def explore_checkpoints(records: Records) -> drawing.PageData:
    """Shares of the variance `(seed, step, rank)` of the last layer, and the ranks of the fit, for the page's explorable."""
    trainings = records["pretraining"]
    spectra = trainings.eigenvalues.transpose("seed", "step", "rank")
    values = {
        "steps": trainings.step.values.tolist(),
        "seeds": trainings.seed.values.tolist(),
        "ranks": records.of("pretraining")[0].unit.alpha_ranks,
        "shares": drawing.short_numbers(spectra / spectra.sum("rank")),
    }
    return drawing.PageData("checkpoints", values)
