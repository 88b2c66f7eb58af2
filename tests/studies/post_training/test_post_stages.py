"""A whole course of post-training at the smallest size: what is trained on what, from where, and what is then measured."""

import gc
import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats
from transformers import AutoTokenizer

from learning_geometry.instruments.hidden_states import last_token_features
from learning_geometry.instruments.spectrum import eigenspectrum, rankme
from learning_geometry.materials.arithmetic import Arithmetic, Problem, problems, split
from learning_geometry.materials.hub import checkpoint, load_model
from learning_geometry.materials.language_models import Architecture, gpt_neox
from learning_geometry.store import _plain, canonical
from learning_geometry.studies.llm_phases.post_training import stages
from learning_geometry.studies.llm_phases.post_training.evaluation import Examination, examine, prompt_rankme
from learning_geometry.studies.llm_phases.post_training.stages import SAMPLED, STAGES, exact_match

LANGUAGE = Arithmetic(terms=2, largest=9, noise=0.2, spread=9)
# A line, `<eos> 1 + 2 = 3 <eos>`, fills the context.
TINY: dict[str, Any] = {
    "seed": 3,
    "controls": True,
    "terms": 2,
    "largest": 9,
    "mistakes": 0.2,
    "mistake_size": 9,
    "subtractions": 0.3,
    "held_out": 0.2,
    "width": 16,
    "layers": 1,
    "heads": 2,
    "context": 7,
    "base_lines": 500,
    "base_steps": 40,
    "base_batch_size": 8,
    "base_learning_rate": 0.02,
    "training_problems": 12,
    "sft_steps": 4,
    "sft_batch_size": 5,
    "sft_learning_rate": 1e-3,
    "dpo_steps": 3,
    "dpo_batch_size": 6,
    "dpo_learning_rate": 1.1e-3,
    "dpo_beta": 0.1,
    "rlvr_steps": 3,
    "rlvr_completions": 12,
    "rlvr_group": 4,
    "rlvr_learning_rate": 1.2e-3,
    "random_reward": 0.5,
    "points_per_stage": 2,
    "samples": 8,
    "sampled_problems": 5,
    "alpha_ranks": [2, 6],
    "resamples": 3,
    "keep_checkpoints": "",
    "device": "cpu",
}
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

    found: dict[str, Any]
    folder: Path
    trained: dict[str, Training]
    text: np.ndarray
    examined: list[tuple[Any, Examination]]


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
    seen = SimpleNamespace(text=None, examined=[])

    def watched(trainer: str) -> Any:
        train = getattr(stages, trainer)

        def call(model: Any, tokenizer: Any, data: Any, *others: Any, **named: Any) -> Any:
            weights = [each.clone() for each in model.state_dict().values()]
            result = train(model, tokenizer, data, *others, **named)
            after = result[0] if isinstance(result, tuple) else result
            trained.append(Training(trainer, model, after, weights, data, others, named))
            return result

        return call

    pretrain, examine_one = stages.pretrain, stages.examine

    def pretrained(model: Any, text: np.ndarray, *others: Any, **named: Any) -> Any:
        seen.text = text
        return pretrain(model, text, *others, **named)

    def examined(model: Any, examination: Examination, **named: Any) -> Any:
        seen.examined.append((model, examination))
        return examine_one(model, examination, **named)

    folder = tmp_path_factory.mktemp("kept")
    with pytest.MonkeyPatch.context() as patch:
        for trainer in ("fine_tune", "prefer", "reinforce", "continue_pretraining"):
            patch.setattr(stages, trainer, watched(trainer))
        patch.setattr(stages, "pretrain", pretrained)
        patch.setattr(stages, "examine", examined)
        found = stages.measure(**TINY | {"keep_checkpoints": str(folder)})
    names = ("sft", "dpo", "continued", "shuffled", "rlvr", "random_reward")
    return Course(found, folder / "seed-3", dict(zip(names, trained, strict=True)), seen.text, seen.examined)


@pytest.fixture(scope="module")
def parts() -> Any:
    """The split of the course's seed."""
    return split(LANGUAGE, held_out=0.2, rng=np.random.default_rng(3))


