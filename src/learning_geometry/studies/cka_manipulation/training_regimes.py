"""Networks that learnt the labels, memorised random ones or learnt nothing, compared layer by layer."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from learning_geometry.instruments.similarity import cka
from learning_geometry.materials.images import Images
from learning_geometry.materials.networks import Network
from learning_geometry.materials.training import activations, predictions

PAIRS = {
    "generalised_memorised": ("generalised", "memorised"),
    "generalised_random": ("generalised", "random"),
    "memorised_random": ("memorised", "random"),
    "generalised_generalised": ("generalised", "second_generalised"),
    "random_random": ("random", "second_random"),
}
"""The comparisons of figure 2, then two controls between networks of the same kind."""


def compare(
    networks: Mapping[str, Network],
    labels: Mapping[str, NDArray[np.int64]],
    data: Images,
    probe_images: int,
    device: str,
) -> dict[str, Any]:
    """Layer-wise CKA between networks trained on true labels, on permuted labels and not at all.

    `networks` holds the five kinds that `PAIRS` names; `labels` those that were not trained on the true ones. All CKA is
    measured on the first `probe_images` test images, blocks flattened to `(probe_images, features)`, and given for
    both estimators. The baseline, `pixels`, compares every block with the images themselves. "train" accuracy is on the
    labels a network was trained with.

    Source: section 4.1 and figure 2; the controls and the baseline are our operationalisation.
    """
    train, test = torch.from_numpy(data.train).to(device), torch.from_numpy(data.test).to(device)
    layers = {name: activations(model, test[:probe_images]) for name, model in networks.items()}
    pixels = data.test[:probe_images].reshape(len(test[:probe_images]), -1)
    return {
        "probe_images": len(pixels),
        "train_accuracy": {
            name: float(np.mean(predictions(model, train) == labels.get(name, data.train_labels)))
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
