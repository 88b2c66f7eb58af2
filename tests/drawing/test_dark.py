"""Colours can be told apart, also by who sees no difference between red and green, on light pages and on dark ones."""

import io
from itertools import combinations

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgb, to_rgba

from learning_geometry import drawing
from learning_geometry.drawing.dark import GROUND, PALETTE, darkened, for_dark, oklab

# Deuteranopia after Machado, Oliveira and Fernandes (2009), at full severity, on linear light.
DEUTERANOPIA = np.array(
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
)
LEAST = 0.07  # distance in OKLab; the red and the green of the control are 0.04 apart


def linear(colour):
    channels = np.array(to_rgb(colour))
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def seen(colour):
    """A colour as who has no green cones sees it, in OKLab."""
    light = np.clip(DEUTERANOPIA @ linear(colour), 0, 1)
    return oklab(np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055))


def nearest(colours):
    return min(np.linalg.norm(seen(one) - seen(other)) for one, other in combinations(colours, 2))


def contrast(one, other):
    low, high = sorted(float(linear(colour) @ [0.2126, 0.7152, 0.0722]) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("palette", [drawing.COLOURS, tuple(PALETTE.values())], ids=["light", "dark"])
def test_the_palette_can_be_told_apart_without_green_cones(palette):
    assert nearest(palette) >= LEAST
    assert nearest(("#d62728", "#2ca02c")) < LEAST  # control: a red and a green that cannot
    assert nearest([*palette, palette[0]]) == 0


def test_dark_pages_keep_contrast_and_order():
    assert set(PALETTE) == set(drawing.COLOURS)
    assert all(contrast(colour, GROUND) >= 4.5 for colour in PALETTE.values())
    for grey in ("black", "0.35", drawing.GREY):
        assert contrast(for_dark(grey)[:3], GROUND) >= 4.5
    assert contrast(for_dark("white")[:3], GROUND) < 1.05
    shades = [oklab(for_dark(colour)[:3])[0] for colour in mpl.colormaps["viridis"](np.linspace(0, 1, 6))]
    assert shades == sorted(shades)
    assert for_dark((drawing.BLUE, 0.2)) == (*to_rgb(PALETTE[drawing.BLUE]), 0.2)


def sample():
    figure, (left, right) = drawing.panels(["curve", "tiles"], drawing.key("mean"), columns=2, share_y=False)
    drawing.band(left, [1, 2], [[1, 2], [2, 3]], colour=drawing.BLUE, marker="o", mfc="white")
    left.bar([1], [1], color=drawing.RED, alpha=0.5)
    left.contour([[0, 1], [1, 2]], colors="black")
    left.annotate("arrow", (1, 1), (2, 2), arrowprops={"arrowstyle": "->"}, bbox={"color": "white"})
    drawing.matrix(right, np.eye(2), write=".1f")
    figure.draw_without_rendering()
    return figure


def svg(figure, **how):
    file = io.BytesIO()
    figure.savefig(file, format="svg", metadata={"Date": None}, **how)
    return file.getvalue()


def test_the_light_figure_comes_back_as_it_was():
    figure, untouched = sample(), sample()
    with darkened(figure):
        dark = svg(figure, facecolor="none")
    assert svg(figure) == svg(untouched) != dark
    light, instead = (colour.lower().encode() for colour in (drawing.BLUE, PALETTE[drawing.BLUE]))
    assert light in svg(figure)
    assert light not in dark
    assert instead in dark


def test_what_lies_on_tiles_keeps_its_colour():
    figure = sample()
    before = [text.get_color() for text in figure.axes[1].texts]
    with darkened(figure):
        assert [text.get_color() for text in figure.axes[1].texts] == before
        line = figure.axes[0].lines[0]
        assert to_hex(line.get_color()) == PALETTE[drawing.BLUE].lower()
        assert to_rgba(line.get_markerfacecolor()) == for_dark("white")
