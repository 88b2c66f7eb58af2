"""Losses of features on all views of a finite set of images, in expectation over views: nothing is sampled.

With the covariance `S` of the features over views, and the covariance `C` of the features of two views of one image, every
loss here is a function of these two matrices. On torch, so that a network can be trained with them.

Source: our derivation. That self-supervised frameworks minimise one idealised loss is the abstract of Ghosh et al. 2024 (arXiv
2312.10725); the matching of the kernel is the spectral loss of HaoChen et al. 2021 (arXiv 2106.04156).
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

_STABILISER = 1e-4  # under VICReg's square root, as its authors have it


class Moments(NamedTuple):
    """Second moments of centred features: `covariance` over views, and `agreement` between two views of one image, `(d, d)` each."""

    covariance: Tensor
    agreement: Tensor


def moments(features: Tensor, landing: Tensor, partners: Tensor | None = None) -> Moments:
    """Moments of features `(n_views, d)` under landing probabilities `(images, n_views)`.

    With `partners` `(images,)` the second view of an image is one of another image instead, whose index that is.
    """
    weights = landing.mean(0)
    centred = features - weights @ features
    means = landing @ centred
    other = means if partners is None else means[partners]
    return Moments(centred.T @ (weights[:, None] * centred), means.T @ other / len(means))


def matching_by_pairs(features: Tensor, landing: Tensor) -> Tensor:
    """The idealised loss `E (k(v, w) - 1 - f(v) . f(w))^2` over all pairs of views, `f` the centred features.

    `k` is the kernel that the augmentations define; its 1 is the constant eigenfunction. Takes the number of views *squared*.
    """
    weights = landing.mean(0)
    relative = landing / weights
    wanted = relative.T @ relative / len(landing) - 1
    centred = features - weights @ features
    return weights @ (wanted - centred @ centred.T).square() @ weights


def matching_by_moments(of: Moments, *, orthogonality: float = 0.5) -> Tensor:
    """The equivalent of the idealised loss: `2 tr(S - C) + 2 orthogonality |S - 1|^2`, without a pair of views.

    `tr(S - C)` is the mean squared distance of a view's features from the mean over views of its image. With an
    `orthogonality` of one half it is the idealised loss less the constant `|k - 1|^2 - d`.
    """
    covariance, agreement = of
    unit = torch.eye(len(covariance), dtype=covariance.dtype, device=covariance.device)
    return 2 * (covariance - agreement).trace() + 2 * orthogonality * (covariance - unit).square().sum()


def barlow_moments(of: Moments, *, off_diagonal: float) -> Tensor:
    """Barlow Twins in expectation over views: `sum_k (1 - R_kk)^2 + off_diagonal sum_{k != l} R_kl^2`.

    `R` are the correlations of the features of two views, `C` divided by the standard deviations over views.
    """
    deviations = of.covariance.diagonal().sqrt()
    correlations = of.agreement / torch.outer(deviations, deviations)
    return (1 - correlations.diagonal()).square().sum() + off_diagonal * _off_diagonal(correlations)


def vicreg_moments(of: Moments, *, invariance: float, variance: float, covariance: float = 1.0) -> Tensor:
    """VICReg in expectation over views, with the normalisation of its authors."""
    variances = of.covariance.diagonal()
    alike = 2 * (variances.sum() - of.agreement.trace()) / len(variances)
    hinge = functional.relu(1 - (variances + _STABILISER).sqrt()).mean()
    return invariance * alike + variance * hinge + covariance * 2 * _off_diagonal(of.covariance) / len(variances)


def minimum(values: Tensor, *, orthogonality: float = 0.5) -> Tensor:
    """The variances of the eigenfunctions in features that minimise `matching_by_moments`: `max(0, 1 - (1 - value) / (2 orthogonality))`.

    `values` `(d,)` are the largest eigenvalues of the kernel. An eigenfunction with an eigenvalue below `1 - 2 orthogonality`
    is left out.
    """
    return (1 - (1 - values) / (2 * orthogonality)).clamp(min=0)


def _off_diagonal(matrix: Tensor) -> Tensor:
    return matrix.square().sum() - matrix.diagonal().square().sum()
