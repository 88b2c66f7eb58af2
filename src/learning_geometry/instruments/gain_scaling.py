"""Gain scaling: how a neuron's gain depends on the spread of its input, fitted and computed.

A neuron scales its gain if it answers less to a unit of input the more its input varies. The gain that counts is the slope of its
activation averaged over its inputs; for normal ones that is an integral.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

_NODES = 201  # of the Gauss-Hermite rule
_EXPONENTS = np.concatenate([np.arange(0.02, 1, 0.02), np.arange(1, 6.01, 0.1)])


@dataclass(frozen=True)
class Fit:
    """`amplitude * f(x; exponent) + offset`, and the share of variance that it explains."""

    amplitude: float
    exponent: float
    offset: float
    explained: float


def mean_slope(slope: Callable[[Array], Array], sd: float) -> float:
    """The mean of `slope(x)` over normal inputs of mean 0 and standard deviation `sd`: the gain of a neuron so driven.

    Raises:
        ValueError: `sd` is negative or not finite.
    """
    if not 0 <= sd < np.inf:
        raise ValueError(f"the standard deviation is {sd}; give a finite number, 0 or above")
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    return float(slope(sd * nodes) @ weights / weights.sum())


def fit_power_law(x: ArrayLike, y: ArrayLike) -> Fit:
    """The least-squares fit `a x^-b + c` of values `y` `(n,)` at `x > 0` `(n,)`, with b from .02 to 6.

    Raises:
        ValueError: there are fewer than four pairs, one is not finite, or an x is not above 0.
    """
    return _fit(x, y, lambda points, b: points**-b)


def fit_exponential(x: ArrayLike, y: ArrayLike) -> Fit:
    """The least-squares fit `a exp(-b x) + c` of values `y` `(n,)` at `x > 0` `(n,)`, with b from .02 to 6.

    Raises:
        ValueError: there are fewer than four pairs, one is not finite, or an x is not above 0.
    """
    return _fit(x, y, lambda points, b: np.exp(-b * points))


def _fit(x: ArrayLike, y: ArrayLike, shape: Callable[[Array, float], Array]) -> Fit:
    points, values = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if points.shape != values.shape or points.ndim != 1 or len(points) < 4:
        raise ValueError(f"x of shape {points.shape} and y of shape {values.shape}; give four pairs or more")
    if not (np.isfinite(points).all() and np.isfinite(values).all() and (points > 0).all()):
        raise ValueError("x has to be finite and above 0, y finite; leave out what is not")
    centred = values - values.mean()
    best = Fit(0.0, float(_EXPONENTS[0]), float(values.mean()), 0.0)
    for b in _EXPONENTS:
        basis = shape(points, float(b))
        off = basis - basis.mean()
        norm, total = float(off @ off), float(centred @ centred)
        # For each exponent amplitude and offset are a linear regression.
        explained = float(off @ centred) ** 2 / (norm * total) if norm > 0 and total > 0 else 0.0
        if explained > best.explained:
            a = float(off @ centred) / norm
            best = Fit(a, float(b), float(values.mean() - a * basis.mean()), explained)
    return best
