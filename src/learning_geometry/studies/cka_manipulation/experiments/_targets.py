"""Maps that a network is asked to show, and the nearest map that any network could show."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

# A face that looks along the diagonal: eyes at the upper left, mouth at the lower right; the diagonal is its nose.
_FACE = (
    "00000000",
    "00010000",
    "00000000",
    "01000010",
    "00000001",
    "00000001",
    "00010001",
    "00001110",
)
_TOLERANCE = 1e-10  # change of a projection at which the iteration stops
_ITERATIONS = 10_000  # a bound; the maps of this study need a few hundred


def target_map(name: str, layers: int) -> Matrix:
    """The map `(layers, layers)` called `name`, before it is projected onto the maps a network can show.

    "high" has every pair of layers alike, "low" none; in "parity" layers are alike (.9) when their numbers are both odd
    or both even and unlike (.2) otherwise; "picture" is a drawn face.

    Raises:
        ValueError: there is no target of that name.
    """
    if name not in TARGETS:
        raise ValueError(f"unknown target {name!r}; known: {', '.join(TARGETS)}")
    target = TARGETS[name](layers)
    np.fill_diagonal(target, 1.0)
    return target


def nearest_reachable(target: Matrix) -> Matrix:
    """The symmetric positive semidefinite matrix with unit diagonal nearest to `target` in the Frobenius norm.

    A map of linear CKA within a network is the Gram matrix of its layers' normalised kernels, so it is such a matrix.
    By Dykstra's alternating projections (Higham 2002, IMA Journal of Numerical Analysis 22).

    Raises:
        RuntimeError: the projections did not converge.
    """
    nearest = target.copy()
    correction = np.zeros_like(nearest)
    for _ in range(_ITERATIONS):
        shifted = nearest - correction
        values, vectors = np.linalg.eigh((shifted + shifted.T) / 2)
        positive = (vectors * np.maximum(values, 0)) @ vectors.T
        correction = positive - shifted
        before, nearest = nearest, positive.copy()
        np.fill_diagonal(nearest, 1.0)
        if np.abs(nearest - before).max() < _TOLERANCE:
            return nearest
    raise RuntimeError(f"alternating projections did not converge in {_ITERATIONS} steps")


def off_diagonal_error(one: Matrix, other: Matrix) -> float:
    """Mean absolute difference of two maps off the diagonal, where every map is 1."""
    return float(np.abs(one - other)[~np.eye(len(one), dtype=bool)].mean())


def _parity(layers: int) -> Matrix:
    number = np.arange(layers)
    return np.where((number[:, None] - number) % 2 == 0, 0.9, 0.2)


def _picture(layers: int) -> Matrix:
    face = np.array([[0.2 + 0.6 * int(cell) for cell in row] for row in _FACE])
    cell = np.arange(layers) * len(face) // layers
    return face[np.ix_(cell, cell)]


TARGETS: dict[str, Callable[[int], Matrix]] = {
    "high": lambda layers: np.ones((layers, layers)),
    "low": lambda layers: np.zeros((layers, layers)),
    "parity": _parity,
    "picture": _picture,
}
"""The maps by name; the diagonal is set to 1 afterwards."""
