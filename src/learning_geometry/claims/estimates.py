"""Estimates: a statistic with the interval that its kind of data allows.

The choice of the interval is made here, once for all studies. The methods stand in `instruments.statistics` and
`instruments.clustered_share`, with what was measured of their coverage.
"""

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from learning_geometry.instruments.clustered_share import share_interval, share_p_value
from learning_geometry.instruments.statistics import UNBOUNDED, Bounds, mean_interval, mean_p_value, within_bounds

if TYPE_CHECKING:
    import xarray as xr

    Values = xr.DataArray | NDArray[Any] | Sequence[float] | Mapping[Any, float]

STUDENT = "Student's t over seeds"
STUDENT_BOUNDED = "Student's t over seeds, the wider of plain and log-odds scale"
STUDENT_HALF_BOUNDED = "Student's t over seeds, the wider of plain and log scale"
ALL_EQUAL = "all seeds agree; what that allows whatever the distribution"
NO_SPREAD = "all seeds agree; no spread to judge by"
KORN_GRAUBARD = "Korn-Graubard over trials clustered by seed"
EXACT = "exact"
_MOST_DIGITS = 4
CENSORED = "censored"


@dataclass(frozen=True)
class Estimate:
    """A statistic, the interval that holds it, and how both came about.

    Raises:
        ValueError: The value is not finite, or outside its interval.
    """

    value: float
    low: float | None
    """Lower end of the interval, None if the value is exact."""
    high: float | None
    """Upper end of the interval, None if the value is exact or only known to be at least so large."""
    method: str
    n_seeds: int
    note: str = ""
    samples: Mapping[Hashable, float] | None = field(default=None, repr=False, hash=False)
    """The value of each seed, by its label, where there is one."""
    bounds: Bounds = UNBOUNDED
    """What a single value cannot exceed."""
    p_value: Callable[..., float] | None = field(default=None, repr=False, compare=False)
    """The p value at a threshold against an `alternative`, by the method of the interval."""

    def __post_init__(self) -> None:
        low, high = self.ends
        if not math.isfinite(self.value) or not low <= self.value <= high:
            raise ValueError(f"value {self.value} with interval [{self.low}, {self.high}] is no measurement")

    @property
    def ends(self) -> tuple[float, float]:
        """The interval that a rule decides on: a single point for an exact value, up to infinity for a censored one."""
        if self.low is None:
            return self.value, self.value
        return self.low, math.inf if self.high is None else self.high

    def p_greater(self, threshold: float) -> float | None:
        """The p value of a mean at the threshold against a greater one, None if the estimate has no distribution."""
        return None if self.p_value is None else self.p_value(threshold, alternative="greater")

    def p_less(self, threshold: float) -> float | None:
        """The p value of a mean at the threshold against a smaller one, None if the estimate has no distribution."""
        return None if self.p_value is None else self.p_value(threshold, alternative="less")


@dataclass(frozen=True, init=False)
class NotTested(Estimate):
    """No estimate, and why there is none."""

    def __init__(self, reason: str) -> None:
        super().__init__(math.nan, None, None, method="not tested", n_seeds=0, note=reason)

    def __post_init__(self) -> None:
        if not self.reason:
            raise ValueError("the reason is empty; say why the claim is not tested")

    @property
    def reason(self) -> str:
        """Why there is none."""
        return self.note


def per_seed(values: "Values", bounds: Bounds | None = None, note: str = "") -> Estimate:
    """The mean over seeds, or other independent replicates, with an interval from their spread; see `mean_interval`.

    Args:
        values: One number for each seed: a DataArray with one dimension, whose coordinate labels the seeds, a mapping from
            labels, or an array or list, labelled by position.
        bounds: What a single value cannot exceed, such as `(0, 1)`, `(-1, 1)` or `(0, inf)`.
        note: What the reader should know of the values.

    Raises:
        ValueError: The values have more or less than one dimension, one is not finite or outside the bounds, or two seeds
            have the same label.
    """
    bounds = UNBOUNDED if bounds is None else bounds
    samples = _labelled(values)
    sample = within_bounds(list(samples.values()), bounds)
    if len(sample) < 2:
        return NotTested("one seed gives no interval" if len(sample) else "no seed has it")
    low, high = mean_interval(sample, bounds=bounds)
    return Estimate(
        # Rounding may put the mean of equal values beside the interval that they collapse to.
        value=float(np.clip(sample.mean(), low, high)),
        low=low,
        high=high,
        method=_method(sample, bounds, low == high),
        n_seeds=len(sample),
        note=note,
        samples=samples,
        bounds=bounds,
        # An interval of no width has no distribution behind it.
        p_value=partial(mean_p_value, sample, bounds=bounds) if low < high else None,
    )


def contrast(a: "Values | Estimate", b: "Values | Estimate", bounds: Bounds | None = None, note: str = "") -> Estimate:
    """The mean over seeds of the difference *a minus b*, paired by the labels of the seeds.

    Args:
        a: Values as in `per_seed`, or an estimate that has them.
        b: Likewise.
        bounds: What a single difference cannot exceed; those of two estimates follow from theirs.
        note: What the reader should know; seeds that only one side has are added to it.

    Raises:
        ValueError: The sides have no label in common, an estimate has no values for each seed, or as in `per_seed`.
    """
    for side in (a, b):
        if isinstance(side, NotTested):
            return NotTested(f"one side of the difference is not tested: {side.reason}")
    if bounds is None and isinstance(a, Estimate) and isinstance(b, Estimate):
        bounds = a.bounds[0] - b.bounds[1], a.bounds[1] - b.bounds[0]
    first, second = _labelled(a), _labelled(b)
    common = [label for label in first if label in second]
    if not common:
        raise ValueError(
            f"the labels {list(first)} and {list(second)} have none in common; measure both on the same seeds"
        )
    alone = [label for label in [*first, *second] if label not in common]
    left_out = f"left out, as only one side has them: {', '.join(map(str, alone))}" if alone else ""
    differences = {label: first[label] - second[label] for label in common}
    return per_seed(differences, bounds, "; ".join(filter(None, (note, left_out))))


