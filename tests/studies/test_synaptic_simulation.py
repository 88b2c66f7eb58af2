"""Simulated dual changes and the picture of two weights: what was put in is found, and only by the right geometry."""

import numpy as np
import pytest

from learning_geometry.instruments.dual_change import (
    cdf_distance_critical,
    cdf_distance_floor,
    shapiro_wilk_critical,
    shapiro_wilk_floor,
)
from learning_geometry.studies.synaptic_weights import dynamics, simulation

EXPONENTS = [1.0, 2.0, 3.0]
CANDIDATES = [1.0, 1.5, 2.0, 2.5, 3.0]
SMALL = {"seeds": list(range(12)), "synapses": 1000, "change": 0.1, "truths": EXPONENTS, "candidates": CANDIDATES}


def test_the_right_geometry_is_at_the_floor_and_wrong_ones_are_rejected() -> None:
    record = simulation.measure(**SMALL)
    assert record["initials"] == ["log-normal", "normal"]
    distance, w = record["cdf_distance"].mean(axis=-1), record["shapiro_wilk"].mean(axis=-1)
    assert distance.shape == w.shape == (2, 3, 5)
    for t, truth in enumerate(EXPONENTS):
        right = CANDIDATES.index(truth)
        assert (distance[:, t].argmin(axis=-1) == right).all()
        assert (w[:, t].argmax(axis=-1) == right).all()
        np.testing.assert_allclose(distance[:, t, right], cdf_distance_floor(1000), rtol=0.5)
        np.testing.assert_allclose(w[:, t, right], shapiro_wilk_floor(1000), atol=1e-3)
        wrong = np.arange(5) != right
        assert (distance[:, t, wrong] > cdf_distance_critical(1000)).all()
        assert (w[:, t, wrong] < shapiro_wilk_critical(1000)).all()
    # An independent implementation gave these means of 30 seeds, n = 1000.
    np.testing.assert_allclose(distance[1, 1], [0.670, 0.304, 0.036, 0.105, 0.237], atol=0.03)
    np.testing.assert_allclose(distance[0, 2], [0.669, 0.584, 0.334, 0.106, 0.039], atol=0.03)


def test_units_of_a_simulation_are_its_seeds() -> None:
    few = SMALL | {"seeds": [3, 0], "synapses": 50}
    once, twice, alone = (simulation.measure(**few | {"seeds": seeds}) for seeds in ([3, 0], [3, 0], [0]))
    for key in ("cdf_distance", "shapiro_wilk"):
        assert np.array_equal(once[key], twice[key])
        assert np.array_equal(once[key][..., 1:], alone[key])
        assert not np.array_equal(once[key][..., 0], once[key][..., 1])
        assert np.isfinite(once[key]).all()


def test_initial_sizes_are_log_normal_with_a_standard_deviation_that_is_their_mean() -> None:
    sizes = simulation.log_normal_sizes(np.random.default_rng(0), 400_000, 0.1)
    assert sizes.mean() == pytest.approx(0.1, rel=0.01)
    assert sizes.std() == pytest.approx(0.1, rel=0.03)
    assert np.log(sizes).std() == pytest.approx(np.sqrt(np.log(2)), rel=0.01)


def test_paths_are_straight_in_the_dual_space_and_end_where_interpolation_says() -> None:
    record = dynamics.measure(exponents=EXPONENTS, seed=0, steps=300, learning_rate=0.05)
    assert record["primal"].shape == record["dual"].shape == (3, 301, 2)
    assert record["loss"].shape == (3, 301)
    x, start = record["x"], record["start"]
    across = np.array([-x[1], x[0]])
    for i in range(3):
        moved = record["dual"][i] - record["dual"][i][0]
        np.testing.assert_allclose(moved @ across, 0, atol=1e-12)
        assert np.all(np.diff(moved @ x) >= 0)
        assert np.all(np.diff(record["loss"][i]) <= 0)
        np.testing.assert_allclose(record["primal"][i, 0], start)
        np.testing.assert_allclose(record["primal"][i, -1], record["limit"][i], atol=1e-5)
        assert record["limit"][i] @ x == pytest.approx(record["y"])
    # In the space of weights the Euclidean path alone is straight: the others bend to the large weight and the small.
    angle = np.unwrap(np.arctan2(*np.moveaxis(record["limit"] - start, -1, 0)))
    assert angle[0] > angle[1] + 0.3 > angle[2] + 0.6
    bend = [
        np.abs((path - start) @ np.array([-d[1], d[0]])).max()
        for path, d in zip(record["primal"], record["limit"] - start, strict=True)
    ]
    assert bend[1] < 1e-12
    assert bend[2] > 0.02


def test_all_paths_arrive_at_the_same_rate() -> None:
    record = dynamics.measure(exponents=EXPONENTS, seed=1, steps=200, learning_rate=0.1)
    shares = 1 - np.sqrt(record["loss"][:, 101] / record["loss"][:, 100])
    np.testing.assert_allclose(shares, 0.1, rtol=0.01)
    assert np.ptp(record["learning_rates"]) > 0.5 * record["learning_rates"].mean()  # with rates of their own
    again = dynamics.measure(exponents=EXPONENTS, seed=1, steps=200, learning_rate=0.1)
    assert np.array_equal(record["primal"], again["primal"])
