"""What a figure shows, as a table: read from the figure itself, so that nothing that is drawn can be left out."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import Collection, LineCollection, PathCollection, QuadMesh
from matplotlib.colors import to_hex
from matplotlib.container import ErrorbarContainer
from matplotlib.contour import ContourSet
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import AxLine, Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.text import Annotation, Text
from matplotlib.ticker import FixedLocator

from learning_geometry.drawing.names import Names

_COLUMNS = {
    "panel": "title of the panel, or its number where it has none",
    "mark": "what is drawn: line, points, band, interval, bar, tile, span, level, contour, outline or text",
    "series": "what the legend, or a text beside the line, calls it",
    "colour": "colour on a white page",
    "item": "number of the mark in its panel: rows of one number belong together, in this order",
    "x": "position on the horizontal axis",
    "y": "position on the vertical axis",
    "x_end": "where a bar, an interval or a span ends horizontally",
    "y_end": "where a bar, an interval, a span or a band ends vertically",
    "value": "what the colour of a tile, a point or a contour stands for",
    "x_name": "what the horizontal axis calls this position",
    "y_name": "what the vertical axis calls this position",
}
_NUMBER = re.compile(r"[−+-]?[\d.,]+\s*(e[−+-]?\d+|[kMBT%])?")


@dataclass
class _Row:
    """One row of the table; None is left empty."""

    panel: str
    mark: str
    series: str
    colour: str
    item: int
    x: Any = None
    y: Any = None
    x_end: Any = None
    y_end: Any = None
    value: Any = None
    x_name: str = ""
    y_name: str = ""


def extract(figure: Figure) -> str:
    """The table of all that is drawn in a figure, as CSV with a header of lines that begin with #."""
    panels = dict(_panels(figure))
    names = Names(figure)
    rows = [row for title, axes in panels.items() for row in _rows(title, axes, names)]
    used = [field.name for field in fields(_Row) if any(getattr(row, field.name) not in (None, "") for row in rows)]
    text = io.StringIO()
    for line in (*map(_axes_in_words, panels, panels.values()), "Columns:", *(f"  {n}: {_COLUMNS[n]}" for n in used)):
        text.write(f"# {line}\n")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(used)
    keep = [field.name in used for field in fields(_Row)]
    for row in rows:
        writer.writerow(_written(cell) for cell, kept in zip(astuple(row), keep, strict=True) if kept)
    return text.getvalue()


def _panels(figure: Figure) -> Iterator[tuple[str, Axes]]:
    seen: set[str] = set()
    axes = [one for one in figure.axes if one.get_visible() and not hasattr(one, "_colorbar")]
    insets = [child for one in axes for child in one.child_axes if child not in axes]
    for number, one in enumerate([*axes, *insets], 1):
        title = " ".join(filter(None, (one.get_title(loc=loc) for loc in ("left", "center", "right"))))
        title = " ".join(title.split()) or f"panel {number}"
        if title in seen:
            title = f"{title} (panel {number})"
        seen.add(title)
        yield title, one


def _axes_in_words(title: str, axes: Axes) -> str:
    sides = []
    for side, axis in (("x", axes.xaxis), ("y", axes.yaxis)):
        scale = axis.get_scale()
        if scale == "symlog":
            scale = f"logarithmic, and linear up to {axis.get_transform().linthresh:g}"
        sides.append(f"{side} is {_label(axes, side) or 'not named'} ({'logarithmic' if scale == 'log' else scale})")
    bars = [image.colorbar for image in (*axes.images, *axes.collections) if getattr(image, "colorbar", None)]
    shades = [bar.ax.get_ylabel() or bar.ax.get_xlabel() for bar in bars]
    return f"{title}: {'; '.join([*sides, *(f'value is {shade}' for shade in shades if shade)])}"


def _label(axes: Axes, side: str) -> str:
    """What stands at a side of a panel, or of the next panel in its column or row that has something there."""
    place = axes.get_subplotspec()
    spans = "colspan" if side == "x" else "rowspan"
    own = None if place is None else getattr(place, spans).start
    figure = axes.get_figure()
    beside = [
        other
        for other in figure.axes
        if (there := other.get_subplotspec()) is not None and own == getattr(there, spans).start
    ]
    texts = [getattr(one, f"get_{side}label")() for one in (axes, *beside) if not hasattr(one, "_colorbar")]
    texts.append(getattr(figure, f"get_sup{side}label")())
    return " ".join(next(filter(None, texts), "").split())


def _rows(title: str, axes: Axes, names: Names) -> Iterator[_Row]:
    ticks = _tick_names(axes.xaxis), _tick_names(axes.yaxis)
    bars = [box for box in axes.containers if isinstance(box, ErrorbarContainer)]
    caps = {cap for box in bars for cap in box.lines[1]}
    labels = {part: str(box.get_label()) for box in axes.containers for part in _flat(tuple(box))}
    item = 0
    for artist in axes.get_children():
        if artist in caps or not artist.get_visible() or artist in (*axes.spines.values(), axes.patch):
            continue
        drawn = list(_marks(artist, axes))
        item += bool(drawn)
        for mark, colour, place in drawn:
            series = place.pop("text", None) or names.of(artist, colour, axes, labels.get(artist, ""))
            row = _Row(title, mark, series, "" if colour is None else to_hex(colour), item, **place)
            row.x_name, row.y_name = ticks[0].get(row.x, ""), ticks[1].get(row.y, "")
            yield row


