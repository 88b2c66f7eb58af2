"""Dual changes that are Gaussian by construction, analysed under the right potential and under wrong ones."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning_geometry.instruments.dual_change import cdf_distance, dual_change, shapiro_wilk
from learning_geometry.instruments.potentials import of_exponent

INITIALS = ("log-normal", "normal")

_TYPICAL = 0.1  # the size of initial weights in the official simulation


def measure(
    *, seeds: list[int], synapses: int, change: float, truths: list[float], candidates: list[float]
) -> dict[str, Any]:
    """Statistics of the dual change of `synapses` weights, `(initials, truths, candidates, seeds)`.

    Initial weights have random signs and sizes that are log-normal, with mean and standard deviation 0.1, or are normal
    with standard deviation 0.1. Under each of the `truths` (exponents of potentials) Gaussian noise is added to their
    dual images, of a standard deviation `change` times the dual image of 0.1. The changed weights are then analysed under
    each of the `candidates`. All truths share the initial weights of a seed.

    Source: the official simulation (`robustness_plots`), with one difference: there the log-normal sizes have mean and
    standard deviation `1 / sqrt(1000)`, and the same noise, which so is larger compared with them.
    """
    shape = (len(INITIALS), len(truths), len(candidates), len(seeds))
    distance, normality = np.empty(shape), np.empty(shape)
    for i, initial in enumerate(INITIALS):
        for k, seed in enumerate(seeds):
            rng = np.random.default_rng([seed, i])
            before = _initial_weights(rng, initial, synapses)
            for t, truth in enumerate(truths):
                potential = of_exponent(truth)
                typical = float(potential.dual(np.array(_TYPICAL)))
                noise = change * typical * rng.standard_normal(synapses)
                after = potential.primal(potential.dual(before) + noise, before)
                changes = np.stack([dual_change(before, after, of_exponent(candidate)) for candidate in candidates])
                distance[i, t, :, k] = cdf_distance(changes)
                normality[i, t, :, k] = shapiro_wilk(changes)
    return {
        "initials": list(INITIALS),
        "truths": np.array(truths),
        "candidates": np.array(candidates),
        "seeds": np.array(seeds),
        "synapses": synapses,
        "change": change,
        "cdf_distance": distance,
        "shapiro_wilk": normality,
    }


def _initial_weights(rng: np.random.Generator, initial: str, synapses: int) -> NDArray[np.float64]:
    if initial == "normal":
        return _TYPICAL * rng.standard_normal(synapses)
    return rng.choice([-1.0, 1.0], synapses) * log_normal_sizes(rng, synapses, _TYPICAL)


def log_normal_sizes(rng: np.random.Generator, synapses: int, mean: float) -> NDArray[np.float64]:
    """Log-normal sizes `(synapses,)` whose standard deviation is their mean."""
    variance = np.log(2)
    return rng.lognormal(np.log(mean) - variance / 2, np.sqrt(variance), synapses)
