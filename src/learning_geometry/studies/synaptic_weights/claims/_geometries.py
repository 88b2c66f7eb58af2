"""What several sections share: names of the geometries, and how the right one compares with the others."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from learning_geometry.claims import Estimate, per_seed, share

if TYPE_CHECKING:
    import xarray as xr

NAMES = {1.0: "entropy", 2.0: "euclid", 3.0: "three"}
"""What identifiers call the true geometries, by exponent."""

THREE = list(NAMES)

SPELT = {1.0: "the negative entropy", 2.0: "the Euclidean potential", 3.0: "the 3-norm"}
"""What sentences call them."""

DISTANCE = "distance of the dual change from a Gaussian (the paper's CDF distance)"


def matched(distances: "xr.DataArray") -> "xr.DataArray":
    """The distance under the true potential, along `truth` and what else there is besides `candidate`."""
    return distances.sel(candidate=distances.truth)


def least_wrong(distances: "xr.DataArray", among: Sequence[float] = ()) -> "xr.DataArray":
    """The least distance under a wrong potential among some, or all."""
    rivals = distances.sel(candidate=list(among)) if among else distances
    return rivals.where(rivals.candidate != rivals.truth).min("candidate")


def ratio(distances: "xr.DataArray", among: Sequence[float] = ()) -> "xr.DataArray":
    """The least wrong distance over the right one: above 1 where the least distance names the truth."""
    return least_wrong(distances, among) / matched(distances)


def positive_per_seed(values: "xr.DataArray", note: str = "") -> Estimate:
    """The mean over seeds of distances, or of their ratios."""
    return per_seed(values, bounds=(0, float("inf")), note=note)


def share_named(distances: "xr.DataArray", among: Sequence[float] = ()) -> Estimate:
    """The share of truths that the least distance names, trials being clustered by seed."""
    named = ratio(distances, among) > 1
    trials = named.stack(trial=named.dims)
    return share(trials.values, by_seed=trials.seed.values, note=f"{int(trials.sum())} of {trials.size}")
