"""Tasks that follow each other."""

import numpy as np
from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.instruments.interquartile import interquartile_mean, stratified_interval
from learning_geometry.records import Records
from learning_geometry.studies.successor_features.claims._courses import NAMES, final, part, returns
from learning_geometry.studies.successor_features.figures._looks import LOOKS, curve

_TITLES = {"nothing": "nothing changes", "rewards": "rewards switch", "layout": "the gap moves"}


def plot_course(records: Records) -> Figure:
    """Return over four phases of two tasks; below, in the phase after the first, by what it changed."""
    figure = drawing.figure(drawing.PAGE_WIDTH, 4.3)
    above, below = np.asarray(figure.subfigures(2, 1, height_ratios=[1.15, 1]))
    axes = above.subplots()
    for agent in ("orthogonality", "reconstruction", "canonical", "DQN", "simple"):
        course = part(records, agent, "course")
        last = int(course["update"][-1])
        colour, line = LOOKS[agent]
        for phase in course.phase.values:
            values = course.returns.sel(phase=phase)
            x = values.update + (phase - 1) * last
            label = NAMES[agent] if phase == 1 else ""
            drawing.band(axes, x, values, colour=colour, line=line, label=label, quantiles=(0.25, 0.75))
    for phase in part(records, "simple", "course").phase.values:
        axes.axvline((phase - 1) * last, color=drawing.GREY, lw=0.8, ls=":")
        drawing.name_above(axes, (phase - 0.5) * last, f"task {2 - phase % 2}")
    axes.set(xlabel="updates", ylabel="greedy return")
    drawing.legend_outside(axes)
    switches = [name for name in _TITLES if name in part(records, "simple", "branches").switch.values]
    grid = below.subplots(1, len(switches) + 1, sharey=True)
    for axes, name in zip(grid, [*switches, "both"], strict=True):
        for agent in ("DQN", "simple"):
            values = (
                returns(records, agent, 2)
                if name == "both"
                else part(records, agent, "branches").returns.sel(switch=name)
            )
            curve(axes, agent, values)
        axes.set(title=_TITLES.get(name, "both change"), xlabel="updates")
    grid[0].set_ylabel("greedy return")
    return figure


def plot_interquartile(records: Records) -> Figure:
    """Interquartile means of the returns at the ends of the first two tasks, with stratified bootstrap intervals."""
    scores = {agent: np.stack([final(records, agent, phase).values for phase in (1, 2)], axis=1) for agent in NAMES}
    order = sorted(scores, key=lambda agent: -interquartile_mean(scores[agent]))
    figure = drawing.figure(drawing.PAGE_WIDTH, 2.3)
    axes = figure.subplots()
    for row, agent in enumerate(order):
        low, high = stratified_interval(scores[agent])
        drawing.interval_row(axes, row, interquartile_mean(scores[agent]), low, high, colour=LOOKS[agent][0])
    drawing.label_rows(axes, [f"{NAMES[agent]} ({len(scores[agent])})" for agent in order])
    axes.axvline(0, color=drawing.GREY, lw=1, zorder=0)
    axes.set_xlabel("interquartile mean of returns, both tasks")
    return figure
