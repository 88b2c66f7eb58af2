"""The spectrum that two sets of voxels share, found on some stimuli and scored on others."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import eigh, helmert

from learning_geometry.instruments.noise_components import as_responses, clean, noise_axes

Array = NDArray[np.float64]


def cross_decomposition(
    first: ArrayLike, second: ArrayLike, *, folds: int = 8, noise_components: int = 0, rng: np.random.Generator
) -> Array:
    """Return the variance that two sets of voxels share on held-out stimuli, along axes found on the others.

    The singular vectors of the cross-covariance of the training stimuli are the axes of the two sides, and the value at
    rank `k` is the covariance of their scores over the stimuli held out, about the training mean; averaged over folds
    (Gauthaman et al. 2024, arXiv:2409.06843, who divide by `sqrt(n_voxels_1 n_voxels_2)` as well). It compares two
    subjects, or two repeats as `cross_decomposition(responses[:1], responses[1:], rng=rng)`. Its exponent is not that
    of `cvpca`: axes of high rank are badly estimated, so that it falls faster than the signal.

    The singular vectors come from the smaller of the two products of the cross-covariance with itself, in float64, and
    a side with more voxels than stimuli is first rotated into as many coordinates as there are stimuli. Singular values
    are resolved down to about 1e-7 of the largest.

    Args:
        first: `(n_repeats, n_stimuli, n_voxels)`; repeats are averaged, and there may be one.
        second: The same of the other side, on the same stimuli; repeats and voxels may be others in number.
        folds: Number of parts into which the stimuli are divided, each held out once.
        noise_components: Number of noise components to project out of each side first, as `remove_noise_components`
            does; needs two repeats on each side, whose noise must be independent of the other side's.
        rng: Assigns stimuli to folds.

    Returns:
        `(min(smallest number of training stimuli - 1, n_voxels_1, n_voxels_2),)`, in the units of both multiplied,
        in the order of the training singular values; values need not descend and may be negative.

    Raises:
        ValueError: If one side is malformed, the numbers of stimuli differ, there are fewer than two folds or more than
            stimuli, or `noise_components` is negative or more than the residuals have dimensions.
    """
    least_repeats = 2 if noise_components else 1
    sides = [as_responses(x, name, least_repeats=least_repeats) for x, name in ((first, "first"), (second, "second"))]
    n_stimuli = sides[0].shape[1]
    if sides[1].shape[1] != n_stimuli:
        raise ValueError(f"first holds {n_stimuli} stimuli but second {sides[1].shape[1]}; pass the same ones to both")
    if not 2 <= folds <= n_stimuli:
        raise ValueError(f"folds is {folds}; pass 2 to {n_stimuli}, the number of stimuli")
    # The side of fewer coordinates last: the decomposition is of its size.
    wide, narrow = sorted((_coordinates(side, noise_components) for side in sides), key=lambda x: -x.shape[1])
    parts = np.array_split(rng.permutation(n_stimuli), folds)
    spectrum = np.zeros(min(n_stimuli - len(parts[0]) - 1, narrow.shape[1]))
    for part in parts:
        spectrum += _held_out_scores(wide, narrow, part)[: len(spectrum)] / folds
    return spectrum


def _coordinates(data: NDArray[Any], noise_components: int) -> Array:
    """Return the mean of the repeats, cleaned, in as few coordinates as hold its distances: `(n_stimuli, n_coordinates)`."""
    noise = noise_axes(data, helmert(len(data)), noise_components) if noise_components else None
    matrix = clean(data.mean(axis=0), noise)
    if matrix.shape[1] > len(matrix):
        # Rows of a matrix and of the transposed triangle of its transpose differ by a rotation.
        matrix = np.asarray(np.linalg.qr(matrix.T, mode="r")).T
    return matrix.astype(np.float64)


def _held_out_scores(wide: Array, narrow: Array, part: NDArray[np.intp]) -> Array:
    """Return the covariance of both sides over the stimuli of `part`, along axes found on the others."""
    train = np.ones(len(wide), dtype=bool)
    train[part] = False
    centre_wide, centre_narrow = wide[train].mean(axis=0), narrow[train].mean(axis=0)
    cross = (wide[train] - centre_wide).T @ (narrow[train] - centre_narrow)
    right = eigh(cross.T @ cross, overwrite_a=True, check_finite=False, driver="evd")[1][:, ::-1]
    left = cross @ right
    lengths = np.linalg.norm(left, axis=0)
    scores = np.einsum("ik,ik->k", (wide[part] - centre_wide) @ left, (narrow[part] - centre_narrow) @ right)
    return np.divide(scores, lengths, out=np.zeros_like(scores), where=lengths > 0) / len(part)
