"""Claims about what the leading directions of the last layer carry."""

import xarray as xr

from learning_geometry.claims import Above, Below, Claims, Estimate, per_seed
from learning_geometry.records import Records

claims = Claims(__name__)

_FEWER, _MORE, _MOST = 0, 1, -1  # of the numbers of directions: one, two, and a quarter of the dimensions
_ASYMMETRY = "accuracy without {} minus with {} alone, divided by the whole accuracy, mean over seeds"
_EXPENDABLE = "The leading directions are expendable and not sufficient."


def _shares(records: Records, count: int) -> xr.DataArray:
    """What is left of the accuracy at the last checkpoint, `(seed, projection)`, as a share of the whole."""
    trainings = records["pretraining"]
    left = trainings.accuracy_after.isel(n_directions=count) / trainings.accuracy_before
    return left.reset_coords(drop=True)


def _asymmetry(records: Records, removed: str, retained: str, count: int = _FEWER) -> Estimate:
    left = _shares(records, count)
    return per_seed(left.sel(projection=removed, drop=True) - left.sel(projection=retained, drop=True))


@claims.paper(
    "The leading directions are expendable and not sufficient: accuracy survives their removal, but not their being retained "
    "alone.",
    source="section 5 and table 8, top 10, on multiple-choice questions; next tokens and one direction in thirty-two are ours",
    statistic=_ASYMMETRY.format("the leading direction", "it"),
    rule=Above(0.5),
    matrix=_EXPENDABLE,
)
def directions(records: Records) -> Estimate:
    return _asymmetry(records, "removed", "retained")


@claims.control(
    "A random direction shows no such asymmetry.",
    of="directions",
    statistic=_ASYMMETRY.format("a random direction", "it"),
    rule=Below(0.5),
    contrast=Below(0.0),
)
def directions_control(records: Records) -> Estimate:
    return _asymmetry(records, "random_removed", "random_retained")


@claims.paper(
    "So are more of them: twice as many here, five times as many in the paper.",
    source="section 5 and table 8, top 50, on multiple-choice questions; next tokens and two directions of thirty-two are ours",
    statistic=_ASYMMETRY.format("the two leading directions", "them"),
    rule=Above(0.5),
    matrix=_EXPENDABLE,
)
def directions_two(records: Records) -> Estimate:
    return _asymmetry(records, "removed", "retained", _MORE)


@claims.control(
    "Two random directions show no such asymmetry.",
    of="directions-two",
    statistic=_ASYMMETRY.format("two random directions", "them"),
    rule=Below(0.5),
    contrast=Below(0.0),
)
def directions_two_control(records: Records) -> Estimate:
    return _asymmetry(records, "random_removed", "random_retained", _MORE)


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
