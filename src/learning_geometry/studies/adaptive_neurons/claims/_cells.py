"""What several sections judge of the networks: accuracies in percent, by kind of perturbation."""

from typing import Any

from learning_geometry.records import Records

POINTS = (-100.0, 100.0)
"""Bounds of a difference of two accuracies, in percentage points."""

SEEN = "prototypes on other seeds had been seen; thresholds stand where principle puts them"
"""Why a rule wears the badge."""

CHANGES = ("drift", "drive")
"""The kinds of perturbation that change the statistics of what neurons receive."""


def networks(records: Records, model: str, part: str, variant: str = "plain") -> Any:
    """A part of what was measured of the networks of one model, in one variant."""
    return records.select("networks", part=part, model=model, variant=variant)


def accuracy(records: Records, model: str, variant: str = "plain") -> Any:
    """Accuracy in percent `(seed, condition)`."""
    return 100 * networks(records, model, "accuracy", variant).accuracy


def imposed(records: Records, way: str, variant: str = "plain") -> Any:
    """Accuracy in percent `(seed, condition)` of adaptive networks whose controllers' time course is imposed."""
    return 100 * networks(records, "adaptive", "accuracy", variant).imposed.sel(way=way)


def under(cells: Any, *kinds: str) -> Any:
    """The mean over all sizes of each kind of perturbation, and then over kinds, `(seed,)`."""
    means = [cells.isel(condition=(cells.kind == kind).values).mean("condition") for kind in kinds]
    return sum(means) / len(means)


def perturbed(cells: Any) -> Any:
    """The mean over the three kinds of perturbation, `(seed,)`."""
    return under(cells, "noise", *CHANGES)
