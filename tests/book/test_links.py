"""Every link of the rendered book leads somewhere, nothing is loaded from elsewhere, every picture is described."""

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]

# Attributes by which a browser loads something on its own; a link that a reader may follow is not among them.
LOADS = {
    ("script", "src"), ("img", "src"), ("img", "srcset"), ("iframe", "src"), ("embed", "src"), ("object", "data"),
    ("source", "src"), ("source", "srcset"), ("video", "src"), ("video", "poster"), ("audio", "src"), ("input", "src"),
    ("link", "href"),
}  # fmt: skip
POINTS = {("a", "href"), ("area", "href"), ("form", "action")}
# Relations of <link> that say something about the page and make no browser fetch anything.
STATEMENTS = {"canonical", "license", "author", "alternate"}


class Page(HTMLParser):
    """The ids, links, loads and pictures of one page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.pictures: list[tuple[str, str | None]] = []
        self.feed(path.read_text(encoding="utf-8"))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.ids |= {value for name in ("id", "name") if (value := found.get(name))}
        if tag == "img":
            self.pictures.append((found.get("src") or "", found.get("alt")))
        if tag == "link" and set((found.get("rel") or "").split()) & STATEMENTS:
            return
        for name, value in attrs:
            if value is None:
                continue
            if (tag, name) in LOADS:
                self.loads += [part.split()[0] for part in value.split(",")] if name == "srcset" else [value]
            elif (tag, name) in POINTS:
                self.links.append(value)


class Site:
    """All pages of a rendered book, and what is wrong with them."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        # What lies in _static are templates of the theme, not pages.
        paths = [path for path in sorted(self.root.rglob("*.html")) if "_static" not in path.parts]
        self.pages = {path: Page(path) for path in paths}

    def broken(self) -> list[str]:
        """Local links and loads whose file or whose anchor is not there."""
        return [
            f"{path.relative_to(self.root)}: {address} {fault}"
            for path, page in self.pages.items()
            for address in page.links + page.loads
            if not is_external(address) and (fault := self._fault(path, address))
        ]

    def foreign(self) -> Iterator[str]:
        """Whatever a page or a style sheet would load from elsewhere."""
        for path, page in self.pages.items():
            for address in filter(is_external, page.loads):
                yield f"{path.relative_to(self.root)}: loads {address}"
        for path in sorted(self.root.rglob("*.css")):
            text = path.read_text(encoding="utf-8")
            for address in re.findall(r"""(?:url\(|@import)\s*["']?((?:https?:)?//[^"')\s]+)""", text):
                yield f"{path.relative_to(self.root)}: loads {address}"

    def _fault(self, page: Path, address: str) -> str | None:
        parts = urlsplit(address)
        if parts.scheme in {"data", "javascript", "mailto"}:
            return None
        target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
        if target.is_dir():
            target /= "index.html"
        if not target.is_relative_to(self.root):
            return "leads out of the book"
        if not target.is_file():
            return "leads to no file"
        if parts.fragment and target in self.pages and unquote(parts.fragment) not in self.pages[target].ids:
            return "leads to no such place on the page"
        return None


def is_external(address: str) -> bool:
    return urlsplit(address).scheme in {"http", "https", "ftp", "ws", "wss"} or address.startswith("//")


@pytest.fixture(scope="module")
def site(html: Path) -> Site:
    return Site(html)


def test_the_book_has_its_pages(site: Site) -> None:
    names = {path.relative_to(site.root).as_posix() for path in site.pages}
    expected = {
        "intro.html",
        "how_to_read_a_claim.html",
        "reproduce.html",
        "generated/scoreboard.html",
        "glossary.html",
    }
    assert expected | {"references.html", "instruments/similarity.html", "search.html"} <= names
    assert any(name.startswith("studies/") for name in names)


def test_every_local_link_resolves(site: Site) -> None:
    assert site.broken() == []


def test_next_leads_through_every_page_of_the_contents_and_previous_back(site: Site) -> None:
    contents = yaml.safe_load((ROOT / "book" / "_toc.yml").read_text(encoding="utf-8"))
    listed = {f"{contents['root']}.html"} | {
        f"{entry['file']}.html"
        for part in contents["parts"]
        for chapter in part["chapters"]
        for entry in [chapter, *chapter.get("sections", [])]
    }
    forward = walk(site, site.root / f"{contents['root']}.html", "right-next")
    assert listed <= set(forward), "pages of code are put in behind them"
    assert walk(site, site.root / forward[-1], "left-prev") == forward[::-1]


