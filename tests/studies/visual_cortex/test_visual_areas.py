"""Simulated areas: what must hold of estimators, how often decisions err, and what a scanner shows of a hierarchy."""

from typing import Any

import numpy as np
import pytest
import xarray as xr
from made_up_visual import CONFIG
from scipy import stats

from learning_geometry.encoding import decode, encode
from learning_geometry.instruments import matched_null, scale_free
from learning_geometry.instruments.cross_validated_pca import cvpca
from learning_geometry.instruments.matched_null import NoSignal
from learning_geometry.instruments.spectrum import binned, eigenspectrum
from learning_geometry.materials.photographs import normalised, patches
from learning_geometry.materials.scanner import repeated
from learning_geometry.materials.synthetic_areas import respond, spectrum
from learning_geometry.studies.unit import Execution
from learning_geometry.studies.visual_cortex.experiments import estimators, hierarchy, power, type_i_error

EXECUTION = Execution()
SCANNER: dict[str, Any] = {"repeats": 3, "snr": 0.3, "correlated": 0.5, "noise_components": 10}
LAW, BENT, CLEAN = "power law 1.0", "exponential", "cvPCA, noise removed"


def kept(result: xr.Dataset) -> xr.Dataset:
    """The result as it comes back from the store, which refuses what is not plain and finite."""
    again = decode(encode(result, "record"))
    assert isinstance(again, xr.Dataset)
    xr.testing.assert_identical(again, result)
    return again


def estimated(seed: int, **changes: Any) -> xr.Dataset:
    given = SCANNER | {"area_stimuli": 250, "area_voxels": 100} | changes
    return kept(estimators.measure(estimators.Estimators.of(CONFIG, seed=seed, **given), EXECUTION))


def decided(**changes: Any) -> xr.Dataset:
    sizes = {"tested_areas": 30, "tested_stimuli": 100, "tested_voxels": 60, "tested_bootstrap": 19}
    given = SCANNER | sizes | {"seed": 0, "spectrum": LAW, "noise": "correlated"} | changes
    return kept(type_i_error.measure(type_i_error.TypeIError.of(CONFIG, **given), EXECUTION))


def recognised(**changes: Any) -> xr.Dataset:
    given = SCANNER | {"seed": 0, "stimuli": 250, "power_voxels": [50, 100], "power_areas": 16} | changes
    return kept(power.measure(power.Power.of(CONFIG, **given), EXECUTION))


def staged(seed: int = 0) -> xr.Dataset:
    sizes = {"hierarchy_stimuli": 90, "hierarchy_voxels": 60, "patch_size": 16, "wavelengths": [4, 8]}
    given = SCANNER | sizes | {"snr": 1.0, "texture_classes": 20, "texture_examples": 200, "n_bootstrap": 19}
    return kept(hierarchy.measure(hierarchy.Hierarchy.of(CONFIG, seed=seed, **given), EXECUTION))


@pytest.fixture(scope="module")
def areas() -> xr.Dataset:
    return xr.concat([estimated(seed) for seed in range(6)], "seed")


@pytest.fixture(scope="module")
def powers() -> xr.Dataset:
    return recognised()


def silent(*_: Any, **__: Any) -> Any:
    raise NoSignal("too weak")


# Estimators


def test_estimates_are_those_of_the_mean_over_repeats_and_of_what_they_share(areas: xr.Dataset) -> None:
    """The slow version, of the first kind of noise."""
    rng = np.random.default_rng([3, 1])
    signal, _ = respond(spectrum(LAW, 100), n_stimuli=250, rng=rng)
    measured = repeated(signal, repeats=3, snr=0.3, correlated=0.0, rng=rng)
    estimates = eigenspectrum(measured.mean(axis=0)), cvpca(measured), cvpca(measured, noise_components=10)
    exponent = areas.exponent.sel(seed=3, spectrum=LAW, noise="independent")
    for name, estimate in zip(estimators.ESTIMATORS[1:], estimates, strict=True):
        values = binned(estimate, scale_free.window(250, 90))[1]
        slope = -np.polyfit(np.log(areas["rank"]), np.log(values), 1)[0]
        assert exponent.sel(estimator=name).item() == pytest.approx(slope, abs=1e-4)


@pytest.mark.parametrize("noise", estimators.NOISES)
@pytest.mark.parametrize("truth", [0.7, 1.0, 1.4])
def test_moments_have_the_true_exponent_whatever_the_noise(areas: xr.Dataset, truth: float, noise: str) -> None:
    law = areas.sel(spectrum=f"power law {truth}", noise=noise)
    spread = float(law.moments.std(ddof=1))
    assert float(law.moments.mean()) == pytest.approx(truth, abs=4 * spread / np.sqrt(6) + 0.01)
    if noise != "aligned":  # the control: noise flattens what PCA sees
        assert float(law.exponent.sel(estimator="plain PCA").mean()) < truth - 0.1


def test_correlated_noise_misleads_cross_validation_and_its_removal_helps(areas: xr.Dataset) -> None:
    """The right answer is that of the same stimuli without noise."""
    error = abs(areas.exponent - areas.exponent.sel(estimator="noise-free")).mean("seed")
    for name in ("power law 0.7", LAW):
        of_law = error.sel(spectrum=name)
        cleaned = float(of_law.sel(noise="correlated", estimator=CLEAN))
        assert cleaned < 0.1
        assert float(of_law.sel(noise="correlated", estimator="cvPCA")) > 2 * cleaned
        # The controls: independent noise does no harm, and aligned noise takes the signal along.
        assert float(of_law.sel(noise="independent", estimator="cvPCA")) < 0.1
        assert float(of_law.sel(noise="aligned", estimator=CLEAN)) > 0.2


