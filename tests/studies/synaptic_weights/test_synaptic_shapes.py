"""Distributions that geometries leave behind: each is predicted by its own geometry, from pairs and from histograms."""

from typing import Any

import numpy as np
import pytest
from scipy import stats

from learning_geometry.studies.synaptic_weights.experiments.shapes import Shapes, distance_of_cdfs, measure
from learning_geometry.studies.unit import Execution

SMALL: dict[str, Any] = {
    "shape_seeds": [0, 1],
    "shape_synapses": 1000,
    "shape_samples": 177,
    "label_scale": 3.0,
    "initials": ["log-normal", "constant"],
    "truths": [1.0, 2.0, 3.0],
    "candidates": [1.0, 2.0, 3.0],
}


@pytest.fixture(scope="module")
def record() -> Any:
    return measure(Shapes(**SMALL), Execution())


def test_every_geometry_predicts_its_own_distribution_best(record: Any) -> None:
    for distance in (record.ks.mean("seed"), record.ks_unpaired.mean("seed")):
        assert (distance.idxmin("candidate") == distance.truth).all()
    means = record.ks.mean("seed")
    own = means.candidate == means.truth
    assert means.where(own).max() < 2 * record.ks_floor < means.where(~own).min()


def test_geometries_differ_and_draws_of_one_geometry_do_not(record: Any) -> None:
    between = record.ks_between
    assert (between.where(between.rival == between.truth, 0) == 0).all()
    np.testing.assert_array_equal(between, between.transpose("initial", "rival", "truth", "seed"))
    assert between.where(between.rival != between.truth).mean() > 2 * record.ks_again.mean()
    # The critical value is that of two independent samples: 5 % of such pairs exceed it.
    rng = np.random.default_rng(0)
    drawn = [distance_of_cdfs(rng.random(1000), rng.random(1000)) for _ in range(400)]
    assert np.mean(np.array(drawn) > float(record.ks_critical)) == pytest.approx(0.05, abs=0.03)


def test_exponentiated_gradients_leave_the_most_log_normal_sizes(record: Any) -> None:
    means = record.mean("seed")
    assert (means.shapiro_log.idxmax("truth") == 1).all()
    assert (abs(means.skewness_log).diff("truth") > 0).all()
    assert (means.variation.diff("truth") < 0).all()


def test_quantiles_describe_the_distributions(record: Any) -> None:
    for name in ("initial_quantiles", "final_quantiles", "predicted_quantiles"):
        assert (record[name].diff("level") >= 0).all()
    assert (record.initial_quantiles.sel(initial="constant") == 0).all()
    # Of log-normal sizes: a straight line against normal quantiles, of the slope sqrt(ln 2).
    normal = stats.norm.ppf(record.level)
    slope = np.polyfit(normal, np.log(10) * record.initial_quantiles.sel(initial="log-normal"), 1)[0]
    assert slope == pytest.approx(np.sqrt(np.log(2)), rel=0.05)
    error = abs(record.predicted_quantiles - record.final_quantiles).mean("level")
    assert (error.idxmin("candidate") == error.truth).all()


def test_shapes_come_from_their_seeds(record: Any) -> None:
    alone = measure(Shapes(**SMALL | {"shape_seeds": [1], "initials": ["constant"], "truths": [1.0]}), Execution())
    for name in ("ks", "ks_unpaired", "variation", "ks_again"):
        one = record[name].sel(initial=["constant"], truth=[1.0], seed=[1])
        np.testing.assert_array_equal(one, alone[name].transpose(*one.dims))
        assert not np.array_equal(record[name].sel(seed=0), record[name].sel(seed=1))


def test_distance_of_distributions_is_that_of_kolmogorov_and_smirnov(record: Any) -> None:
    rng = np.random.default_rng(0)
    first, second = rng.standard_normal(50).round(1), 0.3 + rng.standard_normal((2, 60)).round(1)
    expected = stats.ks_2samp(first, second.ravel()).statistic
    assert distance_of_cdfs(first, second) == pytest.approx(expected, abs=1e-12)
    # The floor: samples of one distribution, of the sizes of the record.
    drawn = [distance_of_cdfs(rng.random(1000), rng.random(10_000)) for _ in range(200)]
    assert np.mean(drawn) == pytest.approx(float(record.ks_floor), rel=0.08)
