"""Centred kernel alignment (CKA): how alike two representations of the same samples are.

Estimators that share the name differ, so each function here says which it computes. *Biased* is the CKA of Kornblith et
al. (2019, arXiv:1905.00414), which tends to one for independent features as their number grows; *debiased* replaces
HSIC by the unbiased HSIC_1 of Song et al. (2012, Journal of Machine Learning Research 13); *minibatch* averages HSIC_1
over batches (Nguyen et al. 2021, arXiv:2010.15327).
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial.distance import squareform

from learning_geometry.instruments.hsic import (
    Estimator,
    Features,
    Matrix,
    as_features,
    centred,
    centred_layers,
    check_estimator,
    check_same_samples,
    check_samples,
    hsic_sums,
    normalised,
)
from learning_geometry.instruments.minibatch_similarity import MinibatchCKA
from learning_geometry.instruments.translation import translated_cka, translated_cka_limit

__all__ = ["Estimator", "MinibatchCKA", "cka", "cka_map", "translated_cka", "translated_cka_limit"]


def cka(
    x: ArrayLike,
    y: ArrayLike,
    *,
    estimator: Estimator = "biased",
    kernel: Literal["linear", "rbf"] = "linear",
    bandwidth: float = 1.0,
) -> float:
    """Return the CKA of two representations of the same samples.

    Linear CKA is `||Y^T X||_F^2 / (||X^T X||_F ||Y^T Y||_F)` on centred columns (Kornblith et al. 2019, equation 14).
    It is computed in feature or in Gram space, whichever is cheaper, with GEMMs in the dtype of the input, sums in
    float64, and never a whole Gram matrix in memory. The RBF kernel is `exp(-|x_i - x_j|^2 / (2 s^2))` in float64, and
    does hold two `(n_samples, n_samples)` matrices.

    Args:
        x: `(n_samples, n_features_x)`.
        y: `(n_samples, n_features_y)`, row by row the same samples as `x`.
        estimator: "biased" (HSIC_0) or "debiased" (HSIC_1 of Song et al. 2012).
        kernel: "linear" or "rbf".
        bandwidth: `s` of the RBF kernel as a fraction of the median distance between two distinct samples, taken for
            each representation by itself (Kornblith et al. 2019). The linear kernel ignores it.

    Returns:
        A number in [0, 1] if biased, in [-1, 1] if debiased.

    Raises:
        ValueError: If an argument is malformed (not 2-D, not finite, different samples, too few samples, an unknown
            name, a bandwidth that is not positive), or if CKA is undefined because a representation has no self-HSIC.
    """
    check_estimator(estimator)
    if kernel not in ("linear", "rbf"):
        raise ValueError(f"unknown kernel {kernel!r}; choose 'linear' or 'rbf'")
    if not 0 < bandwidth < np.inf:
        raise ValueError(f"bandwidth is a fraction of the median distance, so positive and finite; got {bandwidth}")
    shapes = np.shape(x), np.shape(y)
    if any(len(shape) > 2 for shape in shapes):
        raise ValueError(f"x and y have shapes {shapes[0]} and {shapes[1]}; flatten to (n_samples, n_features) first")
    raw_x, raw_y = as_features(x, "x"), as_features(y, "y")
    check_same_samples(raw_x, raw_y, "x", "y")
    check_samples(len(raw_x), estimator)
    features = [centred(raw_x, "x"), centred(raw_y, "y")]
    if kernel == "linear":
        sums = hsic_sums(features, [(0, 0), (0, 1), (1, 1)], debiased=estimator == "debiased")
    else:
        sums = _rbf_sums(features, bandwidth, debiased=estimator == "debiased")
    return float(normalised(sums[:1, 1:], sums[:1, 0], sums[1:, 1], estimator)[0, 0])


def cka_map(
    layers_x: Sequence[ArrayLike], layers_y: Sequence[ArrayLike] | None = None, *, estimator: Estimator = "debiased"
) -> Matrix:
    """Return the linear CKA of every layer of one network with every layer of another, in one pass.

    A map of a network with itself is a Gram matrix of unit vectors, and is returned exactly symmetric with a unit
    diagonal; up to rounding it is positive semidefinite. Memory beyond the input is one centred copy of it, and either
    two 2 MB tiles for each layer or two matrices of `n_features x n_features`.

    Args:
        layers_x: Activations of each layer, `(n_samples, ...)`; all axes after the first are flattened.
        layers_y: The same for the second network, on the same samples. None compares the first network with itself.
        estimator: "debiased" (HSIC_1 of Song et al. 2012) or "biased" (HSIC_0).

    Returns:
        `(n_layers_x, n_layers_y)`.

    Raises:
        ValueError: If there is no layer, a layer is malformed or constant, or the numbers of samples differ or are too
        few.
    """
    check_estimator(estimator)
    debiased = estimator == "debiased"
    x = centred_layers(layers_x, "layers_x", estimator)
    n_x = len(x)
    if layers_y is None:
        sums = hsic_sums(x, [(i, j) for i in range(n_x) for j in range(i, n_x)], debiased=debiased)
        own = np.diagonal(sums)
        values = normalised((sums + sums.T) / 2, own, own, estimator, ("layers_x", "layers_x"))
        np.fill_diagonal(values, 1.0)
        return values
    y = centred_layers(layers_y, "layers_y", estimator)
    check_same_samples(x[0], y[0], "layers_x", "layers_y")
    n_all = n_x + len(y)
    pairs = [(i, i) for i in range(n_all)] + [(i, j) for i in range(n_x) for j in range(n_x, n_all)]
    sums = hsic_sums([*x, *y], pairs, debiased=debiased)
    own = np.diagonal(sums)
    return normalised(sums[:n_x, n_x:], own[:n_x], own[n_x:], estimator, ("layers_x", "layers_y"))


def _rbf_sums(features: Sequence[Features], bandwidth: float, *, debiased: bool) -> Matrix:
    """Return the 2 x 2 inner products of the centred RBF Gram matrices of two representations."""
    n = len(features[0])
    grams = [_rbf_gram(layer.astype(np.float64), bandwidth, name) for layer, name in zip(features, "xy", strict=True)]
    # Rounding leaves a residue where the centring removes everything, as it does from a kernel without contrast.
    rounding = [(4 * np.finfo(np.float64).eps * n * np.abs(gram).max()) ** 2 for gram in grams]
    for gram in grams:
        rows = gram.sum(axis=1)
        if debiased:
            gram -= (rows / (n - 2) - rows.sum() / (2 * (n - 1) * (n - 2)))[:, None]
            gram -= rows / (n - 2) - rows.sum() / (2 * (n - 1) * (n - 2))
            np.fill_diagonal(gram, 0.0)
        else:
            gram -= (rows / n - rows.sum() / (2 * n**2))[:, None]
            gram -= rows / n - rows.sum() / (2 * n**2)
    sums = np.array([[np.vdot(a, b) for b in grams] for a in grams])
    own = np.diagonal(sums)
    np.fill_diagonal(sums, np.where(own <= rounding, 0.0, own))
    return sums


def _rbf_gram(features: Matrix, bandwidth: float, name: str) -> Matrix:
    """Return the RBF Gram matrix minus one, whose diagonal is zero."""
    norms = np.linalg.vecdot(features, features)
    squared = norms[:, None] + norms - 2 * (features @ features.T)
    np.maximum(squared, 0.0, out=squared)
    np.fill_diagonal(squared, 0.0)
    median = float(np.median(np.sqrt(squareform(squared, checks=False))))
    if median == 0:
        raise ValueError(
            f"the median distance between two samples of {name} is zero; remove duplicates or constant features"
        )
    # Centring removes the one, and without it a wide kernel, close to one everywhere, keeps its digits.
    gram: Matrix = np.expm1(squared / (-2 * (bandwidth * median) ** 2), out=squared)
    return gram
