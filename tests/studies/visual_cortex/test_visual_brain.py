"""What is said of an area is what was planted in it; the data set is made up, as the real one may not be passed on."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_nsd
import xarray as xr
from made_up_visual import CONFIG
from scipy import stats

from learning_geometry.encoding import encode
from learning_geometry.instruments.cross_validated_pca import cvpca
from learning_geometry.materials import nsd
from learning_geometry.studies.types import DataSource
from learning_geometry.studies.unit import Execution
from learning_geometry.studies.visual_cortex.experiments import brain, brain_pairs
from learning_geometry.studies.visual_cortex.experiments._recordings import matched, signal_to_noise

GRID = (7, 9, 8)


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


def asked(root: Path, **changes: Any) -> dict[str, Any]:
    recordings = DataSource(name=str(root))
    return {
        "seed": 0,
        "recordings": recordings,
        "nsd_sessions": 4,
        "noise_components": 2,
        "nsd_bootstrap": 20,
    } | changes


def of_area(root: Path, **changes: Any) -> dict[str, xr.Dataset]:
    result = brain.measure(
        brain.Brain.of(CONFIG, **asked(root, **({"subject": 1, "area": "hV4"} | changes))), Execution()
    )
    encode(result, "brain")  # refuses what is not plain and finite
    return result


def of_pair(root: Path, **changes: Any) -> xr.Dataset:
    given = asked(root, subjects=[1, 2], area="V1") | changes
    given.pop("nsd_bootstrap")
    result = brain_pairs.measure(brain_pairs.BrainPairs.of(CONFIG, **given), Execution())
    encode(result, "brain_pairs")
    return result


def test_an_area_is_described_with_its_match(root: Path) -> None:
    parts, v1 = of_area(root), of_area(root, area="V1")
    area, match = parts["area"], parts["matched"]
    assert list(v1) == ["area"]
    assert (int(area.sessions), int(area.images), area.attrs["area"], match.attrs["area"]) == (4, 160, "hV4", "V1")
    assert [int(part.dropped) for part in (area, v1["area"], match)] == [0, 1, 1]
    everything = nsd.responses(root, subject=1, area="hV4", sessions=4)
    assert int(area.voxels) == int(match.voxels) == everything.responses.shape[2] < int(v1["area"].voxels)
    np.testing.assert_array_equal(area.spectrum_raw, cvpca(everything.responses))
    np.testing.assert_array_equal(area.spectrum, cvpca(everything.responses, noise_components=2))
    assert float(match.signal_to_noise) < 1.15 * float(area.signal_to_noise)
    # The numbers of an area are a function of its unit, those of its match of the seed.
    again, other = of_area(root), of_area(root, seed=1)
    xr.testing.assert_identical(again["area"], area)
    xr.testing.assert_identical(again["matched"], match)
    np.testing.assert_array_equal(other["area"].spectrum, area.spectrum)
    assert not np.array_equal(other["matched"].spectrum, match.spectrum)


def random_effects(rng: np.random.Generator, snr: float, n: int = 400, p: int = 60) -> np.ndarray:
    """Three repeats of `n` stimuli: a signal and, in every voxel, noise of variance one, strongly correlated."""
    correlated = np.linalg.cholesky(0.5 * np.eye(p) + 0.5)
    noise = rng.standard_normal((3, n, p)) @ correlated.T
    return (np.sqrt(snr) * rng.standard_normal((n, p)) + noise).astype(np.float32)


@pytest.mark.parametrize("snr", [0.0, 0.05, 0.5])
def test_signal_to_noise_is_unbiased(snr: float) -> None:
    ratios = [signal_to_noise(random_effects(np.random.default_rng(seed), snr)) for seed in range(20)]
    assert np.mean(ratios) == pytest.approx(snr, abs=4 * np.std(ratios) / np.sqrt(len(ratios)) + 0.003)
    data = random_effects(np.random.default_rng(0), snr)
    # Gains of all voxels at once and offsets of every repeat are neither signal nor noise.
    moved = 7 * data + np.arange(3, dtype=np.float32)[:, None, None]
    assert signal_to_noise(moved) == pytest.approx(signal_to_noise(data), abs=1e-5)
    # The control: stimuli that are not the same in every repeat are noise.
    rng = np.random.default_rng(1)
    assert abs(signal_to_noise(rng.permuted(data, axis=1))) < 0.02


def test_a_match_has_as_many_voxels_and_as_much_noise_of_the_same_kind() -> None:
    rng = np.random.default_rng(0)
    data = random_effects(rng, 1.0, n=3000)
    before = data.copy()
    weakened = matched(data, 40, 0.25, rng=rng)
    np.testing.assert_array_equal(data, before)
    assert weakened.shape == (3, 3000, 40)
    assert signal_to_noise(weakened) == pytest.approx(0.25, rel=0.1)
    # Of two repeats the covariance is that of the signal, the identity; what noise adds to one repeat's is 4 times 0.5.
    first, second = (one - one.mean(axis=0) for one in weakened[:2])
    across = first.T @ second / 3000
    off = ~np.eye(40, dtype=bool)
    assert across[~off].mean() == pytest.approx(1, abs=0.1)
    assert abs(across[off].mean()) < 0.1
    assert (first.T @ first / 3000)[off].mean() == pytest.approx(2, rel=0.1)
    # The noise is still Gaussian, as it is not if a stimulus is given its own noise once more.
    assert abs(stats.kurtosis((first - second).ravel())) < 0.1
    # What is weak enough stays as it is, but for the voxels that are drawn.
    alone = matched(data, 40, 2.0, rng=rng)
    assert all(any(np.array_equal(column, other) for other in data[0].T) for column in alone[0].T)
    assert matched(data, 100, 2.0, rng=rng).shape == data.shape


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        ({"subject": 3}, ValueError, "in hV4 of subject 3 nothing repeats over 160 images"),
        ({"noise_components": 100}, ValueError, "hV4 of subject 1 has 43 voxels that vary, but 100 components"),
        ({"area": "FFA-1"}, ValueError, "FFA-1 of subject 1 has 1 voxels that vary"),
        ({"subject": 4}, FileNotFoundError, "subj04"),
        ({"nsd_sessions": 5}, FileNotFoundError, "session05"),
    ],
)
def test_what_cannot_be_measured_is_refused(
    root: Path, changes: dict[str, Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        of_area(root, **changes)


def test_two_subjects_share_what_was_planted_in_both(root: Path) -> None:
    shared = of_pair(root)
    assert (int(shared.images), shared.dropped.values.tolist()) == (120, [1, 0])
    # Shared directions come first and are far above chance; without a common image there are none.
    assert float(shared.spectrum[:3].min()) > 5 * float(abs(shared.shuffled).max())
    assert float(shared.spectrum[:30].sum()) > 5 * abs(float(shared.shuffled[:30].sum()))
    turned = of_pair(root, subjects=[2, 1])
    np.testing.assert_allclose(turned.spectrum, shared.spectrum, rtol=2e-2, atol=2e-3)
    xr.testing.assert_identical(of_pair(root), shared)
    with pytest.raises(ValueError, match="in V1 of subject 3 nothing repeats over 120 images"):
        of_pair(root, subjects=[1, 3])
