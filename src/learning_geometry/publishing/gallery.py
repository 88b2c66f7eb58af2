"""The gallery of the landing page: a few figures of every chapter, small, each leading to its place."""

import base64
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

import yaml

from learning_geometry import paths
from learning_geometry.publishing.figures import Shown
from learning_geometry.studies import Study

Lines = dict[str, dict[str, str]]
"""For each chapter, by the name of its notebook, the figures that are shown and the line below each."""

_TALL = 0.6  # a figure higher than this share of its width would be too small if it were shown whole


class FigureUnknown(ValueError):
    """A figure of the gallery that its chapter does not show."""


def lines() -> Lines:
    """What `book/gallery.yml` asks for; nothing if there is no such file."""
    file = paths.checkout() / "book" / "gallery.yml"
    return yaml.safe_load(file.read_text(encoding="utf-8")) if file.is_file() else {}


def write_pictures(shown: Sequence[Shown], chapter: str, asked: Mapping[str, str], static: Path) -> None:
    """Write the thumbnails of a chapter's figures that the gallery shows, for light and for dark pages.

    Raises:
        FigureUnknown: the chapter has no figure of that name.
    """
    known = {figure.name: figure for figure in shown}
    for name in asked:
        if name not in known:
            raise FigureUnknown(
                f"book/gallery.yml asks for {name}, which {chapter} does not show; it has {', '.join(known)}"
            )
        for theme, picture in known[name].thumbnails.items():
            file = static / _file(chapter, name, theme)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(base64.b64decode(picture))


def gallery(studies: Sequence[Study], asked: Lines, static: Path) -> str:
    """The gallery as a block of HTML in MyST; empty if nothing is asked for."""
    chapters = [
        _chapter(study, asked[study.notebook.stem], static) for study in studies if asked.get(study.notebook.stem)
    ]
    return "\n".join(["```{raw} html", '<ul class="gallery">', *chapters, "</ul>", "```", ""]) if chapters else ""


def _chapter(study: Study, asked: Mapping[str, str], static: Path) -> str:
    stem = study.notebook.stem
    tiles = "".join(_tile(stem, study.title, name, line, static) for name, line in asked.items())
    return f'<li><p class="rubric"><a href="studies/{stem}.html">{escape(study.title)}</a></p><div>{tiles}</div></li>'


def _tile(chapter: str, title: str, name: str, line: str, static: Path) -> str:
    """A thumbnail and its line, which lead to the figure; who listens to the page hears them once."""
    alt = escape(f"{line}: a figure of the chapter {title}")
    images = "".join(_image(_file(chapter, name, theme), theme, alt, static) for theme in ("light", "dark"))
    return f'<a href="studies/{chapter}.html#{escape(name)}">{images}<span aria-hidden="true">{escape(line)}</span></a>'


def _image(file: str, theme: str, alt: str, static: Path) -> str:
    """A picture for one theme, with its size, so that the page does not move under its reader when it arrives."""
    from PIL import Image

    with Image.open(static / file) as image:
        width, height = image.size
    shape = " tall" if height > _TALL * width else ""
    return (
        f'<img class="dark-light on-{theme}{shape}" src="_static/{file}" alt="{alt}" loading="lazy" '
        f'width="{width}" height="{height}">'
    )


def _file(chapter: str, name: str, theme: str) -> str:
    return f"gallery/{chapter}/{name}{'.dark' if theme == 'dark' else ''}.webp"
