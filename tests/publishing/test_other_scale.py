"""A run at another scale is recorded study by study, shown beside the published one, and says when its code is old."""

import copy
import json

import nbformat
import pytest
import toy

from learning_geometry import paths
from learning_geometry.claims import page
from learning_geometry.publishing import other_scale, replication, scoreboard
from learning_geometry.studies import STUDIES

LEDGER = json.loads((paths.checkout() / "book" / "recorded" / "ledger.json").read_text(encoding="utf-8"))
STUDY = "cka_manipulation"


def recorded(change=lambda claims: None):
    run = copy.deepcopy(LEDGER) | {"scale": "mnist"}
    run["studies"] = {STUDY: run["studies"][STUDY]}
    change(run["studies"][STUDY]["claims"])
    return run


def test_only_claims_whose_value_moved_are_shown_and_opposite_ones_come_first():
    def move(claims):
        judged = [claim for claim in claims if claim["value"] is not None and claim["verdict"] == "reproduced"]
        judged[0] |= {"value": judged[0]["value"] + 0.1, "verdict": "undecided"}
        judged[1]["value"] += 0.1
        judged[-1] |= {"value": judged[-1]["value"] + 0.1, "verdict": "not reproduced"}

    run = recorded(move)
    moved = [claim["id"] for claim, old in zip(run["studies"][STUDY]["claims"], LEDGER["studies"][STUDY]["claims"], strict=True) if claim != old]  # fmt: skip
    text = other_scale.claims(LEDGER, run, STUDY, names=("digits", "MNIST"))
    undecided, same, opposite = (text.index(f"#claim-{id}") for id in moved)
    assert opposite < undecided < text.index("Same verdict: 1") < same
    assert text.count("#claim-") == len(moved) == 3
    assert ">3<" in other_scale.summary(LEDGER, run)
    # Control: where nothing moved, nothing is shown.
    same = other_scale.claims(LEDGER, recorded(), STUDY, names=("digits", "MNIST"))
    assert "#claim-" not in same
    assert "No verdict turned" in same


def test_a_further_experiment_stands_beside_the_claims_that_turned_with_what_it_changes():
    def turn(claims):
        claims[2] |= {"value": claims[2]["value"] + 0.1, "verdict": "undecided"}

    run, other = recorded(turn), recorded()
    other["studies"][STUDY]["parameters"] = run["studies"][STUDY]["parameters"] | {"epochs": 77}
    text = other_scale.claims(LEDGER, run, STUDY, names=("digits", "MNIST"), further=[other])
    assert text.count("epochs = 77") == text.count("#claim-") == 1
    # Control: one of another study is not shown.
    other["studies"] = {"llm_phases": other["studies"][STUDY]}
    assert "epochs" not in other_scale.claims(LEDGER, run, STUDY, names=("digits", "MNIST"), further=[other])


def test_panels_and_scoreboard_say_what_the_other_scale_found_where_a_value_moved():
    def move(claims):
        claims[2] |= {"value": 0.123, "interval": [0.1, 0.2], "verdict": "not reproduced"}

    study = LEDGER["studies"][STUDY]
    section, id = study["claims"][2]["section"], study["claims"][2]["id"]
    beside = other_scale.beside(LEDGER, recorded(move), "MNIST", "mnist.html")
    cell = nbformat.v4.new_code_cell(f'claims.panel("{section}")')
    cell.outputs = [nbformat.v4.new_output("display_data", {"text/html": "as it was executed", "text/plain": ""})]
    notebook = nbformat.v4.new_notebook(cells=[cell])

    def panel(ledger):
        other_scale.redraw_panels(notebook, ledger["studies"][STUDY]["claims"])
        return cell.outputs[0]["data"]["text/html"]

    with_other, board = panel(beside), scoreboard.scoreboard(beside)
    assert with_other.count("elsewhere") == board.count('class="elsewhere"') == 1
    assert with_other.index(f"claim-{id}") < with_other.index("MNIST: 0.12")
    assert board.count('data-turned="1"') == 1
    assert "other verdict on MNIST" in board
    # Control: without such a run a panel is as the notebook drew it, from the same entries.
    entries = [claim for claim in study["claims"] if claim["section"] == section]
    assert panel(other_scale.beside(LEDGER, None, "MNIST", "mnist.html")) == page.panel(entries)
    assert "other verdict" not in scoreboard.scoreboard(LEDGER)


def test_a_run_that_other_code_measured_says_so():
    study = STUDIES[STUDY]
    own = {f"{name}-1": study.code(name) for name in study.visible("experiments")}
    run = recorded()
    run["studies"][STUDY]["records"] = own
    assert replication.outdated(run["studies"][STUDY], study) == []
    assert "measured by other code" not in other_scale.claims(LEDGER, run, STUDY, names=("digits", "MNIST"))
    run["studies"][STUDY]["records"] = own | {"maps-1": "0"}
    assert replication.outdated(run["studies"][STUDY], study) == ["maps"]
    assert "`maps`" in other_scale.claims(LEDGER, run, STUDY, names=("digits", "MNIST"))


@pytest.mark.xdist_group("toy")
def test_a_scale_is_recorded_study_by_study(built_toy, tmp_path):
    output = tmp_path / "recorded.json"
    command = ("record", "--scale", "smoke", "--output", str(output))
    for name in ("beta", "alpha"):
        answer = toy.learning_geometry(built_toy, *command, "--study", name)
        assert answer.returncode == 0, answer.stderr
    run = json.loads(output.read_text())
    own = json.loads((built_toy / "_build/smoke/ledger.json").read_text())
    assert {name: run["studies"][name]["claims"] for name in ("alpha", "beta")} == {
        name: own["studies"][name]["claims"] for name in ("alpha", "beta")
    }
    assert all(run["studies"][name]["records"] == own["studies"][name]["records"] for name in ("alpha", "beta"))
    # The laptop's ledger has a command of its own.
    answer = toy.learning_geometry(built_toy, "record", "--output", str(output))
    assert answer.returncode == 1
    assert "make book" in answer.stderr
    # A further experiment changes a parameter of one study and has a file of its own.
    parameters = "seeds=[0, 1, 2]"
    further = tmp_path / "further-1.json"
    answer = toy.learning_geometry(built_toy, *command[:3], "--study", "alpha", "-p", parameters, "-o", str(further))
    assert answer.returncode == 0, answer.stderr
    assert json.loads(further.read_text())["studies"]["alpha"]["parameters"] != run["studies"]["alpha"]["parameters"]
    answer = toy.learning_geometry(built_toy, *command, "-p", parameters)
    assert answer.returncode == 1
    assert "-p changes one study" in answer.stderr
