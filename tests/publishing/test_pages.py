"""What the head of a page says, and the list of pages."""

import xml.etree.ElementTree as ElementTree

from learning_geometry.publishing import pages


def test_a_description_is_the_first_paragraph_that_says_something_cut_between_words():
    short, long = "Too short to say much.", " ".join(["word"] * 80)
    assert pages.summary([short, f"A paragraph that goes on {long}"]).endswith("word …")
    assert len(pages.summary([long])) <= 202
    assert pages.summary([short]) == ""


def test_a_card_has_addresses_only_where_the_book_has_one():
    local = pages.card('A "title"', "What it says.", "The book", "", "card.png")
    assert 'property="og:title" content="A &quot;title&quot;"' in local
    assert "og:url" not in local
    assert "og:image" not in local
    assert "og:image" in pages.card("A", "B", "C", "https://example.org/a.html", "https://example.org/card.png")


def test_a_sitemap_lists_the_pages():
    tree = ElementTree.fromstring(pages.sitemap("https://example.org/", ["a.html", "b/c&d.html"]))
    assert [place.text for place in tree.findall(".//{*}loc")] == [
        "https://example.org/a.html",
        "https://example.org/b/c&d.html",
    ]


def test_fonts_are_not_loaded_ahead_and_style_sheets_still_are():
    style = '<link href="a.css" rel="stylesheet" />'
    font = '<link rel="preload" as="font" type="font/woff2" crossorigin href="a.woff2" />'
    assert pages.without_preloads(f"{font}\n{font}\n{style}") == style


def test_icons_come_from_a_script_only_where_a_page_is_read_from_a_disk():
    icons = '<script src="../_static/vendor/fontawesome/6.5.2/js/all.min.js?digest=d"></script>'
    other = '<script src="a.js"></script>'
    page = pages.with_icons_once(f"{icons}\n{other}")
    assert page.startswith('<script>location.protocol === "file:" && ')
    assert '<script src="../_static/vendor/fontawesome/6.5.2/js/all.min.js?digest=d"><\\/script>' in page
    assert page.endswith(other)
