"""Populations of genomes that live, die and mutate under an optimum that moves."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def optima(replicates: int, generations: int, pairs: int, rate: float, rng: np.random.Generator) -> Array:
    """Standard normal optima `(replicates, generations, pairs)`; each is that of the generation before, or new at `rate`."""
    drawn = rng.standard_normal((replicates, generations, pairs))
    new = rng.random((replicates, generations)) < rate
    new[:, 0] = True
    # For each generation the last one that brought a new optimum.
    last = np.maximum.accumulate(np.where(new, np.arange(generations), 0), axis=1)
    return np.take_along_axis(drawn, last[:, :, None], axis=1)


def live(
    optimum: Array,
    *,
    individuals: int,
    neurons: int,
    tolerance: float,
    mutation: float,
    first_logit: tuple[float, float],
    rng: np.random.Generator,
) -> Array:
    """The share of individuals that survive each generation, `(replicates, generations)`; 0 from extinction on.

    `optimum` is `(replicates, generations, pairs)`. With 0 `neurons` a phenotype is the mean of its genome. A step costs time in
    proportion to the number of individuals.
    """
    replicates, generations, pairs = optimum.shape
    shares = np.zeros((replicates, generations))
    centre, spread = first_logit
    logits = centre + spread * rng.standard_normal((replicates, individuals, 2, pairs))
    alive = np.arange(replicates)
    for generation in range(generations):
        probabilities = 1 / (1 + np.exp(-logits))
        partners = rng.binomial(neurons, probabilities) / neurons if neurons else probabilities
        phenotypes = partners[:, :, 0] - partners[:, :, 1]
        off = phenotypes - optimum[alive, generation, None]
        survives = np.einsum("rnk,rnk->rn", off, off) < pairs * tolerance**2
        count = survives.sum(1)
        shares[alive, generation] = count / individuals
        alive, logits, survives = alive[count > 0], logits[count > 0], survives[count > 0]
        if not len(alive):
            break
        # Offspring draw their parents with replacement from the survivors.
        ranked = np.argsort(~survives, axis=1, kind="stable")
        parents = (rng.random((len(alive), individuals)) * count[count > 0, None]).astype(np.intp)
        chosen = np.take_along_axis(ranked, parents, axis=1)
        logits = logits[np.arange(len(alive))[:, None], chosen]
        logits += mutation * rng.standard_normal(logits.shape)
    return shares
