"""Augmentations are seeded, keep shape and range, and do what their names say."""

import numpy as np
import pytest
import torch

from learning_geometry.materials.augmentation import augmenter, colour_jitter, random_crop, random_flip
from learning_geometry.materials.images import Images

NAMES = ["none", "shift", "flip_crop_jitter"]


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def coloured() -> Images:
    rng = np.random.default_rng(0)
    mean, scale = np.array([0.5, 0.4, 0.3], np.float32), np.array([0.3, 0.2, 0.2], np.float32)
    pixels = rng.random((40, 3, 12, 12), dtype=np.float32)
    images = (pixels - mean[:, None, None]) / scale[:, None, None]
    labels = np.arange(40) % 4
    return Images("noise", 4, images, labels, images[:8], labels[:8], mean, scale)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_bits(name: str, coloured: Images) -> None:
    augment, batch = augmenter(name, coloured, "cpu"), torch.from_numpy(coloured.train)
    once, twice = augment(batch, seeded()), augment(batch, seeded())
    assert torch.equal(once, twice)
    assert once.shape == batch.shape
    # Negative control: another seed changes every augmentation but the empty one.
    assert torch.equal(once, augment(batch, seeded(1))) == (name == "none")


def test_unknown_names_are_refused(coloured: Images) -> None:
    with pytest.raises(ValueError, match="unknown augmentation 'rotate'; known: none, shift"):
        augmenter("rotate", coloured, "cpu")


def test_crops_are_windows_of_the_padded_image() -> None:
    batch, fill = torch.randn(30, 2, 5, 5), torch.tensor([-9.0, 9.0])[:, None, None]
    padded = torch.empty(30, 2, 7, 7)
    padded[:] = fill
    padded[:, :, 1:-1, 1:-1] = batch
    places = set()
    for image, wide in zip(random_crop(batch, 1, fill, seeded()), padded, strict=True):
        found = [(i, j) for i in range(3) for j in range(3) if torch.equal(wide[:, i : i + 5, j : j + 5], image)]
        assert len(found) == 1
        places.add(found[0])
    assert len(places) > 4  # images are placed one by one


def test_shift_moves_some_images_and_not_most(coloured: Images) -> None:
    batch = torch.from_numpy(coloured.train).repeat(10, 1, 1, 1)
    moved = (augmenter("shift", coloured, "cpu")(batch, seeded()) != batch).flatten(1).any(1)
    assert 0.15 < moved.float().mean() < 0.4  # 0.3 of them are placed anew, 8 of 9 places are new


def test_flips_mirror_about_half_of_the_images() -> None:
    batch = torch.randn(200, 1, 3, 4)
    flipped = random_flip(batch, seeded())
    mirrored = (flipped == batch.flip(-1)).flatten(1).all(1)
    assert torch.equal(flipped[~mirrored], batch[~mirrored])
    assert 0.35 < mirrored.float().mean() < 0.65


def test_jitter_stays_in_range_and_keeps_grey_grey() -> None:
    pixels = torch.rand(20, 3, 4, 4)
    jittered = colour_jitter(pixels, seeded())
    assert jittered.min() >= 0
    assert jittered.max() <= 1
    grey = colour_jitter(torch.rand(20, 1, 4, 4).expand(20, 3, 4, 4), seeded())
    torch.testing.assert_close(grey[:, 0], grey[:, 2], atol=1e-5, rtol=0)
    assert (jittered[:, 0] - jittered[:, 2]).abs().max() > 0.1
