"""What the marks of a figure are called: by their own label, by a legend, or by a text of their colour beside them."""

import re
from typing import Any

from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from learning_geometry.drawing.style import GREY, darken

_EVERY = to_hex(GREY)  # the colour of whatever a legend says of lines of every colour
_SAME_WIDTH = 1.0  # points by which a line may differ from the one in the legend


class Names:
    """The names that a figure gives its marks."""

    def __init__(self, figure: Figure) -> None:
        own = {axes: axes.get_legend() for axes in figure.axes if axes.get_legend()}
        self._by_axes = {axes: _entries(legend) for axes, legend in own.items()}
        self._shared = [entry for legend in figure.legends for entry in _entries(legend)]
        # A legend in one panel may speak for its neighbours.
        self._shared += [entry for entries in self._by_axes.values() for entry in entries]

    def of(self, artist: Any, colour: Any, axes: Axes, label: str = "") -> str:
        """The name of a mark of a colour; empty if it has none."""
        label = label or str(artist.get_label())
        if label and not re.match(r"_(child\d|container\d|nolegend_|line\d)", label):
            return " ".join(label.removeprefix("_").split())
        if colour is None:
            return ""
        hex = to_hex(colour)
        own = _from_legend(artist, hex, self._by_axes.get(axes, [])) or _from_legend(artist, hex, self._shared)
        return own or _from_texts(hex, axes)


def _entries(legend: Any) -> list[tuple[str, Any, str]]:
    texts = [" ".join(text.get_text().split()) for text in legend.get_texts()]
    return [(text, handle, _colour(handle)) for text, handle in zip(texts, legend.legend_handles, strict=True) if text]


def _colour(handle: Any) -> str:
    if isinstance(handle, Line2D):
        return str(to_hex(handle.get_color()))
    colours = handle.get_facecolor()
    if len(colours) == 0:
        colours = handle.get_edgecolor()
    if getattr(colours, "ndim", 1) == 2:
        colours = colours[0] if len(colours) else "none"
    return str(to_hex(colours))


def _from_legend(artist: Any, hex: str, entries: list[tuple[str, Any, str]]) -> str:
    """The entry of this colour, with what the grey entries say of this kind of line or marker."""
    coloured = [(text, handle) for text, handle, colour in entries if colour == hex]
    if len(coloured) > 1:
        coloured = [(text, handle) for text, handle in coloured if _alike(artist, handle)] or coloured
    general = [text for text, handle, colour in entries if colour == _EVERY != hex and _alike(artist, handle)]
    texts = [" / ".join(dict.fromkeys(text for text, _ in coloured))] if coloured else []
    return ", ".join(dict.fromkeys([*texts, *general[:1]]))


def _alike(artist: Any, handle: Any) -> bool:
    """Whether a mark is drawn with the same line and the same marker as an entry of a legend."""
    if not isinstance(artist, Line2D) or not isinstance(handle, Line2D):
        return not isinstance(artist, Line2D) and not isinstance(handle, Line2D)
    marker, line = (handle.get_marker(), handle.get_linestyle())
    bare = marker in ("None", "none", "", None)
    if line in ("None", "none", "", " "):
        return not bare and marker == artist.get_marker()
    same = line == artist.get_linestyle() and (bare or marker == artist.get_marker())
    return bool(same and abs(handle.get_linewidth() - artist.get_linewidth()) < _SAME_WIDTH)


def _from_texts(hex: str, axes: Axes) -> str:
    wanted = {hex, to_hex(darken(hex))}
    names = [text.get_text() for text in axes.texts if to_hex(text.get_color()) in wanted]
    return " ".join(names[0].split()) if hex != "#000000" and len(set(names)) == 1 else ""
