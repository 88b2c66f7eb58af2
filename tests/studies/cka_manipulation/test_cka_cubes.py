"""The cubes of figure 4: fast forms against the definition, at a size that a test can afford and once at the paper's."""

import numpy as np
import pytest

from learning_geometry.instruments.similarity import cka
from learning_geometry.studies.cka_manipulation.experiments import _cubes, bias, cubes
from learning_geometry.studies.unit import Execution

DISTANCES = [0.5, 5.0, 30.0]
SMALL = cubes.Cubes(cube_seeds=[0, 1], cube_points=100, cube_rbf_seeds=[0], cube_rbf_points=60)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The experiment in fewer dimensions, and with distances far below and far above those of the paper."""
    constants = {"DIMENSION": 30, "LINEAR_DIMENSION": 20, "DISTANCES": [0.01, 5.0, 1e6], "DIRECT_DISTANCES": [5.0]}
    for name, value in constants.items():
        monkeypatch.setattr(cubes, name, value)


def test_the_record_agrees_with_the_definition() -> None:
    parts = cubes.measure(SMALL, Execution())
    moved = parts["translation"]
    assert moved.cka.dims == ("seed", "distance")
    np.testing.assert_allclose(moved.closed_form, moved.direct, atol=1e-12)
    # Far moves bring CKA to its limit; near ones have not.
    assert moved.cka.sel(seed=0, distance=1e6) == pytest.approx(float(moved.limit), rel=1e-5)
    assert moved.cka.sel(seed=0, distance=0.01) > 0.99
    assert parts["rbf"].cka.sizes == {"seed": 1, "bandwidth": 2, "fraction": 3, "distance": 5}
    # A map whose entries are all but equal leaves one direction; one without mean leaves the shape.
    mapped = parts["linear_map"].cka
    assert mapped.sel(ratio=0.0002).max() < 0.3 < 0.6 < mapped.sel(ratio=5000.0).min()


def test_the_same_unit_gives_the_same_bits_and_another_seed_others() -> None:
    once, twice, other = (
        cubes.measure(unit, Execution())
        for unit in (SMALL, SMALL, SMALL.model_copy(update={"cube_seeds": [2, 3], "cube_rbf_seeds": [2]}))
    )
    for part in ("translation", "rbf", "linear_map"):
        assert np.array_equal(once[part].cka, twice[part].cka)
        assert not np.array_equal(once[part].cka, other[part].cka)


def test_tiled_gaussian_cka_is_gaussian_cka(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_cubes, "_TILE", 37)
    rng = np.random.default_rng(0)
    points = _cubes.two_cubes(rng, 150, 12, 1.1)
    direction = np.eye(12)[3]
    own, shared = _cubes.rbf_translation_curves(points, direction, DISTANCES, [1.0, 0.5])
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
    curve = _cubes.linear_map_curve(np.random.default_rng(1), features, [0.5, 2.0])
    rng = np.random.default_rng(1)
    maps = [1 + ratio * rng.standard_normal((6, 6)) for ratio in (0.5, 2.0)]
    np.testing.assert_allclose(curve, [cka(features, features @ matrix) for matrix in maps], rtol=1e-10)
    rotation = np.linalg.qr(maps[0])[0]
    assert cka(features, features @ rotation) == pytest.approx(1)


def test_a_linear_map_gives_the_published_means_at_the_published_size() -> None:
    features = _cubes.two_cubes(np.random.default_rng(0), 10_000, 500, 1.1)
    curve = _cubes.linear_map_curve(np.random.default_rng(1), features, [1.0, 5.0, 10.0, 0.2])
    np.testing.assert_allclose(curve, [0.0911, 0.6158, 0.7078, 0.0475], atol=0.01)


def test_biased_cka_rises_with_the_dimension_and_debiased_does_not() -> None:
    unit = bias.Bias(seed=0, bias_samples=50, bias_draws=10, bias_dimensions=[5, 50, 500])
    pairs = bias.measure(unit, Execution())
    means = pairs.cka.mean("draw")
    np.testing.assert_allclose(means.sel(estimator="biased"), pairs.expected_biased, atol=0.03)
    np.testing.assert_allclose(means.sel(estimator="debiased"), 0, atol=0.03)
    np.testing.assert_allclose(pairs.expected_biased, [5 / 55, 50 / 100, 500 / 550])
    assert np.array_equal(bias.measure(unit, Execution()).cka, pairs.cka)
