"""What the study may be asked: wrong wishes are refused by name, and units come longest first."""

import json
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from learning_geometry.studies import STUDIES

STUDY = STUDIES["llm_phases"]
COMMIT = "0b2714987fa478483af9968de7c934580d0bb9a2"
PYTHIA = {"EleutherAI/pythia-160m": ["step1", "step512"]}

# The notebook's own values may change; what is tested here does not.
BASE: dict[str, Any] = {
    "theory_classes": 32,
    "seeds": [5, 6, 7],
    "control_seeds": [5, 6],
    "width": 32,
    "heads": 2,
    "steps": 8000,
    "control_steps": 5000,
    "learning_rate": 0.01,
    "squared_error_learning_rate": 0.003,
    "alpha_ranks": [3, 25],
    "removed_directions": [1, 2],
    "traced": {},
    "traced_max_tokens": 128,
}


def configured(**given: Any) -> Any:
    return STUDY.config(given=BASE | given)


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"seeds": [5, 6, 5]}, r"seeds = \[5, 6, 5\] holds a seed twice"),
        ({"control_seeds": [1, 1]}, r"control_seeds = \[1, 1\] holds a seed twice"),
        ({"theory_seeds": [3, 3]}, r"theory_seeds = \[3, 3\] holds a seed twice"),
        ({"map_seeds": [3, 3]}, r"map_seeds = \[3, 3\] holds a seed twice"),
        ({"seeds": []}, r"parameter 'seeds' = \[\]"),
        ({"seeds": [-1]}, r"parameter 'seeds\.0' = -1"),
        ({"width": 30, "heads": 4}, "width = 30 must be a multiple of twice heads = 4"),
        ({"control_steps": 9000}, "control_steps = 9000 exceeds steps = 8000"),
        ({"steps": 99}, "parameter 'steps' = 99"),
        ({"map_dimensions": [2, 64]}, r"map_dimensions = \[2, 64\] exceed theory_classes = 32"),
        ({"map_dimensions": [1]}, r"parameter 'map_dimensions\.0' = 1"),
        ({"alpha_ranks": [3, 4]}, r"alpha_ranks = \[3, 4\]; pass the first and the last rank, at least three"),
        ({"alpha_ranks": [3, 33]}, r"alpha_ranks = \[3, 33\] leave a spectrum of width = 32"),
        ({"alpha_ranks": [3]}, r"parameter 'alpha_ranks' = \[3\]"),
        ({"traced_alpha_ranks": [12, 5]}, r"traced_alpha_ranks = \[12, 5\]; pass the first and the last rank"),
        ({"removed_directions": [1, 32]}, r"removed_directions = \[1, 32\] must be fewer than width = 32"),
        ({"removed_directions": []}, r"parameter 'removed_directions' = \[\]"),
        ({"vocabulary": 256}, "parameter 'vocabulary' = 256"),
        ({"vocabulary": 65_537}, "parameter 'vocabulary' = 65537"),
        ({"learning_rate": 0.0}, "parameter 'learning_rate' = 0.0"),
        ({"weight_decay": -0.1}, "parameter 'weight_decay' = -0.1"),
        ({"device": "gpu"}, "parameter 'device' = 'gpu'"),
        ({"disk_budget_gb": 0.0}, "parameter 'disk_budget_gb' = 0.0"),
        ({"probe_contexts": 3}, "parameter 'probe_contexts' = 3"),
        ({"probe_contexts": 32}, "probe_contexts = 32 must be more than width = 32"),
        (
            {"traced": PYTHIA, "traced_texts": "a/b", "traced_texts_revision": COMMIT, "traced_contexts": 100},
            r"traced_contexts = 100 must be more than the last of traced_alpha_ranks = \[12, 100\]",
        ),
        ({"traced": {"no such/model": ["step1"]}}, "'no such/model' is neither a folder nor the name"),
        ({"traced": {"EleutherAI/pythia-160m": []}}, "'EleutherAI/pythia-160m' needs at least one revision"),
        ({"traced": {"EleutherAI/pythia-160m": ["step1", "step1"]}}, "asked twice for 'step1'"),
        ({"traced": PYTHIA}, "'' is neither a file or folder nor a data set"),
        ({"traced": PYTHIA, "traced_texts": "allenai/c4"}, "needs a revision"),
        (
            {"traced": PYTHIA, "traced_texts": "allenai/c4", "traced_texts_revision": COMMIT, "memory_texts": "nope"},
            "'nope' is neither a file or folder nor a data set",
        ),
        (
            {"traced": PYTHIA, "traced_texts": "allenai/c4", "traced_texts_revision": COMMIT, "questions": "a/sciq"},
            "'a/sciq' is no file or folder.*needs a revision",
        ),
        (
            {
                "traced": PYTHIA,
                "traced_texts": "allenai/c4",
                "traced_texts_revision": COMMIT,
                "traced_min_tokens": 200,
            },
            "traced_min_tokens = 200 exceeds traced_max_tokens = 128",
        ),
        ({"seed": 3}, "unknown parameter 'seed'"),
    ],
)
def test_wrong_wishes_are_refused_before_any_work(given: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        configured(**given)


def test_at_the_limits_wishes_are_granted() -> None:
    for given in (
        {"alpha_ranks": [3, 32], "removed_directions": [31]},
        {"control_steps": 8000},
        {"steps": 100, "control_steps": 100},
        {"map_dimensions": [32]},
        {"vocabulary": 257},
        {"width": 8, "heads": 4, "vocabulary": 300, "alpha_ranks": [1, 3], "removed_directions": [1]},
    ):
        assert STUDY.units(configured(**given))


def test_what_is_not_traced_is_not_checked(tmp_path: Path) -> None:
    wrong = {"traced_texts": "nope", "questions": "nope", "traced_min_tokens": 500}
    assert [unit for unit in STUDY.units(configured(**wrong)) if unit.experiment == "trace"] == []
    (tmp_path / "texts.jsonl").write_text(json.dumps({"text": "words"}))
    with pytest.raises(ValueError, match="has no revision, but 'main' was given"):
        configured(traced=PYTHIA, traced_texts=str(tmp_path / "texts.jsonl"), traced_texts_revision="main")


def traced_config(tmp_path: Path, **more: Any) -> Any:
    (tmp_path / "texts.jsonl").write_text(json.dumps({"text": "words"}))
    for revision in ("step1", "step2"):
        (tmp_path / "series" / revision).mkdir(parents=True, exist_ok=True)
    given = {
        "traced": PYTHIA | {str(tmp_path / "series"): ["step2", "step1"]},
        "traced_texts": str(tmp_path / "texts.jsonl"),
    }
    return configured(**given, **more)


def test_units_come_longest_first_and_there_is_one_for_each(tmp_path: Path) -> None:
    units = STUDY.units(traced_config(tmp_path, seeds=[4, 2], control_seeds=[9, 8, 7]))
    order = [(name, len(list(group))) for name, group in groupby(unit.experiment for unit in units)]
    assert order == [("trace", 4), ("controls", 3), ("pretraining", 2), ("theory_map", 1), ("theory", 1)]
    traced = [(unit.parameters["model"], unit.parameters["revision"]) for unit in units[:4]]
    series = str(tmp_path / "series")
    assert traced == [*((m, r) for m, rs in PYTHIA.items() for r in rs), (series, "step2"), (series, "step1")]
    assert [unit.parameters["seed"] for unit in units[4:9]] == [9, 8, 7, 4, 2]
    assert len({unit.key for unit in units}) == len(units)


def test_controls_differ_from_the_reference_in_their_steps_and_one_rate() -> None:
    units = STUDY.units(configured(seeds=[3], control_seeds=[3]))
    control, reference = (
        next(dict(unit.parameters) for unit in units if unit.experiment == name) for name in ("controls", "pretraining")
    )
    assert control.pop("squared_error_learning_rate") == 0.003
    assert {name for name in reference if control[name] != reference[name]} == {"steps"}
    assert control.keys() == reference.keys()


@pytest.mark.parametrize(
    ("given", "concerned"),
    [
        ({"control_steps": 4999}, {"controls"}),
        ({"squared_error_learning_rate": 0.1}, {"controls"}),
        ({"steps": 8001}, {"pretraining"}),
        ({"learning_rate": 0.02}, {"pretraining", "controls"}),
        ({"resamples": 99}, {"pretraining", "controls", "trace"}),
        ({"theory_steps": 9}, {"theory"}),
        ({"map_steps": 9}, {"theory_map"}),
        ({"theory_classes": 33}, {"theory", "theory_map"}),
        ({"traced_contexts": 900}, {"trace"}),
        ({"memory_count": 9}, {"trace"}),
        ({"traced_removed_directions": [9]}, {"trace"}),
        ({"delete_after": True}, {"trace"}),
        ({"seeds": [5, 6]}, {"pretraining"}),
    ],
)
def test_a_parameter_changes_only_the_units_that_it_concerns(
    tmp_path: Path, given: dict[str, Any], concerned: set[str]
) -> None:
    before, after = ({unit.name for unit in STUDY.units(traced_config(tmp_path, **changes))} for changes in ({}, given))
    assert {name.partition("-")[0] for name in before ^ after} == concerned
