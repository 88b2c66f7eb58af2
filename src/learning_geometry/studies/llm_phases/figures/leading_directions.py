"""Figure of what the leading directions carry."""

from collections.abc import Sequence
from typing import Any

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records
from learning_geometry.studies.llm_phases._curves import Series, series
from learning_geometry.studies.llm_phases._published import TABLE_8

_PROJECTIONS = {
    "removed": ("leading ones removed", drawing.RED, "-", "o"),
    "random_removed": ("random ones removed", drawing.GREEN, "-", "^"),
    "retained": ("leading ones alone", drawing.BLUE, "-", "s"),
    "random_retained": ("random ones alone", drawing.GREEN, "--", "v"),
}


def plot_directions(records: Records) -> Figure:
    """What the leading directions carry: next tokens in the small model, and multiple choice as in table 8 as printed.

    Left, mean and range over seeds at the last checkpoint. Right, series traced here follow the printed rows, with
    their own smallest (open markers) and largest number of directions (full ones) after their names.
    """
    figure = drawing.figure(9, 3.3)
    left, right = figure.subplots(1, 2)
    _draw_next_tokens(left, records["pretraining"])
    _draw_choices(right, series(records) if "trace" in records else [])
    for axes in (left, right):
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.23), ncols=2)
    return figure


def _draw_next_tokens(axes: Axes, trainings: xr.Dataset) -> None:
    for name, (label, colour, line, marker) in _PROJECTIONS.items():
        left = trainings.accuracy_after.sel(projection=name)
        drawing.band(axes, trainings.n_directions, left, colour=colour, label=label, line=line, marker=marker)
    axes.axhline(float(trainings.accuracy_before.mean()), color=drawing.BLACK, ls=":", lw=1.2, label="whole state")
    drawing.log_ticks(axes, trainings.n_directions, base=2)
    axes.set(xlabel="number of directions", ylabel="accuracy", ylim=(0, None), title="Small model, next token")


def _draw_choices(axes: Axes, traced: Sequence[Series]) -> None:
    rows: dict[str, Any] = {
        name: (row.original, (row.removed_10, row.removed_50), (row.retained_10, row.retained_50))
        for name, row in TABLE_8.items()
    }
    for one in traced:
        if "choices_after" in one.checkpoints:
            last = one.checkpoints.isel(checkpoint=-1, n_directions=[0, -1])
            after = (tuple(last.choices_after.sel(projection=name).values) for name in ("removed", "retained"))
            fewer, more = last.n_directions.values
            rows[f"{one.short_name}, here: {fewer}, {more}"] = (float(last.choices_before), *after)
    for row, (original, removed, retained) in enumerate(rows.values()):
        named = row == 0
        axes.plot(original, row, "|", color=drawing.BLACK, ms=14, mew=1.6, label="whole state" if named else "")
        for values, name in ((removed, "removed"), (retained, "retained")):
            _, colour, _, marker = _PROJECTIONS[name]
            labels = [
                f"leading {count} {'alone' if name == 'retained' else name}" if named else "" for count in (10, 50)
            ]
            axes.plot(values[0], row, marker, color=colour, mfc="white", ms=7, mew=1.6, label=labels[0])
            axes.plot(values[-1], row, marker, color=colour, ms=5, label=labels[1])
    axes.axvline(1 / 4, color=drawing.BLACK, ls=":", lw=1.2, label="guessing one of four")
    drawing.label_rows(axes, list(rows))
    axes.set(xlim=(0, 1.02), xlabel="accuracy", title="SciQ: table 8, as printed")
