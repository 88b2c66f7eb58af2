"""The interquartile mean of scores, and its interval by a bootstrap within each task."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from learning_geometry.instruments.statistics import Interval


def interquartile_mean(scores: ArrayLike) -> float:
    """The mean of the middle half of all scores: a quarter, rounded down, is left out at each end.

    Raises:
        ValueError: There is no score, or one is not finite.

    Source: Agarwal et al. 2021, "Deep reinforcement learning at the edge of the statistical precipice".
    """
    values = _checked(scores).ravel()
    return float(_middle_means(np.sort(values)[None])[0])


def stratified_interval(scores: ArrayLike, *, level: float = 0.95, samples: int = 2000, seed: int = 0) -> Interval:
    """A percentile bootstrap interval of the interquartile mean of scores `(runs, tasks)`.

    The runs of each task are resampled within that task, as the library `rliable` does it.

    Raises:
        ValueError: The scores are no matrix, one is not finite, or there are fewer than two runs.
    """
    values = _checked(scores)
    if values.ndim != 2 or len(values) < 2:
        raise ValueError(f"scores have shape {values.shape}; pass (runs, tasks) with two runs or more")
    runs, tasks = values.shape
    drawn = np.random.default_rng(seed).integers(runs, size=(samples, runs, tasks))
    resampled = np.take_along_axis(np.broadcast_to(values, drawn.shape), drawn, axis=1).reshape(samples, -1)
    means = _middle_means(np.sort(resampled, axis=1))
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high))


def _middle_means(ordered: NDArray[np.float64]) -> NDArray[np.float64]:
    n = ordered.shape[1]
    cut = n // 4
    means: NDArray[np.float64] = ordered[:, cut : n - cut].mean(1)
    return means


def _checked(scores: ArrayLike) -> NDArray[np.float64]:
    values = np.asarray(scores, dtype=np.float64)
    if not values.size or not np.isfinite(values).all():
        raise ValueError("scores are empty or not finite; leave out runs without a score")
    return values
