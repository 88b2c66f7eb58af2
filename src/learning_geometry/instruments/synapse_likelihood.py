"""How likely a synapse's later size is given its earlier one, under any geometry of plasticity: density and best fit.

A geometry is an exponent p: a potential whose curvature at the size w is `w^(p - 2)` and whose dual image of w is
`T(w) = (w^(p - 1) - 1) / (p - 1)`, or `log w` at p = 1. The model is `T(after) = T(before) + N(drift, change^2)`, given
that the synapse survives, `after > 0`. Sizes are positive and in units of the geometric mean of those before, so that
`change` is the root mean square relative change of a synapse of that size. T is the transform of Box and Cox (1964,
J. R. Stat. Soc. B 26) with the parameter p - 1; that it may be estimated here is our operationalisation of Pogodin et al.
(2024, arXiv:2305.19394), who compare given potentials.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

Array = NDArray[np.float64]

# Exponents are sought between these ends. Fits: exponent, drift, log of change.
EXPONENT_RANGE = (-1.0, 5.0)

_ROUNDS = 4  # of the search for the true sizes: at 20 % noise, further ones move the exponent by less than 0.01
_FARTHEST = 5.0  # standard deviations of noise by which a true size may differ from the measured one
_STEP = 1e-3  # of the finite differences; the fit needs no more than a few digits of the derivatives
_BLOCK = 32_768  # sizes at a time, so that the arrays stay in the cache
_LEAST_GAIN = 1e-4  # nats: a step that promises less is the last one


class LogSizes(NamedTuple):
    """Logarithms of paired sizes, with what is known of the error of each; one row for each sample.

    `before` is the expected logarithm of the true size given the measured one, and `variance_before` what remains
    uncertain of it; `after` is measured, with the variance `variance_after`.
    """

    before: Array
    after: Array
    variance_before: Array
    variance_after: float

    def rows(self, chosen: NDArray[np.intp] | slice) -> "LogSizes":
        """The chosen samples; a single one serves for all."""
        if len(self.before) == 1:
            return self
        return LogSizes(self.before[chosen], self.after[chosen], self.variance_before[chosen], self.variance_after)


class Fit(NamedTuple):
    """Exponent, drift and log of change `(n_samples, 3)`, and their log-likelihoods `(n_samples,)` in nats."""

    parameters: Array
    log_likelihood: Array


def log_sizes(before: Array, after: Array, noise: float = 0.0) -> LogSizes:
    """Return logarithms of sizes in units of the geometric mean before, and the errors that `noise` leaves in them.

    Noise multiplies each size by an independent log-normal factor of that coefficient of variation. A large measured size
    is then likelier to be too large than too small; the expected true size is nearer to the mean by the share of the
    variance of `log before` that is noise, as if true sizes were log-normal.

    Args:
        before: `(n_samples, n_synapses)`, positive.
        after: `(n_samples, n_synapses)`, positive.
        noise: Standard deviation of the error of a size, as a share of the size.
    """
    first, last = np.log(before), np.log(after)
    unit = first.mean(axis=1, keepdims=True)
    first, last = first - unit, last - unit
    variance = float(np.log1p(noise**2))
    if variance == 0:
        return LogSizes(first, last, np.zeros_like(unit), 0.0)
    kept = 1 - np.minimum(variance / first.var(axis=1, keepdims=True), 0.99)
    return LogSizes(kept * first, last, variance * kept, variance)


def dual_power(exponent: Array | float) -> Array:
    """Return p - 1, of which 0 stands for a number so small that no formula needs a case of its own."""
    power = np.asarray(exponent, dtype=np.float64) - 1
    return np.where(np.abs(power) < 1e-8, 1e-8, power)


def dual_size(log_size: Array, exponent: Array | float) -> Array:
    """Return `(w^(p - 1) - 1) / (p - 1)` of sizes given by their logarithms; the logarithm itself at p = 1."""
    power = dual_power(exponent)
    return np.expm1(power * log_size) / power


def log_density(parameters: Array, sizes: LogSizes) -> Array:
    """Return the log density `(n_samples, n_synapses)` of the logarithm of each later size given the earlier one.

    Without noise it is the model's, constants left out. With noise it is integrated over the two true sizes by Laplace's
    approximation: about the likeliest ones, which a Gauss-Newton search finds, since in terms of their logarithms all is
    Gaussian but T. To take noise as a variance that adds to `change^2` at the measured sizes would be the first round of
    that search; it underestimates a 3-norm.

    Args:
        parameters: `(n_samples, 3)`: exponent, drift and log of change of each sample.
        sizes: One row for each sample, or one for all.
    """
    power, drift, log_change = dual_power(parameters[:, :1]), parameters[:, 1:2], parameters[:, 2:]
    if sizes.variance_after == 0:
        begin = np.exp(power * sizes.before)
        miss = ((np.exp(power * sizes.after) - begin) / power - drift) / np.exp(log_change)
        log_joint = -(miss**2) / 2 - log_change + power * sizes.after
    else:
        log_joint, begin = _marginal(power, drift, np.exp(2 * log_change), sizes)
    return log_joint - log_ndtr((begin / np.abs(power) + np.sign(power) * drift) / np.exp(log_change))


def start(sizes: LogSizes, exponents: Array) -> Array:
    """Return parameters `(n_samples, 3)` to begin a fit with, for the exponent of each sample."""
    changes = dual_size(sizes.after, exponents[:, None]) - dual_size(sizes.before, exponents[:, None])
    variance = changes.var(axis=1)
    if sizes.variance_after:
        # Noise inflates the changes of large synapses, those of a typical one far less.
        typical = (np.median(np.abs(changes), axis=1) / 0.6745) ** 2
        variance = np.maximum(typical - 2 * sizes.variance_after, np.maximum(typical / 10, variance / 1000))
    return np.stack([exponents, np.zeros(len(changes)), np.log(variance) / 2], axis=1)


def fit(parameters: Array, sizes: LogSizes, *, free_exponent: bool) -> Fit:
    """Return the parameters of maximum likelihood, sample by sample, found by Newton's method from those given.

    Args:
        parameters: `(n_samples, 3)`: where to begin.
        sizes: One row for each sample, or one for all.
        free_exponent: Whether the exponent is fitted, or kept.
    """
    rows = max(1, _BLOCK // sizes.before.shape[1])
    parts = []
    for first in range(0, len(parameters), rows):
        chosen = slice(first, first + rows)
        parts.append(_newton(parameters[chosen].copy(), sizes.rows(chosen), [0, 1, 2] if free_exponent else [1, 2]))
    return Fit(np.concatenate([p for p, _ in parts]), np.concatenate([value for _, value in parts]))


def _likeliest(power: Array, drift: Array, variance: Array, sizes: LogSizes) -> tuple[Array, Array, Array, Array]:
    """The likeliest logarithms of the true sizes after and before, the measured one shifted, and the share of change.

    The density of the later size has the factor `after^(p - 1)`, which shifts the likeliest size. Where the change
    outweighs the noise this is right; where the noise does, the later size is as good as known from the earlier one and
    the factor belongs to it. So it is split by the share that the change has in the variance.
    """
    x, y = sizes.after, sizes.before
    reach, reach_before = (_FARTHEST * np.sqrt(v) for v in (sizes.variance_after, sizes.variance_before))
    for _ in range(_ROUNDS):
        end, begin = np.exp(power * x), np.exp(power * y)
        total = variance + sizes.variance_after * end**2 + sizes.variance_before * begin**2
        share = variance / total
        shifted = sizes.after + share * power * sizes.variance_after
        miss = (end - begin) / power - drift + end * (shifted - x) - begin * (sizes.before - y)
        x = shifted - np.clip(sizes.variance_after * end * miss / total, -reach, reach)
        y = sizes.before + np.clip(sizes.variance_before * begin * miss / total, -reach_before, reach_before)
    return x, y, shifted, share


def _marginal(power: Array, drift: Array, variance: Array, sizes: LogSizes) -> tuple[Array, Array]:
    """Log density integrated over the true sizes, but for survival, and the likeliest `before^(p - 1)`."""
    x, y, shifted, share = _likeliest(power, drift, variance, sizes)
    of_x, of_y = sizes.variance_after, sizes.variance_before
    end, begin = np.exp(power * x), np.exp(power * y)
    miss = (end - begin) / power - drift
    squares = miss**2 / variance + (x - shifted) ** 2 / of_x + (y - sizes.before) ** 2 / of_y
    # The determinant of the second derivatives, times the three variances; `bend` is what the curvature of T adds.
    bend_x, bend_y = miss * power * end, -miss * power * begin
    mixed = bend_x * begin**2 + bend_y * end**2 + bend_x * bend_y
    straight = variance + of_x * end**2 + of_y * begin**2
    volume = np.maximum(straight + of_x * bend_x + of_y * bend_y + of_x * of_y * mixed / variance, straight / 10)
    tilt = share * power
    jacobian = tilt * sizes.after + tilt**2 * of_x / 2 + (1 - share) * power * x
    return jacobian - (squares + np.log(volume)) / 2, begin


def _newton(parameters: Array, sizes: LogSizes, free: list[int]) -> tuple[Array, Array]:
    lowest = np.log(np.maximum(np.exp(parameters[:, 2]) * 1e-3, 0.02 * np.sqrt(sizes.variance_after)))
    low = np.stack([np.full(len(parameters), EXPONENT_RANGE[0]), np.full(len(parameters), -np.inf), lowest], axis=1)
    high = np.array([EXPONENT_RANGE[1], np.inf, np.inf])
    best = log_density(parameters, sizes).sum(axis=1)
    damping = np.zeros(len(parameters))
    active = np.arange(len(parameters))
    for _ in range(60):
        here, at = parameters[active], sizes.rows(active)
        scale = np.ones_like(here)
        scale[:, 1] = np.exp(here[:, 2])  # drift is of the order of change
        gradient, curvature = _derivatives(here, best[active], at, scale[:, free], free)
        # At an end of its range a parameter that pushes outwards is left out.
        stuck = (here <= low[active])[:, free] & (gradient < 0) | (here >= high)[:, free] & (gradient > 0)
        gradient[stuck] = 0
        curvature[stuck] = 0
        curvature.swapaxes(1, 2)[stuck] = 0
        # Each parameter in a unit of its own: the exponent may be a thousand times less certain than the others.
        unit = 1 / np.sqrt(np.abs(np.diagonal(curvature, axis1=1, axis2=2)) + 1e-12)
        values, vectors = np.linalg.eigh(curvature * unit[:, :, None] * unit[:, None, :])
        values = np.maximum(np.abs(values), 1e-6) + damping[active, None]
        step = unit * np.einsum("bij,bkj,bk->bi", vectors / values[:, None], vectors, unit * gradient)
        moved = here.copy()
        moved[:, free] += scale[:, free] * np.clip(step, -1, 1)
        moved = np.clip(moved, low[active], high)
        found = log_density(moved, at).sum(axis=1)
        better = found > best[active]
        parameters[active[better]], best[active[better]] = moved[better], found[better]
        damping[active] = np.where(better, damping[active] / 10, np.maximum(damping[active], 1e-3) * 10)
        finished = ((gradient * step).sum(axis=1) < _LEAST_GAIN) | (damping[active] > 1e6)
        active = active[~finished]
        if not len(active):
            break
    return parameters, best


def _derivatives(here: Array, value: Array, sizes: LogSizes, scale: Array, free: list[int]) -> tuple[Array, Array]:
    """Gradient and negative second derivatives of the log-likelihood in units of `scale`, by finite differences."""
    steps = np.zeros((len(free), *here.shape))
    for i, parameter in enumerate(free):
        steps[i, :, parameter] = _STEP * scale[:, i]
    ahead = [log_density(here + step, sizes).sum(axis=1) for step in steps]
    behind = [log_density(here - step, sizes).sum(axis=1) for step in steps]
    gradient = np.stack([(a - b) / (2 * _STEP) for a, b in zip(ahead, behind, strict=True)], axis=1)
    curvature = np.empty((len(here), len(free), len(free)))
    for i in range(len(free)):
        curvature[:, i, i] = (2 * value - ahead[i] - behind[i]) / _STEP**2
        for j in range(i):
            both = log_density(here + steps[i] + steps[j], sizes).sum(axis=1)
            curvature[:, i, j] = curvature[:, j, i] = (ahead[i] + ahead[j] - both - value) / _STEP**2
    return gradient, curvature
