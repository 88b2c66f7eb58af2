"""The graph of a few digits that augmentations make, its eigenfunctions, and features that fill them up."""

from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.offsetbox import AnnotationBbox, OffsetImage

from learning_geometry import drawing
from learning_geometry.records import Records
from learning_geometry.studies.efficient_ssl.claims.idealised import middle, strengths, training

_SHOWN = 30  # eigenvalues
_ZOOM = 1.6  # size of a digit


def plot_graph(records: Records) -> Figure:
    """Digits of the first seed, placed by the first two eigenfunctions of the kernel; beside it, the eigenvalues of all seeds."""
    record = records.of("eigenfunctions")[0]
    world, dimensions = record["world"], record["training"].attrs["dimensions"]
    figure = drawing.figure(drawing.PAGE_WIDTH, 3.4)
    left, right = figure.subplots(1, 2, width_ratios=[1.9, 1])
    x, y = world.function.values[:, :2].T
    left.plot(x, y, ".", ms=1, color="white")
    for image, label, place in zip(world.image.values, world.label.values, zip(x, y, strict=True), strict=True):
        tinted = _tinted(image, colormaps["tab10"](int(label) % 10))
        left.add_artist(AnnotationBbox(OffsetImage(tinted, zoom=_ZOOM, interpolation="nearest"), place, frameon=False))
    left.set(
        title="Digits in the plane of two eigenfunctions", xlabel="first eigenfunction", ylabel="second eigenfunction"
    )
    left.margins(0.07)
    values = records["eigenfunctions", "world"]["values"].transpose("seed", "order")[:, :_SHOWN]
    drawing.seeds_and_mean(right, np.arange(1, values.sizes["order"] + 1), values, colour=drawing.BLUE)
    right.axvline(dimensions + 0.5, color=drawing.GREY, lw=1, ls=":")
    right.text(dimensions + 1, 0.97, f"{dimensions} features", color=drawing.GREY, va="top")
    right.set(title="Eigenvalues", xlabel="rank", ylim=(0, 1))
    return figure


def plot_filling(records: Records) -> Figure:
    """The share of each eigenfunction that features capture over training, a panel for each loss; means over seeds."""
    runs = training(records)
    idealised, barlow, vicreg = (strengths(runs, family) for family in ("idealised", "barlow", "vicreg"))
    wanted = {
        middle(runs): "idealised loss",
        barlow[-1]: "Barlow Twins, strong",
        vicreg[-1]: "VICReg, strong",
        idealised[-1]: "idealised, too strong",
        barlow[0]: "Barlow Twins, weak",
        vicreg[0]: "VICReg, weak",
    }
    figure = drawing.figure(drawing.PAGE_WIDTH, 4.0)
    grid = figure.subplots(2, 3, sharex=True, sharey=True)
    for axes, (loss, title) in zip(grid.flat, wanted.items(), strict=True):
        image = _fill(axes, runs.captured.sel(loss=loss).mean("seed"))
        axes.axhline(runs.attrs["dimensions"] - 0.5, color="white", lw=1, ls=":")
        axes.set_title(title)
    drawing.label_axes(list(grid.flat), x="step", y="eigenfunction")
    figure.colorbar(image, ax=grid, label="share captured", shrink=0.7)
    return figure


def plot_matched(records: Records) -> Figure:
    """How much features match of the kernel over training: frameworks at their strengths, and controls."""
    runs = training(records)
    idealised, barlow, vicreg = (strengths(runs, family) for family in ("idealised", "barlow", "vicreg"))
    figure, grid = drawing.panels(["The idealised loss", "Barlow Twins", "VICReg"], height=2.2)
    colours = (drawing.SKY, drawing.BLUE, drawing.BLACK)
    for axes, names in zip(grid, (idealised, barlow, vicreg), strict=True):
        for name, colour in zip(names, colours if len(names) > 2 else colours[::2], strict=False):
            drawing.band(
                axes,
                runs.step[1:],
                runs.matched.sel(loss=name).isel(step=slice(1, None)),
                colour=colour,
                label=name.split()[1],
            )
        axes.set_xscale("log")
    shuffled = runs.matched.sel(loss="shuffled").isel(step=slice(1, None))
    drawing.band(grid[1], runs.step[1:], shuffled, colour=drawing.RED, label="shuffled")
    for axes, what in zip(grid, ("orthogonality", "off the diagonal", "covariance"), strict=True):
        axes.set_ylim(0, 1.02)
        axes.legend(title=what, loc="upper left")
    drawing.label_axes(grid, x="step", y="share matched")
    return figure


def _fill(axes: Axes, captured: Any) -> Any:
    steps = captured.step.values
    image = axes.imshow(captured.transpose("rank", "step"), vmin=0, vmax=1, aspect="auto", cmap=drawing.MAP)
    marks = list(range(0, len(steps), max(1, len(steps) // 4)))
    axes.set_xticks(marks, [str(steps[mark]) for mark in marks])
    ranks = captured["rank"].values
    axes.set_yticks(range(0, len(ranks), 2), [str(rank) for rank in ranks[::2]])
    axes.spines[:].set_visible(False)
    return image


def _tinted(image: Any, colour: Any) -> Any:
    """A digit in a colour on a transparent ground."""
    from matplotlib.colors import to_rgb

    return np.dstack([np.broadcast_to(np.array(to_rgb(colour)), (*image.shape, 3)), image])
