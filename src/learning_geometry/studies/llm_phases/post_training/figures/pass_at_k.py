"""Rewards, and how often one of k answers is right."""

import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from numpy.typing import NDArray

from learning_geometry import drawing
from learning_geometry.instruments.statistics import mean_interval
from learning_geometry.records import Records
from learning_geometry.studies.llm_phases.post_training._pass_at_k import crossings, samples_of, solved
from learning_geometry.studies.llm_phases.post_training._published import AMC23
from learning_geometry.studies.llm_phases.post_training.figures._models import COLOURS, NAMES

_LARGEST_K = 256  # as far as the paper's figure goes
_MARKERS = {"base": "D", "sft": "o", "dpo": "s", "rlvr": "^"}
_PUBLISHED = ((drawing.GREEN, "s"), (drawing.ORANGE, "v"), (drawing.RED, "^"))


def plot_reward(records: Records) -> Figure:
    """Mean reward of each step's completions: exact match, and the control's random one; thin lines are seeds."""
    rewards = records["stages", "rewards"].reward
    figure = drawing.figure(9, 3.2)
    axes = figure.subplots()
    for name, colour, label in (
        ("rlvr", drawing.RED, "RLVR: exact match"),
        ("random_reward", drawing.PINK, "control: random"),
    ):
        if name in rewards.model:
            of_model = rewards.sel(model=name).dropna("seed")
            drawing.seeds_and_mean(axes, rewards.step, of_model, colour=colour, label=label)
    axes.set(xlabel="steps of RLVR", ylabel="mean reward", ylim=(0, 1.02))
    axes.margins(x=0.01)
    drawing.legend_outside(axes)
    return figure


def plot_pass_at_k(records: Records) -> Figure:
    """pass@k on held-out problems, what RLVR gains over DPO by it, and pass@k as in figure 5C.

    Left, means over seeds with their 95 % intervals. In the middle thin lines are seeds and the thick one their mean;
    dots are where seeds' gains end, as in `crossings`, and the dotted line is at their geometric mean.
    """
    k = np.arange(1, min(_LARGEST_K, samples_of(records)) + 1)
    powers = 2 ** np.arange(int(np.log2(len(k))) + 1)
    curves = {name: solved(records, name, k) for name in NAMES}
    figure = drawing.figure(9, 3.9)
    here, gain, paper = figure.subplots(1, 3)
    for name, values in curves.items():
        here.fill_between(k, *_interval(values), color=COLOURS[name], alpha=0.18, lw=0)
        marks = {"marker": _MARKERS[name], "markevery": (powers - 1).tolist(), "ms": 4}
        here.plot(k, values.mean("seed"), color=COLOURS[name], label=NAMES[name], **marks)
    here.set(ylabel="pass@k", title="Small model,\nevery stage")
    drawing.seeds_and_mean(gain, k, 100 * (curves["rlvr"] - curves["dpo"]), colour=drawing.BLUE)
    gain.axhline(0, color=drawing.BLACK, lw=0.9)
    gain.set(ylabel="gain (percentage points)", title="Small model,\nRLVR minus DPO")
    if places := crossings(records):
        middle = float(np.exp(np.log(places).mean()))
        gain.plot(places, np.zeros(len(places)), "o", color=drawing.RED, ms=5)
        gain.axvline(middle, color=drawing.RED, ls=":", lw=1.2)
        drawing.note(gain, f"no gain from\nk = {middle:.1f} on")
    for (name, points), (colour, marker) in zip(AMC23.items(), _PUBLISHED, strict=True):
        paper.plot(list(points), list(points.values()), color=colour, marker=marker, ms=5, lw=1.2, label=name)
    paper.set(ylabel="pass@k", title="Tulu on AMC-23,\nread off the figure")
    for axes, ticks in ((here, powers[::2]), (gain, powers[::2]), (paper, np.array(list(AMC23["DPO"])))):
        drawing.log_ticks(axes, ticks, base=2)
        axes.set_xlabel("tries k")
    for axes in (here, paper):
        axes.legend(loc="lower right")
    return figure


def _interval(values: xr.DataArray) -> NDArray[np.float64]:
    """Student's interval of the mean over seeds for each k, `(2, n_k)`, within what is possible; of one seed its value."""
    rows = values.values
    if len(rows) == 1:
        return np.vstack([rows, rows])
    return np.array([mean_interval(column) for column in rows.T]).T.clip(0, 1)
