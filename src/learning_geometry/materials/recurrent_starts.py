"""The first weights of recurrent networks, drawn for each seed by itself, as the authors draw them."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from learning_geometry.materials.recurrent_networks import (
    GATED_MODELS,
    MODELS,
    GatedNetwork,
    RateNetwork,
    RecurrentNetwork,
)


def build(
    model: str,
    generators: Sequence[torch.Generator],
    *,
    hidden: int,
    classes: int,
    controller: int,
    gains: tuple[float, float],
) -> RecurrentNetwork:
    """Networks of the given kind, one for each generator, with the authors' first weights.

    Recurrent weights are orthogonal, the exponential of a skew block-diagonal matrix with angles from -pi to 0; weights of the input are normal
    (Kaiming). The first gain is drawn between the two `gains`, the first saturation is 0. Plain networks of one generator have the
    same weights whatever their kind, and their first gains are alike. Gated networks start as those of torch do, with a bias
    of 1 towards keeping what they hold.

    Raises:
        ValueError: the model is unknown, a size is less than 1, or a gain is not above 0.
    """
    if model not in MODELS:
        raise ValueError(f"unknown model {model!r}; known are {', '.join(MODELS)}")
    for name, size in (
        ("hidden", hidden),
        ("classes", classes),
        ("controller", controller),
        ("seeds", len(generators)),
    ):
        if size < 1:
            raise ValueError(f"{name} is {size}; a network has at least one of each")
    if not 0 < gains[0] <= gains[1]:
        raise ValueError(
            f"first gains from {gains[0]} to {gains[1]}; the activation needs gains above 0, the lesser first"
        )
    if model in GATED_MODELS:
        network: RecurrentNetwork = GatedNetwork(model, len(generators), hidden, classes)
    else:
        network = RateNetwork(model, len(generators), hidden, classes, controller)
    with torch.no_grad():
        for k, generator in enumerate(generators):
            _initialise(network, k, gains, generator)
    return network


def orthogonal(size: int, generator: torch.Generator) -> Tensor:
    """The exponential `(size, size)` of a skew matrix of 2 x 2 blocks with angles uniform in (-pi, 0) (Henaff et al. 2016)."""
    angles = -math.pi * torch.rand(size // 2, generator=generator)
    matrix = torch.eye(size)
    even = 2 * torch.arange(size // 2)
    matrix[even, even] = matrix[even + 1, even + 1] = torch.cos(angles)
    matrix[even, even + 1], matrix[even + 1, even] = torch.sin(angles), -torch.sin(angles)
    return matrix


def _initialise(network: RecurrentNetwork, k: int, gains: tuple[float, float], generator: torch.Generator) -> None:
    """Draw the weights of seed `k`; what all plain networks share is drawn first."""

    def uniform(shape: Sequence[int], bound: float) -> Tensor:
        return (2 * torch.rand(tuple(shape), generator=generator) - 1) * bound

    hidden, classes = network.readout.shape[1:]
    network.readout[k] = uniform((hidden, classes), hidden**-0.5)
    network.readout_bias[k] = uniform((1, classes), hidden**-0.5)
    if isinstance(network, GatedNetwork):
        for weights in (network.recurrent, network.inward, network.bias):
            weights[k] = uniform(weights.shape[1:], hidden**-0.5)
        kept = slice(0, hidden) if network.model == "gru" else slice(hidden, 2 * hidden)
        network.bias[k][:, kept] += 1
        return
    assert isinstance(network, RateNetwork)
    network.inward[k] = math.sqrt(2) * torch.randn(1, hidden, generator=generator)
    network.recurrent[k] = orthogonal(hidden, generator)
    first = gains[0] + (gains[1] - gains[0]) * float(torch.rand(1, generator=generator))
    if network.model in ("fixed", "homogeneous", "heterogeneous"):
        network.gain[k] = first
    elif network.model == "adaptive":
        c = network.controller
        network.control_in[k] = math.sqrt(2) * torch.randn(c, 1, generator=generator)
        network.control[k] = orthogonal(c, generator)
        # Xavier, with the authors' small gains, so that neurons hardly adapt at first.
        for row, small in enumerate((0.1, 0.01)):
            network.control_out[k, row] = small * math.sqrt(2 / (c + 1)) * torch.randn(c, generator=generator)
        network.control_out_bias[k, 0] = first