def kept(course: Course, name: str) -> Any:
    with checkpoint(str(course.folder), name, disk_budget_gb=1, delete_after=False) as saved:
        return load_model(saved)


def test_the_same_seed_gives_the_same_record_and_leaves_nothing_behind(
    course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    torch.manual_seed(99)  # nothing depends on the global generators, nor disturbs them
    before = torch.get_rng_state()
    again = canonical(_plain(stages.measure(**TINY)))
    assert again == canonical(_plain(course.found))
    assert torch.equal(torch.get_rng_state(), before)
    assert list(tmp_path.iterdir()) == []


def test_a_record_holds_what_was_promised(course: Course) -> None:
    found = course.found
    assert list(found["stages"]) == list(STAGES)
    for name, stage in found["stages"].items():
        for number in ("rankme", "alpha", "top_share", "loss", "accuracy", "rankme_text", "entropy"):
            assert np.ndim(stage[number]) == 0
        assert stage["eigenvalues"].shape == (16,)
        assert stage["rankme_resampled"].shape == (3,)
        # A fifth of the 100 sums, and of the 55 subtractions without a negative answer.
        assert stage["probability"].shape == (20,)
        assert stage["ood_probability"].shape == (11,)
        assert ((stage["probability"] > 0) & (stage["probability"] < 1)).all()
        assert 0 < stage["entropy"] < np.log(LANGUAGE.vocabulary)
        assert {"correct", "distinct"} <= set(stage) if name in SAMPLED else not {"correct", "distinct"} & set(stage)
        if name in SAMPLED:
            assert stage["correct"].shape == stage["distinct"].shape == (5,)
            assert stage["correct"].dtype == stage["distinct"].dtype == np.int64
            assert ((stage["correct"] >= 0) & (stage["correct"] <= 8)).all()
            assert ((stage["distinct"] >= 1) & (stage["distinct"] <= 8)).all()
    assert (found["seed"], found["samples"]) == (3, 8)
    assert found["reward"].shape == found["reward_random"].shape == (3,)
    assert found["parameters"] == sum(each.numel() for each in kept(course, "base").parameters())
    assert len({stage["loss"] for stage in found["stages"].values()}) == len(STAGES)  # seven models
    json.dumps(found["path"]["stage"])


def test_without_controls_all_else_is_the_same(course: Course) -> None:
    found = stages.measure(**TINY | {"controls": False})
    whole = course.found
    assert list(found["stages"]) == ["base", "sft", "dpo", "rlvr"]
    assert set(whole) - set(found) == {"reward_random"}
    assert found["path"]["stage"] == whole["path"]["stage"][:6]
    np.testing.assert_array_equal(found["path"]["rankme"], whole["path"]["rankme"][:6])
    np.testing.assert_array_equal(found["reward"], whole["reward"])
    for name, stage in found["stages"].items():
        assert canonical(_plain(stage)) == canonical(_plain(whole["stages"][name]))


def test_chance_is_that_of_whoever_always_gives_the_commonest_answer(course: Course, parts: Any) -> None:
    answers = [problem.answer for problem in parts["+"].train]
    assert course.found["chance"] == max(np.mean([each == answer for each in answers]) for answer in set(answers))


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
        name: next(one for one in each.others if hasattr(one, "steps")) for name, each in course.trained.items()
    }
    for name, expected in {"sft": (4, 5, 1e-3), "dpo": (3, 6, 1.1e-3), "rlvr": (3, 12, 1.2e-3)}.items():
        assert (schedules[name].steps, schedules[name].batch_size, schedules[name].learning_rate) == expected
    assert schedules["continued"] == schedules["shuffled"] == schedules["sft"]
    assert schedules["random_reward"] == schedules["rlvr"]
    rlvr, lot = (course.trained[name] for name in ("rlvr", "random_reward"))
    assert rlvr.data == lot.data
    given = {"group_size": 4, "max_new_tokens": 2, "temperature": 1.0}
    assert given.items() <= rlvr.named.items()
    assert given.items() <= lot.named.items()
    assert course.trained["dpo"].named["beta"] == 0.1


