"""What a controller is good for: its time course is frozen, shuffled in time, or taken from another sequence."""

from collections.abc import Sequence

import torch
from torch import Tensor

from learning_geometry.materials.recurrent_networks import Extra, RateNetwork, states
from learning_geometry.materials.recurrent_training import choices

WAYS = ["frozen", "shuffled", "transplanted"]
"""Each neuron keeps its mean over clean sequences; its own values in a random order of time; its values from another sequence."""

Course = tuple[Tensor, Tensor]
"""Gains and saturations `(times, seeds, batch, hidden)`."""


@torch.inference_mode()
def course(network: RateNetwork, sequences: Tensor, extra: Extra | None) -> Course:
    """The gains and saturations that controllers set at each step."""
    shape = (network.seeds, sequences.shape[1], network.hidden)
    steps = [network.shape_of(state[1], shape) for state in states(network, sequences, extra=extra)]
    gains, saturations = zip(*steps, strict=True)
    return torch.stack(gains), torch.stack(saturations)


def mean_shape(running: Course) -> tuple[Tensor, Tensor]:
    """The mean gain and saturation of each neuron, `(seeds, 1, hidden)`, over time and sequences."""
    gains, saturations = (part.mean((0, 2)).unsqueeze(1) for part in running)
    return gains, saturations


def imposed_choices(
    network: RateNetwork,
    sequences: Tensor,
    extra: Extra | None,
    frozen: tuple[Tensor, Tensor],
    generators: Sequence[torch.Generator],
) -> Tensor:
    """Classes `(ways, seeds, batch)` that networks give sequences while the time course of their controllers is imposed."""
    running = course(network, sequences, extra)
    times = len(running[0])
    orders = torch.stack([torch.randperm(times, generator=generator) for generator in generators], 1)
    seeds = torch.arange(network.seeds)

    def shuffled(t: int) -> tuple[Tensor, Tensor]:
        return running[0][orders[t], seeds], running[1][orders[t], seeds]

    def transplanted(t: int) -> tuple[Tensor, Tensor]:
        return running[0][t].roll(1, 1), running[1][t].roll(1, 1)

    ways = (lambda t: frozen, shuffled, transplanted)
    return torch.stack([choices(network, sequences, extra=extra, shapes=way) for way in ways])
