"""Codes that are simulated, beside the formulas for what they tell and how sensitive they are."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from learning_geometry.studies.types import Seed
from learning_geometry.studies.unit import Execution, Unit
from learning_geometry.studies.visual_cortex.experiments.theory import SNR

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]

EXPONENTS = [0.5, 1.0, 1.5, 2.0, 3.0]
DIMENSIONS = [1, 2]
NEURONS = 150
STIMULI = 3_000

_STEP = 1e-4  # of the finite differences, in radians: small beside the shortest wave, large beside rounding


class SimulatedCodes(Unit):
    """Random mixtures of waves, and random stimuli."""

    seed: Seed


def measure(unit: SimulatedCodes, execution: Execution) -> "xr.Dataset":
    """Simulate codes of power laws, 150 random mixtures of waves each, at 3,000 points.

    `sensitivity` `(dimension, exponent)` is by finite differences, and `unexplained`, of the same shape, the mean share of
    the variance of a wave that a ridge regression on as many points leaves, when it reads noisy responses to new ones. Each
    has its formula beside it; that of the regression is for infinitely many points.
    """
    import xarray as xr
    from tqdm import tqdm

    from learning_geometry.studies.visual_cortex.experiments import _torus_codes as torus

    names = ("sensitivity", "sensitivity_formula", "unexplained", "unexplained_formula")
    values = {name: np.empty((len(DIMENSIONS), len(EXPONENTS))) for name in names}
    for i, j in tqdm(list(np.ndindex(len(DIMENSIONS), len(EXPONENTS))), desc="simulated codes", leave=False):
        rng = np.random.default_rng([unit.seed, i, j])
        vectors = torus.wave_vectors(DIMENSIONS[i], NEURONS)
        variances = torus.power_law_variances(EXPONENTS[j], NEURONS)
        mixing = np.sqrt(variances)[:, None] * np.linalg.qr(rng.normal(size=(NEURONS, NEURONS)))[0]
        seen, new = rng.uniform(0, 2 * np.pi, (2, STIMULI, DIMENSIONS[i]))
        values["sensitivity"][i, j] = _finite_differences(new, vectors, mixing, rng)
        values["sensitivity_formula"][i, j] = torus.sensitivity(variances, (vectors**2).sum(axis=1).astype(np.float64))
        waves = torus.waves(seen, vectors), torus.waves(new, vectors)
        values["unexplained"][i, j] = _left_by_ridge(*waves, mixing, rng)
        values["unexplained_formula"][i, j] = (1 / (1 + SNR * variances)).mean()
    return xr.Dataset(
        {name: (("dimension", "exponent"), array) for name, array in values.items()},
        {"dimension": DIMENSIONS, "exponent": EXPONENTS},
    )


def _finite_differences(angles: Array, vectors: Any, mixing: Array, rng: np.random.Generator) -> float:
    from learning_geometry.studies.visual_cortex.experiments._torus_codes import waves

    step = rng.normal(size=angles.shape)
    step *= _STEP / np.linalg.norm(step, axis=1, keepdims=True)
    change = (waves(angles + step, vectors) - waves(angles, vectors)) @ mixing
    # A step in a random direction has on average 1 / d of its square along an angle; the variances sum to N.
    return float(np.square(change).sum(axis=1).mean() / _STEP**2 * angles.shape[1] / len(mixing))


def _left_by_ridge(seen: Array, new: Array, mixing: Array, rng: np.random.Generator) -> float:
    responses = seen @ mixing
    # The penalty stands for the noise, which the responses that the decoder is fitted to do not have.
    gram = responses.T @ responses + np.eye(len(mixing)) * len(seen) / SNR
    decoder = np.linalg.solve(gram, responses.T @ seen)
    noisy = new @ mixing + rng.normal(scale=SNR**-0.5, size=new.shape)
    return float(np.square(new - noisy @ decoder).mean())
