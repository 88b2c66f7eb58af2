"""What the tests of the book share: the rendered pages, a browser, and what counts as a description of a picture."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from browser import NoBrowser, Reader, chromium, served
from selenium import webdriver


@pytest.fixture(scope="session")
def html(request: pytest.FixtureRequest) -> Path:
    """The folder of the rendered book: `$LEARNING_GEOMETRY_HTML`, or the smoke book built for this test run."""
    chosen = os.environ.get("LEARNING_GEOMETRY_HTML")
    folder = Path(chosen) if chosen else request.getfixturevalue("smoke_book")
    assert (folder / "index.html").is_file(), f"no book in {folder}"
    return folder


@pytest.fixture(scope="session")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    try:
        browser = chromium(tmp_path_factory.mktemp("chromium"), patience=60)
    except NoBrowser as error:
        if os.environ.get("CI"):
            pytest.fail(f"{error}; in continuous integration this test is not skipped")
        pytest.skip(str(error))
    yield browser
    browser.quit()


@pytest.fixture(scope="module")
def reader(html: Path, driver: webdriver.Chrome) -> Iterator[Reader]:
    with served(html, driver) as opened:
        yield opened


@pytest.fixture(scope="session")
def alt_fault() -> Callable[[str | None], str | None]:
    """What is wrong with the alternative text of a picture, or None."""

    def fault(alt: str | None) -> str | None:
        if alt is None or not alt.strip():
            return "has no alternative text"
        if re.search(r"\.(svg|png|jpe?g|gif|webp)$|_images/", alt.strip(), re.IGNORECASE):
            return f"is described by a file name, {alt!r}"
        if len(alt.strip()) < 20 or len(alt.split()) < 3:
            return f"is hardly described by {alt!r}"
        return None

    return fault
