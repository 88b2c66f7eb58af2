"""How the figures of this room name, colour and place the models."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from learning_geometry import drawing
from learning_geometry.studies.llm_phases.post_training._published import TULU_RANKME

STAGES = ("sft", "dpo", "rlvr")
"""The stages of post-training, one after the other."""

NAMES = {"base": "base", "sft": "SFT", "dpo": "DPO", "rlvr": "RLVR"}
COLOURS = {"base": drawing.BLACK, "sft": drawing.BLUE, "dpo": drawing.GREEN, "rlvr": drawing.RED}
CONTROLS = {
    "continued": "pretraining\ncontinued",
    "shuffled": "SFT, answers\nshuffled",
    "random_reward": "RLVR, random\nreward",
}
TULU_ENDS = tuple(max(point.step for point in TULU_RANKME if point.stage == stage) for stage in STAGES)
"""The steps, counted on, with which the stages of the paper's model end."""

X_POSITIONS = {name: place for place, name in enumerate(NAMES)} | {
    name: len(NAMES) + 0.6 + place for place, name in enumerate(CONTROLS)
}
"""Places of the models along an axis: the sequence, a gap, the controls."""


def stretch(steps: ArrayLike, ends: Sequence[float]) -> NDArray[np.float64]:
    """Places of steps `(n,)`, counted on through all stages that end at `ends`, where each stage is one unit wide."""
    return np.interp(np.asarray(steps, dtype=np.float64), [0, *ends], np.arange(len(ends) + 1))


def draw_stages(axes: Axes, ends: Sequence[float], *, first: int = 0) -> None:
    """Tint and name the stages from the `first` on, one unit wide each, and write the steps where they end below."""
    phases = [(NAMES[stage], float(start), start + 1.0) for start, stage in enumerate(STAGES)][first:]
    drawing.shade_phases(axes, phases, {NAMES[stage]: COLOURS[stage] for stage in STAGES}, named=True)
    places = range(first, len(STAGES) + 1)
    axes.set_xticks(places, [f"{(0, *ends)[place]:,.0f}" for place in places])
    axes.set_xlim(first - 0.04, len(STAGES) + 0.04)


def draw_published(axes: Axes, heights: Sequence[float]) -> None:
    """The points of figure 5A, at heights made of their RankMe."""
    places = stretch([point.step for point in TULU_RANKME], TULU_ENDS)
    axes.plot(
        places, heights, "o-", color=drawing.RED, lw=1.2, ms=6, label="Llama-3.1-Tulu-3.1-8B,\nread off the figure"
    )


def draw_models(axes: Axes, values: xr.DataArray, colour: str, marker: str, label: str = "", shift: float = 0) -> None:
    """A quantity `(seed, model)` of all models: the sequence joined by lines, controls, where they have it, alone."""
    drawing.seeds_and_mean(
        axes, np.arange(len(NAMES)) + shift, values.sel(model=list(NAMES)), colour=colour, label=label, marker=marker
    )
    for name in values.model.values[~np.isin(values.model.values, list(NAMES))]:
        sample = values.sel(model=name).dropna("seed")
        x = X_POSITIONS[str(name)] + shift
        axes.plot(np.full(len(sample), x), sample, marker, color=colour, mfc="none", ms=5)
        axes.plot(x, sample.mean(), marker, color=colour, ms=7)


def name_models(figure: Figure) -> None:
    """Name the models below the panels of a figure, and put the controls on grey."""
    first, last = X_POSITIONS["continued"] - 0.5, X_POSITIONS["random_reward"] + 0.5
    figure.axes[-1].set_xticks(list(X_POSITIONS.values()), list((NAMES | CONTROLS).values()))
    figure.axes[-1].set(xlim=(-0.4, last), xlabel="model")
    for axes in figure.axes:
        drawing.shade(axes, first, last)
    drawing.name_above(figure.axes[0], X_POSITIONS["shuffled"], "controls")
    figure.align_ylabels(figure.axes)
