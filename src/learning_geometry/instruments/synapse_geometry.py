"""Which geometry the changes of paired synapse sizes show: the exponent, how sure it is, and what it rules out.

The model, and what an exponent is, stand in `synapse_likelihood`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize
from scipy.stats import chi2

from learning_geometry.instruments.arrays import as_array
from learning_geometry.instruments.statistics import Interval
from learning_geometry.instruments.synapse_likelihood import (
    EXPONENT_RANGE,
    Fit,
    LogSizes,
    fit,
    log_sizes,
    start,
)
from learning_geometry.instruments.synapse_scores import normal_scores

Array = NDArray[np.float64]

UNDECIDED = "undecided"
NONE_OF_THE_CANDIDATES = "none of the candidates"

_PROFILE_POINTS = 33


@dataclass(frozen=True)
class Identification:
    """What paired sizes say of the geometry that their changes obeyed.

    Attributes:
        n_synapses: Number of pairs.
        exponent: The exponent p of maximum likelihood, from -1 to 5.
        interval: The exponents that a likelihood-ratio test does not reject; an end of the range of exponents where it
            does not end within.
        change: Root mean square relative change of a synapse of typical size (the geometric mean before), noise deducted.
        drift: Mean change of the dual size, in the same unit.
        candidates: `(n_candidates,)`, the exponents that were asked for.
        log_likelihoods: `(n_candidates,)`, nats below the best exponent; none is above 0.
        weights: `(n_candidates,)`, likelihoods as shares of their sum: the probabilities of the candidates for who held
            them equally likely and all others impossible.
        verdict: The name of the only candidate that is not rejected, `UNDECIDED` if several are not, or
            `NONE_OF_THE_CANDIDATES`.
        profile_exponents: `(n_points,)`, ascending.
        profile: `(n_points,)`, log-likelihood of each with drift and change fitted, nats below the best.
        residuals: `(n_candidates, n_synapses)`, the changes as standard normal scores if the candidate is right.
        best_residuals: `(n_synapses,)`, the same for the best exponent.
    """

    n_synapses: int
    exponent: float
    interval: Interval
    change: float
    drift: float
    candidates: Array
    log_likelihoods: Array
    weights: Array
    verdict: str
    profile_exponents: Array
    profile: Array
    residuals: Array
    best_residuals: Array


@dataclass(frozen=True)
class Comparison:
    """The best exponent `(n_samples,)`, and how far each candidate is from it, `(n_samples, n_candidates)`, in nats."""

    exponent: Array
    deficits: Array

    def accepted(self, level: float = 0.95) -> NDArray[np.bool_]:
        """Which candidates `(n_samples, n_candidates)` a likelihood-ratio test at 1 - level does not reject."""
        return 2 * self.deficits <= chi2.ppf(level, 1)


def geometry_name(exponent: float) -> str:
    """Return what the book calls the geometry of an exponent, such as "3-norm"."""
    return "negative entropy" if exponent == 1 else f"{exponent:g}-norm"


def identify_geometry(
    before: ArrayLike,
    after: ArrayLike,
    *,
    noise: float = 0.0,
    exponents: Sequence[float] = (1.0, 2.0, 3.0),
    level: float = 0.95,
) -> Identification:
    """Return the geometry of plasticity that paired sizes of synapses show, by maximum likelihood.

    The unit of the sizes does not matter. The model conditions on survival: a synapse that was lost has no pair and is left
    out by the caller. Measurement noise that is not told is read as plasticity of a smaller exponent.

    Args:
        before: `(n_synapses,)`, positive sizes, at least ten.
        after: The sizes of the same synapses later, `(n_synapses,)`.
        noise: Standard deviation of the measurement error of a size as a share of the size, the same on both days, such
            as two measurements of the same synapse on the same day show.
        exponents: The candidates: 1 is negative entropy, 2 Euclidean.
        level: Coverage of the interval, between 0 and 1. Of 0.95, it is 0.94 with 20 synapses and 0.92 with ten.

    Raises:
        ValueError: If sizes are missing, not positive, unpaired or fewer than ten, none changes, `exponents` is empty,
            repeats one or leaves the range of exponents, `level` is out of range, or `noise` is negative or explains all
            differences between synapses or between the days.
    """
    candidates = _candidates(exponents)
    if not 0 < level < 1:
        raise ValueError(f"level is {level}; pass a coverage between 0 and 1, such as 0.95")
    first, last = _sizes(before, "before"), _sizes(after, "after")
    if len(first) != len(last):
        raise ValueError(f"there are {len(first)} sizes before and {len(last)} after; pass pairs, in the same order")
    if len(first) < 10:
        raise ValueError(f"there are {len(first)} synapses; fewer than 10 cannot tell one geometry from another")
    _check_noise(first, last, noise)
    sizes = log_sizes(first[None], last[None], noise)
    at_candidates = _at(sizes, candidates)
    best = _best(sizes, at_candidates, 1)
    top = float(best.log_likelihood[0])
    deficits = top - at_candidates.log_likelihood
    exponent, drift, log_change = (float(v) for v in best.parameters[0])

    def deficit(p: Array) -> Array:
        begin = np.repeat(best.parameters, len(p), axis=0)
        begin[:, 0] = p
        return np.maximum(top - fit(begin, sizes, free_exponent=False).log_likelihood, 0)

    critical = float(chi2.ppf(level, 1)) / 2
    interval = Interval(*(_end(deficit, exponent, critical, side) for side in (-1, 1)))
    margin = (interval.high - interval.low) / 2
    points = np.linspace(
        max(interval.low - margin, EXPONENT_RANGE[0]), min(interval.high + margin, EXPONENT_RANGE[1]), _PROFILE_POINTS
    )
    weights = np.exp(deficits.min() - deficits)
    accepted = [geometry_name(p) for p, d in zip(candidates, deficits, strict=True) if d <= critical]
    verdict = accepted[0] if len(accepted) == 1 else UNDECIDED if accepted else NONE_OF_THE_CANDIDATES
    return Identification(
        n_synapses=len(first),
        exponent=exponent,
        interval=interval,
        change=float(np.exp(log_change)),
        drift=drift,
        candidates=candidates,
        log_likelihoods=-deficits,
        weights=weights / weights.sum(),
        verdict=verdict,
        profile_exponents=points,
        profile=-deficit(points),
        residuals=normal_scores(at_candidates.parameters, sizes),
        best_residuals=normal_scores(best.parameters, sizes)[0],
    )


def compare_geometries(
    before: Array, after: Array, *, noise: float = 0.0, exponents: Sequence[float] = (1.0, 2.0, 3.0)
) -> Comparison:
    """Return best exponent and likelihood ratios of `identify_geometry` for many samples at once, as in simulations.

    Nothing is refused but shapes: where the noise explains all change, the exponent is arbitrary.

    Args:
        before: `(n_samples, n_synapses)`, positive.
        after: `(n_samples, n_synapses)`, positive.
        noise: As in `identify_geometry`.
        exponents: As in `identify_geometry`.

    Raises:
        ValueError: If the shapes differ or are not two-dimensional, or `exponents` is as in `identify_geometry`.
    """
    candidates = _candidates(exponents)
    if before.ndim != 2 or before.shape != after.shape:
        raise ValueError(f"before is {before.shape} and after {after.shape}; expected (n_samples, n_synapses) twice")
    sizes = log_sizes(before, after, noise)
    n_samples = len(before)
    parts = [_at(sizes, np.full(n_samples, p)) for p in candidates]
    parameters = np.concatenate([part.parameters for part in parts])
    together = Fit(parameters, np.concatenate([part.log_likelihood for part in parts]))
    best = _best(sizes, together, n_samples)
    deficits = best.log_likelihood - together.log_likelihood.reshape(len(candidates), n_samples)
    return Comparison(best.parameters[:, 0], deficits.T)


def _at(sizes: LogSizes, exponents: Array) -> Fit:
    return fit(start(sizes, exponents), sizes, free_exponent=False)


def _best(sizes: LogSizes, at_candidates: Fit, n_samples: int) -> Fit:
    """The fit of the exponent, begun at the best candidate, below which it cannot fall."""
    leading = at_candidates.log_likelihood.reshape(-1, n_samples).argmax(axis=0)
    begin = at_candidates.parameters.reshape(-1, n_samples, 3)[leading, np.arange(n_samples)]
    return fit(begin, sizes, free_exponent=True)


def _end(deficit: Callable[[Array], Array], exponent: float, critical: float, side: int) -> float:
    """Where the profile falls to the critical deficit, on one side of the best exponent."""
    limit = EXPONENT_RANGE[(side + 1) // 2]
    inner, width = exponent, 0.05
    outer = float(np.clip(exponent + side * width, *EXPONENT_RANGE))
    while float(deficit(np.array([outer]))[0]) <= critical:
        if outer == limit:
            return limit
        inner, width = outer, 2 * width
        outer = float(np.clip(exponent + side * width, *EXPONENT_RANGE))

    def excess(p: float) -> float:
        # The root of a deficit is nearly linear in the exponent, and the search for its end nearly immediate.
        return float(np.sqrt(deficit(np.array([p]))[0]) - np.sqrt(critical))

    return float(optimize.brentq(excess, inner, outer, xtol=1e-4 * abs(outer - exponent)))


def _candidates(exponents: Sequence[float]) -> Array:
    candidates = as_array(exponents, np.float64)
    low, high = EXPONENT_RANGE
    inside = (candidates >= low) & (candidates <= high)
    if candidates.ndim != 1 or not len(candidates) or not inside.all() or len(set(candidates)) < len(candidates):
        raise ValueError(f"exponents is {list(exponents)}; pass different ones from {low:g} to {high:g}, at least one")
    return candidates


def _sizes(values: ArrayLike, name: str) -> Array:
    sizes = as_array(values, np.float64)
    if sizes.ndim != 1:
        raise ValueError(f"{name} has shape {sizes.shape}; expected (n_synapses,)")
    wrong = np.flatnonzero(~(np.isfinite(sizes) & (sizes > 0)))
    if len(wrong):
        i = int(wrong[0])
        remedy = "the model conditions on survival" if sizes[i] == 0 else "sizes are positive and measured on both days"
        raise ValueError(f"{name} holds {sizes[i]:g} at synapse {i} (of {len(wrong)} such); leave it out: {remedy}")
    return sizes


def _check_noise(first: Array, last: Array, noise: float) -> None:
    if not 0 <= noise < np.inf:
        raise ValueError(f"noise is {noise}; pass the error of a size as a share of it, 0 or more, such as 0.1")
    ratio = np.log(last / first)
    if np.ptp(ratio) == 0:
        raise ValueError("all synapses changed by the same factor; a geometry shows in how changes differ")
    variance = np.log1p(noise**2)
    # Of the changes it is that of two measurements.
    for spread, what in (
        (ratio.var(ddof=1) / 2, "changes between the days"),
        (np.log(first).var(ddof=1), "sizes before"),
    ):
        if noise and spread <= variance:
            largest = np.sqrt(np.expm1(spread))
            raise ValueError(
                f"noise is {noise}, which explains all spread of the {what}: it cannot be above {largest:.3g} here"
            )
