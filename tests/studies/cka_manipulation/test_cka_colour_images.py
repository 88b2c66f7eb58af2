"""The paper's networks and training, from files in the format of its data: parameters alone lead there."""

from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pytest
from PIL import Image

from learning_geometry.materials import images
from learning_geometry.studies.cka_manipulation.experiments import maps, networks
from learning_geometry.studies.types import DataSource
from learning_geometry.studies.unit import Execution

CLASSES = 3


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Noise of 32 x 32 pixels whose class is the brightest channel, as parquet files with `img` and `label`."""
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    rng = np.random.default_rng(0)
    features = datasets.Features({"img": datasets.Image(), "label": datasets.ClassLabel(num_classes=CLASSES)})
    for split, count in (("train", 48), ("test", 24)):
        labels = np.arange(count) % CLASSES
        pixels = rng.integers(0, 150, (count, 32, 32, 3), dtype=np.uint8)
        pixels[np.arange(count), :, :, labels] += 100
        columns = {"img": [Image.fromarray(image) for image in pixels], "label": labels}
        table = datasets.Dataset.from_dict(columns, features=features)
        table.to_parquet(tmp_path / f"{split}-00000-of-00001.parquet")
    return tmp_path


@pytest.fixture
def training(folder: Path) -> dict[str, Any]:
    return {
        "seed": 0,
        "images": DataSource.of(str(folder)),
        "network": "vgg",
        "width": 0.5,
        "augmentation": "flip_crop_jitter",
        "epochs": 1,
        "batch_size": 16,
        "learning_rate": 1e-3,
        "weight_decay": 5e-4,
        "gradient_clip": 1.0,
        "probe_images": 20,
    }


def test_a_folder_of_parquet_files_is_read(folder: Path) -> None:
    data = images.load(str(folder), "")
    assert data.train.shape == (48, 3, 32, 32)
    assert data.test.shape == (24, 3, 32, 32)
    assert data.classes == CLASSES
    np.testing.assert_allclose(data.train.mean(axis=(0, 2, 3)), 0, atol=1e-5)
    np.testing.assert_allclose(data.train.std(axis=(0, 2, 3)), 1, atol=1e-4)
    assert np.array_equal(data.train.mean(axis=(2, 3)).argmax(axis=1), data.train_labels)


def test_a_folder_with_other_columns_is_refused(folder: Path) -> None:
    for file in folder.glob("*.parquet"):
        table = datasets.Dataset.from_parquet(str(file), cache_dir=folder / "other").rename_column("img", "picture")
        table.to_parquet(file)
    with pytest.raises(ValueError, match="must have the columns `img` or `image`, and `label`; found picture, label"):
        images.load(str(folder), "")


@pytest.mark.parametrize(("network", "layers"), [("vgg", 8), ("vgg7", 8), ("resnet34", 5)])
def test_networks(training: dict[str, Any], network: str, layers: int) -> None:
    training |= {"network": network, "width": 0.5 if network == "vgg" else 0.125, "distances": [1.0, 100.0]}
    unit = networks.Networks(**training, separated_pair=[0, 2], memorise_epochs=1, memorise_weight_decay=0.0)
    parts = networks.measure(unit, Execution())
    assert parts["regimes"].attrs["probe_images"] == 20
    assert parts["regimes"].sizes["block"] == layers
    sets = ["class 0", "class 1", "class 2", "half_of_the_classes", "one_image"]
    assert parts["readers"].set.values.tolist() == sets
    assert abs(parts["layers"].closed_form - parts["layers"].direct).max() < 1e-9
    assert not parts["readers"].changed.sel(direction="head_null_space", reader="head").any()


def test_maps(training: dict[str, Any]) -> None:
    unit = maps.Maps(**training, targets=["picture"], map_epochs=1, map_learning_rate=1e-3, map_weight=500.0)
    drawn = maps.measure(unit, Execution()).sel(target="picture")
    assert drawn.after.shape == (8, 8)
    assert not np.array_equal(drawn.after, drawn.before)
