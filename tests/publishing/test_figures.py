"""What is behind a figure is taken from the notebook, checked by the ledger, and led to from the page."""

import json
from types import SimpleNamespace

import nbformat
import pytest

from learning_geometry.drawing import showing
from learning_geometry.publishing import behind, figures, numbers_in_prose, replication
from learning_geometry.publishing.figure_numbers import renumber
from learning_geometry.studies import STUDIES

STUDY = STUDIES["cka_manipulation"]
FUNCTION = "learning_geometry.studies.cka_manipulation.figures.cubes:plot_cubes"


def cell(name="fig-cubes", **changes):
    """A cell that shows a figure."""
    kept = {
        "function": FUNCTION,
        "reads": ["cubes/rbf"],
        "data": "# of cubes\nx,y\n1,2\n3,4\n",
        "dark": "<svg/>",
        "thumbnails": {},
        "scales": "horizontal axis logarithmic",
    }
    shown = {figures.BEHIND: kept | {"letters": 10.0} | changes, "image/svg+xml": "<svg/>"}
    made = nbformat.v4.new_code_cell(
        "figures.cubes.plot_cubes(records)", outputs=[nbformat.v4.new_output("display_data", shown)], id="drawn"
    )
    made.metadata["mystnb"] = {"figure": {"name": name, "caption": "Two cubes."}}
    return made


def notebook(*cells):
    panel = nbformat.v4.new_code_cell('claims.panel("cubes")', id="panel")
    return nbformat.v4.new_notebook(cells=[*cells, panel])


def judgement(id, section, *reads):
    return SimpleNamespace(claim=SimpleNamespace(id=id, section=section), reads=frozenset(reads))


def claim(id):
    return {
        "id": id, "kind": "paper", "verdict": "reproduced", "statement": "It falls.", "value": 0.12345,
        "interval": [0.11, 0.14],
    }  # fmt: skip


def published(book, folder, judgements=(), **changes):
    """Publish a notebook as the ledger of its own figures knows it, with changes; the page and the folder of its files."""
    judgements = judgements or [judgement("fall", "cubes", "cubes/rbf")]
    entries = [figures.entry(shown, STUDY.notebook, judgements) | changes for shown in figures.figures_of(book)]
    behind.add_to(book, STUDY.notebook, {"figures": entries, "claims": [claim("fall")]}, folder)
    return book.cells[1].source


def test_the_notebook_and_the_publisher_agree_on_the_type():
    assert figures.BEHIND == showing.BEHIND


def test_a_figure_gets_data_code_and_claims(tmp_path):
    book = notebook(cell())
    line = published(book, tmp_path)
    assert "../_static/figures/03_cka_manipulation/fig-cubes.csv" in line
    assert "../generated/code/03_cka_manipulation.html#code-03-cka-manipulation-cubes-plot-cubes" in line
    assert 'href="#claim-fall"' in line
    assert "2 rows" in line
    assert "Horizontal axis logarithmic" in line
    data = (tmp_path / "figures/03_cka_manipulation/fig-cubes.csv").read_text()
    assert data.splitlines()[0] == "# fig-cubes: Two cubes."
    assert data.endswith("x,y\n1,2\n3,4\n")
    assert "remove-input" in book.cells[0].metadata["tags"]
    assert book.cells[0].source  # the call stays in the notebook that a reader downloads


def test_data_that_the_ledger_has_not_checked_are_refused(tmp_path):
    with pytest.raises(behind.FigureLost, match="not those that the ledger has checked"):
        published(notebook(cell()), tmp_path, sha256="0" * 64)
    with pytest.raises(behind.FigureLost, match="the ledger has fig-other"):
        published(notebook(cell()), tmp_path, name="fig-other")


@pytest.mark.parametrize("fault", [{"function": ""}, None])
def test_a_picture_with_nothing_behind_it_is_refused(fault):
    drawn = cell(**(fault or {}))
    if fault is None:
        del drawn.outputs[0]["data"][figures.BEHIND]
    with pytest.raises(figures.FigureWithoutData, match="plot_cubes"):
        figures.figures_of(notebook(drawn))