def test_stages_train_on_the_right_answers_of_the_same_training_problems(course: Course, parts: Any) -> None:
    problems = parts["+"].train[:12]
    assert course.trained["sft"].data == [(one.prompt, f" {sum(one.operands)}") for one in problems]
    assert course.trained["rlvr"].data == [one.prompt for one in problems]
    for one, (prompt, chosen, rejected) in zip(problems, course.trained["dpo"].data, strict=True):
        assert (prompt, chosen) == (one.prompt, one.completion)
        assert abs(int(rejected) - one.value) in (1, 2, 3, 10)
    reward = course.trained["rlvr"].others[0]
    assert reward([0, 1, 1], [problems[0].answer, problems[1].answer, "x"]) == [1.0, 1.0, 0.0]


def test_shuffled_answers_are_those_of_other_problems_and_as_many_of_each(course: Course, parts: Any) -> None:
    problems = parts["+"].train[:12]
    pairs = course.trained["shuffled"].data
    assert [prompt for prompt, _ in pairs] == [one.prompt for one in problems]
    assert Counter(answer for _, answer in pairs) == Counter(one.completion for one in problems)


@pytest.mark.parametrize("count", [2, 3, 17])
def test_no_prompt_keeps_its_own_answer(count: int) -> None:
    # All answers differ, so that a problem that kept its own would show.
    different = [Problem((0, number), "+") for number in range(count)]
    kept_orders = set()
    for seed in range(30):
        pairs = stages._shuffled(different, np.random.default_rng(seed))
        assert [prompt for prompt, _ in pairs] == [one.prompt for one in different]
        assert all(one.completion != answer for one, (_, answer) in zip(different, pairs, strict=True))
        assert Counter(answer for _, answer in pairs) == Counter(one.completion for one in different)
        kept_orders.add(tuple(pairs))
    assert len(kept_orders) == {2: 1, 3: 2}.get(count, 30)


def test_held_out_problems_are_never_trained_on(course: Course, parts: Any) -> None:
    tokenizer = LANGUAGE.tokenizer()
    held_out = {problem.prompt for part in parts.values() for problem in part.held_out}
    everything = {
        problem.prompt for sign in ("+", "-") for problem in problems(LANGUAGE, sign, np.random.default_rng(0))
    }
    # What is examined, of every model, is all that is held out.
    for model, examination in course.examined:
        assert {one.prompt for one in (*examination.inside, *examination.outside)} == held_out
        assert {one.operation for one in examination.inside} == {"+"}
        assert {one.operation for one in examination.outside} == {"-"}
        assert not model.training
    assert len(course.examined) == len(STAGES)
    text = course.text.reshape(-1, 6)
    prompts = {"pretraining": {line[:5] + line[5:].rpartition(" =")[0] + " =" for line in tokenizer.batch_decode(text)}}
    assert len(text) == 500
    assert np.mean(text[:, 2] == tokenizer.convert_tokens_to_ids("-")) == pytest.approx(0.3, abs=0.06)
    prompts["continued"] = {line.rpartition(" =")[0] + " =" for line in course.trained["continued"].data}
    for name in ("sft", "dpo", "shuffled"):
        prompts[name] = {prompt for prompt, *_ in course.trained[name].data}
    prompts["rlvr"] = set(course.trained["rlvr"].data)
    for name, asked in prompts.items():
        asked = {prompt.replace("<eos> ", "<eos>") for prompt in asked}
        assert asked <= everything - held_out, name
    assert len(prompts["pretraining"]) > 100  # negative control: nearly all of the others are met


def test_continued_pretraining_is_on_new_lines_of_the_same_noisy_text(course: Course) -> None:
    texts = course.trained["continued"].data
    assert len(texts) == 4 * 5
    encoded = [LANGUAGE.tokenizer()(text)["input_ids"] for text in texts]
    assert {len(ids) for ids in encoded} == {6}
    assert encoded != course.text.reshape(-1, 6)[:20].tolist()
    assert any(" - " in text for text in texts)
    assert all(training.named["device"] == "cpu" for training in course.trained.values())
    assert {training.named["seed"] for training in course.trained.values()} == {3}


