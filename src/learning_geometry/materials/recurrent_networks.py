"""Recurrent networks that read a sequence of numbers, many seeds at once, with neurons that are fixed, learnt or adaptive.

Every parameter has the seeds as its first dimension, so that the networks of all seeds take each step in one matrix product and
share none of their weights. Source of the equations: Geadah et al. 2024, after their public code.
"""

import copy
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.utils.checkpoint import checkpoint

from learning_geometry.instruments.activation import gamma

RATE_MODELS = ("relu", "tanh", "fixed", "homogeneous", "heterogeneous", "adaptive")
"""Plain recurrent networks: two usual activations; `gamma` fixed, learnt once, learnt for each neuron, and adapted at each step."""
GATED_MODELS = ("gru", "lstm")
MODELS = (*RATE_MODELS, *GATED_MODELS)
"""The names that `build` knows."""

LEAST_GAIN = 0.1
"""Gains are kept above it: the activation has no value at a gain of 0, which an adaptive neuron could reach."""

State = tuple[Tensor, ...]
"""What a network carries from step to step, its output `(seeds, batch, hidden)` first."""
Extra = Callable[[int], Tensor]
"""What is added to the pre-activations at a time, broadcast to `(seeds, batch, hidden)`."""
Shapes = Callable[[int], tuple[Tensor, Tensor]]
"""Gains and saturations `(seeds, batch, hidden)` that are imposed on an adaptive network at a time."""

_MOST_KEPT = 100_000_000  # numbers of the controller kept for the way back; beyond, steps are computed twice


class RecurrentNetwork(nn.Module):
    """Networks of several seeds: a state, a step, and a linear read-out of the last output."""

    def __init__(self, model: str, seeds: int, hidden: int, classes: int) -> None:
        super().__init__()
        self.model, self.seeds, self.hidden = model, seeds, hidden
        self.readout = nn.Parameter(torch.zeros(seeds, hidden, classes))
        self.readout_bias = nn.Parameter(torch.zeros(seeds, 1, classes))

    def rest(self, batch: int) -> State:
        """The state before the first step."""
        raise NotImplementedError

    def step(self, x: Tensor, state: State, extra: Tensor | None = None, shape: Any = None) -> State:
        """The state after inputs `x` `(seeds, batch, 1)`."""
        raise NotImplementedError

    def logits(self, state: State) -> Tensor:
        """Logits `(seeds, batch, classes)` of a state."""
        return torch.baddbmm(self.readout_bias, state[0], self.readout)

    def shape_parameters(self) -> list[nn.Parameter]:
        """The parameters that set gains and saturations: they may have a learning rate of their own."""
        return []

    def zeros(self, batch: int, *shape: int) -> Tensor:
        """Zeros `(seeds, *shape)`, by default `(seeds, batch, hidden)`."""
        return self.readout.new_zeros(self.seeds, *(shape or (batch, self.hidden)))


