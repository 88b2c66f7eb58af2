"""Two weights and one equation: three geometries, three paths to the same line, all straight in the dual space."""

from typing import Any

import numpy as np

from learning_geometry.instruments.interpolation import interpolate
from learning_geometry.instruments.potentials import of_exponent

_START = (1.0, 0.25)  # one weight four times as large as the other: geometries differ in which of them learns more
_LABEL = 2.5


def measure(*, exponents: list[float], seed: int, steps: int, learning_rate: float) -> dict[str, Any]:
    """Paths of mirror descent from the weights (1, 0.25) to the line on which the inputs `x` give the label 2.5.

    The loss is half the squared error; both inputs are uniform between 0.8 and 1.2. `learning_rate` is the share of the
    error that a step removes near the end, from 0 to 1: the rate of each geometry, recorded in `learning_rates`, is
    that divided by the slope of the prediction there, so that all arrive alike.

    Records `primal` and `dual` `(exponents, steps + 1, 2)`, `loss` `(exponents, steps + 1)`, and `limit` `(exponents, 2)`,
    the end according to `interpolate`.

    Source: our illustration.
    """
    x = np.random.default_rng([seed, 0]).uniform(0.8, 1.2, 2)
    start = np.array(_START)
    primal, dual, rates, limits = [], [], [], []
    for exponent in exponents:
        potential = of_exponent(exponent)
        limit = interpolate(x[None], [_LABEL], start, potential).weights
        rate = float(learning_rate / (x**2 / potential.curvature(limit)).sum())
        path = [potential.dual(start)]
        for _ in range(steps):
            error = float(x @ potential.primal(path[-1], start)) - _LABEL
            path.append(path[-1] - rate * error * x)
        dual.append(path)
        primal.append([potential.primal(image, start) for image in path])
        rates.append(rate)
        limits.append(limit)
    weights = np.array(primal)
    return {
        "exponents": np.array(exponents),
        "x": x,
        "y": _LABEL,
        "start": start,
        "learning_rates": np.array(rates),
        "primal": weights,
        "dual": np.array(dual),
        "loss": (weights @ x - _LABEL) ** 2 / 2,
        "limit": np.array(limits),
    }
