"""The figures of an executed notebook with what is behind them: data, code, claims."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from learning_geometry.claims.scorecard import Judgement

BEHIND = "application/vnd.learning-geometry.figure+json"
"""Type of the output that `drawing.use_in_notebook` lets every figure bring along."""

PANEL = re.compile(r'^claims\.panel\("([a-z0-9_]+)"\)', flags=re.MULTILINE)
"""A cell of a notebook that shows the claims of a section."""


class FigureWithoutData(ValueError):
    """A picture in a notebook that nothing is known of; the message names its cell and the remedy."""


@dataclass(frozen=True)
class Shown:
    """A figure of a page: its cell, its name and caption, the function that drew it, what that read, and its data."""

    cell: int
    name: str
    caption: str
    function: str
    reads: tuple[str, ...]
    data: str
    scales: str
    dark: str
    thumbnails: dict[str, str]
    letters: float
    panel: str
    """The section of claims whose panel is the next on the page."""

    @property
    def section(self) -> str:
        """The section of the chapter that the function belongs to."""
        return self.function.partition(":")[0].rpartition(".")[2]

    @property
    def experiments(self) -> list[str]:
        """The experiments that the figure was drawn from."""
        return sorted({read.partition("/")[0] for read in self.reads})

    @property
    def csv(self) -> str:
        """The file of data as the book publishes it: what it is, then what was extracted from the figure."""
        module, _, function = self.function.partition(":")
        source = f"records of {', '.join(self.reads)}" if self.reads else "numbers that the paper prints"
        head = [f"{self.name}: {' '.join(self.caption.split())}", f"Drawn by {function} in {module} from {source}."]
        return "".join(f"# {line}\n" for line in head) + self.data

    @property
    def rows(self) -> int:
        """Rows of data, without the line that names the columns."""
        return sum(not line.startswith("#") for line in self.data.splitlines()) - 1


def figures_of(notebook: nbformat.NotebookNode) -> list[Shown]:
    """The figures of an executed notebook in the order of the page.

    Raises:
        FigureWithoutData: a cell shows a picture without what is behind it, or draws it by no function of `figures/`.
    """
    panels = [(k, name) for k, cell in enumerate(notebook.cells) for name in PANEL.findall(cell.source)]
    shown = []
    for k, cell in enumerate(notebook.cells):
        if cell.cell_type != "code" or not any("image/" in mime for mime in _bundle(cell)):
            continue
        behind = _bundle(cell).get(BEHIND)
        if behind is None or not behind["function"]:
            raise FigureWithoutData(
                f"the cell `{cell.source.strip().splitlines()[-1]}` shows a picture and not what is behind it; let its last "
                "expression be `figures.<section>.plot_*(records)`, after `drawing.use_in_notebook()`"
            )
        figure = cell.metadata.get("mystnb", {}).get("figure", {})
        after = [name for place, name in panels if place > k] or [name for _, name in panels[-1:]]
        shown.append(
            Shown(
                cell=k,
                name=figure.get("name", cell.id),
                caption=figure.get("caption", ""),
                function=behind["function"],
                reads=tuple(behind["reads"]),
                data=behind["data"],
                scales=behind["scales"],
                dark=behind["dark"],
                thumbnails=behind["thumbnails"],
                letters=behind["letters"],
                panel=after[0] if after else "",
            )
        )
    return shown


def _bundle(cell: nbformat.NotebookNode) -> dict[str, Any]:
    """Everything that a cell shows, by type."""
    return {mime: data for output in cell.get("outputs", []) for mime, data in output.get("data", {}).items()}


def data_file(notebook: Path, figure: str) -> str:
    """Where the book publishes the data of a figure, below its static files."""
    return f"figures/{notebook.stem}/{figure}.csv"


def entry(shown: Shown, source: Path, judgements: Sequence[Judgement]) -> dict[str, Any]:
    """What the ledger keeps of a figure."""
    return {
        "name": shown.name,
        "function": shown.function,
        "reads": list(shown.reads),
        "claims": claims_of(shown, judgements),
        "data": data_file(source, shown.name),
        "sha256": hashlib.sha256(shown.csv.encode()).hexdigest(),
        "rows": shown.rows,
        "letters": shown.letters,
    }


def claims_of(shown: Shown, judgements: Sequence[Judgement]) -> list[str]:
    """The ids of the claims that a figure belongs to.

    They are those of its section, or of the next panel on the page if its section has none, which were computed from
    what the figure shows; if none was, all of them.
    """
    own = [judgement for judgement in judgements if judgement.claim.section == shown.section]
    own = own or [judgement for judgement in judgements if judgement.claim.section == shown.panel]
    related = [judgement for judgement in own if _overlap(judgement.reads, shown.reads)]
    return [judgement.claim.id for judgement in related or own]


def _overlap(one: frozenset[str], other: Sequence[str]) -> bool:
    """Whether two readers have read the same experiment, and the same part of it where both say which."""
    return any(a == b or a.startswith(f"{b}/") or b.startswith(f"{a}/") for a in one for b in other)
