"""How large the letters of a figure are on the page of the book."""

from matplotlib.figure import Figure
from matplotlib.text import Text

COLUMN = 688
"""Width in pixels of the text of a page, to which wider figures shrink."""

LEAST = 9.0
"""Height in pixels below which letters are too small."""


def text_sizes(figure: Figure) -> dict[str, float]:
    """Height of the letters of every text in a figure that has been drawn, in pixels on the page; of equal texts the smaller."""
    width = 96 * figure.get_figwidth()  # browsers show 96 pixels an inch
    pixels_per_point = 96 / 72 * min(1.0, COLUMN / width)
    sizes: dict[str, float] = {}
    for text in figure.findobj(Text):
        shown = text.get_text().strip()
        if shown and text.get_visible():
            sizes[shown] = min(pixels_per_point * float(text.get_fontsize()), sizes.get(shown, float("inf")))
    return sizes
