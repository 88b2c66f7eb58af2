"""The record of a hierarchy holds what its stages are, and what the scanner shows of them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from learning_geometry.instruments.scale_free import NoSignal
from learning_geometry.instruments.spectrum import eigenspectrum
from learning_geometry.materials.visual_hierarchy import STAGES
from learning_geometry.store import Record, Store, Unit
from learning_geometry.studies.visual_cortex import hierarchy

SMALL: dict[str, Any] = {
    "seed": 0,
    "stimuli": 90,
    "size": 16,
    "wavelengths": [4, 8],
    "orientations": 4,
    "classes": 20,
    "examples": 200,
    "voxels": 60,
    "repeats": 3,
    "snr": 1.0,
    "correlated": 0.3,
    "noise_components": 5,
    "n_bootstrap": 19,
    "ranks": [1, 15],
}


@pytest.fixture(scope="module")
def measured() -> dict[str, Any]:
    return hierarchy.measure(**SMALL)


def test_every_stage_is_described(measured: dict[str, Any]) -> None:
    stages = len(STAGES)
    assert measured["stages"] == list(STAGES)
    for name in ("units", "effective_rank", "alpha", "curvature", "p_value", "measured_alpha", "measured_curvature"):
        assert measured[name].shape == (stages,)
    bins = len(measured["bins"])
    for name in ("observed", "expected", "spread"):
        assert measured[name].shape == (stages, bins)
    for name in ("spectrum", "measured", "measured_raw"):
        assert measured[name].shape == (stages, 89)
    assert set(measured["verdict"]) <= {"scale-free", "not scale-free", "undecided", "no signal"}
    np.testing.assert_allclose(measured["spectrum"].sum(axis=1), 1)
    assert (measured["spectrum"][STAGES.index("categories"), 19:] < 1e-12).all()


def test_the_spectrum_is_that_of_the_patches(measured: dict[str, Any]) -> None:
    """The slow twin, for the first stage: patches of the same seed."""
    from learning_geometry.materials.photographs import normalised, patches

    seen = normalised(patches(count=90, size=16, part="all", rng=np.random.default_rng([0, 0]))).reshape(90, -1)
    values = eigenspectrum(seen - seen.mean(axis=1, keepdims=True))
    np.testing.assert_allclose(measured["spectrum"][0], (values / values.sum())[:89], atol=1e-7)


def test_the_scanner_shows_the_leading_dimensions_better_without_its_noise(measured: dict[str, Any]) -> None:
    truth, shown = measured["spectrum"][:, :10], measured["measured"][:, :10]
    np.testing.assert_allclose(shown.sum(axis=1), truth.sum(axis=1), atol=0.15)


def test_the_record_can_be_kept_and_comes_out_again(measured: dict[str, Any], tmp_path: Path) -> None:
    np.testing.assert_equal(hierarchy.measure(**SMALL), measured)
    assert not np.array_equal(hierarchy.measure(**SMALL | {"seed": 1})["spectrum"], measured["spectrum"])
    unit = Unit("visual_cortex", "hierarchy", {}, "0" * 16)
    Store(tmp_path).write(Record(unit, measured, 0.0, 0.0, {}))
    kept = Store(tmp_path).read(unit)
    assert kept is not None
    np.testing.assert_array_equal(kept.result["observed"], measured["observed"])


def test_a_stage_without_signal_is_a_measurement_too(monkeypatch: pytest.MonkeyPatch, measured: dict[str, Any]) -> None:
    def silent(*_: Any, **__: Any) -> Any:
        raise NoSignal("too weak")

    monkeypatch.setattr(hierarchy, "scale_free", silent)
    result = hierarchy.measure(**SMALL)
    assert result["verdict"] == ["no signal"] * len(STAGES)
    assert result.keys() == measured.keys()
    for name in ("observed", "measured_curvature", "p_value"):
        assert result[name].shape == measured[name].shape
        assert np.isfinite(result[name]).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ranks": [1, 20]}, r"ranks is \[1, 20\], but 20 classes of 90 stimuli have 19"),
        ({"wavelengths": [4, 12]}, r"wavelengths are \[4, 12\]"),
        ({"classes": 201, "stimuli": 300}, "count is 201 for 200 patches"),
        ({"snr": 0.0}, "snr = 0"),
        ({"n_bootstrap": 5}, "n_bootstrap is 5"),
    ],
)
def test_a_request_that_cannot_be_met_says_why(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        hierarchy.measure(**SMALL | changes)
