"""Checkpoints put together to curves, and where the curves turn."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from learning_geometry.instruments.phases import Phase, phases
from learning_geometry.store import Records


class Turns(NamedTuple):
    """Indices of the checkpoints where RankMe is lowest before its peak, highest, and last measured."""

    floor: int
    peak: int
    end: int


class Series(NamedTuple):
    """A traced series of checkpoints: `at` `(T,)`, in steps or, where names tell them, tokens, and what was measured."""

    model: str
    unit: str
    at: NDArray[np.float64]
    curves: Mapping[str, Any]

    @property
    def phases(self) -> list[Phase]:
        """The phases of RankMe; none are looked for in fewer than three checkpoints."""
        return phases(self.at, self.curves["rankme"]) if len(self.at) > 2 else []


def stacked(found: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The results of several checkpoints as one: each entry becomes an array with the checkpoints as its first axis.

    Raises:
        ValueError: the checkpoints do not hold the same entries.
    """
    if any(each.keys() != found[0].keys() for each in found):
        raise ValueError(f"checkpoints hold different entries: {sorted({tuple(sorted(each)) for each in found})}")
    result: dict[str, Any] = {}
    for name, first in found[0].items():
        values = [each[name] for each in found]
        result[name] = stacked(values) if isinstance(first, Mapping) else np.array(values)
    return result


def series(records: Records) -> list[Series]:
    """The traced series among the records, each sorted by training time; an empty list if none was asked for.

    Checkpoints whose names say neither step nor tokens are left out.
    """
    traced = [record for record in records if record.unit.experiment == "trace"]
    found = []
    for asked in dict.fromkeys(record.unit.parameters["model"] for record in traced):
        own = [record.result for record in traced if record.unit.parameters["model"] == asked]
        # Names round tokens to billions, so that early checkpoints may share a number.
        told = {each["tokens"] for each in own}
        unit = "tokens" if len(told) == len(own) and min(told) >= 0 else "step"
        placed = sorted((each for each in own if each[unit] >= 0), key=lambda each: each[unit])
        if placed:
            curves = stacked([{name: each[name] for name in each if name != "texts"} for each in placed])
            found.append(Series(own[0]["model"], unit, curves[unit].astype(np.float64), curves))
    return found


def turns(rankme: ArrayLike) -> Turns:
    """Floor, peak and end of a curve of RankMe over checkpoints.

    The floor is the lowest value in the first half of the checkpoints, into which log-spaced ones put the collapse, and
    the peak the highest from there on.

    Source: our operationalisation.
    """
    curve = np.asarray(rankme, dtype=np.float64)
    floor = int(curve[: max(1, len(curve) // 2)].argmin())
    peak = floor + int(curve[floor:].argmax())
    return Turns(floor, peak, len(curve) - 1)


def fall(located_on: ArrayLike, measured_on: ArrayLike) -> float:
    """By how many percent RankMe falls from its peak to the end; negative if it rises.

    The peak is located on one half of the contexts and measured on the other: the highest of many values, measured on
    the contexts that made it the highest, would exaggerate every fall.

    Source: our operationalisation.
    """
    peak = turns(located_on).peak
    measured = np.asarray(measured_on, dtype=np.float64)
    return float(100 * (1 - measured[-1] / measured[peak]))
