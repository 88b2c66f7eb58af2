"""How to cite: entries that BibTeX can read, of the book and of the paper that a chapter is about."""

import re

import yaml

from learning_geometry import paths
from learning_geometry.publishing import citation
from learning_geometry.studies import STUDIES

FILE = yaml.safe_load((paths.checkout() / "CITATION.cff").read_text(encoding="utf-8"))
LEDGER = {"generated_at": "2026-11-27T22:56:07+00:00"}


def entries(box):
    """The entries of a box by key, each with its fields."""
    found = re.findall(r"^@\w+\{(\w+),\n(.*?)^\}", box, flags=re.MULTILINE | re.DOTALL)
    return {key: dict(re.findall(r"^  (\w+) = \{(.*)\},$", body, flags=re.MULTILINE)) for key, body in found}


def test_the_book_is_cited_with_the_day_of_its_results():
    (book,) = entries(citation.of_book(LEDGER)).values()
    assert (book["year"], book["version"]) == ("2026", FILE["version"])
    assert "2026-11-27" in book["note"]
    assert book["author"] == "{The Geometry of Learning contributors}", "braces keep a group's name whole"


def test_a_chapter_is_cited_with_its_own_paper():
    for study in STUDIES.values():
        own, paper = entries(citation.of_chapter(LEDGER, study)).values()
        assert study.title in own["note"]
        number = int(study.notebook.stem[:2])
        assert paper["title"] == f"{{{FILE['references'][number - 1]['title']}}}"
        assert paper["author"].count(" and ") == len(FILE["references"][number - 1]["authors"]) - 1


def test_every_reference_becomes_an_entry_whose_braces_close():
    box = "\n".join(map(citation.bibtex, FILE["references"]))
    assert len(entries(box)) == len(FILE["references"])
    assert box.count("{") == box.count("}")
    assert entries(box)["chua2024learning"]["pages"] == "49957--50030"
    assert entries(box)["chua2024learning"]["eprint"] == "2410.22133"
