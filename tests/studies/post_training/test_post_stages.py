"""A whole course of post-training at the smallest size: what is trained on what, from where, and what is then measured."""

import gc
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import xarray as xr
from scipy import stats
from transformers import AutoTokenizer

from learning_geometry.instruments.hidden_states import last_token_features
from learning_geometry.instruments.spectrum import eigenspectrum, rankme
from learning_geometry.materials.arithmetic import Arithmetic, Problem, problems, split
from learning_geometry.materials.hub import checkpoint, load_model
from learning_geometry.materials.language_models import Architecture, gpt_neox
from learning_geometry.studies.llm_phases.post_training.experiments import _evaluation, _training
from learning_geometry.studies.llm_phases.post_training.experiments._evaluation import Probe, evaluate, sampled_answers
from learning_geometry.studies.llm_phases.post_training.experiments._training import (
    exact_match,
    random_rewards,
    shuffled,
)
from learning_geometry.studies.llm_phases.post_training.experiments.stages import MODELS, SAMPLED, Stages, measure
from learning_geometry.studies.unit import Execution

LANGUAGE = Arithmetic(terms=2, largest=9, noise=0.2, spread=9)
# A line, `<eos> 1 + 2 = 3 <eos>`, fills the context.
TINY = Stages(
    seed=3,
    controls=True,
    terms=2,
    largest=9,
    mistakes=0.2,
    mistake_size=9,
    subtractions=0.3,
    held_out=0.2,
    width=16,
    layers=1,
    heads=2,
    context=7,
    base_lines=500,
    base_steps=40,
    base_batch_size=8,
    base_learning_rate=0.02,
    training_problems=12,
    sft_steps=4,
    sft_batch_size=5,
    sft_learning_rate=1e-3,
    dpo_steps=3,
    dpo_batch_size=6,
    dpo_learning_rate=1.1e-3,
    dpo_beta=0.1,
    rlvr_steps=3,
    rlvr_completions=12,
    rlvr_group=4,
    rlvr_learning_rate=1.2e-3,
    random_reward=0.5,
    points_per_stage=2,
    samples=8,
    sampled_problems=5,
    alpha_ranks=[2, 6],
)
FROM = {"sft": "base", "dpo": "sft", "rlvr": "dpo", "random_reward": "dpo", "continued": "base", "shuffled": "base"}


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

    result: dict[str, xr.Dataset]
    folder: Path
    trained: dict[str, Training]
    text: np.ndarray
    evaluated: list[tuple[Any, Probe]]


@pytest.fixture(scope="module", autouse=True)
def little_garbage() -> Iterator[None]:
    """Spare what is imported from the collection of garbage that ends every training; it would take most of the time."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """The course, watched."""
    trained: list[Training] = []
    texts: list[np.ndarray] = []
    evaluated: list[tuple[Any, Probe]] = []

    def watched(trainer: str) -> Any:
        train = getattr(_training, trainer)

        def call(model: Any, tokenizer: Any, data: Any, *others: Any, **named: Any) -> Any:
            weights = [tensor.clone() for tensor in model.state_dict().values()]
            result = train(model, tokenizer, data, *others, **named)
            after = result[0] if isinstance(result, tuple) else result
            trained.append(Training(trainer, model, after, weights, data, others, named))
            return result

        return call

    pretrain, evaluate_one = _training.pretrain, _evaluation.evaluate

    def pretrained(model: Any, text: np.ndarray, *others: Any, **named: Any) -> Any:
        texts.append(text)
        return pretrain(model, text, *others, **named)

    def noted(model: Any, probe: Probe) -> xr.Dataset:
        evaluated.append((model, probe))
        return evaluate_one(model, probe)

    folder = tmp_path_factory.mktemp("kept")
    with pytest.MonkeyPatch.context() as patch:
        for trainer in ("fine_tune", "prefer", "reinforce", "continue_pretraining"):
            patch.setattr(_training, trainer, watched(trainer))
        patch.setattr(_training, "pretrain", pretrained)
        patch.setattr(_evaluation, "evaluate", noted)
        result = measure(TINY, Execution(keep_checkpoints=str(folder)))
    names = ("sft", "dpo", "continued", "shuffled", "rlvr", "random_reward")
    return Course(result, folder / "seed-3", dict(zip(names, trained, strict=True)), texts[0], evaluated)


@pytest.fixture(scope="module")
def parts() -> Any:
    """The split of the course's seed."""
    return split(LANGUAGE, held_out=0.2, rng=np.random.default_rng(3))


