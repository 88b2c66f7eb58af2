"""Thumbnails of figures: small, of one width, and without a trace on the figure."""

import base64
import io

import pytest
from matplotlib.figure import Figure
from PIL import Image

from learning_geometry import drawing
from learning_geometry.drawing.showing import behind
from learning_geometry.drawing.thumbnails import WIDTH


@pytest.fixture
def figure() -> Figure:
    figure = drawing.figure(9, 3)
    for axes in figure.subplots(1, 3):
        axes.plot(range(50), label="a line")
        axes.set_title("a panel")
    figure.draw_without_rendering()
    return figure


def pictures(figure: Figure) -> dict[str, Image.Image]:
    kept = behind(figure)["thumbnails"]
    return {theme: Image.open(io.BytesIO(base64.b64decode(text))) for theme, text in kept.items()}


def test_each_theme_has_a_small_one_with_the_proportions_of_the_figure(figure):
    for theme, picture in pictures(figure).items():
        assert picture.size == (WIDTH, WIDTH // 3), theme
    assert all(len(text) < 40_000 for text in behind(figure)["thumbnails"].values())


def test_the_dark_one_is_light_writing_on_no_ground(figure):
    dark = pictures(figure)["dark"].convert("RGBA")
    assert dark.getpixel((0, 0))[3] == 0
    assert (
        max(sum(dark.getpixel((x, y))[:3]) for x in range(WIDTH) for y in range(20) if dark.getpixel((x, y))[3] > 250)
        > 600
    )
    assert sum(pictures(figure)["light"].convert("RGB").getpixel((0, 0))) > 750


def test_the_figure_is_laid_out_as_before(figure):
    places, engine = [axes.get_position().bounds for axes in figure.axes], figure.get_layout_engine()
    behind(figure)
    assert figure.get_layout_engine() is engine
    assert [axes.get_position().bounds for axes in figure.axes] == places
