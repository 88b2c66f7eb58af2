"""Linear regression solved exactly in each geometry: are the dual changes Gaussian, and only in the right geometry?"""

from typing import TYPE_CHECKING, Literal

import numpy as np
from tqdm import tqdm

from learning_geometry.studies.synaptic_weights.experiments._geometries import Geometries
from learning_geometry.studies.types import NonNegative, Positive, RisingCounts, Seeds
from learning_geometry.studies.unit import Execution

if TYPE_CHECKING:
    import xarray as xr

Inputs = Literal["correlated", "binary", "heavy-tailed"]

_HEAVY = 1.5  # degrees of freedom: the variance is infinite, so no central limit theorem holds for sums of such inputs


class Regression(Geometries):
    """Interpolating regressions of D weights, D of `dimensions`, on `int(D^sample_power)` samples."""

    draw_seeds: Seeds
    dimensions: RisingCounts
    sample_power: NonNegative
    inputs: Inputs
    covariance_power: Positive


def measure(unit: Regression, execution: Execution) -> "xr.Dataset":
    """Dual changes of interpolating linear regression.

    For each D and each seed, inputs and random labels +-1 are those of `task` if `inputs` is "correlated"; "binary" ones are
    independent, -1 or 1; as a control, "heavy-tailed" inputs are independent, of Student's t with 1.5 degrees of freedom.
    (Correlated inputs are nearly Gaussian themselves, so that those of a single sample make Gaussian changes; binary ones
    do so only where many samples add up.) Initial weights are normal with standard deviation `1 / sqrt(D)`, and the final
    weights are the limit of mirror descent under each of the `truths`, found by `interpolate` rather than by training. All
    truths share the task and the initial weights.

    Returns `cdf_distance` `(dimension, truth, candidate, seed)`, `samples` `(dimension,)`, and for `(dimension, truth,
    seed)` the `magnitude` `||dual change|| / ||initial dual||` under the truth, the share of weights whose sign `flipped`,
    and the relative `residual` of the equations. Under the candidate 1, weights that flipped enter by the same formula.

    Source: the official `linear_regression.py`, whose mirror descent with momentum ends near the same weights.
    """
    import xarray as xr

    from learning_geometry.instruments.dual_change import cdf_distance, dual_change
    from learning_geometry.instruments.interpolation import interpolate
    from learning_geometry.instruments.potentials import of_exponent
    from learning_geometry.studies.synaptic_weights.experiments._draws import task

    dimensions, seeds = unit.dimensions, unit.draw_seeds
    shape = (len(dimensions), len(unit.truths), len(seeds))
    distance = np.empty((len(dimensions), len(unit.truths), len(unit.candidates), len(seeds)))
    magnitude, flipped, residual = np.empty(shape), np.empty(shape), np.empty(shape)
    samples = [int(dimension**unit.sample_power) for dimension in dimensions]
    title = f"regression, N = D^{unit.sample_power:g}"
    with tqdm(desc=title, total=len(dimensions) * len(seeds), unit="run", leave=False) as bar:
        for d, dimension in enumerate(dimensions):
            for k, seed in enumerate(seeds):
                rng = np.random.default_rng([seed, dimension])
                x, y = task(rng, samples[d], dimension, unit.covariance_power)
                if unit.inputs == "heavy-tailed":
                    x = rng.standard_t(_HEAVY, x.shape)
                elif unit.inputs == "binary":
                    x = rng.choice([-1.0, 1.0], x.shape)
                before = rng.standard_normal(dimension) / np.sqrt(dimension)
                for t, truth in enumerate(unit.truths):
                    potential = of_exponent(truth)
                    solution = interpolate(x, y, before, potential)
                    after = solution.weights
                    changes = [dual_change(before, after, of_exponent(p)) for p in unit.candidates]
                    distance[d, t, :, k] = cdf_distance(np.stack(changes))
                    own = dual_change(before, after, potential)
                    magnitude[d, t, k] = np.linalg.norm(own) / np.linalg.norm(potential.dual(before))
                    flipped[d, t, k] = np.mean(np.sign(before) != np.sign(after))
                    residual[d, t, k] = solution.residual
                bar.update()
    dims = ("dimension", "truth", "seed")
    return xr.Dataset(
        {
            "samples": ("dimension", samples),
            "cdf_distance": (("dimension", "truth", "candidate", "seed"), distance),
            "magnitude": (dims, magnitude),
            "flipped": (dims, flipped),
            "residual": (dims, residual),
        },
        coords=unit.coordinates(dimension=dimensions, seed=seeds),
    )
