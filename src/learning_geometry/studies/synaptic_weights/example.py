"""A table of synapses that nobody measured, and what it says: an example for readers who have a table of their own."""

from typing import Any

import numpy as np

from learning_geometry.instruments.synapse_power import simulate_synapses
from learning_geometry.studies.synaptic_weights.spines import both_ways


def measure(*, seed: int, synapses: int, truth: float, change: float, spread: float, noise: float) -> dict[str, Any]:
    """Simulate pairs of synapse sizes that obey the geometry of the exponent `truth`, and identify it again.

    The sizes of survivors are drawn by `simulate_synapses`: log-normal, the logarithm of `spread` as its standard
    deviation, with a relative change of `change` for a typical synapse, and measured with the relative error `noise` on
    both days. The result holds `truth`, `before` and `after` `(n_synapses,)`, and what `spines.both_ways` says of them.
    """
    rng = np.random.default_rng([seed, 0])
    before, after = simulate_synapses(truth, (1, synapses), change=change, spread=spread, noise=noise, rng=rng)
    return {"truth": truth, "before": before[0], "after": after[0], **both_ways(before[0], after[0], noise)}
