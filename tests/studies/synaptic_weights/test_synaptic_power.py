"""How many synapses an experiment needs, and what noise does to it: small runs of both experiments."""

from typing import Any

import numpy as np
import pytest

from learning_geometry.studies.synaptic_weights.experiments import noise, power
from learning_geometry.studies.unit import Execution

TRUTHS = [1.0, 2.0, 3.0]
SAME = np.eye(3, dtype=bool)
POWER: dict[str, Any] = {
    "seed": 0,
    "statistics": ["likelihood", "cdf_distance"],
    "power_changes": [0.1],
    "power_spreads": [0.4, 0.83],
    "truths": TRUTHS,
    "power_replicates": 40,
    "max_synapses": 320,
}
NOISE: dict[str, Any] = {
    "seed": 0,
    "noises": [0.0, 0.1],
    "noise_synapses": [30, 200],
    "noise_change": 0.3,
    "noise_spread": 0.83,
    "truths": TRUTHS,
    "noise_replicates": 25,
}


def measured_power(**changed: Any) -> Any:
    return power.measure(power.Power(**{**POWER, **changed}), Execution())


def measured_noise(**changed: Any) -> Any:
    return noise.measure(noise.Noise(**{**NOISE, **changed}), Execution())


@pytest.fixture(scope="module")
def required() -> Any:
    return measured_power()


@pytest.fixture(scope="module")
def noisy() -> Any:
    return measured_noise()


def test_the_same_unit_gives_the_same_numbers_and_another_seed_others() -> None:
    small = {"statistics": ["likelihood"], "power_spreads": [0.83], "truths": [1.0, 3.0], "max_synapses": 40}
    once, again, other = (measured_power(**small, seed=seed) for seed in (0, 0, 1))
    assert all(once[name].identical(again[name]) for name in ("required", "curves"))
    assert not once["curves"].identical(other["curves"])
    few = {"noise_synapses": [30], "truths": [1.0, 3.0], "noise_replicates": 5}
    first, second, third = (measured_noise(**few, seed=seed) for seed in (0, 0, 1))
    assert first.identical(second)
    assert not first.identical(third)


def test_required_numbers_of_every_pair_of_geometries(required: Any) -> None:
    n, low, high = (required["required"][name].isel(change=0).values for name in ("n", "low", "high"))
    assert n.shape == (2, 2, 3, 3)
    assert np.all(n[..., SAME] == -1)
    likelihood, distance = n[..., ~SAME]
    assert np.all((likelihood >= 10) & (likelihood <= 320))
    reached = distance > 0
    assert np.all(distance[reached] > 1.5 * likelihood[reached])
    assert not reached.all()  # at the smaller spread 320 synapses are too few for the distance
    assert reached[1].all()
    assert np.all(likelihood[0] >= likelihood[1])
    some = n > 0
    assert np.all((low <= n)[some] & (n <= high)[some])
    assert np.all((low == -1)[~some] & (high == -1)[~some])


def test_power_curves_rise_for_rivals_and_stay_low_for_the_truth(required: Any) -> None:
    curves = required["curves"]
    assert (float(curves.change), float(curves.spread)) == (0.1, 0.83)
    assert curves.synapses.values[[0, -1]].tolist() == [10, 320]
    likelihood, distance = curves.power
    for truth in TRUTHS:
        assert likelihood.sel(truth=truth, rival=truth).mean() < 0.12
        for rival in set(TRUTHS) - {truth}:
            assert likelihood.sel(truth=truth, rival=rival)[-1] == 1
            pair = {"truth": truth, "rival": rival}
            assert (likelihood.sel(pair) >= distance.sel(pair) - 0.1).all()


def test_noise_hides_the_exponent_from_an_analysis_that_ignores_it(noisy: Any) -> None:
    mean = noisy.exponent.mean("replicate")
    # Without noise there is nothing to know.
    assert (noisy.exponent.sel(noise=0.0) == noisy.exponent.sel(noise=0.0, assumed=1.0)).all()
    most = mean.isel(synapses=-1)
    assert (abs(most.sel(assumed=1.0) - most.truth) < 0.2).all()
    ignorant = most.sel(noise=0.1, assumed=0.0)
    assert ignorant.sel(truth=1.0) == pytest.approx(1, abs=0.1)  # multiplicative noise is of this geometry
    assert ignorant.sel(truth=2.0) < 1.8
    assert ignorant.sel(truth=3.0) < 2.1
    named, misnamed = noisy.identified.mean("replicate"), noisy.misnamed.mean("replicate")
    assert (named.isel(synapses=-1).sel(assumed=1.0) > 0.75).all()
    assert named.sel(truth=3.0, noise=0.1, assumed=0.0, synapses=200) < 0.1
    assert misnamed.sel(truth=3.0, noise=0.1, assumed=0.0).max() > 0.3
    assert misnamed.sel(assumed=1.0).max() < 0.2


def test_knowing_half_of_the_noise_is_half_a_remedy(noisy: Any) -> None:
    mean = noisy.exponent.mean("replicate").sel(noise=0.1, synapses=200)
    for truth in (2.0, 3.0):
        none, half, right = mean.sel(truth=truth).values
        assert none < half - 0.1 < right - 0.2
