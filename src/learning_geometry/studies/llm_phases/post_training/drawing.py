"""How the figures of this room draw stages, models and seeds."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from learning_geometry import style
from learning_geometry.store import Record
from learning_geometry.studies.llm_phases.post_training.published import TULU_RANKME

Array = NDArray[np.float64]

BLUE, RED, GREEN, PINK, ORANGE, SKY, BLACK = style.COLOURS
COURSE = ("sft", "dpo", "rlvr")
"""The stages of post-training, one after the other."""

NAMES = {"base": "base", "sft": "SFT", "dpo": "DPO", "rlvr": "RLVR"}
COLOURS = {"base": BLACK, "sft": BLUE, "dpo": GREEN, "rlvr": RED}
MARKERS = {"base": "D", "sft": "o", "dpo": "s", "rlvr": "^"}
CONTROLS = {
    "continued": "pretraining\ncontinued",
    "shuffled": "SFT, answers\nshuffled",
    "random_reward": "RLVR, reward\nby lot",
}
TULU_ENDS = tuple(max(each.step for each in TULU_RANKME if each.stage == stage) for stage in COURSE)
"""The steps, counted on, with which the stages of the paper's model end."""

_GAP = 0.6  # between the sequence and the controls


def stretch(steps: ArrayLike, ends: Sequence[float]) -> Array:
    """Places of steps `(n,)`, counted on through all stages that end at `ends`, where each stage is one unit wide."""
    return np.interp(np.asarray(steps, dtype=np.float64), [0, *ends], np.arange(len(ends) + 1))


def draw_stages(axes: Axes, ends: Sequence[float], *, first: int = 0) -> None:
    """Tint and name the stages from the `first` on, one unit wide each, and write the steps where they end below."""
    places = range(first, len(COURSE) + 1)
    for at, stage in list(enumerate(COURSE))[first:]:
        axes.axvspan(at, at + 1, color=COLOURS[stage], alpha=0.1, lw=0, zorder=0, label=f"_{stage}")
        axes.annotate(
            NAMES[stage],
            (at + 0.5, 1.0),
            xytext=(0, 3),
            xycoords=axes.get_xaxis_transform(),
            textcoords="offset points",
            ha="center",
        )
    axes.set_xticks(places, [f"{(0, *ends)[at]:,.0f}" for at in places])
    axes.set_xlim(first - 0.04, len(COURSE) + 0.04)


def draw_published(axes: Axes, heights: Sequence[float]) -> None:
    """The points of figure 4a, at heights made of their RankMe."""
    places = stretch([each.step for each in TULU_RANKME], TULU_ENDS)
    axes.plot(places, heights, "o-", color=RED, lw=1.2, ms=6, label="Llama-3.1-Tulu-3.1-8B,\nread off the figure")


def draw_seeds(axes: Axes, x: NDArray[Any], y: Array, colour: str, pale: Any, label: str, line: str = "-") -> None:
    """A thin line for each row of `y`, `(n_seeds, n)`, and a thick one for their mean."""
    axes.plot(x, y.T, line, color=pale, lw=0.7)
    axes.plot(x, y.mean(axis=0), line, color=colour, lw=2.2, label=label)


def each(found: Sequence[Record], name: str, quantity: str) -> Array:
    """One number for each seed that has the model, `(n_seeds,)`: where there is one for each problem, their mean."""
    return np.array([np.mean(record["stages"][name][quantity]) for record in having(found, name)])


def having(found: Sequence[Record], name: str) -> list[Record]:
    """The records of seeds that have a model; not all have the controls."""
    return [record for record in found if name in record["stages"]]


def apart(sequence: Sequence[str]) -> dict[str, float]:
    """Places of the models along an axis: the sequence, a gap, the controls."""
    places = {name: float(at) for at, name in enumerate(sequence)}
    return places | {name: len(sequence) + _GAP + at for at, name in enumerate(CONTROLS)}


def draw_models(
    axes: Axes, found: Sequence[Record], quantity: str, colour: str, marker: str, label: str, shift: float = 0.0
) -> None:
    """A quantity of all models: the sequence joined by lines, controls by themselves; models that lack it stay out."""
    places = apart(tuple(NAMES))
    sequence = np.array([each(found, name, quantity) for name in NAMES])
    x = np.arange(len(NAMES)) + shift
    axes.plot(x, sequence, color=colour, lw=0.7, alpha=0.6)
    axes.plot(x, sequence.mean(axis=1), marker=marker, color=colour, lw=2.2, ms=6, label=label)
    for name in CONTROLS:
        if any(quantity in record["stages"][name] for record in having(found, name)):
            values = each(found, name, quantity)
            axes.plot(np.full(len(values), places[name] + shift), values, marker, color=colour, mfc="none", ms=5)
            axes.plot(places[name] + shift, values.mean(), marker, color=colour, ms=7)


def name_models(figure: Figure) -> None:
    """Name the models below the panels of a figure, and put the controls on grey."""
    places = apart(tuple(NAMES))
    names = NAMES | CONTROLS
    figure.axes[-1].set_xticks(list(places.values()), [names[name] for name in places])
    figure.axes[-1].set_xlim(-0.4, places["random_reward"] + 0.5)
    for axes in figure.axes:
        axes.axvspan(places["continued"] - 0.5, places["random_reward"] + 0.5, color="0.5", alpha=0.12, lw=0, zorder=0)
    figure.axes[0].annotate(
        "controls",
        (places["shuffled"], 1.0),
        xytext=(0, 3),
        xycoords=figure.axes[0].get_xaxis_transform(),
        textcoords="offset points",
        ha="center",
    )
    figure.axes[-1].set_xlabel("model")
    figure.align_ylabels(figure.axes)
