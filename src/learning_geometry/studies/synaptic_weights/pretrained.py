"""Pretrained image classifiers, trained on by mirror descent: in which geometry do their weights move?"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from tqdm import tqdm

from learning_geometry.instruments.dual_change import cdf_distance, dual_change
from learning_geometry.instruments.potentials import Potential, of_exponent
from learning_geometry.materials import hub, image_classifiers
from learning_geometry.materials.training import check_device
from learning_geometry.studies.synaptic_weights.fine_tuning import Schedule, fine_tune

Weights = dict[str, NDArray[np.float64]]
"""Flattened weights `(n_weights,)` by layer."""

_DISK_BUDGET_GB = 20.0


def measure(
    *,
    model: str,
    revision: str,
    images: str,
    seed: int,
    exponents: Sequence[float],
    candidates: Sequence[float],
    learning_rates: Sequence[float],
    epochs: int,
    max_epochs: int,
    batch_size: int,
    momentum: float,
    image_size: int,
    device: str,
) -> dict[str, Any]:
    """Train a pretrained classifier on in each geometry, and judge the change of its weights by every candidate.

    Where D `weights` stand in its convolutions and linear maps, int(sqrt(D)) `images` are learnt that it was not trained on,
    drawn by `seed`, as `fine_tuning.fine_tune` does it: mirror descent of all parameters on cross-entropy, `epochs` and
    more until all images are learnt or `max_epochs` are up, at the best of the learning rates. `truths` are the
    `exponents`.

    What is analysed leaves out the classifier, and the weights that are zero before or after (`zeros` `(truth,)`), which
    have no dual image under the negative entropy. `cdf_distance` `(truth, candidate)` pools all layers;
    `cdf_distance_layers` `(truth, candidate, layer)` does not; both are -1 where fewer than five weights are left, or none
    moved. `layers` and `layer_sizes` `(layer,)` name and count. `magnitude` `(truth,)` is the norm of the dual change
    over that of the dual weights, and `flipped` `(truth,)` the share that changed sign. `accuracy`, on the images learnt,
    `loss`, `learning_rate` and `epochs` `(truth,)` are those of the run that was taken.

    Raises:
        ValueError: a parameter is out of range, or the images are not as `image_classifiers.photographs` wants them.
        FloatingPointError: a geometry diverges at every learning rate.
        ConnectionError, BrokenCheckpoint: as `hub.checkpoint`.

    Source: the paper's fine-tuning (`finetuning.py` of its official code), which takes torchvision's models, computes in
    half precision and tells the classifier by its name; single precision and models in another format are ours.
    """
    if not exponents or not candidates:
        raise ValueError(f"exponents are {list(exponents)}, candidates {list(candidates)}; give at least one of each")
    _check(learning_rates, epochs, max_epochs, batch_size, device)
    geometries = [of_exponent(p) for p in exponents]
    rivals = [of_exponent(p) for p in candidates]
    with hub.checkpoint(model, revision, disk_budget_gb=_DISK_BUDGET_GB, delete_after=False) as found:
        network = _Logits(image_classifiers.load_classifier(found, device=device))
        count = sum(weights.size for weights in _weights(network.classifier).values())
        drawn, labels = image_classifiers.photographs(
            images,
            count=int(count**0.5),
            image_size=image_size,
            classes=network.classifier.config.id2label,
            rng=np.random.default_rng([seed, 0]),
        )
        data = image_classifiers.pixels(found, drawn).to(device), torch.from_numpy(labels).to(device)
        commit = found.commit
    schedule = Schedule(tuple(learning_rates), momentum, batch_size, epochs, max_epochs)
    before = _weights(network.classifier.base_model)
    parts = []
    for geometry in tqdm(geometries, desc=f"{model} {revision}", unit="geometry", leave=False):
        with _reproducible(seed, device):
            tuned = fine_tune(network, *data, geometry, schedule, seed=seed)
        reached = {name: getattr(tuned, name) for name in ("accuracy", "loss", "learning_rate", "epochs")}
        parts.append(_judged(before, _weights(tuned.network.classifier.base_model), geometry, rivals) | reached)
    return {
        "model": model,
        "revision": revision,
        "commit": commit,
        "weights": count,
        "images": len(labels),
        "truths": list(exponents),
        "candidates": list(candidates),
        "layers": list(before),
        "layer_sizes": [len(weights) for weights in before.values()],
        **{name: np.array([part[name] for part in parts]) for name in parts[0]},
    }


class _Logits(nn.Module):
    """A classifier of transformers as a plain map from images to logits."""

    def __init__(self, classifier: Any) -> None:
        super().__init__()
        self.classifier = classifier

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.classifier(pixel_values=images).logits
        return logits


def _check(learning_rates: Sequence[float], epochs: int, max_epochs: int, batch_size: int, device: str) -> None:
    check_device(device)
    if not learning_rates or min(learning_rates) <= 0:
        raise ValueError(f"learning_rates are {list(learning_rates)}; give at least one, all positive")
    if epochs < 1 or batch_size < 1:
        raise ValueError(f"epochs = {epochs}, batch_size = {batch_size}; both must be at least 1")
    if max_epochs < epochs:
        raise ValueError(f"max_epochs = {max_epochs} is below epochs = {epochs}; raise it, or train for less")


def _weights(network: nn.Module) -> Weights:
    """Copies of the weights of all convolutions and linear maps, by the name of the layer."""
    kinds = (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.Linear)
    return {
        name: layer.weight.detach().cpu().double().flatten().numpy()
        for name, layer in network.named_modules()
        if isinstance(layer, kinds)
    }


@contextmanager
def _reproducible(seed: int, device: str) -> Iterator[None]:
    """Have dropout, where a model has any, and an accelerator's kernels give the same numbers again."""
    with (
        torch.random.fork_rng(devices=[device] if device.startswith("cuda") else []),
        torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True),
    ):
        torch.manual_seed(seed)
        yield


def _judged(before: Weights, after: Weights, truth: Potential, rivals: Sequence[Potential]) -> dict[str, Any]:
    """What is said of one run: all entries of the result that depend on its weights."""
    kept = {name: (weights != 0) & (after[name] != 0) for name, weights in before.items()}
    pairs = [(weights[kept[name]], after[name][kept[name]]) for name, weights in before.items()]
    first, last = (np.concatenate(each) for each in zip(*pairs, strict=True))
    return {
        "cdf_distance": [_distance(dual_change(first, last, rival)) for rival in rivals],
        "cdf_distance_layers": [[_distance(dual_change(*pair, rival)) for pair in pairs] for rival in rivals],
        "magnitude": float(np.linalg.norm(dual_change(first, last, truth)) / np.linalg.norm(truth.dual(first))),
        "flipped": float(np.mean(np.sign(first) != np.sign(last))),
        "zeros": sum(int(np.count_nonzero(~each)) for each in kept.values()),
    }


def _distance(change: NDArray[np.float64]) -> float:
    if len(change) < 5 or np.ptp(change) == 0:
        return -1.0
    return float(cdf_distance(change))
