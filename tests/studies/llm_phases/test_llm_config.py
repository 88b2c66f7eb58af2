"""What the study may be asked: parameters that do not agree are refused by name, and units come longest first."""

import json
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from learning_geometry.studies import STUDIES
from learning_geometry.studies.unit import Execution

STUDY = STUDIES["llm_phases"]
COMMIT = "0b2714987fa478483af9968de7c934580d0bb9a2"
PYTHIA = {"EleutherAI/pythia-160m": ["step1", "step512"]}
TRACED = {"traced": PYTHIA, "traced_texts": "allenai/c4", "traced_texts_revision": COMMIT}

# The notebook's own values may change; what is tested here does not.
BASE: dict[str, Any] = {
    "theory_classes": 32,
    "seeds": [5, 6, 7],
    "control_seeds": [5, 6],
    "slow_seeds": [5],
    "width": 32,
    "slow_width": 16,
    "heads": 2,
    "steps": 8000,
    "ramp_steps": 400,
    "alpha_ranks": [1, 8],
    "removed_directions": [1, 2],
    "traced": {},
    "traced_max_tokens": 128,
}


def configured(**given: Any) -> Any:
    return STUDY.config(given=BASE | given)


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"width": 30, "heads": 4}, "width = 30 must be a multiple of twice heads = 4"),
        ({"slow_width": 18}, "slow_width = 18 must be a multiple of twice heads = 2"),
        ({"control_seeds": [6, 9]}, r"control_seeds holds 9, which is none of seeds = \[5, 6, 7\]"),
        ({"map_dimensions": [2, 64]}, r"map_dimensions = \[2, 64\] exceed theory_classes = 32"),
        ({"alpha_ranks": [3, 17]}, r"alpha_ranks = \[3, 17\] leave a spectrum of 16, the smaller of the widths"),
        ({"removed_directions": [1, 16]}, r"removed_directions = \[1, 16\] must be fewer than 16, the smaller"),
        ({"probe_contexts": 131}, "a quarter of probe_contexts = 131 must be more than width = 32"),
        ({"probe_seeds": [0, 1]}, "parameter 'probe_seeds'"),
        (TRACED | {"traced": {"a/b": ["step1", "main"]}}, "'a/b': the name 'main' says no training step"),
        (TRACED | {"traced": {"a/b": ["step1", "checkpoint-1"]}}, "'step1' and 'checkpoint-1' are both step 1"),
        (TRACED | {"traced": {"EleutherAI/pythia-12b": ["step50000"]}}, "step50000: the hub is known to serve"),
        (TRACED | {"traced_contexts": 100}, "traced_contexts = 100 must exceed 100, a rank"),
        (TRACED | {"traced_min_tokens": 200}, "traced_min_tokens = 200 exceeds 128, the most"),
        ({"traced": {"no such/model": ["step1"]}}, "'no such/model' is neither a folder nor the name"),
        ({"traced": PYTHIA}, "'' is neither a file or folder nor a data set"),
        (TRACED | {"memory_texts": "nope"}, "'nope' is neither a file or folder nor a data set"),
        (TRACED | {"questions": "a/sciq"}, "'a/sciq' is no file or folder.*needs a revision"),
    ],
)
def test_what_does_not_agree_is_refused_before_any_work(given: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        configured(**given)


def test_at_the_limits_wishes_are_granted() -> None:
    for given in (
        {"alpha_ranks": [3, 16], "removed_directions": [15], "probe_contexts": 132},
        {"control_seeds": [5, 6, 7]},
        {"map_dimensions": [32]},
        {"width": 8, "slow_width": 8, "heads": 4, "vocabulary": 300, "alpha_ranks": [1, 3], "removed_directions": [1]},
    ):
        assert STUDY.tasks(configured(**given))


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
    tasks = STUDY.tasks(traced_config(tmp_path, seeds=[4, 2], control_seeds=[2, 4], slow_seeds=[9, 8, 7]))
    order = [(name, len(list(group))) for name, group in groupby(task.experiment for task in tasks)]
    assert order == [
        ("trace", 4), ("slow_pretraining", 3), ("pretraining", 2), ("controls", 6), ("warm_ups", 2),
        ("theory_map", 1), ("theory", 1), ("toy", 1), ("theorems", 1), ("mechanism", 1),
    ]  # fmt: skip
    sources = [(task.unit.checkpoint.name, task.unit.checkpoint.revision) for task in tasks[:4]]
    series = str(tmp_path / "series")
    assert sources == [*((m, r) for m, rs in PYTHIA.items() for r in rs), (series, "step2"), (series, "step1")]
    assert [task.unit.seed for task in tasks[4:17]] == [9, 8, 7, 4, 2, *[2, 4] * 4]
    assert len({task.key for task in tasks}) == len(tasks)


def of_experiment(name: str, **given: Any) -> list[dict[str, Any]]:
    return [dict(task.parameters) for task in STUDY.tasks(configured(**given)) if task.experiment == name]


def test_controls_are_as_long_as_the_reference_and_differ_in_one_cause() -> None:
    (reference,) = of_experiment("pretraining", seeds=[3], control_seeds=[3])
    controls = of_experiment("controls", seeds=[3], control_seeds=[3])
    assert [control["condition"] for control in controls] == ["uniform", "squared_error", "no_bottleneck"]
    for control in controls:
        assert control.keys() ^ reference.keys() == {"squared_error_learning_rate", "condition", "package"}
        assert all(control[name] == reference[name] for name in control.keys() & reference.keys())


def test_other_ramps_and_the_slow_model_differ_in_what_their_names_say() -> None:
    (reference,) = of_experiment("pretraining", seeds=[3], control_seeds=[3])
    (ramps,) = of_experiment("warm_ups", seeds=[3], control_seeds=[3])
    assert {name for name in reference.keys() & ramps.keys() if reference[name] != ramps[name]} == {
        "steps",
        "checkpoints",
    }
    (slow,) = of_experiment("slow_pretraining", seeds=[3], control_seeds=[3], slow_seeds=[3])
    differing = {name for name in reference.keys() & slow.keys() if reference[name] != slow[name]}
    assert differing == {"width", "context", "steps", "batch_size", "learning_rate"}


@pytest.mark.parametrize(
    ("given", "concerned"),
    [
        ({"steps": 8001}, {"pretraining", "controls"}),
        ({"ramps": [1, 200]}, {"warm_ups"}),
        ({"slow_steps": 13999}, {"slow_pretraining"}),
        ({"learning_rate": 0.03}, {"pretraining", "controls", "warm_ups"}),
        ({"probe_seeds": [1]}, {"pretraining", "controls", "warm_ups", "slow_pretraining", "trace"}),
        ({"theory_steps": 9}, {"theory", "mechanism"}),
        ({"theory_classes": 33}, {"theory", "mechanism", "theory_map", "theorems"}),
        ({"theory_learning_rate": 0.9}, {"theory", "mechanism", "theory_map"}),
        ({"toy_starts": 7}, {"toy"}),
        ({"theorem_steps": 999}, {"theorems"}),
        ({"memory_count": 9}, {"trace"}),
        ({"bfloat16": True}, {"trace"}),
        ({"delete_after": True, "disk_budget_gb": 1.0, "token_budget": 9, "keep_checkpoints": "x", "device": "cuda"}, set()),
    ],
)  # fmt: skip
def test_a_parameter_changes_only_the_units_that_it_concerns(
    tmp_path: Path, given: dict[str, Any], concerned: set[str]
) -> None:
    before, after = ({task.name for task in STUDY.tasks(traced_config(tmp_path, **changes))} for changes in ({}, given))
    assert {name.partition("-")[0] for name in before ^ after} == concerned


def test_another_checkpoint_under_the_same_name_is_another_unit(tmp_path: Path) -> None:
    def names() -> set[str]:
        return {task.name for task in STUDY.tasks(traced_config(tmp_path)) if task.experiment == "trace"}

    before = names()
    (tmp_path / "series" / "step2" / "weights").write_text("new")
    assert len(names() - before) == 1


def test_steps_come_from_names_or_are_given_and_what_is_wrong_may_be_accepted() -> None:
    series = {"a/b": ["checkpoint-500", "last"], "EleutherAI/pythia-12b": ["step50000"]}
    config = configured(**TRACED | {"traced": series, "traced_steps": {"last": 900}, "accept_duplicates": True})
    steps = [unit.step for unit in config.units() if unit.experiment() == "trace"]
    assert steps == [500, 900, 50_000]
    assert Execution.of(config).traced_series == series
    assert Execution.of(config).accept_duplicates
