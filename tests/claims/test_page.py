"""Panels are whole HTML: every claim once with a permalink, pictures in words, no markup but our own."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learning_geometry.claims import (
    Above,
    Below,
    Claims,
    Kind,
    NotTested,
    Within,
    censored,
    exact,
    judge,
    page,
    per_seed,
)
from learning_geometry.claims.glyph import glyph
from learning_geometry.records import Records

VOID = {"br", "img", "hr", "input", "meta", "link"}


class Tree(HTMLParser):
    """Reads a piece of HTML and refuses what is not closed in the order in which it was opened."""

    def __init__(self, html):
        super().__init__()
        self.open, self.elements, self.texts = [], [], []
        self.feed(html)
        self.close()
        assert self.open == [], f"not closed: {self.open}"

    def handle_starttag(self, tag, attrs):
        assert len(dict(attrs)) == len(attrs), f"an attribute of {tag} stands twice"
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open, f"{tag} is closed and was never opened"
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)

    def all(self, tag, **wanted):
        return [attrs for name, attrs in self.elements if name == tag and wanted.items() <= attrs.items()]

    @property
    def ids(self):
        return [attrs["id"] for _, attrs in self.elements if "id" in attrs]

    @property
    def text(self):
        return " ".join("".join(self.texts).split())


def declare():
    """Claims of every kind, verdict and estimate, two of them cells of a matrix."""
    claims = Claims("learning_geometry.studies.toy.claims.growth")
    words = {"statistic": "mean slope", "unit": "points"}
    claims.paper(
        "It rises.", source="abstract; and table 3", headline=True, rule=Above(0.0), printed=1.5, id="rise", **words
    )(lambda records: per_seed([1.0, 1.2, 1.1]))
    claims.paper("It falls.", source="figure 2", rule=Below(0.0), read_off=-2.0, id="fall", **words)(
        lambda records: per_seed([1.0, 1.2, 1.1])
    )
    claims.ours("It is flat.", rule=Within(1.0, 0.5), hindsight="the first rule was too strict", id="flat", **words)(
        lambda records: exact(1.0, note="over all cases")
    )
    claims.control("The other is not.", of="rise", rule=Above(2.0), contrast=Above(0.0), id="other", **words)(
        lambda records: per_seed([3.0, 3.1, 3.3])
    )
    for k in (1, 2):
        claims.paper(
            f"Cell {k}.", source="table 1", rule=Above(k), matrix="A table of cells.", id=f"cell-{k}", **words
        )(lambda records: exact(1.5))
    claims.ours("It is far.", rule=Above(5.0), id="far", **words)(lambda records: censored(at_least=9.0))
    claims.ours("It is absent.", rule=Above(5.0), id="absent", **words)(lambda records: NotTested("one seed only"))
    return claims


CARD = judge({"growth": declare()}, Records([]))
ENTRIES = {judgement.claim.id: judgement.as_dict() for judgement in CARD}
PANEL = Tree(page.panel(list(ENTRIES.values())))


def test_the_reader_of_these_tests_sees_what_is_not_well_formed():
    for bad in ("<p>", "</p>", "<b><i></b></i>", '<p id="a" id="b"></p>'):
        with pytest.raises(AssertionError):
            Tree(bad)
    assert Tree('<p id="a">1 &lt; 2<br></p>').text == "1 < 2"


def test_every_claim_stands_on_the_panel_once_with_a_permalink_of_its_own():
    wanted = [f"claim-{id}" for id in ENTRIES]
    assert [id for id in PANEL.ids if id.startswith("claim-")] == wanted
    assert len(PANEL.ids) == len(set(PANEL.ids))
    for entry in ENTRIES.values():
        assert PANEL.text.count(entry["statement"]) == 1
    links = {attrs["href"] for attrs in PANEL.all("a")}
    rows = {f"../generated/scoreboard.html#toy-{id}" for id in ENTRIES}
    assert links <= {f"#{id}" for id in wanted} | rows, "links lead to claims of the panel and to their rows elsewhere"
    assert rows <= links | {"../generated/scoreboard.html#toy-cell-2"}  # a matrix has one list of facts


def test_cells_of_a_matrix_are_one_row_that_counts_their_verdicts():
    rows = PANEL.all("details")
    assert len(rows) == len(ENTRIES) - 1
    assert PANEL.text.count("A table of cells.") == 1
    tally = PANEL.text[PANEL.text.index("A table of cells.") :]
    assert re.match(r"A table of cells\. paper 1 × . reproduced 1 × . not reproduced", tally)


def test_what_differs_between_the_cells_of_a_matrix_stands_in_them():
    one, other = ENTRIES["cell-1"], ENTRIES["cell-2"]
    same = Tree(page.panel([one, other])).text
    assert same.count("mean slope") == 1
    other = other | {"statistic": "median slope", "hindsight": "seen before", "note": "2 of 3"}
    cells = Tree(page.panel([one, other]))
    for words in ("mean slope", "median slope", "rule: above 2; 2 of 3"):
        assert cells.text.count(words) == 1
    assert [tag["title"] for tag in cells.all("span", **{"class": "tag tag-hindsight"})] == ["seen before"]


def test_the_head_counts_the_kinds():
    assert "Claims: 4 of the paper, 3 of ours, 1 control" in PANEL.text


def test_verdicts_are_told_in_words_and_signs_are_for_the_eye_alone():
    words = {judgement.verdict for judgement in CARD}
    assert words == {"reproduced", "not reproduced", "holds", "held", "not tested at this scale"}
    for word in words:
        assert word in PANEL.text
    for kind, verdict in {(entry["kind"], entry["verdict"]) for entry in ENTRIES.values()}:
        badge = Tree(page.badge(kind, verdict))
        assert len(badge.all("span", **{"aria-hidden": "true"})) == 1
        assert verdict in badge.text


def test_what_was_measured_is_there_in_words_and_as_a_picture():
    pictures = PANEL.all("svg")
    assert len(pictures) == sum(entry["value"] is not None for entry in ENTRIES.values())
    for picture in pictures:
        assert picture["role"] == "img"
        assert re.match(r"value \S+.*; rule: (above|below|within) ", picture["aria-label"])
    assert "1.10 [0.85, 1.35]" in PANEL.text
    assert "> 9" in PANEL.text
    assert "one seed only" in PANEL.text
    assert "points · 3 seeds" in PANEL.text


def test_the_rest_unfolds():
    facts = Tree(page.panel([ENTRIES["other"]])).text
    assert re.search(r"this control minus rise: 2\.0\d \[1\.\d\d, 2\.\d\d\]; rule: above 0", facts)
    assert "toy.claims.growth → " in facts
    rise = Tree(page.panel([ENTRIES["rise"]])).text
    assert "1.5, printed" in rise
    assert "survives Holm among the headline claims" in rise
    assert "table 3" in rise  # the whole source; the badge shows the first part
    assert "-2, read off the figure" in Tree(page.panel([ENTRIES["fall"]])).text
    assert "written before the run" in rise
    assert "the first rule was too strict" in Tree(page.panel([ENTRIES["flat"]])).text


def test_a_rule_after_the_numbers_wears_a_badge_and_no_other_does():
    marked = [id for id, entry in ENTRIES.items() if "rule after the numbers" in page.badges(entry)]
    assert marked == ["flat"]
    headlines = [id for id, entry in ENTRIES.items() if "tag-headline" in page.badges(entry)]
    assert headlines == ["rise"]


def test_in_short_shows_headlines_and_links_to_their_rows():
    short = Tree(page.in_short(list(ENTRIES.values())))
    assert short.text.count("It rises.") == 1
    assert "It falls." not in short.text
    assert [attrs["href"] for attrs in short.all("a")] == ["#claim-rise"]
    assert not [id for id in short.ids if id.startswith("claim-")], "the row below has the permalink"
    assert page.in_short([ENTRIES["fall"]]) == ""
    assert short.all("th", scope="col")


def test_statements_are_those_of_the_paper_with_their_place_and_a_link():
    table = Tree(page.statements(list(ENTRIES.values())))
    paper = [id for id, entry in ENTRIES.items() if entry["kind"] == Kind.PAPER]
    assert [attrs["href"] for attrs in table.all("a")] == [f"#claim-{id}" for id in paper]
    for entry in ENTRIES.values():
        assert (entry["statement"] in table.text) == (entry["kind"] == Kind.PAPER)
    assert not [id for id in table.ids if id.startswith("claim-")], "the row above has the permalink"


def test_a_tally_counts_one_kind_from_full_to_not_tested():
    paper = Tree(page.tally(ENTRIES.values(), Kind.PAPER)).text
    assert re.fullmatch(r"2 . reproduced ?2 . not reproduced", paper)
    assert re.fullmatch(r"2 . holds ?1 . not tested at this scale", Tree(page.tally(ENTRIES.values(), Kind.OURS)).text)
    assert page.tally([], Kind.OURS) == ""
    leads = Tree(page.tally(ENTRIES.values(), Kind.PAPER, "board.html?chapter=toy")).all("a")
    assert leads[1]["href"] == "board.html?chapter=toy&kind=paper&outcome=not#every-claim"


def test_a_claim_of_a_part_has_the_id_of_the_part_on_the_scoreboard():
    entry = ENTRIES["rise"] | {"rule_at": "learning_geometry.studies.llm_phases.post_training.claims.stages:rise"}
    assert page.scoreboard_id(entry) == "llm-phases-post-training-rise"
    assert page.scoreboard_id(entry | {"rule_at": "elsewhere:rise"}) == ""


HOSTILE = '</details><script>alert("x")</script> a < b & c \' d'
TEXTS = ("statement", "source", "statistic", "unit", "note", "hindsight", "of", "matrix", "rule")


@pytest.mark.parametrize("field", TEXTS)
@pytest.mark.parametrize("id", list(ENTRIES))
def test_markup_in_a_text_is_shown_and_not_obeyed(id, field):
    entry = ENTRIES[id] | {field: HOSTILE}
    for html in (page.panel([entry]), page.in_short([entry]), page.badges(entry), glyph(entry)):
        tree = Tree(html)
        assert not tree.all("script")
        assert 'alert("x")' not in "".join(str(attrs.get("id")) for _, attrs in tree.elements)


def test_markup_in_a_statement_reads_as_it_was_written():
    assert HOSTILE in Tree(page.panel([ENTRIES["fall"] | {"statement": HOSTILE}])).text


numbers = st.floats(-1e6, 1e6)


@settings(deadline=None, derandomize=True, max_examples=100)
@given(
    ends=st.lists(numbers, min_size=3, max_size=3).map(sorted),
    rule=st.sampled_from([(0.0, None), (None, 0.0), (-1.0, 1.0), (0.0, 0.0)]),
    known=st.none() | numbers,
    unbounded=st.booleans(),
)
def test_what_a_picture_shows_lies_in_the_picture(ends, rule, known, unbounded):
    low, value, high = ends
    entry = ENTRIES["rise"] | {"region": list(rule), "value": value, "paper_value": known}
    entry["interval"] = [low, None if unbounded else high]
    tree = Tree(glyph(entry))
    width = float(tree.all("svg")[0]["viewbox"].split()[2])
    (dot,) = tree.all("circle")
    (reach,) = tree.all("line", **{"class": "reach"})
    (met,) = tree.all("rect")
    shown = [float(dot["cx"]), float(reach["x1"]), float(reach["x2"])]
    shown += [float(met["x"]), float(met["x"]) + float(met["width"])]
    assert all(-0.2 <= x <= width + 1.2 for x in shown)
    assert float(reach["x1"]) <= float(dot["cx"]) <= float(reach["x2"])
    assert bool(tree.all("path")) == (known is not None)
    # The dot is in the shaded region exactly where the value meets the rule, up to the tenth of a unit that is drawn.
    inside = float(met["x"]) - 0.11 <= float(dot["cx"]) <= float(met["x"]) + float(met["width"]) + 0.11
    meets = (rule[0] is None or value >= rule[0]) and (rule[1] is None or value <= rule[1])
    assert inside or not meets


def test_what_was_not_measured_has_no_picture():
    assert "svg" not in glyph(ENTRIES["absent"])
    assert page.measured(ENTRIES["absent"]) == "not tested"
