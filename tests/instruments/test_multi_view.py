"""Losses of several views: equal to loops over their formulas, to one another where theory says so, and refused by name."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from learning_geometry.instruments.multi_view import (
    barlow_mean,
    barlow_pairs,
    decorrelation_floor,
    multi_view_barlow,
    standardised,
    vicreg_mean,
    vicreg_pairs,
)
from learning_geometry.materials.self_supervised import barlow_twins, vicreg

WEIGHTS = {"invariance": 25.0, "variance": 10.0, "covariance": 2.0}


def drawn(*shape: int, seed: int = 0) -> Tensor:
    """Views that agree in part, with features of different scales that are correlated."""
    generator = torch.Generator().manual_seed(seed)
    common = torch.randn(shape[1:], generator=generator, dtype=torch.float64)
    own = torch.randn(shape, generator=generator, dtype=torch.float64)
    mixing = torch.randn((shape[2], shape[2]), generator=generator, dtype=torch.float64)
    return (common + 0.7 * own) @ mixing + 3.0


def slow_standardised(views: Tensor) -> np.ndarray:
    z = views.numpy().copy()
    for k in range(z.shape[2]):
        z[:, :, k] = (z[:, :, k] - z[:, :, k].mean()) / z[:, :, k].std()
    return z


def slow_mean(views: Tensor, weight: float) -> float:
    """The formula of the authors' code, one number at a time."""
    z = slow_standardised(views)
    n_views, batch, d = z.shape
    mean = z.mean(0)
    on = off = 0.0
    for a in range(n_views):
        for k in range(d):
            on += (sum(z[a, n, k] * mean[n, k] for n in range(batch)) / batch - 1) ** 2
    for k, m in itertools.permutations(range(d), 2):
        off += (sum(mean[n, k] * mean[n, m] for n in range(batch)) / batch) ** 2
    return on / n_views + weight * off


def slow_pairs(views: Tensor, weight: float) -> float:
    z = slow_standardised(views)
    n_views, batch, d = z.shape
    losses = []
    for a, b in itertools.combinations(range(n_views), 2):
        loss = 0.0
        for k, m in itertools.product(range(d), repeat=2):
            correlation = sum(z[a, n, k] * z[b, n, m] for n in range(batch)) / batch
            loss += (1 - correlation) ** 2 if k == m else weight * correlation**2
        losses.append(loss)
    return float(np.mean(losses))


@settings(max_examples=15, deadline=None)
@given(st.integers(2, 4), st.integers(2, 6), st.integers(1, 4), st.integers(0, 1000))
def test_barlow_losses_equal_loops_over_their_formulas(n_views: int, batch: int, d: int, seed: int) -> None:
    views = drawn(n_views, batch, d, seed=seed)
    assert float(barlow_mean(views, off_diagonal=0.3)) == pytest.approx(slow_mean(views, 0.3), rel=1e-9)
    assert float(barlow_pairs(views, off_diagonal=0.3)) == pytest.approx(slow_pairs(views, 0.3), rel=1e-9)


def test_two_views_standardised_each_are_barlow_twins_and_vicreg() -> None:
    views = drawn(2, 16, 5)
    each = barlow_pairs(views, off_diagonal=0.1, jointly=False)
    assert float(each) == pytest.approx(float(barlow_twins(*views, off_diagonal=0.1)), rel=1e-9)
    assert float(barlow_pairs(views, off_diagonal=0.1)) != pytest.approx(float(each), rel=1e-4)
    for loss in (vicreg_mean, vicreg_pairs):
        assert float(loss(views, **WEIGHTS)) == pytest.approx(float(vicreg(*views, **WEIGHTS)), rel=1e-9)


def test_vicreg_of_more_views_is_that_of_each_and_the_mean_of_the_others() -> None:
    views = drawn(4, 12, 5)
    slow = [vicreg(views[a], views[[b for b in range(4) if b != a]].mean(0), **WEIGHTS) for a in range(4)]
    assert float(vicreg_mean(views, **WEIGHTS)) == pytest.approx(float(torch.stack(slow).mean()), rel=1e-9)
    pairs = [vicreg(views[a], views[b], **WEIGHTS) for a, b in itertools.combinations(range(4), 2)]
    assert float(vicreg_pairs(views, **WEIGHTS)) == pytest.approx(float(torch.stack(pairs).mean()), rel=1e-9)
    assert float(vicreg_pairs(views, **WEIGHTS)) != pytest.approx(float(vicreg_mean(views, **WEIGHTS)), rel=1e-3)


