"""Claims on networks that are fine-tuned on real images, by the distance of their weights' change from a Gaussian."""

import xarray as xr

from learning_geometry.claims import Above, Below, Claims, Estimate, NotTested, per_seed
from learning_geometry.instruments.dual_change import cdf_distance_critical
from learning_geometry.records import Records
from learning_geometry.studies.synaptic_weights.claims import _geometries as geometry
from learning_geometry.studies.synaptic_weights.claims._networks import network, undertrained
from learning_geometry.studies.synaptic_weights.experiments.networks import UNDERTRAINED

claims = Claims(__name__)

_AMONG_FIVE = "Even among five potentials, half a step apart, the most Gaussian change names the geometry."
_TOGETHER = "all kernels together, the change of each divided by its standard deviation"


def _named(records: Records, distances: str) -> Estimate:
    """The share of networks and true geometries that the least of three distances names, one number a seed."""
    names = [name for name in records.of("networks")[0].result if name != UNDERTRAINED]
    named = xr.concat(
        [geometry.ratio(records["networks", name][distances], geometry.THREE) > 1 for name in names], dim="network"
    )
    return per_seed(named.mean(("network", "truth")), bounds=(0, 1), note=f"{int(named.sum())} of {named.size}")


@claims.paper(
    "In networks that are fine-tuned on real images, the most Gaussian change names the geometry.",
    source="abstract: geometries can be told by comparing weights before and after; the networks are our choice",
    statistic="share of networks and true geometries named rightly among three potentials, mean over seeds",
    rule=Above(1 / 3),
    headline=True,
    hindsight="added with its number known, for the control below to be compared with",
)
def networks_names(records: Records) -> Estimate:
    return _named(records, "pooled")


@claims.control(
    "Without knowing which weight became which, the most Gaussian change does not name the geometry.",
    of="networks-names",
    statistic="share of networks and true geometries named rightly after the later weights were shuffled, mean over seeds",
    rule=Below(0.5),
    contrast=Below(0.0),
)
def shuffled(records: Records) -> Estimate:
    return _named(records, "shuffled")


for _truth in geometry.NAMES:

    @claims.paper(
        f"In a recurrent network fine-tuned with {geometry.SPELT[_truth]}, that potential is nearer to a Gaussian change than the "
        "other two.",
        source="abstract; the network is modelled on the official code",
        statistic=f"{geometry.DISTANCE}, the lesser of the wrong two over the right one, weights between hidden units, mean over seeds",
        rule=Above(1.0),
        matrix="In a recurrent network, the potential of the fine-tuning is nearer to a Gaussian change than the others.",
        id=f"recurrent-{geometry.NAMES[_truth]}",
    )
    def recurrent_matched(records: Records, truth: float = _truth) -> Estimate:
        return geometry.positive_per_seed(
            geometry.ratio(network(records, "recurrent").pooled, geometry.THREE).sel(truth=truth)
        )


@claims.ours(
    "In the recurrent network even a potential half a step off, p = 1.5 or 2.5, is farther from a Gaussian change than "
    "the right one.",
    statistic="least wrong distance of five potentials over the right one, least over true geometries, mean over seeds",
    rule=Above(1.0),
    matrix=_AMONG_FIVE,
)
def recurrent_fine(records: Records) -> Estimate:
    return geometry.positive_per_seed(geometry.ratio(network(records, "recurrent").pooled).min("truth"))


@claims.ours(
    "In a multilayer perceptron the most Gaussian change names the geometry.",
    statistic="lesser distance of the wrong two over the right one, least over true geometries, mean over seeds",
    rule=Above(1.0),
)
def perceptron(records: Records) -> Estimate:
    return geometry.positive_per_seed(
        geometry.ratio(network(records, "perceptron").pooled, geometry.THREE).min("truth")
    )


@claims.paper(
    "In a convolutional network that was trained well before, the most Gaussian change names the geometry.",
    source="abstract; the network is ours",
    statistic=f"lesser distance of the wrong two over the right one, {_TOGETHER}, least over true geometries, mean over seeds",
    rule=Above(1.0),
)
def convolutional(records: Records) -> Estimate:
    return geometry.positive_per_seed(
        geometry.ratio(network(records, "convolutional").pooled, geometry.THREE).min("truth")
    )


@claims.control(
    "A convolutional network that had learned little before, and whose weights must change much, no longer shows that "
    "it learns with a 3-norm.",
    of="convolutional",
    statistic=f"lesser distance of the wrong two over that of the 3-norm, the truth, {_TOGETHER}, mean over seeds",
    rule=Below(1.2),
    contrast=Below(0.0),
    id="undertrained",
)
def undertrained_control(records: Records) -> Estimate:
    control = undertrained(records)
    if isinstance(control, NotTested):
        return control
    return geometry.positive_per_seed(geometry.ratio(control[0].pooled, geometry.THREE).sel(truth=3.0), control[1])


@claims.ours(
    "In every layer of a convolutional network that was trained well before, the most Gaussian change names the geometry, "
    "even among five.",
    statistic="least wrong distance of five potentials over the right one, least over layers and true geometries, mean "
    "over seeds",
    rule=Above(1.0),
    matrix=_AMONG_FIVE,
)
def convolutional_layers(records: Records) -> Estimate:
    layers = geometry.ratio(network(records, "convolutional").cdf_distance)
    return geometry.positive_per_seed(layers.min(("layer", "truth")))


@claims.ours(
    "The change of a trained network's weights is Gaussian in the right dual space, not merely more Gaussian than "
    "elsewhere.",
    statistic="distance over its 5 % critical value in the recurrent network, mean over true geometries, then over seeds",
    rule=Below(1.0),
)
def networks_floor(records: Records) -> Estimate:
    recurrent = network(records, "recurrent")
    critical = cdf_distance_critical(int(recurrent.weights.isel(seed=0).sum()))
    return geometry.positive_per_seed(geometry.matched(recurrent.pooled).mean("truth") / critical)
