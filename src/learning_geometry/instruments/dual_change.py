"""Is the change of weights Gaussian in the dual space? Statistics that tell one geometry of learning from another.

Mirror descent adds to the dual image of each weight a sum over the training data, which is Gaussian where they are many.
Under the right potential the dual change is therefore Gaussian; under a wrong one it is not. Each statistic comes with its
`_floor`, the mean that exactly Gaussian changes give, and its `_critical`, which they exceed (of W: stay below) at a
given rate; both are functions of the number of weights.

Source: Pogodin et al. (2024, arXiv:2305.19394) and their official code, unless a function names another one.
"""

from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special

from learning_geometry.instruments.arrays import as_array
from learning_geometry.instruments.potentials import NegativeEntropy, PNorm, Potential

Array = NDArray[np.float64]

_GRID = np.linspace(-5, 5, 1000)
_STEP = _GRID[1] - _GRID[0]
_GAUSSIAN = special.ndtr(_GRID)

# Royston (1995), Applied Statistics 44, algorithm AS R94: the two outermost weights of W as polynomials of n^(-1/2),
# coefficients from the highest power down.
_OUTERMOST = (-2.706056, 4.434685, -2.07119, -0.147981, 0.221157, 0.0)
_SECOND = (-3.582633, 5.682633, -1.752461, -0.293762, 0.042981, 0.0)


def dual_change(before: ArrayLike, after: ArrayLike, potential: Potential) -> Array:
    """Return the change of weights in the dual space of a potential, `dual(after) - dual(before)`.

    Under the negative entropy, `sign(w) (log |w| + 1)`, weights that have changed sign are treated as the official code
    treats them: the formula holds for both.

    Args:
        before: `(..., n_weights)`.
        after: The same weights later, `(..., n_weights)`.
        potential: The geometry that is supposed.

    Raises:
        ValueError: If the shapes differ, a weight is not finite, or one is zero under the negative entropy, which has no
            dual image of zero.
    """
    first, last = _paired(before, after)
    if isinstance(potential, NegativeEntropy):
        zeros = int(np.count_nonzero((first == 0) | (last == 0)))
        if zeros:
            raise ValueError(
                f"{zeros} weights are zero, of which the negative entropy has no dual image; leave them out"
            )
    return potential.dual(last) - potential.dual(first)


def cdf_distance(change: ArrayLike) -> Array:
    """Return the area between the cumulative distribution of dual changes and that of a Gaussian.

    `sum_k |F(x_k) - Phi(x_k)| dx` over 1000 points from -5 to 5, where F is the share of changes below `x_k` after division
    by their standard deviation (`ddof=1`); their mean is not removed ("cdf_uncentered" of the official code). It is the
    Wasserstein distance of order one to the standard Gaussian, but for what lies beyond five.

    Args:
        change: `(..., n_weights)`, at least two weights.

    Returns:
        `(...)`: one number for each row.

    Raises:
        ValueError: If there are fewer than two weights, one is not finite, or all are equal.
    """
    values = _varying(change)
    scaled = values / values.std(axis=-1, ddof=1, keepdims=True)
    rows = scaled.reshape(-1, scaled.shape[-1])
    # The first grid point above each change: how many changes have theirs at k or before is how many lie below x_k.
    above = np.searchsorted(_GRID, rows, side="right")
    width = len(_GRID) + 1
    above += width * np.arange(len(rows))[:, None]
    counts = np.bincount(above.ravel(), minlength=width * len(rows)).reshape(len(rows), width)
    cumulative = counts[:, :-1].cumsum(axis=1) / rows.shape[1]
    distances: Array = np.abs(cumulative - _GAUSSIAN).sum(axis=1) * _STEP
    return distances.reshape(scaled.shape[:-1])[()]


def cdf_distance_floor(n: int) -> float:
    """Return the mean of `cdf_distance` over samples of n exactly Gaussian changes: 1.185 / sqrt(n).

    It is the large-sample value, `sqrt(2 / pi) int sqrt(Phi (1 - Phi) - x^2 phi^2 / 2) dx / sqrt(n)`: the empirical
    distribution, its scale but not its mean fitted, is a Gaussian process (our derivation; Durbin 1973). Monte Carlo means
    lie within 1.5 % of it from n = 10 on, and 8 % above it at n = 5.

    Raises:
        ValueError: If n is below 5.
    """
    _check_size(n)
    density = np.exp(-(_GRID**2) / 2) / np.sqrt(2 * np.pi)
    variance = _GAUSSIAN * (1 - _GAUSSIAN) - (_GRID * density) ** 2 / 2
    return float(np.sqrt(2 / np.pi) * np.sqrt(variance).sum() * _STEP / np.sqrt(n))


