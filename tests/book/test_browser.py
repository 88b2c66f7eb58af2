"""The rendered book in a real browser, without a network: it opens, reads well and can be searched."""

import json
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

# sphinx-thebe 0.3.1 puts its settings on each page twice. Harmless; nothing else is allowed.
KNOWN = "Identifier 'THEBE_JS_URL' has already been declared"

FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]  # fmt: skip

# Contrast of each element's text with the first ground behind it that is not transparent (WCAG 2, 1.4.3).
CONTRASTS = """
const luminance = c => c.slice(0, 3).map(v => v / 255).map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
  .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
const colour = text => text.match(/[\\d.]+/g).map(Number);
const ground = node => { for (; node; node = node.parentElement) {
  const c = colour(getComputedStyle(node).backgroundColor); if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
return [...document.querySelectorAll(arguments[0])].filter(node => node.offsetParent && node.textContent.trim()).map(node => {
  const [a, b] = [luminance(colour(getComputedStyle(node).color)), luminance(ground(node))];
  return [node.textContent.trim().slice(0, 40), (Math.max(a, b) + .05) / (Math.min(a, b) + .05)]; });
"""


PICTURES = """
return [...document.querySelectorAll("article img")].map(img => [img.alt, img.classList.contains("on-dark") ? "dark" :
  img.classList.contains("on-light") ? "light" : "", getComputedStyle(img).display !== "none",
  getComputedStyle(img).backgroundColor]);
"""


class QuietHandler(SimpleHTTPRequestHandler):
    """Serve files and say nothing."""

    def log_message(self, *args: Any) -> None:
        pass


class Reader:
    """A browser that reads one folder of pages."""

    def __init__(self, driver: webdriver.Chrome, root: Path, base: str) -> None:
        self.driver = driver
        self.root = root
        self.base = base

    @property
    def pages(self) -> list[str]:
        """Every page of the book; what lies in _static are templates of the theme."""
        found = [path.relative_to(self.root).as_posix() for path in sorted(self.root.rglob("*.html"))]
        return [page for page in found if not page.startswith("_static/")]

    def open(self, page: str, *, width: int = 1300, theme: str = "light") -> None:
        """Open a page at a width, in a theme, and wait until it has settled."""
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        script = (
            f"try {{ localStorage.setItem('mode', '{theme}'); localStorage.setItem('theme', '{theme}') }} catch {{}}"
        )
        added = self.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": script})
        self.driver.get(self.base + page)
        self.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)
        self.driver.execute_async_script(
            "const done = arguments[0], math = window.MathJax && MathJax.startup && MathJax.startup.promise;"
            "Promise.all([document.fonts.ready, math]).then(() => requestAnimationFrame(() => done()));"
        )

    def errors(self) -> list[str]:
        """What the console has complained about since the last call."""
        entries = self.driver.get_log("browser")
        return [e["message"] for e in entries if e["level"] == "SEVERE" and KNOWN not in e["message"]]

    def foreign_requests(self) -> list[str]:
        """Addresses elsewhere that were asked for since the last call."""
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        asked = [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]
        return [url for url in asked if url.startswith(("http", "ws")) and not url.startswith(self.base)]

    def overflow(self) -> int:
        """By how many pixels the page is wider than the window it was opened in."""
        return int(self.driver.execute_script("return document.documentElement.scrollWidth - screen.width"))


@pytest.fixture(scope="module")
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


@contextmanager
def served(root: Path, driver: webdriver.Chrome) -> Iterator[Reader]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(root))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            reader = Reader(driver, root, f"http://127.0.0.1:{server.server_address[1]}/")
            for forget_what_earlier_pages_did in (reader.errors, reader.foreign_requests):
                forget_what_earlier_pages_did()
            yield reader
        finally:
            driver.get("about:blank")
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def reader(html: Path, driver: webdriver.Chrome) -> Iterator[Reader]:
    with served(html, driver) as opened:
        yield opened


