"""What is said of an area is what was planted in it; the data set is made up, as the real one may not be passed on."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_nsd
from scipy import stats

from learning_geometry.instruments.cross_validation import cvpca
from learning_geometry.materials import nsd
from learning_geometry.store import Record, Store, Unit
from learning_geometry.studies.visual_cortex import brain, brain_pairs

GRID = (7, 9, 8)
ASKED: dict[str, Any] = {"sessions": 4, "noise_components": 2, "seed": 0}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two subjects whose visual areas share one power law; what subject 3 does comes to nothing over three repeats."""
    plan = tiny_nsd.design(160, shared=120)
    spectrum = np.arange(1, 201) ** -1.0
    planted = {s: tiny_nsd.plant(plan, s, spectrum=spectrum, noise=0.7, grid=GRID) for s in (1, 2, 3)}
    for image in set(planted[3].trial_images.tolist()):
        repeats = planted[3].trial_images == image
        planted[3].betas[repeats] = np.random.default_rng(image).standard_normal((3, *GRID))
        planted[3].betas[repeats] -= planted[3].betas[repeats].mean(axis=0)
    atlases = tiny_nsd.areas(GRID)
    # One voxel of V1 is outside of the field of view in the third session of subject 1.
    planted[1].betas[240:360, *np.argwhere(atlases["prf-visualrois"] == 1)[3]] = 0
    return tiny_nsd.write(tmp_path_factory.mktemp("nsd"), plan, planted, kind="nifti")


def measured(root: Path, **changes: Any) -> dict[str, Any]:
    asked = ASKED | {"subject": 1, "area": "hV4", "reference_area": "V1", "n_bootstrap": 20} | changes
    return brain.measure(root=str(root), **asked)


def kept(folder: Path, result: Mapping[str, Any]) -> Any:
    """The result as it comes back from the store, which refuses what is not plain and finite."""
    unit = Unit("visual_cortex", "brain", {}, "0" * 16)
    Store(folder).write(Record(unit, result, 0.0, 0.0, {}))
    record = Store(folder).read(unit)
    assert record is not None
    return record.result


def same(one: Any, other: Any) -> bool:
    if isinstance(one, Mapping):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    return bool(np.all(np.asarray(one) == np.asarray(other)))


def test_an_area_is_described_with_its_match(root: Path, tmp_path: Path) -> None:
    found = kept(tmp_path, measured(root))
    v1 = measured(root, area="V1")
    assert (found["area"], found["subject"], found["sessions"], found["images"]) == ("hV4", 1, 4, 160)
    assert v1["matched"] is None
    assert (found["dropped"], v1["dropped"], found["matched"]["dropped"]) == (0, 1, 1)
    everything = nsd.responses(root, subject=1, area="hV4", sessions=4)
    assert found["voxels"] == found["matched"]["voxels"] == everything.responses.shape[2] < v1["voxels"]
    np.testing.assert_array_equal(found["spectrum_raw"], cvpca(everything.responses))
    np.testing.assert_array_equal(found["spectrum"], cvpca(everything.responses, noise_components=2))
    assert found["signal_change"] == pytest.approx(float(np.median(everything.signal_change)))
    assert found["matched"]["signal_to_noise"] < 1.15 * found["signal_to_noise"]
    assert {"verdict", "p_value", "alpha", "curvature"} <= set(found["scale_free"])
    # The other way round there are fewer voxels to match with than wanted; all of them are taken.
    turned = measured(root, area="V1", reference_area="hV4")
    assert turned["matched"]["voxels"] == found["voxels"]
    # And what is said of an area does not depend on what it is compared with.
    assert same({**turned, "matched": None}, v1)


def test_a_measurement_is_a_function_of_its_unit(root: Path) -> None:
    one = measured(root)
    assert same(one, measured(root))
    other = measured(root, seed=1)
    np.testing.assert_array_equal(one["spectrum"], other["spectrum"])
    assert not same(one["matched"], other["matched"])


def random_effects(rng: np.random.Generator, snr: float, n: int = 400, p: int = 60) -> np.ndarray:
    """Three repeats of `n` stimuli: a signal and, in every voxel, noise of variance one, strongly correlated."""
    correlated = np.linalg.cholesky(0.5 * np.eye(p) + 0.5)
    noise = rng.standard_normal((3, n, p)) @ correlated.T
    return (np.sqrt(snr) * rng.standard_normal((n, p)) + noise).astype(np.float32)


