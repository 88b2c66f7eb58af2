"""Claims on populations under an optimum that moves, and on their size."""

from typing import Any

from learning_geometry.claims import Above, Below, Claims, Estimate, Within, per_seed
from learning_geometry.records import Records

claims = Claims(__name__)

_PROTOTYPE = "a prototype on other seeds had been seen; the threshold is 0 on principle"


def _changing(records: Records) -> Any:
    """What happens at the fastest change, in worlds that do change."""
    populations = records["population"].isel(rate=-1)
    return populations.sel(size=populations["size"] > 0)


def by_chance(values: Any) -> Any:
    """The agents that develop by chance."""
    return values.sel(agent=values.agent != "mean")


@claims.paper(
    "Variability raises the probability that at least some individuals survive in rapidly changing, unpredictable environments.",
    source="abstract; the moving optimum is ours",
    statistic="share of the generations that a population lives, by chance minus as its genomes' means, at the fastest change, mean over "
    "sizes of change above 0 and numbers of neurons, mean over seeds",
    unit="share",
    rule=Above(0.0),
    headline=True,
    hindsight=_PROTOTYPE,
)
def survival(records: Records) -> Estimate:
    lifetime = _changing(records).lifetime
    gained = by_chance(lifetime).mean("agent") - lifetime.sel(agent="mean")
    return per_seed(gained.mean("size"), bounds=(-1, 1))


@claims.control(
    "In a stable world nothing is gained.",
    of="survival",
    statistic="the same difference where the optimum never moves, mean over seeds",
    unit="share",
    # Twenty histories without a single difference do not exclude one of .17.
    rule=Below(0.2),
    contrast=Below(0.0),
)
def stable_world(records: Records) -> Estimate:
    lifetime = records["population"].lifetime.sel(size=0).isel(rate=-1)
    return per_seed(by_chance(lifetime).mean("agent") - lifetime.sel(agent="mean"), bounds=(-1, 1))


@claims.control(
    "There stochasticity costs: fewer individuals survive a generation.",
    of="survival",
    statistic="share of individuals that survive a generation, by chance minus as their genomes' means, where the optimum never moves, "
    "mean over numbers of neurons, mean over seeds",
    unit="share",
    rule=Below(0.0),
    uncontrasted="It counts individuals, the claim populations.",
    hindsight=_PROTOTYPE,
)
def stable_cost(records: Records) -> Estimate:
    surviving = records["population"].surviving.sel(size=0).isel(rate=-1)
    return per_seed(by_chance(surviving).mean("agent") - surviving.sel(agent="mean"), bounds=(-1, 1))


@claims.ours(
    "The share of populations that are alive at the end is that of normal phenotypes that do not evolve.",
    statistic="share of populations by chance that are alive at the end minus the exact probability, at the fastest change, mean over "
    "sizes of change above 0 and numbers of neurons, mean over seeds",
    unit="share",
    rule=Within(0.0, 0.1),
)
def exact_limit(records: Records) -> Estimate:
    populations = _changing(records)
    off = by_chance(populations.alive.isel(generation=-1) - populations.exact)
    return per_seed(off.mean(["size", "agent"]), bounds=(-1, 1))


@claims.ours(
    "The survival benefit shrinks with the number of neurons a type: independent synapses average out.",
    statistic="share of the generations that a population lives with the most neurons a type minus with the fewest, at the fastest change, "
    "mean over sizes of change above 0, mean over seeds",
    unit="share",
    rule=Below(0.0),
    hindsight="a prototype on other seeds had been seen; the threshold is 0 on principle",
)
def survival_shrinks(records: Records) -> Estimate:
    populations = records["population"].isel(rate=-1)
    lifetime = populations.lifetime.sel(size=populations["size"] > 0).mean("size")
    # The agent of means comes first, then the numbers of neurons in rising order.
    return per_seed(lifetime.isel(agent=-1) - lifetime.isel(agent=1), bounds=(-1, 1))