def _marks(artist: Any, axes: Axes) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """What an artist draws in the coordinates of the data: the kind of mark, its colour, and its place."""
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
            for x, y in artist.get_path().cleaned().vertices[:-1]:
                yield "outline", artist.get_facecolor(), {"x": x, "y": y}
    elif isinstance(artist, Text) and artist.get_text().strip() and not axes.images:
        yield from _text(artist, axes)


def _line(line: Line2D, axes: Axes) -> Iterator[tuple[str, Any, dict[str, Any]]]:
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


def _image(image: AxesImage) -> Iterator[tuple[str, Any, dict[str, Any]]]:
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


def _collection(drawn: Collection, axes: Axes) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    colours, edges = drawn.get_facecolor(), drawn.get_edgecolor()
    colours = colours if len(colours) else edges
    numbers = None if drawn.get_array() is None else np.ma.filled(np.ma.asarray(drawn.get_array(), float), np.nan)
    if isinstance(drawn, QuadMesh):
        corners = drawn.get_coordinates()
        centres = (corners[:-1, :-1] + corners[1:, 1:]) / 2
        for (x, y), value in zip(centres.reshape(-1, 2), np.ravel(numbers), strict=True):
            yield "tile", None, {"x": x, "y": y, "value": value}
    elif isinstance(drawn, ContourSet):
        for level, path in zip(drawn.levels, drawn.get_paths(), strict=False):
            for x, y in path.vertices:
                yield "contour", None, {"x": x, "y": y, "value": float(level)}
    elif isinstance(drawn, PathCollection):
        for k, (x, y) in enumerate(np.ma.filled(drawn.get_offsets(), np.nan)):
            value = {} if numbers is None else {"value": numbers[k]}
            yield "points", _nth(colours, k), {"x": x, "y": y} | value
    elif any(_in_data(drawn.get_transform(), axes)):
        across, upwards = _in_data(drawn.get_transform(), axes)
        for k, path in enumerate(drawn.get_paths()):
            vertices = path.vertices
            if isinstance(drawn, LineCollection) and len(vertices) == 2:
                (x, y), (x_end, y_end) = vertices
                ends = {"x": x, "x_end": x_end} if across else {}
                yield "interval", _nth(edges, k), ends | ({"y": y, "y_end": y_end} if upwards else {})
            elif hasattr(drawn, "t_direction"):
                yield from _band(vertices, _nth(colours, k), drawn.t_direction)
            else:
                for x, y in vertices:
                    yield "outline", _nth(colours, k), {"x": x, "y": y}


def _band(vertices: Any, colour: Any, along: str) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """The two edges of what `fill_between` fills: it goes along one and comes back along the other."""
    count = (len(vertices) - 1) // 2 - 1
    there, back = vertices[1 : count + 1], vertices[count + 2 : 2 * count + 2][::-1]
    for (x, y), (x_end, y_end) in zip(there, back, strict=True):
        yield "band", colour, {"x": x, "y": y, "y_end": y_end} if along == "x" else {"x": x, "y": y, "x_end": x_end}


def _rectangle(box: Rectangle, axes: Axes) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    across, upwards = _in_data(box.get_transform(), axes)
    place = {"x": box.get_x(), "x_end": box.get_x() + box.get_width()} if across else {}
    place |= {"y": box.get_y(), "y_end": box.get_y() + box.get_height()} if upwards else {}
    if place:
        yield "bar" if across and upwards else "span", box.get_facecolor(), place


def _text(text: Text, axes: Axes) -> Iterator[tuple[str, Any, dict[str, Any]]]:
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


def _tick_names(axis: Any) -> dict[float, str]:
    """What an axis calls the positions that it marks, where it calls them by names and not by numbers."""
    locator = axis.get_major_locator()
    if not isinstance(locator, FixedLocator):
        return {}
    places = np.asarray(locator.locs, dtype=float).tolist()
    named = zip(places, axis.get_major_formatter().format_ticks(places), strict=True)
    return {place: " ".join(name.split()) for place, name in named if name and not _NUMBER.fullmatch(name.strip())}


def _flat(parts: Any) -> Iterator[Any]:
    for part in parts:
        if isinstance(part, Sequence):
            yield from _flat(part)
        elif part is not None:
            yield part


def _nth(colours: Any, k: int) -> Any:
    return colours[k % len(colours)] if len(colours) else None


def _written(cell: Any) -> str:
    if cell is None or isinstance(cell, str):
        return cell or ""
    return "" if cell != cell else format(cell + 0.0 if isinstance(cell, float) else cell, ".10g")
