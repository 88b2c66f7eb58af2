"""The sources of the book are what the workflow and the reader expect."""

import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jupytext
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "notebooks").glob("*.py"))


def cells(source: Path) -> list[Any]:
    return list(jupytext.read(source, fmt="py:percent").cells)


def contents() -> list[str]:
    """Every file named in the table of contents, the landing page first."""
    toc = yaml.safe_load((ROOT / "book" / "_toc.yml").read_text(encoding="utf-8"))

    def below(entry: dict[str, Any]) -> list[str]:
        own = [entry["file"]] if "file" in entry else []
        inner = [child for name in ("parts", "chapters", "sections") for child in entry.get(name, [])]
        return own + [file for child in inner for file in below(child)]

    return [toc["root"], *below(toc)]


def test_there_are_notebooks() -> None:
    assert SOURCES


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_exactly_one_cell_holds_the_parameters(source: Path) -> None:
    tagged = [cell for cell in cells(source) if "parameters" in cell.metadata.get("tags", [])]
    assert [cell.cell_type for cell in tagged] == ["code"]


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_the_kernel_is_named_so_that_papermill_finds_it_anywhere(source: Path) -> None:
    kernel = jupytext.read(source, fmt="py:percent").metadata["kernelspec"]
    assert (kernel["name"], kernel["language"]) == ("python3", "python")


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_every_figure_has_a_caption_and_is_described(
    source: Path, alt_fault: Callable[[str | None], str | None]
) -> None:
    drawing = [cell for cell in cells(source) if cell.cell_type == "code" and re.search(r"\bplot_\w+\(", cell.source)]
    assert drawing, f"{source.name} draws nothing"
    names = []
    for cell in drawing:
        rendering = cell.metadata.get("mystnb", {})
        where = f"{source.name}: the cell\n{cell.source}\n"
        assert (fault := alt_fault(rendering.get("image", {}).get("alt"))) is None, f"{where}{fault}"
        figure = rendering.get("figure", {})
        assert len(figure.get("caption", "").split()) >= 5, f"{where}has no caption that says something"
        assert str(figure.get("name", "")).startswith("fig-"), f"{where}has no name that starts with fig-"
        names.append(figure["name"])
    assert len(set(names)) == len(names), f"{source.name}: a figure's name is used twice"


def test_the_contents_list_every_notebook_and_nothing_that_is_not_there() -> None:
    files = contents()
    assert len(set(files)) == len(files)
    chapters = {file.removeprefix("studies/") for file in files if file.startswith("studies/")}
    assert chapters == {source.stem for source in SOURCES}
    pages = [file for file in files if not file.startswith(("studies/", "generated/"))]
    assert [page for page in pages if not (ROOT / "book" / f"{page}.md").is_file()] == []


def test_every_page_of_prose_is_in_the_contents() -> None:
    book = ROOT / "book"
    pages = {path.relative_to(book).with_suffix("").as_posix() for path in book.rglob("*.md")}
    generated = {page for page in pages if page.startswith(("studies/", "generated/"))}
    assert pages - generated - set(contents()) == set()


def test_no_page_keeps_a_note_to_its_writers() -> None:
    left = [
        f"{path.relative_to(ROOT)}: {note}"
        for path in [*(ROOT / "book").rglob("*.md"), ROOT / "README.md"]
        for note in re.findall(r"<!-- (?:MEASURED|CHECK)\b[^>]*-->", path.read_text(encoding="utf-8"))
    ]
    assert left == []


def test_the_scripts_folder_trap_stays_shut() -> None:
    # Jupyter Book loads every script of every static path on every page if the book has a folder of this name, and
    # MathJax fails when it is loaded twice.
    assert not (ROOT / "book" / "_static").exists()
    assert (ROOT / "book" / "vendor" / "mathjax" / "LICENSE").is_file()


def test_what_is_vendored_is_unchanged() -> None:
    lists = sorted((ROOT / "book" / "vendor").glob("*/SHA256SUMS"))
    assert lists
    for sums in lists:
        listed = dict(reversed(line.split()) for line in sums.read_text(encoding="utf-8").splitlines())
        assert {file.name for file in sums.parent.iterdir()} - {sums.name} == set(listed)
        for name, digest in listed.items():
            assert hashlib.sha256((sums.parent / name).read_bytes()).hexdigest() == digest, f"{sums.parent.name}/{name}"


def test_no_two_figures_have_one_name() -> None:
    names = [name for source in SOURCES for name in re.findall(r'"figure": \{"name": "([^"]+)"', source.read_text())]
    assert len(names) > 20
    assert sorted(set(names)) == sorted(names)
