"""Losses of two views against closed forms, views against their parameters, training against its seed."""

import copy
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from learning_geometry.materials.self_supervised import (
    Recipe,
    Views,
    barlow_twins,
    encoder,
    linear_head,
    optimise,
    pretrain,
    projector,
    vicreg,
)
from learning_geometry.materials.training import seeded

seeds = st.integers(0, 2**32 - 1)
steady = settings(deadline=None, derandomize=True, max_examples=25)
WEIGHTS = {"invariance": 25.0, "variance": 25.0, "covariance": 1.0}
STILL = Views(rotation=0, scaling=0, shift=0, contrast=0, brightness=0, noise=0)
MOVING = Views(rotation=0.2, scaling=0.15, shift=1, contrast=0.3, brightness=0.1, noise=0.03)


def drawn(seed: int, batch: int = 40, dimensions: int = 6) -> Tensor:
    return torch.randn((batch, dimensions), generator=seeded(seed, 0), dtype=torch.float64)


def whitened(seed: int = 0, batch: int = 40, dimensions: int = 6) -> Tensor:
    """Centred columns of standard deviation one over `batch`, uncorrelated."""
    centred = drawn(seed, batch, dimensions)
    return torch.linalg.qr(centred - centred.mean(0))[0] * batch**0.5


@given(seed=seeds, off_diagonal=st.floats(0, 1))
@steady
def test_barlow_twins_is_what_the_correlations_say(seed: int, off_diagonal: float) -> None:
    first = drawn(seed)
    second = first + 0.5 * drawn(seed + 1)
    expected = 0.0
    for i in range(6):
        for j in range(6):
            correlation = np.corrcoef(first[:, i], second[:, j])[0, 1]
            expected += (1 - correlation) ** 2 if i == j else off_diagonal * correlation**2
    assert barlow_twins(first, second, off_diagonal=off_diagonal).item() == pytest.approx(expected, rel=1e-9)


def test_barlow_twins_is_zero_for_identical_whitened_embeddings_only() -> None:
    z = whitened()
    assert barlow_twins(z, z, off_diagonal=0.1).item() == pytest.approx(0, abs=1e-12)
    # Negative controls: pairs that do not belong together, and columns that say the same.
    assert barlow_twins(z, z[torch.randperm(40, generator=seeded(0, 1))], off_diagonal=0.1) > 3
    assert barlow_twins(z[:, [0] * 6], z[:, [0] * 6], off_diagonal=0.1).item() == pytest.approx(0.1 * 30)


@given(seed=seeds)
@steady
def test_barlow_twins_ignores_scale_and_shift_of_columns_but_not_their_sign(seed: int) -> None:
    first, second = whitened(seed), whitened(seed) + 0.2 * drawn(seed + 1)
    scale, shift = drawn(seed + 2)[0].exp(), 10 * drawn(seed + 3)[0]
    loss = barlow_twins(first, second, off_diagonal=0.1).item()
    assert barlow_twins(first * scale + shift, second, off_diagonal=0.1).item() == pytest.approx(loss, rel=1e-6)
    assert barlow_twins(second, first, off_diagonal=0.1).item() == pytest.approx(loss, rel=1e-9)
    assert barlow_twins(-first, second, off_diagonal=0.1).item() > loss + 6


def test_a_constant_column_correlates_with_none_and_has_a_finite_gradient() -> None:
    z = whitened().float()
    z[:, 0] = 3
    z.requires_grad_()
    loss = barlow_twins(z, z, off_diagonal=0.1)
    assert loss.item() == pytest.approx(1, abs=1e-5)
    loss.backward()
    assert z.grad.abs().max() < 100


def test_vicreg_is_zero_for_identical_embeddings_that_vary_enough() -> None:
    z = 2 * whitened()
    assert vicreg(z, z, **WEIGHTS).item() == pytest.approx(0, abs=1e-12)
    # Negative control: the same embeddings made smaller vary too little.
    assert vicreg(z / 4, z / 4, **WEIGHTS) > 10


@pytest.mark.parametrize("size", [0.0, 0.3, 0.9])
def test_the_variance_of_vicreg_is_a_hinge_at_one(size: float) -> None:
    z = size * whitened() * (39 / 40) ** 0.5  # the deviation with divisor 39 is `size`
    assert vicreg(z, z, **WEIGHTS).item() == pytest.approx(25 * (1 - (size**2 + 1e-4) ** 0.5), abs=1e-9)


