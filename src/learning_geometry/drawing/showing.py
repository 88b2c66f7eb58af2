"""What a notebook keeps of a figure beside its picture: the data, the picture for dark pages, thumbnails, and who drew it."""

import io
from typing import Any

from matplotlib.figure import Figure

from learning_geometry.drawing.dark import darkened
from learning_geometry.drawing.data import extract, scales
from learning_geometry.drawing.letters import text_sizes
from learning_geometry.drawing.thumbnails import thumbnail

BEHIND = "application/vnd.learning-geometry.figure+json"
"""Type of the output that holds what is behind a figure; viewers that do not know it pass over it."""


def show_what_is_behind() -> None:
    """From now on every figure that a cell of this notebook shows brings along what is behind it."""
    from IPython.core.getipython import get_ipython

    if (shell := get_ipython()) is not None:
        shell.display_formatter.formatters["image/svg+xml"].pop(Figure, None)  # it would draw every figure once more
        shell.display_formatter.mimebundle_formatter.for_type(Figure, _bundle)


def behind(figure: Figure) -> dict[str, Any]:
    """The data of a figure that has been drawn, its picture for dark pages, thumbnails, smallest letters, and who drew it."""
    sizes = text_sizes(figure)
    thumbnails = {"light": thumbnail(figure)}
    with darkened(figure):
        dark = _svg(figure, facecolor="none")
        thumbnails["dark"] = thumbnail(figure, facecolor="none")
    origin = getattr(figure, "origin", {"function": "", "reads": []})
    letters = round(min(sizes.values(), default=0.0), 2)
    pictures = {"dark": dark, "thumbnails": thumbnails}
    return {**origin, "data": extract(figure), "scales": scales(figure), **pictures, "letters": letters}


def _bundle(figure: Figure, include: Any = None, exclude: Any = None) -> dict[str, Any]:
    return {"image/svg+xml": _svg(figure), BEHIND: behind(figure)}


def _svg(figure: Figure, **how: Any) -> str:
    picture = io.StringIO()
    # The layout is constrained already; a tight box would lay every figure out a second time.
    figure.savefig(picture, format="svg", metadata={"Date": None}, bbox_inches=None, **how)
    return picture.getvalue()
