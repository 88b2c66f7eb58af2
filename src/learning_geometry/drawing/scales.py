"""Logarithmic axes with plain numbers, and axes of training steps that begin at 0."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullLocator
from numpy.typing import ArrayLike

_SUFFIXES = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))


def log_steps(axes: Axes, steps: ArrayLike) -> None:
    """Make the horizontal axis one of logarithmic `steps` `(n,)` that has step 0 at its left edge.

    The axis is linear up to the first step after 0, and marked at powers of ten: 0, 1, 10, 100, 1k, 10k, ...
    """
    every = np.asarray(steps, dtype=np.float64)
    positive = every[every > 0]
    axes.set_xscale("symlog", linthresh=float(positive.min()), linscale=0.4)
    decades = range(int(np.ceil(np.log10(positive.min()))), int(np.log10(positive.max())) + 1)
    marks = [0.0, *(10.0**k for k in decades)]
    axes.set_xticks(marks, [short(mark) for mark in marks])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlim(0, float(positive.max()))


def log_ticks(axes: Axes, marks: ArrayLike, *, axis: Literal["x", "y"] = "x", base: float = 10) -> None:
    """Make an axis logarithmic and mark it at the numbers `marks` `(n,)` alone, with commas between thousands."""
    numbers = np.asarray(marks).tolist()
    _make_logarithmic(axes, axis, base)
    getattr(axes, f"set_{axis}ticks")(numbers, [f"{number:,.12g}" for number in numbers])
    _axis(axes, axis).set_minor_locator(NullLocator())


def plain_log(axes: Axes, axis: Literal["x", "y"] = "x", subs: Sequence[int] = (1, 2, 5)) -> None:
    """Make an axis logarithmic and mark it with plain numbers, at the multiples `subs` of powers of ten."""
    _make_logarithmic(axes, axis, 10)
    _axis(axes, axis).set(
        major_locator=LogLocator(subs=subs),
        major_formatter=lambda number, _: f"{number:,.12g}",
        minor_locator=NullLocator(),
    )


def short(number: float) -> str:
    """A number with as few digits as say it: 100, 1k, 10k, 1M, 1B, 1T."""
    for unit, suffix in _SUFFIXES:
        if abs(number) >= unit:
            return f"{number / unit:g}{suffix}"
    return f"{number:g}"


def signed(number: float, digits: int = 2) -> str:
    """A number with its sign, a true minus, and `digits` after the point; zero has no minus."""
    return f"{round(number, digits) + 0.0:+.{digits}f}".replace("-", "−")


def _make_logarithmic(axes: Axes, axis: Literal["x", "y"], base: float) -> None:
    getattr(axes, f"set_{axis}scale")("log", base=base)


def _axis(axes: Axes, axis: Literal["x", "y"]) -> Any:
    return axes.xaxis if axis == "x" else axes.yaxis
