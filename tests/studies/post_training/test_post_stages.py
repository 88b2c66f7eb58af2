"""A whole course of post-training at the smallest size: what is trained on what, from where, and what is then measured."""

import tempfile
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import xarray as xr
from transformers import AutoTokenizer

from learning_geometry.instruments.spectrum import eigenspectrum, rankme
from learning_geometry.materials import digit_sorting, small_trainers
from learning_geometry.materials.hub import checkpoint, load_model
from learning_geometry.studies.llm_phases.post_training.experiments import _evaluation, _signals, _training
from learning_geometry.studies.llm_phases.post_training.experiments._evaluation import Probe, distinct_answers, evaluate
from learning_geometry.studies.llm_phases.post_training.experiments.stages import (
    ALWAYS,
    BEFORE,
    MODELS,
    PROBES,
    SAMPLED,
    Stages,
    measure,
)
from learning_geometry.studies.types import DataSource
from learning_geometry.studies.unit import Execution

TRAINERS = {
    "sft": "fine_tune",
    "own_answers": "fine_tune",
    "shuffled_answers": "fine_tune",
    "modal": "fine_tune",
    "continued": "continue_pretraining",
    "dpo": "prefer",
    "coin": "prefer",
    "plain_dpo": "prefer",
    "rlvr": "reinforce",
    "shuffled_rewards": "reinforce",
    "rlvr_base": "reinforce",
    "shuffled_base": "reinforce",
}


def tiny(folder: Path) -> Stages:
    """Two hundred files of source code, and a course of a few steps."""
    for number in range(200):
        lines = "".join(f"value_{number}_{line} = total + {line * number}\n" for line in range(30))
        (folder / f"module{number}.py").write_text(lines)
    return Stages(
        seed=3,
        controls=True,
        corpus=DataSource.corpus(str(folder)),
        trainer="small",
        vocabulary=280,
        task_lines=300,
        task_lengths=[2, 6],
        length_ratio=0.75,
        mistakes=0.2,
        width=16,
        layers=1,
        heads=2,
        context=24,
        base_steps=40,
        base_batch_size=8,
        base_learning_rate=0.02,
        shorter_bases=[20],
        asked_lengths=[3, 5],
        training_problems=16,
        warm_up=0.1,
        sft_steps=4,
        sft_batch_size=5,
        sft_learning_rate=1e-3,
        dpo_answers=3,
        dpo_steps=3,
        dpo_batch_size=6,
        dpo_learning_rate=1.1e-3,
        dpo_beta=5.0,
        plain_dpo_learning_rate=1.3e-3,
        plain_dpo_beta=0.1,
        rlvr_steps=3,
        rlvr_completions=12,
        rlvr_group=4,
        rlvr_learning_rate=1.2e-3,
        rlvr_divergence=0.04,
        answer_tokens=8,
        points_per_stage=2,
        probe_windows=40,
        task_shares=[0.25, 0.5],
        held_out_problems=24,
        samples=6,
        sampled_problems=5,
        alpha_ranks=[2, 10],
    )


def odd_lengths(answers: list[str], which: list[int], texts: list[str]) -> list[float]:
    """Rewards that differ among the answers to a prompt."""
    return [float(len(text) % 2) for text in texts]


@dataclass
class Training:
    """A call of a trainer: the model before and after, what the former's weights were, and the other arguments."""

    trainer: str
    before: Any
    after: Any
    weights: list[torch.Tensor]
    data: Any
    others: tuple[Any, ...]
    named: dict[str, Any]


@dataclass
class Course:
    """What a course gave, the folder of its checkpoints, and how it trained."""

    unit: Stages
    result: dict[str, xr.Dataset]
    folder: Path
    trained: dict[str, Training]
    shorter: Training
    evaluated: list[tuple[Any, Probe]]


@pytest.fixture(scope="module", autouse=True)
def own_build_folder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The corpus of these tests does not stay in that of the book."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LEARNING_GEOMETRY_BUILD", str(tmp_path_factory.mktemp("build")))
        yield


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory, own_build_folder: None) -> Course:
    """The course, watched."""
    trained: list[Training] = []
    evaluated: list[tuple[Any, Probe]] = []

    def watched(trainer: str) -> Any:
        train = getattr(small_trainers, trainer)

        def call(model: Any, tokenizer: Any, data: Any, *others: Any, **named: Any) -> Any:
            weights = [tensor.clone() for tensor in model.state_dict().values()]
            result = train(model, tokenizer, data, *others, **named)
            after = result[0] if isinstance(result, tuple) else result
            trained.append(Training(trainer, model, after, weights, data, others, named))
            return result

        return call

    evaluate_one = _evaluation.evaluate

    def noted(model: Any, probe: Probe) -> xr.Dataset:
        evaluated.append((model, probe))
        return evaluate_one(model, probe)

    folder, unit = tmp_path_factory.mktemp("kept"), tiny(tmp_path_factory.mktemp("code"))
    with pytest.MonkeyPatch.context() as patch:
        for trainer in set(TRAINERS.values()):
            patch.setattr(small_trainers, trainer, watched(trainer))
        patch.setattr(_evaluation, "evaluate", noted)
        # Nothing is right at this size, and equal rewards teach nothing.
        patch.setattr(_training, "exact_match", odd_lengths)
        result = measure(unit, Execution(keep_checkpoints=str(folder)))
    *those, shorter = trained
    return Course(unit, result, folder / "seed-3", dict(zip(BEFORE, those, strict=True)), shorter, evaluated)


