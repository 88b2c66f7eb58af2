"""Claims on gain scaling: whether neurons answer less to a unit of input the more their input varies."""

from typing import Any

from learning_geometry.claims import Above, Below, Claims, Estimate, Within, per_seed
from learning_geometry.records import Records
from learning_geometry.studies.adaptive_neurons.claims._cells import SEEN, networks

claims = Claims(__name__)

_LEAST = -100.0


def _change(values: Any) -> Any:
    """Change in percent from the least to the greatest standard deviation of the input, `(seed,)`."""
    return 100 * (values.isel(sd=-1) / values.isel(sd=0) - 1)


def _coding(records: Records, model: str, quantity: str, stage: str = "trained") -> Any:
    return networks(records, model, "coding")[quantity].sel(stage=stage)


@claims.paper(
    "Optimised adaptive neurons scale their gain: it falls as their input varies more.",
    source="abstract: similarities with gain scaling",
    statistic="change of the mean gain n from the least to the greatest standard deviation of noise at the neurons, mean over seeds",
    unit="%",
    rule=Below(0.0),
    headline=True,
    hindsight=SEEN,
)
def gain_falls(records: Records) -> Estimate:
    return per_seed(_change(_coding(records, "adaptive", "gain")), bounds=(_LEAST, float("inf")))


@claims.control(
    "Before training the gain does not fall.",
    of="gain-falls",
    statistic="the same before training",
    unit="%",
    rule=Within(0.0, 1.0),
    contrast=Above(0.0),
)
def gain_untrained(records: Records) -> Estimate:
    return per_seed(_change(_coding(records, "adaptive", "gain", "untrained")), bounds=(_LEAST, float("inf")))


@claims.ours(
    "The scaling is large enough to matter: adaptation lowers the slope at which neurons work by more than 5 %.",
    statistic="change of the mean slope of activations, least to greatest noise, of the adaptive network minus that of the network with "
    "fixed neurons, mean over seeds",
    unit="points",
    rule=Below(-5.0),
)
def slope_falls(records: Records) -> Estimate:
    return per_seed(_change(_coding(records, "adaptive", "slope")) - _change(_coding(records, "fixed", "slope")))


@claims.ours(
    "A static neuron that saturates scales its gain without any adaptation.",
    statistic="change of the mean slope of activations of the tanh network, least to greatest noise, mean over seeds",
    unit="%",
    rule=Below(-20.0),
)
def static_saturation(records: Records) -> Estimate:
    return per_seed(_change(_coding(records, "tanh", "slope")), bounds=(_LEAST, float("inf")))
