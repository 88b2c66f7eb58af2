"""What linear CKA makes of a translation of some of the samples, in closed form.

Davari et al. (2023, arXiv:2210.16156, theorem 1) show that moving a subset of the samples, however it leaves their
classification, drives linear CKA to a limit that depends neither on the direction nor on the final distance. The closed
form and the limit are our own derivation; only centring, a linear kernel and a unit direction are assumed.
"""

from typing import NamedTuple, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from learning_geometry.instruments.arrays import as_array
from learning_geometry.instruments.hsic import Matrix, as_features, centred


class _Moved(NamedTuple):
    features: Matrix  # (n_samples, n_features), centred
    energy: float  # ||X^T X||_F^2
    total: Matrix  # sum of the moved rows
    spread: float  # squared norm of the centred indicator of the moved rows


@overload
def translated_cka(x: ArrayLike, moved: ArrayLike, direction: ArrayLike, distance: float) -> float: ...
@overload
def translated_cka(x: ArrayLike, moved: ArrayLike, direction: ArrayLike, distance: NDArray[np.float64]) -> Matrix: ...
def translated_cka(
    x: ArrayLike, moved: ArrayLike, direction: ArrayLike, distance: float | NDArray[np.float64]
) -> float | Matrix:
    """Return the linear biased CKA between `x` and `x` with the rows `moved` translated, without translating them.

    With `X` centred, `s` the sum of its `m` moved rows, `v` the unit direction, `C = X^T X`, `u = m (1 - m / n)` and
    `c` the distance, the value is `(A + 2 c s.Cv + c^2 |s|^2) / sqrt(A D)`, where `A = ||C||_F^2` and
    `D = A + 4 c s.Cv + 2 c^2 (u v.Cv + (s.v)^2 + |s|^2) + 4 c^3 u s.v + c^4 u^2`. Our derivation.

    Args:
        x: `(n_samples, n_features)`.
        moved: Which rows move: a Boolean mask `(n_samples,)`, or their indices. At least one moves and at least one
            stays.
        direction: `(n_features,)`, not zero; normalised here.
        distance: How far the rows move, in the units of `x`: a number or an array of any shape.

    Returns:
        A float, or an array of the shape of `distance`.

    Raises:
        ValueError: If an argument is malformed, `x` is constant, or the translation makes all samples coincide.
    """
    features, energy, total, spread = _prepare(x, moved)
    v = as_array(direction, np.float64)
    if v.shape != (features.shape[1],):
        raise ValueError(f"direction has shape {v.shape}; expected one entry for each of {features.shape[1]} features")
    largest = np.abs(v).max()
    if not 0 < largest < np.inf:
        raise ValueError("direction is zero or not finite; pass a vector that can be normalised")
    v = v / largest
    v = v / np.linalg.norm(v)
    c = as_array(distance, np.float64)
    if not np.isfinite(c).all():
        raise ValueError("distance is not finite; translated_cka_limit gives the value at infinity")
    along = features @ v
    cross = float(total @ (features.T @ along))
    reach, pull = float(total @ total), float(total @ v)
    # CKA ignores scale, so a (X + c u v^T) serves as well; this choice of a forms no power of a large c.
    balance = (energy / spread**2) ** 0.25  # the distance at which both terms are of one size
    a = balance / np.hypot(balance, c)
    b = balance * (c / np.hypot(balance, c))
    with_x = energy * a**2 + 2 * a * b * cross + b**2 * reach
    with_self = (
        energy * a**4
        + 4 * a**3 * b * cross
        + 2 * (a * b) ** 2 * (float(along @ along) * spread + pull**2 + reach)
        + 4 * a * b**3 * pull * spread
        + (b**2 * spread) ** 2
    )
    if np.any(with_self <= 16 * np.finfo(np.float64).eps * (energy * a**4 + (b**2 * spread) ** 2)):
        raise ValueError("the translation makes all samples coincide, so CKA is undefined; choose another distance")
    value = np.clip(with_x / np.sqrt(energy * with_self), 0.0, 1.0)
    return float(value) if c.ndim == 0 else value


def translated_cka_limit(x: ArrayLike, moved: ArrayLike) -> float:
    """Return what `translated_cka` tends to as the distance grows, in whichever direction.

    The limit is `rho / (1 - rho) * |mean of the moved rows|^2 / mean |x_i|^2 * sqrt(PR)`, with `x` centred, `rho` the
    share of rows that move, and `PR` the participation ratio of the covariance eigenvalues (our derivation of what
    theorem 1 of Davari et al. 2023 is about). It is the same for the rows that move and for those that stay, and for one row of `n` falls as `1 / n`.

    Args:
        x: `(n_samples, n_features)`.
        moved: Which rows move: a Boolean mask `(n_samples,)`, or their indices.

    Raises:
        ValueError: If an argument is malformed or `x` is constant.
    """
    _, energy, total, spread = _prepare(x, moved)
    return float(min(total @ total / (spread * np.sqrt(energy)), 1.0))


def _prepare(x: ArrayLike, moved: ArrayLike) -> _Moved:
    if np.ndim(x) != 2:
        raise ValueError(f"x has shape {np.shape(x)}; expected (n_samples, n_features)")
    features = centred(as_features(x, "x").astype(np.float64), "x")
    n_samples, n_features = features.shape
    product = features.T @ features if n_features <= n_samples else features @ features.T
    energy = float(np.vdot(product, product))
    if energy == 0:
        raise ValueError("x is constant over its samples, so CKA is undefined; pass features that vary")
    chosen = as_array(moved)
    mask = np.zeros(n_samples, dtype=bool)
    if chosen.dtype == bool and chosen.shape == mask.shape:
        mask = chosen
    elif chosen.dtype.kind in "iu" and chosen.ndim == 1 and np.all((chosen >= -n_samples) & (chosen < n_samples)):
        mask[chosen] = True
    elif chosen.size > 0:
        raise ValueError(
            f"moved has dtype {chosen.dtype} and shape {chosen.shape}; "
            f"pass a mask of {n_samples} Booleans or row indices"
        )
    n_moved = int(mask.sum())
    if n_moved in (0, n_samples):
        raise ValueError(f"{n_moved} of {n_samples} rows move; at least one must move and at least one must stay")
    return _Moved(features, energy, features[mask].sum(axis=0), n_moved * (1 - n_moved / n_samples))