class RateNetwork(RecurrentNetwork):
    """`h = f(U x + V h + b)`, where f is an activation of one of the kinds in `RATE_MODELS`.

    An adaptive neuron has a small controller, shared by all neurons but with a state of its own in each: `g = tanh(u a + W g + c)` of
    the pre-activation a, from which the gain and the saturation of this step are read linearly.
    """

    def __init__(self, model: str, seeds: int, hidden: int, classes: int, controller: int) -> None:
        super().__init__(model, seeds, hidden, classes)
        self.controller = controller
        self.inward = nn.Parameter(torch.zeros(seeds, 1, hidden))
        self.recurrent = nn.Parameter(torch.zeros(seeds, hidden, hidden))
        self.bias = nn.Parameter(torch.zeros(seeds, 1, hidden))
        if model == "adaptive":
            self.control_in = nn.Parameter(torch.zeros(seeds, controller, 1))
            self.control = nn.Parameter(torch.zeros(seeds, controller, controller))
            self.control_bias = nn.Parameter(torch.zeros(seeds, controller, 1))
            self.control_out = nn.Parameter(torch.zeros(seeds, 2, controller))
            self.control_out_bias = nn.Parameter(torch.zeros(seeds, 2, 1))
        elif model in ("fixed", "homogeneous", "heterogeneous"):
            own = hidden if model == "heterogeneous" else 1
            learnt = model != "fixed"
            self.gain = nn.Parameter(torch.ones(seeds, 1, own), requires_grad=learnt)
            self.saturation = nn.Parameter(torch.zeros(seeds, 1, own), requires_grad=learnt)

    def rest(self, batch: int) -> State:
        """Outputs of 0, and controllers at 0 where there are some."""
        if self.model == "adaptive":
            return self.zeros(batch), self.zeros(batch, self.controller, batch * self.hidden)
        return (self.zeros(batch),)

    def step(self, x: Tensor, state: State, extra: Tensor | None = None, shape: Any = None) -> State:
        """The outputs, and the states of the controllers where there are some; an imposed `shape` is gains and saturations."""
        a = torch.baddbmm(self.drive(x, extra), state[0], self.recurrent)
        if self.model == "relu":
            return (torch.relu(a),)
        if self.model == "tanh":
            return (torch.tanh(a),)
        if self.model != "adaptive":
            return (gamma(a, self.gain.clamp_min(LEAST_GAIN), self.saturation),)
        if shape is not None:
            return gamma(a, *shape), state[1]
        heard = a.reshape(self.seeds, 1, -1)
        g: Tensor = _Control.apply(heard, state[1], self.control_in, self.control, self.control_bias)
        return gamma(a, *self.shape_of(g, a.shape)), g

    def drive(self, x: Tensor, extra: Tensor | None) -> Tensor:
        """What reaches the neurons from outside, and their bias."""
        drive = torch.addcmul(self.bias, x, self.inward)
        return drive if extra is None else drive + extra

    def shape_of(self, g: Tensor, shape: Sequence[int]) -> tuple[Tensor, Tensor]:
        """Gains and saturations that controllers of state `g` `(seeds, controller, batch * hidden)` set."""
        read = torch.baddbmm(self.control_out_bias, self.control_out, g)
        return read[:, 0].view(*shape).clamp_min(LEAST_GAIN), read[:, 1].view(*shape)

    def shape_parameters(self) -> list[nn.Parameter]:
        """Learnt gains and saturations, or what reads them from controllers."""
        names = ("gain", "saturation", "control_out", "control_out_bias")
        return [parameter for name, parameter in self.named_parameters() if name in names and parameter.requires_grad]

    def isolated(self) -> "RateNetwork":
        """A copy whose neurons hear only themselves: the recurrent weights are those of the diagonal."""
        alone = copy.deepcopy(self)
        with torch.no_grad():
            alone.recurrent *= torch.eye(self.hidden, device=self.recurrent.device)
        return alone


class GatedNetwork(RecurrentNetwork):
    """A GRU or an LSTM. A drive from outside reaches the candidate of the GRU, and the output gate of the LSTM."""

    def __init__(self, model: str, seeds: int, hidden: int, classes: int) -> None:
        super().__init__(model, seeds, hidden, classes)
        width = hidden * (3 if model == "gru" else 4)
        self.inward = nn.Parameter(torch.zeros(seeds, 1, width))
        self.recurrent = nn.Parameter(torch.zeros(seeds, hidden, width))
        self.bias = nn.Parameter(torch.zeros(seeds, 1, width))

    def rest(self, batch: int) -> State:
        """Outputs of 0, and cells at 0 where there are some."""
        return (self.zeros(batch),) if self.model == "gru" else (self.zeros(batch), self.zeros(batch))

    def step(self, x: Tensor, state: State, extra: Tensor | None = None, shape: Any = None) -> State:
        """The outputs, and the cells of an LSTM."""
        n, h, outside = self.hidden, state[0], torch.addcmul(self.bias, x, self.inward)
        added = 0.0 if extra is None else extra
        inside = torch.bmm(h, self.recurrent)
        if self.model == "gru":
            keep, reset = torch.sigmoid(outside[..., : 2 * n] + inside[..., : 2 * n]).chunk(2, -1)
            candidate = torch.tanh(torch.addcmul(outside[..., 2 * n :] + added, reset, inside[..., 2 * n :]))
            return (torch.lerp(candidate, h, keep),)
        gates = outside + inside
        let_in, forget = torch.sigmoid(gates[..., : 2 * n]).chunk(2, -1)
        cell = forget * state[1] + let_in * torch.tanh(gates[..., 2 * n : 3 * n])
        return torch.sigmoid(gates[..., 3 * n :] + added) * torch.tanh(cell), cell


