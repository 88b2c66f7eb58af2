"""The similarity kernel that augmentations define on a finite set of views, and its eigenfunctions, exactly.

A view is a point that augmentation can turn an image into. `landing` `(images, views)` holds the probability of each, and
images are drawn uniformly. Two views are similar if they are often views of one image: with `p(v)` the probability of a
view and `p(v, w)` that of a pair of views of one image, the kernel is `k(v, w) = p(v, w) / (p(v) p(w))`.

Source: the definitions of HaoChen et al. 2021 (arXiv 2106.04156) and Johnson et al. 2023 (arXiv 2210.01883).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

_RANK = 1e-10  # share of the largest singular value below which features span no further dimension
_ROUNDING = 1e-6


@dataclass(frozen=True)
class Eigenfunctions:
    """Eigenfunctions of an augmentation kernel other than the constant one, by falling eigenvalue.

    `values` `(n,)` lie in [0, 1]. `views` `(n_views, n)` and `images` `(n_images, n)` are the eigenfunctions on views and, as the
    mean over an image's views divided by the root of the eigenvalue, on images; both have mean 0 and are orthonormal, weighted by
    `weights` `(n_views,)`, the probabilities of views, or uniformly over images.
    """

    values: Array
    views: Array
    images: Array
    weights: Array


def landing(augmented: ArrayLike, *, noise: float) -> tuple[Array, Array]:
    """The different views of images, and the probability with which each image lands on each.

    `augmented` `(images, transformations, pixels)` are the images under a finite set of transformations, all equally
    likely. With `noise` above 0 a transformed image `x` then moves on to a view `v` with a probability proportional to
    `exp(-|v - x|^2 / (2 noise^2))`; with 0 it stays, and images share a view only where they are equal, pixel for pixel.
    Returns views `(n_views, pixels)` and probabilities `(images, n_views)`, whose rows sum to one.

    Raises:
        ValueError: `augmented` has another number of dimensions, there are fewer than two images, a pixel is not finite,
            or the noise is negative.
    """
    points = np.asarray(augmented, dtype=np.float64)
    if points.ndim != 3 or len(points) < 2:
        raise ValueError(
            f"augmented images have the shape {points.shape}; pass (images, transformations, pixels), two images or more"
        )
    if not np.isfinite(points).all():
        raise ValueError("a pixel of an augmented image is not finite; leave the image out or mend it")
    if not noise >= 0:
        raise ValueError(f"noise is {noise}; pass a standard deviation in pixel units, 0 or above")
    n_images, n_transformations, n_pixels = points.shape
    views, where = np.unique(points.reshape(-1, n_pixels), axis=0, return_inverse=True)
    where = where.reshape(n_images, n_transformations)
    moves = np.eye(len(views))
    if noise > 0:
        lengths = np.square(views).sum(1)
        distances = np.maximum(lengths[:, None] + lengths - 2 * views @ views.T, 0)
        moves = np.exp(-distances / (2 * noise**2))
        moves /= moves.sum(1, keepdims=True)
    return views, np.asarray(moves[where].mean(1))


def eigenfunctions(probabilities: ArrayLike) -> Eigenfunctions:
    """The eigenfunctions of the kernel of landing probabilities `(images, n_views)`.

    Raises:
        ValueError: a row is no distribution, or a view is never landed on.
    """
    landed = _checked(probabilities)
    weights = landed.mean(0)
    scaled = landed / np.sqrt(len(landed) * weights)
    # The constant is known exactly; taken out beforehand, it cannot mix with other eigenfunctions of eigenvalue 1.
    scaled -= np.sqrt(weights / len(landed))
    left, singular, right = np.linalg.svd(scaled, full_matrices=False)
    kept = len(landed) - 1  # the last one is what is left of the constant
    return Eigenfunctions(
        values=np.square(singular[:kept]),
        views=right[:kept].T / np.sqrt(weights)[:, None],
        images=left[:, :kept] * np.sqrt(len(landed)),
        weights=weights,
    )


def kernel(probabilities: ArrayLike) -> Array:
    """The kernel `k(v, w)` of landing probabilities `(images, n_views)`, as a matrix `(n_views, n_views)`.

    Raises:
        ValueError: a row is no distribution, or a view is never landed on.
    """
    landed = _checked(probabilities)
    relative = landed / landed.mean(0)
    return np.asarray(relative.T @ relative / len(landed))


def captured(features: ArrayLike, known: Eigenfunctions, n: int) -> Array:
    """How much of each of the first `n` eigenfunctions lies in the span of features `(n_views, d)`: shares `(n,)`, 0 to 1.

    The square of the cosine between the eigenfunction and its projection on the span of the centred features. The mean of the shares is the mean squared
    cosine of the principal angles between the two spans if there are `n` features; it is 1 exactly if the features span the
    eigenfunctions.

    Raises:
        ValueError: there are fewer eigenfunctions than `n`, or features are of other views, or not finite.
    """
    if not 1 <= n <= len(known.values):
        raise ValueError(f"n is {n}; there are {len(known.values)} eigenfunctions")
    return np.asarray(np.square(_coordinates(features, known)[:, :n]).sum(0))


def matched(features: ArrayLike, known: Eigenfunctions) -> float:
    """How much of what `d` features can match of the kernel features `(n_views, d)` do match, if scaled at will: a share, 0 to 1.

    The idealised loss is `|k - 1 - F F'|^2`. Of what its minimum over all maps to `d` features takes off the loss of no features at all, this is
    the share that its minimum over linear maps of *these* features takes off. It is 1 exactly if they span the top eigenfunctions, and, unlike principal angles, is
    little changed where eigenfunctions of nearly equal eigenvalues change places.

    Raises:
        ValueError: features are of other views, or not finite.
    """
    coordinates = _coordinates(features, known)
    projected = (coordinates * known.values) @ coordinates.T
    d = min(np.shape(features)[1], len(known.values))
    return float(np.square(projected).sum() / np.square(known.values[:d]).sum())


def _coordinates(features: ArrayLike, known: Eigenfunctions) -> Array:
    """An orthonormal basis of the span of centred features, in terms of the eigenfunctions: `(rank, n_eigenfunctions)`."""
    values = np.asarray(features, dtype=np.float64)
    if values.ndim != 2 or len(values) != len(known.weights) or not np.isfinite(values).all():
        raise ValueError(
            f"features have the shape {values.shape}; pass finite ones for each of {len(known.weights)} views"
        )
    roots = np.sqrt(known.weights)[:, None]
    left, singular, _ = np.linalg.svd(roots * (values - known.weights @ values), full_matrices=False)
    span = left[:, singular > _RANK * max(singular[0], np.linalg.norm(roots * values))]
    return np.asarray(span.T @ (roots * known.views))


def _checked(probabilities: ArrayLike) -> Array:
    landed = np.asarray(probabilities, dtype=np.float64)
    if landed.ndim != 2 or len(landed) < 2:
        raise ValueError(
            f"landing probabilities have the shape {landed.shape}; pass (images, views), two images or more"
        )
    wrong = ~(landed >= 0).all(1) | ~(np.abs(landed.sum(1) - 1) < _ROUNDING)
    if wrong.any():
        row = int(wrong.argmax())
        raise ValueError(f"the probabilities of image {row} sum to {landed[row].sum():g}; they must be a distribution")
    if not landed.any(0).all():
        raise ValueError(f"no image lands on view {int(landed.any(0).argmin())}; leave the view out")
    return landed