def kept(course: Course, name: str) -> Any:
    with checkpoint(str(course.folder), name, disk_budget_gb=1, delete_after=False) as saved:
        return load_model(saved), AutoTokenizer.from_pretrained(saved.folder, local_files_only=True)


def test_the_same_seed_gives_the_same_record_and_leaves_nothing_behind(
    course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(_training, "exact_match", odd_lengths)
    torch.manual_seed(99)  # nothing depends on the global generators, nor disturbs them
    before = torch.get_rng_state()
    again = measure(course.unit, Execution())
    for name, part in course.result.items():
        xr.testing.assert_identical(again[name], part)
    assert torch.equal(torch.get_rng_state(), before)
    assert list(tmp_path.iterdir()) == []


def test_without_controls_all_else_is_the_same(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_training, "exact_match", odd_lengths)
    result = measure(course.unit.model_copy(update={"controls": False}), Execution())
    for name in ("models", "samples", "path", "rewards"):
        names = [model for model in course.result[name].model.values if model in ("base", *ALWAYS)]
        assert result[name].model.values.tolist() == names
        xr.testing.assert_identical(result[name], course.result[name].sel(model=names))
    xr.testing.assert_identical(result["lengths"], course.result["lengths"].sel(pretrained=[40]))


def test_a_record_holds_all_models_and_no_two_are_the_same(course: Course) -> None:
    models, samples = course.result["models"], course.result["samples"]
    assert models.model.values.tolist() == list(MODELS)
    assert samples.model.values.tolist() == list(SAMPLED)
    assert models.probe.values.tolist() == list(PROBES)
    assert len(set(models.text_loss.values.tolist())) == len(MODELS)
    assert ((samples.distinct >= 1) & (samples.distinct <= 6)).all()
    assert int(models.parameters) == sum(weights.numel() for weights in kept(course, "base")[0].parameters())
    assert course.result["rewards"].model.values.tolist() == [name for name in BEFORE if TRAINERS[name] == "reinforce"]


def test_every_training_begins_from_the_model_that_it_should(course: Course) -> None:
    base = course.trained["sft"].before
    assert {name: training.trainer for name, training in course.trained.items()} == TRAINERS
    for name, before in BEFORE.items():
        training = course.trained[name]
        assert training.before is (base if before == "base" else course.trained[before].after), name
        # Whatever was trained from it in between, its weights are those that it was left with.
        first = next(one for one in course.trained.values() if one.before is training.before)
        for own, others in zip(training.weights, first.weights, strict=True):
            assert torch.equal(own, others)
        assert any(
            not torch.equal(own, others)
            for own, others in zip(training.weights, training.after.state_dict().values(), strict=True)
        )


def test_controls_take_the_steps_of_what_they_control(course: Course) -> None:
    schedules = {
        name: next(one for one in training.others if hasattr(one, "steps")) for name, training in course.trained.items()
    }
    for name, expected in {"sft": (4, 5, 1e-3), "dpo": (3, 6, 1.1e-3), "rlvr": (3, 12, 1.2e-3)}.items():
        assert (schedules[name].steps, schedules[name].batch_size, schedules[name].learning_rate) == expected
    assert schedules["own_answers"] == schedules["shuffled_answers"] == schedules["sft"]
    assert schedules["continued"] == replace(schedules["sft"], batch_size=8)
    assert schedules["coin"] == schedules["dpo"]
    assert schedules["plain_dpo"] == replace(schedules["dpo"], learning_rate=1.3e-3)
    assert schedules["modal"] == schedules["shuffled_rewards"] == schedules["rlvr_base"] == schedules["rlvr"]
    assert (schedules["sft"].decay, schedules["dpo"].decay, schedules["rlvr"].decay) == (True, True, False)
    given = {"group_size": 4, "max_new_tokens": 8, "temperature": 1.0, "divergence": 0.04}
    for name in ("rlvr", "shuffled_rewards", "rlvr_base", "shuffled_base"):
        assert given.items() <= course.trained[name].named.items()
        assert course.trained[name].data == course.trained["rlvr"].data
    assert (course.trained["dpo"].named["beta"], course.trained["plain_dpo"].named["beta"]) == (5.0, 0.1)
    assert course.trained["dpo"].named["per_token"]
    assert not course.trained["plain_dpo"].named.get("per_token")
    assert {training.named["seed"] for training in course.trained.values()} == {3}


def test_all_train_on_the_same_prompts_and_sft_on_right_answers(course: Course) -> None:
    prompts = course.trained["rlvr"].data
    numbers = [prompt[6:-2] for prompt in prompts]
    assert course.trained["sft"].data == [(digit_sorting.prompt(n), digit_sorting.answer(n)) for n in numbers]
    for name in ("own_answers", "shuffled_answers", "modal"):
        assert [prompt for prompt, _ in course.trained[name].data] == prompts
    shuffled = [answer for _, answer in course.trained["shuffled_answers"].data]
    assert Counter(shuffled) == Counter(map(digit_sorting.answer, numbers))
    assert shuffled != list(map(digit_sorting.answer, numbers))
    own, coin = ({frozenset(pair) for _, *pair in course.trained[name].data} for name in ("dpo", "coin"))
    assert own == coin
    for prompt, right, wrong in course.trained["dpo"].data:
        assert right == digit_sorting.answer(prompt[6:-2]) != wrong
    # The same SFT of the base that was pretrained for a shorter time.
    assert course.shorter.data == course.trained["sft"].data
    assert course.shorter.before is not course.trained["sft"].before


def test_held_out_numbers_are_never_trained_on(course: Course) -> None:
    _, probe = course.evaluated[0]
    assert all(digit_sorting.is_held_out(number) for number in probe.numbers)
    assert len(set(probe.numbers)) == len(probe.numbers) == 24
    for name in ("sft", "dpo", "rlvr"):
        asked = [data if isinstance(data, str) else data[0] for data in course.trained[name].data]
        assert not any(digit_sorting.is_held_out(prompt[6:-2]) for prompt in asked)
    _, tokenizer = kept(course, "base")
    text = tokenizer.decode(np.concatenate(course.trained["continued"].data).tolist())
    seen = [line[5:].partition(")")[0] for line in text.split("\n") if line.startswith("sort(") and ")=" in line]
    assert len(seen) > 10
    assert not any(digit_sorting.is_held_out(number) for number in seen)
    # What models are measured on is all of the held-out kind.
    lines = [tokenizer.decode(window).split("\n")[1] for window in probe.task[:20].tolist()]
    whole = [line[5:].partition(")")[0] for line in lines if line.startswith("sort(") and ")=" in line]
    assert len(whole) > 5
    assert all(digit_sorting.is_held_out(number) for number in whole)


def test_the_path_leads_from_one_model_to_the_next(course: Course) -> None:
    path, models = course.result["path"], course.result["models"]
    assert path.model.values.tolist() == ["sft", "dpo", "rlvr"]
    assert path.step.values.tolist() == [[0, 2, 4], [0, 2, 3], [0, 2, 3]]
    mixture = models.sel(probe="mixture", drop=True)
    for quantity in ("rankme", "alpha", "probability"):
        ends, starts = path[quantity].isel(point=-1), path[quantity].isel(point=0)
        np.testing.assert_allclose(ends, mixture[quantity].sel(model=path.model), rtol=1e-3, atol=1e-12)
        began = mixture[quantity].sel(model=[BEFORE[name] for name in path.model.values])
        np.testing.assert_allclose(starts, began, rtol=1e-3, atol=1e-12)


def test_kept_checkpoints_load_and_are_what_was_measured(course: Course) -> None:
    assert sorted(folder.name for folder in course.folder.iterdir()) == sorted(MODELS)
    _, probe = course.evaluated[0]
    for name in ("base", "rlvr", "modal"):
        model, tokenizer = kept(course, name)
        again = evaluate(model, replace(probe, tokenizer=tokenizer))
        xr.testing.assert_allclose(again, course.result["models"][list(again)].sel(model=name, drop=True))
        answers = distinct_answers(model, probe, course.unit, device="cpu")
        xr.testing.assert_identical(answers, course.result["samples"].sel(model=name, drop=True))
        if name in course.trained:
            expected = course.trained[name].after.state_dict()
            assert all(torch.equal(weights, expected[key]) for key, weights in model.state_dict().items())


def test_a_model_is_measured_by_definition(course: Course) -> None:
    """Against the logits of the model itself, one line after the other."""
    (model, tokenizer), (_, probe) = kept(course, "sft"), course.evaluated[0]
    measured = course.result["models"].sel(model="sft")
    probability, nats, entropies, states = [], [], [], []
    for number in probe.numbers:
        asked = tokenizer(digit_sorting.prompt(number))["input_ids"]
        given = tokenizer(digit_sorting.answer(number) + "\n")["input_ids"]
        with torch.no_grad():
            read = model(torch.tensor([asked + given]), output_hidden_states=True)
        logarithms = torch.log_softmax(read.logits[0].double(), 1)[len(asked) - 1 : -1]
        true = logarithms[torch.arange(len(given)), given]
        probability.append(float(true.sum().exp()))
        nats.extend((-true).tolist())
        entropies.extend((-(logarithms.exp() * logarithms).sum(1)).tolist())
        states.append(read.hidden_states[-1][0, len(asked) - 1].double().numpy())
    np.testing.assert_allclose(measured.probability, probability, rtol=1e-3)
    assert float(measured.loss) == pytest.approx(np.mean(nats), rel=1e-4)
    assert float(measured.entropy) == pytest.approx(np.mean(entropies), rel=1e-4)
    assert float(measured.rankme.sel(probe="prompts")) == pytest.approx(
        rankme(eigenspectrum(np.stack(states)), of="eigenvalues"), rel=1e-3
    )
    with torch.no_grad():
        read = model(torch.from_numpy(probe.text), output_hidden_states=True)
    logarithms = torch.log_softmax(read.logits.double(), 2)[:, :-1]
    true = logarithms.gather(2, torch.from_numpy(probe.text)[:, 1:, None])
    assert float(measured.text_loss) == pytest.approx(float(-true.mean()), rel=1e-4)
    last = {"text": read.hidden_states[-1][:, -1].double().numpy()}
    with torch.no_grad():
        task = model(torch.from_numpy(probe.task), output_hidden_states=True).hidden_states[-1][:, -1].double().numpy()
    half = np.concatenate([last["text"][:20], task[:20]])
    for probe_name, features in (("text", last["text"]), ("task", task), ("mixture", half)):
        expected = rankme(eigenspectrum(features), of="eigenvalues")
        assert float(measured.rankme.sel(probe=probe_name)) == pytest.approx(expected, rel=1e-3)
    assert float(measured.rankme_mixed.sel(task_share=0.5)) == float(measured.rankme.sel(probe="mixture"))
    assert measured.digits.values.tolist() == [len(number) for number in probe.numbers]


def test_only_the_answer_and_nothing_else_is_right() -> None:
    answers = ["012", "33"]
    texts = ["012", "12", "0 12", "0123", "", "33"]
    assert _signals.exact_match(answers, [0] * 6, texts) == [1.0] + [0.0] * 5
    assert _signals.exact_match(answers, [1, 0, 1], ["012", "012", "33"]) == [0.0, 1.0, 1.0]


def test_shuffled_rewards_keep_their_number_in_each_group_and_nothing_else() -> None:
    def right(which: list[int], texts: list[str]) -> list[float]:
        return [float(text == "right") for text in texts]

    which = [0] * 8 + [1] * 8 + [2] * 8
    texts = ["right"] * 4 + ["wrong"] * 4 + ["right"] * 8 + ["wrong"] * 8
    shuffle = _signals.shuffled_in_groups(right, np.random.default_rng(0))
    drawn = np.array([shuffle(which, texts) for _ in range(400)])
    assert (drawn[:, :8].sum(1) == 4).all()
    assert (drawn[:, 8:16] == 1).all()
    assert (drawn[:, 16:] == 0).all()
    # Right and wrong answers are rewarded alike.
    assert drawn[:, :4].mean() == pytest.approx(0.5, abs=0.06)
    assert right(which, texts)[:8] == [1.0] * 4 + [0.0] * 4  # negative control


def test_a_coin_turns_half_of_the_pairs() -> None:
    pairs = [(str(number), "a", "b") for number in range(1000)]
    turned = _signals.flipped(pairs, np.random.default_rng(0))
    assert [prompt for prompt, *_ in turned] == [prompt for prompt, *_ in pairs]
    assert {pair[1:] for pair in turned} == {("a", "b"), ("b", "a")}
    assert np.mean([pair[1] == "a" for pair in turned]) == pytest.approx(0.5, abs=0.05)


def test_pairs_are_of_the_model_s_own_answers() -> None:
    sampled = [["12", "21", "2"], ["34"], ["7", "76"]]
    numbers = ["21", "43", "67"]
    assert _signals.preferences(numbers, sampled, on_policy=True) == [("\nsort(21)=", "12", "21")]
    assert _signals.preferences(numbers, sampled, on_policy=False) == [
        ("\nsort(21)=", "12", "21"),
        ("\nsort(67)=", "67", "7"),
    ]


@pytest.mark.parametrize("count", [2, 3, 17])
def test_no_prompt_keeps_its_own_answer(count: int) -> None:
    answers = [str(number) for number in range(count)]
    for seed in range(20):
        other = _signals.shuffled(answers, np.random.default_rng(seed))
        assert Counter(other) == Counter(answers)
        assert all(own != given for own, given in zip(answers, other, strict=True))
