"""One look for every figure: colour-blind safe, SVG, readable on light and dark pages."""

from typing import Any

import matplotlib as mpl
from cycler import cycler
from matplotlib.figure import Figure

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""The palette of Okabe and Ito, in the order in which series take it."""

MAP = "viridis"
"""Colour map of quantities between 0 and 1."""

_SETTINGS: dict[str, Any] = {
    "axes.prop_cycle": cycler(color=COLOURS),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.labelsize": 10,
    "figure.facecolor": "white",
    "font.size": 10,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "savefig.facecolor": "white",
    # A fixed salt keeps the ids inside an SVG, and so its bytes, the same from run to run.
    "svg.hashsalt": "learning-geometry",
}


def figure(width: float, height: float) -> Figure:
    """An empty figure of the book's style, width and height in inches, outside pyplot's global state."""
    return Figure(figsize=(width, height), layout="constrained")


def use_in_notebook() -> None:
    """Show figures as SVG without a date, in the book's style, for the rest of this notebook."""
    from matplotlib_inline.backend_inline import set_matplotlib_formats

    mpl.rcParams.update(_SETTINGS)
    # The layout is constrained already; the inline backend's tight box would lay every figure out a second time.
    set_matplotlib_formats("svg", metadata={"Date": None}, bbox_inches=None)
