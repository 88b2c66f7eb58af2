"""The digits are always the same, and a request that cannot be met says why."""

from pathlib import Path

import datasets
import numpy as np
import pytest
from PIL import Image

from learning_geometry.materials import images

COMMIT = "0b2714987fa478483af9968de7c934580d0bb9a2"


def test_digits_are_standardised_and_split_once_and_for_all() -> None:
    digits = images.load("digits", "")
    assert digits.train.shape == (1257, 1, 8, 8)
    assert digits.test.shape == (540, 1, 8, 8)
    assert digits.train.dtype == np.float32
    assert digits.classes == 10
    np.testing.assert_allclose([digits.train.mean(), digits.train.std()], [0, 1], atol=1e-5)
    # The test images are standardised with the training images' moments, so not exactly.
    assert abs(digits.test.mean()) > 1e-5
    again = images.load("digits", "")
    assert np.array_equal(digits.train, again.train)
    assert np.array_equal(digits.test_labels, again.test_labels)


def test_pixels_come_back_from_the_moments() -> None:
    digits = images.load("digits", "")
    sixteenths = (digits.train * digits.scale[:, None, None] + digits.mean[:, None, None]) * 16
    np.testing.assert_allclose(sixteenths, np.round(sixteenths), atol=1e-4)


@pytest.mark.parametrize("revision", ["", "main", COMMIT[:12], COMMIT.upper()])
def test_a_hub_data_set_needs_a_whole_commit(revision: str) -> None:
    with pytest.raises(ValueError, match="40 hexadecimal digits"):
        images.load("uoft-cs/cifar10", revision)


def test_what_has_no_revision_takes_none(tmp_path: Path) -> None:
    for name in ("digits", str(tmp_path)):
        with pytest.raises(ValueError, match="has no revision"):
            images.load(name, COMMIT)


def test_a_folder_without_a_split_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds no train"):
        images.load(str(tmp_path), "")


@pytest.mark.parametrize(("column", "mode", "channels"), [("image", "L", 1), ("img", "L", 1), ("image", "RGB", 3)])
def test_grey_and_coloured_pictures_of_a_folder_come_back(
    tmp_path: Path, column: str, mode: str, channels: int
) -> None:
    rng = np.random.default_rng(0)
    shape = (5, 7, 6) if mode == "L" else (5, 7, 6, 3)
    pixels = rng.integers(0, 256, shape, dtype=np.uint8)
    for split in ("train", "test"):
        features = datasets.Features({column: datasets.Image(), "label": datasets.Value("int64")})
        rows = {column: [Image.fromarray(one) for one in pixels], "label": [0, 1, 2, 1, 0]}
        datasets.Dataset.from_dict(rows, features=features).to_parquet(tmp_path / f"{split}.parquet")
    found = images.load(str(tmp_path), "")
    assert found.train.shape == (5, channels, 7, 6)
    back = (found.train * found.scale[:, None, None] + found.mean[:, None, None]) * 255
    expected = pixels[:, None] if mode == "L" else pixels.transpose(0, 3, 1, 2)
    np.testing.assert_allclose(back, expected, atol=1e-3)


def test_an_unreachable_hub_names_the_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ConnectionError, match="download its parquet files"):
        images.load("uoft-cs/cifar10", COMMIT)