def states(
    network: RecurrentNetwork, inputs: Tensor, *, extra: Extra | None = None, shapes: Shapes | None = None
) -> Iterator[State]:
    """The states after each step of inputs `(seeds, batch, times)`.

    Raises:
        ValueError: there is no step, the seeds do not match, or an input is not finite.
    """
    _check_inputs(network, inputs)
    state = network.rest(inputs.shape[1])
    for t in range(inputs.shape[-1]):
        x = inputs[..., t, None]
        state = network.step(x, state, extra(t) if extra else None, shapes(t) if shapes else None)
        yield state


def last_state(network: RecurrentNetwork, inputs: Tensor) -> State:
    """The state after all inputs `(seeds, batch, times)`, for training: where memory would run out, steps are computed twice.

    Raises:
        ValueError: there is no step, the seeds do not match, or an input is not finite.
    """
    _check_inputs(network, inputs)
    times = inputs.shape[-1]
    state = network.rest(inputs.shape[1])
    kept = times * sum(part.numel() for part in state)
    if kept <= _MOST_KEPT:
        return _through(network, inputs, *state)
    for part in inputs.split(math.isqrt(times) + 1, dim=-1):
        state = checkpoint(_through, network, part, *state, use_reentrant=False)
    return state


def _through(network: RecurrentNetwork, inputs: Tensor, *state: Tensor) -> State:
    current: State = state
    for x in inputs.unsqueeze(-1).unbind(2):
        current = network.step(x, current)
    return current


def _check_inputs(network: RecurrentNetwork, inputs: Tensor) -> None:
    if inputs.ndim != 3 or inputs.shape[0] != network.seeds or not inputs.shape[1] or not inputs.shape[2]:
        raise ValueError(
            f"inputs of shape {tuple(inputs.shape)}; give `({network.seeds} seeds, batch, times)` with one time or more"
        )
    if not bool(torch.isfinite(inputs).all()):
        raise ValueError("an input is not finite; leave out sequences with missing values")


class _Control(torch.autograd.Function):
    """`tanh(u a + W g + c)` of `a` `(seeds, 1, m)` and `g` `(seeds, controller, m)`, with its way back in three products."""

    @staticmethod
    def forward(ctx: Any, a: Tensor, g: Tensor, u: Tensor, w: Tensor, c: Tensor) -> Tensor:
        inner = torch.baddbmm(torch.addcmul(c, u, a), w, g)
        # tanh by way of the sigmoid, which torch computes five times as fast.
        new = inner.mul_(2).sigmoid_().mul_(2).sub_(1)
        ctx.save_for_backward(a, g, u, w, new)
        return new

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *outer: Tensor) -> tuple[Tensor, ...]:
        a, g, u, w, new = ctx.saved_tensors
        inner = torch.addcmul(outer[0], outer[0] * new, new, value=-1)
        back = torch.bmm(torch.cat([u, w], 2).mT, inner)
        return back[:, :1], back[:, 1:], torch.bmm(inner, a.mT), torch.bmm(inner, g.mT), inner.sum(2, keepdim=True)
