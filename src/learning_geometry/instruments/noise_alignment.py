"""Signal and noise along the same axes: how much so, without bias, and axes that are so as much.

Where noise follows the axes of the signal, as attention and arousal scale whole patterns of responses, removing it
takes signal along. The single axes of a weak signal are not known, but how much of its variance lies along the noise is.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import helmert
from scipy.optimize import brentq

Array = NDArray[np.float64]

# The weight at which noise decides on all axes but those that it is nearly as loud along.
_MOST = 50.0


class Alignment(NamedTuple):
    """How much louder the noise is along the axes of the signal than along others, and the standard error of that."""

    value: float
    error: float


def alignment(data: NDArray[Any]) -> Alignment:
    """Return how much louder the noise is along the axes of the signal than along others, zero if they are unrelated.

    It is `tr(S D) / tr(S)`, with `S` the covariance of the signal and `D` that of the noise, its eigenvalues replaced
    by their loudness (`ln(1 + variance / mean)`) less the mean loudness. The covariance of one repeat with the mean of
    the others stands for `S`, and contrasts of these others give `D`. The errors of the two are independent, so that
    the expectation is zero where signal and noise have nothing to do with one another. The standard error is that of a
    mean over stimuli.

    Args:
        data: `(n_repeats, n_stimuli, n_dimensions)`, centred over stimuli. Of two repeats, and where repeats share
            nothing, the value is zero and the error infinite.
    """
    n_repeats, n_stimuli, n_dimensions = data.shape
    if n_repeats < 3:
        return Alignment(0.0, np.inf)
    # What rounding leaves of the difference of equal repeats is no noise.
    floor = (10 * np.finfo(data.dtype).eps) ** 2 * float(np.vdot(data, data))
    along, total = np.zeros(n_stimuli), 0.0
    for held_out in range(n_repeats):
        others = np.delete(data, held_out, axis=0)
        contrasts = np.tensordot(helmert(n_repeats - 1).astype(data.dtype), others, 1).reshape(-1, n_dimensions)
        variances, axes = np.linalg.eigh((contrasts.T @ contrasts).astype(np.float64))
        loudness = _loudness(np.where(variances > floor, variances, 0.0))
        products = (data[held_out] @ axes) * (others.mean(axis=0) @ axes)
        along += products @ (loudness - loudness.mean())
        total += float(products.sum())
    if total <= 0:
        return Alignment(0.0, np.inf)
    return Alignment(float(along.sum() / total), float(along.std() * np.sqrt(n_stimuli) / total))


def turned_towards_noise(axes: Array, *, aligned: float, eigenvalues: Array, variances: Array) -> Array:
    """Return axes of the signal, turned towards those of the noise as far as their alignment asks for.

    They become the eigenvectors of `W + t D`: `W` has the given axes, with eigenvalues that fall as the logarithm of
    the rank, and `D` is the loudness of the noise. With `t = 0` axes stay, and with a large one they are those of the
    noise in the order of its variances. The least `t` is taken that aligns them enough.

    Args:
        axes: `(n, n)`, orthonormal rows in the order of ranks, in coordinates in which noise is independent.
        aligned: As `alignment` finds it. If it is more than axes can have, they are turned all the way.
        eigenvalues: `(n,)`, of the signal, descending.
        variances: `(n,)`, of the noise in these coordinates.
    """
    loudness = _loudness(variances)
    own = np.diag(-np.log(np.arange(1, len(axes) + 1)))
    of_noise = (axes * loudness) @ axes.T

    def turned(t: float) -> Array:
        return np.linalg.eigh(own + t * of_noise)[1][:, ::-1].T @ axes if t > 0 else axes

    def excess(t: float) -> float:
        shares = turned(t) ** 2 @ (loudness - loudness.mean())
        return float(eigenvalues @ shares / eigenvalues.sum()) - aligned

    if excess(0.0) >= 0:
        return axes
    return turned(_MOST if excess(_MOST) <= 0 else brentq(excess, 0.0, _MOST, xtol=1e-3))


def _loudness(variances: Array) -> Array:
    """Return `ln(1 + variance / mean)`, which is finite where there is no noise and flat where there is none at all."""
    mean = variances.mean()
    return np.log1p(variances / mean) if mean > 0 else np.zeros(len(variances))
