"""Confidence intervals for what the studies report."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats


class Interval(NamedTuple):
    """A closed interval."""

    low: float
    high: float


def mean_interval(values: ArrayLike, *, level: float = 0.95) -> Interval:
    """Return Student's t interval for the mean of independent values, such as one number for each seed.

    It covers the mean at `level` exactly if the values are normal, and nearly so otherwise.

    Args:
        values: `(n_values,)`, at least two.
        level: Coverage, between 0 and 1.

    Raises:
        ValueError: If there are fewer than two values, one is not finite, or `level` is not between 0 and 1.
    """
    _check_level(level)
    sample = _finite(values)
    if len(sample) < 2:
        raise ValueError(f"a mean interval needs at least 2 values, got {len(sample)}; run more seeds")
    mean = float(sample.mean())
    half = float(stats.t.ppf((1 + level) / 2, len(sample) - 1) * sample.std(ddof=1) / np.sqrt(len(sample)))
    return Interval(mean - half, mean + half)


def proportion_interval(successes: int, trials: int, *, level: float = 0.95) -> Interval:
    """Return the Clopper-Pearson interval for a probability, which covers it at `level` or above, always.

    Args:
        successes: Number of successes, from 0 to `trials`.
        trials: Number of independent trials, at least 1.
        level: Coverage, between 0 and 1.

    Raises:
        ValueError: If `trials` is not positive, `successes` is out of range, or `level` is not between 0 and 1.
    """
    _check_level(level)
    if trials < 1 or not 0 <= successes <= trials:
        raise ValueError(
            f"got {successes} successes in {trials} trials; pass at least 1 trial and 0 to trials successes"
        )
    tail = (1 - level) / 2
    low = 0.0 if successes == 0 else float(stats.beta.ppf(tail, successes, trials - successes + 1))
    high = 1.0 if successes == trials else float(stats.beta.ppf(1 - tail, successes + 1, trials - successes))
    return Interval(low, high)


def bootstrap_interval(
    values: ArrayLike,
    statistic: Callable[[NDArray[Any]], float],
    *,
    rng: np.random.Generator,
    n_resamples: int = 2000,
    level: float = 0.95,
) -> Interval:
    """Return the percentile bootstrap interval of a statistic of independent values (Efron 1979).

    Args:
        values: `(n_values, ...)`; rows are resampled with replacement.
        statistic: Maps an array shaped as `values` to a number.
        rng: Source of the resamples.
        n_resamples: Number of resamples, at least 1.
        level: Coverage aimed at, between 0 and 1; with few values the actual coverage is lower.

    Raises:
        ValueError: If there are fewer than two values, one is not finite, or `n_resamples` or `level` is out of range.
    """
    _check_level(level)
    if n_resamples < 1:
        raise ValueError(f"n_resamples is {n_resamples}; take at least one resample")
    sample = np.asarray(values)
    if sample.ndim == 0 or len(sample) < 2:
        raise ValueError(f"a bootstrap needs at least 2 values, got shape {sample.shape}; collect more")
    _finite(sample.reshape(-1))
    n = len(sample)
    replicates = [float(statistic(sample[rng.integers(n, size=n)])) for _ in range(n_resamples)]
    low, high = np.quantile(replicates, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high))


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise ValueError(f"level is {level}; pass a coverage between 0 and 1, such as 0.95")


def _finite(values: ArrayLike) -> NDArray[np.float64]:
    sample = np.asarray(values, dtype=np.float64)
    if sample.ndim != 1 or not np.isfinite(sample).all():
        raise ValueError(f"values has shape {sample.shape}; expected one dimension and finite numbers only")
    return sample
