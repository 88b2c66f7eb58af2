"""Claims on where adaptation should pay: gains that matter more, and a world that changes during training."""

from typing import Any

from learning_geometry.claims import Above, Below, Claims, Estimate, per_seed
from learning_geometry.records import Records
from learning_geometry.studies.adaptive_neurons.claims._cells import POINTS, accuracy, networks, perturbed, under

claims = Claims(__name__)


def _over_fixed(records: Records, variant: str, *kinds: str) -> Any:
    return under(accuracy(records, "adaptive", variant), *kinds) - under(accuracy(records, "fixed", variant), *kinds)


@claims.ours(
    "Trained while the input's gain drifts, adaptive neurons withstand drift better than fixed ones.",
    statistic="accuracy under drift, mean over its amplitudes, of the adaptive network minus that of the network with fixed neurons, both "
    "trained under drift, mean over seeds",
    unit="points",
    rule=Above(0.0),
)
def drift_in_training(records: Records) -> Estimate:
    return per_seed(_over_fixed(records, "drift", "drift"), bounds=POINTS)


@claims.ours(
    "Started at small gains, where a change of gain changes more, adaptive neurons are more robust than fixed ones.",
    statistic="accuracy under noise, drift and drive of the adaptive network minus that of the network with fixed neurons, both started at "
    "small gains, mean over seeds",
    unit="points",
    rule=Above(0.0),
)
def low_gains(records: Records) -> Estimate:
    adaptive, fixed = (perturbed(accuracy(records, model, "low gains")) for model in ("adaptive", "fixed"))
    return per_seed(adaptive - fixed, bounds=POINTS)


@claims.ours(
    "Training hardly moves the gains that neurons learn.",
    statistic="mean absolute change of the gains of heterogeneous neurons, in percent of their first value, mean over seeds",
    unit="%",
    rule=Below(5.0),
    hindsight="prototypes on other seeds had been seen",
)
def gains_stay(records: Records) -> Estimate:
    gain = networks(records, "heterogeneous", "shapes").gain
    moved = abs(gain.sel(stage="trained") - gain.sel(stage="untrained")) / gain.sel(stage="untrained")
    return per_seed(100 * moved.mean("neuron"), bounds=(0, float("inf")))
