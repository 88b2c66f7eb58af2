"""Results of one kind put together along a new, labelled dimension."""

from collections.abc import Sequence
from typing import Any

import xarray as xr


def stacked(results: Sequence[xr.Dataset], dimension: str, labels: Sequence[Any]) -> xr.Dataset:
    """Join results along a new `dimension` with these labels; every variable gets it.

    Raises:
        ValueError: the results differ in their variables or in another coordinate.
    """
    if any(set(result.data_vars) != set(results[0].data_vars) for result in results):
        raise ValueError(f"results to be joined along {dimension} hold different variables")
    along = xr.DataArray(list(labels), dims=dimension, name=dimension)
    return xr.concat(list(results), dim=along, data_vars="all", coords="minimal", compat="override", join="exact")
