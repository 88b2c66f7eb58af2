"""The figures of pass@k, and of the paper's models: published, and traced here."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator
from numpy.typing import NDArray

from learning_geometry import style
from learning_geometry.instruments.pass_at_k import pass_at_k, pass_at_k_interval
from learning_geometry.instruments.statistics import mean_interval
from learning_geometry.store import Record, Records
from learning_geometry.studies.llm_phases.post_training.claims import crossing_of
from learning_geometry.studies.llm_phases.post_training.drawing import (
    BLACK,
    BLUE,
    COLOURS,
    COURSE,
    GREEN,
    MARKERS,
    NAMES,
    ORANGE,
    RED,
    SKY,
    TULU_ENDS,
    Array,
    draw_published,
    draw_seeds,
    draw_stages,
)
from learning_geometry.studies.llm_phases.post_training.published import (
    ALPACA_LOSS,
    AMC23,
    AMC23_PASS_AT_256,
    HH_LOSS,
    TULU_RANKME,
    TULU_RLVR_RANKME,
)

__all__ = ["plot_fine_tuning", "plot_pass_at_k", "plot_series"]

_LARGEST_K = 256  # as far as the paper's figure goes
_LINEAR_UP_TO = 1.0  # percentage points
_PUBLISHED = ((GREEN, "s"), (ORANGE, "v"), (RED, "^"))
_RLVR = COURSE.index("rlvr")


def plot_pass_at_k(records: Records) -> Figure:
    """pass@k on held-out problems, what RLVR gains over DPO by it, and pass@k as in figure 4c.

    Left, means over seeds with their 95 % intervals, or, of a single seed, over problems. In the middle thin lines are seeds and the thick one their mean, linear between -1
    and 1 percentage points and logarithmic beyond; dots are where seeds' gains end, as in the claims, and the dotted
    line is at their geometric mean.
    """
    found = records.of("stages")
    k = np.arange(1, min(_LARGEST_K, *(record["samples"] for record in found)) + 1)
    solved = {
        name: np.array([pass_at_k(one["samples"], one["stages"][name]["correct"], k).mean(axis=1) for one in found])
        for name in COLOURS
    }
    powers = 2 ** np.arange(int(np.log2(len(k))) + 1)
    figure = style.figure(9, 3.7)
    here, gain, paper = figure.subplots(1, 3)
    for name, values in solved.items():
        here.fill_between(k, *_band(found, name, k, values), color=COLOURS[name], alpha=0.18, lw=0)
        style_of = {"color": COLOURS[name], "marker": MARKERS[name], "markevery": (powers - 1).tolist(), "ms": 4}
        here.plot(k, values.mean(axis=0), label=NAMES[name], **style_of)
    here.set(ylabel="pass@k", title="Small model,\nevery stage")
    _draw_gain(gain, k, 100 * (solved["rlvr"] - solved["dpo"]), [crossing_of(record) for record in found])
    for (name, points), (colour, marker) in zip(AMC23.items(), _PUBLISHED, strict=True):
        paper.plot(list(points), list(points.values()), color=colour, marker=marker, ms=5, lw=1.2, label=name)
    paper.set(ylabel="pass@k", title="Tulu on AMC-23,\nread off the figure")
    for axes, ticks in ((here, powers[::2]), (gain, powers[::2]), (paper, np.array(list(AMC23["DPO"])))):
        axes.set_xscale("log", base=2)
        axes.set_xticks(ticks, ticks)
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xlabel("tries k")
    for axes in (here, paper):
        axes.legend(fontsize=8, loc="lower right")
    return figure


def _band(found: Sequence[Record], name: str, k: NDArray[np.int64], values: Array) -> tuple[Array, Array]:
    if len(found) == 1:
        correct = found[0]["stages"][name]["correct"]
        interval = pass_at_k_interval(found[0]["samples"], correct, k, rng=np.random.default_rng(0))
        return interval.low, interval.high
    low, high = np.array([mean_interval(column) for column in values.T]).T
    return low, np.minimum(high, 1.0)  # no more than all problems can be solved


def _draw_gain(axes: Axes, k: NDArray[np.int64], gain: Array, crossings: Sequence[float | None]) -> None:
    draw_seeds(axes, k, gain, BLUE, SKY, "")
    axes.axhline(0, color=BLACK, lw=0.9)
    axes.set_yscale("symlog", linthresh=_LINEAR_UP_TO)
    axes.yaxis.set_major_locator(FixedLocator([-30, -10, -3, -1, -0.5, 0, 0.5, 1, 3, 10, 30]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:+g}".replace("-", "−") if value else "0"))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set(ylabel="gain (percentage points)", title="Small model,\nRLVR minus DPO")
    met = [each for each in crossings if each is not None]
    if met:
        middle = float(np.exp(np.log(met).mean()))
        axes.plot(met, np.zeros(len(met)), "o", color=RED, ms=5)
        axes.axvline(middle, color=RED, ls=":", lw=1.2)
        note = f"no gain from\nk = {middle:.1f} on"
        axes.annotate(
            note,
            (middle, 1.0),
            xytext=(4, -2),
            xycoords=axes.get_xaxis_transform(),
            textcoords="offset points",
            va="top",
            fontsize=9,
        )


def plot_series(records: Records) -> Figure:
    """RankMe and pass@256 over post-training: the paper's Tulu, read off figure 4, and checkpoints traced here, if any.

    Every stage is drawn equally wide, with the steps of the paper's model. Full markers were read off figure 4a, hollow
    ones off figure 4c, whose steps of RLVR fill the stage. A traced stage ends with its last step; checkpoints whose
    names say no step stand there.
    """
    traced = [record for record in records if record.unit.experiment == "series" and _stage(record) in NAMES]
    at = _places(traced)
    order = np.argsort(at, kind="stable")
    sampled = np.array([i for i in order if _enough(traced[i])], dtype=np.int64)
    figure = style.figure(9, 3.8)
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    draw_published(left, [each.height for each in TULU_RANKME])
    for axes, points in ((left, TULU_RLVR_RANKME), (right, AMC23_PASS_AT_256)):
        places = _RLVR + np.array(list(points)) / max(TULU_RLVR_RANKME)
        axes.plot(
            places, list(points.values()), "o--", color=RED, mfc="white", lw=1.2, ms=6, label="the same, figure 4c"
        )
    for axes, which, height in ((left, order, _rankme), (right, sampled, _passed)):
        heights = [height(traced[i]) for i in which]
        axes.plot(at[which], heights, "s-", color=BLUE, lw=1.2, ms=5, label="measured here" if traced else "")
    draw_stages(left, TULU_ENDS)
    draw_stages(right, TULU_ENDS, first=int(np.clip(at[sampled].min(initial=_RLVR), 0, _RLVR)))
    left.set(ylim=(0, None), ylabel="RankMe")
    right.set(ylabel=f"pass@{_LARGEST_K}")
    for axes in (left, right):
        axes.set_xlabel("post-training steps of Tulu")
    left.legend(fontsize=8, loc="lower right")
    return figure


def _stage(record: Record) -> str:
    return str(record["stage"]).lower()


def _places(traced: Sequence[Record]) -> Array:
    last: dict[str, int] = {}
    for record in traced:
        last[_stage(record)] = max(record["step"], last.get(_stage(record), 0))
    return np.array([_place(_stage(record), record["step"], last) for record in traced], dtype=np.float64)


def _place(stage: str, step: int, last: Mapping[str, int]) -> float:
    if stage == "base":
        return 0.0
    return COURSE.index(stage) + (step / last[stage] if 0 <= step < last[stage] else 1.0)


def _enough(record: Record) -> bool:
    return "correct" in record.result and record["samples"] >= _LARGEST_K


def _rankme(record: Record) -> float:
    return float(record["rankme"])


def _passed(record: Record) -> float:
    return float(pass_at_k(record["samples"], record["correct"], [_LARGEST_K]).mean())


def plot_fine_tuning(records: Records) -> Figure:
    """Losses after fine-tuning over the pretraining tokens of the fine-tuned model, in and out of distribution.

    Round markers were read off figure 4b, for OLMo-2-1B; squares are models fine-tuned here, if any, whose revisions'
    names say how many tokens they had seen.
    """
    tuned = [record for record in records if record.unit.experiment == "fine_tuning"]
    placed = sorted((record for record in tuned if record["tokens"] >= 0), key=lambda record: record["tokens"])
    figure = style.figure(9, 3.4)
    panels = figure.subplots(1, 2)
    parts = (
        ("In distribution", "Anthropic-HH", HH_LOSS, "loss_in_after"),
        ("Out of distribution", "Alpaca-farm", ALPACA_LOSS, "loss_out_after"),
    )
    for axes, (title, data, points, name) in zip(panels, parts, strict=True):
        label = f"OLMo-2-1B, {data},\nread off the figure"
        axes.plot(np.array(list(points)) / 1e12, list(points.values()), "o-", color=RED, lw=1.2, ms=6, label=label)
        at, losses = [record["tokens"] / 1e12 for record in placed], [np.mean(record[name]) for record in placed]
        axes.plot(at, losses, "s-", color=BLUE, lw=1.2, ms=5, label="measured here" if placed else "")
        axes.set(title=title, xlabel="pretraining tokens (trillions)", ylabel="loss of a text (nats)")
        axes.legend(fontsize=8)
    return figure
