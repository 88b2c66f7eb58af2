"""Claims on what the controller of adaptive neurons does for their network."""

from typing import Any

from learning_geometry.claims import Above, Below, Claims, Estimate, per_seed
from learning_geometry.records import Records
from learning_geometry.studies.adaptive_neurons.claims._cells import (
    POINTS,
    SEEN,
    accuracy,
    imposed,
    networks,
    perturbed,
    under,
)

claims = Claims(__name__)


def _lost(records: Records, way: str, variant: str = "plain") -> Any:
    return perturbed(imposed(records, way, variant)) - perturbed(accuracy(records, "adaptive", variant))


@claims.ours(
    "Robustness needs the dynamics of adaptation: with gains and saturations frozen at their mean the network is less robust.",
    statistic="accuracy under noise, drift and drive with each neuron's gain and saturation frozen at their mean minus that of the same "
    "network as it is, mean over seeds",
    unit="points",
    rule=Below(0.0),
    hindsight=SEEN,
)
def frozen(records: Records) -> Estimate:
    return per_seed(_lost(records, "frozen"), bounds=POINTS)


@claims.ours(
    "It needs the right dynamics: with the time course of another image the network is less robust.",
    statistic="the same with the gains and saturations that the neurons had while they read another image",
    unit="points",
    rule=Below(0.0),
)
def transplanted(records: Records) -> Estimate:
    return per_seed(_lost(records, "transplanted"), bounds=POINTS)


@claims.control(
    "A controller whose time course is shuffled gives no robustness to noise.",
    of="robust-to-noise",
    statistic="accuracy under noise of the adaptive network with the time course of its gains and saturations shuffled minus that of the "
    "network with fixed neurons, mean over seeds",
    unit="points",
    rule=Below(0.0),
    contrast=Below(0.0),
)
def shuffled(records: Records) -> Estimate:
    gained = under(imposed(records, "shuffled"), "noise") - under(accuracy(records, "fixed"), "noise")
    return per_seed(gained, bounds=POINTS)


@claims.ours(
    "Where it was trained under drift, the network needs the dynamics of adaptation against drift.",
    statistic="accuracy under drift with gains and saturations frozen minus that of the same network as it is, both trained under drift, "
    "mean over seeds",
    unit="points",
    rule=Below(0.0),
)
def frozen_after_drift(records: Records) -> Estimate:
    lost = under(imposed(records, "frozen", "drift"), "drift") - under(accuracy(records, "adaptive", "drift"), "drift")
    return per_seed(lost, bounds=POINTS)


@claims.ours(
    "Neurons adapt: after the onset of a step their gain goes on to change.",
    statistic="absolute change of the mean gain from the first three steps of a drive to its last ten, in percent, largest drive, isolated "
    "neurons, mean over seeds",
    unit="%",
    rule=Above(1.0),
    hindsight="prototypes on other seeds had been seen; 1 % is what we would call a change",
)
def onset_to_steady(records: Records) -> Estimate:
    course = networks(records, "adaptive", "shapes").course.sel(quantity="gain").isel(drive=-1)
    begin, end = course.time.size // 3, 2 * course.time.size // 3
    onset = course.isel(time=slice(begin, begin + 3)).mean("time")
    steady = course.isel(time=slice(end - 10, end)).mean("time")
    return per_seed(100 * abs(steady / onset - 1), bounds=(0, float("inf")))
