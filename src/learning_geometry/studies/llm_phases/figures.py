"""The figures of the study: each takes records and draws; none computes what a claim does not state."""

from collections.abc import Sequence
from itertools import cycle, pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from learning_geometry import style
from learning_geometry.instruments.phases import Phase, phases
from learning_geometry.store import Record, Records
from learning_geometry.studies.llm_phases._curves import Series, fall, series, turns
from learning_geometry.studies.llm_phases._published import CURVES, TABLE_1, TOKENS_PER_PYTHIA_STEP
from learning_geometry.studies.llm_phases.theory_figures import (
    TINTS,
    plot_map,
    plot_theory_conditions,
    plot_trajectories,
    scale_steps,
    shade,
)

Array = NDArray[np.float64]

__all__ = [
    "plot_controls",
    "plot_directions",
    "plot_map",
    "plot_memorisation",
    "plot_phases",
    "plot_series",
    "plot_theory_conditions",
    "plot_trajectories",
]

_BLUE, _RED, _GREEN, _PINK, _ORANGE, _SKY, _BLACK = style.COLOURS
_THREE = ("collapse", "expansion", "compression")
_HEAD = 1  # where `rankme_without` leaves out the directions that the claim "head" leaves out
_OUTSIDE = {"loc": "center left", "bbox_to_anchor": (1.01, 0.5), "fontsize": 8, "borderaxespad": 0.0}
_BELOW = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.16), "fontsize": 8, "ncols": 2}
_CONDITIONS = {
    "no_bottleneck": "without a bottleneck:\nas many tokens as dim.",
    "uniform": "without skew:\nbalanced targets",
    "squared_error": "without cross-entropy:\nsquared errors",
}
_LABELS = ("RankMe, each seed", "RankMe, mean", "alpha-ReQ", "held-out loss\n(nats)")
_PROJECTIONS = (
    ("removed", "leading ones removed", _RED, "o"),
    ("random", "random ones removed", _GREEN, "^"),
    ("retained", "leading ones retained alone", _BLUE, "s"),
)


def plot_phases(records: Records) -> Figure:
    """RankMe of each seed over training, what it consists of, alpha-ReQ and loss, with the phases that `phases` finds.

    Bands in the first panel hold 95 % of the resampled contexts, those below range over seeds. The phases begin at the
    median turning points of the seeds that have all three.
    """
    found = records.of("pretraining")
    steps, spans = found[0]["steps"], _median_phases(found)
    figure = style.figure(9, 8.2)
    panels = figure.subplots(4, 1, sharex=True, height_ratios=(3, 2.6, 1.4, 1.4))
    for record, colour in zip(found, cycle(style.COLOURS), strict=False):
        low, high = np.quantile(record["rankme_resampled"], [0.025, 0.975], axis=1)
        panels[0].fill_between(steps, low, high, color=colour, alpha=0.22, lw=0)
        panels[0].plot(steps, record["rankme"], color=colour, lw=1.2, label=f"seed {record.unit.parameters['seed']}")
    left_out = found[0].unit.parameters["removed_directions"][_HEAD]
    layers = _stack(found, "rankme_layers")
    parts = {
        "last layer": (_stack(found, "rankme"), _BLUE, "-"),
        "without the gain\nof its norm": (_stack(found, "rankme_without_gain"), _GREEN, "--"),
        f"without {left_out} leading\ndirections": (_stack(found, "rankme_without")[:, :, _HEAD], _RED, "-."),
        **{f"block {at}": (layers[:, :, at], _SKY, "-") for at in range(1, layers.shape[2] - 1)},
        "embeddings": (layers[:, :, 0], _BLACK, ":"),
    }
    for label, (values, colour, line) in parts.items():
        _band(panels[1], steps, values, colour, label, line)
    _band(panels[2], steps, _stack(found, "alpha"), _BLUE, "", "-")
    _band(panels[3], steps, _stack(found, "loss"), _BLUE, "", "-")
    for axes, label in zip(panels, _LABELS, strict=True):
        scale_steps(axes, steps)
        shade(axes, spans, named=axes is panels[0])
        axes.set_ylabel(label)
    for axes in panels[:2]:
        axes.set_ylim(0, None)
        axes.legend(**_OUTSIDE)
    panels[-1].set_xlabel("training steps (step 0 at the left edge)")
    figure.align_ylabels(panels)
    return figure