def test_the_invariance_of_vicreg_is_the_mean_square_of_the_difference() -> None:
    z = 2 * whitened()
    assert vicreg(z, z + 3, **WEIGHTS).item() == pytest.approx(25 * 9)
    moved = z.clone()
    moved[:, 0] += 3
    assert vicreg(z, moved, **WEIGHTS).item() == pytest.approx(25 * 9 / 6)


def test_the_covariance_of_vicreg_is_summed_over_views_and_divided_by_dimensions() -> None:
    column = 2 * whitened()[:, :1] * (39 / 40) ** 0.5  # of variance 4
    z = column.expand(40, 6)
    assert vicreg(z, z, **WEIGHTS).item() == pytest.approx(2 * 30 * 4**2 / 6)
    assert vicreg(z, z, **(WEIGHTS | {"covariance": 0})).item() == pytest.approx(0, abs=1e-12)


@given(seed=seeds)
@steady
def test_vicreg_ignores_shifts_and_order_of_views_but_not_scale(seed: int) -> None:
    first, second = drawn(seed), drawn(seed + 1)
    loss = vicreg(first, second, **WEIGHTS).item()
    assert vicreg(second, first, **WEIGHTS).item() == pytest.approx(loss)
    assert vicreg(first + 5, second + 5, **WEIGHTS).item() == pytest.approx(loss)
    assert vicreg(2 * first, 2 * second, **WEIGHTS).item() != pytest.approx(loss, rel=1e-2)


def ramp(count: int, side: int = 21) -> Tensor:
    """Images whose pixels are their column, from the middle, in pixels."""
    columns = torch.arange(side) - (side - 1) / 2
    return columns.expand(count, 1, side, side).contiguous()


