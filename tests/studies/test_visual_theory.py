"""The two costs of a power law have closed forms, cross where they should, and hold for codes that are simulated."""

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from learning_geometry.store import Record, Store, Unit
from learning_geometry.studies.visual_cortex import theory, torus_codes

SMALL: dict[str, Any] = {
    "seed": 0,
    "exponents": [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0],
    "dimensions": [1, 2, 4],
    "neurons": [100, 1000, 10_000],
    "snr": 1.0,
    "check_exponents": [0.5, 1.5, 3.0],
    "check_dimensions": [1, 2],
    "check_neurons": 41,
    "check_stimuli": 2000,
}


@pytest.fixture(scope="module")
def measured() -> dict[str, Any]:
    return theory.measure(**SMALL)


@pytest.mark.parametrize("dimension", [1, 2, 3, 4])
def test_frequencies_are_those_of_all_integer_vectors(dimension: int) -> None:
    """The slow twin: every vector of a cube, sorted."""
    reach = {1: 60, 2: 12, 3: 6, 4: 4}[dimension]
    lengths = sorted(sum(k * k for k in vector) for vector in product(range(-reach, reach + 1), repeat=dimension))
    complete = [length for length in lengths if 0 < length <= reach**2]  # longer ones may leave the cube
    np.testing.assert_array_equal(torus_codes.squared_frequencies(dimension, len(complete)), complete)
    vectors = torus_codes.wave_vectors(dimension, len(complete))
    assert len({tuple(vector) for vector in vectors}) == len(complete)
    np.testing.assert_array_equal((vectors**2).sum(axis=1), complete)


@pytest.mark.parametrize("dimension", [1, 2, 8])
def test_frequencies_grow_as_weyl_has_it(dimension: int) -> None:
    from scipy.special import gamma

    counts = np.array([20_000, 80_000])
    squares = torus_codes.squared_frequencies(dimension, counts[-1])[counts - 1]
    ball = np.pi ** (dimension / 2) / gamma(dimension / 2 + 1)
    np.testing.assert_allclose(squares, (counts / ball) ** (2 / dimension), rtol=0.1)


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_waves_are_orthonormal_and_a_mixture_of_one_sign_is_not(dimension: int) -> None:
    count = {1: 8, 2: 8, 3: 6}[dimension]
    vectors = torus_codes.wave_vectors(dimension, count)
    # A grid as fine as twice the highest frequency integrates products of waves exactly.
    line = np.arange(16) * 2 * np.pi / 16
    grid = np.stack(np.meshgrid(*[line] * dimension, indexing="ij"), axis=-1).reshape(-1, dimension)
    waves = torus_codes.waves(grid, vectors)
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
    flat, steep = (torus_codes.power_law_variances(alpha, count) for alpha in (low, low + more))
    assert flat.sum() == pytest.approx(count)
    assert torus_codes.information(steep, snr) < torus_codes.information(flat, snr)
    squares = torus_codes.squared_frequencies(dimension, count)
    moved = [torus_codes.sensitivity(code, squares) for code in (steep, flat)]
    assert moved[0] <= moved[1] * (1 + 1e-12)
    if squares[-1] > squares[0]:
        assert moved[0] < moved[1]
    else:
        assert moved == pytest.approx([squares[0]] * 2)  # all waves are equally fast: nothing can be gained


def test_a_flat_code_of_one_neuron_is_shannons_channel() -> None:
    assert torus_codes.information(np.ones(1), 3.0) == pytest.approx(np.log(2))
    assert torus_codes.information(np.ones(10), 3.0) == pytest.approx(10 * np.log(2))


def test_costs_approach_their_limits_as_codes_grow(measured: dict[str, Any]) -> None:
    for name, limit in (
        ("lost_information", measured["lost_information_limit"]),
        ("gained_sensitivity", measured["gained_sensitivity_limit"]),
        ("crossing", measured["crossing_limit"]),
    ):
        distance = np.abs(measured[name] - limit[..., None])
        assert (distance[..., 1] <= distance[..., 0] + 0.005).all(), name
        assert distance[..., 1].max() < 0.25, name  # at the kinks, at which they approach as 1 / ln N
    # Away from where the limit has a kink there is nothing left to approach.
    assert abs(measured["gained_sensitivity"][0, 0, 1] - 1) < 0.01
    assert abs(measured["gained_sensitivity"][0, -1, 1]) < 0.01


