"""Dual changes that are Gaussian by construction, analysed under the right potential and under wrong ones."""

from typing import TYPE_CHECKING

import numpy as np

from learning_geometry.studies.synaptic_weights.experiments._geometries import Geometries
from learning_geometry.studies.types import Count, Positive, Seeds
from learning_geometry.studies.unit import Execution

if TYPE_CHECKING:
    import xarray as xr

INITIALS = ("log-normal", "normal")

_TYPICAL = 0.1  # the size of initial weights in the official simulation


class Simulation(Geometries):
    """`simulated_synapses` weights of each seed, changed by `simulated_change` times the dual image of a typical weight."""

    draw_seeds: Seeds
    simulated_synapses: Count
    simulated_change: Positive


def measure(unit: Simulation, execution: Execution) -> "xr.Dataset":
    """Statistics of the dual change of weights, `cdf_distance` and `shapiro_wilk` `(initial, truth, candidate, seed)`.

    Initial weights have random signs and sizes that are log-normal, with mean and standard deviation 0.1, or are normal
    with standard deviation 0.1. Under each of the `truths` Gaussian noise is added to their dual images. The changed
    weights are then analysed under each of the `candidates`. All truths share the initial weights of a seed.

    Source: the official simulation (`robustness_plots`), with one difference: there the log-normal sizes have mean and
    standard deviation `1 / sqrt(1000)`, and the same noise, which so is larger compared with them.
    """
    import xarray as xr

    from learning_geometry.instruments.dual_change import cdf_distance, dual_change, shapiro_wilk
    from learning_geometry.instruments.potentials import of_exponent
    from learning_geometry.studies.synaptic_weights.experiments._draws import log_normal_sizes

    synapses = unit.simulated_synapses
    shape = (len(INITIALS), len(unit.truths), len(unit.candidates), len(unit.draw_seeds))
    distance, normality = np.empty(shape), np.empty(shape)
    for i, initial in enumerate(INITIALS):
        for k, seed in enumerate(unit.draw_seeds):
            rng = np.random.default_rng([seed, i])
            if initial == "normal":
                before = _TYPICAL * rng.standard_normal(synapses)
            else:
                before = rng.choice([-1.0, 1.0], synapses) * log_normal_sizes(rng, synapses, _TYPICAL)
            for t, truth in enumerate(unit.truths):
                potential = of_exponent(truth)
                typical = float(potential.dual(np.array(_TYPICAL)))
                noise = unit.simulated_change * typical * rng.standard_normal(synapses)
                after = potential.primal(potential.dual(before) + noise, before)
                changes = np.stack([dual_change(before, after, of_exponent(p)) for p in unit.candidates])
                distance[i, t, :, k] = cdf_distance(changes)
                normality[i, t, :, k] = shapiro_wilk(changes)
    dims = ("initial", "truth", "candidate", "seed")
    return xr.Dataset(
        {"cdf_distance": (dims, distance), "shapiro_wilk": (dims, normality), "synapses": synapses},
        coords=unit.coordinates(initial=list(INITIALS), seed=unit.draw_seeds),
    )
