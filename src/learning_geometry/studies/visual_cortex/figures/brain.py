"""Measured brains, for those who have such records."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.instruments.scale_free import MARGIN
from learning_geometry.instruments.spectrum import binned, geometric_bins
from learning_geometry.records import Records
from learning_geometry.store import Record
from learning_geometry.studies.visual_cortex.figures._spectra import (
    LOWEST,
    RATIO,
    draw_ratio,
    draw_spectrum,
    ranks_axis,
    ratio_axis,
)

_ONE_SIDED = 1.645  # standard deviations: the test is one of 5 % on one side
_VERDICTS = {"scale-free": ("o", True), "undecided": ("o", False), "not scale-free": ("X", True)}
_ASIDE = 0.16  # by which an area and its match make way for each other


def _by_area(records: Records, experiment: str) -> dict[str, list[Record]]:
    areas: dict[str, list[Record]] = {}
    for record in records.of(experiment):
        areas.setdefault(record.unit.area, []).append(record)
    return areas


def plot_brain(records: Records) -> Figure:
    """Areas of people's brains: their spectra over those of power laws, and their curvature with the verdict.

    A row for each area. Left, a line for each subject, in grey and dashed that of V1 made as hard to measure; the grey band
    holds power laws within two standard deviations. Right, bars are 5 % on either side, and markers verdicts.
    """
    areas = _by_area(records, "brain")
    handles = [drawing.key("the area", color=drawing.BLUE), drawing.key("V1 matched to it", "--")]
    handles += [
        drawing.key(verdict, "", marker=marker, color=drawing.BLACK, mfc=drawing.BLACK if filled else "none")
        for verdict, (marker, filled) in _VERDICTS.items()
    ]
    most = max(map(len, areas.values()))
    figure, grid = drawing.panels(
        [title for area in areas for title in (area, "")],
        *handles,
        columns=2,
        height=max(2.4, 1 + 0.34 * most),
        share_y=False,
        across=5,
    )
    for ratio, curvature, measured in zip(grid[::2], grid[1::2], areas.values(), strict=True):
        for row, record in enumerate(measured):
            own, match = record["area"], record.result.get("matched")
            _draw_test(curvature, row - _ASIDE * (match is not None), own, drawing.BLUE)
            draw_ratio(ratio, own["rank"], own.observed / own.expected, own.spread / own.expected, drawing.BLUE)
            if match is not None:
                over = match.observed / match.expected
                ratio.plot(match["rank"], over.where(over >= LOWEST), "--", color=drawing.GREY)
                _draw_test(curvature, row + _ASIDE, match, drawing.GREY)
        ratio_axis(ratio)
        ratio.set_ylabel(RATIO)
        names = [f"subject {record.unit.subject}\n{int(record['area'].voxels):,} voxels" for record in measured]
        drawing.label_rows(curvature, names)
        curvature.axvline(0, color=drawing.GREY, lw=1, zorder=0)
    low = min(-2 * MARGIN, *(axes.get_xlim()[0] for axes in grid[1::2]))
    high = max(axes.get_xlim()[1] for axes in grid[1::2])
    for axes in grid[1::2]:
        drawing.shade(axes, -MARGIN, high)
        axes.set(xlim=(low, high), xlabel="curvature relative to power laws")
    return figure


def _draw_test(axes: Axes, row: float, test: Any, colour: str) -> None:
    value, half = float(test.curvature), _ONE_SIDED * float(test.curvature_sd)
    marker, filled = _VERDICTS[test.verdict.item()]
    drawing.interval_row(axes, row, value, value - half, value + half, colour=colour, marker=marker, filled=filled)


def plot_brain_pairs(records: Records) -> Figure:
    """Spectra of what pairs of subjects share, a panel for each area, over those of images in random order (grey)."""
    areas = _by_area(records, "brain_pairs")
    handles = [
        drawing.key("same images", color=drawing.BLUE, marker="o"),
        drawing.key("images shuffled", "", marker="s"),
    ]
    figure, grid = drawing.panels(list(areas), *handles)
    for axes, measured in zip(grid, areas.values(), strict=True):
        for record in measured:
            bins = geometric_bins(record["spectrum"].size)
            ranks, shuffled = binned(record["shuffled"].values, bins)
            draw_spectrum(axes, ranks, shuffled, drawing.GREY, "s", line="")
            draw_spectrum(axes, ranks, binned(record["spectrum"].values, bins)[1], drawing.BLUE, "o")
        ranks_axis(axes)
    grid[0].set_yscale("log")
    drawing.label_axes(grid, y="shared covariance\n(1 = a voxel's variance)")
    return figure
