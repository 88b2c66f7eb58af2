"""The eigenvalue spectrum of a representation and how many dimensions it fills."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def eigenspectrum(features: ArrayLike, *, center: bool = True) -> NDArray[np.float64]:
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
    raw = np.asarray(features)
    least = 2 if center else 1
    if raw.ndim != 2 or raw.shape[0] < least or raw.shape[1] < 1:
        raise ValueError(f"features has shape {raw.shape}; expected (n_samples, n_features), at least ({least}, 1)")
    if raw.dtype.kind not in "fiub":
        raise ValueError(f"features has dtype {raw.dtype}; convert it to float32 or float64")
    matrix = raw.astype(np.float64, copy=False)
    if not (np.isfinite(matrix.min()) and np.isfinite(matrix.max())):
        raise ValueError("features has values that are not finite; remove the samples or features that hold them")
    n_samples, n_features = matrix.shape
    if center:
        matrix = matrix - matrix.mean(axis=0)
    # One buffer on both sides, for which numpy calls SYRK: half the work of GEMM, and exact symmetry.
    product = matrix.T @ matrix if n_features <= n_samples else matrix @ matrix.T
    eigenvalues: NDArray[np.float64] = np.linalg.eigvalsh(product)[::-1] / (n_samples - 1 if center else n_samples)
    return eigenvalues.clip(min=0.0)


def participation_ratio(eigenvalues: ArrayLike) -> float:
    """Return the participation ratio `(sum l)^2 / sum l^2` of eigenvalues `l`, an effective number of dimensions.

    It is one when a single eigenvalue differs from zero and `n` when `n` are equal, whatever their scale.

    Args:
        eigenvalues: `(n_eigenvalues,)`, none negative, in any order.

    Raises:
        ValueError: If `eigenvalues` is not one-dimensional, is negative or not finite somewhere, or is zero throughout.
    """
    values = np.asarray(eigenvalues, dtype=np.float64)
    if values.ndim != 1 or values.size == 0:
        raise ValueError(f"eigenvalues has shape {values.shape}; expected (n_eigenvalues,)")
    largest = values.max()
    if not (values.min() >= 0 and 0 < largest < np.inf):
        raise ValueError(
            f"eigenvalues range from {values.min()} to {largest}; pass finite ones, none negative and not all zero"
        )
    values = values / largest  # The squares of very small or large eigenvalues leave the range of float64.
    return float(values.sum() ** 2 / (values**2).sum())
