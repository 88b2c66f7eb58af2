"""What the study of post-training may be asked: wrong wishes are refused by name, and units come longest first."""

import json
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from learning_geometry.studies import STUDIES

STUDY = STUDIES["llm_phases_post_training"]
COMMIT = "0b2714987fa478483af9968de7c934580d0bb9a2"
SFT, DPO = "allenai/Llama-3.1-Tulu-3-8B-SFT", "allenai/Llama-3.1-Tulu-3-8B-DPO"
TRACED = {"SFT": {SFT: ["step_7000", "main"]}, "DPO": {DPO: ["main"]}}
OLMO = {"allenai/OLMo-2-0425-1B": ["step1", "step2"]}
TEXTS = {"traced_texts": "allenai/c4", "traced_texts_revision": COMMIT}
TUNING = {
    "fine_tuned": OLMO,
    "fine_tuning_texts": "a/b",
    "fine_tuning_revision": COMMIT,
    "other_texts": "a/c",
    "other_revision": COMMIT,
}

# The notebook's own values may change; what is tested here does not.
BASE: dict[str, Any] = {
    "seeds": [5, 6, 7],
    "control_seeds": [5, 6],
    "task_lengths": [2, 10],
    "asked_lengths": [3, 9],
    "width": 32,
    "heads": 2,
    "context": 32,
    "base_steps": 100,
    "base_batch_size": 16,
    "shorter_bases": [50],
    "training_problems": 100,
    "sft_steps": 50,
    "dpo_steps": 40,
    "rlvr_steps": 60,
    "rlvr_completions": 64,
    "rlvr_group": 8,
    "answer_tokens": 12,
    "points_per_stage": 4,
    "probe_windows": 100,
    "held_out_problems": 100,
    "sampled_problems": 50,
    "task_shares": [0.25, 0.5],
    "alpha_ranks": [3, 25],
    "traced": {},
    "traced_texts": "",
    "traced_texts_revision": "",
    "traced_contexts": 200,
    "traced_min_tokens": 11,
    "traced_max_tokens": 128,
    "traced_alpha_ranks": [12, 100],
    "problems": "",
    "problems_revision": "",
    "fine_tuned": {},
    "fine_tuning_texts": "",
    "fine_tuning_revision": "",
    "other_texts": "",
    "other_revision": "",
}


def configured(**given: Any) -> Any:
    return STUDY.config(given=BASE | given)


