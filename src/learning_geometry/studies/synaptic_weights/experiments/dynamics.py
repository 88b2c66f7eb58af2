"""Two weights and one equation: three geometries, three paths to the same line, all straight in the dual space."""

from typing import TYPE_CHECKING

import numpy as np

from learning_geometry.studies.types import Count, Rising, Seed, Share
from learning_geometry.studies.unit import Execution, Unit

if TYPE_CHECKING:
    import xarray as xr

_START = (1.0, 0.25)  # one weight four times as large as the other: geometries differ in which of them learns more
_LABEL = 2.5


class Dynamics(Unit):
    """Mirror descent of two weights in `steps` steps, once under each of the `truths`.

    `step_share` is the share of the error that a step removes near the end.
    """

    seed: Seed
    truths: Rising
    steps: Count
    step_share: Share


def measure(unit: Dynamics, execution: Execution) -> "xr.Dataset":
    """Paths of mirror descent from the weights (1, 0.25) to the line on which the inputs `x` give the label `y` = 2.5.

    The loss is half the squared error; both inputs are uniform between 0.8 and 1.2. The `learning_rate` of each geometry
    is `step_share` divided by the slope of the prediction near the end, so that all arrive alike.

    Returns `primal` and `dual` `(truth, step, weight)`, `loss` `(truth, step)`, and `limit` `(truth, weight)`, the end
    according to `interpolate`.

    Source: our illustration.
    """
    import xarray as xr

    from learning_geometry.instruments.interpolation import interpolate
    from learning_geometry.instruments.potentials import of_exponent

    x = np.random.default_rng([unit.seed, 0]).uniform(0.8, 1.2, 2)
    start = np.array(_START)
    primal, dual, rates, limits = [], [], [], []
    for truth in unit.truths:
        potential = of_exponent(truth)
        limit = interpolate(x[None], [_LABEL], start, potential).weights
        rate = float(unit.step_share / (x**2 / potential.curvature(limit)).sum())
        path = [potential.dual(start)]
        for _ in range(unit.steps):
            error = float(x @ potential.primal(path[-1], start)) - _LABEL
            path.append(path[-1] - rate * error * x)
        dual.append(path)
        primal.append([potential.primal(image, start) for image in path])
        rates.append(rate)
        limits.append(limit)
    weights = np.array(primal)
    return xr.Dataset(
        {
            "x": ("weight", x),
            "y": _LABEL,
            "start": ("weight", start),
            "learning_rate": ("truth", rates),
            "primal": (("truth", "step", "weight"), weights),
            "dual": (("truth", "step", "weight"), np.array(dual)),
            "loss": (("truth", "step"), (weights @ x - _LABEL) ** 2 / 2),
            "limit": (("truth", "weight"), np.array(limits)),
        },
        coords={"truth": unit.truths},
    )
