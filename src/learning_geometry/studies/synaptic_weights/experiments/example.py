"""A table of synapses that nobody measured, and what it says: an example for readers who have a table of their own."""

from typing import TYPE_CHECKING

import numpy as np

from learning_geometry.studies.types import Count, NonNegative, Positive, Seed
from learning_geometry.studies.unit import Execution, Unit

if TYPE_CHECKING:
    import xarray as xr


class Example(Unit):
    """Pairs of sizes of `synapses` that obey the geometry of the exponent `truth`.

    Sizes are log-normal, their logarithm of the standard deviation `spread`; a typical synapse changes by `change`, and both
    sizes are measured with the relative error `noise`.
    """

    seed: Seed
    synapses: Count
    truth: Positive
    change: Positive
    spread: Positive
    noise: NonNegative


def measure(unit: Example, execution: Execution) -> "dict[str, xr.Dataset]":
    """Draw survivors by `simulate_synapses`, and identify their geometry again.

    Returns the parts of `_identification.identified`; the pairs hold the `truth` as well.
    """
    from learning_geometry.instruments.synapse_power import simulate_synapses
    from learning_geometry.studies.synaptic_weights.experiments._identification import identified

    rng = np.random.default_rng([unit.seed, 0])
    before, after = simulate_synapses(
        unit.truth, (1, unit.synapses), change=unit.change, spread=unit.spread, noise=unit.noise, rng=rng
    )
    parts = identified(before[0], after[0], unit.noise)
    return {**parts, "pairs": parts["pairs"].assign(truth=unit.truth)}
