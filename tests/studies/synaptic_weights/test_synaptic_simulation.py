"""Simulated dual changes and the picture of two weights: what was put in is found, and only by the right geometry."""

from typing import Any

import numpy as np
import pytest

from learning_geometry.instruments.dual_change import (
    cdf_distance_critical,
    cdf_distance_floor,
    shapiro_wilk_critical,
    shapiro_wilk_floor,
)
from learning_geometry.studies.synaptic_weights.experiments import dynamics, simulation
from learning_geometry.studies.synaptic_weights.experiments._draws import log_normal_sizes
from learning_geometry.studies.unit import Execution

TRUTHS, CANDIDATES = [1.0, 2.0, 3.0], [1.0, 1.5, 2.0, 2.5, 3.0]


def simulated(**changed: Any) -> Any:
    usual: dict[str, Any] = {"draw_seeds": list(range(12)), "simulated_synapses": 1000, "simulated_change": 0.1}
    geometries = {"truths": TRUTHS, "candidates": CANDIDATES}
    return simulation.measure(simulation.Simulation(**{**usual, **geometries, **changed}), Execution())


def moved(**changed: Any) -> Any:
    usual: dict[str, Any] = {"truths": TRUTHS, "seed": 0, "steps": 300, "step_share": 0.05}
    return dynamics.measure(dynamics.Dynamics(**{**usual, **changed}), Execution())


def test_the_right_geometry_is_at_the_floor_and_wrong_ones_are_rejected() -> None:
    means = simulated().mean("seed")
    distance, w = means.cdf_distance, means.shapiro_wilk
    assert (distance.idxmin("candidate") == distance.truth).all()
    assert (w.idxmax("candidate") == w.truth).all()
    np.testing.assert_allclose(distance.sel(candidate=distance.truth), cdf_distance_floor(1000), rtol=0.5)
    np.testing.assert_allclose(w.sel(candidate=w.truth), shapiro_wilk_floor(1000), atol=1e-3)
    wrong = distance.candidate != distance.truth
    assert distance.where(wrong).min() > cdf_distance_critical(1000)
    assert w.where(wrong).max() < shapiro_wilk_critical(1000)
    # An independent implementation gave these means of 30 seeds, n = 1000.
    euclid, three = distance.sel(initial="normal", truth=2.0), distance.sel(initial="log-normal", truth=3.0)
    np.testing.assert_allclose(euclid, [0.670, 0.304, 0.036, 0.105, 0.237], atol=0.03)
    np.testing.assert_allclose(three, [0.669, 0.584, 0.334, 0.106, 0.039], atol=0.03)


def test_a_simulation_depends_on_its_own_seed_alone() -> None:
    two, alone = (simulated(draw_seeds=seeds, simulated_synapses=50) for seeds in ([3, 0], [0]))
    assert two.sel(seed=[0]).identical(alone)
    assert not np.array_equal(two.cdf_distance.sel(seed=0), two.cdf_distance.sel(seed=3))


def test_initial_sizes_are_log_normal_with_a_standard_deviation_that_is_their_mean() -> None:
    sizes = log_normal_sizes(np.random.default_rng(0), 400_000, 0.1)
    assert sizes.mean() == pytest.approx(0.1, rel=0.01)
    assert sizes.std() == pytest.approx(0.1, rel=0.03)
    assert np.log(sizes).std() == pytest.approx(np.sqrt(np.log(2)), rel=0.01)


def test_paths_are_straight_in_the_dual_space_and_end_where_interpolation_says() -> None:
    record = moved()
    x, start = record.x.values, record.start.values
    across = np.array([-x[1], x[0]])
    bends, angles = [], []
    for truth in TRUTHS:
        path = record.sel(truth=truth)
        change = path.dual.values - path.dual.values[0]
        np.testing.assert_allclose(change @ across, 0, atol=1e-12)
        assert np.all(np.diff(change @ x) >= 0)
        assert np.all(np.diff(path.loss) <= 0)
        np.testing.assert_allclose(path.primal.values[[0, -1]], [start, path.limit], atol=1e-5)
        assert path.limit.values @ x == pytest.approx(float(record.y))
        along = path.limit.values - start
        bends.append(np.abs((path.primal.values - start) @ np.array([-along[1], along[0]])).max())
        angles.append(np.arctan2(*along))
    # In the space of weights the Euclidean path alone is straight: the others bend to the large weight and the small.
    assert angles[0] > angles[1] + 0.3 > angles[2] + 0.6
    assert bends[1] < 1e-12
    assert bends[2] > 0.02


def test_all_paths_arrive_at_the_same_rate() -> None:
    record = moved(seed=1, steps=200, step_share=0.1)
    shares = 1 - np.sqrt(record.loss.isel(step=101) / record.loss.isel(step=100))
    np.testing.assert_allclose(shares, 0.1, rtol=0.01)
    assert np.ptp(record.learning_rate.values) > 0.5 * record.learning_rate.mean()  # with rates of their own