def cdf_distance_critical(n: int, *, level: float = 0.05) -> float:
    """Return what `cdf_distance` of n exactly Gaussian changes exceeds with probability `level`.

    Of 20,000 simulated samples, always the same ones; beyond 100 changes those of 100, scaled by 1 / sqrt(n). At the level
    of 0.05 it is about 2.09 / sqrt(n), with a standard error of 0.5 %, and at most 1 % too large for large n.

    Raises:
        ValueError: If n is below 5, or `level` is not between 0.001 and 1.
    """
    _check_size(n)
    _check_level(level)
    simulated = min(n, 100)
    return float(np.quantile(_simulated_distances(simulated), 1 - level) * np.sqrt(simulated / n))


def shapiro_wilk(change: ArrayLike) -> Array:
    """Return the Shapiro-Wilk statistic W of dual changes: one for what looks exactly Gaussian, smaller for all else.

    As `scipy.stats.shapiro` computes it (Royston 1995, AS R94), for many samples at once.

    Args:
        change: `(..., n_weights)`, at least five weights.

    Returns:
        `(...)`: one number for each row, above 0 and at most 1.

    Raises:
        ValueError: If there are fewer than five weights, one is not finite, or all are equal.
    """
    values = np.sort(_varying(change), axis=-1)
    n = values.shape[-1]
    _check_size(n)
    centred = values - values.mean(axis=-1, keepdims=True)
    statistic: Array = (centred @ _shapiro_weights(n)) ** 2 / (centred**2).sum(axis=-1)
    return np.minimum(statistic, 1.0)


def shapiro_wilk_floor(n: int) -> float:
    """Return the mean of `shapiro_wilk` over samples of n exactly Gaussian changes.

    Of the distribution of W that Royston (1995) fitted, as are the p-values of scipy; right to 0.002.

    Raises:
        ValueError: If n is below 5, or above 5000, where the fit ends; take the W of a random part of the weights.
    """
    _check_size(n, most=5000)
    scores = special.ndtri((np.arange(2000) + 0.5) / 2000)
    return float(_shapiro_quantile(n, scores).mean())


def shapiro_wilk_critical(n: int, *, level: float = 0.05) -> float:
    """Return the W below which n exactly Gaussian changes stay with probability `level`: where scipy's p-value is `level`.

    Raises:
        ValueError: If n is below 5 or above 5000, where Royston's fit ends, or `level` is not between 0.001 and 1.
    """
    _check_size(n, most=5000)
    _check_level(level)
    return float(_shapiro_quantile(n, np.array(special.ndtri(1 - level))))


def log_likelihood(before: ArrayLike, after: ArrayLike, potential: Potential) -> float:
    """Return the log-likelihood of the later weights if their dual changes are Gaussian, in nats.

    `-n/2 log(2 pi s^2) - n/2 + sum log curvature(after)`, where `s^2` is the variance of the dual changes about their
    mean, both at maximum likelihood. The last term, the Jacobian, makes it a density of the weights themselves, so that
    potentials can be compared by it, whatever the unit of the weights. Where all initial weights are equal and positive it
    is the likelihood of Box and Cox (1964, J. R. Stat. Soc. B 26) with the parameter p - 1, and the negative entropy is
    their logarithm. Our operationalisation: the paper has no likelihood.

    Args:
        before: `(n_weights,)`, at least two.
        after: The same weights later, `(n_weights,)`.
        potential: The geometry that is supposed.

    Returns:
        Minus infinity if the potential excludes the change: under the negative entropy no weight changes sign, comes from
        zero or goes there.

    Raises:
        ValueError: If the shapes differ, are not `(n_weights,)`, a weight is not finite, all dual changes are equal, or a
            weight is zero and has no finite density there: a later one unless p = 2, or both under the negative entropy.
    """
    first, last = _paired(before, after)
    if first.ndim != 1:
        raise ValueError(f"before and after have shape {first.shape}; expected (n_weights,)")
    if isinstance(potential, NegativeEntropy):
        excluded = np.sign(first) != np.sign(last)
        if excluded.any():
            return -np.inf
    elif potential != PNorm(2.0) and not last.all():
        zeros = int(np.count_nonzero(last == 0))
        raise ValueError(
            f"{zeros} weights are zero afterwards, where the density under the {potential.name} is not finite; "
            "leave them out"
        )
    change = _varying(dual_change(first, last, potential))
    return float(
        -len(change) / 2 * (np.log(2 * np.pi * change.var()) + 1) + np.log(potential.curvature(last)).sum(),
    )


