"""Training against the same training written slowly: losses, gradients, optimiser and averages by their definitions."""

from copy import deepcopy
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from learning_geometry.materials import language_models
from learning_geometry.materials.language_models import RARE, Architecture, Recipe, gpt_neox, pretrain

SMALL = Architecture(vocabulary=20, width=8, layers=1, heads=2, context=6)
steady = settings(deadline=None, derandomize=True, max_examples=40)
seeds = st.integers(0, 2**32 - 1)


def recipe(loss: Any = "cross_entropy", *, steps: int = 60, rate: float = 0.01, decay: float = 0.1) -> Recipe:
    return Recipe(loss, steps=steps, batch_size=4, learning_rate=rate, weight_decay=decay)


def skewed_stream(n_tokens: int = 3000, seed: int = 0) -> Any:
    """Ids whose frequencies fall as those of words do; the last ones are rare."""
    weights = 1 / np.arange(1, SMALL.vocabulary + 1) ** 2
    drawn = np.random.default_rng(seed).choice(SMALL.vocabulary, size=n_tokens, p=weights / weights.sum())
    return drawn.astype(np.uint16)


def vector(model: Any) -> Any:
    return torch.cat([weights.detach().flatten() for weights in model.parameters()]).double().numpy()


def plain_loss(features: Any, weight: Any, targets: Any, importance: Any, squared: bool) -> Any:
    """The mean loss with all its logits, for automatic differentiation."""
    logits = features @ weight.T
    if squared:
        losses = (logits - F.one_hot(targets, len(weight))).square().sum(1) / 2
    else:
        losses = F.cross_entropy(logits, targets, reduction="none")
    return (losses * importance).mean()


