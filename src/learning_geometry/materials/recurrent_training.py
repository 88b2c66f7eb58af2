"""Training of recurrent networks of several seeds at once, each as if it were alone."""

from collections import deque
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from learning_geometry.materials.recurrent_networks import RecurrentNetwork, last_state, states

Draw = Callable[[int], tuple[Tensor, Tensor]]
"""The batches of a step: sequences `(seeds, batch, times)` and labels `(seeds, batch)`."""


def fit(
    network: RecurrentNetwork,
    draw: Draw,
    *,
    steps: int,
    learning_rate: float,
    shape_rate: float = 1.0,
    gradient_clip: float = 1.0,
) -> list[float]:
    """Train networks in place by Adam, the rate rising for a tenth of the steps and then falling; the loss of each step is returned.

    Gains, saturations and what reads them from a controller learn at `shape_rate` times the learning rate. Gradient norms are clipped
    for each seed by itself, so that no seed has a part in the training of another.

    Raises:
        ValueError: the loss is no longer finite.
    """
    shapes = network.shape_parameters()
    own = {id(parameter) for parameter in shapes}
    rest = [parameter for parameter in network.parameters() if parameter.requires_grad and id(parameter) not in own]
    groups = [{"params": rest}] + ([{"params": shapes}] if shapes else [])
    rates = [learning_rate, shape_rate * learning_rate][: len(groups)]
    optimiser = torch.optim.Adam(groups, lr=learning_rate, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rates, total_steps=max(steps, 2), pct_start=0.1)
    losses = []
    for step in range(steps):
        sequences, labels = draw(step)
        logits = network.logits(last_state(network, sequences))
        # The sum over seeds, so that each network has the gradient that it would have alone.
        loss = functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="sum") / labels.shape[1]
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        clip_each(rest + shapes, gradient_clip)
        optimiser.step()
        schedule.step()
        losses.append(float(loss.detach()) / network.seeds)
        if losses[-1] != losses[-1] or losses[-1] == float("inf"):
            raise ValueError(
                f"the loss of {network.model} is {losses[-1]} at step {step + 1}; take a lower learning rate"
            )
    return losses


def clip_each(parameters: list[nn.Parameter], most: float) -> None:
    """Scale the gradients of each seed, the first dimension of all parameters, to a norm of at most `most`."""
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    squares = torch.stack([gradient.flatten(1).square().sum(1) for gradient in gradients]).sum(0)
    factor = (most / (squares.sqrt() + 1e-6)).clamp_max(1.0)
    for gradient in gradients:
        gradient *= factor.view(-1, *[1] * (gradient.ndim - 1))


@torch.inference_mode()
def choices(network: RecurrentNetwork, sequences: Tensor, **imposed: Any) -> Tensor:
    """The class `(seeds, batch)` that each network gives each of the sequences `(seeds, batch, times)`; `imposed` as in `states`."""
    last = deque(states(network, sequences, **imposed), maxlen=1).pop()
    return network.logits(last).argmax(-1)


def gradient_norms(network: RecurrentNetwork, sequences: Tensor, labels: Tensor) -> Tensor:
    """The norm of the gradient of the loss with respect to the output of each step, `(seeds, times)`, root mean square over the batch."""
    outputs = []
    state = network.rest(sequences.shape[1])
    for x in sequences.unsqueeze(-1).unbind(2):
        state = network.step(x, state)
        outputs.append(state[0])
    loss = functional.cross_entropy(network.logits(state).flatten(0, 1), labels.flatten(), reduction="sum")
    gradients = torch.autograd.grad(loss, outputs)
    return torch.stack([gradient.square().sum(-1).mean(-1).sqrt() for gradient in gradients], 1)
