"""Small pictures of a figure, for a page that shows many of them."""

import base64
import io
from typing import Any

from matplotlib.figure import Figure

WIDTH = 480
"""Width of a thumbnail in pixels: twice that at which the landing page shows it, for screens of high resolution."""


def thumbnail(figure: Figure, **how: Any) -> str:
    """A figure that has been drawn before, as a WebP picture in base64; it is not laid out again."""
    picture, engine = io.BytesIO(), figure.get_layout_engine()
    compression = {"quality": 75, "method": 4}
    figure.set_layout_engine("none")
    try:
        dpi = WIDTH / figure.get_figwidth()
        figure.savefig(picture, format="webp", dpi=dpi, bbox_inches=None, pil_kwargs=compression, **how)
    finally:
        figure.set_layout_engine(engine)
    return base64.b64encode(picture.getvalue()).decode("ascii")
