"""Where mirror descent ends in linear regression: the interpolating weights nearest to the start, in its own geometry."""

import warnings
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import linalg, optimize

from learning_geometry.instruments.arrays import as_array
from learning_geometry.instruments.potentials import NegativeEntropy, Potential

Array = NDArray[np.float64]


class InterpolationWarning(UserWarning):
    """The solver stopped before the weights met the equations as closely as asked."""


class Interpolation(NamedTuple):
    """Interpolating weights.

    `weights` is `(n_weights,)`, `multipliers` `(n_samples,)` and `residual` is `||Xw - y|| / ||Xw0 - y||`, zero if the
    start met the equations. The dual image of `weights` is that of the start plus `X^T multipliers`.
    """

    weights: Array
    multipliers: Array
    residual: float
    iterations: int


def interpolate(
    x: ArrayLike,
    y: ArrayLike,
    w0: ArrayLike,
    potential: Potential,
    *,
    tolerance: float = 1e-10,
    max_iterations: int = 200,
) -> Interpolation:
    """Return the weights with `Xw = y` whose Bregman divergence from `w0` is least: the limit of mirror descent.

    (Under the negative entropy, among those with the signs of `w0`.) Mirror descent on squares of `Xw - y` adds combinations of the rows of X to the dual image of the weights, for ever.
    If it converges to `Xw = y` it therefore ends at `dual(w) = dual(w0) + X^T multipliers`, whatever its small learning
    rate (Gunasekar et al. 2018, arXiv:1802.08246). The multipliers minimise a convex function of `n_samples` variables,
    which Newton's method does here; p = 2 takes one step. Each step is followed to the minimum along its line. That is
    what lets p > 2 converge, whose curvature vanishes where a weight crosses zero, and full steps there overshoot.

    Args:
        x: Inputs X, `(n_samples, n_weights)`, rows linearly independent.
        y: Labels, `(n_samples,)`.
        w0: Initial weights, `(n_weights,)`. Under the negative entropy those that are zero stay zero.
        potential: The geometry.
        tolerance: Residual at which to stop, relative to that of the start. Rounding of Xw is always good enough.
        max_iterations: Number of Newton steps at most.

    Raises:
        ValueError: If the shapes do not agree, a number is not finite, there are more samples than weights that can
            move, the rows are (nearly) dependent, or, under the negative entropy, no weights with the signs of `w0` solve
            the equations.

    Warns:
        InterpolationWarning: If the residual is above the tolerance after `max_iterations` steps.
    """
    inputs, labels, start = _checked(x, y, w0)
    if not 0 < tolerance < 1 or max_iterations < 1:
        raise ValueError(
            f"tolerance is {tolerance} and max_iterations {max_iterations}; pass one between 0 and 1, and at least 1"
        )
    movable = start != 0 if isinstance(potential, NegativeEntropy) else np.ones(len(start), dtype=bool)
    weights = start.copy()
    # Without a solution the weights of negative entropy can leave the range of floats before the solver gives up.
    with np.errstate(over="ignore", invalid="ignore"):
        weights[movable], multipliers, residual, iterations = _newton(
            np.ascontiguousarray(inputs[:, movable]), labels, start[movable], potential, tolerance, max_iterations
        )
    if not residual <= tolerance:
        if isinstance(potential, NegativeEntropy):
            _check_solvable(inputs, labels, start)
        warnings.warn(
            f"after {iterations} steps the relative residual is {residual:.2g}, above the tolerance of {tolerance:.2g}; "
            "allow more iterations, accept a larger tolerance, or use fewer samples",
            InterpolationWarning,
            stacklevel=2,
        )
    return Interpolation(weights, multipliers, residual, iterations)


def _newton(
    x: Array, y: Array, w0: Array, potential: Potential, tolerance: float, max_iterations: int
) -> tuple[Array, Array, float, int]:
    _check_rows(x)
    dual0 = potential.dual(w0)
    multipliers, dual, weights = np.zeros(len(y)), dual0, w0
    error = x @ w0 - y
    at_start = float(np.linalg.norm(error))
    iterations, residual = 0, 1.0 if at_start > 0 else 0.0
    while tolerance < residual < np.inf and iterations < max_iterations:
        iterations += 1
        # X diag(1 / curvature) X^T, from one buffer on both sides: half the work.
        half = x * np.sqrt(_inverse_curvature(weights, potential))
        direction = -_solve(half @ half.T, error)
        along = x.T @ direction
        step = _minimum_along(dual, along, float(y @ direction), w0, potential)
        if not np.isfinite(step):
            break
        multipliers = multipliers + step * direction
        dual = dual0 + x.T @ multipliers
        weights = potential.primal(dual, w0)
        error = x @ weights - y
        residual = float(np.linalg.norm(error)) / at_start
        rounding = np.finfo(np.float64).eps * float(np.linalg.norm(np.abs(x) @ np.abs(weights) + np.abs(y)))
        if residual * at_start <= rounding:
            residual = min(residual, tolerance)
    return weights, multipliers, residual, iterations


