"""What simulations draw: the sizes of initial weights, and the regression task of the official code."""

import numpy as np
from numpy.typing import NDArray
from scipy import fft

Array = NDArray[np.float64]


def log_normal_sizes(rng: np.random.Generator, synapses: int, mean: float) -> Array:
    """Log-normal sizes `(synapses,)` whose standard deviation is their mean."""
    variance = np.log(2)
    return rng.lognormal(np.log(mean) - variance / 2, np.sqrt(variance), synapses)


def task(rng: np.random.Generator, samples: int, dimension: int, covariance_power: float) -> tuple[Array, Array]:
    """The official task: correlated inputs `(samples, dimension)` and labels `(samples,)` of -1 and 1.

    Inputs are Gaussian with the covariance `(-1)^(i - j) / (1 + |i - j|^covariance_power)` between weights i and j, plus
    a uniform number between -1/2 and 1/2 each. The Gaussian part is exact without a Cholesky factor: the covariance is
    a corner of a circulant one, which Fourier modes diagonalise (Dietrich and Newsam 1997).

    Raises:
        ValueError: If `covariance_power` is not positive.

    Source: the official `linear_regression.py` (arXiv:2305.19394).
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
