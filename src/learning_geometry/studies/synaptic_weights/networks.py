"""Networks on real images: pre-trained, then fine-tuned by mirror descent with each potential in turn."""

from typing import Any

import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from learning_geometry.instruments.mirror_descent import MirrorDescent
from learning_geometry.instruments.potentials import of_exponent
from learning_geometry.materials.images import load
from learning_geometry.materials.training import check_device, seeded
from learning_geometry.studies.synaptic_weights.architectures import WATCHED, build
from learning_geometry.studies.synaptic_weights.changes import Layers, measure_changes
from learning_geometry.studies.synaptic_weights.fine_tuning import Schedule, evaluate, fine_tune, train

HARDLY = "hardly pre-trained"
"""The name of the control: one of the architectures, fine-tuned before it has learnt much."""


def measure(
    *,
    seed: int,
    images: str,
    images_revision: str,
    networks: dict[str, int],
    initial: str,
    pretraining: str,
    pretraining_epochs: int,
    pretraining_learning_rate: float,
    hardly: str,
    hardly_epochs: int,
    hardly_learning_rate: float,
    truths: list[float],
    candidates: list[float],
    learning_rates: list[float],
    momentum: float,
    batch_size: int,
    epochs: int,
    max_epochs: int,
    device: str,
) -> dict[str, Any]:
    """Train networks of one seed and fine-tune each on as many new images as the square root of its watched weights.

    `networks` names architectures with their numbers of units. Each is trained on the training images, by gradient descent
    (`pretraining` "euclidean"), or by mirror descent with the potential that will fine-tune it and the best of the same
    `learning_rates` ("matched"), and fine-tuned on the first test images of a random order, once for each of `truths`. The
    architecture `hardly` is measured a second time as a control, after `hardly_epochs` of training only. The result holds
    for each, with a leading axis of truths, what `changes.measure_changes` has of the watched `layers`, of `weights` each;
    `accuracy` (of the images fine-tuned on), `loss` and `learning_rate` of the fine-tuning; `pretrained_accuracy` on all
    test images; and `images`, the number fine-tuned on.

    Raises:
        ValueError: there are fewer test images than a network wants, or this machine does not have the device.
        FloatingPointError: training diverges.
    """
    check_device(device)
    data = load(images, images_revision)
    order = np.random.default_rng([seed, 1]).permutation(len(data.test))
    shown = torch.from_numpy(data.train).to(device), torch.from_numpy(data.train_labels).to(device)
    new = torch.from_numpy(data.test[order]).to(device), torch.from_numpy(data.test_labels[order]).to(device)
    schedule = Schedule(tuple(learning_rates), momentum, batch_size, epochs, max_epochs)

    def untrained(architecture: str, generator: torch.Generator) -> nn.Module:
        shape = (data.train.shape[1], data.train.shape[2], data.train.shape[3])
        return build(architecture, networks[architecture], shape, data.classes, initial, generator)

    counts = {name: _root(_watched(untrained(name, seeded(seed, 0)), name)) for name in networks}
    for name, count in counts.items():
        if count > len(order):
            raise ValueError(
                f"a {name} network of {networks[name]} units is fine-tuned on {count} images, but {images} has "
                f"{len(order)} for testing; take fewer units"
            )

    def pretrained(architecture: str, exponent: float, passes: int, learning_rate: float) -> nn.Module:
        generator = seeded(seed, 0)
        network = untrained(architecture, generator).to(device)
        if pretraining == "matched":
            matched = Schedule(tuple(learning_rates), momentum, batch_size, passes, passes)
            return fine_tune(network, *shown, of_exponent(exponent), matched, seed=seed).network
        optimiser = MirrorDescent(network.parameters(), learning_rate, of_exponent(2), momentum)
        train(network, *shown, optimiser, passes, batch_size, generator)
        loss = evaluate(network, *shown)[0]
        if not loss < 2 * np.log(data.classes):
            raise FloatingPointError(
                f"gradient descent of the {architecture} network diverges at the learning rate {learning_rate:g} (loss "
                f"{loss:g}); lower pretraining_learning_rate or hardly_learning_rate"
            )
        return network

    def fine_tuned(architecture: str, passes: int, learning_rate: float) -> dict[str, Any]:
        found: list[dict[str, Any]] = []
        for truth in truths:
            if not found or pretraining == "matched":
                network = pretrained(architecture, truth, passes, learning_rate)
            before, count = _watched(network, architecture), counts[architecture]
            tuned = fine_tune(network, new[0][:count], new[1][:count], of_exponent(truth), schedule, seed=seed)
            rng = np.random.default_rng([seed, 2])
            changes = measure_changes(before, _watched(tuned.network, architecture), candidates, rng)
            reached = {name: getattr(tuned, name) for name in ("accuracy", "loss", "learning_rate")}
            found.append(changes | reached | {"pretrained_accuracy": evaluate(network, *new)[1]})
        sizes = np.array([layer.size for layer in before.values()])
        stacked = {name: np.array([one[name] for one in found]) for name in found[0]}
        return {"layers": list(before), "weights": sizes, "images": counts[architecture], **stacked}

    wanted = {name: (name, pretraining_epochs, pretraining_learning_rate) for name in networks}
    wanted[HARDLY] = (hardly, hardly_epochs, hardly_learning_rate)
    progress = tqdm(wanted.items(), desc=f"seed {seed}", leave=False)
    found = {name: fine_tuned(*recipe) for name, recipe in progress}
    return {"truths": np.array(truths), "candidates": np.array(candidates), "networks": found}


def _root(layers: Layers) -> int:
    return int(np.sqrt(sum(layer.size for layer in layers.values())))


def _watched(network: nn.Module, architecture: str) -> Layers:
    parameters = dict(network.named_parameters())
    return {name: parameters[name].detach().cpu().numpy().astype(np.float64) for name in WATCHED[architecture]}
