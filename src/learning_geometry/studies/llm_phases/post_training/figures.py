"""The figures of the study: each takes records and draws; none computes what a claim does not state."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator
from numpy.typing import NDArray

from learning_geometry import style
from learning_geometry.instruments.statistics import mean_interval
from learning_geometry.store import Record, Records
from learning_geometry.studies.llm_phases.post_training.drawing import (
    BLACK,
    BLUE,
    COLOURS,
    CONTROLS,
    COURSE,
    NAMES,
    PINK,
    RED,
    SKY,
    TULU_ENDS,
    Array,
    apart,
    draw_models,
    draw_published,
    draw_seeds,
    draw_stages,
    each,
    having,
    name_models,
    stretch,
)
from learning_geometry.studies.llm_phases.post_training.pass_figures import (
    plot_fine_tuning,
    plot_pass_at_k,
    plot_series,
)
from learning_geometry.studies.llm_phases.post_training.published import TULU_RANKME

__all__ = [
    "plot_course",
    "plot_diversity",
    "plot_fine_tuning",
    "plot_in_and_out",
    "plot_pass_at_k",
    "plot_reward",
    "plot_series",
    "plot_stages",
]

_RANDOM = "random_reward"
_BEGUN_FROM = {"sft": "base", "dpo": "sft", "rlvr": "dpo", "continued": "base", "shuffled": "base", _RANDOM: "dpo"}
_SPREAD = 0.08  # by which two kinds of dots make way for each other
_OUTSIDE = {"loc": "center left", "bbox_to_anchor": (1.01, 0.5), "fontsize": 8, "borderaxespad": 0.0}


def plot_course(records: Records) -> Figure:
    """RankMe through SFT, DPO and RLVR relative to the base model's: the small model, and Tulu as in figure 4a.

    Every stage is drawn equally wide. Above, thin lines are seeds and thick ones means; the dashed branch from the end
    of DPO is the control whose reward is drawn by lot. The numbers below are RankMe itself, read off the figure.
    """
    found = records.of("stages")
    figure = style.figure(9, 5.6)
    here, paper = figure.subplots(2, 1)
    parts = [_inside(found, stage) for stage in COURSE]
    ends = np.cumsum([steps[-1] for steps, _ in parts]).tolist()
    counted = [steps + before for (steps, _), before in zip(parts, (0, *ends), strict=False)]
    places = stretch(np.concatenate([[0], *counted]), ends)
    changes = np.hstack([np.zeros((len(found), 1)), *(changes for _, changes in parts)])
    draw_seeds(here, places, changes, BLUE, SKY, "small model, mean")
    by_lot = having(found, _RANDOM)
    if by_lot:
        steps, changes = _inside(by_lot, _RANDOM)
        places = stretch(np.concatenate([[0], steps]) + ends[1], ends)
        changes = np.hstack([_inside(by_lot, COURSE[1])[1][:, -1:], changes])
        draw_seeds(here, places, changes, PINK, (PINK, 0.6), "reward drawn by lot", "--")
    heights = [100 * (point.height / TULU_RANKME[0].height - 1) for point in TULU_RANKME]
    draw_published(paper, heights)
    for point, height in zip(TULU_RANKME, heights, strict=True):
        at = (stretch([point.step], TULU_ENDS)[0], height)
        side = "left" if point.step == 0 else "center"  # clear of the axis
        paper.annotate(f"{point.height:g}", at, xytext=(0, 7), textcoords="offset points", ha=side, fontsize=9)
    for axes, last in ((here, ends), (paper, TULU_ENDS)):
        draw_stages(axes, last)
        axes.axhline(0, color=BLACK, lw=0.9)
        axes.margins(y=0.15)
        axes.set_ylabel("change of RankMe\nsince the base (%)")
        axes.legend(**_OUTSIDE)
    paper.set_xlabel("post-training steps, counted on")
    figure.align_ylabels([here, paper])
    return figure


def _inside(found: Sequence[Record], stage: str) -> tuple[NDArray[np.int64], Array]:
    """Steps `(n,)` within a stage, and by how many percent RankMe then differs from the base's, `(n_seeds, n)`."""
    own = [np.array(record["path"]["stage"]) == stage for record in found]
    bases = np.array([[record["stages"]["base"]["rankme"]] for record in found])
    rankme = np.array([record["path"]["rankme"][noted] for record, noted in zip(found, own, strict=True)])
    return found[0]["path"]["step"][own[0]], 100 * (rankme / bases - 1)


