"""Blocks are read where they end, tokens pooled as asked, and what is no whole vision model is refused."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import (
    BeitConfig,
    BeitModel,
    Dinov2Config,
    Dinov2ForImageClassification,
    Dinov2WithRegistersConfig,
    Dinov2WithRegistersModel,
    ResNetConfig,
    ResNetForImageClassification,
    ViTConfig,
    ViTMAEConfig,
    ViTMAEForPreTraining,
    ViTModel,
)

from learning_geometry.materials import image_classifiers, vision_models
from learning_geometry.materials.checkpoint_files import BrokenCheckpoint
from learning_geometry.materials.hub import checkpoint

TOKENS: dict[str, Any] = {
    "hidden_size": 8,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 8,
    "image_size": 16,
    "patch_size": 4,
}
RESNET: dict[str, Any] = {"embedding_size": 4, "hidden_sizes": [4, 6], "depths": [1, 1], "layer_type": "basic"}
IMAGES = torch.from_numpy(np.random.default_rng(0).normal(size=(5, 3, 16, 16)).astype(np.float32))


def random_models() -> dict[str, Any]:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return {
            "beit": BeitModel(BeitConfig(**TOKENS)),
            "dinov2": Dinov2ForImageClassification(Dinov2Config(**TOKENS)),
            "registers": Dinov2WithRegistersModel(Dinov2WithRegistersConfig(**TOKENS)),
            "mae": ViTMAEForPreTraining(
                ViTMAEConfig(
                    **TOKENS, decoder_hidden_size=8, decoder_num_hidden_layers=1, decoder_num_attention_heads=2
                )
            ),
            "vit": ViTModel(ViTConfig(**TOKENS), add_pooling_layer=False),
            "resnet": ResNetForImageClassification(ResNetConfig(**RESNET)),
        }


@pytest.fixture(scope="module")
def series(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    for name, model in random_models().items():
        model.save_pretrained(folder / name)
    return folder


def load(series: Path, name: str) -> Any:
    with checkpoint(str(series), name, disk_budget_gb=1.0, delete_after=False) as found:
        return vision_models.load_backbone(found, device="cpu")


def features(model: Any, *, pooling: Any = "mean", batch_size: int = 5) -> list[Any]:
    return vision_models.block_features(model, IMAGES, pooling=pooling, batch_size=batch_size)


@pytest.mark.parametrize("family", ["beit", "dinov2", "registers", "mae", "vit", "resnet"])
def test_every_family_gives_its_blocks_whatever_the_batch(series: Path, family: str) -> None:
    model = load(series, family)
    assert not model.training
    whole = features(model)
    assert [layer.shape for layer in whole] == [(5, 4), (5, 6)] if family == "resnet" else [(5, 8)] * 2
    for one, other in zip(whole, features(model, batch_size=2), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    assert not np.allclose(whole[-1][0], whole[-1][1])


@pytest.mark.parametrize(("family", "before"), [("dinov2", 1), ("registers", 5), ("beit", 1), ("vit", 1)])
def test_tokens_are_those_of_the_patches_or_of_the_class(series: Path, family: str, before: int) -> None:
    model = load(series, family)
    with torch.no_grad():
        out = model(pixel_values=IMAGES, output_hidden_states=True)
    for pooled, expected in (
        (features(model), [out.hidden_states[1][:, before:].mean(1), out.last_hidden_state[:, before:].mean(1)]),
        (features(model, pooling="class"), [out.hidden_states[1][:, 0], out.last_hidden_state[:, 0]]),
    ):
        np.testing.assert_allclose(pooled[0], expected[0].numpy(), atol=1e-5)
        np.testing.assert_allclose(pooled[-1], expected[1].numpy(), atol=1e-5)
    # The mean over patches leaves the class out.
    with_class = out.last_hidden_state.mean(1).numpy()
    assert not np.allclose(features(model)[-1], with_class, atol=1e-4)


def test_a_masked_autoencoder_sees_the_whole_image_and_one_that_hides_patches_does_not(series: Path) -> None:
    model = load(series, "mae")
    np.testing.assert_allclose(features(model)[-1], features(model)[-1], atol=1e-5)
    model.config.mask_ratio = 0.75
    model.embeddings.config.mask_ratio = 0.75
    with torch.no_grad(), torch.random.fork_rng():
        torch.manual_seed(0)
        once = model(pixel_values=IMAGES).last_hidden_state
        again = model(pixel_values=IMAGES).last_hidden_state
    assert once.shape[1] == 5
    assert not torch.allclose(once.mean(1), again.mean(1), atol=1e-3)


def test_convolutions_have_no_class_token_and_other_poolings_are_refused(series: Path) -> None:
    with pytest.raises(ValueError, match="ResNetModel has no token for the class"):
        features(load(series, "resnet"), pooling="class")
    with pytest.raises(ValueError, match="pooling is 'max'"):
        features(load(series, "vit"), pooling="max")


def test_what_is_no_whole_vision_model_is_refused(series: Path, tmp_path: Path) -> None:
    from tiny_models import save_checkpoint

    save_checkpoint(tmp_path / "language")
    with pytest.raises(ValueError, match="reads input_ids, not images"):
        load(tmp_path, "language")
    shutil.copytree(series / "vit", tmp_path / "vit")
    ViTConfig(**TOKENS | {"num_hidden_layers": 3}).save_pretrained(tmp_path / "vit")
    with pytest.raises(BrokenCheckpoint, match=r"lacks .* weights"):
        load(tmp_path, "vit")


def test_unlabelled_photographs_are_drawn_from_all_folders(tmp_path: Path) -> None:
    for number in range(6):
        folder = tmp_path / ("deep/er" if number % 2 else "")
        folder.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (40, 30), (40 * number, 0, 0)).save(folder / f"{number}.png")
    (tmp_path / "notes.txt").write_text("no image")

    def reds(seed: int, count: int = 4) -> list[int]:
        drawn = image_classifiers.unlabelled_photographs(
            str(tmp_path), count=count, image_size=8, rng=np.random.default_rng(seed)
        )
        assert {image.size for image in drawn} == {(8, 8)}
        return [int(np.asarray(image)[0, 0, 0]) for image in drawn]

    assert sorted(reds(0, 6)) == [0, 40, 80, 120, 160, 200]
    assert reds(0) == reds(0)
    assert len(set(reds(0))) == 4
    assert reds(0) != reds(1)
    with pytest.raises(ValueError, match="holds 6 images, and 7 are needed"):
        reds(0, 7)
    with pytest.raises(ValueError, match="is no folder"):
        image_classifiers.unlabelled_photographs(
            str(tmp_path / "no"), count=1, image_size=8, rng=np.random.default_rng(0)
        )