def log_likelihood_floor(n: int) -> float:
    """Return the mean gain in `log_likelihood` from fitting mean and variance to n exactly Gaussian changes, in nats.

    `n/2 (log(n/2) - digamma((n - 1) / 2))`, exactly; one nat for large n.

    Raises:
        ValueError: If n is below 5.
    """
    _check_size(n)
    return float(n / 2 * (np.log(n / 2) - special.digamma((n - 1) / 2)))


def log_likelihood_critical(n: int, *, level: float = 0.05) -> float:
    """Return the gain that fitting mean and variance to n exactly Gaussian changes exceeds with probability `level`.

    Of the exact distribution, integrated numerically to within 1e-3 nats; `-log(level)` for large n.

    Raises:
        ValueError: If n is below 5, or `level` is not between 0.001 and 1.
    """
    _check_size(n)
    _check_level(level)
    # The gain is (Q - n - n log(Q / n)) / 2 + Z^2 / 2, with Q chi-square of n - 1 degrees and Z Gaussian.
    squares = special.chdtri(n - 1, (np.arange(20_000) + 0.5) / 20_000)
    of_variance = (squares - n - n * np.log(squares / n)) / 2

    def excess(gain: float) -> float:
        rest = np.sqrt(2 * np.maximum(gain - of_variance, 0))
        return float(2 * special.ndtr(-rest).mean() - level)

    return float(optimize.brentq(excess, 0, 1e3))


def _shapiro_weights(n: int) -> Array:
    scores = special.ndtri((np.arange(1, n + 1) - 0.375) / (n + 0.25))
    total = float(scores @ scores)
    weights = scores / np.sqrt(total)
    fitted = (_OUTERMOST,) if n == 5 else (_OUTERMOST, _SECOND)
    inner = weights[len(fitted) : n - len(fitted)]
    for i, polynomial in enumerate(fitted):
        weights[n - 1 - i] += np.polyval(polynomial, n**-0.5)
        weights[i] = -weights[n - 1 - i]
    outer = 2 * sum(float(weights[i] ** 2) for i in range(len(fitted)))
    inner *= np.sqrt((1 - outer) / (inner @ inner))
    return weights


def _shapiro_quantile(n: int, score: Array) -> Array:
    """The W of a Gaussian sample whose transform has this normal score; large scores are small W (Royston 1995)."""
    if n < 12:
        mean = np.polyval((-0.6714e-3, 0.025054, -0.39978, 0.544), n)
        spread = np.exp(np.polyval((-0.0020322, 0.062767, -0.77857, 1.3822), n))
        return 1 - np.exp(0.459 * n - 2.273 - np.exp(-(mean + spread * score)))
    mean = np.polyval((0.0038915, -0.083751, -0.31082, -1.5861), np.log(n))
    spread = np.exp(np.polyval((0.0030302, -0.082676, -0.4803), np.log(n)))
    return 1 - np.exp(mean + spread * score)


@cache
def _simulated_distances(n: int) -> Array:
    rng = np.random.default_rng(0)
    return np.concatenate([cdf_distance(rng.standard_normal((1000, n))) for _ in range(20)])


def _paired(before: ArrayLike, after: ArrayLike) -> tuple[Array, Array]:
    first, last = as_array(before, np.float64), as_array(after, np.float64)
    if first.shape != last.shape:
        raise ValueError(f"before has shape {first.shape} and after {last.shape}; pass the same weights twice")
    if not (np.isfinite(first).all() and np.isfinite(last).all()):
        raise ValueError("before or after is not finite somewhere; leave out weights that were not measured twice")
    return first, last


def _varying(change: ArrayLike) -> Array:
    values = as_array(change, np.float64)
    if values.ndim == 0 or values.shape[-1] < 2:
        raise ValueError(f"change has shape {values.shape}; expected (..., n_weights), at least 2 weights")
    if not np.isfinite(values).all():
        raise ValueError("change is not finite somewhere; leave out weights that were not measured twice")
    if np.any(values.max(axis=-1) == values.min(axis=-1)):
        raise ValueError(f"all {values.shape[-1]} changes of a row are equal; a distribution needs weights that differ")
    return values


def _check_size(n: int, *, most: int | None = None) -> None:
    if n < 5 or (most is not None and n > most):
        limits = "at least 5" if most is None else f"5 to {most}"
        raise ValueError(f"there are {n} weights; the reference values need {limits} (draw a random part of too many)")


def _check_level(level: float) -> None:
    if not 0.001 <= level < 1:
        raise ValueError(f"level is {level}; pass a probability from 0.001 to 1, such as 0.05")