@pytest.mark.parametrize("snr", [0.0, 0.05, 0.5])
def test_signal_to_noise_is_unbiased(snr: float) -> None:
    found = [brain.signal_to_noise(random_effects(np.random.default_rng(seed), snr)) for seed in range(20)]
    assert np.mean(found) == pytest.approx(snr, abs=4 * np.std(found) / np.sqrt(len(found)) + 0.003)
    data = random_effects(np.random.default_rng(0), snr)
    # Gains of all voxels at once and offsets of every repeat are neither signal nor noise.
    moved = 7 * data + np.arange(3, dtype=np.float32)[:, None, None]
    assert brain.signal_to_noise(moved) == pytest.approx(brain.signal_to_noise(data), abs=1e-5)
    # The control: stimuli that are not the same in every repeat are noise.
    rng = np.random.default_rng(1)
    assert abs(brain.signal_to_noise(rng.permuted(data, axis=1))) < 0.02


def test_a_match_has_as_many_voxels_and_as_much_noise_of_the_same_kind() -> None:
    rng = np.random.default_rng(0)
    data = random_effects(rng, 1.0, n=3000)
    before = data.copy()
    found = brain.matched(data, 40, 0.25, rng=rng)
    np.testing.assert_array_equal(data, before)
    assert found.shape == (3, 3000, 40)
    assert brain.signal_to_noise(found) == pytest.approx(0.25, rel=0.1)
    # Of two repeats the covariance is that of the signal, the identity; what noise adds to one repeat's is 4 times 0.5.
    first, second = (one - one.mean(axis=0) for one in found[:2])
    across = first.T @ second / 3000
    off = ~np.eye(40, dtype=bool)
    assert across[~off].mean() == pytest.approx(1, abs=0.1)
    assert abs(across[off].mean()) < 0.1
    assert (first.T @ first / 3000)[off].mean() == pytest.approx(2, rel=0.1)
    # The noise is still Gaussian, as it is not if a stimulus is given its own noise once more.
    assert abs(stats.kurtosis((first - second).ravel())) < 0.1
    # What is weak enough stays as it is, but for the voxels that are drawn.
    alone = brain.matched(data, 40, 2.0, rng=rng)
    assert brain.signal_to_noise(alone) == pytest.approx(1, rel=0.1)
    assert all(any(np.array_equal(column, other) for other in data[0].T) for column in alone[0].T)
    assert brain.matched(data, 100, 2.0, rng=rng).shape == data.shape


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        ({"subject": 3}, ValueError, "in hV4 of subject 3 nothing repeats over 160 images"),
        ({"noise_components": 100}, ValueError, "hV4 of subject 1 has 43 voxels that vary, but 100 components"),
        ({"area": "FFA-1"}, ValueError, "FFA-1 of subject 1 has 1 voxels that vary"),
        ({"reference_area": "V9"}, ValueError, "area is 'V9'"),
        ({"subject": 4}, FileNotFoundError, "subj04"),
        ({"sessions": 5}, FileNotFoundError, "session05"),
    ],
)
def test_what_cannot_be_measured_is_refused(
    root: Path, changes: dict[str, Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        measured(root, **changes)


def of_pair(root: Path, **changes: Any) -> dict[str, Any]:
    return brain_pairs.measure(root=str(root), **(ASKED | {"subjects": [1, 2], "area": "V1", "folds": 4} | changes))


def test_two_subjects_share_what_was_planted_in_both(root: Path, tmp_path: Path) -> None:
    found = kept(tmp_path, of_pair(root))
    assert (found["images"], found["dropped"]) == (120, [1, 0])
    assert found["voxels"][0] + 1 == found["voxels"][1]
    # Shared directions come first and are far above chance; without a common image there are none.
    assert found["spectrum"][:3].min() > 5 * np.abs(found["shuffled"]).max()
    assert found["spectrum"][:30].sum() > 5 * abs(found["shuffled"][:30].sum())
    turned = of_pair(root, subjects=[2, 1])
    np.testing.assert_allclose(turned["spectrum"], found["spectrum"], rtol=1e-2, atol=1e-3)
    assert same(found, kept(tmp_path, of_pair(root)))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"subjects": [1, 1]}, r"subjects are \[1, 1\]; give two different ones"),
        ({"subjects": [1, 2, 3]}, "give two different ones"),
        ({"folds": 1}, "folds is 1"),
        ({"folds": 61}, "both saw 120 images three times in 4 sessions, too few for 61 folds"),
        ({"subjects": [1, 3]}, "in V1 of subject 3 nothing repeats over 120 images"),
    ],
)
def test_pairs_that_cannot_be_compared_are_refused(root: Path, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        of_pair(root, **changes)
