"""The eigenvalue spectrum of a representation: how many dimensions it fills, and how fast its variance decays.

Two effective ranks go by the name of RankMe and give different numbers, so `rankme` asks which one is meant. The
spectrum is taken from features at hand (`eigenspectrum`) or from a stream of them (`StreamingCovariance`). Noisy
responses with repeats have spectra of their own in `cross_validation`, and the moments of the signal's spectrum here.
"""

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from learning_geometry.instruments.arrays import as_array
from learning_geometry.instruments.spectrum_moments import (
    MomentFit,
    moment_alpha,
    signal_dimension,
    unbiased_moments,
)
from learning_geometry.instruments.spectrum_shape import (
    binned,
    change_of_slope,
    curvature,
    geometric_bins,
    local_slopes,
)
from learning_geometry.instruments.streaming import StreamingCovariance, as_matrix

__all__ = [
    "MomentFit",
    "PowerLawFit",
    "StreamingCovariance",
    "binned",
    "change_of_slope",
    "curvature",
    "eigenspectrum",
    "geometric_bins",
    "local_slopes",
    "moment_alpha",
    "participation_ratio",
    "power_law",
    "rankme",
    "signal_dimension",
    "unbiased_moments",
]

Array = NDArray[np.float64]

# Added to every share by both papers that define a RankMe, for the logarithm of zero.
_EPSILON = 1e-7
# What `eigenspectrum` makes of an eigenvalue of zero is below this share of the largest (measured up to 2048 features).
_FLOOR = 1e-15


class PowerLawFit(NamedTuple):
    """A power law `l_i = c i^-alpha` fitted to the eigenvalues of the given ranks; `r2` is the weighted R squared."""

    alpha: float
    r2: float
    ranks: tuple[int, int]


def eigenspectrum(features: ArrayLike, *, center: bool = True) -> Array:
    """Return the eigenvalues of the covariance of `features`, in float64 and descending.

    The smaller of the covariance and the Gram matrix is decomposed, formed from features that were centred in float64.
    It resolves eigenvalues down to about 1e-15 of the largest; those that rounding makes negative are returned as zero.

    Args:
        features: `(n_samples, n_features)`.
        center: Whether to subtract the feature means. If so the divisor is `n_samples - 1`, the covariance; if not it
            is `n_samples`, the second moment.

    Returns:
        `(min(n_samples, n_features),)`, in the squared units of `features`.

    Raises:
        ValueError: If `features` is not a real, finite matrix of at least one feature and, when centred, two samples.
    """
    matrix = as_matrix(features, "features", least_rows=2 if center else 1).astype(np.float64, copy=False)
    n_samples, n_features = matrix.shape
    if center:
        matrix = matrix - matrix.mean(axis=0)
    # One buffer on both sides, for which numpy calls SYRK: half the work of GEMM, and exact symmetry.
    product = matrix.T @ matrix if n_features <= n_samples else matrix @ matrix.T
    eigenvalues: Array = np.linalg.eigvalsh(product)[::-1] / (n_samples - 1 if center else n_samples)
    return eigenvalues.clip(min=0.0)


def participation_ratio(eigenvalues: ArrayLike) -> float:
    """Return the participation ratio `(sum l)^2 / sum l^2` of eigenvalues `l`, an effective number of dimensions.

    It is one when a single eigenvalue differs from zero and `n` when `n` are equal, whatever their scale.

    Args:
        eigenvalues: `(n_eigenvalues,)`, none negative, in any order.

    Raises:
        ValueError: If `eigenvalues` is not one-dimensional, is negative or not finite somewhere, or is zero throughout.
    """
    values = _relative(eigenvalues)
    return float(values.sum() ** 2 / (values**2).sum())


def rankme(eigenvalues: ArrayLike, *, of: Literal["eigenvalues", "singular_values"]) -> float:
    """Return RankMe, `exp(-sum p ln p)` with `p = x / sum x + 1e-7`, an effective number of dimensions.

    Two definitions share the name, and `of` says which `x` is meant:

    - "eigenvalues" of the covariance, of centred features: Li et al. (2025, arXiv:2509.23024);
    - "singular_values" of the features, their square roots: Garrido et al. (2023, arXiv:2210.02885), who do not centre,
      so that their RankMe is that of `eigenspectrum(features, center=False)`.

    Of the same eigenvalues the second is never the smaller one; but a large mean, if it is not removed, is one large
    singular value more, and lowers it. Both are one when a single eigenvalue differs from zero and `n` when `n` are
    equal, up to the 1e-7, which adds about 1.6e-6 of the value for each eigenvalue of zero.

    Args:
        eigenvalues: `(n_eigenvalues,)`, none negative, in any order; all of them, since shares are of their sum.
        of: "eigenvalues" or "singular_values"; the argument is eigenvalues either way.

    Raises:
        ValueError: If `of` is neither, or `eigenvalues` is not one-dimensional, is negative or not finite somewhere, or
            is zero throughout.
    """
    if of not in ("eigenvalues", "singular_values"):
        raise ValueError(
            f"of is {of!r}; choose 'eigenvalues' (Li et al. 2025) or 'singular_values' (Garrido et al. 2023)"
        )
    values = _relative(eigenvalues)
    x = values if of == "eigenvalues" else np.sqrt(values)
    p = x / x.sum() + _EPSILON
    return float(np.exp(-(p * np.log(p)).sum()))