def planned(config: Any) -> set[str]:
    """The units as texts."""
    return {repr(unit) for unit in config.units()}


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"control_seeds": [6, 9, 8]}, r"control_seeds holds \[8, 9\], which seeds = \[5, 6, 7\] does not; add them"),
        ({"width": 30, "heads": 4}, "width = 30 must be a multiple of twice heads = 4"),
        ({"alpha_ranks": [3, 33]}, r"alpha_ranks = \[3, 33\] leave a spectrum of width = 32"),
        ({"task_lengths": [9, 3]}, r"task_lengths = \[9, 3\] must rise"),
        ({"asked_lengths": [9, 3]}, r"asked_lengths = \[9, 3\] must rise"),
        ({"task_lengths": [1, 9]}, "numbers of one digit, which hardly allow mistakes; begin with 2"),
        ({"answer_tokens": 9}, "answer_tokens = 9 cut off answers of 9 digits and their end; pass at least 10"),
        ({"context": 26}, "context = 26 is too short to sort 9 digits in answer_tokens = 12; pass at least 27"),
        ({"base_batch_size": 15}, "base_batch_size = 15 must be even"),
        ({"shorter_bases": [50, 100]}, r"shorter_bases = \[50, 100\] must end before base_steps = 100"),
        ({"probe_windows": 32}, "probe_windows = 32 and held_out_problems = 100 must both exceed width = 32"),
        ({"held_out_problems": 32, "sampled_problems": 9}, "held_out_problems = 32 must both exceed width = 32"),
        ({"task_shares": [0.5, 1.0]}, r"task_shares = \[0.5, 1.0\] must lie between 0 and 1"),
        ({"sampled_problems": 101}, "sampled_problems = 101 exceed held_out_problems = 100"),
        ({"rlvr_completions": 60}, "rlvr_completions = 60 must be a multiple of rlvr_group = 8"),
        ({"points_per_stage": 41}, "points_per_stage = 41 exceed the steps of the shortest stage"),
        ({"traced": TRACED}, "'' is neither a file or folder nor a data set"),
        ({"traced": TRACED, "traced_texts": "allenai/c4"}, "'allenai/c4' is no file or folder.*needs a revision"),
        ({"traced": {"SFT": {"no such/model": ["main"]}}} | TEXTS, "'no such/model' is neither a folder nor the name"),
        ({"traced": {"SFT": {SFT: []}}} | TEXTS, f"'{SFT}' needs at least one revision"),
        ({"traced": {"SFT": {SFT: ["main", "main"]}}} | TEXTS, "asked twice for 'main'"),
        (
            {"traced": TRACED, "traced_contexts": 100} | TEXTS,
            r"traced_contexts = 100 must be more than the last of traced_alpha_ranks = \[12, 100\]",
        ),
        ({"traced": TRACED, "problems": "nope"} | TEXTS, "'nope' is neither a file or folder nor a data set"),
        ({"traced": TRACED, "problems": "a/amc"} | TEXTS, "'a/amc' is no file or folder.*needs a revision"),
        (TUNING, "'' is neither a file or folder nor a data set"),
        (TUNING | TEXTS | {"fine_tuned": {"": ["step1"]}}, "'' is neither a folder nor the name"),
        (TUNING | TEXTS | {"fine_tuning_texts": "nope"}, "'nope' is neither a file or folder nor a data set"),
        (TUNING | TEXTS | {"other_revision": ""}, "'a/c' is no file or folder.*needs a revision"),
    ],
)
def test_wrong_wishes_are_refused_before_any_work(given: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        configured(**given)


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"rlvr_completions": 808}, "rlvr_completions = 808 .* 101 prompts .* training_problems = 100"),
        # A layer norm takes one dimension away, so that the last eigenvalue is zero.
        ({"alpha_ranks": [3, 32]}, r"alpha_ranks = \[3, 32\] leave a spectrum of width = 32"),
        (
            {"traced": TRACED, "traced_min_tokens": 129} | TEXTS,
            "traced_min_tokens = 129 exceeds traced_max_tokens = 128",
        ),
        (TUNING | TEXTS | {"traced_min_tokens": 129}, "traced_min_tokens = 129 exceeds traced_max_tokens = 128"),
        ({"traced": {"sft": {SFT: ["main"]}}} | TEXTS, "'base', 'SFT', 'DPO' or 'RLVR'"),
    ],
)
def test_what_would_fail_after_hours_is_refused_at_once(given: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        configured(**given)


def test_at_the_limits_wishes_are_granted() -> None:
    for given in (
        {"alpha_ranks": [29, 31]},
        {"context": 27},
        {"answer_tokens": 10},
        {"probe_windows": 33, "held_out_problems": 33, "sampled_problems": 33},
        {"shorter_bases": [99]},
        {"task_lengths": [1, 9], "mistakes": 0.0},
        {"rlvr_completions": 800},
        {"points_per_stage": 40},
        {"control_seeds": [7, 6, 5]},
        {"traced": TRACED, "traced_contexts": 101, "traced_min_tokens": 128} | TEXTS,
    ):
        assert planned(configured(**given))


def test_what_is_not_traced_is_not_checked() -> None:
    wrong = {"traced_texts": "nope", "problems": "nope", "fine_tuning_texts": "nope", "other_texts": "nope"}
    units = configured(**wrong, traced_min_tokens=500, traced_contexts=4).units()
    assert {unit.experiment() for unit in units} == {"stages"}
    # Without checkpoints to be asked, the problems are not read either.
    tuned = configured(**TUNING, **TEXTS, problems="nope")
    assert {unit.experiment() for unit in tuned.units()} == {"stages", "fine_tuning"}


def given_of(tmp_path: Path) -> dict[str, Any]:
    return TUNING | {
        "traced": TRACED | {"RLVR": {str(tmp_path / "grpo"): ["step_40"]}},
        "traced_texts": str(tmp_path / "texts.jsonl"),
        "problems": str(tmp_path / "problems.jsonl"),
    }


def everything(tmp_path: Path, **more: Any) -> Any:
    for name in ("texts", "problems"):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps({"text": "words"}))
    (tmp_path / "grpo" / "step_40").mkdir(parents=True, exist_ok=True)
    return configured(**(given_of(tmp_path) | more))


