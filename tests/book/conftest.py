"""What the tests of the book share: the rendered pages, a browser, and what counts as a description of a picture."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from browser import FLAGS, Reader, served
from selenium import webdriver
from selenium.webdriver.chrome.service import Service


@pytest.fixture(scope="session")
def html(request: pytest.FixtureRequest) -> Path:
    """The folder of the rendered book: `$LEARNING_GEOMETRY_HTML`, or the smoke book built for this test run."""
    chosen = os.environ.get("LEARNING_GEOMETRY_HTML")
    folder = Path(chosen) if chosen else request.getfixturevalue("smoke_book")
    assert (folder / "index.html").is_file(), f"no book in {folder}"
    return folder


@pytest.fixture(scope="session")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    chromedriver = shutil.which("chromedriver")
    if chromium is None or chromedriver is None:
        reason = "no chromium or no chromedriver on the PATH (Debian: apt-get install chromium chromium-driver)"
        if os.environ.get("CI"):
            pytest.fail(f"{reason}; in continuous integration this test is not skipped")
        pytest.skip(reason)
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in [*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = webdriver.Chrome(options=options, service=Service(executable_path=chromedriver))
    browser.set_page_load_timeout(60)
    browser.set_script_timeout(60)
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
