"""Networks that learnt the labels, memorised random ones or learnt nothing, compared layer by layer."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
import xarray as xr
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
) -> xr.Dataset:
    """Layer-wise CKA between networks trained on true labels, on permuted labels and not at all.

    `networks` holds the five kinds that `PAIRS` names; `labels` those that were not trained on the true ones. All CKA is
    measured on the first `probe_images` test images, blocks flattened to `(probe_images, features)`: `cka (pair, estimator,
    block)`. The baseline, `pixels (kind, estimator, block)`, compares every block with the images themselves. "train"
    accuracy is on the labels a network was trained with.

    Source: section 4.1 and figure 2; the controls and the baseline are our operationalisation.
    """
    train, test = torch.from_numpy(data.train).to(device), torch.from_numpy(data.test).to(device)
    layers = {name: activations(model, test[:probe_images]) for name, model in networks.items()}
    pixels = data.test[:probe_images].reshape(len(test[:probe_images]), -1)
    kinds = ("generalised", "memorised", "random")
    pairs = [_both_estimators(layers[one], layers[other]) for one, other in PAIRS.values()]
    baseline = [_both_estimators([pixels] * len(layers[name]), layers[name]) for name in kinds]
    right_train = [
        float(np.mean(predictions(model, train) == labels.get(name, data.train_labels)))
        for name, model in networks.items()
    ]
    right_test = [float(np.mean(predictions(model, test) == data.test_labels)) for model in networks.values()]
    return xr.Dataset(
        {
            "cka": (("pair", "estimator", "block"), pairs),
            "pixels": (("kind", "estimator", "block"), baseline),
            "train_accuracy": ("network", right_train),
            "test_accuracy": ("network", right_test),
        },
        coords={
            "pair": list(PAIRS),
            "kind": list(kinds),
            "estimator": ["biased", "debiased"],
            "block": np.arange(1, len(pairs[0][0]) + 1),
            "network": list(networks),
        },
        attrs={"images": data.name, "probe_images": len(pixels)},
    )


def _both_estimators(one: list[NDArray[Any]], other: list[NDArray[Any]]) -> list[list[float]]:
    """CKA `(estimator, block)` of corresponding layers, biased and debiased."""
    pairs = list(zip(one, other, strict=True))
    return [
        [cka(x, y, estimator="biased") for x, y in pairs],
        [cka(x, y, estimator="debiased") for x, y in pairs],
    ]
