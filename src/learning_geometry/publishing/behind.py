"""The line under each figure of a page, which leads to its data, its code and its claims; and its dark picture."""

import hashlib
import re
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

import nbformat

from learning_geometry.claims import page
from learning_geometry.publishing.code_pages import anchor
from learning_geometry.publishing.figures import BEHIND, Shown, data_file, figures_of

_IMAGE = re.compile(r"<img\b[^>]*>")
_POINTS = re.compile(r'<svg [^>]*?width="([\d.]+)pt" height="([\d.]+)pt"')


class FigureLost(RuntimeError):
    """A figure that is not what the ledger knows, or is not where its page should have it."""


def add_to(notebook: nbformat.NotebookNode, source: Path, ledger_entry: dict[str, Any], static: Path) -> None:
    """Put a line under every figure of an executed notebook, and the files that it leads to below `static`.

    The call that draws a figure is not shown any more: its code is one link away.

    Raises:
        FigureLost: the figures are not those that the ledger has checked.
    """
    known = {figure["name"]: figure for figure in ledger_entry.get("figures", [])}
    shown = figures_of(notebook)
    if [figure.name for figure in shown] != list(known):
        raise FigureLost(
            f"{source.name} shows {', '.join(figure.name for figure in shown)}; the ledger has {', '.join(known)}"
        )
    for figure in reversed(shown):  # cells move as lines are put in
        if hashlib.sha256(figure.csv.encode()).hexdigest() != known[figure.name]["sha256"]:
            raise FigureLost(f"the data of {figure.name} in {source.name} are not those that the ledger has checked")
        file = static / data_file(source, figure.name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(figure.csv, encoding="utf-8")
        file.with_suffix(".dark.svg").write_text(figure.dark, encoding="utf-8")
        cell = notebook.cells[figure.cell]
        for output in cell.outputs:
            output.get("data", {}).pop(BEHIND, None)  # what is a file of the book now need not be in the notebook too
        cell.metadata["tags"] = sorted({*cell.metadata.get("tags", []), "remove-input"})
        line = nbformat.v4.new_markdown_cell(_line(figure, source, ledger_entry), id=f"{cell.id}-behind")
        notebook.cells.insert(figure.cell + 1, line)


def _line(figure: Shown, source: Path, ledger_entry: dict[str, Any]) -> str:
    entry = next(entry for entry in ledger_entry["figures"] if entry["name"] == figure.name)
    claims = {claim["id"]: claim for claim in ledger_entry["claims"]}
    mine = [claims[id] for id in entry["claims"]]
    rows = f"{entry['rows']:,} row" + ("s" if entry["rows"] != 1 else "")
    items = "".join(
        f'<li><a href="#claim-{escape(claim["id"])}">{escape(claim["statement"])}</a> '
        f"{page.badge(claim['kind'], claim['verdict'])}</li>"
        for claim in mine
    )
    counted = f"{len(mine)} claim" + ("s" if len(mine) != 1 else "")
    scales = f"<span>{escape(figure.scales[0].upper() + figure.scales[1:])}</span>" if figure.scales else ""
    of = f'<span class="visually-hidden"> of the figure {escape(figure.name)}</span>'
    return (
        f'<div class="behind" data-figure="{escape(figure.name)}">'
        f'<a href="../_static/{escape(entry["data"])}" download>Data{of}</a> <span class="rows">CSV, {rows}</span> '
        f'<a href="../generated/code/{source.stem}.html#{anchor(source, figure.section, figure.function)}">Code{of}</a>'
        f"{scales}<details><summary>{counted}{of}</summary><ul>{items}</ul></details></div>\n"
    )


def add_dark_pictures(html: Path) -> None:
    """Put the picture for dark pages beside that for light ones, in every figure of the chapters and of the prose.

    Each of the two is loaded only where it is shown. In the prose, `static/<name>.dark.svg` stands for `static/<name>.svg`.

    Raises:
        FigureLost: a figure with data is not on its page.
    """
    for picture in sorted((html / "_static" / "figures").rglob("*.dark.svg")):
        file = html / "studies" / f"{picture.parent.name}.html"
        text, name = file.read_text(encoding="utf-8"), picture.name.removesuffix(".dark.svg")
        begin = text.find(f'id="{name}"')
        image = _IMAGE.search(text, begin) if begin >= 0 else None
        if image is None:
            raise FigureLost(f"{file.name} has no figure {name}")
        pair = _pair(image[0], f"../_static/figures/{picture.parent.name}/{picture.name}", _size(picture))
        file.write_text(text[: image.start()] + pair + text[image.end() :], encoding="utf-8")
    for picture in sorted((html / "_static").glob("*.dark.svg")):
        light = re.compile(
            rf'<img\b[^>]*src="([^"]*)_images/{re.escape(picture.name.removesuffix(".dark.svg"))}\.svg"[^>]*>'
        )
        for file in sorted(html.rglob("*.html")):
            text = file.read_text(encoding="utf-8")
            if light.search(text):
                text = light.sub(partial(_pair_in_prose, picture.name), text)
                file.write_text(text, encoding="utf-8")


def _pair_in_prose(dark: str, image: re.Match[str]) -> str:
    return _pair(image[0], f"{image[1]}_static/{dark}", "")


def _size(picture: Path) -> str:
    """Width and height for an image that is loaded late, so that the page does not move under its reader."""
    size = _POINTS.search(picture.read_text(encoding="utf-8"))
    return (
        ""
        if size is None
        else 'width="{:.0f}" height="{:.0f}" '.format(*(float(side) * 4 / 3 for side in size.groups()))
    )


def _pair(image: str, dark: str, size: str) -> str:
    """An image for light pages, and the same in its dark version for dark ones."""
    light = image.replace("<img ", f'<img class="dark-light on-light" loading="lazy" {size}', 1)
    return light + re.sub(r'src="[^"]*"', f'src="{dark}"', light.replace("on-light", "on-dark", 1))