def test_losses_have_no_order_of_views_and_barlow_no_scale_nor_offset() -> None:
    views = drawn(3, 10, 4)
    for loss in (lambda v: barlow_mean(v, off_diagonal=0.2), lambda v: barlow_pairs(v, off_diagonal=0.2),
                 lambda v: vicreg_mean(v, **WEIGHTS), lambda v: vicreg_pairs(v, **WEIGHTS)):  # fmt: skip
        assert float(loss(views[[2, 0, 1]])) == pytest.approx(float(loss(views)), rel=1e-9)
        # Images are paired through views: shuffled in one view, they are another batch.
        assert float(loss(torch.stack([views[0], views[1], views[2].roll(1, 0)]))) > float(loss(views))
    scale, offset = torch.tensor([1.0, 2.0, 0.1, 30.0]), torch.tensor([5.0, -1.0, 0.0, 2.0])
    for barlow in (barlow_mean, barlow_pairs, multi_view_barlow):
        moved = barlow(views * scale + offset, off_diagonal=0.2)
        assert float(moved) == pytest.approx(float(barlow(views, off_diagonal=0.2)), rel=1e-9)


def test_where_all_views_agree_mean_and_pairs_are_the_same_loss() -> None:
    """And copies of the views change nothing: what is added by more views is what they say that others do not."""
    views = drawn(1, 20, 4).expand(5, -1, -1)
    mean, pairs = (float(loss(views, off_diagonal=0.2)) for loss in (barlow_mean, barlow_pairs))
    assert mean == pytest.approx(pairs, rel=1e-9)
    differing = drawn(2, 20, 4)
    twice = barlow_mean(differing.repeat(3, 1, 1), off_diagonal=0.2)
    assert float(twice) == pytest.approx(float(barlow_mean(differing, off_diagonal=0.2)), rel=1e-9)


def test_the_authors_take_pairs_for_two_views_and_the_mean_for_more() -> None:
    two, three = drawn(2, 10, 4), drawn(3, 10, 4)
    assert multi_view_barlow(two, off_diagonal=0.2) == barlow_pairs(two, off_diagonal=0.2)
    assert multi_view_barlow(three, off_diagonal=0.2) == barlow_mean(three, off_diagonal=0.2)
    assert barlow_mean(two, off_diagonal=0.2) != barlow_pairs(two, off_diagonal=0.2)


def test_the_loss_of_many_views_tends_to_its_expectation() -> None:
    """With ever more views the mean is the expectation over views, which is the agreement of two of them."""
    generator = torch.Generator().manual_seed(0)
    images = torch.randn(2000, 3, generator=generator, dtype=torch.float64)
    views = images + 0.8 * torch.randn(200, 2000, 3, generator=generator, dtype=torch.float64)
    means = standardised(views).mean(0)
    agreement = means.T @ means / len(means)
    limit = (1 - agreement.diagonal()).square().sum() + 0.3 * (
        agreement.square().sum() - agreement.diagonal().square().sum()
    )
    errors = [abs(float(barlow_mean(views[:n], off_diagonal=0.3) - limit)) for n in (2, 20, 200)]
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 0.002


def test_more_features_than_images_cannot_all_be_uncorrelated() -> None:
    assert decorrelation_floor(100, 50) == 0
    batch, d = 6, 12
    floor = decorrelation_floor(batch, d)
    views = drawn(1, batch, d).expand(2, -1, -1)
    assert float(barlow_mean(views, off_diagonal=1.0)) > floor
    # A tight frame attains it: every centred direction is shared evenly among the features.
    basis = torch.linalg.qr(torch.cat([torch.ones(batch, 1), torch.eye(batch)[:, 1:]], 1).double())[0][:, 1:]
    angles = 2 * np.pi * torch.arange(d).double()[:, None] * torch.tensor([1.0, 2.0]) / d
    frame = torch.cat([torch.full((d, 1), 0.5**0.5), angles.cos(), angles.sin()], 1).double()
    tight = (basis @ frame.T).expand(2, -1, -1)
    assert float(barlow_mean(tight, off_diagonal=1.0)) == pytest.approx(floor, rel=1e-9)


def test_gradients_are_finite_and_those_of_finite_differences() -> None:
    views = drawn(3, 5, 3).requires_grad_()
    assert torch.autograd.gradcheck(lambda v: barlow_mean(v, off_diagonal=0.2), views)
    assert torch.autograd.gradcheck(lambda v: vicreg_mean(v, **WEIGHTS), views)


@pytest.mark.parametrize(
    ("views", "complaint"),
    [
        (drawn(1, 8, 3), "views of each image: 1"),
        (drawn(2, 1, 3), "images in a batch: 1"),
        (drawn(2, 8, 3)[0], r"shape \(8, 3\)"),
        (drawn(2, 8, 3) * torch.tensor([1.0, 1.0, float("nan")]), "not finite"),
        (torch.cat([drawn(2, 8, 2), torch.full((2, 8, 1), 1e6)], 2), "feature 2 of 3 is constant"),
    ],
)  # fmt: skip
def test_what_has_no_loss_is_refused_by_name(views: Tensor, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        barlow_mean(views, off_diagonal=0.1)
    with pytest.raises(ValueError, match=complaint):
        barlow_pairs(views, off_diagonal=0.1)
    if "constant" not in complaint:
        with pytest.raises(ValueError, match=complaint):
            vicreg_mean(views, **WEIGHTS)


def test_a_floor_wants_a_batch() -> None:
    with pytest.raises(ValueError, match="batch of 1"):
        decorrelation_floor(1, 4)
