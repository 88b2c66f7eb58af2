"""Rewards, and how often one of k answers is right."""

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from learning_geometry import drawing
from learning_geometry.instruments.statistics import mean_interval
from learning_geometry.records import Records
from learning_geometry.studies.llm_phases.post_training._pass_at_k import gained, solved
from learning_geometry.studies.llm_phases.post_training._published import AMC23
from learning_geometry.studies.llm_phases.post_training.figures._models import COLOURS, NAMES

_TRIES = 2 ** np.arange(11)
_MARKERS = {"base": "D", "sft": "o", "dpo": "s", "rlvr": "^"}
_PUBLISHED = ((drawing.GREEN, "s"), (drawing.ORANGE, "v"), (drawing.RED, "^"))


def plot_pass_at_k(records: Records) -> Figure:
    """Mean reward in RLVR, pass@k on held-out numbers, what RLVR gains over DPO by it, and pass@k as in figure 5C.

    Thin lines are seeds and thick ones their means, with true rewards and with rewards shuffled within each group; each
    reward is the mean over as many steps as make at most ten points. Second, means over seeds with their 95 % intervals.
    """
    figure = drawing.figure(9, 3.3)
    reward, here, gain, paper = figure.subplots(1, 4)
    _draw_reward(reward, records["stages", "rewards"].reward)
    for name, label in NAMES.items():
        values = solved(records, name, _TRIES).transpose("seed", "k")
        here.fill_between(_TRIES, *_interval(values), color=COLOURS[name], alpha=0.18, lw=0)
        here.plot(_TRIES, values.mean("seed"), color=COLOURS[name], label=label, marker=_MARKERS[name], ms=4)
    here.set(ylabel="pass@k", title="Small model", ylim=(0, 1.02))
    for name, colour, label in (
        ("shuffled_rewards", drawing.PINK, "rewards shuffled"),
        ("rlvr", drawing.RED, "RLVR"),
    ):
        gains = gained(records, "dpo", name, _TRIES).dropna("seed").transpose("seed", "k")
        drawing.seeds_and_mean(gain, _TRIES, gains, colour=colour, label=label)
    gain.axhline(0, color=drawing.BLACK, lw=0.9)
    gain.set(ylabel="points", title="RLVR minus DPO")
    for (name, points), (colour, marker) in zip(AMC23.items(), _PUBLISHED, strict=True):
        paper.plot(list(points), list(points.values()), color=colour, marker=marker, ms=5, lw=1.2, label=name)
    paper.set(ylabel="pass@k", title="Tulu, AMC-23")
    for axes, ticks in ((here, _TRIES[::4]), (gain, _TRIES[::4]), (paper, np.array(list(AMC23["DPO"])))):
        drawing.log_ticks(axes, ticks, base=2)
        axes.set_xlabel("tries k")
    for axes in (reward, here, gain, paper):
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.22))
    return figure


def _draw_reward(axes: Axes, rewards: xr.DataArray) -> None:
    rewards = rewards.coarsen(step=-(-rewards.sizes["step"] // 10), boundary="trim").mean()
    for name, colour, label in (("rlvr", drawing.RED, "RLVR"), ("shuffled_rewards", drawing.PINK, "rewards shuffled")):
        of_model = rewards.sel(model=name).dropna("seed")
        drawing.seeds_and_mean(axes, rewards.step, of_model, colour=colour, label=label)
    axes.set(xlabel="steps of RLVR", ylabel="mean reward", ylim=(0, None), title="Reward")
    axes.margins(x=0.01)


def _interval(values: xr.DataArray) -> NDArray[np.float64]:
    """Student's interval of the mean over seeds for each k, `(2, n_k)`, within what is possible; of one seed its value."""
    rows = values.values
    if len(rows) == 1:
        return np.vstack([rows, rows])
    return np.array([mean_interval(column) for column in rows.T]).T.clip(0, 1)