def walk(site: Site, page: Path, way: str) -> list[str]:
    """The pages that one comes through by following the link of that class below each page."""
    passed = [page]
    while places := re.findall(rf'<a class="{way}"\s+href="([^"#]+)"', passed[-1].read_text(encoding="utf-8")):
        page = (passed[-1].parent / places[0]).resolve()
        assert page not in passed, f"{way} leads round in a circle at {page}"
        passed.append(page)
    return [page.relative_to(site.root).as_posix() for page in passed]


def test_nothing_is_loaded_from_elsewhere(site: Site) -> None:
    assert list(site.foreign()) == []


def test_every_picture_is_described(site: Site, alt_fault: Callable[[str | None], str | None]) -> None:
    faults = [
        f"{path.relative_to(site.root)}: {source} {fault}"
        for path, page in site.pages.items()
        for source, alt in page.pictures
        if (fault := alt_fault(alt))
    ]
    assert faults == []


# Controls: a small bad book, in which each check must find what was put there.


@pytest.fixture
def book(tmp_path: Path) -> Callable[[str], Site]:
    def write(body: str) -> Site:
        (tmp_path / "index.html").write_text(f'<html><body><h1 id="top">A</h1>{body}</body></html>', encoding="utf-8")
        (tmp_path / "other.html").write_text('<p id="here">there</p>', encoding="utf-8")
        (tmp_path / "look.css").write_text("p { color: red }", encoding="utf-8")
        return Site(tmp_path)

    return write


@pytest.mark.parametrize(
    "body",
    [
        '<a href="other.html#here">x</a>',
        '<a href="#top">x</a><a href="#">x</a><a href="">x</a>',
        '<link rel="stylesheet" href="look.css?v=12"/>',
        '<a href="https://example.org/nowhere#x">x</a>',
        '<link rel="canonical" href="https://example.org/"/>',
        '<img src="data:image/png;base64,AAAA" alt="a point in a plane, drawn large"/>',
    ],
)
def test_good_links_pass(book: Callable[[str], Site], body: str) -> None:
    assert book(body).broken() == []
    assert list(book(body).foreign()) == []


@pytest.mark.parametrize(
    "body",
    [
        '<a href="missing.html">x</a>',
        '<a href="other.html#nowhere">x</a>',
        '<a href="#nowhere">x</a>',
        '<a href="../../outside.html">x</a>',
        '<img src="_images/missing.svg" alt="x"/>',
        '<script src="_static/missing.js"></script>',
    ],
)
def test_a_dead_link_is_found(book: Callable[[str], Site], body: str) -> None:
    assert len(book(body).broken()) == 1


@pytest.mark.parametrize(
    "body",
    [
        '<script src="https://cdn.example.org/x.js"></script>',
        '<script src="//cdn.example.org/x.js"></script>',
        '<link rel="stylesheet" href="https://fonts.example.org/css"/>',
        '<link rel="preconnect" href="https://fonts.example.org"/>',
        '<img src="http://example.org/x.png" alt="x"/>',
        '<img src="look.css" srcset="https://example.org/x2.png 2x" alt="x"/>',
        '<iframe src="https://example.org"></iframe>',
    ],
)
def test_a_foreign_load_is_found(book: Callable[[str], Site], body: str) -> None:
    assert len(list(book(body).foreign())) == 1


@pytest.mark.parametrize(
    "rule", ['@import "https://x.org/a.css";', "p { src: url(//x.org/a.woff) }", "p{src:url('https://x.org/a')}"]
)
def test_a_foreign_load_in_a_style_sheet_is_found(book: Callable[[str], Site], tmp_path: Path, rule: str) -> None:
    site = book("")
    (tmp_path / "look.css").write_text(rule, encoding="utf-8")
    assert len(list(site.foreign())) == 1


@pytest.mark.parametrize(
    "alt",
    [
        None,
        "",
        "  ",
        "_images/4f3a.svg",
        "../_images/the map of the layers",
        "CKA",
        "cka_map_before_and_after_training.png",
    ],
)
def test_a_picture_without_description_is_found(alt: str | None, alt_fault: Callable[[str | None], str | None]) -> None:
    assert alt_fault(alt)


def test_a_description_passes(alt_fault: Callable[[str | None], str | None]) -> None:
    assert alt_fault("CKA falls from 1 to 0.28 as one class is moved away") is None
