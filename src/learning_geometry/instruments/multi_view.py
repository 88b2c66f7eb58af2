"""Self-supervised losses of several views of each image, on torch: Barlow Twins and VICReg.

All take embeddings `(views, batch, dimensions)`. A loss *of the mean* compares each view with the mean of all, so that its
cost grows with the number of views; a loss *of pairs* averages the two-view loss over all pairs of views, so that its cost
grows with the square.

Source: Ghosh et al. 2024 (arXiv 2312.10725), as in the authors' code (github.com/kumarkrishna/fastssl); Zbontar et al. 2021
(arXiv 2103.03230); Bardes, Ponce and LeCun 2022 (arXiv 2105.04906).
"""

from collections.abc import Callable
from itertools import combinations

import torch
from torch import Tensor
from torch.nn import functional

_STABILISER = 1e-4  # under VICReg's square root, as its authors have it
_CONSTANT = 1e-12  # a variance, or a share of the mean square, below which a feature counts as constant


def barlow_mean(views: Tensor, *, off_diagonal: float) -> Tensor:
    """Multi-view Barlow Twins: each view agrees with the mean of all, and the features of the mean are uncorrelated.

    `views` `(views, batch, dimensions)` are standardised per feature over all views together, `z`. With their mean `m` over
    views, `mean_a sum_k ((1 / B) sum_n z_ank m_nk - 1)^2 + off_diagonal sum_{k != l} ((1 / B) sum_n m_nk m_nl)^2`.
    One product of `m` with itself, however many views there are.

    Raises:
        ValueError: there is one view or one image, a value is not finite, or a feature is constant.
    """
    z = standardised(views)
    mean = z.mean(0)
    agreement = (z * mean).mean(1)
    correlations = mean.T @ mean / len(mean)
    return (agreement - 1).square().sum(1).mean() + off_diagonal * _off_diagonal(correlations)


def barlow_pairs(views: Tensor, *, off_diagonal: float, jointly: bool = True) -> Tensor:
    """The two-view Barlow Twins loss, averaged over all pairs of views `(views, batch, dimensions)`.

    Of a pair `sum_k (1 - C_kk)^2 + off_diagonal sum_{k != l} C_kl^2`, with the correlations `C` of the features of one view
    with those of the other. Features are standardised over all views `jointly`, as the authors of the multi-view loss do, or in each view, as the
    authors of Barlow Twins do.

    Raises:
        ValueError: there is one view or one image, a value is not finite, or a feature is constant.
    """
    z = standardised(views, jointly=jointly)

    def of_pair(first: Tensor, second: Tensor) -> Tensor:
        correlations = first.T @ second / len(first)
        return (1 - correlations.diagonal()).square().sum() + off_diagonal * _off_diagonal(correlations)

    return _over_pairs(z, of_pair)


def multi_view_barlow(views: Tensor, *, off_diagonal: float) -> Tensor:
    """What the authors train with: the two-view loss for two views, the loss of the mean for more.

    Raises:
        ValueError: as `barlow_mean`.
    """
    return (barlow_pairs if len(views) == 2 else barlow_mean)(views, off_diagonal=off_diagonal)


def vicreg_mean(views: Tensor, *, invariance: float, variance: float, covariance: float = 1.0) -> Tensor:
    """Multi-view VICReg: the two-view loss of each view and the mean of all *others*, averaged over views.

    For two views it is VICReg itself. `views` are `(views, batch, dimensions)`, not standardised.

    Raises:
        ValueError: there is one view or one image, or a value is not finite.
    """
    _check(views)
    weights = (invariance, variance, covariance)
    total = views.sum(0)
    return torch.stack([_vicreg(view, (total - view) / (len(views) - 1), *weights) for view in views]).mean()


def vicreg_pairs(views: Tensor, *, invariance: float, variance: float, covariance: float = 1.0) -> Tensor:
    """The two-view VICReg loss, averaged over all pairs of views `(views, batch, dimensions)`.

    Raises:
        ValueError: there is one view or one image, or a value is not finite.
    """
    _check(views)
    return _over_pairs(views, lambda first, second: _vicreg(first, second, invariance, variance, covariance))


def decorrelation_floor(batch: int, dimensions: int) -> float:
    """The least value of the squared correlations off the diagonal, in a batch whose views agree perfectly.

    `max(0, d^2 / (B - 1) - d)`: centred features of `B` images span `B - 1` dimensions, so that more of them than that
    cannot all be uncorrelated. The loss is not broken by it; its minimum is no longer 0.

    Raises:
        ValueError: there are fewer than two images, or no feature.
    """
    if batch < 2 or dimensions < 1:
        raise ValueError(
            f"a batch of {batch} with {dimensions} dimensions has no correlations; pass two images or more"
        )
    return max(0.0, dimensions**2 / (batch - 1) - dimensions)


def standardised(views: Tensor, *, jointly: bool = True) -> Tensor:
    """Features of mean 0 and variance 1 over all views and images, or over the images of each view.

    Raises:
        ValueError: there is one view or one image, a value is not finite, or a feature is constant.
    """
    _check(views)
    dims = (0, 1) if jointly else (1,)
    centred = views - views.mean(dims, keepdim=True)
    variance = centred.square().mean(dims, keepdim=True)
    least = _CONSTANT * views.detach().square().mean(dims, keepdim=True)
    if bool((flat := variance <= least).any()):
        place = int(flat.flatten(0, -2).any(0).nonzero()[0])
        raise ValueError(
            f"feature {place} of {views.shape[2]} is constant over the batch and has no correlation; the network has "
            "collapsed, or its learning rate is too high"
        )
    return centred / variance.sqrt()


def _check(views: Tensor) -> None:
    if views.ndim != 3:
        raise ValueError(f"views have the shape {tuple(views.shape)}; pass (views, batch, dimensions)")
    for size, name in zip(views.shape[:2], ("views of each image", "images in a batch"), strict=True):
        if size < 2:
            raise ValueError(f"number of {name}: {size}; the loss compares them, so pass two or more")
    if not bool(torch.isfinite(views).all()):
        raise ValueError("an embedding is not finite; lower the learning rate, or look for NaN in the images")


def _over_pairs(views: Tensor, loss: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    return torch.stack([loss(views[i], views[j]) for i, j in combinations(range(len(views)), 2)]).mean()


def _off_diagonal(matrix: Tensor) -> Tensor:
    return matrix.square().sum() - matrix.diagonal().square().sum()


def _vicreg(first: Tensor, second: Tensor, invariance: float, variance: float, covariance: float) -> Tensor:
    hinges, decorrelations = [], []
    for embedding in (first, second):
        centred = embedding - embedding.mean(0)
        covariances = centred.T @ centred / (len(embedding) - 1)
        hinges.append(functional.relu(1 - (covariances.diagonal() + _STABILISER).sqrt()).mean())
        decorrelations.append(_off_diagonal(covariances) / embedding.shape[1])
    alike = functional.mse_loss(first, second)
    return invariance * alike + variance * (hinges[0] + hinges[1]) / 2 + covariance * sum(decorrelations)
