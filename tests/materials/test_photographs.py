"""Patches come from their part of the photographs, digits lie where they are said to, splits share nothing."""

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits, load_sample_images

from learning_geometry.materials import photographs
from learning_geometry.materials.photographs import DigitsOnTexture, digits_on_texture, normalised, patches

CUT, WIDTH = 448, 640


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.fixture
def numbered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Photographs whose pixels are their column numbers, the second's plus a thousand."""
    columns = np.tile(np.arange(WIDTH, dtype=np.float32), (427, 1))
    monkeypatch.setattr(photographs, "_photographs", lambda: (columns, columns + 1000))


@pytest.fixture
def blank(monkeypatch: pytest.MonkeyPatch) -> None:
    """Photographs of one colour, whose normalised patches are one half everywhere."""
    monkeypatch.setattr(photographs, "_photographs", lambda: (np.ones((427, WIDTH), np.float32),) * 2)


def test_photographs_are_those_of_scikit_learn_in_grey() -> None:
    for grey, colour in zip(photographs._photographs(), load_sample_images().images, strict=True):
        luma = np.asarray(Image.fromarray(colour).convert("L"))
        assert np.abs(grey * 255 - luma).max() < 0.51  # Pillow rounds to whole numbers


@pytest.mark.parametrize(("part", "first", "last"), [("left", 0, CUT), ("right", CUT, WIDTH), ("all", 0, WIDTH)])
@pytest.mark.usefixtures("numbered")
def test_patches_lie_in_their_part_and_reach_its_borders(part: str, first: int, last: int) -> None:
    found = patches(count=4001, size=12, part=part, rng=rng())
    assert (found.shape, found.dtype) == ((4001, 12, 12), np.float32)
    columns = found % 1000
    assert (columns.min(), columns.max()) == (first, last - 1)
    assert np.all(np.diff(columns, axis=2) == 1)
    assert columns[:, 0, 0].mean() == pytest.approx((first + last - 12) / 2, abs=10)
    assert np.all(found[::2] < 1000)
    assert np.all(found[1::2] >= 1000)


@pytest.mark.usefixtures("numbered")
def test_left_and_right_share_no_column_and_all_crosses_the_border() -> None:
    left, right, whole = (
        {int(c) for c in np.unique(patches(count=2000, size=32, part=part, rng=rng()) % 1000)}
        for part in ("left", "right", "all")
    )
    assert not left & right
    # Negative control: patches of the whole width straddle the border between the parts.
    crossing = patches(count=2000, size=32, part="all", rng=rng()) % 1000
    assert np.any((crossing.min(axis=(1, 2)) < CUT) & (crossing.max(axis=(1, 2)) >= CUT))
    assert left | right == whole


def test_patches_are_a_function_of_their_generator() -> None:
    one, again, other = (patches(count=9, size=16, part="all", rng=rng(seed)) for seed in (0, 0, 1))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)
    assert one.min() >= 0
    assert one.max() <= 1


def test_normalised_patches_have_the_stated_mean_and_deviation() -> None:
    found = patches(count=500, size=12, part="all", rng=rng()).astype(np.float64)
    seen, spread = normalised(found), found.std(axis=(1, 2))
    np.testing.assert_allclose(seen.mean(axis=(1, 2)), 0.5, atol=1e-6)
    np.testing.assert_allclose(seen.std(axis=(1, 2)), spread / (spread + 0.05) / 4, atol=1e-6)


def test_brightness_is_removed_and_contrast_only_evened_out() -> None:
    found = patches(count=50, size=12, part="all", rng=rng())
    before = found.copy()
    np.testing.assert_allclose(normalised(found + 0.3), normalised(found), atol=1e-6)
    assert np.abs(normalised(0.5 * found) - normalised(found)).max() > 1e-2
    assert np.all(normalised(np.ones((1, 12, 12), np.float32)) == 0.5)
    assert np.array_equal(found, before)


def shown(drawn: DigitsOnTexture) -> tuple[np.ndarray, np.ndarray]:
    """The digits in images with a blank texture, as rows of scikit-learn's, and where they lie."""
    count = len(drawn.images)
    digits = (drawn.images[:, 0] - 0.5) / 0.8  # b (1 - d) + 1.3 d at b = 1/2
    known = {digit.tobytes(): row for row, digit in enumerate(load_digits().images.astype(np.uint8))}
    rows, places = np.empty(count, int), np.empty(count, int)
    for at, image in enumerate(np.rint(digits * 16).astype(np.uint8)):
        matches = [
            (known[window.tobytes()], 5 * y + x)
            for y in range(5)
            for x in range(5)
            if (window := image[y : y + 8, x : x + 8]).sum() == image.sum() and window.tobytes() in known
        ]
        assert len(matches) == 1
        rows[at], places[at] = matches[0]
    return rows, places


@pytest.mark.usefixtures("blank")
def test_digits_keep_their_labels_go_everywhere_and_are_split() -> None:
    rows = []
    for split, count in (("train", 1500), ("test", 800)):
        drawn = digits_on_texture(split, count=count, rng=rng())
        which, places = shown(drawn)
        assert np.array_equal(load_digits().target[which], drawn.digits)
        assert np.array_equal(places, drawn.places)
        assert len(np.unique(drawn.digits)) == 10
        assert len(np.unique(places)) == 25
        rows.append(which)
    train, test = rows
    assert not set(train) & set(test)
    # Negative control: two draws of one split do share digits.
    assert set(train[:750]) & set(train[750:])


def test_splits_hold_all_digits_once() -> None:
    sizes = [len(photographs._digits(split)[1]) for split in ("train", "test")]
    assert sizes == [1200, 597]


@pytest.mark.usefixtures("numbered")
def test_textures_of_the_splits_share_no_column(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photographs, "normalised", lambda found: found)  # keeps the column numbers
    monkeypatch.setattr(photographs, "_digits", lambda split: (np.zeros((1, 8, 8), np.float32), np.zeros(1, np.int64)))
    train, test = (digits_on_texture(split, count=1000, rng=rng()) for split in ("train", "test"))
    assert (train.images % 1000).max() < CUT <= (test.images % 1000).min()
    assert np.array_equal(train.images[:, 0, 0, 0] >= 1000, train.photographs == 1)


def test_digits_are_a_function_of_their_generator_with_the_stated_types() -> None:
    images, *labels = digits_on_texture("test", count=7, rng=rng())
    assert (images.shape, images.dtype) == ((7, 1, 12, 12), np.float32)
    assert {(label.shape, label.dtype) for label in labels} == {((7,), np.dtype(np.int64))}
    again, other = (digits_on_texture("test", count=7, rng=rng(seed)).images for seed in (0, 1))
    assert np.array_equal(images, again)
    assert not np.array_equal(images, other)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"part": "top"}, "part is 'top'"),
        ({"count": -1}, "count is -1"),
        ({"size": 0}, "size is 0"),
        ({"part": "right", "size": 193}, "sides of 1 to 192 pixels"),
    ],
)
def test_what_cannot_be_cut_is_refused(asked: dict, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        patches(**{"count": 3, "size": 12, "part": "left", "rng": rng(), **asked})


def test_an_unknown_split_is_refused() -> None:
    with pytest.raises(ValueError, match="split is 'valid'"):
        digits_on_texture("valid", count=3, rng=rng())