def power_law(eigenvalues: ArrayLike, *, ranks: tuple[int, int]) -> PowerLawFit:
    """Fit a power law `l_i = c i^-alpha` to the eigenvalues of a window of ranks.

    `ln l_i` is regressed on `ln i` by least squares with weights `1 / i`, so that each octave of ranks weighs the same
    (Stringer et al. 2019, Nature 571). The R squared has the same weights and the same window; that of a flat window,
    which the fit meets exactly, is one.

    A cross-validated spectrum is fitted as it is, as Stringer et al. do: its values belong to the ranks of the axes
    that they were scored on, need not descend, and may be negative outside the window. Sorting them would make a decay
    of noise.

    Args:
        eigenvalues: `(n_eigenvalues,)`, in the order of their ranks, as `eigenspectrum` and `cvpca` return them.
        ranks: First and last rank of the window, counted from one, both included, at least three ranks. Li et al.
            (2025) take (12, 100).

    Raises:
        ValueError: If `eigenvalues` is malformed or ascends, or the window has fewer than three ranks, leaves the
            spectrum, or holds values that are not positive or below 1e-15 of the largest, which rounding has made.
    """
    values = _finite(eigenvalues)
    if np.all(np.diff(values) >= 0) and values[0] < values[-1]:
        raise ValueError("eigenvalues ascend; pass them from the first rank on, those of a covariance from the largest")
    first, last = ranks
    if not 1 <= first <= last - 2:
        raise ValueError(f"ranks is {ranks}; pass the first and the last rank, counted from 1, of at least 3 ranks")
    if last > len(values):
        raise ValueError(f"ranks is {ranks}, but there are {len(values)} eigenvalues; end the window there or earlier")
    missing = first + np.flatnonzero(values[first - 1 : last] < _FLOOR)
    if len(missing):
        named = ", ".join(map(str, missing[:5])) + ", ..." * (len(missing) > 5)
        raise ValueError(
            f"ranks is {ranks}, but values there are negative, or zero up to rounding (below {_FLOOR} of the largest): "
            f"{len(missing)}, of rank {named}. End the window before rank {missing[0]}; or take `local_slopes` or "
            "`curvature`, which average over bins first, for a cross-validated spectrum"
        )
    rank = np.arange(first, last + 1)
    weight = 1 / rank / (1 / rank).sum()
    # Relative to the first of the window, so that the logarithms of equal eigenvalues are zero rather than nearly equal.
    y = np.log(values[first - 1 : last] / values[first - 1])
    x = np.log(rank)
    x, y = x - weight @ x, y - weight @ y
    slope = (weight * x) @ y / ((weight * x) @ x)
    total = weight @ y**2
    r2 = 1 - (weight @ (y - slope * x) ** 2) / total if total > 0 else 1.0
    return PowerLawFit(float(-slope), float(r2), (first, last))


def _relative(eigenvalues: ArrayLike) -> Array:
    """Return checked eigenvalues, none negative, divided by the largest."""
    values = _finite(eigenvalues)
    if values.min() < 0:
        raise ValueError(
            f"the least of the eigenvalues is {values.min():.3g} of the largest; pass a spectrum without negative "
            "values, not one that is cross-validated"
        )
    return values


def _finite(spectrum: ArrayLike) -> Array:
    """Return checked values divided by the largest: the squares of very small or large ones leave float64."""
    values = as_array(spectrum, np.float64)
    if values.ndim != 1 or values.size == 0:
        raise ValueError(f"eigenvalues has shape {values.shape}; expected (n_eigenvalues,)")
    least, largest = values.min(), values.max()
    if not (np.isfinite(least) and 0 < largest < np.inf):
        raise ValueError(f"eigenvalues range from {least} to {largest}; pass finite ones, of which one is positive")
    return values / largest