def plot_stages(records: Records) -> Figure:
    """By how many percent each training changes RankMe and alpha-ReQ of the model that it begins from.

    Hollow dots are seeds, the bar is their mean with Student's 95 % interval. Controls stand on grey.
    """
    found = records.of("stages")
    rows = apart(COURSE)
    figure = style.figure(9, 4.2)
    panels = figure.subplots(1, 2, sharey=True)
    for axes, quantity, title in zip(panels, ("rankme", "alpha"), ("RankMe", "alpha-ReQ"), strict=True):
        axes.axhspan(rows["continued"] - 0.5, rows[_RANDOM] + 0.5, color="0.5", alpha=0.12, lw=0, zorder=0)
        axes.axvline(0, color=BLACK, lw=0.9)
        for name, row in rows.items():
            with_it = having(found, name)
            if not with_it:
                continue
            change = 100 * (each(with_it, name, quantity) / each(with_it, _BEGUN_FROM[name], quantity) - 1)
            colour = COLOURS.get(name, PINK)
            axes.plot(change, np.full(len(change), row), "o", color=colour, mfc="none", ms=5, mew=1.0)
            if len(change) > 1:
                axes.plot(mean_interval(change), (row + 0.22, row + 0.22), color=colour, lw=1.6)
            axes.plot(change.mean(), row + 0.22, "|", color=colour, ms=11, mew=2.6)
        axes.set(title=title, xlabel="change (%)")
    labels = [
        f"{NAMES.get(name) or CONTROLS[name].replace(chr(10), ' ')}\n(from {NAMES[_BEGUN_FROM[name]]})" for name in rows
    ]
    panels[0].set_yticks(list(rows.values()), labels)
    panels[0].set_ylim(rows[_RANDOM] + 0.5, -0.5)
    panels[0].text(0.02, rows["continued"] - 0.44, "controls", transform=panels[0].get_yaxis_transform(), va="top")
    panels[0].set_ylabel("training")
    return figure


def plot_in_and_out(records: Records) -> Figure:
    """Loss and accuracy on held-out problems of the trained kind and of another kind, for every model.

    Thin lines are seeds, thick ones their means; of the controls, hollow markers are seeds and full ones means.
    """
    found = records.of("stages")
    figure = style.figure(9, 5.4)
    losses, accuracies = figure.subplots(2, 1, sharex=True)
    for axes, quantity, label in ((losses, "loss", "loss of the answer (nats)"), (accuracies, "accuracy", "accuracy")):
        draw_models(axes, found, quantity, BLUE, "o", "sums, as trained (in distribution)", -_SPREAD)
        draw_models(axes, found, f"ood_{quantity}", RED, "s", "subtractions (out of distribution)", _SPREAD)
        axes.set_ylabel(label)
    losses.set_yscale("log")
    losses.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    losses.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    losses.yaxis.set_minor_locator(NullLocator())
    chance = np.mean([record["chance"] for record in found])
    accuracies.axhline(chance, color=BLACK, ls=":", lw=1.2, label="always the commonest answer")
    accuracies.set_ylim(-0.03, 1.03)
    figure.legend(*accuracies.get_legend_handles_labels(), loc="outside lower center", ncols=3, fontsize=8)
    name_models(figure)
    return figure


def plot_diversity(records: Records) -> Figure:
    """How many of a problem's sampled answers differ, and the entropy of the answer, for every model.

    Thin lines are seeds, thick ones their means; of the controls, hollow markers are seeds and full ones means. Two
    controls are not sampled.
    """
    found = records.of("stages")
    figure = style.figure(9, 4.8)
    different, entropies = figure.subplots(2, 1, sharex=True)
    draw_models(different, found, "distinct", BLUE, "o", "")
    draw_models(entropies, found, "entropy", BLUE, "o", "")
    places = apart(tuple(NAMES))
    for name in CONTROLS:
        if not any("distinct" in record["stages"][name] for record in having(found, name)):
            different.text(places[name], 0.5, "not sampled", ha="center", va="bottom", fontsize=9, color="0.35")
    different.set(ylabel=f"different answers\namong {found[0]['samples']}", ylim=(0, None))
    entropies.set(ylabel="entropy of\nthe answer (nats)", ylim=(0, None))
    name_models(figure)
    return figure


def plot_reward(records: Records) -> Figure:
    """Mean reward of each step's completions: exact match, and the control's, drawn by lot; thin lines are seeds."""
    found = records.of("stages")
    figure = style.figure(9, 3.2)
    axes = figure.subplots()
    parts = (("reward", RED, "RLVR: exact match"), ("reward_random", PINK, "control: by lot"))
    for name, colour, label in parts:
        rewards = np.array([record[name] for record in found if name in record.result])
        if len(rewards):
            draw_seeds(axes, np.arange(1, rewards.shape[1] + 1), rewards, colour, (colour, 0.4), label)
    axes.set(xlabel="steps of RLVR", ylabel="mean reward", ylim=(0, 1.02))
    axes.margins(x=0.01)
    axes.legend(**_OUTSIDE)
    return figure
