"""How large the letters of a figure are on the page of the book."""

from matplotlib.figure import Figure

from learning_geometry.drawing import letters
from learning_geometry.drawing.letters import COLUMN, LEAST

__all__ = ["COLUMN", "LEAST", "text_sizes"]


def text_sizes(figure: Figure) -> dict[str, float]:
    """Height of the letters of every text in a figure, drawn for it, in pixels on the page."""
    figure.draw_without_rendering()  # tick labels are made while drawing
    return letters.text_sizes(figure)