def kept(course: Course, name: str) -> Any:
    with checkpoint(str(course.folder), name, disk_budget_gb=1, delete_after=False) as saved:
        return load_model(saved), AutoTokenizer.from_pretrained(saved.folder, local_files_only=True)


def test_the_same_seed_gives_the_same_record_and_leaves_nothing_behind(
    course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    torch.manual_seed(99)  # nothing depends on the global generators, nor disturbs them
    before = torch.get_rng_state()
    again = measure(TINY, Execution())
    for name, part in course.result.items():
        xr.testing.assert_identical(again[name], part)
    assert torch.equal(torch.get_rng_state(), before)
    assert list(tmp_path.iterdir()) == []


def test_without_controls_all_else_is_the_same(course: Course) -> None:
    result = measure(TINY.model_copy(update={"controls": False}), Execution())
    for name, part in result.items():
        names = [model for model in course.result[name].model.values if model in MODELS[:4]]
        assert part.model.values.tolist() == names
        xr.testing.assert_identical(part, course.result[name].sel(model=names))


def test_a_record_holds_all_models_and_no_two_are_the_same(course: Course) -> None:
    models, samples = course.result["models"], course.result["samples"]
    assert models.model.values.tolist() == list(MODELS)
    assert samples.model.values.tolist() == list(SAMPLED)
    # A fifth of the 100 sums, and of the 55 subtractions without a negative answer.
    assert (models.sizes["sum"], models.sizes["subtraction"], models.sizes["rank"]) == (20, 11, 16)
    assert len(set(models.loss.values.tolist())) == len(MODELS)
    assert ((samples.correct >= 0) & (samples.correct <= 8)).all()
    assert ((samples.distinct >= 1) & (samples.distinct <= 8)).all()
    assert int(models.parameters) == sum(weights.numel() for weights in kept(course, "base")[0].parameters())


def test_chance_is_that_of_whoever_always_gives_the_commonest_answer(course: Course, parts: Any) -> None:
    answers = [problem.answer for problem in parts["+"].train]
    commonest = max(np.mean([other == answer for other in answers]) for answer in set(answers))
    assert float(course.result["models"].chance) == commonest


def test_every_stage_begins_from_the_model_that_it_should(course: Course) -> None:
    base = course.trained["sft"].before
    trainers = {name: training.trainer for name, training in course.trained.items()}
    assert trainers == {
        "sft": "fine_tune",
        "dpo": "prefer",
        "rlvr": "reinforce",
        "random_reward": "reinforce",
        "continued": "continue_pretraining",
        "shuffled": "fine_tune",
    }
    for name, before in FROM.items():
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


def test_stages_take_the_steps_that_were_asked_for_and_controls_as_many(course: Course) -> None:
    schedules = {
        name: next(one for one in training.others if hasattr(one, "steps")) for name, training in course.trained.items()
    }
    for name, expected in {"sft": (4, 5, 1e-3), "dpo": (3, 6, 1.1e-3), "rlvr": (3, 12, 1.2e-3)}.items():
        assert (schedules[name].steps, schedules[name].batch_size, schedules[name].learning_rate) == expected
    assert schedules["continued"] == schedules["shuffled"] == schedules["sft"]
    assert schedules["random_reward"] == schedules["rlvr"]
    rlvr, random = (course.trained[name] for name in ("rlvr", "random_reward"))
    assert rlvr.data == random.data
    given = {"group_size": 4, "max_new_tokens": 2, "temperature": 1.0}
    assert given.items() <= rlvr.named.items()
    assert given.items() <= random.named.items()
    assert course.trained["dpo"].named["beta"] == 0.1
    assert {training.named["seed"] for training in course.trained.values()} == {3}


def test_stages_train_on_the_right_answers_of_the_same_training_problems(course: Course, parts: Any) -> None:
    training = parts["+"].train[:12]
    assert course.trained["sft"].data == [(one.prompt, f" {sum(one.operands)}") for one in training]
    assert course.trained["rlvr"].data == [one.prompt for one in training]
    for one, (prompt, chosen, rejected) in zip(training, course.trained["dpo"].data, strict=True):
        assert (prompt, chosen) == (one.prompt, one.completion)
        assert abs(int(rejected) - one.value) in (1, 2, 3, 10)
    reward = course.trained["rlvr"].others[0]
    assert reward([0, 1, 1], [training[0].answer, training[1].answer, "x"]) == [1.0, 1.0, 0.0]
    pairs = course.trained["shuffled"].data
    assert [prompt for prompt, _ in pairs] == [one.prompt for one in training]
    assert Counter(answer for _, answer in pairs) == Counter(one.completion for one in training)


@pytest.mark.parametrize("count", [2, 3, 17])
def test_no_prompt_keeps_its_own_answer(count: int) -> None:
    # All answers differ, so that a problem that kept its own would show.
    different = [Problem((0, number), "+") for number in range(count)]
    orders = set()
    for seed in range(30):
        pairs = shuffled(different, np.random.default_rng(seed))
        assert all(one.completion != answer for one, (_, answer) in zip(different, pairs, strict=True))
        assert Counter(answer for _, answer in pairs) == Counter(one.completion for one in different)
        orders.add(tuple(pairs))
    assert len(orders) == {2: 1, 3: 2}.get(count, 30)


def test_held_out_problems_are_never_trained_on(course: Course, parts: Any) -> None:
    tokenizer = LANGUAGE.tokenizer()
    held_out = {problem.prompt for part in parts.values() for problem in part.held_out}
    everything = {
        problem.prompt for sign in ("+", "-") for problem in problems(LANGUAGE, sign, np.random.default_rng(0))
    }
    # What every model is measured on is all that is held out.
    assert len(course.evaluated) == len(MODELS)
    for model, probe in course.evaluated:
        assert {one.prompt for one in (*probe.sums, *probe.subtractions)} == held_out
        assert {one.operation for one in probe.sums} == {"+"}
        assert {one.operation for one in probe.subtractions} == {"-"}
        assert not model.training
    text = course.text.reshape(-1, 6)
    prompts = {"pretraining": {line.rpartition(" =")[0] + " =" for line in tokenizer.batch_decode(text)}}
    assert np.mean(text[:, 2] == tokenizer.convert_tokens_to_ids("-")) == pytest.approx(0.3, abs=0.06)
    prompts["continued"] = {line.rpartition(" =")[0] + " =" for line in course.trained["continued"].data}
    for name in ("sft", "dpo", "shuffled"):
        prompts[name] = {prompt for prompt, *_ in course.trained[name].data}
    prompts["rlvr"] = set(course.trained["rlvr"].data)
    for name, asked in prompts.items():
        assert {prompt.replace("<eos> ", "<eos>") for prompt in asked} <= everything - held_out, name
    assert len(prompts["pretraining"]) > 100  # negative control: nearly all of the others are met


def test_continued_pretraining_is_on_new_lines_of_the_same_noisy_text(course: Course) -> None:
    texts = course.trained["continued"].data
    encoded = [LANGUAGE.tokenizer()(text)["input_ids"] for text in texts]
    assert len(texts) == 4 * 5
    assert {len(ids) for ids in encoded} == {6}
    assert encoded != course.text.reshape(-1, 6)[:20].tolist()
    assert any(" - " in text for text in texts)


def test_the_path_ends_where_the_stages_are_measured(course: Course) -> None:
    path, models = course.result["path"], course.result["models"]
    assert path.step.sel(model="sft").values.tolist() == [2, 4]
    assert path.step.sel(model=["dpo", "rlvr", "random_reward"]).values.tolist() == [[2, 3]] * 3
    ends = path.rankme.isel(point=-1)
    np.testing.assert_allclose(ends, models.rankme.sel(model=path.model), rtol=1e-4)
    assert len(set(path.rankme.values.ravel().tolist())) == 8


def test_random_rewards_know_nothing_of_answers(course: Course) -> None:
    grade = random_rewards(0.3, np.random.default_rng(0))
    drawn = [reward for _ in range(200) for reward in grade([0] * 10, ["1"] * 10)]
    assert set(drawn) == {0.0, 1.0}
    assert np.mean(drawn) == pytest.approx(0.3, abs=4 * np.sqrt(0.21 / 2000))
    rewards = course.result["rewards"].reward
    np.testing.assert_allclose(12 * rewards, (12 * rewards).round(), atol=1e-9)  # of 12 completions a step
    assert 0.1 < rewards.sel(model="random_reward").mean() < 0.9


def test_only_the_answer_and_nothing_else_is_right() -> None:
    ten = [Problem((3, 7), "+"), Problem((9, 3), "+")]
    answers = ["10", "10 ", " 10", "1 0", "010", "10 5", "10 =", "", "1", "12", "+10", "ten"]
    assert exact_match(ten, [0] * len(answers), answers) == [1.0] + [0.0] * 11
    assert exact_match(ten, [1, 0, 1], ["12", "12", "10"]) == [1.0, 0.0, 0.0]


def test_kept_checkpoints_load_and_are_what_was_measured(course: Course) -> None:
    assert sorted(folder.name for folder in course.folder.iterdir()) == sorted(MODELS)
    assert list(course.folder.parent.iterdir()) == [course.folder]
    _, probe = course.evaluated[0]
    for name in MODELS:
        model, tokenizer = kept(course, name)
        again = evaluate(model, replace(probe, tokenizer=tokenizer))
        xr.testing.assert_identical(again, course.result["models"][list(again)].sel(model=name, drop=True))
        if name in SAMPLED:
            answers = sampled_answers(model, tokenizer, probe.sums[:5], n_samples=8, seed=3, device="cpu")
            xr.testing.assert_identical(answers, course.result["samples"].sel(model=name, drop=True))
        if name in course.trained:
            expected = course.trained[name].after.state_dict()
            assert all(torch.equal(weights, expected[key]) for key, weights in model.state_dict().items())


def test_a_model_is_measured_by_definition(course: Course) -> None:
    """Against the logits of the model itself, one line after the other."""
    (model, tokenizer), (_, probe) = kept(course, "sft"), course.evaluated[0]
    measured = course.result["models"].sel(model="sft")
    for kind, prefix in ((probe.sums, ""), (probe.subtractions, "ood_")):
        probability, loss, right, entropy, states = [], [], [], [], []
        for problem in kind:
            ids = tokenizer(f"{problem.prompt} {problem.value}", return_tensors="pt")["input_ids"]
            with torch.no_grad():
                answer = model(ids, output_hidden_states=True)
            logarithms = torch.log_softmax(answer.logits[0].double(), dim=1)
            states.append(answer.hidden_states[-1][0].double().numpy())
            number = logarithms[-2, ids[0, -1]]
            probability.append(float((number + logarithms[-1, tokenizer.eos_token_id]).exp()))
            loss.append(-float(number))
            right.append(int(logarithms[-2].argmax()) == int(ids[0, -1]))
            entropy.append(float(torch.distributions.Categorical(logits=logarithms[-2]).entropy()))
        np.testing.assert_allclose(measured[f"{prefix}probability"], probability, rtol=1e-4)
        assert float(measured[f"{prefix}loss"]) == pytest.approx(np.mean(loss), rel=1e-4)
        assert float(measured[f"{prefix}accuracy"]) == pytest.approx(np.mean(right))
        if not prefix:
            assert float(measured.entropy) == pytest.approx(np.mean(entropy), rel=1e-4)
            prompt, line = (rankme(eigenspectrum(np.stack(states)[:, at]), of="eigenvalues") for at in (-2, -1))
            assert float(measured.rankme) == pytest.approx(prompt, rel=1e-3)
            assert float(measured.rankme_text) == pytest.approx(line, rel=1e-3)
            assert abs(prompt / line - 1) > 0.01  # negative control: the two positions differ


def test_the_exact_probability_is_that_of_samples() -> None:
    """On a model that ends every second line, wherever it stands, so that the end of the line counts."""
    tokenizer = LANGUAGE.tokenizer()
    model = with_favourite(tokenizer.eos_token_id, np.log(LANGUAGE.vocabulary))
    measured, answers, sums = asked(model, n_samples=4000)
    p, correct = measured.probability[:12].values, answers.correct.values
    assert (p * 4000 > 10).all()
    assert np.ptp(p) > 0.2 * p.mean()
    assert stats.chi2.sf(((correct - 4000 * p) ** 2 / (4000 * p * (1 - p))).sum(), 12) > 1e-3
    # Negative control: the number alone is far more probable than the number and the end.
    prompts = [np.array(tokenizer(one.prompt)["input_ids"]) for one in sums]
    with torch.no_grad():
        logits = model.get_output_embeddings()(torch.from_numpy(last_token_features(model, prompts)))
    numbers = torch.softmax(logits, dim=1).numpy()
    alone = numbers[np.arange(12), [tokenizer.convert_tokens_to_ids(one.answer) for one in sums]]
    assert stats.chi2.sf(((correct - 4000 * alone) ** 2 / (4000 * alone * (1 - alone))).sum(), 12) < 1e-6
    assert (answers.distinct > 100).all()  # most go on with another word


def test_a_model_that_repeats_itself_is_certain_and_wrong() -> None:
    model = with_favourite(LANGUAGE.tokenizer().convert_tokens_to_ids("7"), 100.0)
    measured, answers, _ = asked(model, n_samples=50)
    assert answers.distinct.values.tolist() == [1] * 12
    assert answers.correct.values.tolist() == [0] * 12  # "7 7" is not "7", though
    assert measured.accuracy > 0
    assert measured.probability.max() < 1e-9
    assert float(measured.entropy) == pytest.approx(0, abs=1e-6)


def asked(model: Any, n_samples: int) -> tuple[xr.Dataset, xr.Dataset, list[Problem]]:
    """What is measured of a model, the answers that it gives to twelve sums, and these."""
    tokenizer, parts = LANGUAGE.tokenizer(), split(LANGUAGE, held_out=0.2, rng=np.random.default_rng(0))
    measured = evaluate(model, Probe(tokenizer, parts["+"].held_out, parts["-"].held_out, [2, 6]))
    sums = parts["+"].held_out[:12]
    return measured, sampled_answers(model, tokenizer, sums, n_samples=n_samples, seed=0, device="cpu"), sums


def with_favourite(token: int, logit: float) -> Any:
    """An untrained model that prefers one token everywhere, by so much more than it varies from place to place."""
    model = gpt_neox(Architecture(LANGUAGE.vocabulary, 16, 1, 2, 7), seed=1)
    head = model.get_output_embeddings().weight
    with torch.no_grad():
        head.mul_(5)
        model.gpt_neox.final_layer_norm.bias.fill_(1.0)
        # What is added to all of a token's weights meets the bias alone: normed features have a mean of zero.
        head[token] += logit / 16
    return model
