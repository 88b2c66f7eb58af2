"""Pretrained networks move by mirror descent, the classifier aside, on as many images as the square root of D."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import (
    ConvNextConfig,
    ConvNextForImageClassification,
    ConvNextImageProcessorPil,
    ResNetConfig,
    ResNetForImageClassification,
    ViTConfig,
    ViTForImageClassification,
)

from learning_geometry.materials.hub import checkpoint
from learning_geometry.materials.image_classifiers import load_classifier, photographs, pixels
from learning_geometry.studies.synaptic_weights.experiments.pretrained import Pretrained
from learning_geometry.studies.synaptic_weights.experiments.pretrained import measure as measure_unit
from learning_geometry.studies.types import DataSource
from learning_geometry.studies.unit import Execution

CLASSES = {0: "crow", 1: "finch", 2: "owl"}
IMAGES = 24


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> Iterator[None]:
    """As `measuring` has it: threads only wait for each other where networks are tiny."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random models of three families, of a few hundred weights, and 24 images of noise whose brightest channel is their class."""
    root = tmp_path_factory.mktemp("pretrained")
    shape: dict[str, Any] = {"id2label": CLASSES, "num_channels": 3}
    with torch.random.fork_rng():
        torch.manual_seed(0)
        networks = {
            "resnet": ResNetForImageClassification(
                ResNetConfig(embedding_size=2, hidden_sizes=[2], depths=[1], layer_type="basic", **shape)
            ),
            "convnext": ConvNextForImageClassification(
                ConvNextConfig(hidden_sizes=[2], depths=[1], num_stages=1, patch_size=4, image_size=16, **shape)
            ),
            "vit": ViTForImageClassification(
                ViTConfig(
                    hidden_size=2,
                    num_hidden_layers=1,
                    num_attention_heads=1,
                    intermediate_size=2,
                    patch_size=4,
                    image_size=16,
                    **shape,
                )
            ),
        }
    for name, network in networks.items():
        network.save_pretrained(root / "models" / name)
        ConvNextImageProcessorPil().save_pretrained(root / "models" / name)
    for label, name in CLASSES.items():
        (root / "images" / name).mkdir(parents=True)
        for number in range(IMAGES // 3):
            noise = np.random.default_rng([label, number]).integers(0, 150, (18, 20, 3), dtype=np.uint8)
            noise[..., label] += 100
            Image.fromarray(noise).save(root / "images" / name / f"{number}.png")
    return root


def measure(folder: Path, model: str = "", revision: str = "resnet", **changed: Any) -> Any:
    fields: dict[str, Any] = {
        "checkpoint": DataSource.of(model or str(folder / "models"), revision),
        "seed": 0,
        "photographs": DataSource.of(str(folder / "images")),
        "photograph_size": 16,
        "truths": [1.0, 2.0],
        "candidates": [1.0, 2.0, 3.0],
        "pretrained_learning_rates": [1e-9, 0.03],
        "pretrained_batch_size": 5,
        "momentum": 0.9,
        "epochs": 4,
        "max_epochs": 4,
    }
    return measure_unit(Pretrained(**{**fields, **changed}), Execution())


@pytest.fixture(scope="module")
def measured(folder: Path) -> Any:
    return measure(folder)


def weights_of(folder: Path, name: str) -> int:
    with checkpoint(str(folder / "models"), name, disk_budget_gb=1, delete_after=False) as files:
        modules = load_classifier(files, device="cpu").modules()
    return sum(m.weight.numel() for m in modules if isinstance(m, torch.nn.Conv2d | torch.nn.Linear))


@pytest.mark.parametrize("family", ["resnet", "convnext", "vit"])
def test_every_family_is_measured_without_its_classifier(folder: Path, family: str) -> None:
    result = measure(folder, revision=family, truths=[3.0])
    assert int(result.weights) == weights_of(folder, family)
    assert int(result.images) == int(int(result.weights) ** 0.5) <= IMAGES
    assert not any("classifier" in name for name in result.layer.values)
    # All convolutions and linear maps are there but the last; theirs are the weights that were analysed.
    assert int(result.weights) > int(result.layer_size.sum()) > 0
    assert result.cdf_distance_layers.dims == ("truth", "candidate", "layer")


def test_the_seed_chooses_the_images_and_nothing_else_is_random(measured: Any, folder: Path) -> None:
    assert measure(folder).identical(measured)
    assert not np.array_equal(measure(folder, seed=1).cdf_distance, measured.cdf_distance)


def test_exponentiated_gradients_flip_no_weight_and_gradients_do(folder: Path) -> None:
    result = measure(folder, pretrained_learning_rates=[0.1], epochs=10, max_epochs=10)
    assert result.flipped.sel(truth=1.0) == 0
    assert result.flipped.sel(truth=2.0) > 0
    assert (result.magnitude > 0).all()


@pytest.mark.parametrize("batch_size", [5, 100])
def test_the_euclidean_run_is_that_of_sgd(folder: Path, batch_size: int) -> None:
    """The slow twin: torch's own optimiser and loop, on the same images in the same order."""
    epochs, rate = 4, 0.03
    length = {"epochs": epochs, "max_epochs": epochs}
    result = measure(folder, truths=[2.0], pretrained_learning_rates=[rate], pretrained_batch_size=batch_size, **length)
    with checkpoint(str(folder / "models"), "resnet", disk_budget_gb=1, delete_after=False) as found:
        network: Any = load_classifier(found, device="cpu")
        count = int(result.images)
        drawn, labels = photographs(
            str(folder / "images"),
            count=count,
            image_size=16,
            classes=CLASSES,
            rng=np.random.default_rng([0, 0]),
        )
        images, targets = pixels(found, drawn), torch.from_numpy(labels)
    analysed = [m for m in network.base_model.modules() if isinstance(m, torch.nn.Conv2d | torch.nn.Linear)]
    before = torch.cat([m.weight.detach().flatten() for m in analysed]).clone()
    network.train()
    optimiser = torch.optim.SGD(network.parameters(), lr=rate, momentum=0.9)
    order = torch.Generator().manual_seed(0)
    for epoch in range(epochs):
        optimiser.param_groups[0]["lr"] = rate * (1 + np.cos(np.pi * epoch / epochs)) / 2
        for batch in torch.randperm(count, generator=order).split(batch_size):
            optimiser.zero_grad()
            logits = network(pixel_values=images[batch]).logits
            torch.nn.functional.cross_entropy(logits, targets[batch]).backward()
            optimiser.step()
    after = torch.cat([m.weight.detach().flatten() for m in analysed])
    network.eval()
    accuracy = (network(pixel_values=images).logits.argmax(1) == targets).float().mean()
    assert float(result.magnitude[0]) == pytest.approx(float((after - before).norm() / before.norm()), rel=1e-5)
    assert float(result.flipped[0]) == pytest.approx(float((after.sign() != before.sign()).float().mean()))
    assert float(result.accuracy[0]) == pytest.approx(float(accuracy))


def test_the_learning_rate_with_the_least_loss_is_taken_whatever_its_place(folder: Path) -> None:
    for rates in ([0.03, 1e-9], [1e-9, 0.03], [1e12, 0.03]):
        assert float(measure(folder, truths=[2.0], pretrained_learning_rates=rates).learning_rate[0]) == 0.03
    with pytest.raises(FloatingPointError, match=r"diverges at every learning rate.*smaller"):
        measure(folder, truths=[1.0], pretrained_learning_rates=[100.0, 1000.0])


def test_training_is_prolonged_until_all_is_learnt(folder: Path) -> None:
    slow = measure(folder, truths=[2.0], pretrained_learning_rates=[1e-9], epochs=2, max_epochs=7)
    assert float(slow.accuracy[0]) < 1
    assert int(slow.epochs[0]) == 6
    quick = measure(folder, truths=[2.0], pretrained_learning_rates=[0.03], epochs=30, max_epochs=60)
    assert (float(quick.accuracy[0]), int(quick.epochs[0])) == (1, 30)


def test_weights_of_zero_have_no_dual_image_and_are_counted(folder: Path, tmp_path: Path) -> None:
    network = ResNetForImageClassification.from_pretrained(folder / "models" / "resnet")
    with torch.no_grad():
        network.base_model.embedder.embedder.convolution.weight[0, 0, :2] = 0
    network.save_pretrained(tmp_path / "models" / "resnet")
    ConvNextImageProcessorPil().save_pretrained(tmp_path / "models" / "resnet")
    result = measure(folder, model=str(tmp_path / "models"))
    assert result.zeros.values.tolist() == [14, 14]  # two rows of seven, left out in every geometry


def test_a_network_that_cannot_move_has_no_distance(folder: Path) -> None:
    result = measure(folder, pretrained_learning_rates=[1e-30])
    assert (result.cdf_distance == -1).all()
    assert (result.cdf_distance_layers == -1).all()
    assert (result.magnitude == 0).all()
