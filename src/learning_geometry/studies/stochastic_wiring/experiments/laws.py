"""The law of a weight that is a sum of Bernoulli synapses, beside the normal law of a Bayesian neural network."""

from typing import TYPE_CHECKING, ClassVar

from learning_geometry.studies.types import Positive, RisingCounts
from learning_geometry.studies.unit import Execution, Unit

if TYPE_CHECKING:
    import xarray as xr


class Laws(Unit):
    """Weights of several means and standard deviations, from few and from many synapses."""

    deterministic: ClassVar[bool] = True

    synapses: RisingCounts
    weight_means: list[float]
    weight_sds: list[Positive]


def measure(unit: Laws, execution: Execution) -> "xr.Dataset":
    """Kolmogorov distance between the laws, `distance (synapses, mean, sd)`.

    The greatest difference of the two distribution functions, at the steps of the discrete one and just below them. Nothing is
    sampled.

    Source: our operationalisation of "a generalisation of Bayesian neural networks".
    """
    import numpy as np
    import xarray as xr
    from scipy.stats import norm

    from learning_geometry.instruments.wiring import bayesian_weight, synapse_sum_law

    distance = np.empty((len(unit.synapses), len(unit.weight_means), len(unit.weight_sds)))
    for (i, j, k), _ in np.ndenumerate(distance):
        mean, sd = unit.weight_means[j], unit.weight_sds[k]
        excitatory, inhibitory, efficacy = bayesian_weight(mean, sd, unit.synapses[i])
        sums, law = synapse_sum_law(excitatory, inhibitory, unit.synapses[i])
        above, normal = law.cumsum(), norm.cdf(efficacy * sums, mean, sd)
        distance[i, j, k] = max(abs(above - normal).max(), abs(above - law - normal).max())
    return xr.Dataset(
        {"distance": (("synapses", "mean", "sd"), distance)},
        coords={"synapses": unit.synapses, "mean": unit.weight_means, "sd": unit.weight_sds},
    )
