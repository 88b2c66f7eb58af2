"""Stretches of an axis that have a name or a meaning, as tints behind the curves."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from matplotlib.axes import Axes
from matplotlib.patches import Patch

from learning_geometry.drawing.layout import name_above, patch

Phase = tuple[str, float, float]
"""Name, start and end."""


def shade_phases(axes: Axes, phases: Sequence[Phase], colours: Mapping[str, str], *, named: bool = False) -> None:
    """Tint each of the `phases`, `(name, start, end)`, in the colour of its name, and write the names above if asked to.

    Set the scale of the horizontal axis before: a name stands in the middle of what is seen of its phase.
    """
    scale = axes.xaxis.get_transform()
    for name, start, end in phases:
        axes.axvspan(start, end, color=colours[name], alpha=0.18, lw=0, zorder=0, label=f"_{name}")
        if named:
            middle = scale.inverted().transform([scale.transform([start, end]).mean()])[0]
            name_above(axes, float(middle), name)


def phase_keys(phases: Sequence[Phase], colours: Mapping[str, str]) -> list[Patch]:
    """A box for a legend for each phase, in its colour."""
    return [patch(name, colours[name]) for name, _, _ in phases]


def shade(axes: Axes, low: float, high: float, *, axis: Literal["x", "y"] = "x", colour: Any = "0.5") -> None:
    """Tint the panel from `low` to `high` along an axis, behind all else: a margin of tolerance, or rows of controls."""
    span = axes.axvspan if axis == "x" else axes.axhspan
    span(low, high, color=colour, alpha=0.15, lw=0, zorder=0)
