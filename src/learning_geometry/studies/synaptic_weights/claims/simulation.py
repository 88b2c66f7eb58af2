"""Claims on weights whose dual changes are Gaussian by construction."""

from learning_geometry.claims import Above, Claims, Estimate, Within
from learning_geometry.instruments.dual_change import cdf_distance_floor
from learning_geometry.records import Records
from learning_geometry.studies.synaptic_weights.claims import _geometries as geometry

claims = Claims(__name__)


@claims.ours(
    "Where dual changes are Gaussian by construction, their distance from a Gaussian is what sampling alone makes.",
    source="the authors' published simulation; the floor is derived here",
    statistic=f"{geometry.DISTANCE} over its expectation for so many Gaussian numbers, mean over geometries and seeds",
    rule=Within(1.0, 0.2),
)
def simulation_floor(records: Records) -> Estimate:
    simulation = records["simulation"]
    floor = cdf_distance_floor(int(simulation.synapses))
    return geometry.positive_per_seed(geometry.matched(simulation.cdf_distance).mean(("truth", "initial")) / floor)


@claims.paper(
    "Among five geometries, the one in which the change was Gaussian looks most Gaussian.",
    source="the authors' published simulation",
    statistic="share of initial distributions, true geometries and seeds in which the least distance is that of the truth",
    rule=Above(0.95),
)
def simulation_diagonal(records: Records) -> Estimate:
    return geometry.share_named(records["simulation"].cdf_distance)
