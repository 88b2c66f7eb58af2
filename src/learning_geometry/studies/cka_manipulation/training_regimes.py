"""Networks that learnt the labels, memorised random ones or learnt nothing, compared layer by layer."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from learning_geometry.instruments.similarity import cka
from learning_geometry.materials import images as image_sets
from learning_geometry.materials.networks import Network, build
from learning_geometry.materials.training import Recipe, activations, classifier, permuted, predictions, seeded

PAIRS = {
    "generalised_memorised": ("generalised", "memorised"),
    "generalised_random": ("generalised", "random"),
    "memorised_random": ("memorised", "random"),
    "generalised_generalised": ("generalised", "second_generalised"),
    "random_random": ("random", "second_random"),
}
"""The comparisons of figure 2, then two controls between networks of the same kind."""


def measure(
    *,
    seed: int,
    images: str,
    images_revision: str,
    network: str,
    width: float,
    augmentation: str,
    epochs: int,
    memorise_epochs: int,
    batch_size: int,
    learning_rate: float,
    weight_decay: float,
    memorise_weight_decay: float,
    gradient_clip: float,
    probe_images: int,
    device: str,
) -> dict[str, Any]:
    """Layer-wise CKA between networks trained on true labels, on permuted labels and not at all.

    All CKA is measured on the first `probe_images` test images, blocks flattened to `(probe_images, features)`, and
    given for both estimators. The baseline, `pixels`, compares every block with the images themselves. Memorising
    networks see no augmentation; "train" accuracy is on the labels a network was trained with.

    Source: section 4.1 and figure 2; the controls and the baseline are our operationalisation.
    """
    data = image_sets.load(images, images_revision)
    shuffled = permuted(data.train_labels, seeded(seed, 5))
    recipe = Recipe(augmentation, epochs, batch_size, learning_rate, weight_decay, gradient_clip)
    memorising = Recipe("none", memorise_epochs, batch_size, learning_rate, memorise_weight_decay, gradient_clip)

    def trained(labels: NDArray[np.int64], how: Recipe, stream: int) -> Network:
        return classifier(
            data, labels, network=network, width=width, recipe=how, generator=seeded(seed, stream), device=device
        )

    def untrained(stream: int) -> Network:
        channels, generator = data.train.shape[1], seeded(seed, stream)
        return build(network, width=width, channels=channels, classes=data.classes, generator=generator).to(device)

    networks = {
        "generalised": trained(data.train_labels, recipe, 0),
        "second_generalised": trained(data.train_labels, recipe, 1),
        "memorised": trained(shuffled, memorising, 2),
        "random": untrained(3),
        "second_random": untrained(4),
    }
    train, test = torch.from_numpy(data.train).to(device), torch.from_numpy(data.test).to(device)
    layers = {name: activations(model, test[:probe_images]) for name, model in networks.items()}
    pixels = data.test[:probe_images].reshape(len(test[:probe_images]), -1)
    taught = {"memorised": shuffled}
    return {
        "images": data.name,
        "probe_images": len(pixels),
        "train_accuracy": {
            name: float(np.mean(predictions(model, train) == taught.get(name, data.train_labels)))
            for name, model in networks.items()
        },
        "test_accuracy": {
            name: float(np.mean(predictions(model, test) == data.test_labels)) for name, model in networks.items()
        },
        "pairs": {pair: _both_estimators(layers[one], layers[other]) for pair, (one, other) in PAIRS.items()},
        "pixels": {
            name: _both_estimators([pixels] * len(layers[name]), layers[name])
            for name in ("generalised", "memorised", "random")
        },
    }


def _both_estimators(one: list[NDArray[Any]], other: list[NDArray[Any]]) -> dict[str, NDArray[np.float64]]:
    """CKA `(layers,)` of corresponding layers, for each estimator."""
    pairs = list(zip(one, other, strict=True))
    return {
        "biased": np.array([cka(x, y, estimator="biased") for x, y in pairs]),
        "debiased": np.array([cka(x, y, estimator="debiased") for x, y in pairs]),
    }
