"""What the study of post-training may be asked: wrong wishes are refused by name, and units come longest first."""

import json
from fractions import Fraction
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from learning_geometry.materials.arithmetic import Arithmetic, split
from learning_geometry.store import canonical
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

# The notebook's own values may change; what is tested here does not. 1,000 sums, of which 200 are held out.
BASE: dict[str, Any] = {
    "seeds": [5, 6, 7],
    "control_seeds": [5, 6],
    "terms": 3,
    "largest": 9,
    "held_out": 0.2,
    "width": 32,
    "heads": 2,
    "context": 32,
    "training_problems": 100,
    "sft_steps": 50,
    "dpo_steps": 40,
    "rlvr_steps": 60,
    "rlvr_completions": 64,
    "rlvr_group": 8,
    "points_per_stage": 4,
    "sampled_problems": 50,
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


def planned(config: Any) -> set[tuple[str, str]]:
    """Experiments and their parameters, without the fingerprints of their code, which take time."""
    return {(experiment, canonical(parameters)) for experiment, parameters in STUDY.module("config").units(config)}


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"seeds": [5, 6, 5]}, r"seeds = \[5, 6, 5\] holds a seed twice"),
        ({"control_seeds": [6, 6]}, r"control_seeds = \[6, 6\] holds a seed twice"),
        ({"control_seeds": [6, 9, 8]}, r"control_seeds holds \[8, 9\], which seeds = \[5, 6, 7\] does not; add them"),
        ({"control_seeds": []}, r"parameter 'control_seeds' = \[\]"),
        ({"seeds": []}, r"parameter 'seeds' = \[\]"),
        ({"seeds": [-1]}, r"parameter 'seeds\.0' = -1"),
        ({"terms": 1}, "parameter 'terms' = 1"),
        ({"largest": 0}, "parameter 'largest' = 0"),
        ({"mistakes": 1.1}, "parameter 'mistakes' = 1.1"),
        ({"mistake_size": 0}, "parameter 'mistake_size' = 0"),
        ({"subtractions": 0.0}, "parameter 'subtractions' = 0.0"),
        ({"subtractions": 1.0}, "parameter 'subtractions' = 1.0"),
        ({"held_out": 0.0}, "parameter 'held_out' = 0.0"),
        ({"held_out": 1.0}, "parameter 'held_out' = 1.0"),
        ({"width": 30, "heads": 4}, "width = 30 must be a multiple of twice heads = 4"),
        ({"alpha_ranks": [3, 4]}, r"alpha_ranks = \[3, 4\]; pass the first and the last rank, at least three"),
        ({"alpha_ranks": [3, 33]}, r"alpha_ranks = \[3, 33\] leave a spectrum of width = 32"),
        ({"alpha_ranks": [3]}, r"parameter 'alpha_ranks' = \[3\]"),
        ({"traced_alpha_ranks": [12, 5]}, r"traced_alpha_ranks = \[12, 5\]; pass the first and the last rank"),
        (
            {"held_out": 0.04},
            r"held_out = 0.04 leaves 40 of 1000 sums, too few for sampled_problems = 50 and .* raise it, or terms",
        ),
        (
            {"held_out": 0.025, "sampled_problems": 2},
            r"held_out = 0.025 leaves 25 of 1000 sums, too few for .* alpha_ranks = \[3, 25\]",
        ),
        ({"training_problems": 801}, "training_problems = 801, but only 800 sums are not held out"),
        ({"training_problems": 1}, "parameter 'training_problems' = 1"),
        ({"rlvr_group": 1}, "parameter 'rlvr_group' = 1"),
        ({"rlvr_completions": 60}, "rlvr_completions = 60 must be a multiple of rlvr_group = 8"),
        ({"points_per_stage": 41}, "points_per_stage = 41 exceed the steps of the shortest stage"),
        ({"samples": 1}, "parameter 'samples' = 1"),
        ({"dpo_beta": 0.0}, "parameter 'dpo_beta' = 0.0"),
        ({"rlvr_learning_rate": -1.0}, "parameter 'rlvr_learning_rate' = -1.0"),
        ({"random_reward": 1.5}, "parameter 'random_reward' = 1.5"),
        ({"base_steps": 9}, "parameter 'base_steps' = 9"),
        ({"device": "gpu"}, "parameter 'device' = 'gpu'"),
        ({"disk_budget_gb": 0.0}, "parameter 'disk_budget_gb' = 0.0"),
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
        ({"seed": 3}, "unknown parameter 'seed'"),
    ],
)
def test_wrong_wishes_are_refused_before_any_work(given: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        configured(**given)


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        # A prompt, its answer and the end of the line are 2 * terms + 3 tokens.
        ({"context": 8}, "context = 8 is too short for lines of terms = 3; pass at least 9"),
        ({"context": 10, "terms": 4}, "context = 10 is too short for lines of terms = 4; pass at least 11"),
        ({"base_lines": 100, "context": 800}, "base_lines = 100 .* context = 800"),
        ({"rlvr_completions": 808}, "rlvr_completions = 808 .* 101 sums .* training_problems = 100"),
        # A layer norm takes one dimension away, so that the last eigenvalue is zero.
        ({"alpha_ranks": [3, 32]}, r"alpha_ranks = \[3, 32\] leave a spectrum of width = 32"),
        (
            {"traced": TRACED, "traced_min_tokens": 129} | TEXTS,
            "traced_min_tokens = 129 exceeds traced_max_tokens = 128",
        ),
        (TUNING | TEXTS | {"traced_min_tokens": 129}, "traced_min_tokens = 129 exceeds traced_max_tokens = 128"),
        ({"traced": {"sft": {SFT: ["main"]}}} | TEXTS, "traced names the stage 'sft'; .* base, SFT, DPO, RLVR"),
        ({"fine_tuning_tokens": 1}, "parameter 'fine_tuning_tokens' = 1"),
        ({"device": "xcpu"}, "parameter 'device' = 'xcpu'"),
        ({"device": "cuda:a"}, "parameter 'device' = 'cuda:a'"),
        ({"sft_learning_rate": float("inf")}, "parameter 'sft_learning_rate' = inf"),
        ({"mistakes": float("nan")}, "parameter 'mistakes' = nan"),
    ],
)
def test_what_would_fail_after_hours_is_refused_at_once(given: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        configured(**given)


def test_at_the_limits_wishes_are_granted() -> None:
    for given in (
        {"alpha_ranks": [29, 31]},
        {"context": 9},
        {"training_problems": 800},
        {"rlvr_completions": 800},
        {"points_per_stage": 40},
        {"held_out": 0.05},
        {"held_out": 0.026, "sampled_problems": 2},
        {"mistakes": 0.0, "random_reward": 1.0},
        {"mistakes": 1.0, "random_reward": 0.0},
        {"device": "cuda:1"},
        {"control_seeds": [7, 6, 5]},
        {"traced": TRACED, "traced_contexts": 101, "traced_min_tokens": 128} | TEXTS,
    ):
        assert planned(configured(**given))


@pytest.mark.parametrize("percent", [29, 57, 58])
def test_problems_are_counted_as_they_are_split(percent: int) -> None:
    """100 sums; 0.29 of them are 28.999999999999996 in floating point, and 29 are held out."""
    held_out = percent / 100
    assert int(held_out * 100) == percent - 1
    small = {"terms": 2, "sampled_problems": 2, "alpha_ranks": [2, 6], "rlvr_completions": 8, "held_out": held_out}
    part = split(Arithmetic(2, 9, 0.0, 1), held_out=held_out, rng=np.random.default_rng(0))["+"]
    assert Fraction(len(part.held_out), 100) == Fraction(percent, 100)
    configured(training_problems=len(part.train), **small)
    with pytest.raises(ValueError, match=f"training_problems = {len(part.train) + 1}, but only {len(part.train)} sums"):
        configured(training_problems=len(part.train) + 1, **small)


def test_what_is_not_traced_is_not_checked() -> None:
    wrong = {"traced_texts": "nope", "problems": "nope", "fine_tuning_texts": "nope", "other_texts": "nope"}
    units = STUDY.units(configured(**wrong, traced_min_tokens=500, traced_contexts=4))
    assert {unit.experiment for unit in units} == {"stages"}
    # Without checkpoints to be asked, the problems are not read either.
    tuned = configured(**TUNING, **TEXTS, problems="nope")
    assert {unit.experiment for unit in STUDY.units(tuned)} == {"stages", "fine_tuning"}


def everything(tmp_path: Path, **more: Any) -> Any:
    for name in ("texts", "problems"):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps({"text": "words"}))
    (tmp_path / "grpo" / "step_40").mkdir(parents=True, exist_ok=True)
    given = TUNING | {
        "traced": TRACED | {"RLVR": {str(tmp_path / "grpo"): ["step_40"]}},
        "traced_texts": str(tmp_path / "texts.jsonl"),
        "problems": str(tmp_path / "problems.jsonl"),
    }
    return configured(**(given | more))


