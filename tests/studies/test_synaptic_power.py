"""How many synapses an experiment needs, and what noise does to it: small runs of both experiments of study 4."""

import numpy as np
import pytest

from learning_geometry.studies.synaptic_weights import noise, power

POWER = {
    "seed": 0,
    "statistics": ["likelihood", "cdf_distance"],
    "changes": [0.1],
    "spreads": [0.4, 0.83],
    "truths": [1.0, 2.0, 3.0],
    "replicates": 40,
    "max_synapses": 320,
}
NOISE = {
    "seed": 0,
    "noises": [0.0, 0.1],
    "synapses": [30, 200],
    "change": 0.3,
    "spread": 0.83,
    "truths": [1.0, 2.0, 3.0],
    "replicates": 25,
}


def numbers(record):
    """Every array and number of a record, by its place."""
    for key, value in record.items():
        if isinstance(value, dict):
            yield from ((f"{key}.{inner}", each) for inner, each in numbers(value))
        elif not (isinstance(value, list) and isinstance(value[0], str)):
            yield key, np.asarray(value, dtype=np.float64)


@pytest.fixture(scope="module")
def required():
    return power.measure(**POWER)


@pytest.fixture(scope="module")
def noisy():
    return noise.measure(**NOISE)


def test_records_hold_finite_numbers(required, noisy):
    for record in (required, noisy):
        for key, values in numbers(record):
            assert np.isfinite(values).all(), key


def test_the_same_parameters_give_the_same_numbers():
    small = POWER | {"statistics": ["likelihood"], "spreads": [0.83], "truths": [1.0, 3.0], "max_synapses": 40}
    few = NOISE | {"synapses": [30], "truths": [1.0, 3.0], "replicates": 5}
    for experiment, parameters in ((power, small), (noise, few)):
        once, again, other = (list(numbers(experiment.measure(**parameters | {"seed": s}))) for s in (0, 0, 1))
        for (key, values), (_, repeated) in zip(once, again, strict=True):
            np.testing.assert_array_equal(values, repeated, err_msg=key)
        assert any(not np.array_equal(values, repeated) for (_, values), (_, repeated) in zip(once, other, strict=True))


def test_required_numbers_of_every_pair_of_geometries(required):
    n, low, high = (required[key] for key in ("required", "low", "high"))
    assert n.shape == low.shape == high.shape == (2, 1, 2, 3, 3)
    same = np.eye(3, dtype=bool)
    assert np.all(n[..., same] == -1)
    likelihood, distance = n[..., ~same]
    assert np.all((likelihood >= 10) & (likelihood <= 320))
    found = distance > 0
    assert np.all(distance[found] > 1.5 * likelihood[found])
    assert not found.all()  # at the smaller spread 320 synapses are too few for the distance
    assert found[0, 1].all()
    assert np.all(likelihood[0, 0] >= likelihood[0, 1])
    some = n > 0
    assert np.all((low <= n)[some] & (n <= high)[some])
    assert np.all((low == -1)[~some] & (high == -1)[~some])


def test_power_curves_rise_for_rivals_and_stay_low_for_the_truth(required):
    curves = required["curves"]
    assert (curves["change"], curves["spread"]) == (0.1, 0.83)
    assert curves["power"].shape == (2, 3, 3, len(curves["sizes"]))
    assert (curves["sizes"][0], curves["sizes"][-1]) == (10, 320)
    likelihood = curves["power"][0]
    for truth in range(3):
        assert likelihood[truth, truth].mean() < 0.12
        for rival in {0, 1, 2} - {truth}:
            assert likelihood[truth, rival, -1] == 1
            assert np.all(likelihood[truth, rival] >= curves["power"][1, truth, rival] - 0.1)


def test_noise_hides_the_exponent_from_who_does_not_know_of_it(noisy):
    assert noisy["exponent"].shape == noisy["identified"].shape == noisy["misnamed"].shape == (3, 2, 2, 2)
    ignorant, knowing = np.moveaxis(noisy["exponent"], 2, 0)
    np.testing.assert_array_equal(ignorant[:, 0], knowing[:, 0])  # without noise there is nothing to know
    np.testing.assert_allclose(knowing[..., -1], [[1, 1], [2, 2], [3, 3]], atol=0.2)
    assert ignorant[0, 1, -1] == pytest.approx(1, abs=0.1)  # multiplicative noise is of this geometry
    assert ignorant[1, 1, -1] < 1.8
    assert ignorant[2, 1, -1] < 2.1
    assert np.all(noisy["identified"][:, :, 1, -1] > 0.75)
    assert noisy["identified"][2, 1, 0, -1] < 0.1
    assert noisy["misnamed"][2, 1, 0].max() > 0.3
    assert noisy["misnamed"][:, :, 1].max() < 0.2
    assert np.all(noisy["exponent_sd"] > 0)


def test_the_wrong_noise_is_no_remedy(noisy):
    assumed = noisy["assumed"]
    assert (assumed["noise"], assumed["synapses"]) == (0.1, 200)
    assert assumed["exponent"].shape == (3, 3)
    np.testing.assert_array_equal(assumed["ratios"], [0.5, 1, 2])
    np.testing.assert_array_equal(assumed["exponent"][:, 1], noisy["exponent"][:, 1, 1, 1])
    for truth in (1, 2):
        half, right, double = assumed["exponent"][truth]
        assert half < right - 0.1 < right + 0.1 < double


def test_one_replicate_is_refused():
    with pytest.raises(ValueError, match="replicates is 1"):
        noise.measure(**NOISE | {"replicates": 1})
