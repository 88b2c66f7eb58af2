"""Curves of RankMe over checkpoints: where they turn, how far they fall, and released series put together from units."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from learning_geometry.instruments.phases import Phase, phases
from learning_geometry.instruments.spectrum import power_law, rankme
from learning_geometry.records import Records

THREE = ("collapse", "expansion", "compression")
"""The paper's phases, in its order: warm-up, entropy-seeking, compression-seeking."""

HEAD = 1
"""So many leading directions are left out where the figures show RankMe without the head of the spectrum."""

MIDDLE = (3, 25)
"""Ranks of the middle of a spectrum of 32, in which the leading two and the last seven are left out."""

BAND = 8
"""Ranks in each band of a spectrum."""


class Turns(NamedTuple):
    """Indices of the checkpoints where RankMe is lowest before its peak, highest, and last measured."""

    floor: int
    peak: int
    end: int


@dataclass(frozen=True)
class Series:
    """A released series, sorted by training time.

    `checkpoints` has what was measured along `checkpoint`; `time` `(T,)` is in `unit`, steps or, where names tell them,
    tokens.
    """

    model: str
    unit: str
    time: NDArray[np.float64]
    checkpoints: xr.Dataset

    @property
    def short_name(self) -> str:
        """The model's name without its owner or folder."""
        return self.model.rstrip("/").rsplit("/", 1)[-1]

    @property
    def repeated(self) -> NDArray[np.bool_]:
        """Which checkpoints have the weights of another one, `(T,)`."""
        weights = self.checkpoints.weights.values.tolist()
        return np.array([weights.count(own) > 1 for own in weights])

    @property
    def phases(self) -> list[Phase]:
        """The phases of RankMe; none are looked for in fewer than three checkpoints."""
        return phases(self.time, self.checkpoints.rankme) if len(self.time) > 2 else []


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


def fall(run: xr.Dataset, halves: str = "rankme_halves") -> float:
    """By how many percent RankMe, or another rank in `halves`, falls from its peak to the end; negative if it rises.

    The peak is located on one half of the contexts and measured on the other: the highest of many values, measured on
    the contexts that made it the highest, would exaggerate every fall.

    Source: our operationalisation.
    """
    located_on, measured_on = run[halves].transpose("half", "step").values
    peak = turns(located_on).peak
    return float(100 * (1 - measured_on[-1] / measured_on[peak]))


def lost(curve: ArrayLike, turn: Turns) -> float:
    """By how many percent a curve is lower at the end than at RankMe's peak; negative if it is higher."""
    values = np.asarray(curve, dtype=np.float64)
    return float(100 * (1 - values[turn.end] / values[turn.peak]))


def alpha_of_ranks(run: xr.Dataset, first: int, last: int) -> NDArray[np.float64] | None:
    """Alpha-ReQ `(T,)` fitted on other ranks than the recorded ones; None if the spectrum has fewer."""
    if run.sizes["rank"] < last:
        return None
    spectra = run.eigenvalues.transpose("step", "rank").values
    return np.array([power_law(spectrum, ranks=(first, last)).alpha for spectrum in spectra])


def rankme_of_ranks(run: xr.Dataset, first: int, last: int) -> NDArray[np.float64]:
    """RankMe `(T,)` of the eigenvalues of these ranks alone."""
    spectra = run.eigenvalues.transpose("step", "rank").values[:, first - 1 : last]
    return np.array([rankme(spectrum, of="eigenvalues") for spectrum in spectra])


def decades_later(steps: ArrayLike, one: int, other: int) -> float:
    """How many decades of steps checkpoint `one` comes after the `other`; step 0, which has no logarithm, counts as the next."""
    times = np.asarray(steps, dtype=np.float64)
    times = np.maximum(times, times[times > 0].min())
    return float(np.log10(times[one] / times[other]))


def alpha_lead(steps: ArrayLike, alpha: ArrayLike, turn: Turns) -> float:
    """Decades by which alpha-ReQ's minimum after RankMe's floor comes later than RankMe's peak; negative if earlier."""
    lowest = turn.floor + int(np.asarray(alpha)[turn.floor :].argmin())
    return decades_later(steps, lowest, turn.peak)


def by_seed(trainings: xr.Dataset, statistic: Callable[[xr.Dataset, Turns], Any]) -> dict[int, float]:
    """A statistic of each training and of the turning points of its RankMe, by its seed."""
    runs = {int(seed): trainings.sel(seed=seed) for seed in trainings.seed.values}
    return {seed: float(statistic(run, turns(run.rankme))) for seed, run in runs.items()}


def phases_by_seed(trainings: xr.Dataset) -> dict[int, list[Phase]]:
    """The phases that the finder sees in the RankMe of each training, by its seed."""
    return {int(seed): phases(trainings.step, trainings.rankme.sel(seed=seed)) for seed in trainings.seed.values}


def has_three(found: list[Phase]) -> bool:
    """Whether these are the paper's three phases, in its order, and no other."""
    return tuple(phase.name for phase in found) == THREE


def series(records: Records) -> list[Series]:
    """The released series among the records; checkpoints whose names say neither step nor tokens are left out.

    Raises:
        MissingExperiment: no checkpoint was traced.
    """
    traced = records.of("trace")
    collected = []
    for model in dict.fromkeys(record.unit.checkpoint.name for record in traced):
        own = [record.result for record in traced if record.unit.checkpoint.name == model]
        # Names round tokens to billions, so that early checkpoints may share a number.
        tokens = {int(checkpoint.tokens) for checkpoint in own}
        unit = "tokens" if len(tokens) == len(own) and min(tokens) >= 0 else "step"
        placed = sorted((one for one in own if one[unit] >= 0), key=lambda one: int(one[unit]))
        if placed:
            checkpoints = xr.concat(
                placed, "checkpoint", data_vars="all", coords="minimal", compat="override", join="exact"
            )
            collected.append(Series(own[0].attrs["model"], unit, checkpoints[unit].values.astype(float), checkpoints))
    return collected
