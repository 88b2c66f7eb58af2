"""CMA-ES over the connection probabilities of a genome whose fitness is only known from brains that live or die."""

import cma
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def evolve(
    wanted: NDArray[np.int64],
    odds: float,
    *,
    geometric: bool,
    agents: int,
    worlds: int,
    generations: int,
    first_sd: float,
    seed: list[int],
) -> tuple[Array, Array]:
    """The probabilities `(2, pairs)` found, excitatory first, and the best fitness of each generation `(generations,)`.

    The search starts from probabilities of one half, on logits. What it found is the centre of its distribution at the end.
    """
    rng = np.random.default_rng(seed)
    pairs = len(wanted)
    options = {"seed": int(rng.integers(1, 2**31)), "verbose": -9, "verb_log": 0, "maxiter": generations + 1}
    strategy = cma.CMAEvolutionStrategy(np.zeros(2 * pairs), first_sd, options)
    best = np.empty(generations)
    for generation in range(generations):
        genomes = np.array(strategy.ask())
        # All genomes of a generation meet the same worlds.
        signs = np.where(rng.random((worlds, pairs)) < odds, wanted, -wanted)
        fitness = growth(_probabilities(genomes), signs, agents, geometric, rng)
        strategy.tell(list(genomes), list(-fitness))
        best[generation] = fitness.max()
    return _probabilities(np.asarray(strategy.mean)[None])[0], best


def growth(
    probabilities: Array, signs: NDArray[np.int64], agents: int, geometric: bool, rng: np.random.Generator
) -> Array:
    """Fitness `(n_genomes,)` of genomes `(n_genomes, 2, pairs)` over worlds that ask for `signs` `(worlds, pairs)`.

    The mean log share of survivors, or the mean share.
    """
    synapses = rng.random((len(probabilities), agents, *probabilities.shape[1:])) < probabilities[:, None]
    brains = synapses[:, :, 0].astype(np.int8) - synapses[:, :, 1].astype(np.int8)
    survivors = (brains[:, :, None] == signs).all(-1).sum(1)
    if geometric:
        return np.log((survivors + 0.5) / (agents + 0.5)).mean(1)
    return (survivors / agents).mean(1)


def _probabilities(logits: Array) -> Array:
    return 1 / (1 + np.exp(-logits.reshape(len(logits), 2, -1)))
