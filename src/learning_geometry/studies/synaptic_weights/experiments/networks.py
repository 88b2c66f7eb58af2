"""Networks on real images: pre-trained, then fine-tuned by mirror descent with each potential in turn."""

from typing import TYPE_CHECKING, Literal

import numpy as np
from tqdm import tqdm

from learning_geometry.studies.synaptic_weights.experiments._geometries import Geometries
from learning_geometry.studies.types import Count, DataSource, NonNegative, Positive, Seed
from learning_geometry.studies.unit import Execution

if TYPE_CHECKING:
    import torch
    import xarray as xr
    from torch import nn

    from learning_geometry.studies.synaptic_weights.experiments._changes import Layers

Architecture = Literal["recurrent", "perceptron", "convolutional"]

UNDERTRAINED = "undertrained"
"""The name of the control: one of the architectures, fine-tuned before it has learnt much."""


class Networks(Geometries):
    """The `networks` of one seed (architectures with their numbers of units), pre-trained and fine-tuned on `images`.

    `pretraining` is by gradient descent ("euclidean"), or by mirror descent with the potential that will fine-tune the
    network and the best of the same `learning_rates` ("matched"). The architecture `undertrained` is measured a second time
    as a control, after `undertrained_epochs` of training only.
    """

    seed: Seed
    images: DataSource
    networks: dict[Architecture, Count]
    initial: Literal["log-normal", "uniform"]
    pretraining: Literal["euclidean", "matched"]
    pretraining_epochs: Count
    pretraining_learning_rate: Positive
    undertrained: Architecture
    undertrained_epochs: Count
    undertrained_learning_rate: Positive
    learning_rates: list[Positive]
    momentum: NonNegative
    batch_size: Count
    epochs: Count
    max_epochs: Count


def measure(unit: Networks, execution: Execution) -> "dict[str, xr.Dataset]":
    """Train networks and fine-tune each on as many new images as the square root of its watched weights.

    Each network is trained on the training images and fine-tuned on the first test images of a random order, once for each
    of `truths`. Returns for each network, and for the control, what `_changes.measure_changes` has of the watched layers,
    `weights` `(layer,)` and the number of `images` fine-tuned on; and `(truth,)` the `accuracy` on these images, `loss` and
    `learning_rate` of the fine-tuning, and the `pretrained_accuracy` on all test images.

    Raises:
        ValueError: there are fewer test images than a network wants, or this machine does not have the device.
        FloatingPointError: training diverges.

    Source: the recurrent network and the fine-tuning after the official code (arXiv:2305.19394); the others are ours.
    """
    import torch
    import xarray as xr

    from learning_geometry.instruments.mirror_descent import MirrorDescent
    from learning_geometry.instruments.potentials import of_exponent
    from learning_geometry.materials.images import load
    from learning_geometry.materials.training import check_device, seeded
    from learning_geometry.studies.synaptic_weights.experiments._architectures import build
    from learning_geometry.studies.synaptic_weights.experiments._changes import measure_changes
    from learning_geometry.studies.synaptic_weights.experiments._fine_tuning import (
        Schedule,
        evaluate,
        fine_tune,
        train,
    )

    seed, device, learning_rates = unit.seed, execution.device, tuple(unit.learning_rates)
    check_device(device)
    data = load(unit.images.name, unit.images.revision)
    order = np.random.default_rng([seed, 1]).permutation(len(data.test))
    shown = torch.from_numpy(data.train).to(device), torch.from_numpy(data.train_labels).to(device)
    new = torch.from_numpy(data.test[order]).to(device), torch.from_numpy(data.test_labels[order]).to(device)
    schedule = Schedule(learning_rates, unit.momentum, unit.batch_size, unit.epochs, unit.max_epochs)

    def untrained(architecture: Architecture, generator: "torch.Generator") -> "nn.Module":
        shape = (data.train.shape[1], data.train.shape[2], data.train.shape[3])
        return build(architecture, unit.networks[architecture], shape, data.classes, unit.initial, generator)

    counts = {name: _root(_watched(untrained(name, seeded(seed, 0)), name)) for name in unit.networks}
    for name, count in counts.items():
        if count > len(order):
            raise ValueError(
                f"a {name} network of {unit.networks[name]} units is fine-tuned on {count} images, but "
                f"{unit.images.name} has {len(order)} for testing; take fewer units"
            )

    def pretrained(architecture: Architecture, exponent: float, passes: int, learning_rate: float) -> "nn.Module":
        generator = seeded(seed, 0)
        network = untrained(architecture, generator).to(device)
        if unit.pretraining == "matched":
            matched = Schedule(learning_rates, unit.momentum, unit.batch_size, passes, passes)
            return fine_tune(network, *shown, of_exponent(exponent), matched, seed=seed).network
        optimiser = MirrorDescent(network.parameters(), learning_rate, of_exponent(2), unit.momentum)
        train(network, *shown, optimiser, passes, unit.batch_size, generator)
        loss = evaluate(network, *shown)[0]
        if not loss < 2 * np.log(data.classes):
            raise FloatingPointError(
                f"gradient descent of the {architecture} network diverges at the learning rate {learning_rate:g} (loss "
                f"{loss:g}); lower pretraining_learning_rate or undertrained_learning_rate"
            )
        return network

    def fine_tuned(architecture: Architecture, passes: int, learning_rate: float) -> "xr.Dataset":
        parts: list[xr.Dataset] = []
        for truth in unit.truths:
            if not parts or unit.pretraining == "matched":
                network = pretrained(architecture, truth, passes, learning_rate)
            before, count = _watched(network, architecture), counts[architecture]
            tuned = fine_tune(network, new[0][:count], new[1][:count], of_exponent(truth), schedule, seed=seed)
            rng = np.random.default_rng([seed, 2])
            changes = measure_changes(before, _watched(tuned.network, architecture), unit.candidates, rng)
            reached = {name: getattr(tuned, name) for name in ("accuracy", "loss", "learning_rate")}
            parts.append(changes.assign(**reached, pretrained_accuracy=evaluate(network, *new)[1]))
        sizes = [layer.size for layer in before.values()]
        joined = xr.concat(parts, dim="truth").assign_coords(truth=unit.truths)
        return joined.assign(weights=("layer", sizes), images=counts[architecture])

    recipes: dict[str, tuple[Architecture, int, float]] = {
        name: (name, unit.pretraining_epochs, unit.pretraining_learning_rate) for name in unit.networks
    }
    recipes[UNDERTRAINED] = (unit.undertrained, unit.undertrained_epochs, unit.undertrained_learning_rate)
    progress = tqdm(recipes.items(), desc=f"seed {seed}", leave=False)
    return {name: fine_tuned(*recipe) for name, recipe in progress}


def _root(layers: "Layers") -> int:
    return int(np.sqrt(sum(layer.size for layer in layers.values())))


def _watched(network: "nn.Module", architecture: str) -> "Layers":
    from learning_geometry.studies.synaptic_weights.experiments._architectures import WATCHED

    parameters = dict(network.named_parameters())
    return {name: parameters[name].detach().cpu().numpy().astype(np.float64) for name in WATCHED[architecture]}
