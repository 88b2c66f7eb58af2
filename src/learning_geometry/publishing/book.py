"""The book: prose, executed notebooks and generated pages staged together, built, and moved into place whole."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat

from learning_geometry import paths
from learning_geometry.publishing import (
    behind,
    citation,
    code_pages,
    crate,
    figures,
    gallery,
    numbers_in_prose,
    other_scale,
    provenance,
    replication,
    scoreboard,
    stability,
)
from learning_geometry.publishing.claim_csv import claims_csv
from learning_geometry.publishing.ledger import LedgerRefused, read_ledger
from learning_geometry.publishing.notebook import read_marker
from learning_geometry.publishing.plan import StudyPlan, plans, write_target_keys
from learning_geometry.studies import STUDIES
from learning_geometry.studies.parameters import scale_file

_OTHER_SCALE, _OTHER_NAME = "mnist", "MNIST"
"""The scale whose recorded run stands beside the laptop's, and its name in the book."""


class BookFailed(RuntimeError):
    """Jupyter Book gave up or warned; the message holds its complaints."""


def check_links(scale: str) -> str:
    """Follow every external link of the book and return Sphinx's report; needs the network.

    Raises:
        BookFailed: a link is dead.
    """
    with tempfile.TemporaryDirectory(prefix="book-") as aside:
        stage = Path(aside) / "book"
        _stage(stage, plans(scale), read_ledger(scale))
        return _jupyter_book(stage, Path(aside) / "out", "--builder", "linkcheck")


def build_book(scale: str) -> Path:
    """Build the book of a scale from its ledger and executed notebooks and return its `index.html`.

    Raises:
        LedgerRefused: there is no ledger, or it speaks of other results than the notebooks.
        NotebookFailed: a notebook lacks its completeness marker.
        BookFailed: Jupyter Book reported an error or a warning.
    """
    ledger = read_ledger(scale)
    with tempfile.TemporaryDirectory(prefix="book-") as aside:
        stage = Path(aside) / "book"
        _stage(stage, plans(scale), ledger)
        _jupyter_book(stage, Path(aside) / "out", "-W", "-n", "--keep-going")
        target = paths.published(scale) / "html"
        html = Path(aside) / "out" / "_build" / "html"
        _write_front_door(html)
        behind.add_dark_pictures(html)
        crate.write_crate(html, ledger, citation.read())
        write_target_keys(scale)  # whoever builds a book by hand says so to the engine
        _swap(html, target)
    return target / "index.html"


def withdraw(scale: str) -> Path | None:
    """Set the published book of a scale aside as `html-stale`, so that nobody takes it for the present one."""
    published = paths.published(scale) / "html"
    if not published.is_dir():
        return None
    stale = published.with_name("html-stale")
    shutil.rmtree(stale, ignore_errors=True)
    os.replace(published, stale)
    return stale


