"""Two runs side by side: what changed, what turned into its opposite, and runs on fresh seeds."""

import json

import pytest
import toy

from learning_geometry import cli
from learning_geometry.publishing import comparison


def entry(id, value=1.0, interval=(0.5, 1.5), verdict="reproduced", kind="paper"):
    return {
        "id": id,
        "kind": kind,
        "value": value,
        "interval": list(interval) if interval else None,
        "verdict": verdict,
        "note": "",
    }


def ledger(*entries, study="toy"):
    return {"schema": 2, "scale": "laptop", "studies": {study: {"claims": list(entries)}}}


BEFORE = ledger(
    entry("same"),
    entry("moved"),
    entry("apart"),
    entry("opposite"),
    entry("failed", verdict="held", kind="control"),
    entry("open", verdict="undecided"),
    entry("untested", None, None, "not tested at this scale"),
    entry("gone"),
    entry("unbounded", 9.0, (9.0, None)),
)
AFTER = ledger(
    entry("same"),
    entry("moved", 1.2, (0.7, 1.7)),
    entry("apart", 3.0, (2.0, 4.0)),
    entry("opposite", -1.0, (-1.5, -0.5), "not reproduced"),
    entry("failed", verdict="failed", kind="control"),
    entry("open"),
    entry("untested"),
    entry("new"),
    entry("unbounded", 20.0, (15.0, None)),
)


def changes(before=BEFORE, after=AFTER):
    return {change.id: change for change in comparison.compare(before, after)}


def having(name):
    return {id for id, change in changes().items() if getattr(change, name)}


def test_every_claim_of_either_run_is_compared_in_the_order_of_the_first():
    assert list(changes()) == [entry["id"] for entry in BEFORE["studies"]["toy"]["claims"]] + ["new"]
    assert comparison.compare(BEFORE, ledger(entry("same"), study="other")) == []


def test_what_is_the_same_and_what_turned_into_its_opposite():
    assert having("same_verdict") == {"same", "moved", "apart", "unbounded"}
    assert having("opposite") == {"opposite", "failed"}
    assert having("same_value") == {"same", "failed", "open"}
    assert set(changes()) - having("judged") == {"untested", "gone", "new"}


def test_intervals_overlap_or_do_not_or_are_not_there():
    overlap = {id: change.overlap for id, change in changes().items()}
    assert {id for id, there in overlap.items() if there is False} == {"apart", "opposite"}
    assert {id for id, there in overlap.items() if there is None} == {"untested", "gone", "new"}


def test_values_are_equal_up_to_rounding():
    assert changes(ledger(entry("x", 1.0)), ledger(entry("x", 1.0 + 1e-12)))["x"].same_value
    assert not changes(ledger(entry("x", 1.0)), ledger(entry("x", 1.0 + 1e-7)))["x"].same_value
    assert changes(ledger(entry("x", 0.0)), ledger(entry("x", 0.0)))["x"].same_value


def test_the_report_names_what_differs_and_counts_what_does_not():
    report = comparison.report(list(changes().values()))
    assert "OPPOSITE" in report
    assert report.endswith("4 of 10 verdicts are the same, 3 values are equal to 1e-9")
    assert "toy same" not in report
    assert comparison.agreement(BEFORE, BEFORE) == "9 of 9 verdicts as published"
    assert comparison.agreement(BEFORE, AFTER).startswith("4 of 10 verdicts as published; these differ: toy opposite")


def test_the_command_fails_where_a_verdict_turned_into_its_opposite(tmp_path, capsys):
    files = [tmp_path / "before.json", tmp_path / "after.json"]
    for file, content in zip(files, (BEFORE, AFTER), strict=True):
        file.write_text(json.dumps(content))
    assert cli.main(["compare", *map(str, files)]) == 1
    assert cli.main(["compare", str(files[0]), str(files[0])]) == 0
    files[1].write_text("{}")
    assert cli.main(["compare", *map(str, files)]) == 1
    assert "no ledger of schema 2" in capsys.readouterr().err


def test_what_is_no_ledger_is_refused(tmp_path):
    for text in ("", "[]", json.dumps(BEFORE | {"schema": 1})):
        (tmp_path / "ledger.json").write_text(text)
        with pytest.raises(ValueError, match=r"ledger\.json"):
            comparison.read(tmp_path / "ledger.json")
    with pytest.raises(ValueError, match=r"nothing\.json cannot be read"):
        comparison.read(tmp_path / "nothing.json")


@pytest.mark.xdist_group("toy")
def test_a_replication_measures_other_seeds_study_by_study(built_toy, tmp_path):
    output = tmp_path / "fresh.json"
    command = ("replicate", "--fresh", "1000", "--scale", "smoke", "--output", str(output))
    answer = toy.learning_geometry(built_toy, *command, "--study", "beta")
    assert answer.returncode == 0, answer.stderr
    first = json.loads(output.read_text())
    assert (first["fresh"], list(first["studies"])) == (1000, ["beta"])
    answer = toy.learning_geometry(built_toy, *command, "--study", "alpha")
    assert answer.returncode == 0, answer.stderr
    both = json.loads(output.read_text())
    assert both["studies"]["beta"] == first["studies"]["beta"], "what was measured before stays"
    own = json.loads((built_toy / "_build/smoke/ledger.json").read_text())
    values = [run["studies"]["alpha"]["claims"][0]["value"] for run in (own, both)]
    assert values == [2.0, 2002.0]
    assert {change.same_verdict for change in comparison.compare(own, both)} == {True}
    # Other seeds do not go into the same file, and no shift is no replication.
    for fresh in ("2000", "0"):
        answer = toy.learning_geometry(built_toy, *command, "--study", "beta", "--fresh", fresh)
        assert answer.returncode == 1
        assert json.loads(output.read_text()) == both
