"""Claims on time: updates to a good policy, and what an update costs."""

from typing import Any

from learning_geometry.claims import Below, Claims, Estimate, contrast, exact
from learning_geometry.records import Records
from learning_geometry.studies.successor_features.claims._courses import OTHER_FEATURES, part, returns

claims = Claims(__name__)

PILOT = "prototypes on other seeds had been seen; the threshold is 0 on principle"

GOOD = 0.5
"""A good policy: three quarters of the way from always wrong to always right."""


def updates_to_good(records: Records, agent: str) -> Any:
    """Updates `(seed,)` of the first phase until an evaluation finds a good policy; all of them if none does."""
    curve = returns(records, agent, 1)
    reached = (curve >= GOOD).any("update")
    return curve.update[(curve >= GOOD).argmax("update")].drop_vars("update").where(reached, int(curve.update[-1]))


@claims.paper(
    "It needs less time to a good policy than other ways to learn the features.",
    source="abstract",
    statistic="updates of the first phase until the return is .5 (all of them if it never is): simple minus the fewest of canonical, "
    "reconstruction, orthogonality and random on the same seed, mean over seeds",
    unit="updates",
    rule=Below(0.0),
    headline=True,
    hindsight=PILOT,
)
def efficient(records: Records) -> Estimate:
    import xarray as xr

    others = xr.concat([updates_to_good(records, agent) for agent in OTHER_FEATURES], dim="agent")
    most = float(returns(records, "simple", 1).update[-1])
    return contrast(updates_to_good(records, "simple"), others.min("agent"), bounds=(-most, most))


@claims.ours(
    "It needs fewer updates than DQN.",
    statistic="the same, simple minus DQN, mean over seeds",
    unit="updates",
    rule=Below(0.0),
    hindsight=PILOT,
)
def efficient_against_dqn(records: Records) -> Estimate:
    most = float(returns(records, "simple", 1).update[-1])
    return contrast(updates_to_good(records, "simple"), updates_to_good(records, "DQN"), bounds=(-most, most))


@claims.ours(
    "An update costs fewer operations than with the canonical loss, reconstruction or orthogonality.",
    source="the authors report frames a second",
    statistic="floating-point operations of an update in this implementation, simple over the cheapest of the three",
    unit="ratio",
    rule=Below(1.0),
)
def operations(records: Records) -> Estimate:
    costs = {agent: float(part(records, agent, "cost").operations) for agent in ("simple", *OTHER_FEATURES)}
    return exact(costs["simple"] / min(costs[a] for a in OTHER_FEATURES if a != "random"))