def test_units_come_longest_first_and_there_is_one_for_each(tmp_path: Path) -> None:
    units = STUDY.units(everything(tmp_path, seeds=[4, 2, 3], control_seeds=[2]))
    order = [(name, len(list(group))) for name, group in groupby(unit.experiment for unit in units)]
    assert order == [("fine_tuning", 2), ("series", 4), ("stages", 3)]
    assert [unit.parameters["revision"] for unit in units[:2]] == ["step1", "step2"]
    traced = [(unit.parameters["stage"], unit.parameters["model"], unit.parameters["revision"]) for unit in units[2:6]]
    assert traced == [
        ("SFT", SFT, "step_7000"),
        ("SFT", SFT, "main"),
        ("DPO", DPO, "main"),
        ("RLVR", str(tmp_path / "grpo"), "step_40"),
    ]
    # Those with controls take longer.
    stages = [(unit.parameters["seed"], unit.parameters["controls"]) for unit in units[6:]]
    assert stages == [(2, True), (4, False), (3, False)]
    assert len({unit.key for unit in units}) == len(units)


def test_a_series_of_a_folder_that_lacks_a_revision_is_refused(tmp_path: Path) -> None:
    (tmp_path / "grpo" / "step_40").mkdir(parents=True)
    with pytest.raises(ValueError, match="has no folder 'step_80'"):
        configured(traced={"RLVR": {str(tmp_path / "grpo"): ["step_40", "step_80"]}}, **TEXTS)