def slopes(images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Value in the middle and slopes along columns and rows there, of each image."""
    centre = images[:, 0, 8:13, 8:13]
    return centre.mean((1, 2)), centre.diff(dim=2).mean((1, 2)), centre.diff(dim=1).mean((1, 2))


def test_a_view_without_change_is_the_image() -> None:
    images = torch.randn((5, 2, 12, 12), generator=seeded(0, 0))
    torch.testing.assert_close(STILL(images, seeded(0, 1)), images, atol=1e-5, rtol=1e-5)
    assert not torch.allclose(MOVING(images, seeded(0, 1)), images, atol=0.1)


@pytest.mark.parametrize("name", ["rotation", "scaling", "shift", "contrast", "brightness", "noise"])
def test_each_change_has_the_size_that_its_name_says(name: str) -> None:
    size = 1.5 if name == "shift" else 0.2
    views = Views(**{**dict.fromkeys(Views.__dataclass_fields__, 0.0), name: size})
    seen = views(ramp(4000), seeded(0, 0))
    middle, along, across = slopes(seen)
    length = torch.hypot(along, across)
    measured = {
        "rotation": torch.atan2(across, along).std(),
        "scaling": length.log().std(),
        "shift": middle.abs().max(),
        "contrast": length.std(),
        "brightness": middle.std(),
        "noise": (seen - ramp(4000)).std(),
    }
    assert measured[name].item() == pytest.approx(size, rel=0.05)
    if name == "shift":
        assert middle.std().item() == pytest.approx(size / 3**0.5, rel=0.05)
    # Negative control: what was not asked for is not there (a change of scale is one of contrast in a ramp).
    same = {"scaling", "contrast"} if name in ("scaling", "contrast") else {name}
    same |= {"shift", "brightness"} if name in ("shift", "brightness") else set()
    others = {"noise"} if name != "noise" else set(measured)
    assert all(measured[other] < 0.02 for other in measured if other not in same | others)


def test_views_of_an_image_differ_and_are_a_function_of_the_generator() -> None:
    images = torch.rand((6, 1, 12, 12), generator=seeded(0, 0))
    state = torch.get_rng_state()
    one, again, other = (MOVING(images, seeded(seed, 1)) for seed in (0, 0, 1))
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(one, again)
    assert not torch.allclose(one, other, atol=0.05)


@pytest.mark.parametrize("side", [8, 11, 12])
def test_networks_differ_by_seed_only_and_leave_the_global_generator_alone(side: int) -> None:
    state = torch.get_rng_state()
    one, again, other = (
        encoder(width=4, features=20, channels=1, side=side, generator=seeded(s, 0)) for s in (0, 0, 1)
    )
    project = projector(features=20, dimensions=7, generator=seeded(0, 1))
    head = linear_head(features=20, classes=3, generator=seeded(0, 3))
    assert torch.equal(torch.get_rng_state(), state)
    images = torch.rand((9, 1, side, side), generator=seeded(0, 2))
    features = one(images)
    assert features.shape == (9, 20)
    assert project(features).shape == (9, 7)
    assert head(features).shape == (9, 3)
    assert features.min() == 0
    assert torch.equal(features, again(images))
    assert not torch.allclose(features, other(images), atol=1e-2)


def line() -> torch.nn.Linear:
    module = torch.nn.Linear(1, 1)
    torch.nn.init.ones_(module.weight)
    torch.nn.init.zeros_(module.bias)
    return module


def recipe(steps: int, **changed: float) -> Recipe:
    return Recipe(
        **{"steps": steps, "batch_size": 4, "learning_rate": 0.1, "weight_decay": 0.0, "warm_up": 0, **changed}
    )


def test_every_sample_is_seen_as_often_and_none_twice_in_a_batch() -> None:
    module, batches = line(), []

    def loss(batch: Tensor) -> Tensor:
        batches.append(batch)
        return module.weight.square().sum()

    optimise([module], loss, recipe(6), samples=9, generator=seeded(0, 0))
    assert [len(set(batch.tolist())) for batch in batches] == [4] * 6
    for epoch in (batches[:2], batches[2:4], batches[4:]):
        assert len(set(torch.cat(epoch).tolist())) == 8
    assert not torch.equal(batches[0], batches[2])


def test_the_learning_rate_warms_up_and_decays_to_zero() -> None:
    module, weights = line(), [1.0]
    how = recipe(40, learning_rate=1e-3, warm_up=10)
    values = optimise(
        [module],
        lambda batch: module.weight.sum(),
        how,
        samples=4,
        generator=seeded(0, 0),
        watch=lambda step: weights.append(module.weight.item()),
    )
    # Adam's step against a constant gradient is the learning rate.
    rates = -np.diff(weights) / 1e-3
    np.testing.assert_allclose(rates[:10], np.arange(1, 11) / 10, atol=1e-3)
    np.testing.assert_allclose(rates[10:], (1 + np.cos(np.pi * np.arange(30) / 30)) / 2, atol=1e-3)
    np.testing.assert_allclose(values, weights[:-1])
    assert not module.training


def test_no_step_changes_nothing_and_an_unfilled_batch_is_refused() -> None:
    module = line()
    assert optimise([module], lambda batch: module.weight.sum(), recipe(0), samples=4, generator=seeded(0, 0)).size == 0
    assert module.weight.item() == 1
    with pytest.raises(ValueError, match="3 samples do not fill a batch of 4"):
        optimise([module], lambda batch: module.weight.sum(), recipe(1), samples=3, generator=seeded(0, 0))


LOSSES = {"barlow_twins": partial(barlow_twins, off_diagonal=0.01), "vicreg": partial(vicreg, **WEIGHTS)}


def bars(count: int) -> Tensor:
    """Images of a bright bar with a position of its own for each, and noise."""
    generator = seeded(3, 0)
    images = 0.3 * torch.randn((count, 1, 8, 8), generator=generator)
    images[torch.arange(count), 0, torch.randint(8, (count,), generator=generator)] += 2
    return images


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_pretraining_brings_views_together_and_is_a_function_of_its_seed(name: str) -> None:
    images = bars(64)
    start = encoder(width=2, features=16, channels=1, side=8, generator=seeded(0, 0))
    project = projector(features=16, dimensions=8, generator=seeded(0, 1))
    views = Views(rotation=0, scaling=0, shift=0.3, contrast=0, brightness=0, noise=0.5)

    def run(learning_rate: float, seed: int) -> tuple[np.ndarray, torch.nn.Module, torch.nn.Module]:
        encode, head = copy.deepcopy((start, project))
        how = recipe(40, batch_size=32, learning_rate=learning_rate)
        losses = pretrain(encode, head, images, how, views=views, loss=LOSSES[name], generator=seeded(seed, 2))
        return losses, encode, head

    losses, encode, head = run(3e-3, 0)
    still, _, _ = run(0.0, 0)
    assert losses[-10:].mean() < 0.9 * losses[:10].mean()
    # Negative control: nothing is learnt at a learning rate of zero.
    assert still[-10:].mean() > 0.95 * still[:10].mean()
    again, other = run(3e-3, 0), run(3e-3, 1)
    assert np.array_equal(losses, again[0])
    assert all(torch.equal(a, b) for a, b in zip(encode.parameters(), again[1].parameters(), strict=True))
    assert not np.array_equal(losses, other[0])
    assert not encode.training
    assert not head.training
