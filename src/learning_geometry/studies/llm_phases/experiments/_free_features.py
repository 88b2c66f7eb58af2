"""A linear model whose features are free: one row for each class, trained together with a linear classifier.

Inputs are one-hot, one for each class, so that a linear feature extractor is a table `F` `(n_classes, dimension)`, and
the logits are `F W^T`. Many runs are trained at once, along the first axis. Everything is float64.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Steps = NDArray[np.int64]
Loss = Literal["cross_entropy", "mse"]

_EPSILON = 1e-7
_RISE = 0.01  # more than that is no rounding of a curve that has come to rest


def zipf(n_classes: int, exponent: float) -> Array:
    """Return class frequencies `(n_classes,)` proportional to `rank^-exponent`, of sum one; exponent 0 is uniform.

    Raises:
        ValueError: If there are fewer than two classes, or the exponent is negative.
    """
    if n_classes < 2 or not exponent >= 0:
        raise ValueError(
            f"zipf got {n_classes} classes and exponent {exponent}; it needs two classes and no negative exponent"
        )
    weights = np.arange(1.0, n_classes + 1) ** -exponent
    return weights / weights.sum()


def initial_parameters(seeds: Sequence[int], n_classes: int, dimension: int, scale: float) -> tuple[Array, Array]:
    """Return features and classifiers `(len(seeds), n_classes, dimension)` with entries N(0, scale^2).

    Every run draws its features, then its classifier, from a generator of its own: it does not depend on the others.

    Raises:
        ValueError: If there is no seed, the dimension is below one, or the scale is not positive.
    """
    if len(seeds) == 0 or dimension < 1 or not scale > 0:
        raise ValueError(
            f"got {len(seeds)} seeds, dimension {dimension} and scale {scale}; pass at least one seed, a dimension of "
            "at least one and a positive scale (at zero the gradient vanishes)"
        )
    drawn = np.stack([np.random.default_rng(s).normal(0.0, scale, (2, n_classes, dimension)) for s in seeds])
    return drawn[:, 0].copy(), drawn[:, 1].copy()


def gradients(features: Array, classifier: Array, frequencies: Array, loss: Loss) -> tuple[Array, Array]:
    """Return the gradients of `losses` by features and classifier, each `(runs, n_classes, dimension)`.

    With the logits `Z = F W^T` and the residual `R = p * (softmax(Z) - I)`, or `p * (Z - I)` for squared errors, they
    are `R W` and `R^T F`.

    Args:
        features: `(runs, n_classes, dimension)`.
        classifier: `(runs, n_classes, dimension)`.
        frequencies: `(runs, n_classes)`, the weights of the classes.
        loss: Which loss.
    """
    # The residual is kept transposed: numpy reduces over the second axis in vectors, over the last one number by number.
    residual = classifier @ features.swapaxes(1, 2)
    if loss == "cross_entropy":
        residual -= residual.max(axis=1, keepdims=True)
        np.exp(residual, out=residual)
        residual *= (frequencies / residual.sum(axis=1))[:, None]
    else:
        residual *= frequencies[:, None]
    np.einsum("rcc->rc", residual)[...] -= frequencies
    return residual.swapaxes(1, 2) @ classifier, residual @ features


def descend(
    features: Array,
    classifier: Array,
    frequencies: ArrayLike,
    *,
    at: Steps,
    learning_rate: float,
    loss: Loss = "cross_entropy",
) -> tuple[Array, Array]:
    """Return features and classifiers `(len(at), runs, n_classes, dimension)` after the steps `at` of gradient descent.

    Full batch, both layers at once, neither bias nor weight decay nor momentum.

    Args:
        features: `(runs, n_classes, dimension)`, at step 0; not changed.
        classifier: Likewise.
        frequencies: `(n_classes,)`, or `(runs, n_classes)` where runs differ.
        at: Steps to keep, rising, from 0.
        learning_rate: Step length.
        loss: `cross_entropy`, or `mse` between logits and one-hot targets.

    Raises:
        ValueError: If shapes disagree, a value is out of range, or the training diverges.
    """
    if features.ndim != 3 or features.shape != classifier.shape:
        raise ValueError(
            f"features {features.shape} and classifier {classifier.shape} must both be (runs, n_classes, dimension)"
        )
    if loss not in ("cross_entropy", "mse"):
        raise ValueError(f"unknown loss {loss!r}; choose cross_entropy or mse")
    if not learning_rate > 0:
        raise ValueError(f"learning_rate must be positive, got {learning_rate}")
    if len(at) == 0 or at[0] < 0 or np.any(np.diff(at) <= 0):
        raise ValueError(f"at must rise from 0 or more, got {at}")
    weights = np.broadcast_to(np.asarray(frequencies, dtype=np.float64), features.shape[:2])
    features, classifier = features.copy(), classifier.copy()
    kept_features = np.empty((len(at), *features.shape))
    kept_classifier = np.empty_like(kept_features)
    done = 0
    for index, step in enumerate(at):
        with np.errstate(over="ignore", invalid="ignore"):  # a divergence is reported once, below
            for _ in range(step - done):
                by_features, by_classifier = gradients(features, classifier, weights, loss)
                by_features *= learning_rate
                by_classifier *= learning_rate
                features -= by_features
                classifier -= by_classifier
        done = step
        if not np.isfinite(features).all():
            raise ValueError(f"training diverged by step {step} at learning_rate {learning_rate}; use a smaller one")
        kept_features[index], kept_classifier[index] = features, classifier
    return kept_features, kept_classifier


def log_spaced(steps: int, count: int) -> Steps:
    """Return 0 and at most `count - 1` whole steps from 1 to `steps`, evenly spaced in the logarithm.

    Raises:
        ValueError: If `steps` is below 1 or `count` below 2.
    """
    if steps < 1 or count < 2:
        raise ValueError(f"log_spaced needs at least one step and two points, got {steps} and {count}")
    spaced = np.geomspace(1, steps, count - 1).round().astype(np.int64)
    return np.unique(np.append(spaced, 0))


def spectra(features: Array, frequencies: ArrayLike, *, center: bool) -> Array:
    """Return the eigenvalues `(..., dimension)`, descending, of the frequency-weighted second moment of features.

    That is `sum_c p_c f_c f_c^T`, the second moment over samples drawn with the class frequencies; its covariance when
    centred. A class counts as often as it occurs, as tokens do in text.

    Args:
        features: `(..., n_classes, dimension)`.
        frequencies: `(n_classes,)`, or whatever broadcasts to `features.shape[:-1]`.
        center: Whether to subtract the frequency-weighted mean.
    """
    weights = np.asarray(frequencies, dtype=np.float64)[..., None]
    if center:
        features = features - (weights * features).sum(axis=-2, keepdims=True)
    moment: Array = (weights * features).swapaxes(-1, -2) @ features
    ascending: Array = np.maximum(np.linalg.eigvalsh(moment), 0.0)
    return ascending[..., ::-1]


def effective_ranks(eigenvalues: Array) -> Array:
    """Return RankMe `(...,)` of each spectrum `(..., n)` of eigenvalues: `instruments.spectrum.rankme`, for many at once."""
    shares = eigenvalues / eigenvalues.sum(axis=-1, keepdims=True) + _EPSILON
    ranks: Array = np.exp(-(shares * np.log(shares)).sum(axis=-1))
    return ranks


def losses(features: Array, classifier: Array, frequencies: ArrayLike, loss: Loss) -> Array:
    """Return the frequency-weighted loss `(...,)`: cross-entropy in nats, or half the squared distance to one-hot targets.

    Args:
        features: `(..., n_classes, dimension)`.
        classifier: Likewise.
        frequencies: `(n_classes,)`, or whatever broadcasts to `features.shape[:-1]`.
        loss: Which loss.
    """
    weights = np.asarray(frequencies, dtype=np.float64)
    logits = features @ classifier.swapaxes(-1, -2)
    own = np.einsum("...cc->...c", logits)
    if loss == "mse":
        own -= 1.0
        return (weights * (logits**2).sum(axis=-1)).sum(axis=-1) / 2
    # Against the own logit: where a class is learnt, the loss is small and the difference of two large numbers is not.
    logits = logits - own[..., None]
    largest = logits.max(axis=-1)
    return (weights * (largest + np.log(np.exp(logits - largest[..., None]).sum(axis=-1)))).sum(axis=-1)


def accuracies(features: Array, classifier: Array, frequencies: ArrayLike) -> Array:
    """Return the frequency-weighted share `(...,)` of classes whose own logit is the largest."""
    chosen = (features @ classifier.swapaxes(-1, -2)).argmax(axis=-1)
    right = chosen == np.arange(features.shape[-2])
    return (np.asarray(frequencies, dtype=np.float64) * right).sum(axis=-1)


def turning_points(rankme: ArrayLike) -> tuple[Steps, Steps, Steps]:
    """Return the indices of dip, peak and trough along the last axis of `rankme`, each `rankme.shape[:-1]`.

    The dip is the global minimum, the peak the maximum from the dip on, the trough the minimum from the peak on: the
    warm-up ends at the dip, entropy-seeking at the peak, and compression has brought RankMe to the trough. A course
    that still rises has its peak and its trough at its end. Our operationalisation.

    Raises:
        ValueError: If there is nothing to search, or a value is not finite.
    """
    values = np.asarray(rankme, dtype=np.float64)
    if values.ndim == 0 or values.shape[-1] == 0 or not np.isfinite(values).all():
        raise ValueError(f"rankme of shape {values.shape} must be a finite course of at least one value")
    index = np.arange(values.shape[-1])
    dip = values.argmin(axis=-1)
    peak = np.where(index >= dip[..., None], values, -np.inf).argmax(axis=-1)
    trough = np.where(index >= peak[..., None], values, np.inf).argmin(axis=-1)
    return dip, peak, trough


def moves(rankme: ArrayLike) -> tuple[Array, Array, Array]:
    """Return the three moves of RankMe along its last axis, in percent, each `rankme.shape[:-1]`; none is negative.

    They are the way from start to dip in percent of the start, from dip to peak in percent of the dip, and from peak to
    trough in percent of the peak.

    Raises:
        ValueError: As `turning_points`.
    """
    values = np.asarray(rankme, dtype=np.float64)
    start = values[..., 0]
    dip, peak, trough = (
        np.take_along_axis(values, index[..., None], axis=-1)[..., 0] for index in turning_points(values)
    )
    return 100 * (start - dip) / start, 100 * (peak - dip) / dip, 100 * (peak - trough) / peak


def still_rising(steps: ArrayLike, rankme: ArrayLike) -> NDArray[np.bool_]:
    """Return whether each course `(..., T)` of RankMe still rises at its last step, so that its fall is not known.

    It does if RankMe has grown by more than 1 % over the last half of the `steps` `(T,)`. Our operationalisation.
    """
    times, values = np.asarray(steps, dtype=np.float64), np.asarray(rankme, dtype=np.float64)
    halfway = int(np.searchsorted(times, times[-1] / 2))
    return np.asarray(values[..., -1] > (1 + _RISE) * values[..., halfway])
