"""Replicates, such as seeds, as the rows of an array."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def as_rows(values: Any, dim: str = "seed") -> Array:
    """The replicates of `values` as rows, `(n_replicates, n)`; values of one dimension are a single replicate.

    Of a labelled array the replicates lie along `dim`, wherever it stands; of any other along the first axis.

    Raises:
        ValueError: there are more than two dimensions, or two and none of them is `dim`.
    """
    dims = getattr(values, "dims", None)  # of a labelled array
    if dims is not None and len(dims) > 1:
        if dim not in dims:
            raise ValueError(f"no dimension {dim!r} among {dims}; select along all others but one, or pass dim=")
        values = values.transpose(dim, ...)
    rows = np.asarray(values, dtype=np.float64)
    if rows.ndim not in (1, 2):
        raise ValueError(f"values have {rows.ndim} dimensions; pass one, or two of which one is of replicates")
    return rows if rows.ndim == 2 else rows[None]


def as_sample(values: Any) -> Array:
    """The replicates of a single quantity, `(n_replicates,)`.

    Raises:
        ValueError: there is not exactly one dimension.
    """
    sample = np.asarray(values, dtype=np.float64)
    if sample.ndim != 1:
        raise ValueError(f"values have {sample.ndim} dimensions; pass one number for each replicate")
    return sample
