"""HSIC sums of many representations at once: the kernels behind every linear CKA of this package.

Write `K` for the Gram matrix of column-centred features. The biased estimator HSIC_0 is `<K, L> / (n - 1)^2`; the
debiased one, HSIC_1, is `<U(K), U(L)> / (n (n - 3))`, where `U` zeroes the diagonal and subtracts row means so that the
rows sum to zero (Song et al. 2012). The functions here return the inner products alone, because the prefactors cancel
in CKA.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from learning_geometry.instruments.arrays import as_array

Estimator = Literal["biased", "debiased"]
Features = NDArray[Any]
Matrix = NDArray[np.float64]

# A tile of a Gram matrix is 2 MB in float64: large enough for GEMM to run at full speed, small enough for the cache.
_TILE = 512
# What a Gram matrix costs beyond its GEMM (centring, inner products), relative to that GEMM: measured on two CPUs.
_GRAM_OVERHEAD = 1.2


def check_estimator(estimator: str) -> None:
    """Raise `ValueError` unless `estimator` names one of the two estimators of HSIC."""
    if estimator not in ("biased", "debiased"):
        raise ValueError(f"unknown estimator {estimator!r}; choose 'biased' or 'debiased'")


def check_samples(n_samples: int, estimator: str) -> None:
    """Raise `ValueError` when `estimator` is undefined for `n_samples`."""
    least = 4 if estimator == "debiased" else 2
    if n_samples < least:
        raise ValueError(f"the {estimator} estimator needs at least {least} samples, got {n_samples}; add samples")


def as_features(values: ArrayLike, name: str) -> Features:
    """Return `values` as `(n_samples, n_features)`, float32 if they were float32 and float64 otherwise.

    Args:
        values: `(n_samples, ...)`, real; all axes after the first are flattened.
        name: What to call the array in an error message.

    Raises:
        ValueError: If the array is 0-D or 1-D, empty, or not real.
    """
    array = as_array(values)
    if array.ndim < 2:
        raise ValueError(f"{name} has shape {array.shape}; expected (n_samples, n_features): add the missing axis")
    if array.size == 0:
        raise ValueError(f"{name} has shape {array.shape}, hence no values; pass at least one sample and one feature")
    if array.dtype.kind not in "fiub":
        raise ValueError(f"{name} has dtype {array.dtype}; convert it to float32 or float64")
    return array.reshape(len(array), -1).astype(np.float32 if array.dtype == np.float32 else np.float64, copy=False)


def centred(features: Features, name: str) -> Features:
    """Return `features` minus their column means, with columns that are constant up to rounding set to zero.

    The means are accumulated in float64, so that a mean of a thousand standard deviations costs float32 no digits but
    those that it had lost on entry. The result keeps the dtype, except that float32 values whose fourth power might
    leave the range of float32 become float64.

    Raises:
        ValueError: If a value is not finite, or the range of the features is outside `[1e-60, 1e60]`, where HSIC itself
            would over- or underflow.
    """
    low, high = features.min(axis=0).astype(np.float64), features.max(axis=0).astype(np.float64)
    # Minimum and maximum propagate NaN and keep infinities, without a Boolean copy of the array.
    if not (np.isfinite(low).all() and np.isfinite(high).all()):
        raise ValueError(f"{name} has values that are not finite; remove the samples or features that hold them")
    with np.errstate(over="ignore"):
        spread = high - low
    constant = spread <= 4 * np.finfo(features.dtype).eps * np.maximum(np.abs(low), np.abs(high))
    spread[constant] = 0.0
    widest = spread.max()
    if widest > 0 and not 1e-60 <= widest <= 1e60:
        raise ValueError(f"{name} spans a range of {widest:.3g}, beyond the reach of float64; rescale the features")
    if features.dtype == np.float32 and not 1e-10 <= widest <= 1e10:
        features = features.astype(np.float64)
    result: Features = features - features.mean(axis=0, dtype=np.float64).astype(features.dtype)
    if constant.any():
        result[:, constant] = 0.0
    return result


def centred_layers(layers: Sequence[ArrayLike], name: str, estimator: Estimator) -> list[Features]:
    """Return every layer flattened and centred, after checking that all hold the same samples.

    Raises:
        ValueError: If there is no layer, the numbers of samples differ or are too few, or a layer is refused by
            `as_features` or `centred`.
    """
    if len(layers) == 0:
        raise ValueError(f"{name} is empty; pass at least one layer")
    features = [as_features(layer, f"{name}[{i}]") for i, layer in enumerate(layers)]
    numbers = sorted({len(layer) for layer in features})
    if len(numbers) > 1:
        raise ValueError(f"the layers of {name} hold {numbers} samples; pass the same samples through each")
    check_samples(numbers[0], estimator)
    return [centred(layer, f"{name}[{i}]") for i, layer in enumerate(features)]


def check_same_samples(x: Features, y: Features, name_x: str, name_y: str) -> None:
    """Raise `ValueError` when `x` and `y` hold different numbers of samples."""
    if len(x) != len(y):
        raise ValueError(f"{name_x} holds {len(x)} samples but {name_y} {len(y)}; pass the same samples to both")


def hsic_sums(layers: Sequence[Features], pairs: Sequence[tuple[int, int]], *, debiased: bool) -> Matrix:
    """Return the inner products of the centred linear Gram matrices of pairs of layers.

    The products are formed in feature space (`||Y^T X||_F^2`) or in Gram space (tiles of `X X^T`), whichever needs
    fewer operations. GEMMs run in the dtype of the features, and every sum over their results in float64. Memory beyond
    the layers is two `d x d` matrices or two 512 x 512 tiles per layer.

    Args:
        layers: Column-centred features, each `(n_samples, n_features)`.
        pairs: The pairs `(i, j)` that are wanted, every `(i, i)` among them.
        debiased: Whether to U-centre the Gram matrices (HSIC_1) or only to centre them (HSIC_0).

    Returns:
        `(n_layers, n_layers)`, symmetric; entries of pairs that were not asked for mean nothing. A diagonal entry that
        cannot be told from zero is zero.
    """
    n_samples, widths = len(layers[0]), [layer.shape[1] for layer in layers]
    # Multiplications: a symmetric product costs half, and so do the tiles on and above the diagonal of a Gram matrix.
    in_feature_space = sum(n_samples * widths[i] * widths[j] * (1 if i == j else 2) for i, j in pairs)
    in_gram_space = _GRAM_OVERHEAD * n_samples**2 * sum(widths)
    norms = np.stack([np.linalg.vecdot(layer, layer) for layer in layers]).astype(np.float64)
    eps = np.array([np.finfo(layer.dtype).eps for layer in layers], dtype=np.float64)
    sums = None
    if in_feature_space <= in_gram_space:
        sums = _feature_space_sums(layers, pairs, norms, eps, debiased=debiased)
    if sums is None:
        sums = _gram_space_sums(layers, norms, debiased=debiased)
    rounding = (4 * eps * norms.sum(axis=1)) ** 2
    own = np.diagonal(sums)
    np.fill_diagonal(sums, np.where(own <= rounding, 0.0, own))
    return sums


def normalised(
    cross: Matrix, own_x: Matrix, own_y: Matrix, estimator: Estimator, names: tuple[str, str] = ("x", "y")
) -> Matrix:
    """Return CKA, `cross / sqrt(own_x own_y)`, clipped to [-1, 1] against rounding.

    Raises:
        ValueError: If a self-HSIC is not positive, so that CKA is undefined.
    """
    for own, name in zip((own_x, own_y), names, strict=True):
        for index in np.flatnonzero(~(own > 0)):
            which = name if own.size == 1 else f"{name}[{index}]"
            raise ValueError(
                f"the {estimator} self-HSIC of {which} is zero up to rounding, so CKA is undefined: its features are "
                "constant over the samples, or under the debiased estimator differ in one sample only; "
                "drop it, or add samples"
            )
    value: Matrix = np.clip(cross / (np.sqrt(own_x)[:, None] * np.sqrt(own_y)), -1.0, 1.0)
    return value


def _feature_space_sums(
    layers: Sequence[Features], pairs: Sequence[tuple[int, int]], norms: Matrix, eps: Matrix, *, debiased: bool
) -> Matrix | None:
    """Return the sums from `d x d` products, or None where the debiasing would cancel too many digits."""
    n = len(layers[0])
    sums = np.zeros((len(layers), len(layers)))
    for i, j in pairs:
        product = layers[i].T @ layers[j]  # For i == j numpy calls SYRK, which does half the work of GEMM.
        sums[i, j] = sums[j, i] = np.sum(product * product, dtype=np.float64)
    if not debiased:
        return sums
    biased = np.diagonal(sums).copy()
    totals = norms.sum(axis=1)
    sums += np.outer(totals, totals) / ((n - 1) * (n - 2)) - n / (n - 2) * (norms @ norms.T)
    # A few far samples dominate the biased sum, and the identity above then subtracts two nearly equal numbers.
    if np.any(np.diagonal(sums) < eps**0.25 * biased):
        return None
    return sums


def _gram_space_sums(layers: Sequence[Features], norms: Matrix, *, debiased: bool) -> Matrix:
    """Return the sums from tiles on and above the diagonal of the Gram matrices, all layers at once."""
    n = len(layers[0])
    sums = np.zeros((len(layers), len(layers)))
    if debiased:
        # Rows of a centred Gram matrix sum to zero, so the sums of the zero-diagonal rows are minus the squared norms.
        shifts = norms / (n - 2) - norms.sum(axis=1, keepdims=True) / (2 * (n - 1) * (n - 2))
    for rows, columns in _upper_tiles(n):
        tiles = np.empty((len(layers), rows.stop - rows.start, columns.stop - columns.start))
        for k, (tile, layer) in enumerate(zip(tiles, layers, strict=True)):
            tile[...] = layer[rows] @ layer[columns].T
            if debiased:
                tile += shifts[k, rows, None]
                tile += shifts[k, columns]
                if rows == columns:
                    np.fill_diagonal(tile, 0.0)
        flat = tiles.reshape(len(layers), -1)
        sums += (1 if rows == columns else 2) * (flat @ flat.T)
    return sums


def _upper_tiles(n_samples: int) -> Iterator[tuple[slice, slice]]:
    """Yield the tiles on and above the diagonal of an `(n_samples, n_samples)` matrix."""
    edges = [slice(start, min(start + _TILE, n_samples)) for start in range(0, n_samples, _TILE)]
    for i, rows in enumerate(edges):
        for columns in edges[i:]:
            yield rows, columns
