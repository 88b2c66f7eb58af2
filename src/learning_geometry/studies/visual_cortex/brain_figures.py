"""The figures of measured brains and of public vision models, for those who have such records."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from learning_geometry.instruments.scale_free import MARGIN
from learning_geometry.instruments.spectrum import binned, geometric_bins
from learning_geometry.store import Record, Records
from learning_geometry.studies.visual_cortex.drawing import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    LOWEST,
    ORANGE,
    PINK,
    RED,
    SKY,
    Array,
    draw_ratio,
    draw_values,
    key,
    label_rows,
    mark_margin,
    middle,
    name_ends,
    panels,
    plain_log,
    ranks_axis,
)

_ONE_SIDED = 1.645  # standard deviations: the test is one of 5 % on one side
_MARKERS = {"scale-free": ("o", "full"), "not scale-free": ("X", "full"), "undecided": ("o", "none")}
_ASIDE = 0.16  # by which an area and its match make way for each other


def plot_brain(records: Records) -> Figure:
    """Areas of people's brains: their spectra over those of power laws, and their curvature with the verdict.

    A row for each area. Left, a line for each subject, in grey and dashed that of V1 made as hard to measure; the grey band
    holds power laws within two standard deviations. Right, bars are 5 % on either side, and markers verdicts.
    """
    areas = _by_area(records, "brain")
    reference = next((each[0]["matched"]["area"] for each in areas.values() if each[0]["matched"]), "no")
    handles = [
        key("the area", color=BLUE),
        key(f"{reference} matched to it", "--"),
        key("scale-free", "", marker="o", color=BLACK),
        key("undecided", "", marker="o", color=BLACK, mfc="none"),
        key("not scale-free", "", marker="X", color=BLACK),
    ]
    most = max(map(len, areas.values()))
    titles = [title for area in areas for title in (area, "")]
    figure, grid = panels(titles, *handles, columns=2, height=max(2.4, 1 + 0.34 * most), shared=False, across=5)
    for (ratio, curvature), found in zip(zip(grid[::2], grid[1::2], strict=True), areas.values(), strict=True):
        for row, record in enumerate(found):
            _draw_test(curvature, row - _ASIDE * (record["matched"] is not None), record["scale_free"], BLUE)
            ranks, over, spread = _over(record["scale_free"])
            draw_ratio(ratio, ranks, over[None], spread, BLUE)
            if record["matched"] is not None:
                ranks, over, _ = _over(record["matched"]["scale_free"])
                ratio.plot(ranks, np.where(over >= LOWEST, over, np.nan), "--", color=GREY)
                _draw_test(curvature, row + _ASIDE, record["matched"]["scale_free"], GREY)
        ratio.set(yscale="log", ylim=(LOWEST, 4), ylabel="variance over that\nof a power law")
        plain_log(ratio.yaxis)
        label_rows(curvature, [f"subject {record['subject']}\n{record['voxels']:,} voxels" for record in found])
        curvature.axvline(0, color=GREY, lw=1, zorder=0)
    ends = [axes.get_xlim() for axes in grid[1::2]]
    low, high = min(min(ends)[0], -2 * MARGIN), max(end for _, end in ends)
    for axes in grid[1::2]:
        axes.axvspan(-MARGIN, high, color="0.5", alpha=0.15, lw=0, zorder=0)
        axes.set(xlim=(low, high), xlabel="curvature relative to power laws")
    return figure


def _by_area(records: Records, experiment: str) -> dict[str, list[Record]]:
    areas: dict[str, list[Record]] = {}
    for record in records.of(experiment):
        areas.setdefault(record["area"], []).append(record)
    return areas


def _over(test: Mapping[str, Any]) -> tuple[Array, Array, Array]:
    """Ranks, and the values and the spread of power laws over those that are expected, `(bins,)` each."""
    return test["ranks"], test["observed"] / test["expected"], test["spread"] / test["expected"]


def _draw_test(axes: Axes, row: float, test: Mapping[str, Any], colour: str) -> None:
    marker, fill = _MARKERS[test["verdict"]]
    half = _ONE_SIDED * test["curvature_sd"]
    axes.plot((test["curvature"] - half, test["curvature"] + half), (row, row), "-", color=colour, lw=1.6)
    inside = "white" if fill == "none" else colour
    axes.plot(test["curvature"], row, marker, color=colour, ms=9, mfc=inside, mew=1.6)


def plot_brain_pairs(records: Records) -> Figure:
    """Spectra of what pairs of subjects share, a panel for each area, over those of images in random order (grey)."""
    areas = _by_area(records, "brain_pairs")
    handles = key("same images", color=BLUE, marker="o"), key("images shuffled", "", marker="s")
    figure, grid = panels(list(areas), *handles)
    for axes, found in zip(grid, areas.values(), strict=True):
        for record in found:
            bins = geometric_bins(len(record["spectrum"]))
            for name, colour, marker in (("shuffled", GREY, "s"), ("spectrum", BLUE, "o")):
                ranks, means = binned(record[name], bins)
                draw_values(axes, ranks, means[None], colour, marker=marker, ls="-" if name == "spectrum" else "")
        ranks_axis(axes)
    grid[0].set_yscale("log")
    for axes in grid[::3]:
        axes.set_ylabel("shared covariance\n(1 = a voxel's variance)")
    return figure


def plot_pretrained(records: Records) -> Figure:
    """Curvature of the spectra of a vision model's blocks; twins have one colour, and the one with a task is dashed.

    A model is the twin of another whose name its own begins with, as `pretrained.TWINS` have it.
    """
    found = records.of("pretrained")
    at, first, last = middle(found[0]["windows"])
    figure, (axes,) = panels([""], key("self-supervised, or alone"), key("twin with a task", "--"), height=5)
    colours = (BLUE, RED, GREEN, PINK, ORANGE, SKY, BLACK)
    models = list(dict.fromkeys(record["model"] for record in found))
    parents = {model: min((each for each in models if model.startswith(each)), key=len) for model in models}
    families = list(dict.fromkeys(parents.values()))
    ends = []
    for record in found:
        model = record["model"]
        colour = colours[families.index(parents[model]) % len(colours)]
        curvature = record["curvature"][:, at]
        depth = np.linspace(0, 1, len(curvature)) if len(curvature) > 1 else np.ones(1)
        axes.plot(depth, curvature, "o-" if parents[model] == model else "o--", color=colour, ms=5)
        name = model.rstrip("/").split("/")[-1] + f", {record['revision'][:8]}" * (len(models) < len(found))
        ends.append((float(curvature[-1]), name, colour))
    mark_margin(axes)
    axes.set(
        xlabel="depth (0 = first block, 1 = last)", ylabel=f"curvature, ranks {first} to {last}", xlim=(-0.03, 1.55)
    )
    axes.set_xticks((0, 0.25, 0.5, 0.75, 1))
    name_ends(axes, 1.03, ends)
    return figure
