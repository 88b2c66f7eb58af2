"""Every page of a built book in Chromium: weight, requests, accessible names, contrast, headings, height and reading time.

    python benchmarks/pages.py [folder of a book] [page ...]

The folder is `_build/html` unless another is named. Exit code 1 if a page has a fault that a reader would meet.
"""

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from selenium import webdriver

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "book"))

from browser import CONTRASTS, NoBrowser, Reader, chromium, served  # noqa: E402 (the tests of the book know how to read it)

WORDS_A_MINUTE, SECONDS_A_FIGURE = 220, 20
LEAST_CONTRAST = 4.5

NAMED = {
    "button", "checkbox", "combobox", "link", "menuitem", "radio", "searchbox", "slider", "spinbutton", "switch", "tab", "textbox",
}  # fmt: skip
"""Roles whose elements a reader operates, and who only hears a page knows them by their names."""

# What the page has loaded: its own document and all that it asked for. Nothing is compressed by the server here.
LOADED = """
const all = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
return [all.length, all.reduce((sum, entry) => sum + entry.transferSize, 0)];
"""

# Marks the elements that have text of their own and are seen; whoever is hidden for the eye only is not judged by it.
WRITTEN = """
for (const node of document.querySelectorAll("body *")) {
  const own = [...node.childNodes].some(child => child.nodeType === 3 && child.textContent.trim());
  const box = node.getBoundingClientRect(), style = getComputedStyle(node);
  const seen = box.width > 1 && box.height > 1 && style.visibility === "visible" && !node.closest("svg, [disabled], mjx-container");
  node.toggleAttribute("data-written", own && seen);
}
"""

FACTS = """
const levels = [...document.querySelectorAll(":is(article, .bd-search-container) :is(h1, h2, h3, h4, h5, h6)")].map(node => Number(node.tagName[1]));
const words = [...document.querySelectorAll("article :is(p, li, dd, td, th, h1, h2, h3)")]
  .filter(node => node.checkVisibility() && !node.querySelector("p, li, dd, td"))
  .reduce((sum, node) => sum + node.textContent.trim().split(/\\s+/).filter(Boolean).length, 0);
return {
  skips: levels.filter((level, k) => level > (k ? levels[k - 1] : 0) + 1).length,
  titles: document.querySelectorAll(":is(article, .bd-search-container) h1").length,
  whole: Boolean(document.documentElement.lang && document.title.trim()),
  undescribed: [...document.querySelectorAll("img")].filter(image => !image.hasAttribute("alt")).length,
  figures: document.querySelectorAll("article figure").length,
  height: document.documentElement.scrollHeight,
  words: words,
};
"""


@dataclass(frozen=True)
class Page:
    """What was measured of one page."""

    name: str
    requests: int
    kilobytes: float
    unnamed: list[str]
    undescribed: int
    contrasts: dict[str, float]
    pale: list[str]
    skips: int
    whole: bool
    height: int
    minutes: float

    @property
    def faults(self) -> list[str]:
        """What a reader would stumble over, in words."""
        found = [f"nothing names {what}" for what in self.unnamed]
        found += [f"pale: {text}" for text in self.pale]
        found += [f"{self.undescribed} pictures without a description"] if self.undescribed else []
        found += [f"{self.skips} headings skip a level"] if self.skips else []
        return found + ([] if self.whole else ["no language or no title"])


def main() -> int:
    """Measure the pages and print the table."""
    parser = argparse.ArgumentParser(description="Weight and accessibility of every page of a built book.")
    parser.add_argument("book", nargs="?", default=str(ROOT / "_build" / "html"), help="folder of the book")
    parser.add_argument("pages", nargs="*", help="only these pages, such as intro.html")
    options = parser.parse_args()
    folder = Path(options.book).resolve()
    if not (folder / "index.html").is_file():
        parser.error(f"{folder} holds no book; `make book` makes one")
    with tempfile.TemporaryDirectory() as profile:
        try:
            driver = chromium(profile, patience=120)
        except NoBrowser as error:
            sys.exit(str(error))
        try:
            with served(folder, driver) as reader:
                pages = [_measure(reader, name) for name in options.pages or reader.pages if name != "index.html"]
        finally:
            driver.quit()
    _print(pages)
    return int(any(page.faults for page in pages))


def _measure(reader: Reader, name: str) -> Page:
    driver = reader.driver
    driver.execute_cdp_cmd("Network.setCacheDisabled", {"cacheDisabled": True})  # as on a first visit
    contrasts: dict[str, float] = {}
    pale: list[str] = []
    for theme in ("dark", "light"):
        reader.open(name, theme=theme)
        if theme == "light":  # before anything below makes the page load more
            requests, weight = driver.execute_script(LOADED)
        driver.execute_script(WRITTEN)
        measured = driver.execute_script(CONTRASTS, "[data-written]")
        contrasts[theme] = min((contrast for _, contrast in measured), default=float("inf"))
        pale += [f"{text!r} {contrast:.1f} ({theme})" for text, contrast in measured if contrast < LEAST_CONTRAST]
    facts: dict[str, Any] = driver.execute_script(FACTS)
    return Page(
        name,
        requests,
        weight / 1000,
        _unnamed(driver),
        facts["undescribed"],
        contrasts,
        pale,
        facts["skips"] + (facts["titles"] != 1),
        facts["whole"],
        facts["height"],
        facts["words"] / WORDS_A_MINUTE + facts["figures"] * SECONDS_A_FIGURE / 60,
    )


def _unnamed(driver: webdriver.Chrome) -> list[str]:
    """Elements to operate that have no name in the tree that Chromium hands to screen readers."""
    tree = driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    return [
        f"a {role}"
        for node in tree
        if not node.get("ignored")
        and (role := node.get("role", {}).get("value")) in NAMED
        and not str(node.get("name", {}).get("value", "")).strip()
    ]


def _print(pages: list[Page]) -> None:
    print(
        "| page | kB | requests | unnamed | undescribed | contrast, light | dark | below 4.5 | height at 1,300 px | minutes |"
    )
    print("|:--|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
    for page in pages:
        light, dark = page.contrasts["light"], page.contrasts["dark"]
        print(
            f"| {page.name} | {page.kilobytes:.0f} | {page.requests} | {len(page.unnamed)} | {page.undescribed} | {light:.1f} "
            f"| {dark:.1f} | {len(page.pale)} | {page.height:,} | {page.minutes:.0f} |"
        )
    heaviest = max(pages, key=lambda page: page.kilobytes)
    print(f"\n{len(pages)} pages; the heaviest is {heaviest.name} with {heaviest.kilobytes:.0f} kB, uncompressed.")
    for page in pages:
        for fault in page.faults:
            print(f"{page.name}: {fault}")


if __name__ == "__main__":
    sys.exit(main())
