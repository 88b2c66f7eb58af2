from collections.abc import Iterator

import matplotlib as mpl
import pytest
from matplotlib.axes import Axes

from learning_geometry import drawing


@pytest.fixture(autouse=True)
def style() -> Iterator[None]:
    """The book's style, as a notebook has it."""
    with mpl.rc_context(drawing.SETTINGS):
        yield


@pytest.fixture
def axes() -> Axes:
    return drawing.figure(6, 4).subplots()
