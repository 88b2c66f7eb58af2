"""Moments of the signal's spectrum, unbiased whatever the noise, and the power law that has them.

An eigenvalue is biased by noise and by few stimuli, and its cross-validated stand-in by badly estimated axes. The sums
of powers of all eigenvalues, `tr(Sigma^k)`, can be estimated without bias from far fewer stimuli than there are voxels
(Kong and Valiant 2017, Annals of Statistics 45), and from two repeats without a trace of noise.
"""

from collections.abc import Iterator
from itertools import combinations
from math import comb
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg.blas import dtrmm
from scipy.optimize import minimize_scalar

from learning_geometry.instruments.arrays import as_array
from learning_geometry.instruments.noise_components import as_responses

Array = NDArray[np.float64]

# Stimuli whose products are formed at once where the Gram matrix of all of them would be the larger way.
_BLOCK = 512
# Exponents that are tried; at the upper end all but the first eigenvalue are gone.
_EXPONENTS = np.linspace(0, 10, 101)


class MomentFit(NamedTuple):
    """The power law `l_i = scale i^-alpha` of given moments; `residual` is the rms misfit of `ln(m_k) / k`."""

    alpha: float
    scale: float
    residual: float


def unbiased_moments(responses: ArrayLike, *, n_moments: int = 4) -> Array:
    """Return unbiased estimates of `tr(Sigma^k)`, where `Sigma` is the covariance of the signal.

    For two repeats with the responses `x` and `y`, the mean over `i < j < ... < l` of
    `(x_i . y_j) (x_j . y_..) ... (x_l . y_i)` has the expectation `tr(Sigma^k)`, because every stimulus appears once in
    each repeat; it is `tr(U^(k-1) G) / binomial(n, k)` with `G = X Y^T` and its strict upper triangle `U` (Kong and
    Valiant 2017). Averaged over all pairs of repeats, in both orders. Noise of any covariance drops out, as long as it
    is independent between repeats.

    The formula wants responses of mean zero. Subtracting the mean would bias the moments by about `k / n`; here every
    stimulus is compared with the mean of those before it instead, which leaves `n_stimuli - 1` uncorrelated rows
    (Helmert contrasts). The result is exactly unbiased for Gaussian responses, and up to `ln(n) / n^2` for others. It
    depends on the order of stimuli, which must not mean anything: shuffle them if it does.

    Args:
        responses: `(n_repeats, n_stimuli, n_voxels)`, at least two repeats.
        n_moments: Number of moments.

    Returns:
        `(n_moments,)`; entry `k - 1` is in the units of `responses` to the power `2 k`. An estimate may be negative
        where there is little signal.

    Raises:
        ValueError: If `responses` is malformed, holds one repeat or values that are not finite, or `n_moments` is not
            between 1 and `n_stimuli - 1`.
    """
    data = as_responses(responses, "responses", least_repeats=2)
    n_repeats, n_stimuli, n_voxels = data.shape
    if not 1 <= n_moments < n_stimuli:
        raise ValueError(f"n_moments is {n_moments}; pass 1 to {n_stimuli - 1}, one less than the number of stimuli")
    totals = np.zeros(n_moments)
    for x, y in combinations([_contrasts(repeat) for repeat in data], 2):
        # A power of the triangle costs n^3 operations, one of blocks 4 n p^2 and a little more.
        if n_voxels * 4 < n_stimuli:
            orders = _cycles_of_blocks(x, y, n_moments), _cycles_of_blocks(y, x, n_moments)
        else:
            gram = (x @ y.T).astype(np.float64)
            turned = np.ascontiguousarray(gram.T)
            orders = _cycles(gram, turned, n_moments), _cycles(turned, gram, n_moments)
        totals += [sum(both) for both in zip(*orders, strict=True)]
    n_cycles = [comb(n_stimuli - 1, k) for k in range(1, n_moments + 1)]
    return totals / (n_repeats * (n_repeats - 1)) / n_cycles


