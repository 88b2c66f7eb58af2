"""The look of the book: a colour-blind safe palette, SVG, and letters that can be read at the width of the page."""

from typing import Any

import matplotlib as mpl
from cycler import cycler
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

BLUE, RED, GREEN, PINK, ORANGE, SKY, BLACK = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#000000",
)
COLOURS = (BLUE, RED, GREEN, PINK, ORANGE, SKY, BLACK)
"""The palette of Okabe and Ito, in the order in which series take it."""

GREY = "0.45"
"""Colour of references, controls and whatever a legend says of lines of every colour."""

MAP = "viridis"
"""Colour map of quantities between 0 and 1."""

PAGE_WIDTH = 9.0
"""Width in inches of a figure that fills the column of the page."""

_INK = 0.72  # brightness of letters over that of the line they name: orange and sky are hard to read on white

# The column is 688 px wide and shows 9 inches, 648 points, so that a point is 1.06 px: 9.5 points are 10 px.
SETTINGS: dict[str, Any] = {
    "axes.edgecolor": "0.35",
    # Powers of ten as plain numbers up to 1000: exponents are set in letters too small for the page.
    "axes.formatter.min_exponent": 4,
    "axes.prop_cycle": cycler(color=COLOURS),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.labelsize": 10,
    "figure.facecolor": "white",
    "figure.labelsize": 10,
    "font.size": 10,
    "legend.fontsize": 9.5,
    "legend.frameon": False,
    "legend.title_fontsize": 9.5,
    "lines.linewidth": 1.8,
    "savefig.facecolor": "white",
    "xtick.color": "0.35",
    "xtick.labelcolor": "black",
    "xtick.labelsize": 9.5,
    "ytick.color": "0.35",
    "ytick.labelcolor": "black",
    "ytick.labelsize": 9.5,
    # A fixed salt keeps the ids inside an SVG, and so its bytes, the same from run to run.
    "svg.hashsalt": "learning-geometry",
}
"""The settings of matplotlib that make the style; `use_in_notebook` applies them."""


def figure(width: float, height: float) -> Figure:
    """An empty figure of `width` and `height` in inches, laid out by constraints, outside pyplot's global state."""
    return Figure(figsize=(width, height), layout="constrained")


def use_in_notebook() -> None:
    """Show figures as SVG without a date, in the book's style and with what they show, for the rest of this notebook."""
    from matplotlib_inline.backend_inline import set_matplotlib_formats

    from learning_geometry.drawing.showing import show_what_is_behind

    mpl.rcdefaults()  # a person's own matplotlibrc may ask for anything, LaTeX included
    mpl.rcParams.update(SETTINGS)
    # The layout is constrained already; the inline backend's tight box would lay every figure out a second time.
    set_matplotlib_formats("svg", metadata={"Date": None}, bbox_inches=None)
    show_what_is_behind()


def darken(colour: str) -> tuple[float, float, float]:
    """The darker colour in which to write the name of a line of that colour."""
    red, green, blue = to_rgb(colour)
    return _INK * red, _INK * green, _INK * blue