def test_seeds_differ_in_nothing_else_and_fine_tuning_is_tested_on_held_out_texts_of_both_kinds(tmp_path: Path) -> None:
    units = STUDY.units(
        everything(tmp_path, seeds=[4, 2], control_seeds=[4, 2], fine_tuning_column="chosen", other_column="text")
    )
    one, other = (dict(unit.parameters) for unit in units[-2:])
    assert {name for name in one if one[name] != other[name]} == {"seed"}
    tuning = units[0].parameters
    assert tuning["train"] == tuning["test_in"] == "a/b" != tuning["test_out"]
    assert (tuning["train_column"], tuning["in_column"], tuning["out_column"]) == ("chosen", "chosen", "text")


@pytest.mark.parametrize(
    ("given", "concerned"),
    [
        ({"seeds": [5, 6]}, {"stages"}),
        ({"control_seeds": [5]}, {"stages"}),
        ({"mistakes": 0.11}, {"stages"}),
        ({"rlvr_steps": 61}, {"stages"}),
        ({"keep_checkpoints": "kept"}, {"stages"}),
        ({"alpha_ranks": [2, 25]}, {"stages"}),
        ({"resamples": 7}, {"stages", "series", "fine_tuning"}),
        ({"device": "cuda"}, {"stages", "series", "fine_tuning"}),
        ({"traced_contexts": 300}, {"series", "fine_tuning"}),
        ({"traced_alpha_ranks": [11, 100]}, {"series", "fine_tuning"}),
        ({"delete_after": True}, {"series", "fine_tuning"}),
        ({"problem_tokens": 99}, {"series"}),
        ({"problem_temperature": 0.7}, {"series"}),
        ({"problems_count": 7}, {"series"}),
        ({"fine_tuning_steps": 9}, {"fine_tuning"}),
        ({"fine_tuning_tokens": 99}, {"fine_tuning"}),
        ({"other_revision": "main"}, {"fine_tuning"}),
    ],
)
def test_a_parameter_changes_only_the_units_that_it_concerns(
    tmp_path: Path, given: dict[str, Any], concerned: set[str]
) -> None:
    quiet = {"device": "cpu", "delete_after": False}
    before, after = (planned(everything(tmp_path, **(quiet | one))) for one in ({}, given))
    assert {experiment for experiment, _ in before ^ after} == concerned


def test_a_seed_s_unit_does_not_depend_on_the_other_seeds() -> None:
    few, many = (
        {unit.parameters["seed"]: unit.name for unit in STUDY.units(configured(seeds=seeds, control_seeds=[5]))}
        for seeds in ([5, 6], [9, 6, 5])
    )
    assert {seed: many[seed] for seed in few} == few
