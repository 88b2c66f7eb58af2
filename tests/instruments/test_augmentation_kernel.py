"""The augmentation kernel: its eigenfunctions are what they should be, and the idealised loss finds them and no others."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from learning_geometry.instruments import kernel_matching as km
from learning_geometry.instruments.augmentation_kernel import (
    Eigenfunctions,
    captured,
    eigenfunctions,
    kernel,
    landing,
    matched,
)


def drawn(seed: int, n_images: int = 6, n_views: int = 11) -> Any:
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.full(n_views, 0.4), size=n_images) + 0.0


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000))
def test_eigenfunctions_are_orthonormal_and_make_up_the_kernel(seed: int) -> None:
    landed = drawn(seed)
    known = eigenfunctions(landed)
    weights = landed.mean(0)
    assert known.weights == pytest.approx(weights)
    gram = known.views.T @ (weights[:, None] * known.views)
    assert gram == pytest.approx(np.eye(5), abs=1e-8)
    assert weights @ known.views == pytest.approx(np.zeros(5), abs=1e-8)
    assert ((known.values >= 0) & (known.values <= 1 + 1e-12)).all()
    whole = 1 + (known.views * known.values) @ known.views.T
    assert whole == pytest.approx(kernel(landed), rel=1e-7, abs=1e-7)
    # One step of the chain view - image - view multiplies each by its eigenvalue.
    pairs = landed.T @ landed / len(landed)
    assert (pairs @ known.views) / weights[:, None] == pytest.approx(known.values * known.views, abs=1e-7)
    assert landed @ known.views == pytest.approx(np.sqrt(known.values) * known.images, abs=1e-7)


def test_a_slow_kernel_counts_pairs_of_views_of_one_image() -> None:
    landed = drawn(1, 3, 4)
    slow = np.zeros((4, 4))
    for v in range(4):
        for w in range(4):
            together = sum(landed[i, v] * landed[i, w] for i in range(3)) / 3
            slow[v, w] = together / (landed[:, v].mean() * landed[:, w].mean())
    assert kernel(landed) == pytest.approx(slow, rel=1e-12)


def test_views_in_two_worlds_have_a_second_eigenvalue_of_one() -> None:
    """Two groups of images that share no view: an eigenfunction tells them apart, and augmentation never mixes them."""
    apart = np.zeros((4, 6))
    apart[:2, :3], apart[2:, 3:] = drawn(0, 2, 3), drawn(1, 2, 3)
    known = eigenfunctions(apart)
    assert known.values[0] == pytest.approx(1, abs=1e-12)
    assert known.values[1] < 0.99
    assert np.abs(known.views[:, 0]) == pytest.approx(np.ones(6), abs=1e-9)


def test_images_without_common_views_have_all_eigenvalues_one_and_with_equal_views_none() -> None:
    assert eigenfunctions(np.kron(np.eye(5), np.full((1, 2), 0.5))).values == pytest.approx(np.ones(4))
    assert eigenfunctions(np.tile(drawn(0)[:1], (5, 1))).values == pytest.approx(np.zeros(4), abs=1e-12)


def test_landing_merges_equal_views_and_noise_mixes_near_ones() -> None:
    augmented = [[[0.0, 0.0], [1.0, 0.0]], [[1.0, 0.0], [9.0, 9.0]]]
    views, landed = landing(augmented, noise=0)
    assert views.tolist() == [[0, 0], [1, 0], [9, 9]]
    assert landed.tolist() == [[0.5, 0.5, 0], [0, 0.5, 0.5]]
    noisy = landing(augmented, noise=1.0)[1]
    assert noisy.sum(1) == pytest.approx([1, 1])
    near = np.exp(-0.5)
    assert noisy[0, 0] == pytest.approx(0.5 * (1 + near) / (1 + near))
    assert noisy[0, 2] < 1e-12
    assert eigenfunctions(landing(augmented, noise=100.0)[1]).values.max() < 1e-3


def test_what_is_captured_depends_on_the_span_alone() -> None:
    landed = drawn(3)
    known = eigenfunctions(landed)
    top = known.views[:, :3]
    mixing = np.random.default_rng(0).standard_normal((3, 3))
    assert captured(top @ mixing + 7.0, known, 5) == pytest.approx([1, 1, 1, 0, 0], abs=1e-9)
    assert captured(known.views[:, [4]], known, 5) == pytest.approx([0, 0, 0, 0, 1], abs=1e-9)
    half = (known.views[:, [0]] + known.views[:, [1]]) / 2
    assert captured(half, known, 2) == pytest.approx([0.5, 0.5])
    # A second copy of a feature spans nothing more, and a constant nothing at all.
    assert captured(np.repeat(half, 2, axis=1), known, 2) == pytest.approx([0.5, 0.5])
    assert captured(np.ones((11, 2)), known, 2) == pytest.approx([0, 0])


def test_what_is_matched_is_the_part_of_the_idealised_loss_that_a_best_linear_map_takes_off() -> None:
    landed = drawn(4)
    known = eigenfunctions(landed)
    assert matched(known.views[:, :3] @ np.random.default_rng(0).standard_normal((3, 3)), known) == pytest.approx(1)
    assert matched(known.views[:, 3:], known) < 0.9
    assert matched(np.ones((11, 2)), known) == 0
    features = np.random.default_rng(1).standard_normal((11, 2))
    torch_landed, torch_features = torch.from_numpy(landed), torch.from_numpy(features)
    mixing = torch.eye(2, dtype=torch.float64).requires_grad_()
    optimiser = torch.optim.LBFGS([mixing], max_iter=500, tolerance_grad=1e-12, tolerance_change=0, line_search_fn="strong_wolfe")  # fmt: skip

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        value = km.matching_by_pairs(torch_features @ mixing, torch_landed)
        value.backward()
        return value

    optimiser.step(loss)
    least = float(loss().detach())
    nothing = float(km.matching_by_pairs(0 * torch_features, torch_landed))
    assert nothing == pytest.approx(np.square(known.values).sum())
    assert matched(features, known) == pytest.approx((nothing - least) / np.square(known.values[:2]).sum(), rel=1e-6)


def tensors(seed: int, d: int = 3) -> tuple[torch.Tensor, torch.Tensor]:
    landed = torch.from_numpy(drawn(seed))
    features = torch.from_numpy(np.random.default_rng(seed + 1).standard_normal((11, d)))
    return features.requires_grad_(), landed


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1000))
def test_the_equivalent_loss_differs_from_matching_the_kernel_by_a_constant(seed: int) -> None:
    """In value, and so not at all in its gradient; with another orthogonality it is another loss."""
    features, landed = tensors(seed)
    weights = landed.mean(0)
    centred = torch.from_numpy(kernel(landed.numpy())) - 1
    constant = weights @ centred.square() @ weights - 3
    slow, fast = km.matching_by_pairs(features, landed), km.matching_by_moments(km.moments(features, landed))
    assert float((slow - fast).detach()) == pytest.approx(float(constant), rel=1e-9)
    gradients = [torch.autograd.grad(loss, features, retain_graph=True)[0] for loss in (slow, fast)]
    assert gradients[0].numpy() == pytest.approx(gradients[1].numpy(), rel=1e-8, abs=1e-10)
    other = km.matching_by_moments(km.moments(features, landed), orthogonality=1.0)
    assert float((slow - other).detach()) != pytest.approx(float(constant), rel=1e-3)


@pytest.mark.parametrize("orthogonality", [0.3, 0.5, 2.0])
def test_features_at_the_minimum_span_the_top_eigenfunctions(orthogonality: float) -> None:
    """A free table of features, gradient descent: the span is exact, and variances are those of the closed form."""
    landed = torch.from_numpy(drawn(5))
    known = eigenfunctions(landed.numpy())
    wanted = km.minimum(torch.from_numpy(known.values[:3].copy()), orthogonality=orthogonality)
    features = 0.1 * torch.randn(11, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    features.requires_grad_()
    optimiser = torch.optim.LBFGS([features], max_iter=2000, tolerance_grad=1e-12, tolerance_change=0, history_size=20, line_search_fn="strong_wolfe")  # fmt: skip

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        value = km.matching_by_moments(km.moments(features, landed), orthogonality=orthogonality)
        value.backward()
        return value

    optimiser.step(loss)
    variances = torch.linalg.eigvalsh(km.moments(features.detach(), landed).covariance).flip(0)
    assert variances.numpy() == pytest.approx(wanted.numpy(), abs=1e-4)
    if bool((wanted > 0).all()):
        assert captured(features.detach().numpy(), known, 3) == pytest.approx([1, 1, 1], abs=1e-4)
    assert captured(np.random.default_rng(0).standard_normal((11, 3)), known, 3).mean() < 0.9


def test_weak_orthogonality_leaves_eigenfunctions_out() -> None:
    values = torch.tensor([0.9, 0.5, 0.1])
    assert km.minimum(values, orthogonality=0.5).tolist() == pytest.approx([0.9, 0.5, 0.1])
    assert km.minimum(values, orthogonality=0.2).tolist() == pytest.approx([0.75, 0, 0])


def test_expected_losses_are_those_of_many_sampled_views() -> None:
    from learning_geometry.materials.self_supervised import barlow_twins, vicreg

    rng = np.random.default_rng(0)
    features, landed = tensors(7)
    n = 200_000
    images = rng.integers(6, size=n)
    cumulated = landed.numpy().cumsum(1)
    first, second = ((cumulated[images] > rng.random((n, 1))).argmax(1) for _ in range(2))
    pair = features.detach()[first], features.detach()[second]
    of = km.moments(features.detach(), landed)
    sampled = float(barlow_twins(*pair, off_diagonal=0.5))
    assert float(km.barlow_moments(of, off_diagonal=0.5)) == pytest.approx(sampled, rel=0.02)
    weights = {"invariance": 5.0, "variance": 3.0, "covariance": 2.0}
    assert float(km.vicreg_moments(of, **weights)) == pytest.approx(float(vicreg(*pair, **weights)), rel=0.02)
    # Views of different images agree in nothing but chance.
    strangers = km.moments(features.detach(), landed, torch.tensor([1, 2, 3, 4, 5, 0]))
    assert float(strangers.agreement.trace()) < float(of.agreement.trace())


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        (lambda: landing(np.zeros((1, 2, 3)), noise=0), "two images or more"),
        (lambda: landing(np.zeros((2, 3)), noise=0), r"shape \(2, 3\)"),
        (lambda: landing(np.full((2, 2, 2), np.nan), noise=0), "not finite"),
        (lambda: landing(np.zeros((2, 2, 2)), noise=-1), "noise is -1"),
        (lambda: eigenfunctions([[0.5, 0.5], [0.5, 0.4]]), "image 1 sum to 0.9"),
        (lambda: eigenfunctions([[1.0, 0.0], [1.0, 0.0]]), "lands on view 1"),
        (lambda: captured(np.zeros((3, 1)), eigenfunctions(drawn(0)), 2), "11 views"),
        (lambda: captured(np.zeros((11, 1)), eigenfunctions(drawn(0)), 6), "5 eigenfunctions"),
    ],
)
def test_what_has_no_kernel_is_refused_by_name(call: Any, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        call()


def test_known_eigenfunctions_are_a_value() -> None:
    assert isinstance(eigenfunctions(drawn(0)), Eigenfunctions)
