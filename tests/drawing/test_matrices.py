import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle

from learning_geometry import drawing

VALUES = np.array([[0.0, 0.3, 0.6], [0.9, 1.0, 0.5]])


def luminance(colour):
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(colour)]
    return float(np.dot((0.2126, 0.7152, 0.0722), linear))


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_numbers_stand_on_their_tiles_in_letters_that_can_be_read(axes):
    fine = np.linspace(0, 1, 60).reshape(6, 10)
    image = drawing.matrix(axes, fine, write=".2f")
    tiles = image.to_rgba(fine)
    assert len(axes.texts) == fine.size
    contrasts = []
    for text in axes.texts:
        column, row = (int(part) for part in text.get_position())
        assert text.get_text() == f"{fine[row, column]:.2f}"
        contrasts.append(contrast(text.get_color(), tiles[row, column, :3]))
    assert min(contrasts) > 4  # WCAG asks for 4.5 of small letters; between two inks the best that can be had is 4.58
    # Control: letters of one colour cannot be read on some tile.
    assert min(contrast("white", tile[:3]) for tile in tiles.reshape(-1, 4)) < 1.5


def test_names_frames_and_range_are_as_given(axes):
    image = drawing.matrix(
        axes,
        VALUES,
        rows=["a", "b"],
        columns=np.arange(1, 4),
        high=2.0,
        write=lambda x: f"{x:+.0f}",
        framed=VALUES > 0.8,
    )
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["1", "2", "3"]
    frames = [artist for artist in axes.patches if isinstance(artist, Rectangle)]
    centres = {(round(f.get_y() + f.get_height() / 2), round(f.get_x() + f.get_width() / 2)) for f in frames}
    assert centres == {(1, 0), (1, 1)}
    assert image.get_clim() == (0.0, 2.0)
    assert axes.texts[0].get_text() == "+0"


def test_the_first_row_is_at_the_top_and_nothing_is_written_unasked(axes):
    drawing.matrix(axes, VALUES)
    assert axes.get_ylim()[0] > axes.get_ylim()[1]
    assert not axes.texts
    assert not axes.patches
