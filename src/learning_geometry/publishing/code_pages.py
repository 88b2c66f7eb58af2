"""Pages of the book that show the code behind its figures: the functions that draw them, and what measured the records."""

import ast
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from learning_geometry import sources
from learning_geometry.publishing.figures import Shown
from learning_geometry.studies import Study


def anchor(source: Path, section: str, function: str) -> str:
    """The place on a code page of a function of a section, or of a module if `function` is empty."""
    name = function.rpartition(":")[2]
    return re.sub(r"[^a-z0-9]+", "-", f"code-{source.stem}-{section}-{name}".lower()).strip("-")


def code_page(study: Study, figures: Sequence[Shown]) -> str:
    """The code behind the figures of one chapter, in MyST."""
    chapter = f"{{doc}}`{study.title} <../../studies/{study.notebook.stem}>`"
    lines = [
        "---",
        "nosearch: true",  # who searches the book looks for words and not for variables
        "---",
        f"# Code: {study.title}",
        "",
        f"The functions that draw the figures of {chapter}, and the experiments that measured what they draw.",
    ]
    files = {figure.section: _file(figure) for figure in figures}
    helpers = [
        file
        for file in sources.imported_files(*files.values())
        if file.parent == study.room / "figures" and file not in files.values() and file.stem != "__init__"
    ]
    for section, file in files.items():
        own = [figure for figure in figures if figure.section == section]
        lines += ["", f"## {_within(study, file)}", *_module(study, section, file, own)]
    for file in helpers:
        lines += ["", f"## {_within(study, file)}", "", *_block(file.read_text(encoding="utf-8"))]
    for experiment in sorted({name for figure in figures for name in figure.experiments}):
        file = study.room / "experiments" / f"{experiment}.py"
        lines += ["", f"({anchor(study.notebook, 'experiments', experiment)})=", f"## {_within(study, file)}", ""]
        lines += _block(file.read_text(encoding="utf-8"))
    return "\n".join(lines) + "\n"


def index_page(studies: Sequence[Study]) -> str:
    """The page that leads to the code of every chapter, in MyST."""
    listed = [f"- {{doc}}`{study.title} <{study.notebook.stem}>`" for study in studies]
    text = (
        "For each chapter, the functions that draw its figures, and the experiments that measured what they draw. The line "
        "under each figure leads here."
    )
    return "\n".join(["# The code behind the figures", "", text, "", *listed, ""])


def list_in_contents(contents: Path, studies: Sequence[Study]) -> None:
    """Add the code pages to the end of the table of contents."""
    toc = yaml.safe_load(contents.read_text(encoding="utf-8"))
    chapters = toc["parts"][-1]["chapters"] if "parts" in toc else toc["chapters"]
    sections = [{"file": f"generated/code/{study.notebook.stem}"} for study in studies]
    chapters.append({"file": "generated/code/index", "sections": sections})
    contents.write_text(yaml.safe_dump(toc, sort_keys=False), encoding="utf-8")


def _module(study: Study, section: str, file: Path, figures: Sequence[Shown]) -> Iterator[str]:
    """A module of figures, with a heading before each function that draws one."""
    text = file.read_text(encoding="utf-8").splitlines()
    shown = {figure.function.rpartition(":")[2]: figure for figure in figures}
    begins: list[tuple[int, Any]] = [(0, None)]
    begins += [
        (node.lineno - 1, node.name)
        for node in ast.parse("\n".join(text)).body
        if isinstance(node, ast.FunctionDef) and node.name in shown
    ]
    for (begin, name), (end, _) in zip(begins, [*begins[1:], (len(text), None)], strict=True):
        if name is not None:
            yield from ("", f"({anchor(study.notebook, section, name)})=", f"### {name}", "")
            yield from _origin(study, [figure for figure in figures if figure.function.endswith(f":{name}")])
        yield from ("", *_block("\n".join(text[begin:end])))


def _origin(study: Study, figures: Sequence[Shown]) -> Iterator[str]:
    numbers = ", ".join(f"{{numref}}`{figure.name}`" for figure in figures)
    experiments = sorted({name for figure in figures for name in figure.experiments})
    links = ", ".join(
        f"{{ref}}`experiments/{name}.py <{anchor(study.notebook, 'experiments', name)}>`" for name in experiments
    )
    yield f"Draws {numbers}" + (f" from what {links} measured." if links else " from numbers that the paper prints.")


def _block(text: str) -> list[str]:
    return ["````python", *text.strip("\n").splitlines(), "````"]


def _file(figure: Shown) -> Path:
    return sources.module_file(figure.function.partition(":")[0])


def _within(study: Study, file: Path) -> str:
    """The path of a file within the study's room, for a heading."""
    return f"`{file.relative_to(study.room).as_posix()}`"
