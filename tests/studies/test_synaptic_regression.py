"""Exact linear regression in each geometry: the task is the official one, and its solution names its geometry."""

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
from learning_geometry.studies.synaptic_weights import regression

EXPONENTS = [1.0, 2.0, 3.0]
SMALL = {
    "seeds": [0, 1, 2],
    "dimensions": [60, 90],
    "power": 0.5,
    "truths": EXPONENTS,
    "candidates": [1.0, 1.5, 2.0, 2.5, 3.0],
    "inputs": "correlated",
    "covariance_power": 2.0,
}


@pytest.mark.parametrize("power", [1.0, 2.0])
@pytest.mark.parametrize("samples", [40_000, 40_001])
def test_inputs_have_the_official_covariance_and_labels_are_balanced_signs(power: float, samples: int) -> None:
    x, y = regression.task(np.random.default_rng(0), samples, 7, power)
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
        regression.task(np.random.default_rng(0), 5, 20, -1.0)
    for power in (0.1, 1.0, 2.0, 8.0):  # and all others are covariances
        lag = np.arange(20)
        assert np.linalg.eigvalsh(linalg.toeplitz((-1.0) ** lag / (1 + lag**power))).min() > 0
        assert np.isfinite(regression.task(np.random.default_rng(0), 5, 20, power)[0]).all()


def test_the_record_is_what_it_says() -> None:
    record = regression.measure(**SMALL)
    assert record["samples"].tolist() == [7, 9]
    assert record["cdf_distance"].shape == (2, 3, 5, 3)
    for key in ("magnitude", "flipped", "residual"):
        assert record[key].shape == (2, 3, 3)
    assert all(np.isfinite(values).all() for values in record.values() if isinstance(values, np.ndarray))
    assert record["residual"].max() <= 1e-10
    assert (record["flipped"][:, 0] == 0).all()  # negative entropy keeps the signs
    assert (record["flipped"][:, 1:] > 0).all()
    # Once by hand: the Euclidean solution is a pseudoinverse.
    rng = np.random.default_rng([1, 90])
    x, y = regression.task(rng, 9, 90, 2.0)
    before = rng.standard_normal(90) / np.sqrt(90)
    after = before + np.linalg.pinv(x) @ (y - x @ before)
    assert record["magnitude"][1, 1, 1] == pytest.approx(np.linalg.norm(after - before) / np.linalg.norm(before))
    assert record["flipped"][1, 1, 1] == np.mean(before * after < 0)
    assert record["cdf_distance"][1, 1, 2, 1] == pytest.approx(cdf_distance(after - before))
    other = cdf_distance(dual_change(before, after, PNorm(2.5)))
    assert record["cdf_distance"][1, 1, 3, 1] == pytest.approx(other)


def test_units_of_a_regression_are_its_seeds() -> None:
    once, twice, alone = (regression.measure(**SMALL | {"seeds": seeds}) for seeds in ([2, 5], [2, 5], [5]))
    for key in ("cdf_distance", "magnitude", "residual"):
        assert np.array_equal(once[key], twice[key])
        assert np.array_equal(once[key][..., 1:], alone[key])
        assert not np.array_equal(once[key][..., 0], once[key][..., 1])


def test_the_right_geometry_has_the_most_gaussian_dual_change() -> None:
    record = regression.measure(**SMALL | {"seeds": list(range(8)), "dimensions": [1000]})
    medians = np.median(record["cdf_distance"][0], axis=-1)
    assert medians.argmin(axis=-1).tolist() == [0, 2, 4]
    assert (medians[[0, 1, 2], [0, 2, 4]] < 1.5 * cdf_distance_floor(1000)).all()
    assert (medians[[0, 1, 2], [4, 0, 0]] > 10 * cdf_distance_floor(1000)).all()  # and the farthest one is far off


def test_heavy_tailed_inputs_leave_no_gaussian_even_in_the_right_geometry() -> None:
    usual = SMALL | {"dimensions": [1000], "seeds": [0, 1, 2, 3]}
    right = {1.0: 0, 2.0: 2, 3.0: 4}
    for inputs, gaussian in (("correlated", True), ("binary", True), ("heavy-tailed", False)):
        found = regression.measure(**(usual | {"inputs": inputs}))["cdf_distance"][0].mean(-1)
        for t, truth in enumerate(EXPONENTS):
            assert (found[t, right[truth]] < cdf_distance_critical(1000)) == gaussian


def test_unknown_inputs_are_refused() -> None:
    with pytest.raises(ValueError, match=r"inputs are 'sparse'; choose 'correlated', 'binary' or 'heavy-tailed'"):
        regression.measure(**(SMALL | {"inputs": "sparse"}))
