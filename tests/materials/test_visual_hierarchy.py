"""Every stage forgets what it should forget, keeps what it should keep, and the first ones treat all scales alike."""

from typing import Any

import numpy as np
import pytest

from learning_geometry.instruments.spectrum import eigenspectrum
from learning_geometry.instruments.spectrum_shape import curvature
from learning_geometry.materials import visual_hierarchy as hierarchy
from learning_geometry.materials.photographs import normalised, patches

BANK: dict[str, Any] = {"wavelengths": [4, 8, 16], "orientations": 4}
SIZE = 32


def grating(wavelength: float, angle: float, phase: float, *, amplitude: float = 0.25) -> np.ndarray:
    y, x = np.mgrid[:SIZE, :SIZE]
    wave = np.cos(2 * np.pi * (x * np.cos(angle) + y * np.sin(angle)) / wavelength - phase)
    return 0.5 + amplitude * np.sqrt(2) * wave


@pytest.fixture(scope="module")
def photographs() -> np.ndarray:
    return normalised(patches(count=300, size=SIZE, part="all", rng=np.random.default_rng(0)))


@pytest.fixture(scope="module")
def classes(photographs: np.ndarray) -> hierarchy.TextureClasses:
    return hierarchy.texture_classes(photographs, **BANK, count=20, rng=np.random.default_rng(1))


def quadrature(images: Any) -> list[Any]:
    return hierarchy.quadrature(np.asarray(images), **BANK)


