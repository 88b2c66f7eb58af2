"""The two costs of a power law have closed forms, cross where they should, and hold for codes that are simulated."""

from itertools import product

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import gamma

from learning_geometry.studies.unit import Execution
from learning_geometry.studies.visual_cortex.experiments import _torus_codes as torus
from learning_geometry.studies.visual_cortex.experiments import simulated_codes, theory


@pytest.fixture(scope="module")
def costs() -> xr.Dataset:
    return theory.measure(theory.Theory(), Execution())["costs"]


@pytest.mark.parametrize("dimension", [1, 2, 3, 4])
def test_frequencies_are_those_of_all_integer_vectors(dimension: int) -> None:
    """The slow version: every vector of a cube, sorted."""
    reach = {1: 60, 2: 12, 3: 6, 4: 4}[dimension]
    lengths = sorted(sum(k * k for k in vector) for vector in product(range(-reach, reach + 1), repeat=dimension))
    complete = [length for length in lengths if 0 < length <= reach**2]  # longer ones may leave the cube
    np.testing.assert_array_equal(torus.squared_frequencies(dimension, len(complete)), complete)
    vectors = torus.wave_vectors(dimension, len(complete))
    assert len({tuple(vector) for vector in vectors}) == len(complete)
    np.testing.assert_array_equal((vectors**2).sum(axis=1), complete)


@pytest.mark.parametrize("dimension", [1, 2, 8])
def test_frequencies_grow_as_weyl_has_it(dimension: int) -> None:
    counts = np.array([20_000, 80_000])
    squares = torus.squared_frequencies(dimension, counts[-1])[counts - 1]
    ball = np.pi ** (dimension / 2) / gamma(dimension / 2 + 1)
    np.testing.assert_allclose(squares, (counts / ball) ** (2 / dimension), rtol=0.1)


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_waves_are_orthonormal_and_a_mixture_of_one_sign_is_not(dimension: int) -> None:
    count = {1: 8, 2: 8, 3: 6}[dimension]
    vectors = torus.wave_vectors(dimension, count)
    # A grid as fine as twice the highest frequency integrates products of waves exactly.
    line = np.arange(16) * 2 * np.pi / 16
    grid = np.stack(np.meshgrid(*[line] * dimension, indexing="ij"), axis=-1).reshape(-1, dimension)
    waves = torus.waves(grid, vectors)
    np.testing.assert_allclose(waves.T @ waves / len(grid), np.eye(count), atol=1e-12)
    np.testing.assert_allclose(waves.mean(axis=0), 0, atol=1e-12)
    # Without the quarter of a period between the two of a pair, they are the same wave.
    same = np.sqrt(2) * np.cos(grid @ vectors.T)
    assert abs((same[:, 0] * same[:, 1]).mean()) > 0.9


@settings(deadline=None, derandomize=True, max_examples=30)
@given(
    low=st.floats(0, 3),
    more=st.floats(0.01, 2),
    dimension=st.integers(1, 6),
    count=st.integers(3, 500),
    snr=st.floats(0.01, 100),
)
def test_a_steeper_power_law_tells_less_and_is_less_sensitive(
    low: float, more: float, dimension: int, count: int, snr: float
) -> None:
    flat, steep = (torus.power_law_variances(alpha, count) for alpha in (low, low + more))
    assert flat.sum() == pytest.approx(count)
    assert torus.information(steep, snr) < torus.information(flat, snr)
    squares = torus.squared_frequencies(dimension, count)
    moved = [torus.sensitivity(code, squares) for code in (steep, flat)]
    assert moved[0] <= moved[1] * (1 + 1e-12)
    if squares[-1] > squares[0]:
        assert moved[0] < moved[1]


def test_a_flat_code_of_one_neuron_is_shannons_channel() -> None:
    assert torus.information(np.ones(1), 3.0) == pytest.approx(np.log(2))
    assert torus.information(np.ones(10), 3.0) == pytest.approx(10 * np.log(2))


