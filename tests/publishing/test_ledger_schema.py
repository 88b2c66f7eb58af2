"""The ledger is what its published schema says, for the toy and for this book."""

import copy
import json

import jsonschema
import pytest

from learning_geometry import paths

SCHEMA = json.loads((paths.PACKAGE / "publishing" / "ledger.schema.json").read_text(encoding="utf-8"))


def faults(ledger):
    return [error.message for error in jsonschema.Draft202012Validator(SCHEMA).iter_errors(ledger)]


def claim(**changes):
    """A ledger of one claim, with some fields changed."""
    entry = {
        "id": "rise", "kind": "paper", "headline": True, "section": "growth", "matrix": "", "statement": "It rises.",
        "source": "abstract", "statistic": "slope", "unit": "", "rule": "above 0", "region": [0.0, None],
        "rule_at": "learning_geometry.studies.toy.claims.growth:rise", "hindsight": "", "value": 1.0,
        "interval": [0.5, 1.5], "method": "Student's t over seeds", "n_seeds": 3, "note": "", "p": 0.001, "holm": True,
        "paper_value": None, "paper_value_known": None, "of": "", "contrast": None, "verdict": "reproduced",
    }  # fmt: skip
    study = {
        "notebook": "notebooks/01_toy.py", "plan": "0123456789abcdef", "parameters": {"seeds": [0]}, "seconds": 1.0,
        "seconds_measuring": 0.5, "seconds_notebook": 0.5, "peak_memory_mb": 100.0, "commit": "abc", "environment": {},
        "records": {"growth-0123456789abcdef": "0123456789abcdef"}, "claims": [entry | changes],
    }  # fmt: skip
    return {
        "schema": 2,
        "scale": "smoke",
        "generated_at": "2026-01-01T00:00:00+00:00",
        "commit": "abc",
        "studies": {"toy": study},
    }


def test_the_schema_is_one_and_takes_what_it_should():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert faults(claim()) == []
    assert faults(claim(value=None, interval=None, method=None, n_seeds=0, p=None, holm=None)) == []
    assert faults(claim(interval=[5000.0, None])) == []


@pytest.mark.parametrize(
    "change",
    [
        {"verdict": "proved"},
        {"kind": "theirs"},
        {"id": "It Rises"},
        {"interval": [0.0]},
        {"interval": [0.0, "wide"]},
        {"n_seeds": -1},
        {"n_seeds": 2.5},
        {"p": 1.5},
        {"paper_value_known": "guessed"},
        {"rule_at": "somewhere"},
        {"contrast": {"rule": "above 0"}},
        {"invented": 1},
    ],
)
def test_the_schema_refuses_what_is_no_ledger(change):
    assert faults(claim(**change))


@pytest.mark.parametrize("name", claim()["studies"]["toy"]["claims"][0])
def test_no_field_of_a_claim_may_be_missing(name):
    ledger = copy.deepcopy(claim())
    del ledger["studies"]["toy"]["claims"][0][name]
    assert faults(ledger)


def test_another_version_is_refused():
    assert faults(claim() | {"schema": 1})
    assert faults(claim() | {"generated_by": "hand"})


@pytest.mark.xdist_group("toy")
def test_the_ledger_of_the_toy_is_valid(built_toy):
    ledger = json.loads((built_toy / "_build/smoke/ledger.json").read_text())
    assert faults(ledger) == []
    assert {entry["kind"] for study in ledger["studies"].values() for entry in study["claims"]} == {"paper", "control"}


@pytest.mark.xdist_group("book")
def test_the_ledger_of_this_book_is_valid(smoke_book, smoke_build):
    ledger = json.loads((smoke_build / "smoke" / "ledger.json").read_text())
    assert faults(ledger) == []
    for study in ledger["studies"].values():
        for entry in study["claims"]:
            assert (entry["value"] is None) == (entry["verdict"] == "not tested at this scale")
