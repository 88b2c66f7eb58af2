"""Confidence intervals for what the studies report, and the one-sided p values that belong to them.

A p value is at most 2.5 % exactly where the 95 % interval of the same method leaves the threshold out.
"""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from learning_geometry.instruments.arrays import as_array

# scipy is imported inside the functions: declaring a claim must not wait for it.

Bounds = tuple[float, float]
Alternative = Literal["greater", "less"]

UNBOUNDED: Bounds = (-np.inf, np.inf)


class Interval(NamedTuple):
    """A closed interval."""

    low: float
    high: float


def mean_interval(values: ArrayLike, *, bounds: Bounds = UNBOUNDED, level: float = 0.95) -> Interval:
    """Return an interval for the mean of independent values, such as one number for each seed.

    Without bounds it is Student's t interval, which covers the mean at `level` exactly if the values are normal. It covers
    less if they are skewed: five exponential values 88 % instead of 95 %.

    With bounds it reaches, at each end, as far as the wider of two t intervals: the plain one, cut at the bounds, and the one
    on the log scale (of the distance from the only bound) or the log-odds scale (between two bounds), by the delta method. It
    covers the mean of five or ten values at 93 % or more for all the shapes in `tests/claims/test_coverage.py` but the
    log-normal with a standard deviation of the log of 1, where it covers 89 %.

    Equal values give a t interval of no width. Between two finite bounds another one takes its place, which holds for every
    distribution: the value that was seen n times of n has at least the probability 0.025^(1/n), at 97.5 % confidence, and
    the rest may lie at a bound. Five values at an upper bound of 1 give [0.478, 1], as five successes of five do.

    Args:
        values: `(n_values,)`, at least two.
        bounds: What a single value cannot exceed, such as `(0, 1)` or `(0, inf)`.
        level: Coverage, between 0 and 1.

    Raises:
        ValueError: If there are fewer than two values, one is not finite or outside the bounds, the bounds are in the wrong
            order, or `level` is not between 0 and 1.
    """
    low, high = mean_intervals(_finite(values)[None], bounds=bounds, level=level)
    return Interval(float(low[0]), float(high[0]))


