"""Repeated responses to the same stimuli, and the correlated noise in them."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import eigh, helmert
from scipy.sparse.linalg import eigsh

from learning_geometry.instruments.arrays import as_array

# Up to this size LAPACK finds all eigenvectors faster than Lanczos the leading few (measured).
_DENSE = 400


def remove_noise_components(responses: ArrayLike, n_components: int) -> NDArray[Any]:
    """Return `responses` without their leading principal components of noise.

    Noise is what differs between repeats of a stimulus: the responses, centred within each repeat, minus their mean
    over repeats. The signal has no part in it. Its leading components are projected out of all responses; signal along
    them is lost too, which costs little as long as they are few among the voxels. Stringer et al. (2019, Nature 571)
    subtract components of spontaneous activity instead, of which there is none here; our operationalisation.

    Do not cross-validate the result: what remains is chosen for the repeats' likeness, so that even pure noise then
    seems to hold a signal. `cvpca` with `noise_components` looks for noise in the other repeats alone and has no such
    bias; nor has `cross_decomposition` of two subjects, each of which has noise of its own.

    The components are those of the smaller of two matrices, `n_voxels` or `(n_repeats - 1) n_stimuli` to a side.

    Args:
        responses: `(n_repeats, n_stimuli, n_voxels)`, at least two repeats.
        n_components: Number of components to remove; with none the result is a copy.

    Returns:
        A new array, shaped as `responses`, float32 if they were and float64 otherwise.

    Raises:
        ValueError: If `responses` is malformed, holds one repeat, fewer than three stimuli, or values that are not
            finite, or `n_components` is negative or more than the residuals have dimensions.
    """
    data = as_responses(responses, "responses", least_repeats=2)
    noise = noise_axes(data, helmert(len(data)), n_components)
    removed = (data @ noise) @ noise.T
    return np.subtract(data, removed, out=removed)


def noise_axes(data: NDArray[Any], contrasts: NDArray[np.float64], n_components: int) -> NDArray[Any]:
    """Return the leading principal axes of the noise in checked responses, `(n_voxels, n_components)`, orthonormal.

    Args:
        data: `(n_repeats, n_stimuli, n_voxels)`, as `as_responses` returns them.
        contrasts: Orthonormal contrasts of the repeats that may have a say, `(n_contrasts, n_repeats)`: of all of them
            `scipy.linalg.helmert(n_repeats)`. The contrasts have the covariance of the residuals in one repeat less.
        n_components: Number of axes.

    Raises:
        ValueError: If `n_components` is negative or more than the residuals have dimensions.
    """
    n_voxels = data.shape[2]
    check_components(n_components, contrasts, data.shape[1:])
    if n_components == 0:
        return np.zeros((n_voxels, 0), dtype=data.dtype)
    residuals = np.tensordot(contrasts.astype(data.dtype), data, 1)
    for contrast in residuals:
        clean(contrast)
    residuals = residuals.reshape(-1, n_voxels)
    # What rounding leaves of the difference of equal repeats.
    floor = (10 * np.finfo(data.dtype).eps) ** 2 * float(np.vdot(data, data))
    if n_voxels <= len(residuals):
        return leading_axes(residuals.T @ residuals, n_components, floor=floor)
    images = residuals.T @ leading_axes(residuals @ residuals.T, n_components, floor=floor)
    # The images of orthonormal vectors are orthogonal only up to rounding that their lengths magnify.
    return np.linalg.qr(images)[0]


def leading_axes(moment: NDArray[Any], n_components: int, *, floor: float) -> NDArray[Any]:
    """Return the eigenvectors of the largest eigenvalues, `(n, n_components)`, in the dtype of `moment`.

    Raises:
        ValueError: If one of these eigenvalues is zero up to rounding: at most `floor`, or the precision of the largest.
    """
    n = len(moment)
    if n <= _DENSE or 4 * n_components > n:
        values, vectors = eigh(moment, check_finite=False, driver="evd")
        values, vectors = values[-n_components:], vectors[:, -n_components:]
    else:
        # A start of no particular direction, the same every time; one of ones is orthogonal to whatever is centred.
        values, vectors = eigsh(moment, k=n_components, v0=np.cos(np.arange(n)).astype(moment.dtype))
    if values.min() <= max(floor, 100 * np.finfo(moment.dtype).eps * values.max()):
        raise ValueError(
            f"noise_components is {n_components}, but the residuals have fewer dimensions; remove fewer components"
        )
    return vectors


def clean(matrix: NDArray[Any], noise: NDArray[Any] | None = None) -> NDArray[Any]:
    """Centre the columns of `matrix`, project the orthonormal axes `noise` out, both in place, and return it."""
    matrix -= matrix.mean(axis=0, dtype=np.float64).astype(matrix.dtype)
    if noise is not None and noise.shape[1] > 0:
        matrix -= (matrix @ noise) @ noise.T
    return matrix


def as_responses(values: ArrayLike, name: str, *, least_repeats: int, least_stimuli: int = 3) -> NDArray[Any]:
    """Return checked responses, float32 if they were and float64 otherwise, without a copy where possible.

    Args:
        values: `(n_repeats, n_stimuli, n_voxels)`, real and finite.
        name: What to call them in an error message.
        least_repeats: Number of repeats below which they are refused.
        least_stimuli: Number of stimuli below which they are refused.

    Raises:
        ValueError: If they are anything else.
    """
    data = as_array(values)
    if data.ndim != 3 or data.shape[0] < least_repeats or data.shape[1] < least_stimuli or data.shape[2] < 1:
        raise ValueError(
            f"{name} has shape {data.shape}; expected (n_repeats, n_stimuli, n_voxels), "
            f"at least ({least_repeats}, {least_stimuli}, 1)"
        )
    if data.dtype.kind not in "fiub":
        raise ValueError(f"{name} has dtype {data.dtype}; convert it to float32 or float64")
    # Minimum and maximum propagate NaN and keep infinities, without a Boolean copy of the array.
    if data.size and not (np.isfinite(data.min()) and np.isfinite(data.max())):
        raise ValueError(f"{name} has values that are not finite; remove the stimuli or voxels that hold them")
    return data.astype(np.float32 if data.dtype == np.float32 else np.float64, copy=False)


def check_components(n_components: int, contrasts: NDArray[np.float64], shape: tuple[int, ...]) -> None:
    """Raise `ValueError` unless contrasts of responses to `(n_stimuli, n_voxels)` have `n_components` to find."""
    n_stimuli, n_voxels = shape
    if n_components > 0 and len(contrasts) == 0:
        raise ValueError(
            f"noise_components is {n_components}, but noise is found in at least two repeats beside the one held out; "
            "pass three repeats, or noise_components=0"
        )
    most = min(len(contrasts) * (n_stimuli - 1), n_voxels - 1)
    if n_components < 0 or n_components > most:
        raise ValueError(f"noise_components is {n_components}; pass 0 to {most}, what the residuals allow")
