"""Small networks before and after a task."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records
from learning_geometry.studies.visual_cortex.figures._arms import ARMS, in_full
from learning_geometry.studies.visual_cortex.figures._spectra import mark_margin, middle_window, ranks_axis

_SPECTRA = ("random", "barlow_twins", "vicreg", "fine_tuned", "fine_tuned_augmented", "supervised")
_AFTER = {
    "barlow_twins": [arm for arm in ARMS if arm == "continued" or (arm.startswith("fine") and "vicreg" not in arm)],
    "vicreg": ["fine_tuned_vicreg"],
}
_SHOWN_RANKS = 100


def plot_network_spectra(records: Records) -> Figure:
    """Spectra of six networks, means over seeds: as they are, and over the power law that fits each best."""
    features = records["networks", "features"].sel(rank=slice(_SHOWN_RANKS))
    window, ranks = middle_window(features)
    first, last = map(int, window.split("-"))
    lines = {arm: "--" if arm == "fine_tuned_augmented" else "-" for arm in _SPECTRA}
    handles = [drawing.key(in_full(arm), line, color=ARMS[arm][1]) for arm, line in lines.items()]
    titles = ["features on held-out images", "over the network's own power law"]
    figure, (left, right) = drawing.panels(titles, *handles, columns=2, height=3.6, share_y=False, across=3)
    for arm, line in lines.items():
        network = features.sel(arm=arm)
        shares = network.spectrum.clip(min=np.finfo(np.float64).tiny)
        raised = np.log(shares) + network.alpha.sel(window=window) * np.log(network["rank"])
        level = raised.sel(rank=slice(first, last)).weighted(1 / network["rank"]).mean("rank")
        for axes, values in ((left, network.spectrum), (right, np.exp(raised - level))):
            axes.plot(network["rank"], values.mean("seed"), line, color=ARMS[arm][1])
    right.axhline(1, color=drawing.GREY, lw=1, zorder=0)
    for axes in (left, right):
        ranks_axis(axes)
    left.set(yscale="log", ylabel="share of variance")
    drawing.plain_log(right, "y", (1, 2, 3, 5, 7))
    right.set_ylabel(f"variance over power law\n(fitted to {ranks})")
    return figure


def plot_network_curvature(records: Records) -> Figure:
    """Curvature of the spectrum of every network: seeds, their mean, Student's 95 % interval; grey is scale-free."""
    features = records["networks", "features"]
    window, ranks = middle_window(features)
    figure, (axes,) = drawing.panels([""], height=0.8 + 0.36 * len(ARMS))
    for row, (arm, (_, colour, marker)) in enumerate(ARMS.items()):
        values = features.curvature.sel(arm=arm, window=window)
        drawing.seeds_row(axes, row, values, colour=colour, marker=marker)
    drawing.label_rows(axes, [name for name, _, _ in ARMS.values()])
    for (name, _, _), label in zip(ARMS.values(), axes.get_yticklabels(), strict=True):
        label.set_fontweight("normal" if name.startswith("…") else "bold")
    mark_margin(axes, "x")
    drawing.name_above(axes, 0, "counts as scale-free", colour=drawing.GREY)
    axes.set_xlabel(f"curvature of the spectrum, {ranks}")
    return figure


def plot_paths(records: Records) -> Figure:
    """Curvature while networks are trained, means over seeds with thin lines for each; grey is scale-free."""
    training = records["networks", "training"]
    window, ranks = middle_window(training)
    untrained = records["networks", "features"].curvature.sel(arm="random", window=window).values
    steps = {arm: training.step.sel(arm=arm).isel(seed=0).values for arm in training.arm.values}
    paths = {arm: training.curvature.sel(arm=arm, window=window).transpose("seed", "look").values for arm in steps}
    turn = int(steps["barlow_twins"][-1])
    end = max(turn + int(steps["fine_tuned"][-1]), int(steps["supervised"][-1]))
    titles = ["Barlow Twins, then a task", "VICReg, then a task; supervised"]
    figure, grid = drawing.panels(titles, columns=2, height=4.4)
    for axes, (parent, children) in zip(grid, _AFTER.items(), strict=True):
        own = [arm for arm in (parent, "supervised") if arm == parent or parent == "vicreg"]
        for arm in own:
            _draw_path(axes, 0, steps[arm], untrained, paths[arm], arm)
        for arm in children:
            _draw_path(axes, turn, steps[arm], paths[parent][:, -1], paths[arm], arm)
        axes.annotate(
            ARMS[parent][0],
            (turn / 2, paths[parent].max()),
            (0, 3),
            textcoords="offset points",
            color=drawing.darken(ARMS[parent][1]),
            ha="center",
        )
        mark_margin(axes)
        axes.axvline(turn, color=drawing.GREY, lw=1, ls=":")
        axes.set(xlabel="training steps", xlim=(-0.02 * end, 1.75 * end), xticks=(0, turn, end))
        named = [*children, *own[1:]]
        ends = [(float(paths[arm][:, -1].mean()), ARMS[arm][0].removeprefix("… "), ARMS[arm][1]) for arm in named]
        drawing.name_lines(axes, 1.03 * end, ends)
    grid[0].set_ylabel(f"curvature, {ranks}")
    return figure


def _draw_path(axes: Axes, begin: int, steps: Any, start: Any, path: Any, arm: str) -> None:
    """Draw curvature `(seed, look)` from its `start` `(seed,)` on."""
    _, colour, marker = ARMS[arm]
    drawing.seeds_and_mean(
        axes, begin + np.array([0, *steps]), np.column_stack([start, path]), colour=colour, marker=marker, lw=1.8
    )