def test_gabors_have_unit_norm_no_mean_and_their_place() -> None:
    # Read out one by one: the response to a single bright pixel is the filter there.
    impulses = np.zeros((SIZE * SIZE, SIZE, SIZE))
    impulses.reshape(SIZE * SIZE, -1)[np.arange(SIZE * SIZE), np.arange(SIZE * SIZE)] = 1
    for scale, wavelength in enumerate(BANK["wavelengths"]):
        filters = quadrature(impulses)[scale].reshape(SIZE, SIZE, -1)
        np.testing.assert_allclose(filters.sum(axis=(0, 1)), 0, atol=1e-9)
        np.testing.assert_allclose((filters**2).sum(axis=(0, 1)), 1, rtol=1e-9)
        step = wavelength // 2
        y, x = np.mgrid[:SIZE, :SIZE]
        at = filters.shape[2] // 3
        weight = filters[..., at] ** 2
        place = at % (SIZE // step) ** 2
        centre = ((np.array(divmod(place, SIZE // step)) + 0.5) * step) - 0.5
        found = np.array([(weight * y).sum(), (weight * x).sum()])
        np.testing.assert_allclose(found, centre, atol=0.3 * wavelength)


def test_uniform_grey_and_brightness_are_not_seen(photographs: np.ndarray) -> None:
    assert all(np.abs(each).max() < 1e-12 for each in quadrature(np.full((1, SIZE, SIZE), 0.7)))
    for one, other in zip(quadrature(photographs[:3]), quadrature(photographs[:3] + 0.25), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


@pytest.mark.parametrize("scale", [0, 1, 2])
@pytest.mark.parametrize("turn", [0, 1, 2, 3])
def test_the_gabor_that_matches_a_grating_responds_most(scale: int, turn: int) -> None:
    wavelength = BANK["wavelengths"][scale]
    maps = hierarchy.energy(quadrature(grating(wavelength, turn * np.pi / 4, 0.3)[None]))
    middle = [each[0][:, each.shape[2] // 2, each.shape[3] // 2] / w for each, w in zip(maps, [4, 8, 16], strict=True)]
    assert np.unravel_index(np.argmax(middle), (3, 4)) == (scale, turn)


def test_energy_forgets_the_phase_and_simple_cells_do_not() -> None:
    gratings = [grating(8, 0, phase) for phase in np.linspace(0, 2 * np.pi, 9)]
    linear = quadrature(gratings)[1][:, :, 0, 3:5, 3:5]
    energy = hierarchy.energy([linear[:, :, None]])[0]
    assert np.ptp(energy, axis=0).max() < 0.03 * energy.mean()
    assert np.ptp(linear, axis=0).max() > energy.mean()


def test_pooled_energy_saturates_with_contrast() -> None:
    contrast = np.array([0.02, 0.25, 0.5])
    images = np.stack([grating(8, 0, 0, amplitude=0.25 * each) for each in contrast])
    maps = hierarchy.energy(quadrature(images))
    pooled = hierarchy.pooled(maps, wavelengths=BANK["wavelengths"])[1][:, 0].mean(axis=(1, 2))
    linear = maps[1][:, 0].mean(axis=(1, 2))
    np.testing.assert_allclose(linear[2] / linear[1], 2)
    assert pooled[2] / pooled[1] < 1.5
    assert pooled[1] / pooled[0] > 2  # far from the ceiling it does respond
    # Halved in both directions.
    assert [each.shape[2:] for each in hierarchy.pooled(maps, wavelengths=BANK["wavelengths"])] == [
        (8, 8),
        (4, 4),
        (2, 2),
    ]


def test_texture_forgets_where_things_are_and_energy_does_not(classes: hierarchy.TextureClasses) -> None:
    """Noise that repeats itself, and the same moved by half a period; edges keep the two from being equal."""
    rng = np.random.default_rng(0)
    image = np.tile(rng.normal(size=(16, 16)), (2, 2))  # periodic, so that moving it brings in nothing new
    moved = np.roll(image, (8, 8), axis=(0, 1))
    seen = hierarchy.stages(np.stack([image, moved, rng.normal(size=(SIZE, SIZE))]), classes, **BANK)

    def distance(stage: str) -> float:
        same, other = (np.linalg.norm(seen[stage][0] - seen[stage][i]) for i in (1, 2))
        return float(same / other)

    assert distance("texture") < 0.65 * distance("energy")


def test_statistics_are_covariances_over_positions(photographs: np.ndarray) -> None:
    """The slow twin, of the first few: one orientation with another at the same place."""
    maps = hierarchy.energy(quadrature(photographs[:4]))
    spread = np.ones(hierarchy._statistics(maps).shape[1])
    found = hierarchy._statistics(maps)
    for patch in range(4):
        flat = maps[0][patch].reshape(4, -1)
        expected = np.cov(flat, bias=True)[np.triu_indices(4)]
        np.testing.assert_allclose(found[patch, :10], expected, rtol=1e-9)
        below = [((a[1:] - a.mean()) * (b[:-1] - b.mean())).mean() for a in maps[0][patch] for b in maps[0][patch]]
        np.testing.assert_allclose(found[patch, 10:26], below, rtol=1e-9)
    with pytest.raises(ValueError, match="the same wavelengths"):
        hierarchy.texture(maps[:2], spread)


def test_categories_are_probabilities_that_know_their_prototypes(classes: hierarchy.TextureClasses) -> None:
    found = hierarchy.categories(classes.prototypes, classes)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    assert (found.argmax(axis=1) == np.arange(20)).all()
    squares = ((classes.prototypes[:, None] - classes.prototypes) ** 2).mean(axis=2)
    slow = np.exp(-squares) / np.exp(-squares).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(found, slow, rtol=1e-9)


def test_stages_are_a_function_of_the_patch_alone(photographs: np.ndarray, classes: hierarchy.TextureClasses) -> None:
    kept = photographs.copy()
    whole = hierarchy.stages(photographs, classes, **BANK)
    np.testing.assert_array_equal(photographs, kept)
    assert tuple(whole) == hierarchy.STAGES
    assert {name: each.shape[1] for name, each in whole.items()} == {
        "pixels": 1024,
        "simple cells": 4 * 1344,
        "energy": 1344,
        "pooled energy": 336,
        "texture": 3 * (10 + 2 * 16) + 2 * 16,
        "categories": 20,
    }
    alone = hierarchy.stages(photographs[7:8], classes, **BANK)
    for name in hierarchy.STAGES:
        np.testing.assert_allclose(alone[name][0], whole[name][7], atol=1e-9)


def test_spectra_of_early_stages_bend_no_further_down_and_those_of_late_ones_do(photographs: np.ndarray) -> None:
    others = normalised(patches(count=300, size=SIZE, part="all", rng=np.random.default_rng(2)))
    known = hierarchy.texture_classes(others, **BANK, count=50, rng=np.random.default_rng(1))
    seen = hierarchy.stages(photographs, known, **BANK)
    bends = {name: curvature(eigenspectrum(each), ranks=(1, 40)) for name, each in seen.items()}
    assert min(bends[name] for name in ("pixels", "simple cells", "energy", "pooled energy")) > -0.05
    assert bends["categories"] < bends["texture"] < -0.05


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"wavelengths": [4, 16]}, r"wavelengths are \[4, 16\]"),
        ({"wavelengths": [6, 12]}, "multiples of 4"),
        ({"wavelengths": []}, r"wavelengths are \[\]"),
        ({"wavelengths": [4, 8, 16, 32, 64]}, "a divisor of the size"),
        ({"orientations": 0}, "orientations is 0"),
    ],
)
def test_a_bank_that_cannot_be_built_says_why(
    photographs: np.ndarray, classes: hierarchy.TextureClasses, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        hierarchy.stages(photographs[:2], classes, **BANK | changes)


def test_other_requests_that_cannot_be_met_say_why(photographs: np.ndarray, classes: hierarchy.TextureClasses) -> None:
    with pytest.raises(ValueError, match=r"shape \(300, 32, 31\)"):
        hierarchy.stages(photographs[:, :, 1:], classes, **BANK)
    with pytest.raises(ValueError, match="same wavelengths and orientations"):
        hierarchy.stages(photographs[:2], classes, **BANK | {"orientations": 2})
    for count in (1, 301):
        with pytest.raises(ValueError, match=f"count is {count} for 300 patches"):
            hierarchy.texture_classes(photographs, **BANK, count=count, rng=np.random.default_rng(0))
