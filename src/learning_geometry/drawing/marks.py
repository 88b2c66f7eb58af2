"""What an artist of a figure draws, in the coordinates of the data."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import Collection, LineCollection, PathCollection, QuadMesh
from matplotlib.contour import ContourSet
from matplotlib.image import AxesImage
from matplotlib.lines import AxLine, Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.text import Annotation, Text

Mark = tuple[str, Any, dict[str, Any]]
"""Kind of mark, its colour (None where it stands for a number), and its place."""


def marks_of(artist: Any, axes: Axes) -> Iterator[Mark]:
    """The marks that an artist of a panel draws; none for what stands outside the coordinates of the data."""
    if isinstance(artist, Line2D):
        yield from _line(artist, axes)
    elif isinstance(artist, AxesImage):
        yield from _image(artist)
    elif isinstance(artist, Collection):
        yield from _collection(artist, axes)
    elif isinstance(artist, Rectangle):
        yield from _rectangle(artist, axes)
    elif isinstance(artist, Patch):
        across, upwards = _in_data(artist.get_transform(), axes)
        if across and upwards:
            vertices: Any = artist.get_path().cleaned().vertices
            for x, y in vertices[:-1]:
                yield "outline", artist.get_facecolor(), {"x": x, "y": y}
    elif isinstance(artist, Text) and artist.get_text().strip() and not axes.images:
        yield from _text(artist, axes)


def _line(line: Line2D, axes: Axes) -> Iterator[Mark]:
    if isinstance(line, AxLine):
        ends = axes.transData.inverted().transform(line.get_transform().transform([[0, 0], [1, 1]]))
        places, across, upwards = ends, True, True
    else:
        places = np.asarray(line.get_xydata(), dtype=np.float64)
        across, upwards = _in_data(line.get_transform(), axes)
    if across and upwards:
        mark = "points" if line.get_linestyle() in ("None", "none", "", " ") else "line"
        for x, y in places:
            yield mark, line.get_color(), {"x": x, "y": y}
    elif (across or upwards) and len(places):
        yield "level", line.get_color(), {"x": places[0, 0]} if across else {"y": places[0, 1]}


def _image(image: AxesImage) -> Iterator[Mark]:
    values = np.ma.filled(np.ma.asarray(image.get_array(), dtype=np.float64), np.nan)
    left, right, bottom, top = image.get_extent()
    if image.origin == "upper":
        bottom, top = top, bottom
    height, width = values.shape[:2]
    white = 255.0 if values.ndim == 3 and np.nanmax(values) > 1 else 1.0
    for row in range(height):
        for column in range(width):
            value = values[row, column]
            place = {"x": left + (column + 0.5) * (right - left) / width}
            place |= {"y": bottom + (row + 0.5) * (top - bottom) / height}
            if values.ndim == 2:
                yield "tile", None, place | {"value": value}
            else:
                yield "tile", np.clip(value / white, 0, 1), place


def _collection(drawn: Any, axes: Axes) -> Iterator[Mark]:
    colours, edges = drawn.get_facecolor(), drawn.get_edgecolor()
    colours = colours if len(colours) else edges
    numbers: Any = None if drawn.get_array() is None else np.ma.filled(np.ma.asarray(drawn.get_array(), float), np.nan)
    if isinstance(drawn, QuadMesh):
        corners: Any = drawn.get_coordinates()
        centres = (corners[:-1, :-1] + corners[1:, 1:]) / 2
        for (x, y), value in zip(centres.reshape(-1, 2), np.ravel(numbers), strict=True):
            yield "tile", None, {"x": x, "y": y, "value": value}
    elif isinstance(drawn, ContourSet):
        for level, path in zip(drawn.levels, drawn.get_paths(), strict=False):
            for x, y in np.asarray(path.vertices):
                yield "contour", None, {"x": x, "y": y, "value": float(level)}
    elif isinstance(drawn, PathCollection):
        for k, (x, y) in enumerate(np.ma.filled(drawn.get_offsets(), np.nan)):
            value = {} if numbers is None else {"value": numbers[k]}
            yield "points", _nth(colours, k), {"x": x, "y": y} | value
    elif any(_in_data(drawn.get_transform(), axes)):
        across, upwards = _in_data(drawn.get_transform(), axes)
        for k, path in enumerate(drawn.get_paths()):
            vertices: Any = path.vertices
            if isinstance(drawn, LineCollection) and len(vertices) == 2:
                (x, y), (x_end, y_end) = vertices
                ends = {"x": x, "x_end": x_end} if across else {}
                yield "interval", _nth(edges, k), ends | ({"y": y, "y_end": y_end} if upwards else {})
            elif hasattr(drawn, "t_direction"):
                yield from _band(vertices, _nth(colours, k), drawn.t_direction)
            else:
                for x, y in vertices:
                    yield "outline", _nth(colours, k), {"x": x, "y": y}


def _band(vertices: Any, colour: Any, along: str) -> Iterator[Mark]:
    """The two edges of what `fill_between` fills: it goes along one and comes back along the other."""
    count = (len(vertices) - 1) // 2 - 1
    there, back = vertices[1 : count + 1], vertices[count + 2 : 2 * count + 2][::-1]
    for (x, y), (x_end, y_end) in zip(there, back, strict=True):
        yield "band", colour, {"x": x, "y": y, "y_end": y_end} if along == "x" else {"x": x, "y": y, "x_end": x_end}


def _rectangle(box: Rectangle, axes: Axes) -> Iterator[Mark]:
    across, upwards = _in_data(box.get_transform(), axes)
    place = {"x": box.get_x(), "x_end": box.get_x() + box.get_width()} if across else {}
    place |= {"y": box.get_y(), "y_end": box.get_y() + box.get_height()} if upwards else {}
    if place:
        yield "bar" if across and upwards else "span", box.get_facecolor(), place


def _text(text: Text, axes: Axes) -> Iterator[Mark]:
    words = " ".join(text.get_text().split())
    if isinstance(text, Annotation):
        x, y = text.xy
        both = text.xycoords if isinstance(text.xycoords, tuple) else (text.xycoords, text.xycoords)
        across, upwards = (
            how == "data" if isinstance(how, str) else _in_data(how, axes)[k] for k, how in enumerate(both)
        )
    else:
        x, y = text.get_position()
        across, upwards = _in_data(text.get_transform(), axes)
    place = ({"x": x} if across else {}) | ({"y": y} if upwards else {})
    if place:
        yield "text", text.get_color(), place | {"text": words}


def _in_data(transform: Any, axes: Axes) -> tuple[bool, bool]:
    """Whether the horizontal and the vertical coordinate are those of the data."""
    if not hasattr(transform, "contains_branch_seperately"):
        return False, False
    across, upwards = transform.contains_branch_seperately(axes.transData)
    return bool(across), bool(upwards)


def _nth(colours: Any, k: int) -> Any:
    return colours[k % len(colours)] if len(colours) else None
