"""What a figure shows, as a table: read from the figure itself, so that nothing that is drawn can be left out."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator

from learning_geometry.drawing.marks import marks_of
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
    insets: list[Any] = [child for one in axes for child in one.child_axes if child not in axes]
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
        sides.append(f"{side} is {_label(axes, side) or 'not named'} ({_scale(axis)})")
    bars: list[Any] = [
        image.colorbar for image in (*axes.images, *axes.collections) if getattr(image, "colorbar", None)
    ]
    shades = [bar.ax.get_ylabel() or bar.ax.get_xlabel() for bar in bars]
    return f"{title}: {'; '.join([*sides, *(f'value is {shade}' for shade in shades if shade)])}"


def scales(figure: Figure) -> str:
    """The scales of a figure's axes in words, where they are not linear."""
    words = []
    panels = dict(_panels(figure))
    for name, title in (("xaxis", "horizontal axis"), ("yaxis", "vertical axis")):
        found = {panel: scale for panel, axes in panels.items() if (scale := _scale(getattr(axes, name))) != "linear"}
        for scale in dict.fromkeys(found.values()):
            where = [panel for panel in found if found[panel] == scale]
            everywhere = len(where) == len(panels)
            words.append(f"{title} {scale}" + ("" if everywhere else f" in “{'”, “'.join(where)}”"))
    return "; ".join(words)


def _scale(axis: Any) -> str:
    scale = str(axis.get_scale())
    if scale == "symlog":
        return f"logarithmic, linear up to {axis.get_transform().linthresh:g}"
    return "logarithmic" if scale == "log" else scale


def _label(axes: Axes, side: str) -> str:
    """What stands at a side of a panel, or of the next panel in its column or row that has something there."""
    place = axes.get_subplotspec()
    spans = "colspan" if side == "x" else "rowspan"
    own = None if place is None else getattr(place, spans).start
    figure: Any = axes.get_figure()
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
        drawn = list(marks_of(artist, axes))
        item += bool(drawn)
        for mark, colour, place in drawn:
            series = place.pop("text", None) or names.of(artist, colour, axes, labels.get(artist, ""))
            row = _Row(title, mark, series, "" if colour is None else to_hex(colour), item, **place)
            row.x_name, row.y_name = ticks[0].get(row.x, ""), ticks[1].get(row.y, "")
            yield row


def _tick_names(axis: Any) -> dict[float, str]:
    """What an axis calls the positions that it marks, where it calls them by names and not by numbers."""
    locator: Any = axis.get_major_locator()
    if not isinstance(locator, FixedLocator):
        return {}
    places = np.asarray(vars(locator)["locs"], dtype=np.float64).tolist()
    names = [" ".join(str(name).split()) for name in axis.get_major_formatter().format_ticks(places)]
    return {place: name for place, name in zip(places, names, strict=True) if name and not _is_number(name, place)}


def _is_number(name: str, place: float) -> bool:
    """Whether a tick is called by the number where it stands; block 1 at place 0 is not."""
    try:
        return float(name.replace("−", "-").replace(",", "")) == place
    except ValueError:
        return bool(_NUMBER.fullmatch(name))


def _flat(parts: Any) -> Iterator[Any]:
    for part in parts:
        if isinstance(part, Sequence):
            yield from _flat(part)
        elif part is not None:
            yield part


def _written(cell: Any) -> str:
    if cell is None or isinstance(cell, str):
        return cell or ""
    return "" if cell != cell else format(cell + 0.0 if isinstance(cell, float) else cell, ".10g")
