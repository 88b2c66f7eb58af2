"""How neurons answer to a step of drive and to drives of several spreads."""

from collections.abc import Sequence

import torch
from torch import Tensor

from learning_geometry.instruments.activation import derivatives
from learning_geometry.materials.recurrent_networks import LEAST_GAIN, RateNetwork, State, states
from learning_geometry.studies.adaptive_neurons.experiments._perturbations import normal

BASE, BASE_SD, NOISE_SD = 0.8, 0.1, 0.1
"""Mean and standard deviation over neurons of their constant input, and the noise at each step, after the authors."""


def step_times(times: int) -> tuple[int, int]:
    """Where a step begins and ends: the middle third."""
    return times // 3, 2 * times // 3


@torch.inference_mode()
def step_response(
    network: RateNetwork, drive: float, times: int, trials: int, generators: Sequence[torch.Generator]
) -> tuple[Tensor, Tensor | None]:
    """Outputs `(seeds, times, hidden)`, mean over trials, and gains and saturations `(2, seeds, times, hidden)` if they adapt.

    Neurons have a constant input and noise, and `drive` is added in the middle third of the time.
    """
    begin, end = step_times(times)
    base = BASE + BASE_SD * normal(generators, (1, network.hidden))
    noise = NOISE_SD * normal(generators, (times, trials, network.hidden))
    silent = torch.zeros(network.seeds, trials, times)
    run = states(network, silent, extra=lambda t: base + noise[:, t] + (drive if begin <= t < end else 0.0))
    outputs, shapes = [], []
    for state in run:
        outputs.append(state[0].mean(1))
        if network.model == "adaptive":
            shapes.append(torch.stack(network.shape_of(state[1], state[0].shape)).mean(2))
    return torch.stack(outputs, 1), torch.stack(shapes, 2) if shapes else None


@torch.inference_mode()
def under_noise(
    network: RateNetwork, sd: float, times: int, trials: int, generators: Sequence[torch.Generator]
) -> tuple[Tensor, Tensor]:
    """The mean slope of activations `(seeds,)`, and gains and saturations `(2, seeds)`, while neurons hear normal noise of this spread.

    Means over neurons, trials and the second half of the time; the input is silent.
    """
    noise = [sd * normal(generators, (trials, network.hidden)) for _ in range(times)]
    silent = torch.zeros(network.seeds, trials, times)
    before: State = network.rest(trials)
    slopes, shapes = [], []
    for t, state in enumerate(states(network, silent, extra=lambda t: noise[t])):
        if t >= times // 2:
            slope, shape = _slope(network, before, state, noise[t])
            slopes.append(slope.mean((1, 2)))
            shapes.append(torch.stack([part.expand(slope.shape).mean((1, 2)) for part in shape]))
        before = state
    return torch.stack(slopes).mean(0), torch.stack(shapes).mean(0)


def _slope(network: RateNetwork, before: State, after: State, noise: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    """Slopes `(seeds, trials, hidden)` of activations at a step, and the gains and saturations that they have."""
    nothing = torch.zeros(1, 1, 1), torch.zeros(1, 1, 1)
    h = after[0]
    if network.model == "relu":
        return (h > 0).float(), nothing
    if network.model == "tanh":
        return 1 - h * h, nothing
    if network.model == "adaptive":
        shape = network.shape_of(after[1], h.shape)
    else:
        shape = network.gain.clamp_min(LEAST_GAIN), network.saturation
    a = torch.baddbmm(network.drive(torch.zeros(1, 1, 1), noise), before[0], network.recurrent)
    return derivatives(a, *shape)[0], shape
