"""Matrices of numbers as tiles."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from learning_geometry.drawing.style import MAP

_LIGHT = 0.46  # brightness of a tile above which black letters have more contrast than white ones


def matrix(
    axes: Axes,
    values: ArrayLike,
    *,
    rows: Sequence[Any] | ArrayLike = (),
    columns: Sequence[Any] | ArrayLike = (),
    low: float = 0.0,
    high: float = 1.0,
    write: str | Callable[[float], str] = "",
    framed: ArrayLike | None = None,
    **how: Any,
) -> AxesImage:
    """Draw a matrix `(n_rows, n_columns)` as tiles whose colours run from `low` to `high`, the first row at the top.

    `rows` and `columns` name them. `write` is a format such as ".2f", or a function, of the number on each tile; tiles
    that are `framed` `(n_rows, n_columns)` have a frame. `how` goes to imshow. Pass the result to `figure.colorbar`.
    """
    numbers = np.asarray(values, dtype=np.float64)
    image = axes.imshow(numbers, **{"vmin": low, "vmax": high, "cmap": MAP, **how})
    if len(named := list(np.asarray(columns).tolist())):
        axes.set_xticks(range(len(named)), [str(name) for name in named])
    if len(named := list(np.asarray(rows).tolist())):
        axes.set_yticks(range(len(named)), [str(name) for name in named])
    axes.spines[:].set_visible(False)
    frames = np.zeros(numbers.shape, dtype=bool) if framed is None else np.asarray(framed, dtype=bool)
    shades = image.to_rgba(numbers)
    for (row, column), number in np.ndenumerate(numbers):
        red, green, blue, _ = shades[row, column]
        colour = "black" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > _LIGHT else "white"
        if write:
            text = write(float(number)) if callable(write) else format(number, write)
            axes.text(column, row, text, ha="center", va="center", color=colour)
        if frames[row, column]:
            axes.add_patch(Rectangle((column - 0.44, row - 0.42), 0.88, 0.84, fill=False, ec=colour, lw=1.6))
    return image
