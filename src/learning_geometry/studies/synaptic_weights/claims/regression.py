"""Claims on linear regression, learned exactly in each geometry."""

from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np

from learning_geometry.claims import Above, Below, Claims, Estimate, NotTested, Within, per_seed
from learning_geometry.instruments.dual_change import cdf_distance_critical
from learning_geometry.records import Records
from learning_geometry.studies.synaptic_weights.claims import _geometries as geometry

if TYPE_CHECKING:
    import xarray as xr

claims = Claims(__name__)

_THEORY = "abstract; the measurement is our operationalisation"
_OVER_CRITICAL = f"{geometry.DISTANCE} over its 5 % critical value for independent weights, at the largest D with N = D^1/2, mean over seeds"
_TRUE_POTENTIAL = "distance over its 5 % critical value under the true potential"


def _largest(records: Records, sample_power: float = 0.5, inputs: str = "correlated") -> "xr.Dataset":
    """The regression of the most weights, with its distances over their critical value."""
    largest = records.select("regression", sample_power=sample_power, inputs=inputs).isel(dimension=-1)
    return largest.assign(over_critical=largest.cdf_distance / cdf_distance_critical(int(largest.dimension)))


def _of_pair(records: Records, truth: float, candidate: float) -> Estimate:
    largest = _largest(records)
    note = f"D = {int(largest.dimension):,}, N = {int(largest.samples):,}"
    return geometry.positive_per_seed(largest.over_critical.sel(truth=truth, candidate=candidate), note)


def _under_the_truth(records: Records, inputs: str) -> Estimate:
    largest = _largest(records, inputs=inputs)
    own = geometry.matched(largest.over_critical)
    note = f"D = {int(largest.dimension):,}; {int((own > 1).sum())} of {own.size} changes exceed the critical value"
    return geometry.positive_per_seed(own.mean("truth"), note)


for _truth, _name in geometry.NAMES.items():

    @claims.paper(
        f"Linear regression learned with {geometry.SPELT[_truth]} changes the weights by a Gaussian amount in the dual space.",
        source=_THEORY,
        statistic=_OVER_CRITICAL,
        rule=Below(1.0),
        matrix="Linear regression changes the weights by a Gaussian amount in the dual space of its own geometry.",
        id=f"regression-{_name}",
    )
    def regression_matched(records: Records, truth: float = _truth) -> Estimate:
        return _of_pair(records, truth, truth)


for _truth, _candidate in permutations(geometry.NAMES, 2):

    @claims.paper(
        f"Seen through {geometry.SPELT[_candidate]}, the change that {geometry.SPELT[_truth]} made is not Gaussian.",
        source=_THEORY,
        statistic=_OVER_CRITICAL,
        rule=Above(1.0),
        matrix="Seen through the dual space of another geometry, the change of a linear regression is not Gaussian.",
        id=f"regression-{geometry.NAMES[_truth]}-as-{geometry.NAMES[_candidate]}",
    )
    def regression_mistaken(records: Records, truth: float = _truth, candidate: float = _candidate) -> Estimate:
        return _of_pair(records, truth, candidate)


@claims.paper(
    "Among three geometries, the most Gaussian change names the one that linear regression was learned in.",
    source=_THEORY,
    statistic="share of true geometries and seeds named rightly, at the largest D with N = D^1/2",
    rule=Above(0.95),
    headline=True,
)
def regression_names(records: Records) -> Estimate:
    return geometry.share_named(_largest(records).cdf_distance, geometry.THREE)


@claims.paper(
    "However many weights there are, in the right geometry their change stays as near to a Gaussian as sampling allows: "
    "its distance falls as 1 / sqrt(D).",
    source=_THEORY,
    statistic="slope of the logarithm of the distance against that of D, N = D^1/2, mean over geometries, then over seeds",
    rule=Within(-0.5, 0.1),
)
def regression_falls(records: Records) -> Estimate:
    distance = records.select("regression", sample_power=0.5, inputs="correlated").cdf_distance
    dimensions = distance.dimension.values
    if len(dimensions) < 2:
        return NotTested("one size of the model gives no slope")
    means = geometry.matched(distance).mean("truth").transpose("dimension", "seed")
    slopes = np.polyfit(np.log(dimensions), np.log(means.values), 1)[0]
    labelled = dict(zip(means.seed.values.tolist(), slopes, strict=True))
    return per_seed(labelled, note=f"D from {dimensions[0]:,} to {dimensions[-1]:,}")


@claims.ours(
    "With many more samples, N = D^3/4, the 3-norm still explains its own change better than its neighbour p = 2.5.",
    statistic="distance under p = 2.5 minus that under p = 3 for the truth p = 3, at the largest D, mean over seeds",
    rule=Above(0.0),
)
def regression_many(records: Records) -> Estimate:
    three = _largest(records, sample_power=0.75).cdf_distance.sel(truth=3.0)
    return per_seed(three.sel(candidate=2.5) - three.sel(candidate=3.0))


@claims.paper(
    "Inputs need not be Gaussian: of inputs -1 and 1, sqrt(D) samples together change the weights by a Gaussian amount "
    "in the dual space.",
    source=_THEORY,
    statistic=f"{_TRUE_POTENTIAL}, inputs of -1 or 1, N = D^1/2, largest D, mean over geometries, then over seeds",
    rule=Below(1.0),
    hindsight="added with its number known, once the official inputs had turned out to be nearly Gaussian themselves",
)
def regression_binary(records: Records) -> Estimate:
    return _under_the_truth(records, "binary")


@claims.control(
    "If a few inputs are far larger than the rest, so that few samples make up a weight's change, even the right "
    "geometry shows no Gaussian.",
    of="regression-binary",
    statistic=f"{_TRUE_POTENTIAL}, inputs of Student's t with 1.5 degrees of freedom, mean over geometries, then over seeds",
    rule=Above(1.0),
    contrast=Above(0.0),
)
def regression_heavy(records: Records) -> Estimate:
    return _under_the_truth(records, "heavy-tailed")
