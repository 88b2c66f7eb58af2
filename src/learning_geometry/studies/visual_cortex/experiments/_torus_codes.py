"""Codes of stimuli on a torus whose variances follow any spectrum: what they tell, and how sensitive they are.

A stimulus is a point of the torus of d angles, all equally probable. A code of N neurons is spanned by the N lowest waves,
cosines and sines of `k . angles`; variances are in units of their mean, the total being N, and each neuron has independent
noise of variance 1 / snr.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

Array = NDArray[np.float64]


class Frontier(NamedTuple):
    """The most information that any spectrum has at a given sensitivity, `(points,)` each, from steep to flat spectra."""

    sensitivity: Array
    information: Array


def squared_frequencies(dimension: int, count: int) -> Array:
    """Return the `count` lowest eigenvalues `|k|^2` of minus the Laplacian on the torus, `(count,)`, ascending.

    Each occurs as often as there are integer vectors `k` of that length, half of them cosines and half sines; the
    constant, `k = 0`, has no variance and is left out. They grow as `i^(2 / dimension)` (Weyl).
    """
    if dimension == 1:
        return np.ceil(np.arange(1, count + 1) / 2) ** 2
    largest = 4
    while (found := _lattice_points(dimension, largest))[1:].sum() < count:
        largest *= 2
    return np.repeat(np.arange(1.0, largest + 1), found[1:].astype(np.int64))[:count]


def wave_vectors(dimension: int, count: int) -> NDArray[np.int64]:
    """Return the integer vectors of the `count` lowest waves, `(count, dimension)`, each beside its opposite."""
    reach = int(squared_frequencies(dimension, count)[-1] ** 0.5)
    grid = np.stack(np.meshgrid(*[np.arange(-reach, reach + 1)] * dimension, indexing="ij"), axis=-1)
    vectors = grid.reshape(-1, dimension)
    half = vectors[len(vectors) // 2 + 1 :]  # one of each pair of opposites, without the zero in the middle
    order = np.argsort((half**2).sum(axis=1), kind="stable")
    return np.stack([half[order], -half[order]], axis=1).reshape(-1, dimension)[:count]


def waves(angles: Array, vectors: NDArray[np.int64]) -> Array:
    """Return the waves at `angles` `(n_stimuli, dimension)`, `(n_stimuli, n_waves)`, orthonormal on the torus.

    Of each pair of opposites in `vectors` the first stands for the cosine and the second for the sine.
    """
    phases = angles @ vectors.T
    phases[:, 1::2] += np.pi / 2
    return np.sqrt(2) * np.cos(phases)


def power_law_variances(exponent: float, count: int) -> Array:
    """Return `count` variances that go as `i^-exponent` and have the mean one, `(count,)`."""
    shares = np.arange(1, count + 1, dtype=np.float64) ** -exponent
    return shares * (count / shares.sum())


def information(variances: Array, snr: float) -> float:
    """Return the information of a Gaussian code about its stimulus, in nats: `1/2 sum ln(1 + snr variance)`.

    No code with these variances and this noise tells more (Shannon).
    """
    return float(np.log1p(snr * variances).sum() / 2)


def sensitivity(variances: Array, squares: Array) -> float:
    """Return the mean of `|k|^2` `(count,)` over waves, weighted by their variances `(count,)`.

    It is the mean squared change of the response to a small step of the stimulus, relative to that of a code of equal
    variance whose waves all have frequency one.
    """
    return float(variances @ squares / variances.sum())


def growth(values: Array, counts: Sequence[int]) -> Array:
    """Return the slope of ln value on ln count between neighbouring counts, along the last axis."""
    return np.diff(np.log(values), axis=-1) / np.diff(np.log(counts))


def lost_information(information: Array, counts: Sequence[int]) -> Array:
    """Return 0 where information grows in proportion to the neurons, between neighbouring counts, 1 where it does not grow."""
    return 1 - growth(information, counts)


def gained_sensitivity(sensitivity: Array, counts: Sequence[int], dimension: int) -> Array:
    """Return 0 where sensitivity stays as it is, between neighbouring counts, 1 where it grows as that of a flat spectrum."""
    return growth(sensitivity, counts) * dimension / 2


def crossing(squares: Array, dimension: int, counts: tuple[int, int], snr: float) -> float:
    """Return the exponent at which a power law loses as much information as it gains sensitivity, between two counts."""

    def difference(exponent: float) -> float:
        codes = [power_law_variances(exponent, count) for count in counts]
        told = np.array([information(code, snr) for code in codes])
        moved = np.array([sensitivity(code, squares[: len(code)]) for code in codes])
        return float((lost_information(told, counts) - gained_sensitivity(moved, counts, dimension))[0])

    # A flat spectrum loses nothing, and beyond 1 + 2 / d, which is at most 3, hardly any sensitivity is gained.
    return float(brentq(difference, 0.0, 4.0, xtol=1e-6))


def frontier(squares: Array, snr: float, *, points: int = 60) -> Frontier:
    """Return the most information that any spectrum of this total variance has at given sensitivities.

    By Lagrange multipliers, water-filling: `variance_i = max(0, c / (|k_i|^2 - |k_1|^2 + t) - 1 / snr)`, with `c` from the
    total and `t`, in `points` steps, from the strongest restriction on sensitivity to none. `squares` `(count,)` ascend.
    """
    count = len(squares)
    found = []
    for t in np.geomspace(1e-6 * squares[0], 1e2 * squares[-1], points):
        level = 1 / (squares - squares[0] + t)
        # The waves that get any variance come first, since the levels descend; what `c` would be with so many of them.
        c = (count + np.arange(1, count + 1) / snr) / np.cumsum(level)
        filled = int((c * level > 1 / snr).sum())
        variances = np.maximum(c[filled - 1] * level - 1 / snr, 0)
        found.append((sensitivity(variances, squares), information(variances, snr)))
    return Frontier(*np.array(found).T)


def _lattice_points(dimension: int, largest: int) -> Array:
    """Return how many integer vectors have the squared length 0, 1, ..., `largest`, `(largest + 1,)`."""
    found = np.zeros(largest + 1)
    found[0] = 1
    for _ in range(dimension):
        extended = found.copy()
        for k in range(1, int(largest**0.5) + 1):
            extended[k * k :] += 2 * found[: largest + 1 - k * k]
        found = extended
    return found
