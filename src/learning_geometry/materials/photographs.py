"""Patches of the two photographs that scikit-learn carries, and its digits laid over them."""

from functools import cache
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Part = Literal["left", "right", "all"]
Images = NDArray[np.float32]

_LEFT = 0.7  # of the width of each photograph; the rest is "right"
_TEST_DIGITS = 597  # of 1,797
_LUMA = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601
_SIDE, _DIGIT = 12, 8
_OFFSETS = _SIDE - _DIGIT + 1


class DigitsOnTexture(NamedTuple):
    """Images `(count, 1, 12, 12)` and what is in each, `(count,)`: which digit, at which place, over which photograph.

    `places` are `5 row + column` of the digit's upper left corner, 0 to 24; `photographs` are 0 and 1.
    """

    images: Images
    digits: NDArray[np.int64]
    places: NDArray[np.int64]
    photographs: NDArray[np.int64]


def patches(*, count: int, size: int, part: Part, rng: np.random.Generator) -> Images:
    """Square grey patches at random positions of scikit-learn's two photographs, 427 x 640 pixels each.

    Luma in [0, 1], `(count, size, size)`. Even patches come from the first photograph, odd ones from the second. A
    patch of the "left" lies wholly in the first 448 columns and one of the "right" wholly in the last 192, so that
    patches of the two parts never share a pixel; "all" is the whole width.

    Raises:
        ValueError: `part` is none of the three, `count` is negative, or a patch of this `size` does not fit.
    """
    if part not in ("left", "right", "all"):
        raise ValueError(f"part is {part!r}; choose 'left', 'right' or 'all'")
    if count < 0:
        raise ValueError(f"count is {count}; pass the number of patches, zero or more")
    drawn = [_of(photograph, part) for photograph in _photographs()]
    height, width = (min(sides) for sides in zip(*(grey.shape for grey in drawn), strict=True))
    if not 1 <= size <= min(height, width):
        raise ValueError(f"size is {size}; patches of part {part!r} have sides of 1 to {min(height, width)} pixels")
    found = np.empty((count, size, size), dtype=np.float32)
    for at, grey in enumerate(drawn):
        windows = np.lib.stride_tricks.sliding_window_view(grey, (size, size))
        here = len(found[at :: len(drawn)])
        found[at :: len(drawn)] = windows[
            rng.integers(windows.shape[0], size=here), rng.integers(windows.shape[1], size=here)
        ]
    return found


def normalised(patches: Images) -> Images:
    """Patches with their own mean and contrast evened out: `(x - mean) / (sd + 0.05) / 4 + 1/2`, each by itself.

    `(count, height, width)` in and out. The mean of a patch becomes 1/2 and its standard deviation a little below 1/4;
    the 0.05 keeps the noise of a flat patch small. Our operationalisation: without it, brightness takes almost all of
    the variance.
    """
    axes = (1, 2)
    mean = patches.mean(axis=axes, keepdims=True, dtype=np.float64)
    spread = patches.std(axis=axes, keepdims=True, dtype=np.float64)
    return ((patches - mean) / (spread + 0.05) / 4 + 0.5).astype(np.float32)


def digits_on_texture(split: Literal["train", "test"], *, count: int, rng: np.random.Generator) -> DigitsOnTexture:
    """Hand-written digits on patches of photographs, with labels for three tasks.

    A normalised patch `b` of 12 x 12 pixels, and one of scikit-learn's digits `d`, 8 x 8 in [0, 1], at a random place
    within it: `b (1 - d) + 1.3 d`. For training 1,200 digits and the left of the photographs, for testing the other 597
    and the right: the two splits share neither a digit nor a pixel of the texture. Our operationalisation.

    Raises:
        ValueError: `split` is neither, or `count` is negative.
    """
    if split not in ("train", "test"):
        raise ValueError(f"split is {split!r}; choose 'train' or 'test'")
    images = normalised(patches(count=count, size=_SIDE, part="left" if split == "train" else "right", rng=rng))
    digits, labels = _digits(split)
    which = rng.integers(len(digits), size=count)
    corners = rng.integers(_OFFSETS, size=(count, 2))
    for image, digit, (row, column) in zip(images, digits[which], corners, strict=True):
        window = image[row : row + _DIGIT, column : column + _DIGIT]
        window[:] = window * (1 - digit) + 1.3 * digit
    places = corners @ np.array([_OFFSETS, 1])
    return DigitsOnTexture(images[:, None], labels[which], places, np.arange(count) % len(_photographs()))


@cache
def _photographs() -> tuple[Images, ...]:
    from sklearn.datasets import load_sample_images

    grey = tuple((photograph / 255 @ _LUMA).astype(np.float32) for photograph in load_sample_images().images)
    for photograph in grey:
        photograph.setflags(write=False)  # it is shared by all callers
    return grey


def _of(photograph: Images, part: Part) -> Images:
    cut = round(_LEFT * photograph.shape[1])
    return {"left": photograph[:, :cut], "right": photograph[:, cut:], "all": photograph}[part]


@cache
def _digits(split: str) -> tuple[Images, NDArray[np.int64]]:
    from sklearn.datasets import load_digits

    digits = load_digits()
    # The same split whoever asks, whatever the generator: test digits stay unseen by every network of every seed.
    order = np.random.default_rng(0).permutation(len(digits.target))
    rows = order[-_TEST_DIGITS:] if split == "test" else order[:-_TEST_DIGITS]
    return (digits.images[rows] / 16).astype(np.float32), digits.target[rows].astype(np.int64)
