"""The same figure for a dark page: colours keep their hue and their order, colour maps stay as they are."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from matplotlib.collections import Collection, QuadMesh
from matplotlib.colors import to_hex, to_rgba
from matplotlib.contour import ContourSet
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Annotation, Text
from numpy.typing import NDArray

from learning_geometry.drawing.style import BLACK, BLUE, COLOURS, GREEN, ORANGE, PINK, RED, SKY, darken

GROUND = "#121212"
"""The ground of a dark page in the theme of the book."""

PALETTE = {
    BLUE: "#3A8FD9",
    RED: "#EE7B3F",
    GREEN: "#14A97C",
    PINK: "#E39DC6",
    ORANGE: "#F4BE4A",
    SKY: "#8FD4FA",
    BLACK: "#F0F0F0",
}
"""For each colour of the palette the one that stands for it on a dark page."""

# Ottosson's OKLab: equal steps in its first coordinate are equal steps in brightness to the eye.
_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_AXES = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_GREY = 0.02  # saturation below which a colour is a grey
_INK, _PAPER = 0.95, 0.182  # brightness of black and of white on a dark page

_TABLE = {to_hex(light): to_rgba(dark) for light, dark in PALETTE.items()}
_TABLE |= {to_hex(darken(light)): to_rgba(PALETTE[light]) for light in COLOURS if light != BLACK}


def for_dark(colour: Any) -> tuple[float, float, float, float]:
    """The colour that stands for another on a dark page, with the same opacity.

    Greys are turned round, white into the ground of the page; colours are lightened, the darkest most, in their order.
    """
    *_, alpha = light = to_rgba(colour)
    if (known := _TABLE.get(to_hex(light))) is not None:
        return (*known[:3], alpha)
    brightness, green_red, blue_yellow = oklab(light[:3])
    if np.hypot(green_red, blue_yellow) < _GREY:
        brightness = _INK - (_INK - _PAPER) * brightness**2
    else:
        brightness = 0.48 + 0.5 * brightness
    red, green, blue = _from_oklab(np.array([brightness, green_red, blue_yellow]))
    return red, green, blue, alpha


def oklab(colour: Any) -> NDArray[np.float64]:
    """Brightness of a colour, its place between green and red, and that between blue and yellow."""
    channels = np.asarray(colour, dtype=np.float64)
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return np.asarray(_AXES @ np.cbrt(_CONES @ linear))


def _from_oklab(place: NDArray[np.float64]) -> tuple[float, float, float]:
    linear = np.clip(np.linalg.solve(_CONES, np.linalg.solve(_AXES, place) ** 3), 0, 1)
    channels = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    red, green, blue = np.clip(channels, 0, 1).tolist()
    return red, green, blue


@contextmanager
def darkened(figure: Figure) -> Iterator[Figure]:
    """A figure that has been drawn before in the colours of a dark page, without a ground of its own, within a block.

    It is not laid out again. What lies on an image stays as it is: its colours were chosen for the tiles below.
    """
    on_images = {id(mark) for axes in figure.axes for mark in _on_image(axes)}
    artists = [artist for artist in _all(figure) if id(artist) not in on_images]
    # Setters bind new values and change none in place, so that a shallow copy is enough to go back.
    before = [(artist, dict(vars(artist))) for artist in artists]
    try:
        figure.set_layout_engine("none")
        for artist in artists:
            _recolour(artist)
        for ground in (figure.patch, *(axes.patch for axes in figure.axes)):
            ground.set_facecolor("none")
        yield figure
    finally:
        for artist, state in before:
            vars(artist).clear()
            vars(artist).update(state)


def _on_image(axes: Any) -> list[Any]:
    """What lies on an image, or on a mesh of tiles, and not beside it."""
    if not axes.images and not any(isinstance(drawn, QuadMesh) for drawn in axes.collections):
        return []
    texts = []
    for text in axes.texts:
        box = text.get_window_extent()
        if axes.bbox.contains((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2):
            texts.append(text)
    return [*texts, *axes.patches, *axes.lines, *axes.collections]


def _all(figure: Figure) -> list[Any]:
    """Every artist of a figure, and those behind texts and in arrows, which matplotlib does not count among them."""
    found = figure.findobj()
    boxes = [artist.get_bbox_patch() for artist in found if isinstance(artist, Text)]
    arrows = [artist.arrow_patch for artist in found if isinstance(artist, Annotation)]
    return list(dict.fromkeys([*found, *filter(None, (*boxes, *arrows))]))


def _recolour(artist: Any) -> None:
    if isinstance(artist, Text):
        artist.set_color(for_dark(artist.get_color()))
    elif isinstance(artist, Line2D):
        face, edge = artist.get_markerfacecolor(), artist.get_markeredgecolor()
        artist.set_color(for_dark(artist.get_color()))
        artist.set_markerfacecolor(_unless_none(face))
        artist.set_markeredgecolor(_unless_none(edge))
    elif isinstance(artist, Patch):
        face, edge = for_dark(artist.get_facecolor()), for_dark(artist.get_edgecolor())
        artist.set_alpha(None)  # each colour has its own already
        artist.set(facecolor=face, edgecolor=edge)
    elif isinstance(artist, Collection):
        _recolour_collection(artist)


def _recolour_collection(artist: Collection) -> None:
    if isinstance(artist, ContourSet):
        if not artist.filled:
            colours = [for_dark(colour) for colour in artist.to_rgba(np.asarray(artist.get_array()))]
            artist.set_array(None)
            artist.set_edgecolor(colours)
    elif artist.get_array() is None:
        faces, edges = artist.get_facecolor(), artist.get_edgecolor()
        artist.set_alpha(None)  # each colour has its own already
        artist.set_facecolor([for_dark(colour) for colour in faces] if len(faces) else "none")
        artist.set_edgecolor([for_dark(colour) for colour in edges] if len(edges) else "none")


def _unless_none(colour: Any) -> Any:
    return colour if isinstance(colour, str) and colour.lower() == "none" else for_dark(colour)