def _stage(stage: Path, wanted: list[StudyPlan], ledger: dict[str, Any]) -> None:
    scale, asked = ledger["scale"], gallery.lines()
    # The recorded run stands beside the laptop's, and beside nothing else.
    other = replication.recorded_ledger(_OTHER_SCALE) if scale == "laptop" else None
    beside = other_scale.beside(ledger, other, _OTHER_NAME, "from_digits_to_mnist.html")
    _copy(paths.checkout() / "book", stage)
    (stage / "studies").mkdir()
    (stage / "generated" / "code").mkdir(parents=True)
    for plan in wanted:
        marker = read_marker(plan.notebook)
        entry = ledger["studies"].get(plan.study.name)
        if marker["key"] != plan.key or entry is None or entry.get("plan") != plan.key:
            raise LedgerRefused(
                f"the ledger judged another plan of {plan.study.name} than {plan.notebook} shows: a parameter, a rule or other "
                f"code has changed since. Write it again with `learning-geometry ledger --scale {scale}`"
            )
        notebook = nbformat.read(plan.notebook, as_version=4)
        shown, stem = figures.figures_of(notebook), plan.study.notebook.stem
        gallery.write_pictures(shown, stem, asked.get(stem, {}), stage / "static")
        code = code_pages.code_page(plan.study, shown)
        (stage / "generated" / "code" / f"{stem}.md").write_text(code, encoding="utf-8")
        behind.add_to(notebook, plan.study.notebook, entry, stage / "static")
        other_scale.redraw_panels(notebook, beside["studies"][plan.study.name]["claims"])
        numbers_in_prose.fill_in(notebook, entry["claims"])
        cite = citation.of_chapter(ledger, plan.study)
        for name, text in (("cite", cite), ("provenance", provenance.box(ledger, plan.study.name))):
            notebook.cells.append(nbformat.v4.new_markdown_cell(text, id=f"cell-{name}"))
        nbformat.write(notebook, stage / "studies" / f"{stem}.ipynb")
    studies = [plan.study for plan in wanted]
    code_pages.list_in_contents(stage / "_toc.yml", studies)
    runs = [run for run in stability.replications(replication.recorded()) if run["scale"] == scale]
    made = {
        "static/ledger.json": json.dumps(ledger, indent=1) + "\n",
        "static/ledger.schema.json": Path(__file__).with_name("ledger.schema.json").read_text(encoding="utf-8"),
        "static/claims.csv": claims_csv(ledger),
        "generated/code/index.md": code_pages.index_page(studies),
        "generated/scoreboard.md": scoreboard.scoreboard(beside, runs),
        "generated/stability.md": stability.stability(ledger, runs),
        **_other_scale(ledger, other),
        "generated/scoreboard_small.md": scoreboard.small(ledger),
        "generated/gallery.md": gallery.gallery(studies, asked, stage / "static"),
        "generated/cite.md": citation.of_book(ledger),
    }
    for name, text in made.items():
        (stage / name).parent.mkdir(parents=True, exist_ok=True)
        (stage / name).write_text(text, encoding="utf-8")
    for file in (paths.checkout() / "book").rglob("*.md"):
        within = file.relative_to(paths.checkout() / "book")
        text = file.read_text(encoding="utf-8")
        filled = numbers_in_prose.fill_in_page(text, ledger, depth=len(within.parts) - 1)
        if filled != text:
            (stage / within).write_text(filled, encoding="utf-8")


def _other_scale(ledger: dict[str, Any], other: dict[str, Any] | None) -> dict[str, str]:
    """What *From digits to MNIST* includes, by file: a summary, and the claims of each study."""
    there = [study for study in STUDIES if scale_file(_OTHER_SCALE, study).is_file()]
    made = dict.fromkeys([f"generated/mnist/{name}.md" for name in ("summary", *there)], other_scale.ELSEWHERE)
    if other is None:
        return made
    made["generated/mnist/summary.md"] = other_scale.summary(ledger, other)
    further = replication.further(_OTHER_SCALE)
    for study in other["studies"]:
        text = other_scale.claims(ledger, other, study, names=("digits", _OTHER_NAME), further=further)
        made[f"generated/mnist/{study}.md"] = text
    return made


def _copy(folder: Path, target: Path) -> None:
    """Copy the contents of files and not their permissions: a checkout may be read-only, a stage may not."""
    for file in folder.rglob("*"):
        within = file.relative_to(folder)
        if file.is_file() and "studies" not in within.parts:
            (target / within).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target / within)


def _jupyter_book(stage: Path, out: Path, *options: str) -> str:
    program = Path(sys.executable).with_name("jupyter-book")
    config = paths.checkout() / "_config.yml"
    command = [str(program), "build", str(stage), "--config", str(config), "--path-output", str(out), *options]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    report = (answer.stdout + answer.stderr).replace(str(stage), "book")
    if answer.returncode != 0:
        lines = report.splitlines()
        telling = [line for line in lines if re.search(r"WARNING|ERROR|Error|broken", line)] or lines[-30:]
        raise BookFailed("Jupyter Book failed:\n  " + "\n  ".join(telling))
    return report


def _write_front_door(html: Path) -> None:
    """Let `index.html` be a whole page that leads to the landing page.

    Jupyter Book's own has neither language nor title nor icon, and browsers then ask for an icon that is not there.
    """
    icon = re.search(r'<link rel="[a-z ]*icon"[^>]*>', (html / "intro.html").read_text(encoding="utf-8"))
    (html / "index.html").write_text(
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>The Geometry of Learning</title>\n'
        f'{icon[0] if icon else ""}\n<meta http-equiv="refresh" content="0; url=intro.html">\n</head>\n'
        '<body><p><a href="intro.html">The Geometry of Learning</a></p></body>\n</html>\n',
        encoding="utf-8",
    )


def _swap(new: Path, published: Path) -> None:
    """Put a finished folder in the place of the published one; the old one stays until the new one is beside it."""
    published.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=published.parent, prefix=".html-"))
    shutil.copytree(new, beside / "new")
    if published.exists():
        os.replace(published, beside / "old")
    os.replace(beside / "new", published)
    shutil.rmtree(beside)
