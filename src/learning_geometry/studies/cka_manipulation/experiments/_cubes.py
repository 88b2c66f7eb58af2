"""Points of two cubes, and the CKA of their Gaussian kernels and linear images, without storing a matrix of all pairs."""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[Any]

_TILE = 500  # rows of a kernel tile: with its distances it stays in the second-level cache
_MEDIAN_POINTS = 1000  # points per cube that set the bandwidth; the median of all pairs differs by about 1 %


def two_cubes(rng: np.random.Generator, points: int, dimension: int, centre_distance: float) -> Matrix:
    """Uniform points of two unit cubes, `(2 * points, dimension)`, float64; the second half is the second cube."""
    cubes = rng.random((2 * points, dimension))
    cubes -= 0.5
    cubes[points:, 0] += centre_distance
    return cubes


def linear_map_curve(rng: np.random.Generator, features: Matrix, sigma_over_mu: Sequence[float]) -> Matrix:
    """Linear CKA `(ratios,)` between features and their image under random maps with entries N(1, ratio^2).

    Only the covariance `C` is needed: with `Y = XM`, `||Y'X||^2 = ||CM||^2` and `Y'Y = M'CM`.
    """
    centred = features - features.mean(axis=0)
    covariance = centred.T @ centred
    norm = float(np.linalg.norm(covariance))
    values = []
    for ratio in sigma_over_mu:
        matrix = 1.0 + ratio * rng.standard_normal(covariance.shape)
        half = covariance @ matrix
        values.append(float(np.sum(half * half)) / (norm * float(np.linalg.norm(matrix.T @ half))))
    return np.array(values)


def rbf_translation_curves(
    cubes: Matrix, direction: Matrix, distances: Sequence[float], fractions: Sequence[float]
) -> Matrix:
    """Gaussian CKA `(2, fractions, distances)` between the cubes and a copy whose second cube is moved.

    First with a bandwidth for each copy, a fraction of its own median distance (Kornblith et al. 2019); then with one
    bandwidth for both, a fraction of the median distance before the move. Medians are those of `_MEDIAN_POINTS` of
    each cube.

    No `(n, n)` matrix is stored: tiles of the upper triangle are summed, in float32 inside a tile and in float64
    across tiles. Moving a cube changes squared distances only between the cubes, by a sum of a row and a column.
    """
    n, half, count = len(cubes), len(cubes) // 2, len(fractions)
    medians = _medians(cubes, direction, [0.0, *distances])
    # Each kernel is (distance moved, 1 / (2 s^2)); the first `count` are those of the cubes before the move.
    kernels = [(c, 0.5 / (f * s) ** 2) for c, s in zip([0.0, *distances], medians, strict=True) for f in fractions]
    kernels += [(c, 0.5 / (f * medians[0]) ** 2) for c in distances for f in fractions]
    x = (cubes - cubes.mean(axis=0)).astype(np.float32)
    squares = np.einsum("ij,ij->i", x, x)
    along = x @ direction.astype(np.float32)
    cross, own, rows = np.zeros(len(kernels)), np.zeros(len(kernels)), np.zeros((len(kernels), n))
    edges = [*range(0, half, _TILE), *range(half, n, _TILE), n]
    tiles = [slice(a, b) for a, b in itertools.pairwise(edges)]
    for i, j in itertools.combinations_with_replacement(tiles, 2):
        near = squares[i, None] + squares[None, j] - 2 * (x[i] @ x[j].T)
        if i == j:
            np.fill_diagonal(near, 0)
        reach = 2 * (along[None, j] - along[i, None])
        between = i.start < half <= j.start
        unmoved = [np.exp(np.float32(-gamma) * near) for _, gamma in kernels[:count]]
        sums: dict[tuple[float, float, int], tuple[Any, ...]] = {}
        for k, (c, gamma) in enumerate(kernels):
            # Within a cube a kernel depends on its bandwidth alone: it is computed once for all distances moved.
            key = (c if between else 0.0, gamma, k % count)
            if key not in sums:
                kernel = np.exp(np.float32(-gamma) * (near + np.float32(key[0]) * (reach + np.float32(key[0]))))
                products = (float(np.vdot(unmoved[k % count], kernel)), float(np.vdot(kernel, kernel)))
                sums[key] = (*products, kernel.sum(axis=1), kernel.sum(axis=0))
            with_unmoved, with_itself, of_rows, of_columns = sums[key]
            weight = 1 if i == j else 2
            cross[k] += weight * with_unmoved
            own[k] += weight * with_itself
            rows[k, i] += of_rows
            if i != j:
                rows[k, j] += of_columns
    base = np.tile(np.arange(count), len(kernels) // count)
    totals = rows.sum(axis=1)
    cross += totals * totals[base] / n**2 - 2 * np.sum(rows * rows[base], axis=1) / n
    own += totals**2 / n**2 - 2 * np.sum(rows * rows, axis=1) / n
    values = (cross / np.sqrt(own * own[base]))[count:]
    return values.reshape(2, len(distances), count).swapaxes(1, 2)


def _medians(cubes: Matrix, direction: Matrix, shifts: Sequence[float]) -> list[float]:
    """Median pairwise distance of the two cubes for each shift of the second."""
    half = len(cubes) // 2
    used = min(half, _MEDIAN_POINTS)
    sample = np.concatenate([cubes[:used], cubes[half : half + used]])
    sample -= sample.mean(axis=0)
    squares = np.einsum("ij,ij->i", sample, sample)
    upper = np.triu_indices(2 * used, 1)
    near = (squares[:, None] + squares - 2 * sample @ sample.T)[upper]
    reach = 2 * np.subtract.outer(-sample @ direction, -sample @ direction)[upper]
    between = (upper[0] < used) & (upper[1] >= used)
    return [float(np.sqrt(np.median(near + between * c * (reach + c)))) for c in shifts]


def cubes_and_direction(seed: int, points: int, dimension: int, centre_distance: float) -> tuple[Matrix, Matrix]:
    """Two cubes `(2 * points, dimension)` and a random unit vector `(dimension,)`."""
    rng = np.random.default_rng([seed, 0])
    cubes = two_cubes(rng, points, dimension, centre_distance)
    direction = rng.standard_normal(dimension)
    return cubes, direction / np.linalg.norm(direction)
