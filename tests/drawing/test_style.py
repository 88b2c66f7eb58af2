import io
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from readable import LEAST, text_sizes

from learning_geometry import drawing, sources
from learning_geometry.paths import PACKAGE


def sample() -> Figure:
    """A figure as wide as the page with every kind of text that the package writes."""
    figure, grid = drawing.panels(["curves", "rows", "tiles"], drawing.key("mean"), share_y=False)
    curves, rows, tiles = grid
    steps = np.array([0, 1, 10, 100, 1000])
    drawing.band(curves, steps, [[1, 2, 3, 2, 1], [2, 3, 4, 3, 2]], colour=drawing.BLUE, label="measured")
    drawing.log_steps(curves, steps)
    drawing.shade_phases(
        curves, [("growth", 0, 10), ("fall", 10, 1000)], dict.fromkeys(("growth", "fall"), "C1"), named=True
    )
    drawing.name_lines(curves, 200, [(2.0, "its name", drawing.BLUE)])
    drawing.legend_outside(curves, title="of the legend")
    drawing.seeds_row(rows, 0, [0.1, 0.3, 0.4], colour=drawing.RED)
    drawing.label_rows(rows, ["VICReg"])
    drawing.note(rows, "a note", "lower left")
    image = drawing.matrix(tiles, np.eye(3), rows="abc", columns="abc", write=".1f")
    figure.colorbar(image, ax=tiles, label="CKA")
    drawing.label_axes(grid, x="training steps", y="RankMe")
    figure.supylabel("of all panels")
    return figure


def test_every_text_can_be_read_at_the_width_of_the_page():
    sizes = text_sizes(sample())
    assert {
        "curves",
        "mean",
        "measured",
        "of the legend",
        "growth",
        "its name",
        "VICReg",
        "a note",
        "1.0",
        "CKA",
        "1k",
    } <= set(sizes)
    assert {"training steps", "RankMe", "of all panels"} <= set(sizes)
    assert min(sizes.values()) >= LEAST


def test_letters_that_are_too_small_would_be_found():
    with mpl.rc_context({"legend.fontsize": 8}):
        sizes = text_sizes(sample())
    assert sizes["measured"] < LEAST
    assert sizes["curves"] >= LEAST


def test_a_narrow_figure_is_not_shrunk():
    figure = drawing.figure(4, 3)
    figure.subplots().set_title("narrow")
    assert text_sizes(figure)["narrow"] == pytest.approx(mpl.rcParams["axes.titlesize"] * 96 / 72)


def test_powers_of_ten_need_no_small_exponents(axes):
    def marks() -> str:
        axes.figure.draw_without_rendering()
        return "".join(label.get_text() for label in (*axes.get_xticklabels(), *axes.get_yticklabels()))

    axes.loglog([0.01, 100], [1, 500])
    assert "^" not in marks()
    with mpl.rc_context({"axes.formatter.min_exponent": 0}):  # control
        assert "^" in marks()


def svg(figure: Figure) -> bytes:
    file = io.BytesIO()
    figure.savefig(file, format="svg", metadata={"Date": None})
    return file.getvalue()


def test_the_same_figure_is_the_same_file():
    assert svg(sample()) == svg(sample())
    with mpl.rc_context({"svg.hashsalt": None}):  # control
        assert svg(sample()) != svg(sample())


def test_letters_are_darker_than_the_line_they_name():
    assert all(sum(drawing.darken(colour)) < sum(mpl.colors.to_rgb(colour)) for colour in drawing.COLOURS[:-1])


def test_who_imports_the_package_depends_on_each_of_its_modules(tmp_path: Path):
    room = tmp_path / "figures.py"
    room.write_text("from learning_geometry import drawing\n")
    own = {path for path in sources.imported_files(room) if path.parent == PACKAGE / "drawing"}
    assert own == set((PACKAGE / "drawing").glob("*.py"))
    room.write_text("from learning_geometry import paths\n")  # control
    assert not {path for path in sources.imported_files(room) if path.parent == PACKAGE / "drawing"}


def test_planning_draws_nothing():
    """Whoever plans must not wait for matplotlib."""
    code = "import sys; import learning_geometry.studies.registry; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