def share(successes: Any, by_seed: Any, note: str = "") -> Estimate:
    """The share of successes among trials that share seeds, with the interval that their clustering allows.

    Args:
        successes: `(n_trials,)`, 0 or 1.
        by_seed: `(n_trials,)`, the seed of each trial.
        note: What the reader should know of the trials.

    Raises:
        ValueError: The shapes differ, or a trial is neither 0 nor 1.
    """
    outcomes, labels = np.asarray(successes), np.asarray(by_seed).tolist()
    seeds = list(dict.fromkeys(labels))
    if len(seeds) < 2:
        return NotTested("one seed gives no interval" if seeds else "no seed has it")
    low, high = share_interval(outcomes, labels)
    of_seed = {seed: outcomes[[label == seed for label in labels]] for seed in seeds}
    return Estimate(
        value=float(outcomes.mean()),
        low=low,
        high=high,
        method=KORN_GRAUBARD,
        n_seeds=len(seeds),
        note=note,
        samples={seed: float(trials.mean()) for seed, trials in of_seed.items()},
        bounds=(0.0, 1.0),
        p_value=partial(share_p_value, outcomes, labels),
    )


def exact(value: float, note: str = "", n_seeds: int = 1) -> Estimate:
    """A value that stands for itself: an identity, or a bound over all cases.

    Raises:
        ValueError: The value is not finite.
    """
    return Estimate(float(value), None, None, method=EXACT, n_seeds=n_seeds, note=note)


def censored(at_least: float, note: str = "", n_seeds: int = 1) -> Estimate:
    """A value of which only this is known, that it is at least so large: the search ended, or the curve had not turned.

    Raises:
        ValueError: The limit is not finite.
    """
    return Estimate(float(at_least), float(at_least), None, method=CENSORED, n_seeds=n_seeds, note=note)


def format_value(value: float, low: float | None, high: float | None) -> str:
    """A value with the digits that its interval allows, and the interval: two significant digits of its half-width.

    At most four digits are shown, however narrow the interval. A value without interval, or with one of no width, has up to four significant digits; one that is only known to be at least
    so large reads "> 5000".
    """
    if low is not None and high is None:
        return f"> {_exact_digits(value)}"
    if low is None or high is None or low == high:
        return _exact_digits(value)
    place = 1 - math.floor(math.log10(float(f"{(high - low) / 2:.1e}")))
    place = min(place, _MOST_DIGITS - 1 - math.floor(math.log10(max(abs(low), abs(high)))))
    shown, start, end = (_to_place(number, place, max(abs(low), abs(high))) for number in (value, low, high))
    return f"{shown} [{start}, {end}]"


def _exact_digits(value: float) -> str:
    if value == round(value) and abs(value) < 1e6:
        return f"{value + 0.0:.0f}"  # + 0.0 turns -0.0 into 0.0
    return f"{float(f'{value:.4g}'):g}"


def _to_place(number: float, place: int, largest: float) -> str:
    """The number rounded to so many decimals, or tens if negative; in powers of ten if the interval is tiny or huge."""
    rounded = round(number, place) + 0.0
    if 1e-4 <= largest < 1e6:
        return f"{rounded:.{max(place, 0)}f}"
    return f"{rounded:.{max(math.floor(math.log10(abs(rounded))) + place, 0)}e}" if rounded else "0"


def _method(sample: NDArray[np.float64], bounds: Bounds, degenerate: bool) -> str:
    finite = int(np.isfinite(bounds).sum())
    if degenerate:
        return NO_SPREAD
    if finite == 2 and np.ptp(sample) <= 1e-12 * (bounds[1] - bounds[0]):
        return ALL_EQUAL
    return (STUDENT, STUDENT_HALF_BOUNDED, STUDENT_BOUNDED)[finite]


def _labelled(values: "Values | Estimate") -> dict[Hashable, float]:
    """The values by label, in their order."""
    if isinstance(values, Estimate):
        if values.samples is None:
            raise ValueError(f"an estimate by the method {values.method!r} has no value for each seed; give the values")
        return dict(values.samples)
    if isinstance(values, Mapping):
        return {label: float(number) for label, number in values.items()}
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1:
        dims = getattr(values, "dims", None)
        named = f"dimensions {dims} of shape" if dims is not None else "shape"
        raise ValueError(f"values have {named} {array.shape}; reduce them to one number for each seed")
    labels = list(range(len(array)))
    if hasattr(values, "dims"):
        labels = cast("xr.DataArray", values)[cast("xr.DataArray", values).dims[0]].values.tolist()
    samples: dict[Hashable, float] = dict(zip(labels, array.tolist(), strict=True))
    if len(samples) < len(labels):
        raise ValueError(f"two seeds have the same label in {labels}; average what belongs to one seed")
    return samples
