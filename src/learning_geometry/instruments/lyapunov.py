"""Lyapunov exponents of maps, driven or autonomous, and of flows, from tangents that are kept orthogonal.

A step takes the state and a few tangent vectors along; their stretches, taken from a QR decomposition after each step, are
averaged over time. For a network with internal states, such as adapting neurons, the state is all of them. Many trajectories
are followed at once, so that an interval over trajectories comes with the exponents. Source: Benettin et al. 1980.
"""

from collections.abc import Callable

import torch
from torch import Tensor

Step = Callable[[int, Tensor, Tensor], tuple[Tensor, Tensor]]
"""From the time, the states `(..., d)` and tangents `(..., d, k)`, the states and tangents one step later."""

Field = Callable[[Tensor], Tensor]
"""The velocity `(..., d)` of a flow at states `(..., d)`, or its Jacobian `(..., d, d)`."""


def lyapunov_exponents(
    step: Step,
    state: Tensor,
    *,
    steps: int,
    k: int,
    warm_up: int = 0,
    generator: torch.Generator | None = None,
) -> Tensor:
    """The `k` largest exponents of each trajectory, `(..., k)` in nats a step, over steps `warm_up` to `steps`.

    States are `(..., d)`, in float64 for long runs. The first tangents are random; during `warm_up` they turn towards the
    directions that stretch most, and their stretches are not counted. Over a short time the values are finite-time exponents:
    they depend on where a trajectory starts.

    Raises:
        ValueError: `k` is not from 1 to d, no step is counted, or a trajectory leaves the finite numbers.
    """
    d = state.shape[-1]
    if not 1 <= k <= d:
        raise ValueError(f"{k} exponents were asked for; a state of {d} numbers has 1 to {d}")
    if not 0 <= warm_up < steps:
        raise ValueError(f"{steps} steps with a warm-up of {warm_up}; count at least one step after the warm-up")
    drawn = torch.randn(d, k, generator=generator, dtype=state.dtype).to(state.device)
    tangents = torch.linalg.qr(drawn.expand(*state.shape[:-1], d, k))[0]
    total = torch.zeros(*state.shape[:-1], k, dtype=state.dtype, device=state.device)
    for t in range(steps):
        state, tangents = step(t, state, tangents)
        if not bool(torch.isfinite(tangents).all() and torch.isfinite(state).all()):
            raise ValueError(
                f"a trajectory is no longer finite at step {t + 1} of {steps}; take fewer or smaller steps"
            )
        tangents, stretched = torch.linalg.qr(tangents)
        if t >= warm_up:
            # A direction that a step wipes out has the least number there is, so that its exponent is finite.
            least = torch.finfo(state.dtype).tiny
            total += stretched.diagonal(dim1=-2, dim2=-1).abs().clamp_min(least).log()
    return total / (steps - warm_up)


def flow_step(field: Field, jacobian: Field, dt: float, substeps: int = 1) -> Step:
    """A step along a flow and its linearisation: `substeps` of length `dt` by the classical Runge-Kutta method.

    Exponents from it are per step; divide them by `dt * substeps` for exponents per unit of time.

    Raises:
        ValueError: `dt` is not above 0, or there is no substep.
    """
    if not dt > 0 or substeps < 1:
        raise ValueError(f"{substeps} substeps with dt = {dt}; time runs forward")

    def slopes(state: Tensor, tangents: Tensor) -> tuple[Tensor, Tensor]:
        return field(state), jacobian(state) @ tangents

    def step(t: int, state: Tensor, tangents: Tensor) -> tuple[Tensor, Tensor]:
        for _ in range(substeps):
            first = slopes(state, tangents)
            second = slopes(state + dt / 2 * first[0], tangents + dt / 2 * first[1])
            third = slopes(state + dt / 2 * second[0], tangents + dt / 2 * second[1])
            last = slopes(state + dt * third[0], tangents + dt * third[1])
            moved = [dt / 6 * (a + 2 * b + 2 * c + d) for a, b, c, d in zip(first, second, third, last, strict=True)]
            state, tangents = state + moved[0], tangents + moved[1]
        return state, tangents

    return step


def map_step(function: Field, jacobian: Field) -> Step:
    """A step of an autonomous map with the given Jacobian."""

    def step(t: int, state: Tensor, tangents: Tensor) -> tuple[Tensor, Tensor]:
        return function(state), jacobian(state) @ tangents

    return step
