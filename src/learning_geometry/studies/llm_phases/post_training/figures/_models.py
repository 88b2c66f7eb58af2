"""How the figures of this room name, colour and place the models."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from numpy.typing import ArrayLike, NDArray

from learning_geometry import drawing
from learning_geometry.studies.llm_phases.post_training._published import TULU_RANKME
from learning_geometry.studies.llm_phases.post_training.experiments.stages import BEFORE

STAGES = ("sft", "dpo", "rlvr")
"""The stages of post-training, one after the other."""

NAMES = {"base": "base", "sft": "SFT", "dpo": "DPO", "rlvr": "RLVR"}
COLOURS = {"base": drawing.BLACK, "sft": drawing.BLUE, "dpo": drawing.GREEN, "rlvr": drawing.RED}
CONTROLS = {
    "own_answers": "own answers",
    "continued": "more pretraining",
    "shuffled_answers": "shuffled answers",
    "coin": "coin",
    "plain_dpo": "plain DPO",
    "shuffled_rewards": "shuffled rewards",
    "modal": "modal answers",
    "rlvr_base": "RLVR from base",
    "shuffled_base": "the same, shuffled",
}
"""The other trainings, with the names of figures."""

TULU_ENDS = tuple(max(point.step for point in TULU_RANKME if point.stage == stage) for stage in STAGES)
"""The steps, counted on, with which the stages of the paper's model end."""


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


def rows_of(models: xr.DataArray) -> list[str]:
    """The trainings that a course has, the paper's sequence first."""
    present = set(models.model.values.tolist())
    return [name for name in (*STAGES, *CONTROLS) if name in present]


def label_trainings(panels: Sequence[Axes], rows: Sequence[str]) -> None:
    """Name trainings and what they start from at the left of panels whose rows they are; others than the paper's on grey."""
    labels = [f"{(NAMES | CONTROLS)[name]} (from {NAMES[BEFORE[name]]})" for name in rows]
    drawing.label_rows(panels[0], labels)
    panels[0].set_ylabel("training")
    for axes in panels:
        drawing.shade(axes, len(STAGES) - 0.5, len(rows) - 0.5, axis="y")


def colour_of(training: str) -> str:
    """The colour of a stage, or that of all other trainings."""
    return COLOURS.get(training, drawing.PINK)