def test_without_noise_the_estimate_is_the_same_whatever_the_noise(areas: xr.Dataset) -> None:
    clean, noisy = (areas["values"].sel(estimator=name) for name in ("noise-free", "plain PCA"))
    assert (clean == clean.isel(noise=0)).all()
    assert float(abs(clean.isel(rank=0) - 1).max()) < 1e-12
    assert not (noisy == noisy.isel(noise=0)).all()


def test_removal_begins_with_the_raw_estimate(areas: xr.Dataset) -> None:
    correlated = areas.exponent.sel(spectrum=LAW, noise="correlated")
    assert (areas.removal.sel(removed=0) == correlated.sel(estimator="cvPCA")).all()
    assert (areas.removal.sel(removed=10) == correlated.sel(estimator=CLEAN)).all()
    assert areas.removed.values.tolist() == [0, 5, 10, 20]  # a third of 100 voxels at most


def test_the_line_of_a_power_law_is_exact_and_lost_bins_are_raised() -> None:
    ranks = np.array([1.0, 2, 4, 8, 16])
    law = 3 * ranks**-1.3
    assert estimators.line(ranks, law, law) == pytest.approx((1.3, 1.0, 0))
    # A first bin that noise has made negative makes the line flatter; left out, it would not be missed.
    lost = np.where(ranks > 1, law, -1.0)
    slope, r2, raised = estimators.line(ranks, lost, law)
    assert slope < 0.6
    assert r2 < 0.5
    assert raised == 1
    assert estimators.line(ranks, -law, law) == pytest.approx((1.3, 1.0, 5))


def test_where_there_is_no_signal_there_is_no_exponent() -> None:
    lost = estimated(0, snr=1e-6)
    assert (lost.moments == -1).any()
    assert int(lost.raised.sel(estimator="cvPCA").max()) > 0


# The decision


def test_power_laws_are_rejected_rarely_and_others_always() -> None:
    laws = decided()
    rejected = int((laws.p_value <= 0.05).sum())
    assert rejected <= stats.binom.ppf(0.999, 30, 0.05)
    assert float(laws.exponent.mean()) == pytest.approx(1.0, abs=0.1)
    few = decided(tested_areas=3)  # an area does not depend on the others
    xr.testing.assert_identical(few, laws.isel(area=slice(3)))
    # The control, in an experiment that can tell, and noise along the signal's axes.
    larger = {"tested_stimuli": 250, "tested_voxels": 100, "snr": 1.0, "tested_areas": 4}
    assert decided(spectrum=BENT, **larger).verdict.values.tolist() == ["not scale-free"] * 4
    aligned = decided(noise="aligned", **larger)
    assert not np.array_equal(aligned.curvature, decided(**larger).curvature)


def test_areas_without_signal_are_counted_and_not_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scale_free, "scale_free", silent)
    none = decided(tested_areas=2)
    assert none.verdict.values.tolist() == ["no signal"] * 2
    assert none.p_value.values.tolist() == [1, 1]


def test_bends_are_seen_more_often_than_power_laws_and_in_more_voxels(powers: xr.Dataset) -> None:
    shares = powers.recognised.mean("area")
    assert float(shares.sel(spectrum=LAW).max()) * 16 <= stats.binom.ppf(
        0.999, 16, 0.1
    )  # of a level that 32 draws estimate
    bent = shares.sel(spectrum="mild knee")
    assert float(bent.sel(voxels=100)) > 0.9
    assert float(bent.sel(voxels=50)) <= float(bent.sel(voxels=100))
    assert not (powers.recognised & ~powers.has_signal).any()
    alone = recognised(power_voxels=[50])  # areas of a design do not depend on other designs
    xr.testing.assert_identical(alone, powers.sel(voxels=[50]))


@pytest.mark.parametrize("function", ["matched_null.matched_null", "scale_free.bends"])
def test_areas_without_signal_are_not_recognised(function: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module, _, name = function.partition(".")
    monkeypatch.setattr({"matched_null": matched_null, "scale_free": scale_free}[module], name, silent)
    none = recognised(power_voxels=[50], power_areas=10)
    assert not none.has_signal.any()
    assert not none.recognised.any()


# The hierarchy


def test_stages_are_described_as_they_are_and_as_they_are_seen() -> None:
    stages = staged()
    np.testing.assert_allclose(stages.spectrum.sum("rank"), 1)
    assert float(stages.spectrum.sel(stage="categories", rank=slice(20, None)).max()) < 1e-12
    assert stages.attrs["ranks"] == [1, 19]  # twenty categories have nineteen dimensions
    # The slow version, for the first stage: patches of the same seed.
    seen = normalised(patches(count=90, size=16, part="all", rng=np.random.default_rng([0, 0]))).reshape(90, -1)
    values = eigenspectrum(seen - seen.mean(axis=1, keepdims=True))
    np.testing.assert_allclose(stages.spectrum.sel(stage="pixels"), (values / values.sum())[:89], atol=1e-7)
    leading = stages.sel(rank=slice(10)).sum("rank")
    np.testing.assert_allclose(leading.measured, leading.spectrum, atol=0.15)
    xr.testing.assert_identical(staged(), stages)
    assert not np.array_equal(staged(seed=1).spectrum, stages.spectrum)


def test_a_stage_without_signal_is_a_measurement_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scale_free, "scale_free", silent)
    stages = staged()
    assert set(stages.verdict.values) == {"no signal"}
    assert (stages.p_value == 1).all()
    assert not stages.observed.any()