def test_costs_approach_their_limits_as_codes_grow(costs: xr.Dataset) -> None:
    for name in ("lost_information", "gained_sensitivity", "crossing"):
        distance = abs(costs[name] - costs[f"{name}_limit"])
        assert (distance.isel(larger=1) <= distance.isel(larger=0) + 0.005).all(), name
        assert float(distance.isel(larger=1).max()) < 0.35, name  # at the kinks, at which they approach as 1 / ln N
    # Away from where the limit has a kink there is nothing left to approach.
    assert abs(float(costs.gained_sensitivity.sel(dimension=1, exponent=0.0).isel(larger=1)) - 1) < 0.01


def test_costs_cross_between_what_efficiency_and_robustness_want(costs: xr.Dataset) -> None:
    assert (costs.crossing > 1).all()
    assert ((costs.crossing_limit > 1) & (costs.crossing_limit < costs.smooth)).all()
    for dimension, alpha in zip(costs.dimension.values, costs.crossing_limit.values, strict=True):
        assert 1 - 1 / alpha == pytest.approx(1 + (1 - alpha) * dimension / 2)


def test_sensitivity_diverges_below_the_smooth_exponent_and_not_above(costs: xr.Dataset) -> None:
    growth = costs.sensitivity.isel(neurons=-1) / costs.sensitivity.isel(neurons=-2)
    for dimension in costs.dimension.values:
        of_dimension, smooth = growth.sel(dimension=dimension), 1 + 2 / dimension
        assert (of_dimension.where(costs.exponent < smooth - 0.3, drop=True) > 1.1).all()
        if smooth + 0.5 < 3:
            assert float(of_dimension.sel(exponent=3.0)) < 1.01


@pytest.mark.parametrize("dimension", [1, 3])
def test_the_frontier_is_what_an_optimiser_finds(dimension: int) -> None:
    squares = torus.squared_frequencies(dimension, 12)
    snr = 2.0
    front = torus.frontier(squares, snr, points=400)
    for bound in (0.8 * squares[0] + 0.2 * squares.mean(), 0.5 * squares[0] + 0.5 * squares.mean()):
        best = minimize(
            lambda v: -np.log1p(snr * v).sum() / 2,
            np.full(12, 0.5),
            jac=lambda v: -snr / (1 + snr * v) / 2,
            bounds=[(0, 12)] * 12,
            constraints=[
                {"type": "eq", "fun": lambda v: v.sum() - 12, "jac": lambda v: np.ones(12)},
                {"type": "ineq", "fun": lambda v, s=bound: (s - squares) @ v, "jac": lambda v, s=bound: s - squares},
            ],
            method="SLSQP",
            options={"maxiter": 1000, "ftol": 1e-12},
        )
        assert best.success
        assert np.interp(bound, *front) == pytest.approx(-best.fun, rel=1e-3)


def test_no_power_law_beats_the_best_spectrum_of_its_sensitivity(costs: xr.Dataset) -> None:
    share = costs.information.isel(neurons=-1) / costs.best
    assert (share < 1 + 1e-3).all()
    np.testing.assert_allclose(share.sel(exponent=0.0), 1, rtol=1e-3)  # the best one without restriction is flat
    assert (share.sel(exponent=1.5) < 0.98).all()


def test_simulated_codes_have_the_sensitivity_and_the_errors_of_the_formulas() -> None:
    codes = simulated_codes.measure(simulated_codes.SimulatedCodes(seed=1), Execution())
    np.testing.assert_allclose(codes.sensitivity, codes.sensitivity_formula, rtol=0.05)
    np.testing.assert_allclose(codes.unexplained, codes.unexplained_formula, rtol=0.05)
    # The formula of another exponent does not fit.
    shifted = codes.sensitivity_formula.values[:, 1:]
    assert not np.allclose(codes.sensitivity.values[:, :-1], shifted, rtol=0.3)
    # What the decoders leave beyond the formula is what they lack of stimuli.
    assert (codes.unexplained > codes.unexplained_formula * 0.995).all()
