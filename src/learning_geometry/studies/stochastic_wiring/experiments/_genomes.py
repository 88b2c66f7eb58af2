"""Genomes of an innate classifier: many are trained together, and their agents are tried on images."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from learning_geometry.instruments.wiring import Genome, deterministic, mean_network, sample_brains
from learning_geometry.instruments.wiring_moments import TypeNetwork, population_logits

Draw = Callable[[int], tuple[Tensor, Tensor]]
"""The batches of a step, one for each seed: images `(seeds, batch, pixels)` and labels `(seeds, batch)`."""

_ROWS = 2000  # images a pass when brains are tried; bounds memory


def train(
    draw: Draw,
    neurons: Sequence[float],
    sizes: tuple[int, int, int],
    *,
    steps: int,
    learning_rate: float,
    gain: float,
    first_logit: tuple[float, float],
    generators: Sequence[torch.Generator],
    device: str,
) -> TypeNetwork:
    """Train a genome for each seed and each number of neurons a type, all at once, by Adam with cosine decay to zero.

    There is a generator for each seed; `sizes` are inputs, types and classes. With `inf` neurons the genome is trained
    and tried as its mean network. Leading dimensions of the result are `(seed, neurons)`. Genomes of one seed start alike
    and see the same images.
    """
    n_inputs, n_types, n_classes = sizes

    def first(*shape: int) -> Tensor:
        centre, spread = first_logit
        drawn = [centre + spread * torch.randn(shape, generator=generator) for generator in generators]
        return torch.stack([logits.expand(len(neurons), *shape) for logits in drawn]).to(device).requires_grad_()

    def zeros(size: int) -> Tensor:
        return torch.zeros(len(generators), len(neurons), size, device=device, requires_grad=True)

    network = TypeNetwork(first(2, n_inputs, n_types), first(2, n_types, n_classes), zeros(n_types), zeros(n_classes))
    counts = torch.tensor(neurons, device=device).expand(len(generators), -1)
    optimiser = torch.optim.Adam(network.parameters(), lr=learning_rate, fused=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for step in range(steps):
        images, labels = (part[:, None].expand(-1, len(neurons), *part.shape[1:]) for part in draw(step))
        logits = population_logits(network, images, counts, gain, generators[0])
        # The sum, so that each genome has the gradient that it would have alone.
        loss = functional.cross_entropy(logits.flatten(0, 2), labels.flatten(), reduction="sum") / images.shape[2]
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        schedule.step()
    return network


def genome_of(network: TypeNetwork, which: tuple[int, int], n_neurons: int) -> Genome:
    """The genome at a place `(seed, neurons)` of trained ones, with `n_neurons` of each hidden type."""
    layers = [
        torch.sigmoid(logits[which].detach().double()).cpu().numpy() for logits in (network.hidden, network.output)
    ]
    return Genome([layer[0] for layer in layers], [layer[1] for layer in layers], (1, n_neurons, 1))


def choices(
    weights: tuple[NDArray[np.generic], NDArray[np.generic]],
    network: TypeNetwork,
    which: tuple[int, int],
    images: Tensor,
    gain: float,
) -> NDArray[np.int64]:
    """The classes `(n_images,)` that a brain chooses, with `weights` `(n_inputs, n_hidden)` and `(n_hidden, n_classes)`."""
    hidden, output = (torch.from_numpy(part.astype(np.float32)).to(images.device) for part in weights)
    offsets = [part[which].detach() for part in (network.hidden_offset, network.output_offset)]
    n_neurons = hidden.shape[1] // len(offsets[0])
    offset = offsets[0].repeat_interleave(n_neurons)
    chosen = [
        (gain / n_neurons * (torch.relu_(torch.addmm(offset, part, hidden)) @ output) + offsets[1]).argmax(1)
        for part in images.split(_ROWS)
    ]
    return torch.cat(chosen).cpu().numpy()


def population(
    genome: Genome, n: int, rng: np.random.Generator, network: TypeNetwork, which: tuple[int, int], images: Tensor,
    gain: float,
) -> NDArray[np.int64]:  # fmt: skip
    """The classes `(n, n_images)` that `n` sampled brains choose."""
    chosen = []
    for _ in range(n):
        hidden, output = sample_brains(genome, 1, rng)
        chosen.append(choices((hidden[0], output[0]), network, which, images, gain))
    return np.stack(chosen)


def average_agent(
    genome: Genome, network: TypeNetwork, which: tuple[int, int], images: Tensor, gain: float
) -> NDArray[np.int64]:
    """The classes `(n_images,)` that the agent of the average connection probability chooses."""
    alike = Genome(genome.excitatory, genome.inhibitory, (1, 1, 1))  # all neurons of a type are: one stands for them
    hidden, output = mean_network(alike)
    return choices((hidden, output), network, which, images, gain)


def rounded_agent(
    genome: Genome, network: TypeNetwork, which: tuple[int, int], images: Tensor, gain: float
) -> NDArray[np.int64]:
    """The classes `(n_images,)` of the one brain that the genome makes once its probabilities are rounded to 0 or 1."""
    return average_agent(deterministic(genome), network, which, images, gain)
