"""What measurement noise does to the exponent that paired sizes show, and what taking it into account repairs."""

from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import Field
from tqdm import tqdm

from learning_geometry.studies.types import Positive, Rising, RisingCounts, RisingFromZero, Seed
from learning_geometry.studies.unit import Execution, Unit

if TYPE_CHECKING:
    import xarray as xr

ASSUMED = [0.0, 0.5, 1.0]
"""The noise that an analysis takes into account, as a share of the noise there is: none, half of it, all of it."""


class Noise(Unit):
    """`noise_replicates` experiments on each number of `noise_synapses`, with each measurement noise of `noises`.

    Sizes are log-normal with a standard deviation of the logarithm of `noise_spread`; a typical one changes by `noise_change`.
    """

    seed: Seed
    truths: Rising
    noises: RisingFromZero
    noise_synapses: RisingCounts
    noise_change: Positive
    noise_spread: Positive
    noise_replicates: Annotated[int, Field(ge=2)]  # the spread of an exponent needs two


def measure(unit: Noise, execution: Execution) -> "xr.Dataset":
    """Inferred exponent and verdict from noisy sizes, by analyses that ignore the noise, know half of it, and know it.

    `exponent`, `identified` (the verdict names the truth) and `misnamed` (it names another of the `truths`) have the shape
    `(truth, noise, assumed, synapses, replicate)`; all analyses see the same experiments.

    Source: the question is ours; the official code (arXiv:2305.19394) has no measurement noise.
    """
    import xarray as xr

    from learning_geometry.instruments.synapse_geometry import compare_geometries
    from learning_geometry.instruments.synapse_power import simulate_synapses

    truths, noises, sizes, replicates = unit.truths, unit.noises, unit.noise_synapses, unit.noise_replicates
    shape = (len(truths), len(noises), len(ASSUMED), len(sizes), replicates)
    exponent, identified, misnamed = np.empty(shape), np.empty(shape, bool), np.empty(shape, bool)
    designs = list(np.ndindex(len(truths), len(noises), len(sizes)))
    for truth, noise, size in tqdm(designs, desc="noise", leave=False):
        pairs = simulate_synapses(
            truths[truth],
            (replicates, sizes[size]),
            change=unit.noise_change,
            spread=unit.noise_spread,
            noise=noises[noise],
            rng=np.random.default_rng([unit.seed, truth, noise, size]),
        )
        for assumed, share in enumerate(ASSUMED):
            place = truth, noise, assumed, size
            comparison = compare_geometries(*pairs, noise=noises[noise] * share, exponents=truths)
            accepted = comparison.accepted()
            single = accepted.sum(axis=1) == 1
            exponent[place] = comparison.exponent
            identified[place] = single & accepted[:, truth]
            misnamed[place] = single & ~accepted[:, truth]
    dims = ("truth", "noise", "assumed", "synapses", "replicate")
    return xr.Dataset(
        {
            "exponent": (dims, exponent),
            "identified": (dims, identified),
            "misnamed": (dims, misnamed),
            "change": unit.noise_change,
        },
        coords={
            "truth": truths,
            "noise": noises,
            "assumed": ASSUMED,
            "synapses": sizes,
            "replicate": range(replicates),
        },
    )
