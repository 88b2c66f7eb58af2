"""Claims on fractional orders of responses, and on the estimator by which they are found."""

from typing import Any

from learning_geometry.claims import Above, Below, Claims, Estimate, exact, per_seed
from learning_geometry.records import Records
from learning_geometry.studies.adaptive_neurons.claims._cells import SEEN, networks

claims = Claims(__name__)

ORDER = (0.0, 1.0)
"""Bounds of the size of an order."""

_CORRECTED = "By the corrected estimator adaptive neurons are more fractional than fixed ones, isolated and connected."


def _size(records: Records, model: str, estimator: str, network: str = "isolated") -> Any:
    """The size of the order, mean over drives, `(seed,)`."""
    return abs(networks(records, model, "responses")[estimator].sel(network=network)).mean("drive")


@claims.paper(
    "Adaptive neurons respond to a step as a derivative or an integral of fractional order.",
    source="abstract: similarities with fractional order differentiation and integration",
    statistic="absolute order of the mean response of isolated neurons to a step by the published estimator, mean over drives, mean over "
    "seeds",
    rule=Above(0.1),
    headline=True,
    hindsight=SEEN,
)
def fractional(records: Records) -> Estimate:
    return per_seed(_size(records, "adaptive", "published"), bounds=ORDER)


@claims.control(
    "Static neurons of the same activation do not.",
    of="fractional",
    statistic="the same of the network with fixed neurons",
    rule=Below(0.1),
    contrast=Below(0.0),
    hindsight=SEEN,
)
def static_neurons(records: Records) -> Estimate:
    return per_seed(_size(records, "fixed", "published"), bounds=ORDER)


@claims.control(
    "Static neurons that saturate do not.",
    of="fractional",
    statistic="the same of the tanh network",
    rule=Below(0.1),
    contrast=Below(0.0),
    hindsight=SEEN,
)
def saturating_neurons(records: Records) -> Estimate:
    return per_seed(_size(records, "tanh", "published"), bounds=ORDER)


@claims.ours(
    "The published estimator takes a response without memory, but of the wrong size, for a fractional one.",
    statistic="largest absolute order of responses that are a multiple of the step, over multiples",
    rule=Above(0.1),
    hindsight="a prototype had been seen; nothing here is random",
)
def memoryless(records: Records) -> Estimate:
    orders = records["estimator"].order.sel(estimator="published", true=0.0)
    return exact(abs(orders).max())


@claims.ours(
    "With amplitude and offset free, the estimator finds the true order whatever the size of the response.",
    statistic="largest error of the order, over true orders and multiples",
    rule=Below(0.021),
    hindsight="orders are tried in steps of 0.02; the threshold is one step",
)
def corrected(records: Records) -> Estimate:
    orders = records["estimator"].order.sel(estimator="fitted")
    return exact(abs(orders - orders.true).max())


@claims.ours(
    "By the corrected estimator adaptive neurons are more fractional than fixed ones.",
    statistic="absolute order with amplitude and offset free, isolated neurons, adaptive minus fixed, mean over drives, mean over seeds",
    rule=Above(0.0),
    matrix=_CORRECTED,
)
def fractional_corrected(records: Records) -> Estimate:
    return per_seed(_size(records, "adaptive", "fitted") - _size(records, "fixed", "fitted"), bounds=(-1, 1))


@claims.ours(
    "In the connected network too adaptive neurons are more fractional than fixed ones.",
    statistic="the same of connected neurons",
    rule=Above(0.0),
    matrix=_CORRECTED,
)
def fractional_connected(records: Records) -> Estimate:
    adaptive, fixed = (_size(records, model, "fitted", "connected") for model in ("adaptive", "fixed"))
    return per_seed(adaptive - fixed, bounds=(-1, 1))