def test_the_limit_of_the_crossing_is_where_the_limits_cross(measured: dict[str, Any]) -> None:
    for d, alpha in zip(measured["dimensions"], measured["crossing_limit"], strict=True):
        assert 1 - 1 / alpha == pytest.approx(1 + (1 - alpha) * d / 2)
        assert 1 < alpha < 1 + 2 / d


def test_costs_cross_between_what_efficiency_and_robustness_want_and_nearer_to_one_in_more_dimensions(
    measured: dict[str, Any],
) -> None:
    crossing = measured["crossing"][:, -1]
    assert (crossing > 1).all()
    assert (crossing < measured["smooth"]).all()
    assert (np.diff(crossing) < 0).all()


def test_sensitivity_diverges_below_the_smooth_exponent_and_not_above(measured: dict[str, Any]) -> None:
    slow, fast = (list(SMALL["exponents"]).index(alpha) for alpha in (1.5, 3.0))
    for d, dimension in enumerate(SMALL["dimensions"]):
        last, before = measured["sensitivity"][d, :, -1], measured["sensitivity"][d, :, -2]
        if 1 + 2 / dimension > 1.5:
            assert last[slow] > 1.5 * before[slow]
        if 1 + 2 / dimension < 3.0:
            assert last[fast] < 1.01 * before[fast]


@pytest.mark.parametrize("dimension", [1, 3])
def test_the_frontier_is_what_an_optimiser_finds(dimension: int) -> None:
    squares = torus_codes.squared_frequencies(dimension, 12)
    snr = 2.0
    front = torus_codes.frontier(squares, snr, points=400)
    assert (np.diff(front.sensitivity) >= -1e-9).all()
    assert (np.diff(front.information) >= -1e-9).all()
    for bound in (0.8 * squares[0] + 0.2 * squares.mean(), 0.5 * squares[0] + 0.5 * squares.mean()):
        found = minimize(
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
        assert found.success
        assert np.interp(bound, *front) == pytest.approx(-found.fun, rel=1e-3)


def test_no_power_law_beats_the_best_spectrum_of_its_sensitivity(measured: dict[str, Any]) -> None:
    share = measured["information"][:, -1] / measured["best"]
    assert (share < 1 + 1e-3).all()
    np.testing.assert_allclose(share[:, 0], 1, rtol=1e-3)  # the flat one is itself the best without restriction
    assert (share[:, 3] < 0.95).all()


def test_simulated_codes_have_the_sensitivity_and_the_errors_of_the_formulas(measured: dict[str, Any]) -> None:
    check = measured["check"]
    np.testing.assert_allclose(check["sensitivity"], check["sensitivity_formula"], rtol=0.05)
    np.testing.assert_allclose(check["unexplained"], check["unexplained_formula"], rtol=0.05)
    # The formula of another exponent does not fit.
    assert not np.allclose(check["sensitivity"][:, :-1], check["sensitivity_formula"][:, 1:], rtol=0.3)
    # What the decoders leave beyond the formula is what they lack of stimuli.
    assert (check["unexplained"] > check["unexplained_formula"] * 0.995).all()


def test_the_record_can_be_kept_and_comes_out_again(measured: dict[str, Any], tmp_path: Path) -> None:
    again = theory.measure(**SMALL)
    np.testing.assert_equal(again, measured)
    other = theory.measure(**SMALL | {"seed": 1})
    assert not np.array_equal(other["check"]["sensitivity"], measured["check"]["sensitivity"])
    np.testing.assert_array_equal(other["sensitivity"], measured["sensitivity"])
    unit = Unit("visual_cortex", "theory", {}, "0" * 16)
    Store(tmp_path).write(Record(unit, measured, 0.0, 0.0, {}))
    kept = Store(tmp_path).read(unit)
    assert kept is not None
    np.testing.assert_array_equal(kept.result["frontier"]["information"], measured["frontier"]["information"])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"neurons": [100]}, r"neurons is \[100\]"),
        ({"neurons": [100, 100]}, "ascending"),
        ({"neurons": [1, 100]}, "from 2 on"),
        ({"dimensions": [0]}, "a torus has at least 1"),
        ({"check_dimensions": [0]}, "a torus has at least 1"),
        ({"exponents": [-0.5]}, "none may be negative"),
        ({"check_exponents": [-0.5]}, "none may be negative"),
        ({"snr": 0.0}, "snr is 0"),
        ({"check_stimuli": 41}, "check_stimuli is 41 for 41 neurons"),
    ],
)
def test_a_request_that_cannot_be_met_says_why(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        theory.measure(**SMALL | changes)