def test_units_come_longest_first_and_there_is_one_for_each(tmp_path: Path) -> None:
    config = everything(tmp_path, seeds=[4, 2, 3], control_seeds=[2], fine_tuning_seeds=[0, 7])
    units = list(config.units())
    order = [(name, len(list(group))) for name, group in groupby(unit.experiment() for unit in units)]
    assert order == [("fine_tuning", 4), ("series", 4), ("stages", 3)]
    assert [(unit.model.revision, unit.seed) for unit in units[:4]] == [
        ("step1", 0), ("step1", 7), ("step2", 0), ("step2", 7),
    ]  # fmt: skip
    assert [(unit.stage, unit.model.name, unit.model.revision) for unit in units[4:8]] == [
        ("SFT", SFT, "step_7000"),
        ("SFT", SFT, "main"),
        ("DPO", DPO, "main"),
        ("RLVR", str(tmp_path / "grpo"), "step_40"),
    ]
    # Those with controls take longer.
    assert [(unit.seed, unit.controls) for unit in units[8:]] == [(2, True), (4, False), (3, False)]


def test_a_series_of_a_folder_that_lacks_a_revision_is_refused(tmp_path: Path) -> None:
    (tmp_path / "grpo" / "step_40").mkdir(parents=True)
    with pytest.raises(ValueError, match="has no folder 'step_80'"):
        configured(traced={"RLVR": {str(tmp_path / "grpo"): ["step_40", "step_80"]}}, **TEXTS)


@pytest.mark.parametrize(
    ("given", "concerned"),
    [
        ({"seeds": [5, 6]}, {"Stages"}),
        ({"control_seeds": [5]}, {"Stages"}),
        ({"rlvr_steps": 61}, {"Stages"}),
        ({"alpha_ranks": [2, 25]}, {"Stages"}),
        ({"resamples": 7}, {"Series", "FineTuning"}),
        ({"traced_contexts": 300}, {"Series", "FineTuning"}),
        ({"problem_tokens": 99}, {"Series"}),
        ({"problem_seeds": [9]}, {"Series"}),
        ({"fine_tuning_steps": 9}, {"FineTuning"}),
        ({"other_revision": "main"}, {"FineTuning"}),
        ({"fresh": 5}, {"Stages", "Series", "FineTuning"}),
        # How units are carried out is no part of what they are.
        ({"device": "cuda", "keep_checkpoints": "kept", "token_budget": 9, "delete_after": True}, set()),
    ],
)
def test_a_parameter_changes_only_the_units_that_it_concerns(
    tmp_path: Path, given: dict[str, Any], concerned: set[str]
) -> None:
    before, after = (planned(everything(tmp_path, **changes).shifted()) for changes in ({}, given))
    assert {unit.partition("(")[0] for unit in before ^ after} == concerned


def test_texts_that_change_on_disk_make_other_units(tmp_path: Path) -> None:
    before = planned(everything(tmp_path))
    (tmp_path / "texts.jsonl").write_text(json.dumps({"text": "other words"}))
    after = planned(configured(**given_of(tmp_path)))
    assert {unit.partition("(")[0] for unit in before ^ after} == {"Series", "FineTuning"}


def test_a_seed_s_unit_does_not_depend_on_the_other_seeds() -> None:
    few, many = (
        {unit.seed: unit for unit in configured(seeds=seeds, control_seeds=[5]).units()}
        for seeds in ([5, 6], [9, 6, 5])
    )
    assert {seed: many[seed] for seed in few} == few
