"""Labelled images: scikit-learn's digits, a data set of the Hugging Face hub, or a folder in the same format."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class Images:
    """Standardised images and their labels, split for training and testing.

    `name` is "digits", the name of a folder without its path, or that of a data set of the hub.
    `train` and `test` are float32 `(n, channels, height, width)`, `train_labels` and `test_labels` int64 `(n,)`.
    `mean` and `scale`, `(channels,)`, are those of the training pixels in [0, 1]; pixel = image * scale + mean.
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
    hub's `uoft-cs/cifar10` and `ylecun/mnist`; grey images have one channel, all others three. Digits and folders have no
    revision: pass "".

    Raises:
        ValueError: the revision of a hub data set is no commit of 40 hexadecimal digits, one is given where there is
            none, or a column is lacking.
        ConnectionError: the hub was not reached and the data set is not in the local cache.
    """
    check_source(name, revision)
    if name == "digits":
        return _standardised(name, *_digits())
    if Path(name).is_dir():
        return _standardised(name, *_from_folder(Path(name)))
    return _standardised(name, *_from_hub(name, revision))


def check_source(name: str, revision: str) -> None:
    """Check, before anything is loaded, that images of this name want a revision of this kind.

    Raises:
        ValueError: the revision of a hub data set is no commit of 40 hexadecimal digits, or one is given where there is
            none.
    """
    if name == "digits" or Path(name).is_dir():
        if revision:
            raise ValueError(f"{name!r} has no revision, but {revision!r} was given; pass an empty one")
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


def _from_folder(folder: Path) -> tuple[tuple[NDArray[Any], NDArray[Any]], ...]:
    import datasets

    files = {split: sorted(map(str, folder.glob(f"{split}*.parquet"))) for split in ("train", "test")}
    lacking = [split for split, found in files.items() if not found]
    if lacking:
        raise ValueError(f"{folder} holds no {lacking[0]}*.parquet")
    return _arrays(datasets.load_dataset("parquet", data_files=files), str(folder))


def _from_hub(name: str, revision: str) -> tuple[tuple[NDArray[Any], NDArray[Any]], ...]:
    import datasets

    try:
        return _arrays(datasets.load_dataset(name, revision=revision), name)
    except OSError as error:  # the base of every connection and cache error of the hub's client
        raise ConnectionError(
            f"{name} at {revision} is neither reachable nor cached: connect once, or download its parquet files and "
            "pass their folder as `images` with an empty `images_revision`"
        ) from error


def _arrays(splits: Any, name: str) -> tuple[tuple[NDArray[Any], NDArray[Any]], ...]:
    return tuple(_pixels_and_labels(splits[split], name) for split in ("train", "test"))


def _pixels_and_labels(split: Any, name: str) -> tuple[NDArray[Any], NDArray[Any]]:
    column = next((known for known in ("img", "image") if known in split.column_names), None)
    if column is None or "label" not in split.column_names:
        raise ValueError(
            f"{name} must have the columns `img` or `image`, and `label`; found {', '.join(split.column_names)}"
        )
    first = split[0][column]
    mode = "L" if first.mode == "L" else "RGB"
    pixels = np.empty((len(split), len(mode), *first.size[::-1]), dtype=np.float32)
    for image, row in zip(pixels, split, strict=True):
        seen = np.asarray(row[column].convert(mode))
        image[:] = seen if mode == "L" else seen.transpose(2, 0, 1)
    pixels /= 255
    return pixels, np.asarray(split["label"])


def _standardised(
    name: str, train: tuple[NDArray[Any], NDArray[Any]], test: tuple[NDArray[Any], NDArray[Any]]
) -> Images:
    # Accumulated in float64: a float32 sum over 10^8 pixels loses the third digit.
    mean = train[0].mean(axis=(0, 2, 3), dtype=np.float64).astype(np.float32)
    scale = train[0].std(axis=(0, 2, 3), dtype=np.float64).astype(np.float32)
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