def drawn_read_out(seed: int, n: int = 7, vocabulary: int = 5, width: int = 3) -> tuple[Any, Any, Any, Any]:
    generator = torch.Generator().manual_seed(seed)
    features = torch.randn(n, width, generator=generator, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(vocabulary, width, generator=generator, dtype=torch.float64, requires_grad=True)
    targets = torch.randint(vocabulary, (n,), generator=generator)
    return features, weight, targets, torch.rand(n, generator=generator, dtype=torch.float64) + 0.5


@pytest.mark.parametrize("squared", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
@given(seed=seeds)
@steady
def test_the_read_out_is_its_loss_and_its_gradients(squared: bool, weighted: bool, seed: int) -> None:
    features, weight, targets, importance = drawn_read_out(seed)
    if not weighted:
        importance = torch.ones_like(importance)
    expected = plain_loss(features, weight, targets, importance, squared)
    slow = torch.autograd.grad(3 * expected, (features, weight))
    found = language_models._ReadOut.apply(features, weight, targets, importance, squared)
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=0)
    fast = torch.autograd.grad(3 * found, (features, weight))
    for one, other in zip(fast, slow, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-12)
    # Negative control: the other loss has other gradients.
    wrong = torch.autograd.grad(3 * plain_loss(features, weight, targets, importance, not squared), (features, weight))
    assert (wrong[1] - fast[1]).abs().max() > 1e-3


@pytest.mark.parametrize("squared", [False, True])
def test_the_read_out_s_gradients_are_differences(squared: bool) -> None:
    features, weight, targets, importance = drawn_read_out(0)
    assert torch.autograd.gradcheck(
        lambda f, w: language_models._ReadOut.apply(f, w, targets, importance, squared), (features, weight)
    )


def test_the_read_out_leaves_its_inputs_alone() -> None:
    inputs = drawn_read_out(1)
    before = [values.detach().clone() for values in inputs]
    language_models._ReadOut.apply(*inputs, False).backward()
    assert all(torch.equal(values, untouched) for values, untouched in zip(inputs, before, strict=True))


def test_balanced_targets_weigh_the_same_unless_they_are_rare() -> None:
    tokens = skewed_stream()
    counts = np.bincount(tokens, minlength=SMALL.vocabulary)
    weights = language_models._importance("balanced_cross_entropy", tokens, SMALL.vocabulary).double().numpy()
    frequent = counts >= RARE
    assert 1 < frequent.sum() < SMALL.vocabulary
    np.testing.assert_allclose((weights * counts)[frequent], len(tokens) / frequent.sum(), rtol=1e-6)
    assert (weights[~frequent] == 0).all()
    assert weights[tokens].mean() == pytest.approx(1, rel=1e-6)
    # Negative control: without them, a target's weight is its frequency.
    for loss in ("cross_entropy", "squared_error"):
        plain = language_models._importance(loss, tokens, SMALL.vocabulary).numpy()  # type: ignore[arg-type]
        assert (plain == 1).all()
        assert np.ptp((plain * counts)[frequent]) > 1000


def test_where_all_tokens_are_rare_nothing_can_be_balanced() -> None:
    tokens = np.arange(RARE - 1, dtype=np.uint16) % 1
    course = pretrain(gpt_neox(SMALL, seed=0), tokens, recipe("balanced_cross_entropy"), checkpoints=[1], seed=0)
    with pytest.raises(ValueError, match=f"no token occurs {RARE} times in {RARE - 1} tokens"):
        next(course)


def slow_training(model: Any, tokens: Any, asked: Recipe, steps: int, seed: int) -> tuple[Any, Any]:
    """The training by its description: raw weights and averaged weights after so many steps, in float64."""
    rng = np.random.default_rng(seed)
    weights = list(model.parameters())
    optimiser = torch.optim.AdamW(weights, lr=1.0, betas=(0.9, 0.95), weight_decay=asked.weight_decay, foreach=False)
    average = vector(model)
    length = model.config.max_position_embeddings
    counts = np.bincount(tokens, minlength=SMALL.vocabulary)
    inverse = np.array([1 / count if count >= RARE else 0.0 for count in counts])
    for step in range(1, steps + 1):
        starts = rng.integers(len(tokens) - length, size=asked.batch_size)
        rows = torch.tensor(np.array([tokens[start : start + length + 1] for start in starts]).astype(np.int64))
        logits = model(rows[:, :-1]).logits.flatten(0, 1)
        targets = rows[:, 1:].flatten()
        if asked.loss == "squared_error":
            losses = (logits - F.one_hot(targets, logits.shape[1])).square().sum(1) / 2
        else:
            losses = F.cross_entropy(logits, targets, reduction="none")
        if asked.loss == "balanced_cross_entropy":
            losses = losses * torch.tensor(inverse / inverse[tokens].mean())[targets]
        optimiser.zero_grad()
        losses.mean().backward()
        norm = sum(float(w.grad.square().sum()) for w in weights) ** 0.5
        for w in weights:
            w.grad *= min(1.0, 1 / (norm + 1e-6))
        optimiser.param_groups[0]["lr"] = asked.learning_rate * min(1, step / 50)
        optimiser.step()
        window = min(500, step / 10)
        average = vector(model) if window <= 1 else average + (vector(model) - average) / window
    return vector(model), average


@pytest.mark.parametrize("loss", ["cross_entropy", "balanced_cross_entropy", "squared_error"])
def test_training_is_what_its_description_says(loss: Any) -> None:
    tokens, asked = skewed_stream(), recipe(loss)
    fast, slow = (gpt_neox(SMALL, seed=3).double() for _ in range(2))
    start = vector(fast)
    (found,) = pretrain(fast, tokens, asked, checkpoints=[60], seed=5)
    raw, average = slow_training(slow, tokens, asked, 60, 5)
    assert found[0] == 60
    # Weights of balanced targets are rounded to float32.
    np.testing.assert_allclose(vector(fast), raw, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(vector(found[1]), average, rtol=1e-4, atol=1e-6)
    # Negative controls: it has moved by far more than this, and the average is not the model.
    assert np.abs(raw - start).max() > 0.05
    assert np.abs(raw - average).max() > 1e-3
    # Nor do the losses agree by chance.
    other, _ = slow_training(
        gpt_neox(SMALL, seed=3).double(),
        tokens,
        recipe("squared_error" if loss != "squared_error" else "cross_entropy"),
        60,
        5,
    )
    assert np.abs(raw - other).max() > 1e-3


def test_the_twin_averages_the_last_tenth_and_no_more_than_the_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language_models, "_LONGEST_AVERAGE", 4.0)
    model = gpt_neox(SMALL, seed=0)
    seen = {
        step: (vector(model), vector(twin))
        for step, twin in pretrain(model, skewed_stream(), recipe(steps=80), checkpoints=range(81), seed=0)
    }
    assert list(seen) == list(range(81))
    for step in range(11):  # a tenth of the steps is one step
        np.testing.assert_allclose(seen[step][1], seen[step][0], rtol=1e-6)
    for step in (11, 25, 40, 41, 80):
        # Written out: the share of each step in the average.
        windows = [min(4.0, max(1.0, one / 10)) for one in range(1, step + 1)]
        shares = [1 / w * np.prod([1 - 1 / later for later in windows[i + 1 :]]) for i, w in enumerate(windows)]
        assert sum(shares) == pytest.approx(1)
        expected = sum(share * seen[one + 1][0] for one, share in enumerate(shares))
        np.testing.assert_allclose(seen[step][1], expected, atol=1e-6)
    # Negative control: without the limit of four steps the average would be another.
    free = seen[40][1]
    for step in range(41, 81):
        free = free + (seen[step][0] - free) / (step / 10)
    assert np.abs(free - seen[80][1]).max() > 1e-4


def test_the_same_seed_gives_the_same_bits() -> None:
    def course(model_seed: int, seed: int) -> list[Any]:
        model = gpt_neox(SMALL, seed=model_seed)
        return [
            vector(twin) for _, twin in pretrain(model, skewed_stream(), recipe(), checkpoints=[0, 7, 30], seed=seed)
        ]

    first = course(1, 2)
    assert all(np.array_equal(one, other) for one, other in zip(first, course(1, 2), strict=True))
    assert np.array_equal(course(1, 3)[0], first[0])  # before training only the model's seed counts
    assert not np.array_equal(course(1, 3)[2], first[2])
    assert not np.array_equal(course(2, 2)[0], first[0])


def test_checkpoints_do_not_change_the_course() -> None:
    courses = [
        {step: vector(twin) for step, twin in pretrain(model, skewed_stream(), recipe(), checkpoints=at, seed=0)}
        for at, model in (([0, 20, 30], gpt_neox(SMALL, seed=0)), ([5, 30], gpt_neox(SMALL, seed=0)))
    ]
    assert [list(course) for course in courses] == [[0, 20, 30], [5, 30]]
    assert np.array_equal(courses[0][30], courses[1][30])
    assert not np.array_equal(courses[0][20], courses[1][30])


def test_the_yielded_twin_is_apart_from_the_model_and_in_evaluation_mode() -> None:
    model = gpt_neox(SMALL, seed=0)
    before = vector(model)
    for step, twin in pretrain(model, skewed_stream(), recipe(), checkpoints=[0, 20], seed=0):
        assert twin is not model
        assert not twin.training
        assert not any(weights.requires_grad for weights in twin.parameters())
        assert np.array_equal(vector(twin), before) == (step == 0)
    assert not np.array_equal(vector(model), before)  # in place, as it says


def test_the_global_generator_is_left_alone() -> None:
    torch.manual_seed(123)
    before = torch.get_rng_state()
    model = gpt_neox(SMALL, seed=0)
    for _ in pretrain(model, skewed_stream(), recipe(), checkpoints=[3], seed=0):
        pass
    assert torch.equal(torch.get_rng_state(), before)
    torch.rand(1)  # negative control: the state tells whether a number was drawn
    assert not torch.equal(torch.get_rng_state(), before)


def test_an_architecture_is_what_was_asked_for() -> None:
    model = gpt_neox(Architecture(vocabulary=30, width=16, layers=3, heads=4, context=9), seed=0)
    head, embeddings = model.get_output_embeddings().weight, model.get_input_embeddings().weight
    assert head.shape == embeddings.shape == (30, 16)
    assert head is not embeddings
    assert len(model.gpt_neox.layers) == 3
    assert (model.config.num_attention_heads, model.config.max_position_embeddings) == (4, 9)
    assert not model.training
    with pytest.raises(ValueError, match="width = 12 must be a multiple of twice the number of heads, 4"):
        gpt_neox(Architecture(vocabulary=30, width=12, layers=1, heads=4, context=9), seed=0)


def held_loss(model: Any, tokens: Any, squared: bool) -> float:
    rows = torch.from_numpy(np.lib.stride_tricks.sliding_window_view(tokens, SMALL.context + 1).astype(np.int64))[:64]
    with torch.no_grad():
        features = model.base_model(rows[:, :-1]).last_hidden_state.flatten(0, 1)
        weight = model.get_output_embeddings().weight
        targets = rows[:, 1:].flatten()
        return float(plain_loss(features, weight, targets, torch.ones(len(targets)), squared))


@pytest.mark.parametrize("loss", ["cross_entropy", "balanced_cross_entropy", "squared_error"])
def test_a_stream_that_repeats_is_learnt(loss: Any) -> None:
    """Each token tells the next, so that either loss can go to zero; on noise it cannot."""
    repeated = np.tile(np.array([3, 1, 4, 0, 5, 9, 2, 6], dtype=np.uint16), 300)
    squared = loss == "squared_error"
    courses = {}
    for name, tokens in (("repeated", repeated), ("noise", np.random.default_rng(0).permutation(repeated))):
        model = gpt_neox(SMALL, seed=0)
        courses[name] = [
            held_loss(twin, tokens, squared)
            for _, twin in pretrain(
                model, tokens, recipe(loss, steps=200, rate=0.03, decay=0.0), checkpoints=[0, 200], seed=0
            )
        ]
    # Before training: the logarithm of the vocabulary, or half the squared length of a one-hot target.
    reference = 0.5 if squared else np.log(SMALL.vocabulary)
    assert courses["repeated"][0] == pytest.approx(reference, rel=0.15)
    assert courses["repeated"][1] < 0.1 * reference
    # Eight equally frequent tokens: the entropy, or the squared error, of knowing nothing but that.
    least = (1 - 1 / 8) / 2 if squared else np.log(8)
    assert courses["noise"][1] > 0.9 * least


def test_a_training_that_diverges_says_so() -> None:
    model = gpt_neox(SMALL, seed=0)
    course = pretrain(model, skewed_stream(), recipe(rate=1e30), checkpoints=[0, 20], seed=0)
    next(course)
    with pytest.raises(FloatingPointError, match="the loss diverged by step 20; lower the learning rate"):
        next(course)


@pytest.mark.parametrize("checkpoints", [[3, 1], [1, 1], [-1, 5], [0, 61]])
def test_checkpoints_ascend_within_the_recipe(checkpoints: list[int]) -> None:
    model = gpt_neox(SMALL, seed=0)
    before = deepcopy(model.state_dict())
    with pytest.raises(ValueError, match=r"checkpoints must ascend from 0 to at most 60 steps, got \["):
        pretrain(model, skewed_stream(), recipe(), checkpoints=checkpoints, seed=0)
    assert all(torch.equal(weights, before[name]) for name, weights in model.state_dict().items())
    pretrain(model, skewed_stream(), recipe(), checkpoints=[0, 60], seed=0)


def test_a_stream_is_longer_than_a_context() -> None:
    model = gpt_neox(SMALL, seed=0)
    with pytest.raises(ValueError, match="7 tokens are too few for contexts of 6; pass a longer stream"):
        pretrain(model, skewed_stream(7), recipe(), checkpoints=[1], seed=0)
    ((step, _),) = pretrain(model, skewed_stream(8), recipe(), checkpoints=[1], seed=0)
    assert step == 1


def test_a_batch_has_equally_many_windows_of_each_stream() -> None:
    """One stream holds even ids, the other odd ones: every batch has two windows of each."""
    rng = np.random.default_rng(0)
    streams = [(2 * rng.integers(10, size=n) + odd).astype(np.uint16) for odd, n in ((0, 400), (1, 50))]
    model = gpt_neox(SMALL, seed=0)
    seen = []
    read = model.base_model.forward

    def noted(*others: Any, input_ids: Any, **named: Any) -> Any:
        seen.append(input_ids.numpy() % 2)
        return read(*others, input_ids=input_ids, **named)

    model.base_model.forward = noted
    for _ in pretrain(model, streams, recipe(steps=20), checkpoints=[20], seed=0):
        pass
    assert len(seen) == 20
    assert all((batch == [[0] * 6, [0] * 6, [1] * 6, [1] * 6]).all() for batch in seen)
    # A single stream is the same, in a list or not.
    one, two = (
        vector(next(twin for _, twin in pretrain(gpt_neox(SMALL, seed=0), given, recipe(), checkpoints=[9], seed=0)))
        for given in (streams[0], streams[:1])
    )
    np.testing.assert_array_equal(one, two)
    with pytest.raises(ValueError, match="batch_size = 4 cannot be shared equally among 3 streams"):
        pretrain(model, [*streams, streams[0]], recipe(), checkpoints=[1], seed=0)


def test_no_checkpoints():
    model = gpt_neox(Architecture(20, 8, 1, 2, 6), seed=0)
    with pytest.raises(ValueError, match="checkpoints must ascend"):
        pretrain(model, np.zeros(99, np.uint16), Recipe("cross_entropy", 9, 2, 0.1, 0.0), checkpoints=[], seed=0)
