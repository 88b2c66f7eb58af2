"""Every figure of every chapter has its data, its code and its claims, letters that can be read, and a dark picture."""

import csv
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest


class Figures(HTMLParser):
    """The numbered figures of a page with their pictures, and what the line under each leads to."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.pictures: dict[str, list[dict[str, Any]]] = {}
        self.links: dict[str, list[str]] = {}
        self._figure = self._behind = ""
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        if tag == "figure":
            self._figure = named.get("id", "")
            self.pictures[self._figure] = []
        elif tag == "img" and self._figure:
            self.pictures[self._figure].append(named)
        elif tag == "div" and named.get("class") == "behind":
            self._behind = named["data-figure"]
            self.links[self._behind] = []
        elif tag == "a" and self._behind:
            self.links[self._behind].append(named["href"])

    def handle_endtag(self, tag: str) -> None:
        if tag == "figure":
            self._figure = ""
        elif tag == "div":
            self._behind = ""


def faults(page: Path, entries: list[dict[str, Any]]) -> list[str]:
    """What the figures of a page lack."""
    figures, known = Figures(page), {entry["name"]: entry for entry in entries}
    found = [f"{name} is not in the ledger" for name in figures.pictures if name not in known]
    for name, entry in known.items():
        links = figures.links.get(name, [])
        data = page.parent / next((link for link in links if link.endswith(".csv")), "none")
        code = next((link for link in links if "/code/" in link), "none#none")
        file, _, place = code.partition("#")
        if not data.is_file() or hashlib.sha256(data.read_bytes()).hexdigest() != entry["sha256"]:
            found.append(f"{name} has no data, or others than the ledger has checked")
        elif len(list(csv.reader(_data_lines(data)))) != entry["rows"] + 1:
            found.append(f"{name} has other rows than the ledger counted")
        if not (page.parent / file).is_file() or f'id="{place}"' not in (page.parent / file).read_text("utf-8"):
            found.append(f"{name} has no code")
        claims = [link.removeprefix("#claim-") for link in links if link.startswith("#claim-")]
        if not claims or claims != entry["claims"]:
            found.append(f"{name} has no claims, or others than the ledger knows")
        if [picture["class"].split()[-1] for picture in figures.pictures.get(name, [])] != ["on-light", "on-dark"]:
            found.append(f"{name} has not a picture for light pages and one for dark ones")
        if entry["letters"] < 9.0:
            found.append(f"{name} has letters of {entry['letters']} px")
    return found


def _data_lines(file: Path) -> list[str]:
    return [line for line in file.read_text("utf-8").splitlines() if not line.startswith("#")]


@pytest.fixture(scope="module")
def chapters(html: Path) -> dict[Path, list[dict[str, Any]]]:
    """The pages of the chapters with the figures that the ledger knows of each."""
    ledger = json.loads((html.parent / "ledger.json").read_text(encoding="utf-8"))
    return {
        html / "studies" / f"{Path(study['notebook']).stem}.html": study["figures"]
        for study in ledger["studies"].values()
    }


def test_every_figure_of_every_chapter_has_data_code_and_claims(chapters: dict[Path, list[dict[str, Any]]]) -> None:
    assert all(entries for entries in chapters.values())
    assert {page.name: found for page, entries in chapters.items() if (found := faults(page, entries))} == {}


def test_figures_are_numbered_by_chapter(chapters: dict[Path, list[dict[str, Any]]]) -> None:
    for page, entries in chapters.items():
        numbers = re.findall(r'<span class="caption-number">Figure (\d+)\.\d+ </span>', page.read_text("utf-8"))
        assert len(numbers) == len(entries)
        assert set(map(int, numbers)) == {int(page.name[:2])}


def test_a_figure_that_lacks_something_is_found(chapters: dict[Path, list[dict[str, Any]]], tmp_path: Path) -> None:
    page, entries = next(iter(chapters.items()))
    first = entries[0]
    bare = tmp_path / "studies" / page.name
    bare.parent.mkdir()
    bare.write_text(
        f'<figure id="{first["name"]}"><img alt="x" class="on-light"></figure><figure id="fig-new"></figure>'
    )
    found = faults(bare, [first | {"letters": 8.0}])
    assert len(found) == 6
    assert "fig-new is not in the ledger" in found
