"""Claims on how networks carry information across time: Lyapunov exponents and gradients."""

from typing import Any

from learning_geometry.claims import Above, Below, Claims, Estimate, per_seed
from learning_geometry.records import Records
from learning_geometry.studies.adaptive_neurons.claims._cells import networks

claims = Claims(__name__)


def _distance(records: Records, model: str, variant: str = "plain") -> Any:
    """How far the largest exponent is from 0, mean over drives, `(seed,)`."""
    return abs(networks(records, model, "dynamics", variant).exponent).mean("drive")


def _slope(records: Records, model: str) -> Any:
    """How far gradients grow or shrink on their way back, in powers of ten, `(seed,)`."""
    return abs(networks(records, model, "dynamics").gradient.isel(time=0))


@claims.paper(
    "Adaptation regularises: it brings networks nearer to where differences neither grow nor die out.",
    source="abstract: adaptation plays an active regularisation role, which lets circuits propagate information across time",
    statistic="distance of the largest Lyapunov exponent from 0, adaptive minus fixed, mean over drives, mean over seeds",
    unit="nats a step",
    rule=Below(0.0),
    headline=True,
)
def adaptation_regularises(records: Records) -> Estimate:
    return per_seed(_distance(records, "adaptive") - _distance(records, "fixed"))


@claims.paper(
    "Diversity regularises: neurons with activations of their own bring networks nearer there.",
    source="abstract: neural diversity plays an active regularisation role",
    statistic="the same, heterogeneous minus fixed",
    unit="nats a step",
    rule=Below(0.0),
)
def diversity_regularises(records: Records) -> Estimate:
    return per_seed(_distance(records, "heterogeneous") - _distance(records, "fixed"))


@claims.control(
    "It takes adaptation: noise in training alone brings fixed networks no nearer.",
    of="adaptation-regularises",
    statistic="the same, fixed and trained with noise minus fixed",
    unit="nats a step",
    rule=Above(-0.005),
    contrast=Above(0.0),
)
def noise_regularises(records: Records) -> Estimate:
    return per_seed(_distance(records, "fixed", "noise") - _distance(records, "fixed"))


@claims.ours(
    "In adaptive networks gradients change less on their way back through time.",
    statistic="size of the logarithm (base 10) of the gradient at the first step over that at the last, adaptive minus fixed, mean over "
    "seeds",
    unit="powers of ten",
    rule=Below(0.0),
)
def gradients(records: Records) -> Estimate:
    return per_seed(_slope(records, "adaptive") - _slope(records, "fixed"))


@claims.ours(
    "Trained networks amplify small differences within the length on which they were trained.",
    statistic="largest Lyapunov exponent of the network with fixed neurons without a drive, mean over seeds",
    unit="nats a step",
    rule=Above(0.0),
)
def expanding(records: Records) -> Estimate:
    return per_seed(networks(records, "fixed", "dynamics").exponent.isel(drive=0))
