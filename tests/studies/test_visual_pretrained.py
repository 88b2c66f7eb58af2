"""A public model's blocks are measured on the reader's photographs, and a twin with another head is measured the same."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import (
    ConvNextImageProcessorPil,
    Dinov2Config,
    Dinov2ForImageClassification,
    Dinov2Model,
    ResNetConfig,
    ResNetModel,
)

from learning_geometry.instruments.spectrum import eigenspectrum
from learning_geometry.materials import hub, image_classifiers, vision_models
from learning_geometry.store import Record, Store, Unit
from learning_geometry.studies.visual_cortex import pretrained

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


def measure(folder: Path, **changes: Any) -> dict[str, Any]:
    parameters: dict[str, Any] = {
        "model": str(folder / "models"),
        "revision": "base",
        "images": str(folder / "images"),
        "count": IMAGES,
        "image_size": 16,
        "pooling": "mean",
        "batch_size": 16,
        "windows": [[1, 12], [2, 16]],
        "seed": 0,
        "device": "cpu",
    }
    return pretrained.measure(**parameters | changes)


@pytest.fixture(scope="module")
def measured(folder: Path) -> dict[str, Any]:
    return measure(folder)


def test_spectra_are_those_of_the_features(measured: dict[str, Any], folder: Path) -> None:
    with hub.checkpoint(str(folder / "models"), "base", disk_budget_gb=1, delete_after=False) as found:
        model = vision_models.load_backbone(found, device="cpu")
        drawn = image_classifiers.unlabelled_photographs(
            str(folder / "images"), count=IMAGES, image_size=16, rng=np.random.default_rng([0, 0])
        )
        features = vision_models.block_features(
            model, image_classifiers.pixels(found, drawn), pooling="mean", batch_size=IMAGES
        )
    assert measured["widths"].tolist() == [24, 24]
    for layer, spectrum in zip(features, measured["spectrum"], strict=True):
        values = eigenspectrum(layer)
        np.testing.assert_allclose(spectrum, values / values.sum(), rtol=1e-4, atol=1e-7)
    assert measured["alpha"].shape == measured["curvature"].shape == (2, 2)
    assert measured["effective_rank"].shape == (2,)


def test_a_twin_with_only_a_head_is_the_same_and_another_is_not(measured: dict[str, Any], folder: Path) -> None:
    head = measure(folder, revision="head")
    np.testing.assert_allclose(head["spectrum"], measured["spectrum"], rtol=1e-5)
    assert head["commit"] != measured["commit"]
    assert not np.allclose(measure(folder, revision="other")["spectrum"], measured["spectrum"], rtol=1e-2)


def test_narrow_layers_end_in_zeros(folder: Path) -> None:
    result = measure(folder, revision="resnet")
    assert result["widths"].tolist() == [20, 32]
    assert result["spectrum"].shape == (2, 32)
    assert (result["spectrum"][0, 20:] == 0).all()
    np.testing.assert_allclose(result["spectrum"].sum(axis=1), 1)


def test_pooling_and_seed_matter(measured: dict[str, Any], folder: Path) -> None:
    assert not np.allclose(measure(folder, pooling="class")["spectrum"], measured["spectrum"], rtol=1e-2)
    few = [measure(folder, count=30, seed=seed)["spectrum"] for seed in (0, 1)]
    assert not np.allclose(*few, rtol=1e-3)


def test_the_record_can_be_kept_and_comes_out_again(measured: dict[str, Any], folder: Path, tmp_path: Path) -> None:
    np.testing.assert_equal(measure(folder), measured)
    unit = Unit("visual_cortex", "pretrained", {}, "0" * 16)
    Store(tmp_path).write(Record(unit, measured, 0.0, 0.0, {}))
    kept = Store(tmp_path).read(unit)
    assert kept is not None
    np.testing.assert_array_equal(kept.result["curvature"], measured["curvature"])


def test_a_request_that_cannot_be_met_says_why(folder: Path) -> None:
    with pytest.raises(ValueError, match="holds 40 images, and 41 are needed"):
        measure(folder, count=41)
    with pytest.raises(ValueError, match=r"windows are \[\[1, 40\]\] for 40 images"):
        measure(folder, windows=[[1, 40]])
    with pytest.raises(ValueError, match="at least one"):
        measure(folder, windows=[])
    with pytest.raises(ValueError, match="is 24 wide"):
        measure(folder, windows=[[1, 30]])
    with pytest.raises(ValueError, match="pooling is 'max'"):
        measure(folder, pooling="max")