def plot_series(records: Records) -> Figure:
    """RankMe, divided by its peak, over training tokens: as published, in our small models, and in series traced here.

    Checkpoints before training have no place on the axis. Where a traced series counts steps, those of Pythia are
    translated into tokens; other such series are left out.
    """
    figure = style.figure(9, 4.2)
    axes = figure.subplots()
    axes.plot([], [], " ", label="read off the figure:")
    for (name, curve), colour, marker in zip(CURVES.items(), (_RED, _GREEN, _PINK, _ORANGE), "os^D", strict=True):
        height = np.array(curve.rankme) / max(curve.rankme)
        axes.plot(curve.tokens, height, f"{marker}-", color=colour, lw=0.9, ms=6, label=name)
    axes.plot([], [], " ", label="\nmeasured here:")
    for at, record in enumerate(records.of("pretraining")):
        label = "our small model, each seed" if at == 0 else ""
        _draw_course(axes, record["tokens"], record["rankme"], _BLUE, "-", label)
    for one, line in zip(series(records), cycle(("--", "-.", ":")), strict=False):
        if (tokens := _tokens(one)) is not None:
            _draw_course(axes, tokens, one.curves["rankme"], _BLACK, line, _short(one.model))
    axes.set(xscale="log", xlim=(1e3, 1e13), ylim=(0, None))
    axes.set(xlabel="training tokens", ylabel="RankMe / its peak", title="RankMe over training tokens")
    axes.legend(**_OUTSIDE)
    return figure


def _draw_course(axes: Axes, tokens: Array, rankme: Array, colour: str, line: str, label: str) -> None:
    begun = tokens > 0
    axes.plot(tokens[begun], rankme[begun] / rankme[turns(rankme).peak], line, color=colour, lw=1.0, label=label)


def _tokens(one: Series) -> Array | None:
    if one.unit == "tokens":
        return one.at
    return one.at * TOKENS_PER_PYTHIA_STEP if "pythia" in one.model.lower() else None


def _short(model: str) -> str:
    return model.rstrip("/").rsplit("/", 1)[-1]


def plot_memorisation(records: Records) -> Figure:
    """How closely the small model's predictions follow n-grams of its training stream: thin lines seeds, thick the mean."""
    found = records.of("pretraining")
    steps, spans = found[0]["steps"], _median_phases(found)
    panels_of = {
        "spearman": ("Likeness to infini-grams", "Spearman correlation"),
        "top": ("Infini-gram's first choice", "share of contexts in agreement"),
        "bigram": ("Bigram's first choice", "share of contexts in agreement"),
    }
    figure = style.figure(9, 3.5)
    panels = figure.subplots(1, 3)
    for axes, (name, (title, label)) in zip(panels, panels_of.items(), strict=True):
        values = np.array([record["memorisation"][name] for record in found])
        axes.plot(steps, values.T, color=_SKY, lw=0.7)
        axes.plot(steps, values.mean(axis=0), color=_BLUE, lw=2.2)
        axes.set(title=title, xlabel="training steps", ylabel=label)
        scale_steps(axes, steps)
        shade(axes, spans)
    key = [Rectangle((0, 0), 1, 1, color=TINTS[phase.name], alpha=0.3, lw=0) for phase in spans]
    figure.legend(key, [phase.name for phase in spans], loc="outside lower center", ncols=3, fontsize=8)
    return figure


def plot_controls(records: Records) -> Figure:
    """RankMe, divided by its peak, of the small model and of trainings that lack one cause each, with its fall.

    The fall is that from the peak to the last checkpoint, as in the claims: located on half of the contexts, measured
    on the others, mean and range over seeds.
    """
    controls = records.of("controls")
    runs: dict[str, list[Any]] = {"all three causes:\nthe reference": list(records.of("pretraining"))}
    runs |= {title: [record[name] for record in controls] for name, title in _CONDITIONS.items()}
    figure = style.figure(9, 3.3)
    panels = figure.subplots(1, len(runs), sharey=True)
    for axes, (title, found) in zip(panels, runs.items(), strict=True):
        curves = np.array([run["rankme"] / run["rankme"][turns(run["rankme"]).peak] for run in found])
        axes.plot(found[0]["steps"], curves.T, color=_SKY, lw=0.7)
        axes.plot(found[0]["steps"], curves.mean(axis=0), color=_BLUE, lw=2.2)
        falls = np.array([fall(*run["rankme_halves"].T) for run in found])
        note = f"falls by {falls.mean():.1f} %\n({falls.min():.1f} to {falls.max():.1f})".replace("-", "−")
        axes.text(0.97, 0.98, note, transform=axes.transAxes, ha="right", va="top", fontsize=9)
        axes.set_title(title, fontsize=9.5)
        axes.set_xlabel("training steps")
        scale_steps(axes, found[0]["steps"])
    panels[0].set(ylabel="RankMe / its peak", ylim=(0, 1.25 * panels[0].get_ylim()[1]))  # room for the notes
    return figure


