"""Claims are declared whole, with the function that computes them, and declaring needs nothing that measures."""

import os
import re
import subprocess
import sys

import pytest

from learning_geometry.claims import VERDICTS, Above, Below, Claims, Kind, Outcome, Within, exact
from learning_geometry.claims.registry import OURS
from learning_geometry.claims.vocabulary import outcome_of
from learning_geometry.studies import STUDIES

every_study = pytest.mark.parametrize("study", STUDIES.values(), ids=list(STUDIES))
SECTION = "learning_geometry.studies.toy.claims.growth"
WORDS = {"statistic": "mean slope", "rule": Above(0.0)}


def declare(method="paper", function="it_rises", **changes):
    """A claim declared by one of the three methods, with some keywords changed."""
    claims = Claims(SECTION)
    words = {"source": "abstract"} | WORDS
    if method == "control":
        words |= {"of": "another", "contrast": Above(0.0)}

    def statistic(records):
        return exact(1.0)

    statistic.__name__ = function
    assert getattr(claims, method)("It rises.", **words | changes)(statistic) is statistic
    return next(iter(claims))


@pytest.mark.parametrize("method", ["paper", "ours", "control"])
def test_a_claim_knows_its_kind_its_name_and_its_place(method):
    claim = declare(method)
    assert claim.kind is Kind(method)
    assert (claim.id, claim.function, claim.section, claim.module) == ("it-rises", "it_rises", "growth", SECTION)
    assert claim.compute(None).value == 1.0


def test_only_the_paper_needs_a_source():
    claims = Claims(SECTION)
    with pytest.raises(TypeError, match="source"):
        claims.paper("It rises.", **WORDS)
    claims.ours("It rises.", id="rise", **WORDS)(lambda records: exact(1.0))
    assert next(iter(claims)).source == OURS


@pytest.mark.parametrize(
    ("method", "changes", "complaint"),
    [
        ("paper", {"source": ""}, "its source is ''"),
        ("ours", {"statistic": "x"}, "its statistic is 'x'"),
        ("paper", {"id": "It-Rises"}, "use small letters"),
        ("paper", {"printed": 1.0, "read_off": 1.0}, "printed or read off"),
        ("control", {"contrast": None}, "why there is none"),
        ("control", {"uncontrasted": "both"}, "why there is none"),
        ("control", {"rule": Above(1.0, partly=0.0)}, "no weaker threshold"),
        ("control", {"rule": Below(1.0, partly=2.0)}, "no weaker threshold"),
    ],
)
def test_a_claim_that_is_not_whole_is_refused(method, changes, complaint):
    declare(method)  # control: without the change it is whole
    with pytest.raises(ValueError, match=complaint):
        declare(method, **changes)


@pytest.mark.parametrize("keyword", [{"headline": True}, {"of": "other"}, {"contrast": Above(0.0)}, {"unknown": 1}])
def test_our_own_questions_are_no_headlines_and_guard_nothing(keyword):
    with pytest.raises(TypeError):
        declare("ours", **keyword)


def test_a_control_guards_a_claim_by_name():
    claims = Claims(SECTION)
    with pytest.raises(TypeError, match="of"):
        claims.control("It falls.", uncontrasted="no seeds", **WORDS)


def test_a_section_keeps_the_order_and_declares_each_id_once():
    claims = Claims(SECTION)
    for k in (3, 1, 2):
        claims.ours(f"It is {k}.", id=f"value-{k}", statistic="the value", rule=Within(k, 0))(
            lambda records: exact(1.0)
        )
    assert [claim.id for claim in claims] == ["value-3", "value-1", "value-2"]
    assert len(claims) == 3
    with pytest.raises(ValueError, match="declares the claim 'value-1' twice"):
        claims.ours("Again.", id="value-1", **WORDS)(lambda records: exact(1.0))


def test_every_kind_has_a_word_for_each_outcome_and_back():
    for kind in Kind:
        words = VERDICTS[kind]
        assert set(words) == set(Outcome) - ({Outcome.PARTLY} if kind is Kind.CONTROL else set())
        assert len(set(words.values())) == len(words)
        assert all(outcome_of(kind, word) is outcome for outcome, word in words.items())
    with pytest.raises(ValueError, match="no verdict 'reproduced'"):
        outcome_of("control", "reproduced")


@every_study
def test_claims_are_declared_before_anything_is_measured(study, tmp_path):
    """The claims of a study are read where there is no record, by a process that can neither read nor measure one."""
    program = (
        "import sys\n"
        "from learning_geometry.store import Store\n"
        "Store.read = Store.write = None\n"
        "sys.modules['learning_geometry.studies.measuring'] = None\n"
        "from learning_geometry.studies import STUDIES\n"
        f"study = STUDIES[{study.name!r}]\n"
        "print(len(study.declared()))\n"
        "study.collect(study.config('smoke'))\n"
    )
    variables = {**os.environ, "LEARNING_GEOMETRY_BUILD": str(tmp_path)}
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, env=variables)
    assert int(answer.stdout) == len(study.declared())
    assert "ModuleNotFoundError" in answer.stderr, "control: whoever wants a record cannot have it"


@every_study
def test_what_the_studies_declare(study):
    declared = study.declared()
    ids = [claim.id for claim in declared]
    assert len(ids) == len(set(ids)) > 0
    assert any(claim.kind is Kind.PAPER for claim in declared)
    assert any(claim.kind is Kind.CONTROL for claim in declared)
    shown = re.findall(r'^claims\.panel\("(\w+)"\)', study.notebook.read_text(encoding="utf-8"), re.MULTILINE)
    assert list(dict.fromkeys(claim.section for claim in declared)) == shown, "in the order of the page"
    for claim in declared:
        function = getattr(study.module(f"claims.{claim.section}"), claim.function, None)
        assert callable(function), f"{claim.module}:{claim.function} leads nowhere"
