"""A Sphinx extension: what the head of each page says to search engines and to whoever links to it, and no Thebe."""

import re
from html import escape
from pathlib import Path
from typing import Any

_MOST = 200

_ICONS = re.compile(r'<script src="([^"]*/fontawesome/[^"]*\.js[^"]*)"></script>')


def setup(app: Any) -> dict[str, bool]:
    """Attach the extension to Sphinx."""
    app.connect("html-page-context", _finish, priority=900)
    app.connect("build-finished", _end)
    app.connect("autodoc-skip-member", _says_nothing)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def card(title: str, description: str, site: str, address: str, picture: str = "") -> str:
    """The description of a page for search engines, and its card where somebody links to it (Open Graph).

    Cards want absolute addresses: without the book's own, the page says what it is and neither where it is nor how it looks.
    """
    said = {"og:type": "article", "og:site_name": site, "og:title": title, "og:description": description}
    said |= {"og:url": address} if address else {}
    said |= {"og:image": picture} if address and picture else {}
    tags = [f'<meta property="{name}" content="{escape(text)}">' for name, text in said.items()]
    if description:
        tags.insert(0, f'<meta name="description" content="{escape(description)}">')
    return "\n".join([*tags, '<meta name="twitter:card" content="summary">'])


def sitemap(base: str, pages: list[str]) -> str:
    """The list of all pages for search engines."""
    places = "".join(f"<url><loc>{escape(f'{base}{page}')}</loc></url>\n" for page in pages)
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    return f"{head}{places}</urlset>\n"


def summary(paragraphs: list[str]) -> str:
    """The first paragraph that says something, cut between words."""
    for text in (" ".join(paragraph.split()) for paragraph in paragraphs):
        if len(text.split()) >= 8:
            return text if len(text) <= _MOST else f"{text[: text.rindex(' ', 0, _MOST)]} …"
    return ""


def _says_nothing(app: Any, what: str, name: str, member: Any, skip: bool, options: Any) -> bool | None:
    """Leave out fields of named tuples, of which Python says no more than their number; the class explains them."""
    return True if str(getattr(member, "__doc__", "")).startswith("Alias for field number") else None


def _finish(app: Any, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    # Jupyter Book loads Thebe's settings on every page, twice, which is an error in the console; no page here uses it.
    for name in ("script_files", "css_files"):
        context[name] = [file for file in context.get(name, []) if "thebe" not in _words(file)]
    if doctree is None:
        return
    title = re.sub(r"<[^>]+>", "", context.get("title", ""))
    description = summary([node.astext() for node in doctree.findall(lambda node: node.tagname == "paragraph")])
    base = _base(app)
    address = f"{base}{pagename}.html" if base else ""
    tags = card(title, description, app.config.html_title, address, f"{base}_static/card.png")
    context["metatags"] = f"{context.get('metatags', '')}\n{tags}"


def without_preloads(html: str) -> str:
    """A page that loads its fonts when a style sheet asks for them: from a disk, a browser refuses to load them before."""
    return re.sub(r'<link rel="preload" as="font"[^>]*>\n?', "", html)


def with_icons_once(html: str) -> str:
    """A page that draws its icons from their font alone, not once more from a script of 1.5 MB.

    From a disk the script stays: there some browsers load no font.
    """
    script = r"""<script>location.protocol === "file:" && document.write('<script src="\1"><\\/script>')</script>"""
    return _ICONS.sub(script, html)


def _end(app: Any, exception: Exception | None) -> None:
    if exception is not None or app.builder.format != "html":
        return
    for file in Path(app.outdir).rglob("*.html"):
        text = with_icons_once(without_preloads(file.read_text(encoding="utf-8")))
        file.write_text(text, encoding="utf-8")
    if _base(app):
        pages = [f"{page}.html" for page in sorted(app.env.found_docs)]
        (Path(app.outdir) / "sitemap.xml").write_text(sitemap(_base(app), pages), encoding="utf-8")


def _base(app: Any) -> str:
    base = app.config.html_baseurl
    return f"{base.rstrip('/')}/" if base else ""


def _words(file: Any) -> str:
    """Address and body of a script or a style sheet."""
    attributes = getattr(file, "attributes", {})
    return f"{getattr(file, 'filename', file)} {attributes.get('body', '')}"
