"""A public model's blocks are measured on the reader's photographs, and a twin with another head is measured the same."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import xarray as xr
from made_up_visual import CONFIG
from PIL import Image
from transformers import (
    ConvNextImageProcessorPil,
    Dinov2Config,
    Dinov2ForImageClassification,
    Dinov2Model,
    ResNetConfig,
    ResNetModel,
)

from learning_geometry.encoding import encode
from learning_geometry.instruments.spectrum import eigenspectrum
from learning_geometry.materials import hub, image_classifiers, vision_models
from learning_geometry.studies.types import DataSource
from learning_geometry.studies.unit import Execution
from learning_geometry.studies.visual_cortex.experiments import pretrained

IMAGES = 40


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model, its twins with a head only and with other weights, a convolutional one, and photographs of noise."""
    root = tmp_path_factory.mktemp("vision")
    config = Dinov2Config(
        hidden_size=24, num_hidden_layers=2, num_attention_heads=2, mlp_ratio=2, image_size=16, patch_size=4
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        base, other = Dinov2Model(config), Dinov2Model(config)
        head = Dinov2ForImageClassification(config)
        head.dinov2.load_state_dict(base.state_dict())
        convolutional = ResNetModel(
            ResNetConfig(embedding_size=20, hidden_sizes=[20, 32], depths=[1, 1], layer_type="basic")
        )
    for name, model in {"base": base, "head": head, "other": other, "resnet": convolutional}.items():
        model.save_pretrained(root / "models" / name)
        ConvNextImageProcessorPil().save_pretrained(root / "models" / name)
    (root / "images").mkdir()
    for number in range(IMAGES):
        pixels = np.random.default_rng(number).integers(0, 256, (20, 24, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(root / "images" / f"{number}.png")
    return root


def measure(folder: Path, *, revision: str = "base", **changes: Any) -> xr.Dataset:
    given: dict[str, Any] = {
        "seed": 0,
        "model": DataSource.of(str(folder / "models"), revision),
        "photographs": DataSource.of(str(folder / "images")),
        "photograph_count": IMAGES,
        "photograph_size": 16,
        "windows": [[1, 12], [2, 16]],
    }
    result = pretrained.measure(pretrained.Pretrained.of(CONFIG, **given | changes), Execution())
    encode(result, "pretrained")  # refuses what is not plain and finite
    return result


@pytest.fixture(scope="module")
def measured(folder: Path) -> xr.Dataset:
    return measure(folder)


def test_spectra_are_those_of_the_features(measured: xr.Dataset, folder: Path) -> None:
    with hub.checkpoint(str(folder / "models"), "base", disk_budget_gb=1, delete_after=False) as checkpoint:
        model = vision_models.load_backbone(checkpoint, device="cpu")
        drawn = image_classifiers.unlabelled_photographs(
            str(folder / "images"), count=IMAGES, image_size=16, rng=np.random.default_rng([0, 0])
        )
        features = vision_models.block_features(
            model, image_classifiers.pixels(checkpoint, drawn), pooling="mean", batch_size=IMAGES
        )
    assert measured.width.values.tolist() == [24, 24]
    for layer, spectrum in zip(features, measured.spectrum, strict=True):
        values = eigenspectrum(layer)
        np.testing.assert_allclose(spectrum, values / values.sum(), rtol=1e-4, atol=1e-7)


def test_a_twin_with_only_a_head_is_the_same_and_another_is_not(measured: xr.Dataset, folder: Path) -> None:
    head = measure(folder, revision="head")
    np.testing.assert_allclose(head.spectrum, measured.spectrum, rtol=1e-5)
    assert head.attrs["commit"] != measured.attrs["commit"]
    assert not np.allclose(measure(folder, revision="other").spectrum, measured.spectrum, rtol=1e-2)


def test_narrow_layers_end_in_zeros(folder: Path) -> None:
    result = measure(folder, revision="resnet")
    assert result.width.values.tolist() == [20, 32]
    assert (result.spectrum.isel(layer=0).sel(rank=slice(21, None)) == 0).all()
    np.testing.assert_allclose(result.spectrum.sum("rank"), 1)
    assert result.gap_rank.dtype.kind == "i"


def test_pooling_and_seed_matter(measured: xr.Dataset, folder: Path) -> None:
    assert not np.allclose(measure(folder, pooling="class").spectrum, measured.spectrum, rtol=1e-2)
    few = [measure(folder, photograph_count=30, seed=seed).spectrum for seed in (0, 1)]
    assert not np.allclose(*few, rtol=1e-3)


def test_a_request_that_cannot_be_met_says_why(folder: Path) -> None:
    with pytest.raises(ValueError, match="holds 40 images, and 41 are needed"):
        measure(folder, photograph_count=41)
    with pytest.raises(ValueError, match="is 24 wide"):
        measure(folder, windows=[[1, 30]])