def test_every_page_opens_in_silence_and_without_a_network(reader: Reader) -> None:
    for page in reader.pages:
        reader.open(page)
        assert reader.errors() == [], page
        assert reader.foreign_requests() == [], page


def test_mathematics_is_typeset(reader: Reader) -> None:
    count = "return document.querySelectorAll(arguments[0]).length"
    pages_with_mathematics = 0
    for page in reader.pages:
        reader.open(page)
        formulas = reader.driver.execute_script(count, "span.math, div.math")
        assert reader.driver.execute_script(count, "mjx-container") >= formulas, f"{page}: some of {formulas} are left"
        assert reader.driver.execute_script(count, "mjx-merror, [data-mjx-error]") == 0, (
            f"{page}: a formula is in error"
        )
        pages_with_mathematics += formulas > 0
    assert pages_with_mathematics >= 2


def test_no_page_is_wider_than_a_phone(reader: Reader) -> None:
    for page in reader.pages:
        reader.open(page, width=390)
        assert reader.overflow() <= 0, page


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_both_themes_can_be_read(reader: Reader, theme: str) -> None:
    style = "return [...document.querySelectorAll('article img')].map(i => [i.alt, getComputedStyle(i)[arguments[0]]])"
    verdicts = 0
    for page in reader.pages:
        reader.open(page, theme=theme)
        shown = reader.driver.execute_script("return document.documentElement.dataset.theme")
        if shown is None:  # the page that only leads on to the landing page
            continue
        assert shown == theme, page
        for text, contrast in reader.driver.execute_script(
            CONTRASTS, "article p, article td, article dd, .verdict, .behind *"
        ):
            assert contrast >= 4.5, f"{page}: {text!r} has a contrast of {contrast:.1f} in the {theme} theme"
        verdicts += reader.driver.execute_script("return document.querySelectorAll('.verdict').length")
        # a picture keeps its colours in both themes: colour maps are data
        for alt, effect in reader.driver.execute_script(style, "filter"):
            assert effect == "none", f"{page}: {alt} is recoloured by {effect}"
        # of a figure drawn for both themes one picture is shown; any other stands on white in the dark
        for alt, kind, shown, ground in reader.driver.execute_script(PICTURES):
            if kind:
                assert shown == (kind == theme), f"{page}: {alt}"
            elif theme == "dark":
                assert ground == "rgb(255, 255, 255)", f"{page}: {alt} stands on {ground}"
    assert verdicts >= 5


def test_the_search_box_finds_a_word(reader: Reader) -> None:
    reader.open("intro.html")
    wait = WebDriverWait(reader.driver, 30)
    reader.driver.find_element(By.CSS_SELECTOR, ".search-button-field, .search-button").click()
    box = wait.until(lambda driver: next((b for b in driver.find_elements(By.NAME, "q") if b.is_displayed()), None))
    box.send_keys("participation ratio", Keys.ENTER)
    wait.until(lambda driver: "search.html" in driver.current_url)
    found = wait.until(lambda driver: driver.find_elements(By.CSS_SELECTOR, "ul.search li a"))
    assert any("glossary" in link.get_attribute("href") for link in found)
    assert reader.errors() == []


def test_controls_a_bad_page_is_noticed(driver: webdriver.Chrome, tmp_path: Path) -> None:
    (tmp_path / "bad.html").write_text(
        '<html lang="en" data-theme="light"><meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="icon" href="data:,"><article><p style="color: #999">pale</p><p>plain</p>'
        '<img src="http://example.org/x.png" alt="nothing"><div style="width: 600px">wide</div></article>'
        "<script>undefinedName()</script></html>",
        encoding="utf-8",
    )
    with served(tmp_path, driver) as reader:
        reader.open("bad.html", width=390)
        assert any("undefinedName" in message for message in reader.errors())
        assert reader.foreign_requests() == ["http://example.org/x.png"]
        assert reader.overflow() > 0
        assert [contrast < 4.5 for _, contrast in driver.execute_script(CONTRASTS, "p")] == [True, False]
