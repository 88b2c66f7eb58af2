"""A browser without a network that reads the rendered book, and what its tests ask it."""

import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

_FLAGS = [
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


class NoBrowser(RuntimeError):
    """There is no Chromium, or nothing to drive it."""


def chromium(profile: Path | str, *, patience: float) -> webdriver.Chrome:
    """A Chromium without a network, with a profile of its own, that waits so many seconds for a page or a script.

    Raises:
        NoBrowser: Chromium or its driver is not on the PATH.
    """
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    driver = shutil.which("chromedriver")
    if program is None or driver is None:
        raise NoBrowser("no chromium or no chromedriver on the PATH (Debian: apt-get install chromium chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for flag in [*_FLAGS, f"--user-data-dir={profile}"]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = webdriver.Chrome(options=options, service=Service(executable_path=driver))
    browser.set_page_load_timeout(patience)
    browser.set_script_timeout(patience)
    return browser


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
        return [e["message"] for e in entries if e["level"] == "SEVERE"]

    def foreign_requests(self) -> list[str]:
        """Addresses elsewhere that were asked for since the last call."""
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        asked = [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]
        return [url for url in asked if url.startswith(("http", "ws")) and not url.startswith(self.base)]

    def overflow(self) -> int:
        """By how many pixels the page is wider than the window it was opened in."""
        return int(self.driver.execute_script("return document.documentElement.scrollWidth - screen.width"))


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
