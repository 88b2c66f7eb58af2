"""Claims on the two effects of size, which have opposite signs."""

from learning_geometry.claims import Below, Claims, Estimate, per_seed
from learning_geometry.records import Records

claims = Claims(__name__)


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
