"""Labelled images: scikit-learn's digits, a data set of the Hugging Face hub, or a folder in the same format."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:  # a plan checks its sources without waiting for heavy libraries
    from learning_geometry.materials.image_tables import Split

_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class Images:
    """Standardised images and their labels, split for training and testing.

    `name` is "digits", the name of a folder without its path, or that of a data set of the hub.
    `train` and `test` are float32 `(n, channels, height, width)`, `train_labels` and `test_labels` int64 `(n,)`.
    `mean` and `scale`, `(channels,)`, are those of the training pixels in [0, 1]; pixel = image * scale + mean. A channel
    that is the same everywhere has the scale 1, and is 0.
    """

    name: str
    classes: int
    train: NDArray[np.float32]
    train_labels: NDArray[np.int64]
    test: NDArray[np.float32]
    test_labels: NDArray[np.int64]
    mean: NDArray[np.float32]
    scale: NDArray[np.float32]


def load(name: str, revision: str) -> Images:
    """The images called `name`: "digits", a folder of parquet files, or a data set of the Hugging Face hub.

    The digits are scikit-learn's (1,257 for training and 540 for testing, 8 x 8, one channel); their split is always
    the same. A folder holds `train*.parquet` and `test*.parquet` with the columns `img` or `image`, and `label`, like the
    hub's `uoft-cs/cifar10` and `ylecun/mnist`. Every image of both splits decides: grey ones have one channel, three if
    any is coloured, and 8 and 16 bits both span 0 to 1. Digits and folders have no revision: pass "".

    Raises:
        ValueError: the revision of a hub data set is no commit of 40 hexadecimal digits, one is given where there is
            none, or a column is lacking; an image cannot be read without loss, or has another size than the first; a
            label is no class of the training images; or all pixels are the same.
        ConnectionError: the hub was not reached and the data set is not in the local cache.
    """
    check_source(name, revision)
    if name == "digits":
        return _standardised(name, *_digits())
    if Path(name).is_dir():
        from learning_geometry.materials.image_tables import read_folder

        return _standardised(Path(name).resolve().name, *_arrays(read_folder(Path(name))))
    return _standardised(name, *_from_hub(name, revision))


def check_source(name: str, revision: str) -> None:
    """Check, before anything is loaded, that images of this name want a revision of this kind.

    Raises:
        ValueError: the revision of a hub data set is no commit of 40 hexadecimal digits, one is given where there is
            none, or a folder lacks a split.
    """
    if name == "digits" or Path(name).is_dir():
        if revision:
            raise ValueError(f"{name!r} has no revision, but {revision!r} was given; pass an empty one")
        if name != "digits":
            from learning_geometry.materials.image_tables import split_files

            split_files(Path(name))
    elif not _COMMIT.fullmatch(revision):
        raise ValueError(
            f"{name!r} is no folder, so it must be a data set of the Hugging Face hub, and its revision a commit of 40 "
            f"hexadecimal digits, not {revision!r}"
        )


def _digits() -> tuple[tuple[NDArray[Any], NDArray[Any]], ...]:
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    digits = load_digits()
    pixels = (digits.images[:, None] / 16).astype(np.float32)
    train, test, train_labels, test_labels = train_test_split(
        pixels, digits.target, test_size=0.3, stratify=digits.target, random_state=0
    )
    return (train, train_labels), (test, test_labels)


def _from_hub(name: str, revision: str) -> tuple[tuple[NDArray[Any], NDArray[Any]], ...]:
    from learning_geometry.materials.image_tables import read_hub

    try:
        return _arrays(read_hub(name, revision))
    except OSError as error:  # the base of every connection and cache error of the hub's client
        raise ConnectionError(
            f"{name} at {revision} is neither reachable nor cached: connect once, or download its parquet files and "
            "pass their folder as `images` with an empty `images_revision`"
        ) from error


def _arrays(splits: "dict[str, Split]") -> tuple[tuple[NDArray[Any], NDArray[Any]], ...]:
    _check(splits)
    channels = max(picture.channels for split in splits.values() for picture in split.pictures)
    return tuple(
        (_pixels(split, channels), np.array(split.labels, dtype=np.int64))
        for split in (splits["train"], splits["test"])
    )


def _check(splits: "dict[str, Split]") -> None:
    """All images have one size, and no label is one that no training image could have taught."""
    for name, split in splits.items():
        if not split.pictures:
            raise ValueError(f"there is no image in {name}; both splits must hold some")
    first, first_place = splits["train"].pictures[0], splits["train"].places[0]
    for split in splits.values():
        for picture, place in zip(split.pictures, split.places, strict=True):
            if picture.size != first.size:
                raise ValueError(
                    f"{first_place} is {first.size} pixels, but {place} {picture.size}; bring all to one size"
                )
    train, test = splits["train"].labels, splits["test"]
    if min(train) > 0:
        raise ValueError(
            f"the smallest label of {len(train)} training images is {min(train)}; number classes from 0 on"
        )
    for label, place in zip(test.labels, test.places, strict=True):
        if label > max(train):
            raise ValueError(f"{place} has the label {label}, but the training images only 0 to {max(train)}")


def _pixels(split: "Split", channels: int) -> NDArray[np.float32]:
    """`(n, channels, height, width)`, from 0 to 1; grey is the same in all three channels of a coloured set."""
    height, width = split.pictures[0].pixels.shape[:2]
    pixels = np.empty((len(split.pictures), channels, height, width), dtype=np.float32)
    for image, picture in zip(pixels, split.pictures, strict=True):
        image[:] = picture.pixels if picture.channels == 1 else picture.pixels.transpose(2, 0, 1)
        image /= picture.white
    return pixels


def _standardised(
    name: str, train: tuple[NDArray[Any], NDArray[Any]], test: tuple[NDArray[Any], NDArray[Any]]
) -> Images:
    # Accumulated in float64: a float32 sum over 10^8 pixels loses the third digit.
    mean = train[0].mean(axis=(0, 2, 3), dtype=np.float64).astype(np.float32)
    scale = train[0].std(axis=(0, 2, 3), dtype=np.float64).astype(np.float32)
    empty = train[0].min(axis=(0, 2, 3)) == train[0].max(axis=(0, 2, 3))
    if empty.all():
        raise ValueError(f"all training images of {name} are the same, pixel for pixel; there is nothing to learn")
    if empty.any():
        _check_empty(name, train[0], test[0], empty)
        mean, scale = np.where(empty, train[0][0, :, 0, 0], mean), np.where(empty, np.float32(1), scale)
    standard = [(pixels - mean[:, None, None]) / scale[:, None, None] for pixels in (train[0], test[0])]
    return Images(
        name=name,
        classes=int(max(train[1].max(), test[1].max())) + 1,
        train=standard[0],
        train_labels=train[1].astype(np.int64),
        test=standard[1],
        test_labels=test[1].astype(np.int64),
        mean=mean,
        scale=scale,
    )


def _check_empty(name: str, train: NDArray[Any], test: NDArray[Any], empty: NDArray[np.bool_]) -> None:
    """A channel that says nothing of the training images, as the blue one of a stain in red and green, stays that way."""
    for channel in np.flatnonzero(empty):
        if (test[:, channel] != train[0, channel, 0, 0]).any():
            raise ValueError(
                f"channel {channel + 1} of {len(empty)} is the same in all training images of {name}, but not in the test "
                "images; take both from one source"
            )