def test_the_path_ends_where_the_stages_are_measured(course: Course) -> None:
    path = course.found["path"]
    assert path["stage"] == [name for name in ("sft", "dpo", "rlvr", "random_reward") for _ in range(2)]
    assert path["step"].tolist() == [2, 4, 2, 3, 2, 3, 2, 3]
    for name, value in zip(path["stage"][1::2], path["rankme"][1::2], strict=True):
        assert value == pytest.approx(course.found["stages"][name]["rankme"], rel=1e-4), name
    assert len(set(path["rankme"].tolist())) == 8


def test_rewards_by_lot_know_nothing_of_answers() -> None:
    lot = stages._by_lot(0.3, np.random.default_rng(0))
    drawn = [reward for _ in range(200) for reward in lot([0] * 10, ["1"] * 10)]
    assert set(drawn) == {0.0, 1.0}
    assert np.mean(drawn) == pytest.approx(0.3, abs=4 * np.sqrt(0.21 / 2000))
    assert stages._by_lot(0.0, np.random.default_rng(0))([0, 1], ["1", "2"]) == [0.0, 0.0]
    assert stages._by_lot(1.0, np.random.default_rng(0))([0, 1], ["1", "2"]) == [1.0, 1.0]


def test_the_mean_rewards_are_those_of_completions(course: Course) -> None:
    for name in ("reward", "reward_random"):
        rewards = course.found[name]
        np.testing.assert_allclose(rewards * 12, np.round(rewards * 12), atol=1e-9)
        assert ((rewards >= 0) & (rewards <= 1)).all()
    assert 0.1 < course.found["reward_random"].mean() < 0.9


def test_only_the_answer_and_nothing_else_is_right() -> None:
    ten = [Problem((3, 7), "+"), Problem((9, 3), "+")]
    answers = ["10", "10 ", " 10", "1 0", "010", "10 5", "10 =", "", "1", "12", "+10", "ten"]
    assert exact_match(ten, [0] * len(answers), answers) == [1.0] + [0.0] * 11
    assert exact_match(ten, [1, 0, 1], ["12", "12", "10"]) == [1.0, 0.0, 0.0]
    with pytest.raises(ValueError, match="shorter"):
        exact_match(ten, [0, 1], ["10"])


def test_kept_checkpoints_load_and_are_what_was_measured(course: Course) -> None:
    assert sorted(folder.name for folder in course.folder.iterdir()) == sorted(STAGES)
    assert list(course.folder.parent.iterdir()) == [course.folder]
    _, examination = course.examined[0]
    for name in STAGES:
        with checkpoint(str(course.folder), name, disk_budget_gb=1, delete_after=False) as saved:
            model, tokenizer = load_model(saved), AutoTokenizer.from_pretrained(saved.folder, local_files_only=True)
        assert tokenizer("<eos>1 + 2 =")["input_ids"] == examination.tokenizer("<eos>1 + 2 =")["input_ids"]
        again = examine(model, replace(examination, tokenizer=tokenizer), sampled=name in SAMPLED, device="cpu")
        assert canonical(_plain(again)) == canonical(_plain(course.found["stages"][name]))
        if name in course.trained:
            expected = course.trained[name].after.state_dict()
            assert all(torch.equal(weights, expected[key]) for key, weights in model.state_dict().items())


