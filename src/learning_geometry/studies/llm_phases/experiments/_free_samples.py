"""The linear model as the paper has it: a free feature for each *sample*, since `S S^T = I`, and the sum of their losses.

Features `f` are `(b, d)`, the classifier `W` `(d, V)`, logits `f W`. Many runs are trained at once, along the first axis.
Everything is float64.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from learning_geometry.studies.llm_phases.experiments._free_features import Array, Loss, Steps


class Course(NamedTuple):
    """Features `(T, runs, b, d)` and classifiers `(T, runs, d, V)` at the steps that were kept."""

    features: Array
    classifier: Array


def labels_of(counts: Sequence[int]) -> NDArray[np.int64]:
    """The class of each sample, `(b,)`, where class k has `counts[k]` of them."""
    return np.repeat(np.arange(len(counts)), counts)


def zipf_counts(n_classes: int, largest: int) -> list[int]:
    """Samples of each class: `largest / rank`, rounded, and at least one."""
    return [max(1, round(largest / rank)) for rank in range(1, n_classes + 1)]


def generic_start(seeds: Sequence[Sequence[int] | int], n: int, dimension: int, n_classes: int, scale: float) -> Course:
    """Features and classifiers with entries N(0, scale^2), each run from a generator of its own, as a course of one step."""
    generators = [np.random.default_rng(seed) for seed in seeds]
    features = np.stack([rng.normal(0.0, scale, (n, dimension)) for rng in generators])
    classifier = np.stack([rng.normal(0.0, scale, (dimension, n_classes)) for rng in generators])
    return Course(features[None], classifier[None])


def balanced_start(seeds: Sequence[int], n: int, dimension: int, n_classes: int, scale: float) -> Course:
    """Random features, and the classifier `(f^T f)^(1/2) Q` with random orthonormal rows `Q`, so that `f^T f = W W^T`.

    Source: the condition of theorem 1.
    """
    start = generic_start(seeds, n, dimension, n_classes, scale)
    rotations = np.stack(
        [np.linalg.qr(np.random.default_rng([seed, 1]).standard_normal((n_classes, dimension)))[0].T for seed in seeds]
    )
    left, singular, right = np.linalg.svd(start.features[0], full_matrices=False)
    del left
    root = right.swapaxes(-1, -2) * singular[:, None] @ right
    return Course(start.features, (root @ rotations)[None])


def residual(features: Array, classifier: Array, labels: NDArray[np.int64], loss: Loss) -> Array:
    """The matrix `A` `(..., b, V)` of the gradients `A W^T` and `f^T A`: softmax minus one-hot labels, or logits minus them."""
    rest = features @ classifier
    if loss == "cross_entropy":
        rest -= rest.max(axis=-1, keepdims=True)
        np.exp(rest, out=rest)
        rest /= rest.sum(axis=-1, keepdims=True)
    rest[..., np.arange(len(labels)), labels] -= 1.0
    return rest


def descend(
    start: Course, labels: NDArray[np.int64], *, at: Steps, rate: float, loss: Loss = "cross_entropy"
) -> Course:
    """The course of gradient descent on the sum of losses at the steps `at`, rising from 0; both sides move at once.

    Raises:
        ValueError: the training diverged.
    """
    features, classifier = start.features[-1].copy(), start.classifier[-1].copy()
    kept = Course(np.empty((len(at), *features.shape)), np.empty((len(at), *classifier.shape)))
    done = 0
    for index, step in enumerate(at):
        with np.errstate(over="ignore", invalid="ignore"):  # a divergence is reported once, below
            for _ in range(step - done):
                rest = residual(features, classifier, labels, loss)
                by_features = rest @ classifier.swapaxes(1, 2)
                by_classifier = features.swapaxes(1, 2) @ rest
                features -= rate * by_features
                classifier -= rate * by_classifier
        done = step
        if not np.isfinite(features).all():
            raise ValueError(f"training diverged by step {step} at the rate {rate}; use a smaller one")
        kept.features[index], kept.classifier[index] = features, classifier
    return kept


def spectra(features: Array) -> Array:
    """Eigenvalues `(..., d)`, descending, of the covariance over samples, centred as in the paper."""
    centred = features - features.mean(axis=-2, keepdims=True)
    ascending: Array = np.maximum(np.linalg.eigvalsh(centred.swapaxes(-1, -2) @ centred), 0.0)
    return ascending[..., ::-1]


def imbalance(course: Course) -> Array:
    """`|f^T f - W W^T| / |f^T f|` in the Frobenius norm, `(T, runs)`. Source: theorem 1."""
    of_features = course.features.swapaxes(-1, -2) @ course.features
    of_classifier = course.classifier @ course.classifier.swapaxes(-1, -2)
    norm = np.linalg.norm(of_features, axis=(-2, -1))
    apart: Array = np.linalg.norm(of_features - of_classifier, axis=(-2, -1)) / norm
    return apart


def alignment(course: Course) -> Array:
    """Squared cosine of f's i-th right and W's i-th left singular vector, mean over i, `(T, runs)`. Chance is 1/d."""
    right = np.linalg.svd(course.features, full_matrices=False)[2]
    left = np.linalg.svd(course.classifier, full_matrices=False)[0]
    cosines = np.einsum("...ij,...ji->...i", right, left)
    mean: Array = (cosines**2).mean(axis=-1)
    return mean


def growth(course: Course, labels: NDArray[np.int64], rate: float) -> tuple[Array, Array, Array]:
    """Singular values of f, by how much one step changes them per unit of time, and `g_i`, each `(T, runs, d)`.

    `g_i = u_i^T A v_i` with u_i the i-th left singular vector of f and v_i the i-th right one of W.

    Source: lemma 1 and theorem 2.
    """
    left, singular, right = np.linalg.svd(course.features, full_matrices=False)
    rest = residual(course.features, course.classifier, labels, "cross_entropy")
    moved = course.features - rate * (rest @ course.classifier.swapaxes(-1, -2))
    change = (np.linalg.svd(moved, compute_uv=False) - singular) / rate
    # W^T v points along W's own right singular vector, with the sign that belongs to v, where theorem 1 holds.
    towards = right @ course.classifier
    towards /= np.linalg.norm(towards, axis=-1, keepdims=True)
    factor = np.einsum("...bi,...bv,...iv->...i", left, rest, towards)
    return singular, np.abs(change), np.abs(factor)


def first_learnt(course: Course, labels: NDArray[np.int64], at: Steps) -> Array:
    """The first kept step at which the mean probability of each class exceeds one half, `(runs, V)`; infinity if never."""
    probability = residual(course.features, course.classifier, labels, "cross_entropy")
    own = probability[..., np.arange(len(labels)), labels] + 1.0
    classes = np.unique(labels)
    mean = np.stack([own[..., labels == one].mean(axis=-1) for one in classes], axis=-1)
    learnt = mean > 0.5
    first = np.asarray(at, dtype=np.float64)[learnt.argmax(axis=0)]
    return np.where(learnt.any(axis=0), first, np.inf)


def operator_norm_at_start(counts: ArrayLike) -> float:
    """The operator norm of A where predictions are uniform, which no `|g_i|` exceeds there. Source: theorem 2."""
    labels = labels_of(np.asarray(counts).tolist())
    rest = np.full((len(labels), len(np.asarray(counts))), 1 / len(np.asarray(counts)))
    rest[np.arange(len(labels)), labels] -= 1.0
    return float(np.linalg.norm(rest, 2))
