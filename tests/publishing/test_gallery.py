"""The gallery of the landing page: every figure that it asks for is in its chapter, and each picture leads there."""

import base64
import io
import re

import pytest
from PIL import Image

from learning_geometry.publishing import gallery
from learning_geometry.publishing.figures import Shown
from learning_geometry.studies import STUDIES

STUDY = STUDIES["cka_manipulation"]
STEM = STUDY.notebook.stem
ASKED = {STEM: {"fig-cubes": "Two cubes, & what moves"}}


def shown(name):
    """A figure with a picture of 480 by 160 pixels for each theme."""
    picture = io.BytesIO()
    Image.new("RGB", (480, 160)).save(picture, format="webp")
    text = base64.b64encode(picture.getvalue()).decode("ascii")
    return Shown(0, name, "", "module:function", (), "", "", "", {"light": text, "dark": text}, 10.0, "")


def test_a_picture_leads_to_its_figure_and_says_its_size(tmp_path):
    gallery.write_pictures([shown("fig-maps"), shown("fig-cubes")], STEM, ASKED[STEM], tmp_path)
    html = gallery.gallery(list(STUDIES.values()), ASKED, tmp_path)
    assert re.findall(r'href="([^"]+)"', html) == [f"studies/{STEM}.html", f"studies/{STEM}.html#fig-cubes"]
    images = re.findall(r"<img [^>]+>", html)
    assert [("on-dark" in image, ".dark.webp" in image) for image in images] == [(False, False), (True, True)]
    for image in images:
        assert 'width="480" height="160"' in image
        assert 'loading="lazy"' in image
        assert "Two cubes, &amp; what moves" in image
        assert (tmp_path / re.search(r'src="_static/([^"]+)"', image)[1]).is_file()
    assert len(list(tmp_path.rglob("*.webp"))) == 2, "only what is asked for becomes a file"


def test_a_figure_that_is_not_there_is_named(tmp_path):
    with pytest.raises(gallery.FigureUnknown, match=r"fig-cubes.*it has fig-maps"):
        gallery.write_pictures([shown("fig-maps")], STEM, ASKED[STEM], tmp_path)


def test_every_chapter_is_in_the_gallery_with_figures_that_it_has():
    asked = gallery.lines()
    assert set(asked) == {study.notebook.stem for study in STUDIES.values()}
    for study in STUDIES.values():
        names = re.findall(r'"name": "(fig-[\w-]+)"', study.notebook.read_text(encoding="utf-8"))
        assert set(asked[study.notebook.stem]) <= set(names), study.notebook.stem
