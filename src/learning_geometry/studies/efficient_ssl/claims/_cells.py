"""Accuracies of pretrained encoders, as several sections judge them."""

from typing import Any

import numpy as np

from learning_geometry.records import MissingExperiment, Records

POINTS = (-100.0, 100.0)
"""Bounds of a difference of two accuracies, in percentage points."""


def arm(records: Records, name: str, role: str = "first") -> Any:
    """Accuracy from few labels in percent `(seed,)` of an arm of the experiment on views.

    Raises:
        MissingExperiment: the arm was not run.
    """
    few = records.select("views", role=role).few
    if name not in few.arm:
        raise MissingExperiment("views", {"arm": name, "role": role}, list(few.arm.values))
    return few.sel(arm=name)


def gain(records: Records, more: str, fewer: str, role: str = "first") -> Any:
    """Points by which one arm exceeds another, `(seed,)`."""
    return arm(records, more, role) - arm(records, fewer, role)


def chosen(few: Any) -> Any:
    """The best weight off the diagonal for each seed and dimension, by the mean accuracy of the *other* seeds: `(seed, dimension)`.

    `few` `(seed, dimension, off_diagonal)`. Chosen without the seed on which it is judged, the best of several is not best by luck.
    """
    others = (few.sum("seed") - few) / max(1, few.sizes["seed"] - 1)
    return others.idxmax("off_diagonal")


def at_weight(few: Any, weights: Any) -> Any:
    """Accuracy `(seed, ...)` at a weight for each seed."""
    return few.sel(off_diagonal=weights)


def peaks(few: Any) -> Any:
    """The logarithm to base 10 of the weight at which accuracy is greatest, `(..., dimension)`: the vertex of a parabola.

    Through the best weight and its two neighbours on a logarithmic axis; a best weight at either end stands for itself.
    """
    import xarray as xr

    logs = np.log10(few.off_diagonal.values)

    def vertex(values: Any) -> float:
        best = int(np.argmax(values))
        if not 0 < best < len(logs) - 1:
            return float(logs[best])
        a, b, _ = np.polyfit(logs[best - 1 : best + 2], values[best - 1 : best + 2], 2)
        return float(np.clip(-b / (2 * a), logs[best - 1], logs[best + 1])) if a < 0 else float(logs[best])

    return xr.apply_ufunc(vertex, few, input_core_dims=[["off_diagonal"]], vectorize=True)


def slopes(few: Any) -> Any:
    """The slope of the best weight on the dimension of the projector, both as logarithms, `(seed,)`."""
    x = np.log10(few.dimension) - np.log10(few.dimension).mean()
    return (peaks(few) * x).sum("dimension") / np.square(x).sum()
