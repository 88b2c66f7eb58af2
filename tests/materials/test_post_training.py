"""Stages of post-training against their losses by definition, and against what they must not do to anything else."""

import gc
import random
import tempfile
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pytest
import torch
import trl.trainer.base_trainer
from sums import Arithmetic
from tiny_models import tiny_model, tiny_tokenizer
from torch.nn import functional as F

from learning_geometry.materials.language_models import Architecture, gpt_neox
from learning_geometry.materials.post_training import continue_pretraining, fine_tune, prefer, reinforce
from learning_geometry.materials.stages import Schedule

LANGUAGE = Arithmetic(terms=2, largest=4, noise=0.0, spread=1)
PAIRS = [("<eos>1 + 2 =", " 3"), ("<eos>2 + 2 =", " 4 + 0"), ("<eos>0 + 1 + 4 =", " 5")]
PROMPTS = [prompt for prompt, _ in PAIRS]
TRIPLES = [(prompt, right, " 7") for prompt, right in PAIRS]
TEXTS = ["<eos>1 + 2 = 3", "<eos>2 - 2 = 0", "<eos>4 + 4 + 1 = 9"]
SCHEDULE = Schedule(steps=3, batch_size=2, learning_rate=1e-2)


@pytest.fixture(scope="module", autouse=True)
def little_garbage() -> Iterator[None]:
    """Spare what is imported from the collection of garbage that ends every training; it would take most of the time."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture
def tokenizer() -> Any:
    return LANGUAGE.tokenizer()


@pytest.fixture
def model() -> Any:
    return tiny()


def tiny() -> Any:
    return gpt_neox(Architecture(LANGUAGE.vocabulary, width=16, layers=1, heads=2, context=16), seed=0)


def tuned(model: Any, tokenizer: Any, schedule: Schedule = SCHEDULE, **others: Any) -> Any:
    return fine_tune(model, tokenizer, PAIRS, schedule, **{"seed": 0, **others})


def continued(model: Any, tokenizer: Any, schedule: Schedule = SCHEDULE, **others: Any) -> Any:
    return continue_pretraining(model, tokenizer, TEXTS, schedule, **{"seed": 0, **others})


def preferring(model: Any, tokenizer: Any, schedule: Schedule = SCHEDULE, **others: Any) -> Any:
    return prefer(model, tokenizer, TRIPLES, schedule, **{"seed": 0, "beta": 0.1, **others})


def long_or_short(which: list[int], completions: list[str]) -> list[float]:
    return [float(len(text)) for text in completions]


def reinforced(model: Any, tokenizer: Any, schedule: Schedule = SCHEDULE, **others: Any) -> Any:
    group = {"group_size": 2, "max_new_tokens": 2, "temperature": 1.0}
    return reinforce(model, tokenizer, PROMPTS, long_or_short, schedule, **{"seed": 0, **group, **others})[0]


each_stage = pytest.mark.parametrize("stage", [tuned, continued, preferring, reinforced])
Stage = Callable[..., Any]


def weights(model: Any) -> Any:
    return torch.cat([values.detach().flatten() for values in model.state_dict().values()])


def encoded(tokenizer: Any, prompt: str, completion: str) -> tuple[list[int], list[int]]:
    return tokenizer(prompt)["input_ids"], tokenizer(completion + "<eos>")["input_ids"]


def log_probability(model: Any, tokenizer: Any, prompt: str, completion: str) -> Any:
    """Of a completion and the end after it."""
    before, after = encoded(tokenizer, prompt, completion)
    logits = model(torch.tensor([before + after])).logits[0, len(before) - 1 : -1]
    return -F.cross_entropy(logits, torch.tensor(after), reduction="none")


def probability(model: Any, tokenizer: Any, prompt: str, completion: str) -> float:
    with torch.inference_mode():
        return float(log_probability(model, tokenizer, prompt, completion).sum().exp())


def by_hand(model: Any, loss: Callable[[Any], Any], steps: int, rate: float) -> Any:
    """Weights after steps of AdamW on a loss of everything at once, clipped at norm 1."""
    twin = tiny()
    twin.load_state_dict(model.state_dict())
    optimiser = torch.optim.AdamW(twin.parameters(), lr=rate, weight_decay=0.0)
    for _ in range(steps):
        optimiser.zero_grad()
        loss(twin).backward()
        torch.nn.utils.clip_grad_norm_(twin.parameters(), 1.0)
        optimiser.step()
    return weights(twin)


ALL_AT_ONCE = Schedule(steps=4, batch_size=3, learning_rate=1e-2)


def same(one: Any, other: Any) -> bool:
    """Up to rounding, which AdamW enlarges to steps of any length where gradients cancel; they do for a few weights."""
    return float(((one - other).abs() > 2e-4).double().mean()) < 0.02


def test_fine_tuning_descends_the_loss_of_completions_alone(model: Any, tokenizer: Any) -> None:
    def of_completions(model: Any) -> Any:
        return -torch.cat([log_probability(model, tokenizer, *pair) for pair in PAIRS]).mean()

    def of_all(model: Any) -> Any:
        lines = [("<eos>", prompt.removeprefix("<eos>") + completion) for prompt, completion in PAIRS]
        return -torch.cat([log_probability(model, tokenizer, *line) for line in lines]).mean()

    trained = weights(tuned(model, tokenizer, ALL_AT_ONCE))
    assert same(trained, by_hand(model, of_completions, 4, 1e-2))
    assert not same(trained, by_hand(model, of_all, 4, 1e-2))


def test_continued_pretraining_descends_the_loss_of_all_tokens(model: Any, tokenizer: Any) -> None:
    def of_all(model: Any) -> Any:
        lines = [("<eos>", text.removeprefix("<eos>")) for text in TEXTS]
        return -torch.cat([log_probability(model, tokenizer, *line) for line in lines]).mean()

    trained = weights(continued(model, tokenizer, ALL_AT_ONCE))
    assert same(trained, by_hand(model, of_all, 4, 1e-2))
    assert not same(trained, by_hand(model, of_all, 3, 1e-2))


def test_a_longer_text_is_cut_off(model: Any, tokenizer: Any) -> None:
    def of_four(model: Any) -> Any:
        ids = torch.tensor([tokenizer(text)["input_ids"][:4] for text in TEXTS])
        return F.cross_entropy(model(ids).logits[:, :-1].flatten(0, 1), ids[:, 1:].flatten())

    cut = weights(continued(model, tokenizer, ALL_AT_ONCE, max_tokens=4))
    assert same(cut, by_hand(model, of_four, 4, 1e-2))
    assert not same(cut, weights(continued(model, tokenizer, ALL_AT_ONCE)))


@pytest.mark.parametrize("beta", [0.1, 2.0])
def test_preferences_descend_the_loss_of_the_paper(model: Any, tokenizer: Any, beta: float) -> None:
    def total(model: Any, prompt: str, completion: str) -> Any:
        return log_probability(model, tokenizer, prompt, completion).sum()

    reference = deepcopy(model)

    def loss(model: Any, beta: float = beta) -> Any:
        margins = [
            total(model, prompt, right)
            - total(reference, prompt, right).detach()
            - total(model, prompt, wrong)
            + total(reference, prompt, wrong).detach()
            for prompt, right, wrong in TRIPLES
        ]
        return -F.logsigmoid(beta * torch.stack(margins)).mean()

    trained = weights(preferring(model, tokenizer, ALL_AT_ONCE, beta=beta))
    assert same(trained, by_hand(model, loss, 4, 1e-2))
    assert not same(trained, by_hand(model, lambda model: loss(model, beta=20 * beta), 4, 1e-2))


def test_rewards_ascend_by_the_advantage_within_the_group(model: Any, tokenizer: Any) -> None:
    seen: list[tuple[int, str, float]] = []
    rng = np.random.default_rng(0)

    def lottery(which: list[int], completions: list[str]) -> list[float]:
        rewards = rng.random(len(which)).tolist()
        seen.extend(zip(which, completions, rewards, strict=True))
        return rewards

    settings: Any = {"group_size": 4, "max_new_tokens": 1, "temperature": 2.0, "seed": 0}
    schedule = Schedule(steps=1, batch_size=12, learning_rate=1e-2)
    trained, means = reinforce(model, tokenizer, PROMPTS, lottery, schedule, **settings)

    def loss(model: Any, base: bool = True) -> Any:
        terms = []
        for prompt in range(3):
            group = [(text, reward) for which, text, reward in seen if which == prompt]
            rewards = torch.tensor([reward for _, reward in group])
            advantages = (rewards - rewards.mean() * base) / (rewards.std() + 1e-4)
            ids = tokenizer(PROMPTS[prompt])["input_ids"]
            drawn = [tokenizer(text or "<eos>")["input_ids"][0] for text, _ in group]
            terms.append(advantages * torch.log_softmax(model(torch.tensor([ids])).logits[0, -1] / 2.0, 0)[drawn])
        return -torch.cat(terms).mean()

    assert sorted(which for which, _, _ in seen) == [0] * 4 + [1] * 4 + [2] * 4
    assert means == pytest.approx([np.mean([reward for _, _, reward in seen])])
    assert same(weights(trained), by_hand(model, loss, 1, 1e-2))
    assert not same(weights(trained), by_hand(model, lambda model: loss(model, base=False), 1, 1e-2))


def test_fine_tuning_on_one_pair_makes_it_near_certain(model: Any, tokenizer: Any) -> None:
    assert probability(model, tokenizer, *PAIRS[0]) < 0.05
    trained = fine_tune(model, tokenizer, PAIRS[:1], Schedule(30, 1, 1e-2), seed=0)
    assert probability(trained, tokenizer, *PAIRS[0]) > 0.9
    assert probability(trained, tokenizer, PROMPTS[0], " 7") < 0.05


def test_preferences_raise_the_margin(model: Any, tokenizer: Any) -> None:
    def margins(model: Any) -> Any:
        odds = [[probability(model, tokenizer, prompt, text) for text in pair] for prompt, *pair in TRIPLES]
        return np.diff(-np.log(odds))[:, 0]

    forth = preferring(model, tokenizer, Schedule(20, 3, 1e-2))
    swapped = [(prompt, wrong, right) for prompt, right, wrong in TRIPLES]
    back = prefer(model, tokenizer, swapped, Schedule(20, 3, 1e-2), beta=0.1, seed=0)
    assert (margins(forth) > margins(model) + 1).all()
    assert (margins(back) < margins(model) - 1).all()


def test_the_rewarded_answer_to_each_prompt_takes_over(model: Any, tokenizer: Any) -> None:
    wanted = ["3", "4", "5"]

    def reward(which: list[int], completions: list[str]) -> list[float]:
        return [float(text == wanted[index]) for index, text in zip(which, completions, strict=True)]

    settings: Any = {"group_size": 16, "max_new_tokens": 1, "temperature": 1.0, "seed": 0}
    trained, means = reinforce(model, tokenizer, PROMPTS, reward, Schedule(60, 48, 1e-2), **settings)
    assert means.shape == (60,)
    assert means.dtype == np.float64
    assert means[:3].mean() < 0.3 < 0.9 < means[-3:].mean()
    for prompt, answer in zip(PROMPTS, wanted, strict=True):
        ids = tokenizer(prompt)["input_ids"]
        first = torch.softmax(trained(torch.tensor([ids])).logits[0, -1], 0)
        assert first[tokenizer.convert_tokens_to_ids(answer)] > 0.8


def test_equal_rewards_teach_nothing(model: Any, tokenizer: Any) -> None:
    settings: Any = {"group_size": 2, "max_new_tokens": 2, "temperature": 1.0, "seed": 0}
    same_for_all, means = reinforce(
        model, tokenizer, PROMPTS, lambda which, texts: [0.7] * len(texts), SCHEDULE, **settings
    )
    assert torch.equal(weights(same_for_all), weights(model))
    assert means.tolist() == [0.7] * 3
    assert not torch.equal(weights(reinforced(model, tokenizer)), weights(model))


def test_completions_come_without_the_end_and_outer_spaces(model: Any, tokenizer: Any) -> None:
    heard: list[str] = []

    def reward(which: list[int], completions: list[str]) -> list[float]:
        heard.extend(completions)
        return [0.0] * len(completions)

    settings: Any = {"group_size": 64, "max_new_tokens": 2, "temperature": 1.0, "seed": 0}
    reinforce(model, tokenizer, PROMPTS, reward, Schedule(2, 128, 1e-3), **settings)
    assert len(heard) == 256
    assert not any("<" in text or text != text.strip() for text in heard)
    assert {len(text.split()) for text in heard} == {0, 1, 2}
    # These letters have a token for the space that comes first.
    letters = tiny_tokenizer()
    knows = fine_tune(tiny_model(), letters, [("1+1=", " 2")], Schedule(20, 1, 1e-2), seed=0)
    heard.clear()
    settings = {"group_size": 8, "max_new_tokens": 3, "temperature": 0.1, "seed": 0}
    reinforce(knows, letters, ["1+1="], reward, Schedule(1, 8, 1e-3), **settings)
    assert heard == ["2"] * 8


def test_cold_completions_are_alike(model: Any, tokenizer: Any) -> None:
    heard: list[str] = []

    def reward(which: list[int], completions: list[str]) -> list[float]:
        heard.extend(completions)
        return [0.0] * len(completions)

    def different(temperature: float) -> int:
        heard.clear()
        settings: Any = {"group_size": 16, "max_new_tokens": 1, "temperature": temperature, "seed": 0}
        reinforce(model, tokenizer, PROMPTS[:1], reward, Schedule(1, 16, 1e-3), **settings)
        return len(set(heard))

    assert different(1e-5) == 1
    assert different(1.0) > 4


@each_stage
def test_the_model_and_the_tokenizer_stay_as_they_are(stage: Stage, model: Any, tokenizer: Any) -> None:
    tokenizer.pad_token = None
    model.config.pad_token_id = model.generation_config.pad_token_id = None
    model.requires_grad_(False)
    model.train()
    before = weights(model).clone(), model.config.to_dict(), model.generation_config.to_dict(), set(vars(model))
    trained = stage(model, tokenizer)
    assert torch.equal(weights(model), before[0])
    assert (model.config.to_dict(), model.generation_config.to_dict(), set(vars(model))) == before[1:]
    assert model.training
    assert not any(values.requires_grad for values in model.parameters())
    assert tokenizer.pad_token is None
    assert type(trained) is type(model)
    assert not any(module.training for module in trained.modules())
    assert all(values.requires_grad and values.grad is None for values in trained.parameters())
    assert not torch.equal(weights(trained), weights(model))


@each_stage
def test_a_trained_model_is_free_of_its_trainer(stage: Stage, model: Any, tokenizer: Any) -> None:
    ids = torch.arange(8)[None]
    trained = stage(model, tokenizer)
    assert "forward" not in vars(trained)
    # What is trained further is a copy, and a copy answers by its own weights.
    was, answers = weights(trained).clone(), trained(ids).logits.detach()
    further = stage(trained, tokenizer)
    twin = deepcopy(trained)
    with torch.no_grad():
        for values in twin.parameters():
            values.zero_()
    assert torch.equal(weights(trained), was)
    assert torch.equal(trained(ids).logits, answers)
    assert not torch.allclose(further(ids).logits, answers, atol=1e-3)
    assert not twin(ids).logits.any()


def test_tied_weights_stay_tied(tokenizer: Any) -> None:
    tied = tiny()
    tied.config.tie_word_embeddings = True
    tied.tie_weights()
    trained = tuned(tied, tokenizer)
    assert trained.get_input_embeddings().weight is trained.get_output_embeddings().weight
    assert not torch.equal(trained.get_input_embeddings().weight, tied.get_input_embeddings().weight)


@each_stage
def test_a_stage_depends_on_its_arguments_alone(stage: Stage, model: Any, tokenizer: Any) -> None:
    first = weights(stage(model, tokenizer))
    torch.manual_seed(5)
    torch.randn(7)
    assert torch.equal(weights(stage(model, tokenizer)), first)
    assert not torch.equal(weights(stage(model, tokenizer, seed=1)), first)


@each_stage
def test_global_random_numbers_are_not_disturbed(stage: Stage, model: Any, tokenizer: Any) -> None:
    def drawn() -> tuple[float, float, float]:
        return random.random(), float(np.random.random()), float(torch.rand(()))  # noqa: NPY002

    states = random.getstate(), np.random.get_state(), torch.get_rng_state()  # noqa: NPY002
    expected = drawn()
    random.setstate(states[0])
    np.random.set_state(states[1])  # noqa: NPY002
    torch.set_rng_state(states[2])
    stage(model, tokenizer)
    assert drawn() == expected


@each_stage
def test_the_watch_sees_the_model_on_its_way(stage: Stage, model: Any, tokenizer: Any) -> None:
    seen: dict[int, Any] = {}

    def watch(step: int, watched: Any) -> None:
        assert not any(module.training for module in watched.modules())
        assert "forward" not in vars(watched)
        seen[step] = weights(watched).clone(), float(torch.rand(()))
        watched.train()

    trained = stage(model, tokenizer, watch=watch, watch_at=[1, 3])
    assert list(seen) == [1, 3]
    assert torch.equal(seen[3][0], weights(trained))
    assert not torch.equal(seen[1][0], seen[3][0])
    # Watching, and drawing random numbers meanwhile, changes nothing.
    assert torch.equal(weights(stage(model, tokenizer)), weights(trained))


@each_stage
def test_nothing_is_printed_or_left_behind_or_sent(
    stage: Stage, model: Any, tokenizer: Any, tmp_path: Path, monkeypatch: Any, capfd: Any
) -> None:
    sent: list[Any] = []
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(trl.trainer.base_trainer, "send_telemetry", lambda **what: sent.append(what))
    monkeypatch.setattr("socket.socket.connect", lambda *where: sent.append(where))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    stage(model, tokenizer)
    assert sent == []
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")
    # The trainer by itself does tell.
    base = trl.trainer.base_trainer._BaseTrainer
    told = trl.SFTTrainer(
        tiny(),
        trl.SFTConfig(str(tmp_path), use_cpu=True, bf16=False, activation_checkpointing=False),
        train_dataset=datasets.Dataset.from_dict({"text": TEXTS}),
        processing_class=tokenizer,
    )
    assert type(told)._send_telemetry is base._send_telemetry
    assert len(sent) == 1


@pytest.mark.parametrize("shown", [True, False])
def test_bars_are_shown_again_if_they_were_before(shown: bool, model: Any, tokenizer: Any) -> None:
    during: list[bool] = []
    before = datasets.are_progress_bars_disabled()
    try:
        (datasets.enable_progress_bars if shown else datasets.disable_progress_bars)()
        tuned(model, tokenizer, watch=lambda *_: during.append(datasets.are_progress_bars_disabled()), watch_at=[1])
        assert during == [True]
        assert datasets.are_progress_bars_disabled() is not shown
    finally:
        (datasets.disable_progress_bars if before else datasets.enable_progress_bars)()


@each_stage
def test_a_learning_rate_beyond_reason_is_found_out(stage: Stage, model: Any, tokenizer: Any) -> None:
    with pytest.raises(FloatingPointError, match="lower the learning rate"):
        stage(model, tokenizer, Schedule(3, 2, 1e38))


@pytest.mark.parametrize("wrong", [{"steps": 0}, {"batch_size": 0}, {"learning_rate": 0.0}, {"learning_rate": np.nan}])
def test_a_schedule_that_is_none_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Schedule(**{"steps": 1, "batch_size": 1, "learning_rate": 1e-3, **wrong})


@each_stage
@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"watch": print, "watch_at": [0]}, "watch_at"),
        ({"watch": print, "watch_at": [4]}, "watch_at"),
        ({"watch_at": [1]}, "watch_at"),
        ({"device": "cuda"}, "device = 'cuda', but trl trains on cpu"),
    ],
)
def test_what_no_stage_can_do_is_refused(
    stage: Stage, wrong: dict[str, Any], message: str, model: Any, tokenizer: Any
) -> None:
    if "device" in wrong and torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(ValueError, match=message):
        stage(model, tokenizer, **wrong)


@pytest.mark.parametrize(
    ("stage", "wrong", "message"),
    [
        (tuned, {"max_tokens": 7}, "fills all of max_tokens = 7"),
        (preferring, {"max_tokens": 7}, "fills all of max_tokens = 7"),
        (tuned, {"max_tokens": 17}, "max_tokens = 17 must be from 2 to 16"),
        (continued, {"max_tokens": 1}, "max_tokens = 1 must be from 2 to 16"),
        (preferring, {"beta": 0.0}, "beta = 0.0"),
        (reinforced, {"group_size": 1}, "group_size = 1"),
        (reinforced, {"group_size": 3}, "divide batch_size = 2"),
        (reinforced, {"schedule": Schedule(1, 8, 1e-3)}, "got 3 prompts, fewer than the 4"),
        (reinforced, {"max_new_tokens": 0}, "max_new_tokens = 0"),
        (reinforced, {"temperature": 0.0}, "temperature = 0.0"),
    ],
)
def test_what_a_stage_cannot_do_is_refused(
    stage: Stage, wrong: dict[str, Any], message: str, model: Any, tokenizer: Any
) -> None:
    with pytest.raises(ValueError, match=message):
        stage(model, tokenizer, **wrong)


def test_empty_data_are_refused(model: Any, tokenizer: Any) -> None:
    settings: Any = {"seed": 0}
    with pytest.raises(ValueError, match="no examples of prompt, completion"):
        fine_tune(model, tokenizer, [], SCHEDULE, **settings)
    with pytest.raises(ValueError, match="no examples of text"):
        continue_pretraining(model, tokenizer, [], SCHEDULE, **settings)
    with pytest.raises(ValueError, match="text 1 is empty"):
        continue_pretraining(model, tokenizer, ["<eos>1", ""], SCHEDULE, **settings)
    with pytest.raises(ValueError, match="no examples of prompt, chosen, rejected"):
        prefer(model, tokenizer, [], SCHEDULE, beta=0.1, **settings)
    group: Any = {"group_size": 2, "max_new_tokens": 1, "temperature": 1.0}
    with pytest.raises(ValueError, match="got 0 prompts"):
        reinforce(model, tokenizer, [], long_or_short, SCHEDULE, **group, **settings)


@pytest.mark.parametrize("rewards", [[1.0], [1.0, float("nan")], [[1.0, 0.0]]])
def test_rewards_that_are_none_are_refused(rewards: Any, model: Any, tokenizer: Any) -> None:
    settings: Any = {"group_size": 2, "max_new_tokens": 1, "temperature": 1.0, "seed": 0}
    with pytest.raises(ValueError, match="the reward of 2 completions"):
        reinforce(model, tokenizer, PROMPTS, lambda which, texts: rewards, SCHEDULE, **settings)
