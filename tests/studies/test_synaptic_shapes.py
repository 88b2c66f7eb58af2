"""Distributions that geometries leave behind: each is predicted by its own geometry, from pairs and from histograms."""

from typing import Any

import numpy as np
import pytest
from scipy import stats

from learning_geometry.studies.synaptic_weights import shapes

INITIALS = ["log-normal", "constant"]
SMALL: dict[str, Any] = {
    "seeds": [0, 1],
    "synapses": 1000,
    "samples": 177,
    "label_scale": 3.0,
    "initials": INITIALS,
    "truths": [1.0, 2.0, 3.0],
    "candidates": [1.0, 2.0, 3.0],
}


@pytest.fixture(scope="module")
def record() -> dict[str, Any]:
    return shapes.measure(**SMALL)


def test_every_geometry_predicts_its_own_distribution_best(record: dict[str, Any]) -> None:
    for key in ("ks", "ks_unpaired"):
        distance = record[key]
        assert distance.shape == (2, 3, 3, 2)
        assert (distance.mean(axis=-1).argmin(axis=-1) == [0, 1, 2]).all()
    own, wrong = np.eye(3, dtype=bool), ~np.eye(3, dtype=bool)
    means = record["ks"].mean(axis=-1)
    assert means[:, own].max() < 2 * record["ks_floor"]
    assert means[:, wrong].min() > 2 * record["ks_floor"]


def test_exponentiated_gradients_leave_the_most_log_normal_sizes(record: dict[str, Any]) -> None:
    assert record["skewness_log"].shape == record["shapiro_log"].shape == record["variation"].shape == (2, 3, 2)
    assert (record["shapiro_log"].mean(axis=-1).argmax(axis=-1) == 0).all()
    assert (np.diff(np.abs(record["skewness_log"]).mean(axis=-1)) > 0).all()
    assert (np.diff(record["variation"].mean(axis=-1)) < 0).all()


def test_quantiles_describe_the_distributions(record: dict[str, Any]) -> None:
    levels = len(record["quantile_levels"])
    assert record["initial_quantiles"].shape == (2, levels)
    assert record["final_quantiles"].shape == (2, 3, levels)
    assert record["predicted_quantiles"].shape == (2, 3, 3, levels)
    for key in ("initial_quantiles", "final_quantiles", "predicted_quantiles"):
        assert (np.diff(record[key]) >= 0).all()
    assert (record["initial_quantiles"][1] == 0).all()  # of a constant
    # Of log-normal sizes: a straight line against normal quantiles, of the slope sqrt(ln 2).
    normal = stats.norm.ppf(record["quantile_levels"])
    slope = np.polyfit(normal, np.log(10) * record["initial_quantiles"][0], 1)[0]
    assert slope == pytest.approx(np.sqrt(np.log(2)), rel=0.05)
    error = np.abs(record["predicted_quantiles"] - record["final_quantiles"][:, :, None]).mean(axis=-1)
    assert (error.argmin(axis=-1) == [0, 1, 2]).all()


def test_the_record_holds_numbers_and_comes_from_its_seeds(record: dict[str, Any]) -> None:
    assert all(np.isfinite(values).all() for values in record.values() if isinstance(values, np.ndarray))
    alone = shapes.measure(**SMALL | {"seeds": [1], "initials": ["constant"], "truths": [1.0]})
    for key in ("ks", "ks_unpaired", "variation"):
        assert np.array_equal(alone[key][0, 0], record[key][1, 0, ..., 1:])
        assert not np.array_equal(record[key][..., 0], record[key][..., 1])


def test_distance_of_distributions_is_that_of_kolmogorov_and_smirnov(record: dict[str, Any]) -> None:
    rng = np.random.default_rng(0)
    first, second = rng.standard_normal(50).round(1), 0.3 + rng.standard_normal((2, 60)).round(1)
    expected = stats.ks_2samp(first, second.ravel()).statistic
    assert shapes.distance_of_cdfs(first, second) == pytest.approx(expected, abs=1e-12)
    # The floor: samples of one distribution, of the sizes of the record.
    drawn = [shapes.distance_of_cdfs(rng.random(1000), rng.random(10_000)) for _ in range(200)]
    assert np.mean(drawn) == pytest.approx(record["ks_floor"], rel=0.08)


def test_an_unknown_start_is_refused() -> None:
    with pytest.raises(ValueError, match="'uniform'; choose 'log-normal' or 'constant'"):
        shapes.measure(**SMALL | {"initials": ["uniform"]})
