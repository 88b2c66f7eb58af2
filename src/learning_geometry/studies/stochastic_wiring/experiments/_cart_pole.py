"""The pole on a cart, and an evolution strategy over genomes whose brains balance it."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

STEPS = 200
"""Steps of an episode, of .02 seconds."""

_SCALES = np.array([1.0, 0.5, 5.0, 0.5])
"""What position, speed, angle and angular speed are multiplied by before a brain sees them."""

_SPREADS = np.array([0.3, 0.5, 0.7, 0.3])
"""Standard deviations of the logarithms of cart mass, pole mass, half length and force, at variability 1."""

_CLASSIC = np.array([1.0, 0.1, 0.5, 10.0])
_EPISODES, _TESTS = 6, 200
_FIRST_LOGIT, _PERTURBATION = -1.0, 0.5


def balance(hidden: Array, output: Array, variability: float, rng: np.random.Generator) -> Array:
    """The share of steps `(n,)` that brains with weights `(n, 4, n_hidden)` and `(n, n_hidden)` keep the pole up."""
    n = len(hidden)
    cart, pole, half, force = _CLASSIC[:, None] * np.exp(variability * _SPREADS[:, None] * rng.standard_normal((4, n)))
    state = rng.uniform(-0.05, 0.05, (n, 4))
    lived, up = np.zeros(n), np.ones(n, dtype=bool)
    total = cart + pole
    for _ in range(STEPS):
        seen = np.maximum(np.einsum("ni,nih->nh", state * _SCALES, hidden), 0)
        push = force * np.where(np.einsum("nh,nh->n", seen, output) > 0, 1.0, -1.0)
        _, speed, angle, turn = state.T
        sine, cosine = np.sin(angle), np.cos(angle)
        drive = (push + pole * half * turn**2 * sine) / total
        bend = (9.8 * sine - cosine * drive) / (half * (4 / 3 - pole * cosine**2 / total))
        pull = drive - pole * half * bend * cosine / total
        state = state + 0.02 * np.stack([speed, pull, turn, bend], axis=1)
        up &= (np.abs(state[:, 0]) < 2.4) & (np.abs(state[:, 2]) < 0.2095)
        if not up.any():
            break
        state[~up] = 0.0
        lived += up
    return lived / STEPS


def weights(genomes: Array, types: int, neurons: int, rng: np.random.Generator | None) -> tuple[Array, Array]:
    """Weights of one brain for each genome of logits `(n, 2, 5, types)`, the last row to the output; means without `rng`."""
    p = 1 / (1 + np.exp(-genomes)).repeat(neurons, axis=-1)
    synapses = p if rng is None else (rng.random(p.shape) < p).astype(np.float64)
    signed = synapses[:, 0] - synapses[:, 1]
    return signed[:, :4], signed[:, 4]


def evolve(
    rng: np.random.Generator,
    *,
    types: int,
    neurons: int,
    variability: float,
    generations: int,
    pairs: int,
    step: float,
) -> Array:
    """The logits `(2, 5, types)` that an antithetic evolution strategy with centred ranks finds for sampled brains."""
    genome = _FIRST_LOGIT + rng.standard_normal((2, 5, types))
    for _ in range(generations):
        noise = rng.standard_normal((pairs, *genome.shape))
        tried = genome + _PERTURBATION * np.concatenate([noise, -noise])
        brains = weights(tried.repeat(_EPISODES, axis=0), types, neurons, rng)
        fitness = balance(*brains, variability, rng).reshape(len(tried), -1).mean(1)
        ranks = fitness.argsort().argsort() / (len(fitness) - 1) - 0.5
        genome = genome + step * np.tensordot(ranks[:pairs] - ranks[pairs:], noise, 1) / (pairs * _PERTURBATION)
    return genome


def try_agents(genome: Array, types: int, neurons: int, variability: float, rng: np.random.Generator) -> Array:
    """The shares `(2, n_episodes)` of sampled brains, a new one for each episode, and of the mean network."""
    many = genome[None].repeat(_TESTS, axis=0)
    brains, means = weights(many, types, neurons, rng), weights(many, types, neurons, None)
    return np.stack([balance(*brains, variability, rng), balance(*means, variability, rng)])
