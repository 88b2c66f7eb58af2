"""An evolutionary search over genomes: which probabilities it finds in a stable and in an unpredictable environment."""

from typing import TYPE_CHECKING

from learning_geometry.studies.types import Count, Positive, Seed, Share
from learning_geometry.studies.unit import Execution, Unit

if TYPE_CHECKING:
    import xarray as xr


class Search(Unit):
    """Searches of one seed, for each environment and for each mean of fitness that is maximised."""

    seed: Seed
    search_pairs: Count
    search_agents: Count
    search_worlds: Count
    search_generations: Count
    search_sd: Positive
    odds: Share


ENVIRONMENTS, MEANS = ["stable", "unpredictable"], ["geometric", "arithmetic"]
"""Environments, and the mean over them by which a genome is judged."""


def measure(unit: Search, execution: Execution) -> "xr.Dataset":
    """Connection probabilities that CMA-ES finds, `probability (environment, mean, sign, pair)`, one neuron a type.

    A brain has a weight in {-1, 0, 1} for each of `search_pairs` pairs of types and survives if every one is that which the world
    asks for, -1 or +1. In a stable world this never changes; in an unpredictable one each pair is asked for its more frequent sign
    with probability `odds`, anew each time. Fitness is the share of survivors among `search_agents` brains, averaged over
    `search_worlds` draws of the world; the geometric mean counts half a survivor more. `wanted (pair)` is the more frequent sign,
    and `asked (environment, sign, pair)` how often a sign is asked for: what probabilities have to be for the greatest growth
    (proportional betting: Kelly 1956). `fitness (environment, mean, generation)` is that of the best of each generation.

    Source: our own; CMA-ES after Hansen and Ostermeier 2001, by the library `cma`.
    """
    import numpy as np
    import xarray as xr

    from learning_geometry.studies.stochastic_wiring.experiments._search import evolve

    wanted = np.where(np.random.default_rng([unit.seed, 0]).random(unit.search_pairs) < 0.5, -1, 1)
    odds = {"stable": 1.0, "unpredictable": unit.odds}
    shape = (len(ENVIRONMENTS), len(MEANS))
    probability, fitness = np.empty((*shape, 2, unit.search_pairs)), np.empty((*shape, unit.search_generations))
    for i, environment in enumerate(ENVIRONMENTS):
        for j, mean in enumerate(MEANS):
            probability[i, j], fitness[i, j] = evolve(
                wanted,
                odds[environment],
                geometric=mean == "geometric",
                agents=unit.search_agents,
                worlds=unit.search_worlds,
                generations=unit.search_generations,
                first_sd=unit.search_sd,
                seed=[unit.seed, i, j],
            )
    positive = np.stack([np.where(wanted > 0, share, 1 - share) for share in odds.values()])
    return xr.Dataset(
        {
            "probability": (("environment", "mean", "sign", "pair"), probability),
            "fitness": (("environment", "mean", "generation"), fitness),
            "asked": (("environment", "sign", "pair"), np.stack([positive, 1 - positive], 1)),
            "wanted": ("pair", wanted),
        },
        coords={
            "environment": ENVIRONMENTS,
            "mean": MEANS,
            "sign": ["excitatory", "inhibitory"],
            "pair": np.arange(1, unit.search_pairs + 1),
            "generation": np.arange(1, unit.search_generations + 1),
        },
    )
