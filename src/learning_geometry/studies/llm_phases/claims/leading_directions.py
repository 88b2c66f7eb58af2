"""Claims about what the leading directions of the last layer carry."""

import xarray as xr

from learning_geometry.claims import Above, Below, Claims, Estimate, per_seed
from learning_geometry.records import Records

claims = Claims(__name__)

_FIRST, _MOST = 0, -1  # of the numbers of directions


def _shares(records: Records, count: int) -> xr.DataArray:
    """What is left of the accuracy at the last checkpoint, `(seed, projection)`, as a share of the whole."""
    trainings = records["pretraining"]
    left = trainings.accuracy_after.isel(n_directions=count) / trainings.accuracy_before
    return left.reset_coords(drop=True)


def _asymmetry(records: Records, removed: str, retained: str) -> Estimate:
    left = _shares(records, _FIRST)
    return per_seed(left.sel(projection=removed, drop=True) - left.sel(projection=retained, drop=True))


@claims.paper(
    "The leading directions are expendable and not sufficient: accuracy survives their removal, but not their being retained "
    "alone.",
    source="section 5 and table 8, on multiple-choice questions; next tokens and one direction in thirty-two are ours",
    statistic="accuracy without the leading direction minus with it alone, divided by the whole accuracy, mean over seeds",
    rule=Above(0.5),
)
def directions(records: Records) -> Estimate:
    return _asymmetry(records, "removed", "retained")


@claims.control(
    "A random direction shows no such asymmetry.",
    of="directions",
    statistic="accuracy without a random direction minus with it alone, divided by the whole accuracy, mean over seeds",
    rule=Below(0.5),
    contrast=Below(0.0),
    hindsight="Added after it had been seen that removing random directions costs about as much as removing leading ones.",
)
def directions_control(records: Records) -> Estimate:
    return _asymmetry(records, "random_removed", "random_retained")


@claims.ours(
    "The leading directions are worth more than random ones: removing a quarter of the dimensions costs more where they lead.",
    source="our question, a comparison that table 8 lacks",
    statistic="accuracy without random directions minus without as many leading ones, divided by the whole accuracy, mean "
    "over seeds",
    rule=Above(0.0),
)
def directions_random(records: Records) -> Estimate:
    left = _shares(records, _MOST)
    return per_seed(left.sel(projection="random_removed", drop=True) - left.sel(projection="removed", drop=True))
