"""What sampled answers say: pass@k of a model, and the number of tries at which two models change places."""

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from learning_geometry.instruments.pass_at_k import crossing, pass_at_k
from learning_geometry.records import Records

CROSSED_AT = 64
"""The number of tries, fixed beforehand, at which a crossing of two curves of pass@k must be over."""


def samples_of(records: Records) -> int:
    """The number of answers that were sampled for each problem."""
    samples: int = records.of("stages")[0].unit.samples
    return samples


def solved(records: Records, model: str, k: ArrayLike) -> xr.DataArray:
    """pass@k of a model, the mean over problems, `(seed, k)`, of the seeds that have it."""
    counts = records["stages", "samples"].correct.sel(model=model).dropna("seed").astype(int)
    sizes = np.atleast_1d(k)
    values = [pass_at_k(samples_of(records), of_seed, sizes).mean(axis=1) for of_seed in counts.values]
    return xr.DataArray(values, dims=("seed", "k"), coords={"seed": counts.seed, "k": sizes})


def crossings(records: Records) -> list[float]:
    """Where pass@k after RLVR falls below that before, of each seed in which it starts above and ends below.

    Source: our operationalisation; the last crossing before `CROSSED_AT` counts.
    """
    k = np.arange(1, min(CROSSED_AT, samples_of(records)) + 1)
    # What is smaller comes from rounding sums over problems.
    gain = (solved(records, "rlvr", k) - solved(records, "dpo", k)).round(12)
    places = [crossing(k, np.zeros(len(k)), of_seed) for of_seed in gain.values]
    return [place for place in places if place is not None]
