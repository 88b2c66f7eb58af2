"""The limit of mirror descent against its optimality conditions, closed forms, a linear programme and mirror descent."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import linalg, optimize

from learning_geometry.instruments import interpolation
from learning_geometry.instruments.interpolation import InterpolationWarning, interpolate
from learning_geometry.instruments.potentials import NegativeEntropy, PNorm, of_exponent

seeds = st.integers(0, 2**32 - 1)
exponents = st.sampled_from([1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0])
steady = settings(deadline=None, derandomize=True, max_examples=60)


def problem(seed, n_samples=5, n_weights=40):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n_samples, n_weights))
    return x, rng.choice([-1.0, 1.0], n_samples), rng.standard_normal(n_weights) * n_weights**-0.5


def divergence(potential, weights, w0):
    return float((potential.value(weights) - potential.value(w0) - potential.dual(w0) * (weights - w0)).sum())


@given(seed=seeds, exponent=exponents)
@steady
def test_the_equations_hold_and_the_dual_change_lies_in_the_span_of_the_inputs(seed, exponent):
    x, y, w0 = problem(seed)
    kept = x.copy(), y.copy(), w0.copy()
    potential = of_exponent(exponent)
    found = interpolate(x, y, w0, potential)
    assert found.residual <= 1e-10
    np.testing.assert_allclose(x @ found.weights, y, atol=1e-9)
    change = potential.dual(found.weights) - potential.dual(w0)
    np.testing.assert_allclose(change, x.T @ found.multipliers, atol=1e-9)
    other = of_exponent(3.0 if exponent < 2 else 1.0)
    wrong = other.dual(found.weights) - other.dual(w0)
    beyond = wrong - x.T @ np.linalg.lstsq(x.T, wrong, rcond=None)[0]
    assert np.linalg.norm(beyond) > 0.01 * np.linalg.norm(wrong)  # the control: in another geometry it does not
    for given_, copy in zip((x, y, w0), kept, strict=True):
        np.testing.assert_array_equal(given_, copy)


@given(seed=seeds, exponent=exponents)
@steady
def test_no_other_interpolating_weights_are_nearer(seed, exponent):
    x, y, w0 = problem(seed)
    potential = of_exponent(exponent)
    weights = interpolate(x, y, w0, potential).weights
    least = divergence(potential, weights, w0)
    free = linalg.null_space(x)
    rng = np.random.default_rng(seed)
    for size in (1e-3, 0.1):
        move = size * free @ rng.standard_normal(free.shape[1])
        if exponent == 1:  # The divergence is convex among weights of the same signs.
            move *= min(1.0, 0.5 / np.abs(move / weights).max())
        assert divergence(potential, weights + move, w0) > least
    if exponent not in (1, 2):
        elsewhere = interpolate(x, y, w0, PNorm(2.0)).weights
        assert divergence(potential, elsewhere, w0) > 1.001 * least  # the control: where another geometry ends


def test_euclidean_interpolation_is_the_pseudoinverse_in_one_step():
    x, y, w0 = problem(0)
    found = interpolate(x, y, w0, PNorm(2.0))
    assert found.iterations == 1
    np.testing.assert_allclose(found.weights, w0 + np.linalg.pinv(x) @ (y - x @ w0), atol=1e-14)


def test_closed_forms_of_two_weights():
    w0 = np.array([1.0, 0.25])
    found = interpolate([[1.0, 1.0]], [2.5], w0, NegativeEntropy())
    np.testing.assert_allclose(found.weights, 2 * w0, rtol=1e-9)  # all grow by the same factor
    assert found.multipliers == pytest.approx(np.log(2), rel=1e-9)
    found = interpolate([[1.0, 1.0]], [np.sqrt(2) + np.sqrt(1.0625)], w0, PNorm(3.0))
    np.testing.assert_allclose(found.weights, np.sqrt([2, 1.0625]), rtol=1e-9)  # squares grow by the same amount


@given(seed=seeds, exponent=exponents, scale=st.sampled_from([1e-3, 1e3]))
@steady
def test_units_of_the_labels_and_signs_of_the_inputs_do_not_matter(seed, exponent, scale):
    x, y, w0 = problem(seed)
    potential = of_exponent(exponent)
    weights = interpolate(x, y, w0, potential).weights
    np.testing.assert_allclose(
        interpolate(x, scale * y, scale * w0, potential).weights, scale * weights, atol=1e-8 * scale
    )
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], len(w0))
    np.testing.assert_allclose(interpolate(x * signs, y, w0 * signs, potential).weights, weights * signs, atol=1e-8)
    if exponent != 2:  # The control: units of single inputs do matter, except that ...
        stretched = interpolate(2 * x, y, w0, potential).weights
        assert np.abs(stretched - weights).max() > 1e-3


@pytest.mark.parametrize("exponent", [1.0, 1.5, 2.0, 2.5, 3.0])
def test_mirror_descent_with_momentum_ends_there(exponent):
    x, y, w0 = problem(1, 8, 60)
    potential = of_exponent(exponent)
    found = interpolate(x, y, w0, potential)
    dual, momentum, weights = potential.dual(w0), np.zeros(60), w0
    rate = 0.02 / np.linalg.norm((x / potential.curvature(np.abs(found.weights) + 0.05)) @ x.T, 2)
    for _ in range(4000):
        momentum = 0.9 * momentum + x.T @ (x @ weights - y)
        dual = dual - rate * momentum
        weights = potential.primal(dual, w0)
    assert np.linalg.norm(x @ weights - y) < 1e-3
    change = np.linalg.norm(found.weights - w0)
    assert np.linalg.norm(weights - found.weights) < 0.02 * change
    other = interpolate(x, y, w0, of_exponent(1.5 if exponent == 1 else exponent - 0.5)).weights
    assert np.linalg.norm(weights - other) > 0.05 * change  # the control


def test_weights_that_cross_zero_do_not_stop_the_solver(monkeypatch):
    cases = [problem(seed, 31, 100) for seed in range(40)]
    crossed = 0
    for x, y, w0 in cases:
        found = interpolate(x, y, w0, PNorm(3.0))
        assert found.residual <= 1e-10
        assert found.iterations <= 30
        crossed += int(np.sum(np.sign(found.weights) != np.sign(w0)))
    assert crossed > 100
    # The control: with full Newton steps the hard cases do not converge.
    monkeypatch.setattr(interpolation, "_minimum_along", lambda *_: 1.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InterpolationWarning)
        residuals = [interpolate(*case, PNorm(3.0), max_iterations=30).residual for case in cases]
    assert max(residuals) > 1e-3


@pytest.mark.parametrize("exponent", [1.5, 3.0, 4.0])
def test_a_start_at_zero_is_no_obstacle(exponent):
    x, y, w0 = problem(2)
    found = interpolate(x, y, 0 * w0, of_exponent(exponent))
    np.testing.assert_allclose(x @ found.weights, y, atol=1e-9)
    # It is then the interpolation of least p-norm.
    free = linalg.null_space(x)
    moved = found.weights + 0.01 * free @ np.random.default_rng(0).standard_normal(free.shape[1])
    assert np.sum(np.abs(moved) ** exponent) > np.sum(np.abs(found.weights) ** exponent)


def test_under_negative_entropy_signs_stay_and_zeros_stay_zero():
    x, y, w0 = problem(3)
    w0[::4] = 0
    found = interpolate(x, y, w0, NegativeEntropy())
    np.testing.assert_array_equal(np.sign(found.weights), np.sign(w0))
    np.testing.assert_allclose(x @ found.weights, y, atol=1e-9)
    with pytest.raises(ValueError, match="5 samples but 4 weights that can move"):
        interpolate(x, y, w0 * (np.arange(40) <= 5), NegativeEntropy())


def test_negative_entropy_finds_a_solution_exactly_where_there_is_one():
    solvable = 0
    for seed in range(30):
        x, y, w0 = problem(seed, 24, 48)
        programme = optimize.linprog(np.zeros(48), A_eq=x * np.sign(w0), b_eq=y, bounds=(1e-9, None))
        if programme.status == 0:
            solvable += 1
            np.testing.assert_allclose(x @ interpolate(x, y, w0, NegativeEntropy()).weights, y, atol=1e-8)
        else:
            with pytest.raises(ValueError, match="no weights with the signs of w0"):
                interpolate(x, y, w0, NegativeEntropy())
    assert 5 < solvable < 25


def test_a_start_that_interpolates_is_returned():
    x, y, w0 = problem(4)
    for potential in (NegativeEntropy(), PNorm(3.0)):
        found = interpolate(x, x @ w0, w0, potential)
        assert (found.residual, found.iterations) == (0.0, 0)
        np.testing.assert_array_equal(found.weights, w0)
        again = interpolate(x, y, interpolate(x, y, w0, potential).weights, potential)  # up to rounding it does
        assert again.residual <= 1e-10


def test_too_few_iterations_are_told():
    x, y, w0 = problem(5)
    with pytest.warns(InterpolationWarning, match="after 1 steps the relative residual is .*more iterations"):
        found = interpolate(x, y, w0, PNorm(3.0), max_iterations=1)
    assert found.residual == pytest.approx(np.linalg.norm(x @ found.weights - y) / np.linalg.norm(x @ w0 - y))
    coarse = interpolate(x, y, w0, PNorm(3.0), tolerance=0.5)
    assert coarse.iterations < interpolate(x, y, w0, PNorm(3.0)).iterations


good = problem(6, 3, 6)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((good[0][0], good[1], good[2]), {}, r"x has shape \(6,\)"),
        ((good[0], good[1][:2], good[2]), {}, r"y \(2,\)"),
        ((good[0], good[1], good[2][:2]), {}, r"w0 \(2,\)"),
        ((good[0][:0], good[1][:0], good[2]), {}, r"x has shape \(0, 6\)"),
        ((good[0] * np.inf, good[1], good[2]), {}, "x is not finite"),
        ((good[0], good[1], good[2] * np.nan), {}, "w0 is not finite"),
        ((np.ones((7, 6)), np.ones(7), good[2]), {}, "7 samples but 6 weights"),
        ((good[0][[0, 1, 1]], good[1], good[2]), {}, "3 rows of x are linearly dependent"),
        (good, {"tolerance": 0.0}, "tolerance is 0.0"),
        (good, {"max_iterations": 0}, "max_iterations 0"),
    ],
)
def test_what_cannot_be_interpolated_is_refused(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        interpolate(*arguments, PNorm(2.0), **options)