def plot_directions(records: Records) -> Figure:
    """What the leading directions carry: next tokens in the small model, and multiple choice as in table 1 as printed.

    Left, mean and range over seeds at the last checkpoint. Right, series traced here follow the printed rows, with
    their own smallest (open markers) and largest number of directions (full ones) after their names.
    """
    figure = style.figure(9, 4.4)
    left, right = figure.subplots(1, 2)
    _draw_next_tokens(left, [record["directions"] for record in records.of("pretraining")])
    _draw_choices(right, series(records))
    return figure


def _draw_next_tokens(axes: Axes, found: Sequence[Any]) -> None:
    counts = found[0]["counts"]
    for name, label, colour, marker in _PROJECTIONS:
        _band(axes, counts, np.array([each[name] for each in found]), colour, label, "-", marker)
    whole = np.mean([each["original"] for each in found])
    axes.axhline(whole, color=_BLACK, ls=":", lw=1.2, label="whole state")
    axes.set_xscale("log", base=2)
    axes.set_xticks(counts, counts)
    axes.set(xlabel="number of directions", ylabel="accuracy", ylim=(0, None), title="Small model, next token")
    axes.legend(**_BELOW)


def _draw_choices(axes: Axes, traced: Sequence[Series]) -> None:
    rows: dict[str, Any] = {
        name: (row.original, (row.removed_10, row.removed_50), (row.retained_10, row.retained_50))
        for name, row in TABLE_1.items()
    }
    for one in traced:
        if "choices" in one.curves:
            found = one.curves["choices"]
            fewer, more = found["counts"][-1, [0, -1]]
            last = tuple(found[name][-1] for name in ("original", "removed", "retained"))
            rows[f"{_short(one.model)}, here: {fewer}, {more}"] = last
    for at, (original, removed, retained) in enumerate(rows.values()):
        axes.plot(original, at, "|", color=_BLACK, ms=14, mew=1.6, label="whole state" if at == 0 else "")
        for values, name, colour, marker in ((removed, "removed", _RED, "o"), (retained, "retained alone", _BLUE, "s")):
            labels = [f"leading {count} {name}" if at == 0 else "" for count in (10, 50)]
            axes.plot(values[0], at, marker, color=colour, mfc="white", ms=7, mew=1.6, label=labels[0])
            axes.plot(values[-1], at, marker, color=colour, ms=5, label=labels[1])
    axes.axvline(1 / 4, color=_BLACK, ls=":", lw=1.2, label="guessing one of four")
    axes.set_yticks(range(len(rows)), rows)
    axes.set(xlim=(0, 1.02), ylim=(len(rows) - 0.5, -0.5), xlabel="accuracy", title="SciQ: table 1, as printed")
    axes.legend(**_BELOW)


def _median_phases(found: Sequence[Record]) -> list[Phase]:
    """The three phases between the median turning points of the seeds that have them, on the logarithmic scale."""
    each = [phases(record["steps"], record["rankme"]) for record in found]
    three = [one for one in each if tuple(phase.name for phase in one) == _THREE]
    if not three:
        return []
    turning = 10 ** np.median(np.log10([[phase.start for phase in one[1:]] for one in three]), axis=0)
    bounds = [three[0][0].start, *turning.tolist(), three[0][-1].end]
    return [Phase(phase.name, *ends) for phase, ends in zip(three[0], pairwise(bounds), strict=True)]


def _stack(found: Sequence[Record], name: str) -> Array:
    return np.array([record[name] for record in found])


def _band(axes: Axes, x: NDArray[Any], values: Array, colour: str, label: str, line: str, marker: str = "") -> None:
    """Mean over the first axis of `values`, with the range from least to greatest behind it."""
    axes.plot(x, values.mean(axis=0), line, color=colour, marker=marker, ms=5, label=label)
    axes.fill_between(x, values.min(axis=0), values.max(axis=0), color=colour, alpha=0.18, lw=0)
