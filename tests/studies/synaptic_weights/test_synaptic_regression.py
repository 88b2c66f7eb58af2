"""Exact linear regression in each geometry: the task is the official one, and its solution names its geometry."""

from typing import Any

import numpy as np
import pytest
from scipy import linalg

from learning_geometry.instruments.dual_change import (
    cdf_distance,
    cdf_distance_critical,
    cdf_distance_floor,
    dual_change,
)
from learning_geometry.instruments.potentials import PNorm
from learning_geometry.studies.synaptic_weights.experiments._draws import task
from learning_geometry.studies.synaptic_weights.experiments.regression import Regression, measure
from learning_geometry.studies.unit import Execution

SMALL: dict[str, Any] = {
    "draw_seeds": [0, 1, 2],
    "dimensions": [60, 90],
    "sample_power": 0.5,
    "truths": [1.0, 2.0, 3.0],
    "candidates": [1.0, 1.5, 2.0, 2.5, 3.0],
    "inputs": "correlated",
    "covariance_power": 2.0,
}


def measured(**changed: Any) -> Any:
    return measure(Regression(**{**SMALL, **changed}), Execution())


@pytest.mark.parametrize("power", [1.0, 2.0])
@pytest.mark.parametrize("samples", [40_000, 40_001])
def test_inputs_have_the_official_covariance_and_labels_are_balanced_signs(power: float, samples: int) -> None:
    x, y = task(np.random.default_rng(0), samples, 7, power)
    assert x.shape == (samples, 7)
    lag = np.arange(7)
    expected = linalg.toeplitz((-1.0) ** lag / (1 + lag**power)) + np.eye(7) / 12
    np.testing.assert_allclose(np.cov(x.T), expected, atol=0.03)
    assert np.abs(np.cov(x.T) - linalg.toeplitz((-1.0) ** lag / (1 + lag ** (3 - power)))).max() > 0.06  # the control
    np.testing.assert_allclose(x.mean(axis=0), 0, atol=0.03)
    assert set(y) == {-1.0, 1.0}
    assert y.mean() == pytest.approx(0, abs=0.02)
    # Rows are independent of one another: those that share a Fourier transform too.
    half = samples // 2
    assert np.abs(x[:half].T @ x[-half:] / half).max() < 0.04


def test_covariances_that_do_not_fall_are_refused() -> None:
    with pytest.raises(ValueError, match="covariance_power is -1"):
        task(np.random.default_rng(0), 5, 20, -1.0)
    for power in (0.1, 1.0, 2.0, 8.0):  # and all others are covariances
        lag = np.arange(20)
        assert np.linalg.eigvalsh(linalg.toeplitz((-1.0) ** lag / (1 + lag**power))).min() > 0
        assert np.isfinite(task(np.random.default_rng(0), 5, 20, power)[0]).all()


def test_the_record_is_what_it_says() -> None:
    record = measured()
    assert record.samples.values.tolist() == [7, 9]
    assert record.residual.max() <= 1e-10
    assert (record.flipped.sel(truth=1.0) == 0).all()  # negative entropy keeps the signs
    assert (record.flipped.sel(truth=[2.0, 3.0]) > 0).all()
    # Once by hand: the Euclidean solution is a pseudoinverse.
    rng = np.random.default_rng([1, 90])
    x, y = task(rng, 9, 90, 2.0)
    before = rng.standard_normal(90) / np.sqrt(90)
    after = before + np.linalg.pinv(x) @ (y - x @ before)
    own = record.sel(dimension=90, seed=1, truth=2.0)
    assert float(own.magnitude) == pytest.approx(np.linalg.norm(after - before) / np.linalg.norm(before))
    assert own.flipped == np.mean(before * after < 0)
    assert float(own.cdf_distance.sel(candidate=2.0)) == pytest.approx(float(cdf_distance(after - before)))
    other = float(cdf_distance(dual_change(before, after, PNorm(2.5))))
    assert float(own.cdf_distance.sel(candidate=2.5)) == pytest.approx(other)


def test_a_regression_depends_on_its_own_seed_alone() -> None:
    two, alone = measured(draw_seeds=[2, 5]), measured(draw_seeds=[5])
    assert two.sel(seed=[5]).identical(alone)
    assert not np.array_equal(two.cdf_distance.sel(seed=2), two.cdf_distance.sel(seed=5))


def test_the_right_geometry_has_the_most_gaussian_dual_change() -> None:
    medians = measured(draw_seeds=list(range(8)), dimensions=[1000]).cdf_distance.median("seed").isel(dimension=0)
    assert (medians.idxmin("candidate") == medians.truth).all()
    assert (medians.sel(candidate=medians.truth) < 1.5 * cdf_distance_floor(1000)).all()
    assert (medians.max("candidate") > 10 * cdf_distance_floor(1000)).all()  # and the farthest one is far off


@pytest.mark.parametrize(("inputs", "gaussian"), [("correlated", True), ("binary", True), ("heavy-tailed", False)])
def test_heavy_tailed_inputs_leave_no_gaussian_even_in_the_right_geometry(inputs: str, gaussian: bool) -> None:
    distance = measured(dimensions=[1000], draw_seeds=[0, 1, 2, 3], inputs=inputs).cdf_distance.mean("seed")
    assert ((distance.sel(candidate=distance.truth) < cdf_distance_critical(1000)) == gaussian).all()