def test_a_model_is_measured_by_definition(course: Course) -> None:
    """Against the logits of the model itself, one line after the other."""
    _, examination = course.examined[0]
    model, found, tokenizer = kept(course, "sft"), course.found["stages"]["sft"], examination.tokenizer
    for kind, prefix in ((examination.inside, ""), (examination.outside, "ood_")):
        probability, loss, right, entropy, states = [], [], [], [], []
        for problem in kind:
            ids = tokenizer(f"{problem.prompt} {problem.value}", return_tensors="pt")["input_ids"]
            assert tokenizer.decode(ids[0, -1]) == str(problem.value)
            with torch.no_grad():
                answer = model(ids, output_hidden_states=True)
            logarithms = torch.log_softmax(answer.logits[0].double(), dim=1)
            states.append(answer.hidden_states[-1][0].double().numpy())
            number = logarithms[-2, ids[0, -1]]
            probability.append(float((number + logarithms[-1, tokenizer.eos_token_id]).exp()))
            loss.append(-float(number))
            right.append(int(logarithms[-2].argmax()) == int(ids[0, -1]))
            entropy.append(float(torch.distributions.Categorical(logits=logarithms[-2]).entropy()))
        np.testing.assert_allclose(found[f"{prefix}probability"], probability, rtol=1e-4)
        assert found[f"{prefix}loss"] == pytest.approx(np.mean(loss), rel=1e-4)
        assert found[f"{prefix}accuracy"] == pytest.approx(np.mean(right))
        if not prefix:
            assert found["entropy"] == pytest.approx(np.mean(entropy), rel=1e-4)
            prompt, line = (rankme(eigenspectrum(np.stack(states)[:, at]), of="eigenvalues") for at in (-2, -1))
            assert found["rankme"] == pytest.approx(prompt, rel=1e-3)
            assert prompt_rankme(model, examination) == pytest.approx(prompt, rel=1e-3)
            assert found["rankme_text"] == pytest.approx(line, rel=1e-3)
            assert abs(prompt / line - 1) > 0.01  # negative control: the two positions differ


def test_the_exact_probability_is_that_of_samples() -> None:
    """On a model that ends every second line, wherever it stands, so that the end of the line counts."""
    tokenizer = LANGUAGE.tokenizer()
    model = with_favourite(tokenizer.eos_token_id, np.log(LANGUAGE.vocabulary))
    parts = split(LANGUAGE, held_out=0.2, rng=np.random.default_rng(0))
    examination = Examination(
        tokenizer, parts["+"].held_out, parts["-"].held_out, [2, 6], 2, sampled=12, samples=4000, seed=0
    )
    found = examine(model, examination, sampled=True, device="cpu")
    p = found["probability"][:12]
    assert (p * 4000 > 10).all()
    assert np.ptp(p) > 0.2 * p.mean()
    surprise = (found["correct"] - 4000 * p) ** 2 / (4000 * p * (1 - p))
    assert stats.chi2.sf(surprise.sum(), 12) > 1e-3
    # Negative control: the number alone is far more probable than the number and the end.
    prompts = [np.array(tokenizer(one.prompt)["input_ids"]) for one in examination.inside[:12]]
    with torch.no_grad():
        logits = model.get_output_embeddings()(torch.from_numpy(last_token_features(model, prompts)))
    numbers = torch.softmax(logits, dim=1).numpy()
    alone = numbers[np.arange(12), [tokenizer.convert_tokens_to_ids(one.answer) for one in examination.inside[:12]]]
    surprise = (found["correct"] - 4000 * alone) ** 2 / (4000 * alone * (1 - alone))
    assert stats.chi2.sf(surprise.sum(), 12) < 1e-6
    assert (found["distinct"] > 100).all()  # most go on with another word


def test_a_model_that_repeats_itself_is_certain_and_wrong() -> None:
    tokenizer = LANGUAGE.tokenizer()
    model = with_favourite(tokenizer.convert_tokens_to_ids("7"), 100.0)
    parts = split(LANGUAGE, held_out=0.2, rng=np.random.default_rng(0))
    examination = Examination(tokenizer, parts["+"].held_out, parts["-"].held_out, [2, 6], 2, 12, samples=50, seed=0)
    found = examine(model, examination, sampled=True, device="cpu")
    assert found["distinct"].tolist() == [1] * 12
    assert found["correct"].tolist() == [0] * 12  # "7 7" is not "7", though
    assert found["accuracy"] == np.mean([one.answer == "7" for one in examination.inside]) > 0
    assert found["probability"].max() < 1e-9
    assert found["entropy"] == pytest.approx(0, abs=1e-6)


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
