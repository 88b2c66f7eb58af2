"""RankMe and alpha-ReQ through the stages of post-training."""

import numpy as np
from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records
from learning_geometry.studies.llm_phases.post_training._published import TULU_RANKME
from learning_geometry.studies.llm_phases.post_training.figures._models import (
    COLOURS,
    CONTROLS,
    NAMES,
    STAGES,
    TULU_ENDS,
    draw_published,
    draw_stages,
    stretch,
)

_BEFORE = {
    "sft": "base",
    "dpo": "sft",
    "rlvr": "dpo",
    "continued": "base",
    "shuffled": "base",
    "random_reward": "dpo",
}


def plot_course(records: Records) -> Figure:
    """RankMe through SFT, DPO and RLVR relative to the base model's: the small model, and Tulu as in figure 5A.

    Every stage is drawn equally wide. Above, thin lines are seeds and thick ones means; the dashed branch from the end
    of DPO is the control with random rewards. The numbers below are RankMe itself, read off the figure.
    """
    path = records["stages", "path"]
    changes = 100 * (path.rankme / records["stages", "models"].rankme.sel(model="base", drop=True) - 1)
    steps = path.step.max("seed")
    within = steps / steps.isel(point=-1)
    figure = drawing.figure(9, 5.6)
    here, paper = figure.subplots(2, 1)
    places = [0, *(place + within.sel(model=stage).values for place, stage in enumerate(STAGES))]
    curves = [changes.sel(model=stage).transpose("seed", "point").values for stage in STAGES]
    start = np.zeros((path.sizes["seed"], 1))
    whole = np.hstack([start, *curves])
    drawing.seeds_and_mean(here, np.hstack(places), whole, colour=drawing.BLUE, label="small model, mean")
    if "random_reward" in path.model:
        branch = changes.sel(model="random_reward").dropna("seed")
        start = changes.sel(model="dpo", seed=branch.seed).isel(point=[-1])
        drawing.seeds_and_mean(
            here,
            [2, *(2 + within.sel(model="random_reward").values)],
            np.hstack([start.transpose("seed", "point"), branch.transpose("seed", "point")]),
            colour=drawing.PINK,
            label="random reward",
            line="--",
        )
    heights = [100 * (point.height / TULU_RANKME[0].height - 1) for point in TULU_RANKME]
    draw_published(paper, heights)
    for point, height in zip(TULU_RANKME, heights, strict=True):
        place = (stretch([point.step], TULU_ENDS)[0], height)
        side = "left" if point.step == 0 else "center"  # clear of the axis
        paper.annotate(f"{point.height:g}", place, xytext=(0, 7), textcoords="offset points", ha=side)
    ends = steps.isel(point=-1).sel(model=list(STAGES)).cumsum("model").values.tolist()
    for axes, last in ((here, ends), (paper, TULU_ENDS)):
        draw_stages(axes, last)
        axes.axhline(0, color=drawing.BLACK, lw=0.9)
        axes.margins(y=0.15)
        axes.set_ylabel("change of RankMe\nsince the base (%)")
        drawing.legend_outside(axes)
    paper.set_xlabel("post-training steps, counted on")
    figure.align_ylabels([here, paper])
    return figure


def plot_stages(records: Records) -> Figure:
    """By how many percent each training changes RankMe and alpha-ReQ of the model that it begins from.

    Hollow dots are seeds, the bar is their mean with Student's 95 % interval. Controls stand on grey.
    """
    models = records["stages", "models"]
    rows = [name for name in _BEFORE if name in models.model]
    figure = drawing.figure(9, 4.2)
    panels = figure.subplots(1, 2, sharey=True)
    for axes, quantity, title in zip(panels, ("rankme", "alpha"), ("RankMe", "alpha-ReQ"), strict=True):
        axes.axvline(0, color=drawing.BLACK, lw=0.9)
        for row, name in enumerate(rows):
            values = models[quantity].sel(model=name) / models[quantity].sel(model=_BEFORE[name])
            changes = 100 * (values.dropna("seed") - 1)
            drawing.seeds_row(axes, row, changes, colour=COLOURS.get(name, drawing.PINK))
        axes.set(title=title, xlabel="change (%)")
        drawing.shade(axes, len(STAGES) - 0.5, len(rows) - 0.5, axis="y")
    labels = {name: label.replace("\n", " ") for name, label in (NAMES | CONTROLS).items()}
    drawing.label_rows(panels[0], [f"{labels[name]}\n(from {NAMES[_BEFORE[name]]})" for name in rows])
    panels[0].text(0.02, len(STAGES) - 0.44, "controls", transform=panels[0].get_yaxis_transform(), va="top")
    panels[0].set_ylabel("training")
    return figure