def moment_alpha(moments: ArrayLike, *, n_dimensions: int) -> MomentFit:
    """Fit the power law `l_i = scale i^-alpha`, `i = 1 .. n_dimensions`, to moments `m_k = sum_i l_i^k`.

    Least squares on `ln(m_k) / k`, which are of one order of magnitude, for exponents between 0 and 10; our
    operationalisation of fitting moments rather than eigenvalues (Pospisil and Pillow 2025, PNAS). It is accurate if
    the spectrum is a power law, and a summary otherwise, of which the residual is but a weak sign.

    Args:
        moments: `(n_moments,)`, at least two, as `unbiased_moments` returns them.
        n_dimensions: Number of dimensions of the signal, such as the number of voxels. Of little influence if `alpha`
            exceeds one.

    Raises:
        ValueError: If there are fewer than two moments, one is not finite and positive, or `n_dimensions` is less than
            two.
    """
    values = _positive(moments)
    if n_dimensions < 2:
        raise ValueError(f"n_dimensions is {n_dimensions}; pass the number of voxels or another, at least 2")
    orders = np.arange(1, len(values) + 1)
    log_ranks = np.log(np.arange(1, n_dimensions + 1))
    target = np.log(values) / orders

    def misfit(alpha: float) -> Array:
        of_scale_one = np.log(np.exp(-alpha * orders[:, None] * log_ranks).sum(axis=1)) / orders
        return target - of_scale_one

    # The variance of the misfit is what no scale can take away. A grid first: it may have more than one minimum.
    coarse = _EXPONENTS[np.argmin([misfit(alpha).var() for alpha in _EXPONENTS])]
    step = _EXPONENTS[1]
    bounds = (max(coarse - step, 0.0), min(coarse + step, _EXPONENTS[-1]))
    alpha = minimize_scalar(lambda a: misfit(a).var(), bounds=bounds, method="bounded", options={"xatol": 1e-9}).x
    left = misfit(alpha)
    return MomentFit(float(alpha), float(np.exp(left.mean())), float(left.std()))


def signal_dimension(moments: ArrayLike) -> float:
    """Return the participation ratio of the signal, `m_1^2 / m_2`, an effective number of dimensions without noise.

    Args:
        moments: `(n_moments,)`, at least two, as `unbiased_moments` returns them.

    Raises:
        ValueError: If there are fewer than two moments, or one is not finite and positive.
    """
    values = _positive(moments)
    return float(values[0] ** 2 / values[1])


def _contrasts(repeat: NDArray[Any]) -> NDArray[Any]:
    """Return each stimulus but the first minus the mean of those before it, scaled to the variance of a stimulus."""
    before = np.arange(1, len(repeat))[:, None]
    # The first is subtracted from all for the digits that a large mean would cost.
    rows = (repeat - repeat[:1]).astype(np.float64)
    means = np.cumsum(rows[:-1], axis=0) / before
    return ((rows[1:] - means) * np.sqrt(before / (before + 1))).astype(repeat.dtype)


def _cycles(gram: Array, turned: Array, n_moments: int) -> Iterator[float]:
    """Yield the sum over increasing cycles of each length, `tr(U^(k-1) G)`, of the matrix `G` and its transpose."""
    yield float(np.trace(gram))
    upper = np.triu(gram, 1)
    power = upper
    for k in range(2, n_moments + 1):
        if k > 2:
            # The triangle times its power, all transposed because BLAS counts along columns.
            power = dtrmm(1.0, upper.T, power.T, side=1, lower=1).T
        yield float(np.vdot(power, turned))


def _cycles_of_blocks(x: NDArray[Any], y: NDArray[Any], n_moments: int) -> Iterator[float]:
    """Yield what `_cycles` yields of `X Y^T`, as `<Y, U^(k-1) X>`, without forming that matrix."""
    power = x.astype(np.float64)
    yield float(np.vdot(y, power))
    for _ in range(2, n_moments + 1):
        product = np.empty_like(power)
        later = np.zeros((x.shape[1], x.shape[1]))
        for start in reversed(range(0, len(x), _BLOCK)):
            block = slice(start, start + _BLOCK)
            within = np.triu(x[block] @ y[block].T, 1)
            product[block] = within @ power[block] + x[block] @ later
            later += y[block].T @ power[block]
        power = product
        yield float(np.vdot(y, power))


def _positive(moments: ArrayLike) -> Array:
    values = as_array(moments, np.float64)
    if values.ndim != 1 or len(values) < 2 or not np.isfinite(values).all():
        raise ValueError(f"moments is {values}; pass at least two finite moments, as unbiased_moments returns them")
    if values.min() <= 0:
        raise ValueError(
            f"moment {np.argmax(values <= 0) + 1} is {values[values <= 0][0]:.3g}, not positive: the signal is too weak "
            "for it; take fewer moments, or more stimuli or repeats"
        )
    return values
