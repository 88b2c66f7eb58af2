"""The stages of a model of vision, without noise and through a scanner."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records
from learning_geometry.studies.visual_cortex.figures._spectra import RATIO, draw_ratio, ranks_axis, ratio_axis

_COLOURS = (drawing.GREY, drawing.SKY, drawing.BLUE, drawing.GREEN, drawing.ORANGE, drawing.RED)
_VERDICTS = ("scale-free", "not scale-free", "undecided", "no signal")
_ROUNDING = 1e-10  # shares of variance below this are zero


def plot_hierarchy_spectra(records: Records) -> Figure:
    """Spectra of the stages of the hierarchy without noise, with the power laws that fit the window best (dashed)."""
    stages = records["hierarchy"]
    first, last = stages.attrs["ranks"]
    figure, grid = drawing.panels(list(stages.stage.values), height=2.05, share_x=True)
    for axes, stage, colour in zip(grid, stages.stage.values, _COLOURS, strict=True):
        measured = stages.sel(stage=stage)
        alpha, curvature = float(measured.alpha.mean()), float(measured.curvature.mean())
        shares = measured.spectrum.where(measured.spectrum.mean("seed") > _ROUNDING)
        drawing.seeds_and_mean(axes, shares["rank"], shares, colour=colour)
        inside = shares.sel(rank=slice(first, last)).mean("seed")
        drawing.power_law(axes, inside["rank"], inside, alpha)
        ranks_axis(axes)
        axes.set(yscale="log", xlim=(0.9, 1.1 * shares.sizes["rank"]))
        drawing.note(axes, f"exponent {alpha:.2f}\ncurvature {drawing.signed(curvature)}", "lower left")
    shown = stages.spectrum.sel(rank=slice(first, last)).values
    grid[0].set_ylim(shown[shown > 0].min() / 20, shown.max() * 2)
    drawing.label_axes(grid, y="share of variance")
    _name_ranks_below(grid)
    return figure


def plot_hierarchy_verdicts(records: Records) -> Figure:
    """What the scanner shows of each stage, over what it would show of a power law, and the verdicts of all seeds.

    Stages without enough signal have no ratio; their number is among the verdicts.
    """
    stages = records["hierarchy"]
    figure, grid = drawing.panels(list(stages.stage.values), height=2.05, share_x=True)
    for axes, stage, colour in zip(grid, stages.stage.values, _COLOURS, strict=True):
        measured = stages.sel(stage=stage)
        verdicts = list(measured.verdict.values)
        seen = measured.isel(seed=np.array(verdicts) != "no signal")
        counts = [
            f"{verdict}: {verdicts.count(verdict)} of {len(verdicts)}" for verdict in _VERDICTS if verdict in verdicts
        ]
        if seen.sizes["seed"]:
            spread = (seen.spread / seen.expected).mean("seed")
            draw_ratio(axes, seen.bin, seen.observed / seen.expected, spread, colour)
            counts.append(f"curvature {drawing.signed(float(seen.measured_curvature.mean()))}")
        drawing.note(axes, "\n".join(counts), "lower left")
        ranks_axis(axes)
    ratio_axis(grid[0])
    drawing.label_axes(grid, y=RATIO)
    _name_ranks_below(grid)
    return figure


def _name_ranks_below(grid: list[Axes]) -> None:
    """Leave the name of the horizontal axis to the lowest row, which has its numbers."""
    for axes in grid[:-3]:
        axes.set_xlabel("")
