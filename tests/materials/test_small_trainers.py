"""Plain loops for small models take the steps of trl's trainers, and do nothing to anything else."""

import gc
from collections.abc import Callable, Iterator
from copy import deepcopy
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats
from sums import Arithmetic
from transformers import get_linear_schedule_with_warmup

from learning_geometry.materials import post_training, small_trainers
from learning_geometry.materials.language_models import Architecture, gpt_neox
from learning_geometry.materials.small_trainers import draw
from learning_geometry.materials.stages import Schedule

LANGUAGE = Arithmetic(terms=2, largest=4, noise=0.0, spread=1)
PAIRS = [("<eos>1 + 2 =", " 3"), ("<eos>2 + 2 =", " 4 + 0"), ("<eos>0 + 1 + 4 =", " 5")]
PROMPTS = [prompt for prompt, _ in PAIRS]
TRIPLES = [(prompt, right, " 7 + 1") for prompt, right in PAIRS]
TEXTS = ["<eos>1 + 2 = 3", "<eos>2 - 2 = 0", "<eos>4 + 4 + 1 = 9"]
RISES_AND_FALLS = Schedule(steps=5, batch_size=3, learning_rate=1e-2, warm_up=0.3, decay=True)


@pytest.fixture(scope="module", autouse=True)
def little_garbage() -> Iterator[None]:
    """Spare what is imported from the collection of garbage that ends every training of trl."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture
def tokenizer() -> Any:
    return LANGUAGE.tokenizer()


@pytest.fixture
def model() -> Any:
    return gpt_neox(Architecture(LANGUAGE.vocabulary, width=16, layers=1, heads=2, context=16), seed=0)


def weights(model: Any) -> Any:
    return torch.cat([values.detach().flatten() for values in model.state_dict().values()])


def same(one: Any, other: Any) -> bool:
    """Up to rounding, which AdamW enlarges to steps of any length where gradients cancel; they do for a few weights."""
    return float(((one - other).abs() > 2e-4).double().mean()) < 0.02


def tuned(by: ModuleType, model: Any, tokenizer: Any, schedule: Schedule = RISES_AND_FALLS, **others: Any) -> Any:
    return by.fine_tune(model, tokenizer, PAIRS, schedule, **{"seed": 0, **others})


def continued(by: ModuleType, model: Any, tokenizer: Any, schedule: Schedule = RISES_AND_FALLS, **others: Any) -> Any:
    return by.continue_pretraining(model, tokenizer, TEXTS, schedule, **{"seed": 0, **others})


def on_tokens(by: ModuleType, model: Any, tokenizer: Any, schedule: Schedule = RISES_AND_FALLS, **others: Any) -> Any:
    tokens = [np.array(tokenizer(text)["input_ids"]) for text in TEXTS]
    return by.continue_pretraining(model, tokenizer, tokens, schedule, **{"seed": 0, **others})


def preferring(by: ModuleType, model: Any, tokenizer: Any, schedule: Schedule = RISES_AND_FALLS, **others: Any) -> Any:
    return by.prefer(model, tokenizer, TRIPLES, schedule, **{"seed": 0, "beta": 0.5, **others})


def per_token(by: ModuleType, model: Any, tokenizer: Any, schedule: Schedule = RISES_AND_FALLS, **others: Any) -> Any:
    return preferring(by, model, tokenizer, schedule, per_token=True, **others)


def reinforced(by: ModuleType, model: Any, tokenizer: Any, schedule: Schedule = RISES_AND_FALLS, **others: Any) -> Any:
    def length(which: list[int], completions: list[str]) -> list[float]:
        return [float(len(text)) for text in completions]

    group = {"group_size": 3, "max_new_tokens": 2, "temperature": 1.0, "divergence": 0.1}
    return by.reinforce(model, tokenizer, PROMPTS, length, schedule, **{"seed": 0, **group, **others})[0]


Stage = Callable[..., Any]
each_stage = pytest.mark.parametrize("stage", [tuned, continued, on_tokens, preferring, per_token, reinforced])


@pytest.mark.parametrize("stage", [tuned, continued, on_tokens, preferring, per_token])
def test_a_stage_takes_the_steps_of_trl(stage: Stage, model: Any, tokenizer: Any) -> None:
    one, other = (weights(stage(by, model, tokenizer)) for by in (small_trainers, post_training))
    assert same(one, other)
    constant = Schedule(RISES_AND_FALLS.steps, 3, 1e-2)
    assert not same(weights(stage(small_trainers, model, tokenizer, constant)), other)


def test_sums_and_means_over_tokens_are_two_losses(model: Any, tokenizer: Any) -> None:
    sums, means = (weights(stage(small_trainers, model, tokenizer)) for stage in (preferring, per_token))
    assert not same(sums, means)


@pytest.mark.parametrize("by", [small_trainers, post_training])
def test_rewards_ascend_and_divergence_holds_back(by: ModuleType, model: Any, tokenizer: Any) -> None:
    """Step by step against the loss by definition, on the completions that were drawn."""
    seen: list[tuple[list[int], list[str], list[float]]] = []
    rng = np.random.default_rng(0)

    def lottery(which: list[int], completions: list[str]) -> list[float]:
        seen.append((which, completions, rng.random(len(which)).tolist()))
        return seen[-1][2]

    settings: Any = {"group_size": 4, "max_new_tokens": 1, "temperature": 1.0, "seed": 0}
    schedule = Schedule(steps=3, batch_size=12, learning_rate=1e-2)
    trained, means = by.reinforce(model, tokenizer, PROMPTS, lottery, schedule, divergence=5.0, **settings)
    assert means == pytest.approx([np.mean(rewards) for _, _, rewards in seen])

    def by_hand(divergence: float) -> Any:
        twin = deepcopy(model)
        optimiser = torch.optim.AdamW(twin.parameters(), lr=1e-2, weight_decay=0.0)
        for which, texts, drawn in seen:
            losses = []
            for index, prompt in enumerate(PROMPTS):
                rewards = torch.tensor([r for w, r in zip(which, drawn, strict=True) if w == index])
                tokens = [
                    tokenizer(t or "<eos>")["input_ids"][0] for w, t in zip(which, texts, strict=True) if w == index
                ]
                ids = torch.tensor([tokenizer(prompt)["input_ids"]])
                own = torch.log_softmax(twin(ids).logits[0, -1], 0)[tokens]
                start = torch.log_softmax(model(ids).logits[0, -1], 0)[tokens].detach()
                advantages = (rewards - rewards.mean()) / (rewards.std() + 1e-4)
                gap = start - own
                losses.append(-advantages * (own - own.detach()).exp() + divergence * (gap.exp() - gap - 1))
            optimiser.zero_grad()
            torch.cat(losses).mean().backward()
            torch.nn.utils.clip_grad_norm_(twin.parameters(), 1.0)
            optimiser.step()
        return weights(twin)

    def apart(other: Any) -> float:
        """By what share of the way that was gone; rounding grows from step to step where rewards are drawn."""
        return float((weights(trained) - other).norm() / (weights(trained) - weights(model)).norm())

    assert apart(by_hand(5.0)) < 0.05 < 0.2 < apart(by_hand(0.0))


def test_completions_are_drawn_from_the_model_s_own_distribution(model: Any, tokenizer: Any) -> None:
    with torch.no_grad():
        model.get_output_embeddings().weight.mul_(20)
    ids = tokenizer(PROMPTS[0])["input_ids"]
    drawn = draw(model, [ids] * 4000, 0, 1, 2.0, torch.Generator().manual_seed(0))
    counts = np.bincount([tokens[0] for tokens in drawn], minlength=LANGUAGE.vocabulary)
    with torch.no_grad():
        expected = 4000 * torch.softmax(model(torch.tensor([ids])).logits[0, -1] / 2.0, 0).double().numpy()
        hotter = 4000 * torch.softmax(model(torch.tensor([ids])).logits[0, -1] / 3.0, 0).double().numpy()
    freedom = LANGUAGE.vocabulary - 1
    assert stats.chi2.sf(((counts - expected) ** 2 / expected).sum(), freedom) > 1e-3
    assert stats.chi2.sf(((counts - hotter) ** 2 / hotter).sum(), freedom) < 1e-6


def test_prompts_of_different_lengths_are_drawn_for_together_as_alone(model: Any, tokenizer: Any) -> None:
    asked = [tokenizer(prompt)["input_ids"] for prompt in PROMPTS]
    assert len({len(ids) for ids in asked}) > 1
    together = draw(model, asked, 0, 5, 1e-4, torch.Generator().manual_seed(0))
    alone = [draw(model, [ids], 0, 5, 1e-4, torch.Generator().manual_seed(1))[0] for ids in asked]
    assert together == alone
    for ids, tokens in zip(asked, together, strict=True):
        for place, token in enumerate(tokens):
            assert int(model(torch.tensor([ids + tokens[:place]])).logits[0, -1].argmax()) == token


def test_a_completion_stops_at_the_end(model: Any, tokenizer: Any) -> None:
    asked = [tokenizer(PROMPTS[0])["input_ids"]] * 200
    drawn = draw(model, asked, 3, 6, 1.0, torch.Generator().manual_seed(0))
    assert all(3 not in tokens[:-1] for tokens in drawn)
    assert all(len(tokens) == 6 or tokens[-1] == 3 for tokens in drawn)
    assert {len(tokens) for tokens in drawn} >= {1, 6}


@pytest.mark.parametrize(("warm_up", "decay"), [(0.0, False), (0.25, True), (0.3, False), (0.0, True)])
def test_the_learning_rate_is_that_of_the_schedule(warm_up: float, decay: bool) -> None:
    schedule = Schedule(10, 1, 1.0, warm_up, decay)
    rates = [small_trainers._rate(schedule, taken) for taken in range(10)]
    if decay:
        optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
        known = get_linear_schedule_with_warmup(optimiser, int(np.ceil(10 * warm_up)), 10).lr_lambdas[0]
        assert rates == pytest.approx([known(taken) for taken in range(10)])
    else:
        assert rates == pytest.approx(
            [min(1.0, taken / np.ceil(10 * warm_up)) if warm_up else 1.0 for taken in range(10)]
        )


@each_stage
def test_a_stage_depends_on_its_arguments_alone_and_touches_nothing(stage: Stage, model: Any, tokenizer: Any) -> None:
    before, state = weights(model).clone(), torch.get_rng_state()
    one = stage(small_trainers, model, tokenizer)
    assert torch.equal(torch.get_rng_state(), state)
    torch.manual_seed(99)
    two, other = stage(small_trainers, model, tokenizer), stage(small_trainers, model, tokenizer, seed=1)
    assert torch.equal(weights(one), weights(two))
    assert torch.equal(weights(model), before)
    assert not torch.equal(weights(one), before)
    assert not any(module.training for module in one.modules())
    assert all(values.grad is None for values in one.parameters())
    if stage is reinforced:  # others see everything in every step
        assert not torch.equal(weights(one), weights(other))


@each_stage
def test_the_watch_sees_the_model_on_its_way(stage: Stage, model: Any, tokenizer: Any) -> None:
    notes: dict[int, Any] = {}

    def watch(step: int, on_the_way: Any) -> None:
        assert not on_the_way.training
        notes[step] = weights(on_the_way).clone()

    trained = stage(small_trainers, model, tokenizer, watch=watch, watch_at=[2, 5])
    assert list(notes) == [2, 5]
    assert torch.equal(notes[5], weights(trained))
    assert not torch.equal(notes[2], notes[5])
    with pytest.raises(ValueError, match=r"watch_at = \[6\] must be steps from 1 to 5"):
        stage(small_trainers, model, tokenizer, watch=watch, watch_at=[6])


def test_what_cannot_be_trained_is_refused(model: Any, tokenizer: Any) -> None:
    with pytest.raises(ValueError, match="got no examples"):
        small_trainers.fine_tune(model, tokenizer, [], RISES_AND_FALLS, seed=0)
    with pytest.raises(ValueError, match="text 1 is empty"):
        small_trainers.continue_pretraining(model, tokenizer, ["a", ""], RISES_AND_FALLS, seed=0)
    with pytest.raises(ValueError, match="beta = 0 must be positive"):
        preferring(small_trainers, model, tokenizer, beta=0)
    with pytest.raises(ValueError, match="divergence = -1 must be 0 or positive"):
        reinforced(small_trainers, model, tokenizer, divergence=-1)
    with pytest.raises(ValueError, match=r"warm_up = 1\.0 must be a share"):
        Schedule(1, 1, 1.0, 1.0)
    with pytest.raises(FloatingPointError, match="diverged within 5 steps"):
        tuned(small_trainers, model, tokenizer, Schedule(5, 3, 1e30))