def mean_intervals(
    samples: ArrayLike, *, bounds: Bounds = UNBOUNDED, level: float = 0.95
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the lower and the upper ends of `mean_interval` for many samples, such as the points of a curve.

    Args:
        samples: `(n_samples, n_values)`.
        bounds: As in `mean_interval`.
        level: Coverage of each interval on its own, between 0 and 1.

    Raises:
        ValueError: As `mean_interval` does.
    """
    _check_level(level)
    inside = within_bounds(samples, bounds)
    if inside.ndim != 2 or inside.shape[1] < 2:
        raise ValueError(f"a mean interval needs at least 2 values, got {inside.shape[-1]}; run more seeds")
    alpha = (1 - level) / 2
    return _lower_ends(inside, bounds, alpha), -_lower_ends(-inside, _mirrored(bounds), alpha)


def mean_p_value(values: ArrayLike, threshold: float, *, alternative: Alternative, bounds: Bounds = UNBOUNDED) -> float:
    """Return the p value of a mean at `threshold` against one that is greater, or less, by the method of `mean_interval`.

    Args:
        values: `(n_values,)`, at least two.
        threshold: The mean under the null hypothesis.
        alternative: "greater" if a mean above the threshold is to be shown, "less" for one below.
        bounds: As in `mean_interval`.

    Raises:
        ValueError: As `mean_interval` does.
    """
    from scipy import special

    if alternative == "less":
        return mean_p_value(-_finite(values), -threshold, alternative="greater", bounds=_mirrored(bounds))
    sample = within_bounds(_finite(values), bounds)
    n, mean = len(sample), float(sample.mean())
    if n < 2:
        raise ValueError(f"a p value needs at least 2 values, got {n}; run more seeds")
    if threshold < bounds[0]:
        return 0.0
    if _equal(sample, bounds):
        if threshold >= mean:
            return 1.0
        return ((threshold - bounds[0]) / (mean - bounds[0])) ** n if np.isfinite(bounds).all() else 0.0
    error = float(sample.std(ddof=1)) / np.sqrt(n)
    scores = [(threshold - mean) / error]
    if np.isfinite(bounds).any():
        slope = 1 / (mean - bounds[0]) + 1 / (bounds[1] - mean)
        scores.append(float(_log_odds(threshold, bounds) - _log_odds(mean, bounds)) / (error * slope))
    return float(special.stdtr(n - 1, max(scores)))


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
    return Interval(
        binomial_lower_end(successes, trials, tail), 1 - binomial_lower_end(trials - successes, trials, tail)
    )


def binomial_lower_end(successes: float, trials: float, alpha: float) -> float:
    """Return the probability at which this many successes or more have the probability `alpha`, 0 for no success.

    Args:
        successes: From 0 to `trials`; by the beta distribution it need not be whole.
        trials: Number of independent trials, or an effective number that is not whole.
        alpha: Probability of the tail, between 0 and 1.
    """
    from scipy import special

    return 0.0 if successes <= 0 else float(special.betaincinv(successes, trials - successes + 1, alpha))


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
    sample = as_array(values)
    if sample.ndim == 0 or len(sample) < 2:
        raise ValueError(f"a bootstrap needs at least 2 values, got shape {sample.shape}; collect more")
    _finite(sample.reshape(-1))
    n = len(sample)
    replicates = [float(statistic(sample[rng.integers(n, size=n)])) for _ in range(n_resamples)]
    low, high = np.quantile(replicates, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high))


def within_bounds(values: ArrayLike, bounds: Bounds) -> NDArray[np.float64]:
    """Return the values, those that rounding put outside the bounds moved back onto them.

    Raises:
        ValueError: If the bounds are in the wrong order, or a value is not finite or outside them by more than rounding.
    """
    low, high = bounds
    if not low < high:
        raise ValueError(f"bounds are {bounds}; pass the lower one first")
    array = as_array(values, np.float64)
    slack = 1e-9 * (high - low if np.isfinite(bounds).all() else 1.0)
    kept = np.isfinite(array) & (array >= low - slack) & (array <= high + slack)
    if not kept.all():
        raise ValueError(f"value {array[~kept][0]} is not finite or outside the bounds {bounds}; mend it or the bounds")
    return np.clip(array, low, high)


def _lower_ends(samples: NDArray[np.float64], bounds: Bounds, alpha: float) -> NDArray[np.float64]:
    """The lower ends of `mean_interval` with a one-sided error of `alpha`; the upper ones are those of the mirror image."""
    from scipy import special

    n, mean = samples.shape[1], samples.mean(1)
    half = -special.stdtrit(n - 1, alpha) * samples.std(1, ddof=1) / np.sqrt(n)
    ends = np.maximum(mean - half, bounds[0])
    if np.isfinite(bounds).any():
        # A mean at a bound, where the scale has no slope, is that of equal values, which are treated below.
        with np.errstate(divide="ignore", invalid="ignore"):
            steps = half * (1 / (mean - bounds[0]) + 1 / (bounds[1] - mean))
            ends = np.fmin(ends, _from_log_odds(_log_odds(mean, bounds) - steps, bounds))
    floor = bounds[0] + alpha ** (1 / n) * (mean - bounds[0]) if np.isfinite(bounds).all() else mean
    return np.where(_equal(samples, bounds), floor, ends)


def _equal(samples: NDArray[np.float64], bounds: Bounds) -> Any:
    """Whether the values of each sample are equal, up to rounding where the bounds give it a scale."""
    spread = samples.max(-1) - samples.min(-1)
    return spread <= (1e-12 * (bounds[1] - bounds[0]) if np.isfinite(bounds).all() else 0.0)


def _log_odds(x: Any, bounds: Bounds) -> Any:
    """The log-odds of a place between two bounds, or the log of its distance from the only one, rising with `x`."""
    with np.errstate(divide="ignore"):
        above = np.log(np.maximum(x - bounds[0], 0.0)) if np.isfinite(bounds[0]) else 0.0
        below = np.log(np.maximum(bounds[1] - x, 0.0)) if np.isfinite(bounds[1]) else 0.0
    return above - below


def _from_log_odds(odds: Any, bounds: Bounds) -> Any:
    """The inverse of `_log_odds`."""
    from scipy import special

    low, high = bounds
    if np.isfinite(bounds).all():
        return low + (high - low) * special.expit(odds)
    return low + np.exp(odds) if np.isfinite(low) else high - np.exp(-odds)


def _mirrored(bounds: Bounds) -> Bounds:
    return -bounds[1], -bounds[0]


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise ValueError(f"level is {level}; pass a coverage between 0 and 1, such as 0.95")


def _finite(values: ArrayLike) -> NDArray[np.float64]:
    sample = as_array(values, np.float64)
    if sample.ndim != 1 or not np.isfinite(sample).all():
        raise ValueError(f"values has shape {sample.shape}; expected one dimension and finite numbers only")
    return sample
