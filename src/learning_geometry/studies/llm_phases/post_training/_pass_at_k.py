"""What probabilities of right answers say: exact pass@k, and what one model solves beyond another."""

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from learning_geometry.records import Records


def pass_at(probability: xr.DataArray, k: ArrayLike) -> xr.DataArray:
    """pass@k, the mean over problems of 1 - (1 - p)^k, exact where p is the probability of the one right answer."""
    sizes = xr.DataArray(np.atleast_1d(np.asarray(k, dtype=np.float64)), dims="k").assign_coords(k=np.atleast_1d(k))
    # Of probabilities near one, the logarithm of what is left is taken where it is finite.
    left = xr.DataArray(np.exp(sizes * np.log1p(-probability.clip(0, 1 - 1e-12))))
    return (1 - left).mean("problem")


def solved(records: Records, model: str, k: ArrayLike) -> xr.DataArray:
    """pass@k of a model, `(seed, k)`, of the seeds that have it."""
    return pass_at(records["stages", "models"].probability.sel(model=model), k).dropna("seed")


def gained(records: Records, before: str, after: str, k: ArrayLike) -> xr.DataArray:
    """pass@k of one model minus that of another, in percentage points, `(seed, k)`, of the seeds that have both."""
    return 100 * (solved(records, after, k) - solved(records, before, k))
