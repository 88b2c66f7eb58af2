"""Targets and their projection: what a CKA map can be, and what it cannot."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learning_geometry.instruments.similarity import cka_map
from learning_geometry.studies.cka_manipulation.experiments._targets import (
    TARGETS,
    nearest_reachable,
    off_diagonal_error,
    target_map,
)


def reachable(matrix: np.ndarray, tolerance: float = 1e-6) -> bool:
    symmetric = np.abs(matrix - matrix.T).max() < tolerance
    unit = np.abs(np.diag(matrix) - 1).max() < tolerance
    return bool(symmetric and unit and np.linalg.eigvalsh(matrix)[0] > -tolerance)


@settings(deadline=None, derandomize=True, max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(2, 9))
def test_the_projection_is_reachable_and_nearest(seed: int, layers: int) -> None:
    rng = np.random.default_rng(seed)
    drawn = rng.uniform(-1, 1, (layers, layers))
    drawn = (drawn + drawn.T) / 2
    np.fill_diagonal(drawn, 1)
    nearest = nearest_reachable(drawn)
    assert reachable(nearest)
    np.testing.assert_allclose(nearest_reachable(nearest), nearest, atol=1e-6)
    # A projection onto a convex set: the way to any member makes an obtuse angle with the way from the drawing.
    vectors = rng.standard_normal((layers, layers))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    assert np.sum((drawn - nearest) * (vectors @ vectors.T - nearest)) < 1e-6


@pytest.mark.parametrize("layers", [2, 5, 8, 17])
@pytest.mark.parametrize("name", list(TARGETS))
def test_targets_exist_for_any_number_of_layers(name: str, layers: int) -> None:
    target = target_map(name, layers)
    assert target.shape == (layers, layers)
    assert np.array_equal(target, target.T)
    assert np.array_equal(np.diag(target), np.ones(layers))
    assert reachable(nearest_reachable(target))


@pytest.mark.parametrize(
    ("name", "is_reachable"), [("high", True), ("low", True), ("parity", True), ("picture", False)]
)
def test_only_the_picture_needs_projecting(name: str, is_reachable: bool) -> None:
    target = target_map(name, 8)
    assert reachable(target) == is_reachable
    assert (off_diagonal_error(nearest_reachable(target), target) < 1e-6) == is_reachable


def test_every_map_of_a_network_is_reachable() -> None:
    rng = np.random.default_rng(0)
    layers = [rng.standard_normal((40, 7))]
    for _ in range(4):
        layers.append(np.tanh(layers[-1] @ rng.standard_normal((7, 7))))
    for estimator in ("biased", "debiased"):
        assert reachable(cka_map(layers, estimator=estimator))
    # Negative control: a map between two networks need not be.
    assert not reachable(cka_map(layers, layers[::-1]))


def test_unknown_targets_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown target 'goblin'; known: high, low"):
        target_map("goblin", 8)
