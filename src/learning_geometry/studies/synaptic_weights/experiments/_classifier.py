"""How a pretrained classifier is trained on, and what the change of its weights says."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from learning_geometry.instruments.dual_change import cdf_distance, dual_change
from learning_geometry.instruments.potentials import Potential

Weights = dict[str, NDArray[np.float64]]
"""Flattened weights `(n_weights,)` by layer."""


class Logits(nn.Module):
    """A classifier of transformers as a plain map from images to logits."""

    def __init__(self, classifier: Any) -> None:
        super().__init__()
        self.classifier = classifier

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.classifier(pixel_values=images).logits
        return logits


def weights(network: nn.Module) -> Weights:
    """Copies of the weights of all convolutions and linear maps, by the name of the layer."""
    kinds = (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.Linear)
    return {
        name: layer.weight.detach().cpu().double().flatten().numpy()
        for name, layer in network.named_modules()
        if isinstance(layer, kinds)
    }


@contextmanager
def reproducible(seed: int, device: str) -> Iterator[None]:
    """Have dropout, where a model has any, and an accelerator's kernels give the same numbers again."""
    with (
        torch.random.fork_rng(devices=[device] if device.startswith("cuda") else []),
        torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True),
    ):
        torch.manual_seed(seed)
        yield


def compared(before: Weights, after: Weights, truth: Potential, rivals: Sequence[Potential]) -> dict[str, Any]:
    """What is said of one run: all entries of the result that depend on its weights."""
    kept = {name: (old != 0) & (after[name] != 0) for name, old in before.items()}
    pairs = [(old[kept[name]], after[name][kept[name]]) for name, old in before.items()]
    first, last = (np.concatenate(side) for side in zip(*pairs, strict=True))
    return {
        "cdf_distance": [_distance(dual_change(first, last, rival)) for rival in rivals],
        "cdf_distance_layers": [[_distance(dual_change(*pair, rival)) for pair in pairs] for rival in rivals],
        "magnitude": float(np.linalg.norm(dual_change(first, last, truth)) / np.linalg.norm(truth.dual(first))),
        "flipped": float(np.mean(np.sign(first) != np.sign(last))),
        "zeros": sum(int(np.count_nonzero(~mask)) for mask in kept.values()),
    }


def _distance(change: NDArray[np.float64]) -> float:
    if len(change) < 5 or np.ptp(change) == 0:
        return -1.0
    return float(cdf_distance(change))
