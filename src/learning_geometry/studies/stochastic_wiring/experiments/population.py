"""Populations under an optimum that moves: who survives, and for how long."""

from typing import TYPE_CHECKING

from learning_geometry.studies.types import Count, NonNegative, Positive, RisingCounts, RisingFromZero, Seed, Share
from learning_geometry.studies.unit import Execution, Unit

if TYPE_CHECKING:
    import xarray as xr


class Population(Unit):
    """Populations of one seed, at every rate and size of change, and with every number of neurons a type."""

    seed: Seed
    generations: Count
    individuals: Count
    pairs: Count
    population_neurons: RisingCounts
    rates: list[Share]
    change_sizes: RisingFromZero
    tolerance: Positive
    mutation: NonNegative
    replicates: Count


FIRST_LOGIT, FIRST_SPREAD = -1.0, 0.1
"""Centre and standard deviation of the logits with which populations begin: probabilities near .27, means near 0."""


def measure(unit: Population, execution: Execution) -> "xr.Dataset":
    """How long populations live whose members develop by chance, and populations whose members are their genomes' means.

    An individual's phenotype has a coordinate for each of `pairs` pairs of types, its mean synaptic weight: the excitatory minus
    the inhibitory partners of `neurons` possible ones, over their number. Agents named "mean" have the difference of the
    probabilities itself. The optimum is normal with standard deviation `size` in each coordinate, and redrawn each generation with
    probability `rate`; all agents of a replicate meet the same optima. Individuals within `tolerance` (root mean square) survive
    and are resampled to `individuals` offspring; every logit then mutates by a normal step of standard deviation `mutation`.

    `lifetime (rate, size, agent)` is the mean share of the generations that a population lived, `alive (..., generation)` the
    share of populations, `surviving (rate, size, agent)` the mean share of individuals that survive a generation, over
    the generations until extinction, `course (..., generation)` that share in the first replicate, 0 after extinction. With
    `exact (rate, size, agent)`, the probability to be alive at the end for normal phenotypes that do not evolve.

    Source: our re-derivation from the abstract.
    """
    import numpy as np
    import xarray as xr

    from learning_geometry.instruments.bet_hedging import alive_curve
    from learning_geometry.studies.stochastic_wiring.experiments._moving_optimum import live, optima

    agents = ["mean", *map(str, unit.population_neurons)]
    shape = (len(unit.rates), len(unit.change_sizes), len(agents))
    alive = np.empty((*shape, unit.generations))
    course = np.empty((*shape, unit.generations))
    surviving, exact = np.empty(shape), np.empty(shape)
    p = 1 / (1 + np.exp(-FIRST_LOGIT))
    for i, rate in enumerate(unit.rates):
        moves = optima(unit.replicates, unit.generations, unit.pairs, rate, np.random.default_rng([unit.seed, i]))
        for j, size in enumerate(unit.change_sizes):
            for k, neurons in enumerate([0, *unit.population_neurons]):
                shares = live(
                    size * moves,
                    individuals=unit.individuals,
                    neurons=neurons,
                    tolerance=unit.tolerance,
                    mutation=unit.mutation,
                    first_logit=(FIRST_LOGIT, FIRST_SPREAD),
                    rng=np.random.default_rng([unit.seed, i, j, k]),
                )
                alive[i, j, k] = (shares > 0).mean(0)
                course[i, j, k] = shares[0]
                # The generation in which a population dies out counts, with its 0.
                lived = np.minimum((shares > 0).sum(1) + 1, unit.generations)
                surviving[i, j, k] = (shares.sum(1) / lived).mean()
                sd = np.sqrt(2 * p * (1 - p) / neurons) if neurons else 2**0.5 * FIRST_SPREAD * p * (1 - p)
                curve = alive_curve(unit.generations, unit.individuals, sd, rate, size, unit.tolerance, unit.pairs)
                exact[i, j, k] = curve[-1]
    where = ("rate", "size", "agent")
    return xr.Dataset(
        {
            "lifetime": (where, alive.mean(-1)),
            "alive": ((*where, "generation"), alive),
            "course": ((*where, "generation"), course),
            "surviving": (where, surviving),
            "exact": (where, exact),
        },
        coords={
            "rate": unit.rates,
            "size": unit.change_sizes,
            "agent": agents,
            "generation": np.arange(1, unit.generations + 1),
        },
        attrs={"individuals": unit.individuals, "replicates": unit.replicates},
    )
