"""The cubes of figure 4: fast forms against the definition, at a size that a test can afford and once at the paper's."""

import numpy as np
import pytest

from learning_geometry.instruments.similarity import cka
from learning_geometry.studies.cka_manipulation import bias, cubes

DISTANCES = [0.5, 5.0, 30.0]
SMALL = {
    "seeds": [0, 1],
    "points": 100,
    "centre_distance": 1.1,
    "translation_dimension": 30,
    "distances": DISTANCES,
    "direct_distances": [5.0],
    "rbf_seeds": [0],
    "rbf_points": 60,
    "rbf_fractions": [1.0, 0.5],
    "rbf_distances": DISTANCES,
    "linear_dimension": 20,
    "sigma_over_mu": [0.2, 1.0, 5.0],
}


def test_the_record_agrees_with_the_definition() -> None:
    record = cubes.measure(**SMALL)
    assert record["translation"]["cka"].shape == (2, 3)
    assert record["translation"]["largest_error"] < 1e-12
    assert record["rbf"]["own_bandwidth"].shape == record["rbf"]["shared_bandwidth"].shape == (1, 2, 3)
    assert record["linear_map"]["cka"].shape == (2, 3)
    # Far moves bring CKA to its limit; near ones have not.
    far = cubes.measure(**SMALL | {"distances": [0.01, 1e6]})["translation"]
    np.testing.assert_allclose(far["cka"][0, 1], far["limit"], rtol=1e-5)
    assert far["cka"][0, 0] > 0.99


def test_the_same_parameters_give_the_same_bits() -> None:
    once, twice, other = (cubes.measure(**SMALL | {"seeds": seeds}) for seeds in ([0, 1], [0, 1], [2, 3]))
    for part, key in (("translation", "cka"), ("rbf", "own_bandwidth"), ("linear_map", "cka")):
        assert np.array_equal(once[part][key], twice[part][key])
    assert not np.array_equal(once["translation"]["cka"], other["translation"]["cka"])


def test_tiled_gaussian_cka_is_gaussian_cka(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cubes, "_TILE", 37)
    rng = np.random.default_rng(0)
    points = cubes.two_cubes(rng, 150, 12, 1.1)
    direction = np.eye(12)[3]
    own, shared = cubes.rbf_translation_curves(points, direction, DISTANCES, [1.0, 0.5])
    moved = np.arange(300) >= 150
    expected = [
        [cka(points, points + c * np.outer(moved, direction), kernel="rbf", bandwidth=f) for c in DISTANCES]
        for f in (1.0, 0.5)
    ]
    np.testing.assert_allclose(own, expected, atol=1e-5)
    # Negative control: one bandwidth for both copies is another quantity once the median has moved.
    assert np.abs(shared[:, -1] - own[:, -1]).max() > 0.01


def test_the_covariance_alone_gives_the_cka_of_a_linear_map() -> None:
    features = np.random.default_rng(0).standard_normal((80, 6)) + 3
    curve = cubes.linear_map_curve(np.random.default_rng(1), features, [0.5, 2.0])
    rng = np.random.default_rng(1)
    maps = [1 + ratio * rng.standard_normal((6, 6)) for ratio in (0.5, 2.0)]
    np.testing.assert_allclose(curve, [cka(features, features @ matrix) for matrix in maps], rtol=1e-10)
    rotation = np.linalg.qr(maps[0])[0]
    assert cka(features, features @ rotation) == pytest.approx(1)


def test_a_linear_map_gives_the_published_means_at_the_published_size() -> None:
    features = cubes.two_cubes(np.random.default_rng(0), 10_000, 500, 1.1)
    curve = cubes.linear_map_curve(np.random.default_rng(1), features, [1.0, 5.0, 10.0, 0.2])
    np.testing.assert_allclose(curve, [0.0911, 0.6158, 0.7078, 0.0475], atol=0.01)


def test_biased_cka_rises_with_the_dimension_and_debiased_does_not() -> None:
    record = bias.measure(seed=0, samples=50, draws=10, dimensions=[5, 50, 500])
    assert record["biased"].shape == record["debiased"].shape == (3, 10)
    np.testing.assert_allclose(record["biased"].mean(axis=1), record["expected_biased"], atol=0.03)
    np.testing.assert_allclose(record["debiased"].mean(axis=1), 0, atol=0.03)
    again = bias.measure(seed=0, samples=50, draws=10, dimensions=[5, 50, 500])
    assert np.array_equal(record["biased"], again["biased"])