@pytest.mark.parametrize(
    ("judgements", "expected"),
    [
        ([judgement("a", "cubes", "cubes/rbf"), judgement("b", "cubes", "cubes/linear")], ["a"]),
        ([judgement("a", "cubes", "cubes"), judgement("b", "bias", "cubes/rbf")], ["a"]),
        ([judgement("a", "cubes", "bias"), judgement("b", "cubes")], ["a", "b"]),
    ],
    ids=["the same part", "a whole that has the part", "none: all of the section"],
)
def test_the_claims_of_a_figure_rest_on_what_it_shows(judgements, expected):
    (shown,) = figures.figures_of(notebook(cell()))
    assert figures.claims_of(shown, judgements) == expected


def test_a_section_without_claims_takes_those_of_the_next_panel():
    (shown,) = figures.figures_of(notebook(cell(function="room.figures.drawn:plot_it")))
    assert figures.claims_of(shown, [judgement("a", "cubes", "cubes/rbf")]) == ["a"]


def test_both_pictures_are_on_the_page_and_a_lost_figure_is_an_error(tmp_path):
    static = tmp_path / "_static" / "figures" / "03_x"
    static.mkdir(parents=True)
    (static / "fig-a.dark.svg").write_text("<svg/>")
    (tmp_path / "studies").mkdir()
    page = tmp_path / "studies" / "03_x.html"
    page.write_text('<figure id="fig-a"><img alt="A curve" src="../_images/1.svg" /><figcaption/></figure>')
    behind.add_dark_pictures(tmp_path)
    text = page.read_text()
    assert text.count('alt="A curve"') == text.count('loading="lazy"') == 2
    assert 'src="../_static/figures/03_x/fig-a.dark.svg"' in text
    page.write_text("<p>nothing</p>")
    with pytest.raises(behind.FigureLost, match="no figure fig-a"):
        behind.add_dark_pictures(tmp_path)


def test_numbers_count_within_a_chapter_and_through_its_notebooks():
    numbers = {
        "intro": {"figure": {"a": (7,)}},
        "studies/01_x": {"figure": {"b": (1,), "c": (2,)}, "section": {"s": (1,)}},
        "studies/01_x_more": {"figure": {"d": (3,)}},
        "studies/07_y": {"figure": {"e": (4,)}},
    }
    renumber(numbers)
    found = {id: number for kinds in numbers.values() for id, number in kinds["figure"].items()}
    assert found == {"a": (1,), "b": (1, 1), "c": (1, 2), "d": (1, 3), "e": (7, 1)}
    assert numbers["studies/01_x"]["section"] == {"s": (1,)}


def test_numbers_in_prose_are_written_from_their_claims():
    prose = nbformat.v4.new_markdown_cell("It falls to {{ fall }}, in full {{ fall|interval }}: {{ fall|verdict }}.")
    numbers_in_prose.fill_in(book := nbformat.v4.new_notebook(cells=[prose]), [claim("fall")])
    text = book.cells[0].source
    assert text.count('href="#claim-fall"') == 3
    assert ">0.12<" in text or ">0.123<" in text
    assert "[0.11" in text
    assert ">reproduced<" in text
    for wrong in ("{{ rise }}", "{{ fall|p }}"):
        with pytest.raises(numbers_in_prose.UnknownNumber):
            numbers_in_prose.fill_in(
                nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(wrong)]), [claim("fall")]
            )


def test_a_page_outside_the_chapters_cites_claims_of_any_study():
    ledger = json.loads(replication.published().read_text(encoding="utf-8"))
    text = "At {{ cka_manipulation/bias|interval }}.\n\n{{ cka_manipulation/bias llm_phases/series-phases|claims }}\n\nNot {{ bias }}."
    page = numbers_in_prose.fill_in_page(text, ledger, depth=1)
    assert page.count('href="../studies/03_cka_manipulation.html#claim-bias"') == 2
    assert page.count('href="../studies/01_llm_phases.html#claim-series-phases"') == 1
    assert page.count('class="claim"') == page.count('class="verdict ') == 2
    assert page.endswith("Not {{ bias }}.")
    for wrong in (
        "cka_manipulation/drop",
        "forms/bias",
        "cka_manipulation/bias|p",
        "cka_manipulation/bias cka_manipulation/debiased",
    ):
        with pytest.raises(numbers_in_prose.UnknownNumber):
            numbers_in_prose.fill_in_page(f"{{{{ {wrong} }}}}", ledger)
