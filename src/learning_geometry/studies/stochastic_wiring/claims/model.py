"""Claims on the model: brains whose every weight is a sample from a distribution that the genome sets."""

import numpy as np

from learning_geometry.claims import Below, Claims, Estimate, Within, exact, per_seed
from learning_geometry.records import Records

claims = Claims(__name__)


@claims.paper(
    "The model generalises Bayesian neural networks: with one neuron of each type, and weights that are sums of many Bernoulli "
    "synapses, it is one.",
    source="abstract; the construction is ours",
    statistic="largest Kolmogorov distance, over means and standard deviations, between the exact law of a weight of the most "
    "synapses and the normal law of a Bayesian neural network",
    rule=Below(0.02),
    headline=True,
)
def bayesian(records: Records) -> Estimate:
    return exact(records["laws"].distance.isel(synapses=-1).max())


@claims.ours(
    "The distance to the Bayesian neural network falls as one over the square root of the number of synapses.",
    statistic="slope of the logarithm of that distance on the logarithm of the number of synapses",
    rule=Within(-0.5, 0.05),
)
def bayesian_rate(records: Records) -> Estimate:
    largest = records["laws"].distance.max(["mean", "sd"])
    return exact(np.polyfit(np.log(largest.synapses), np.log(largest), 1)[0])


@claims.ours(
    "Moments alone predict how much the outputs of sampled brains vary, so that a genome can be trained without drawing a brain.",
    statistic="variance of a logit over draws from the moments divided by that over sampled brains, mean over numbers of neurons, "
    "mean over seeds",
    rule=Within(1.0, 0.1),
)
def moments(records: Records) -> Estimate:
    variance = records["moments"].variance
    return per_seed(
        (variance.sel(source="moments") / variance.sel(source="sampled")).mean("neurons"), bounds=(0, np.inf)
    )
