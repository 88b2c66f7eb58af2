"""Buttons for Binder and Colab: where the repository's address is known, and only there; what they start is there."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml

from learning_geometry import paths
from learning_geometry.publishing import launch
from learning_geometry.studies import STUDIES

TOP = paths.checkout()
BINDER = TOP / ".binder"
STEM = STUDIES["cka_manipulation"].notebook.stem


def test_a_button_leads_to_the_source_of_the_page():
    binder = f"https://mybinder.org/v2/gh/owner/name/main?urlpath=lab/tree/studies/{STEM}.ipynb"
    assert launch.to_source(binder).endswith(f"urlpath=lab/tree/notebooks/{STEM}.py")
    colab = f"https://colab.research.google.com/github/owner/name/blob/main/studies/{STEM}.ipynb"
    assert launch.to_source(colab).endswith("/owner/name/blob/main/.binder/colab.ipynb")


@pytest.mark.parametrize("address", ["", "https://github.com/owner/name"])
def test_pages_have_buttons_only_where_the_address_is_known(tmp_path, address):
    config = yaml.safe_load((TOP / "_config.yml").read_text(encoding="utf-8"))
    config["repository"]["url"] = address
    (tmp_path / "_config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    book = tmp_path / "book"
    (book / "studies").mkdir(parents=True)
    (book / "_toc.yml").write_text(
        f"format: jb-book\nroot: intro\nchapters:\n- file: studies/{STEM}\n", encoding="utf-8"
    )
    (book / "intro.md").write_text("# The first page\n\nWords.\n", encoding="utf-8")
    (book / "references.bib").write_text("", encoding="utf-8")
    chapter = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# A chapter", id="title")])
    chapter.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(chapter, book / "studies" / f"{STEM}.ipynb")
    program = Path(sys.executable).with_name("jupyter-book")
    command = [program, "build", book, "--config", tmp_path / "_config.yml", "--path-output", tmp_path / "out"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    html = tmp_path / "out" / "_build" / "html"
    pages = {page.relative_to(html).as_posix(): page.read_text(encoding="utf-8") for page in html.rglob("*.html")}
    launching = {name: re.findall(r'href="(https://(?:mybinder|colab)[^"]+)"', text) for name, text in pages.items()}
    expected = [
        f"https://mybinder.org/v2/gh/owner/name/main?urlpath=lab/tree/notebooks/{STEM}.py",
        "https://colab.research.google.com/github/owner/name/blob/main/.binder/colab.ipynb",
    ]
    assert launching.pop(f"studies/{STEM}.html") == (expected if address else [])
    assert not any(launching.values())


def test_binder_installs_the_lock_of_the_checkout():
    script = BINDER / "postBuild"
    assert os.access(script, os.X_OK)
    assert subprocess.run(["bash", "-n", script], check=False).returncode == 0
    files = re.findall(r"-r (\S+)", script.read_text(encoding="utf-8"))
    assert files == ["requirements-torch.txt", "requirements.lock"]
    assert all((TOP / file).is_file() for file in files)


def test_colab_offers_every_chapter_and_has_no_other_address_than_the_configuration():
    notebook = nbformat.read(TOP / launch.COLAB, as_version=4)
    nbformat.validate(notebook)
    choice = next(cell.source for cell in notebook.cells if cell.id == "choose")
    assert json.loads(re.search(r"CHAPTER = .*@param (\[.*\])", choice)[1]) == list(STUDIES)
    assert re.search(r'REPOSITORY = "([^"]*)"', choice)[1] == launch.repository(), (
        "Colab fetches the repository from there"
    )