def _solve(hessian: Array, error: Array) -> Array:
    try:
        factor = linalg.cho_factor(hessian)
    except linalg.LinAlgError:
        # Nearly all weights have gone to zero, as when negative entropy has no solution: any direction downhill will do.
        factor = linalg.cho_factor(hessian + 1e-10 * np.trace(hessian) * np.eye(len(hessian)))
    return linalg.cho_solve(factor, error)


def _inverse_curvature(weights: Array, potential: Potential) -> Array:
    """Kept within 1e8 of the median: that changes the steps, not where they lead, and Cholesky needs it near zero weights."""
    with np.errstate(divide="ignore"):
        inverse = 1 / potential.curvature(weights)
    usual = inverse[(inverse > 0) & np.isfinite(inverse)]
    median = float(np.median(usual)) if len(usual) else 1.0
    return inverse.clip(1e-8 * median, 1e8 * median)


def _minimum_along(dual: Array, along: Array, gain: float, w0: Array, potential: Potential) -> float:
    """The step from `dual` in the direction `along` at which the convex dual objective is least, nearly.

    It is infinite if the objective falls for ever, as where negative entropy has no solution.
    """
    if isinstance(potential, NegativeEntropy) and gain > 0 and np.all(w0 * along <= 0):
        return np.inf

    def slope(step: float) -> float:
        return float(potential.primal(dual + step * along, w0) @ along) - gain

    at_start, at_full = slope(0.0), slope(1.0)
    # By rounding the slope at the start may not be negative: then the minimum is here, up to rounding.
    if at_start >= 0 or abs(at_full) <= 0.1 * abs(at_start):
        return 1.0
    low, high = 0.0, 1.0
    while at_full < 0 and high < 1e100:
        low, high = high, 2 * high
        at_full = slope(high)
    if at_full < 0 or not np.isfinite(at_start):
        return np.inf
    # The exponential of the negative entropy overflows far out.
    while not np.isfinite(at_full):
        middle = (low + high) / 2
        at_middle = slope(middle)
        low, high, at_full = (middle, high, at_full) if at_middle < 0 else (low, middle, at_middle)
    return float(optimize.brentq(slope, low, high, xtol=1e-12 * high, rtol=1e-3))


def _check_rows(x: Array) -> None:
    if x.shape[0] > x.shape[1]:
        raise ValueError(
            f"there are {x.shape[0]} samples but {x.shape[1]} weights that can move; pass at most as many samples as weights"
        )
    gram = linalg.eigvalsh(x @ x.T)
    if gram[0] <= 1e-12 * gram[-1]:
        raise ValueError(
            f"the {len(x)} rows of x are linearly dependent, or nearly so (the smallest singular value is below 1e-6 of "
            "the largest); drop repeated samples"
        )


def _check_solvable(x: Array, y: Array, w0: Array) -> None:
    feasible = optimize.linprog(np.zeros(x.shape[1]), A_eq=x * np.sign(w0), b_eq=y, bounds=(0, None))
    if feasible.status == 2:
        raise ValueError(
            "no weights with the signs of w0 solve the equations, and the negative entropy keeps the signs; "
            "pass fewer samples, or initial weights with other signs"
        )


def _checked(x: ArrayLike, y: ArrayLike, w0: ArrayLike) -> tuple[Array, Array, Array]:
    inputs, labels, start = (as_array(values, np.float64) for values in (x, y, w0))
    if inputs.ndim != 2 or inputs.size == 0 or labels.shape != inputs.shape[:1] or start.shape != inputs.shape[1:]:
        raise ValueError(
            f"x has shape {inputs.shape}, y {labels.shape} and w0 {start.shape}; "
            "expected (n_samples, n_weights), (n_samples,) and (n_weights,)"
        )
    for name, values in (("x", inputs), ("y", labels), ("w0", start)):
        if not np.isfinite(values).all():
            raise ValueError(f"{name} is not finite somewhere; leave out what was not measured")
    return inputs, labels, start
