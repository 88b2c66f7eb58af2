"""RankMe and alpha-ReQ through the stages of post-training."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.instruments.statistics import mean_interval
from learning_geometry.records import Records
from learning_geometry.studies.llm_phases.post_training._published import TULU_RANKME
from learning_geometry.studies.llm_phases.post_training.experiments.stages import BEFORE
from learning_geometry.studies.llm_phases.post_training.figures._models import (
    COLOURS,
    NAMES,
    STAGES,
    TULU_ENDS,
    colour_of,
    draw_published,
    draw_stages,
    label_trainings,
    rows_of,
    stretch,
)

_PROBES = (("mixture", "pretraining mixture"), ("text", "source code alone"), ("prompts", "end of prompts"))


def plot_course(records: Records) -> Figure:
    """RankMe and alpha-ReQ through SFT, DPO and RLVR against the base; Tulu as in figure 5A; RankMe by the probe's task share.

    Every stage is drawn equally wide. Thin lines are seeds and thick ones means, on the pretraining mixture. The numbers
    beside Tulu's points are RankMe itself, read off the figure. Intervals over seeds are Student's, of 95 %.
    """
    path = records["stages", "path"].sel(model=list(STAGES))
    start = path.isel(point=0, drop=True).sel(model="sft", drop=True)
    steps = path.step.max("seed")
    within = steps / steps.isel(point=-1)
    places = np.concatenate([place + within.sel(model=stage).values for place, stage in enumerate(STAGES)])
    figure = drawing.figure(9, 5.0)
    (rank, paper), (slope, shares) = figure.subplots(2, 2)
    for axes, changes, label in (
        (rank, 100 * (path.rankme / start.rankme - 1), "RankMe, change (%)"),
        (slope, path.alpha - start.alpha, "alpha-ReQ, change"),
    ):
        curves = [changes.sel(model=stage).transpose("seed", "point").values for stage in STAGES]
        drawing.seeds_and_mean(axes, places, np.hstack(curves), colour=drawing.BLUE, label="small model, mean")
        axes.set(xlabel="post-training steps", ylabel=label)
    heights = [100 * (point.height / TULU_RANKME[0].height - 1) for point in TULU_RANKME]
    draw_published(paper, heights)
    for point, height in zip(TULU_RANKME, heights, strict=True):
        place = (stretch([point.step], TULU_ENDS)[0], height)
        side = "left" if point.step == 0 else "center"  # clear of the axis
        paper.annotate(f"{point.height:g}", place, xytext=(0, 7), textcoords="offset points", ha=side)
    paper.set(xlabel="post-training steps of Tulu", ylabel="RankMe, change (%)")
    ends = steps.isel(point=-1).sel(model=list(STAGES)).cumsum("model").values.tolist()
    for axes, last in ((rank, ends), (slope, ends), (paper, TULU_ENDS)):
        draw_stages(axes, last)
        axes.axhline(0, color=drawing.BLACK, lw=0.9)
        axes.margins(y=0.15)
    paper.legend(loc="upper left")
    _draw_shares(shares, records["stages", "models"].rankme_mixed)
    figure.align_ylabels([rank, slope])
    return figure


def _draw_shares(axes: Axes, values: xr.DataArray) -> None:
    shares = values.task_share.values
    for shift, name, marker in ((-0.006, "sft", "o"), (0.006, "dpo", "s")):
        changes = 100 * (values.sel(model=name) / values.sel(model=BEFORE[name]) - 1)
        means = changes.mean("seed").values
        columns = changes.transpose("task_share", "seed").values
        # One seed has no interval.
        ends = [mean_interval(column) if len(column) > 1 else (column[0], column[0]) for column in columns]
        style = {"colour": COLOURS[name], "marker": marker, "line": "-", "label": NAMES[name]}
        drawing.interval_points(axes, shares + shift, means, *zip(*ends, strict=True), **style)
    axes.axhline(0, color=drawing.BLACK, lw=0.9)
    axes.set(xlabel="share of task windows in the probe", ylabel="RankMe, change (%)", xlim=(0, 1))
    axes.legend(loc="upper left")


def plot_trainings(records: Records) -> Figure:
    """By how many percent each training changes RankMe of the model that it begins from, on three probes.

    Hollow dots are seeds, the bar is their mean with Student's 95 % interval. Trainings that the paper does not have stand
    on grey.
    """
    models = records["stages", "models"]
    rows = rows_of(models.rankme)
    figure = drawing.figure(9, 4.2)
    panels = figure.subplots(1, len(_PROBES), sharey=True)
    for axes, (probe, title) in zip(panels, _PROBES, strict=True):
        values = models.rankme.sel(probe=probe)
        axes.axvline(0, color=drawing.BLACK, lw=0.9)
        for row, name in enumerate(rows):
            changes = 100 * (values.sel(model=name) / values.sel(model=BEFORE[name]) - 1)
            drawing.seeds_row(axes, row, changes.dropna("seed"), colour=colour_of(name))
        axes.set(title=title, xlabel="change of RankMe (%)")
    label_trainings(panels, rows)
    return figure
