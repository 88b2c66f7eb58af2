"""Linear regression solved exactly in each geometry: are the dual changes Gaussian, and only in the right geometry?"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from tqdm import tqdm

from learning_geometry.instruments.dual_change import cdf_distance, dual_change
from learning_geometry.instruments.interpolation import interpolate
from learning_geometry.instruments.potentials import of_exponent

Array = NDArray[np.float64]


_HEAVY = 1.5  # degrees of freedom: the variance is infinite, so no central limit theorem holds for sums of such inputs


def measure(
    *,
    seeds: list[int],
    dimensions: list[int],
    power: float,
    truths: list[float],
    candidates: list[float],
    inputs: str,
    covariance_power: float,
) -> dict[str, Any]:
    """Dual changes of interpolating linear regression with D weights and `N = int(D^power)` samples.

    For each D of `dimensions` and each seed, inputs and random labels +-1 are those of `task` if `inputs` is "correlated";
    "binary" ones are independent, -1 or 1; as a control, "heavy-tailed" inputs are independent, of Student's t with 1.5
    degrees of freedom. (Correlated inputs are nearly Gaussian themselves, so that those of a single sample make Gaussian
    changes; binary ones do so only where many samples add up.) A power of 0 is a single sample. Initial weights are normal
    with standard deviation `1 / sqrt(D)`, and the final weights are the limit of mirror descent under each of the
    `truths`, found by `interpolate` rather than by training. All truths share the task and the initial weights.

    Records `cdf_distance` `(dimensions, truths, candidates, seeds)`, and for `(dimensions, truths, seeds)` the
    `magnitude` `||dual change|| / ||initial dual||` under the truth, the share of weights whose sign `flipped`, and the
    relative `residual` of the equations. Under the candidate 1, weights that flipped enter by the same formula.

    Raises:
        ValueError: If `inputs` is none of "correlated", "binary" and "heavy-tailed", or as `task`.

    Source: the official `linear_regression.py`, whose mirror descent with momentum ends near the same weights.
    """
    if inputs not in ("correlated", "binary", "heavy-tailed"):
        raise ValueError(f"inputs are {inputs!r}; choose 'correlated', 'binary' or 'heavy-tailed'")
    shape = (len(dimensions), len(truths), len(seeds))
    distance = np.empty((len(dimensions), len(truths), len(candidates), len(seeds)))
    magnitude, flipped, residual = np.empty(shape), np.empty(shape), np.empty(shape)
    samples = [int(dimension**power) for dimension in dimensions]
    with tqdm(desc=f"regression, N = D^{power:g}", total=len(dimensions) * len(seeds), unit="run", leave=False) as bar:
        for d, dimension in enumerate(dimensions):
            for k, seed in enumerate(seeds):
                rng = np.random.default_rng([seed, dimension])
                x, y = task(rng, samples[d], dimension, covariance_power)
                if inputs == "heavy-tailed":
                    x = rng.standard_t(_HEAVY, x.shape)
                elif inputs == "binary":
                    x = rng.choice([-1.0, 1.0], x.shape)
                before = rng.standard_normal(dimension) / np.sqrt(dimension)
                for t, truth in enumerate(truths):
                    potential = of_exponent(truth)
                    found = interpolate(x, y, before, potential)
                    after = found.weights
                    changes = [dual_change(before, after, of_exponent(candidate)) for candidate in candidates]
                    distance[d, t, :, k] = cdf_distance(np.stack(changes))
                    own = dual_change(before, after, potential)
                    magnitude[d, t, k] = np.linalg.norm(own) / np.linalg.norm(potential.dual(before))
                    flipped[d, t, k] = np.mean(np.sign(before) != np.sign(after))
                    residual[d, t, k] = found.residual
                bar.update()
    return {
        "power": power,
        "inputs": inputs,
        "dimensions": np.array(dimensions),
        "samples": np.array(samples),
        "truths": np.array(truths),
        "candidates": np.array(candidates),
        "seeds": np.array(seeds),
        "cdf_distance": distance,
        "magnitude": magnitude,
        "flipped": flipped,
        "residual": residual,
    }


def task(rng: np.random.Generator, samples: int, dimension: int, covariance_power: float) -> tuple[Array, Array]:
    """The official task: correlated inputs `(samples, dimension)` and labels `(samples,)` of -1 and 1.

    Inputs are Gaussian with the covariance `(-1)^(i - j) / (1 + |i - j|^covariance_power)` between weights i and j, plus
    a uniform number between -1/2 and 1/2 each. The Gaussian part is exact without a Cholesky factor: the covariance is
    a corner of a circulant one, which Fourier modes diagonalise (Dietrich and Newsam 1997).

    Raises:
        ValueError: If `covariance_power` is not positive.
    """
    if not covariance_power > 0:
        raise ValueError(f"covariance_power is {covariance_power}; covariances fall with distance for one above 0")
    lag = np.arange(dimension)
    covariance = np.where(lag % 2 == 0, 1.0, -1.0) / (1 + lag**covariance_power)
    circulant = np.concatenate([covariance, covariance[-2:0:-1]])
    # Not negative: without their signs, which shift the spectrum, the covariances are convex (Polya's criterion).
    variance = fft.fft(circulant).real.clip(min=0)
    half = (samples + 1) // 2
    noise = rng.standard_normal((half, len(circulant))) + 1j * rng.standard_normal((half, len(circulant)))
    # Real and imaginary parts are independent, each with the wanted covariance.
    fields = fft.fft(noise * np.sqrt(variance / len(circulant)), axis=1)[:, :dimension]
    inputs = np.concatenate([fields.real, fields.imag])[:samples]
    inputs += rng.random(inputs.shape) - 0.5
    return inputs, rng.choice([-1.0, 1.0], samples)
