"""Rules: which values of a statistic bear a claim out, declared before the run."""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from learning_geometry.claims.estimates import Estimate


class Outcome(StrEnum):
    """What a rule makes of an interval."""

    FULL = "full"
    """The whole interval meets the rule."""
    PARTLY = "partly"
    """The whole interval lies beyond the weaker threshold, not the whole beyond the rule's own."""
    NOT = "not"
    """No part of the interval is beyond the weakest threshold."""
    UNDECIDED = "undecided"
    """The interval straddles the weakest threshold."""
    NOT_TESTED = "not tested"
    """There is no interval to judge."""


@dataclass(frozen=True)
class Above:
    """Met by a statistic above a threshold; in part, by one above a weaker threshold."""

    threshold: float
    partly: float | None = None

    def __post_init__(self) -> None:
        _check_finite(self.threshold, self.partly)
        if self.partly is not None and self.partly >= self.threshold:
            raise ValueError(f"above {self.threshold}: the weaker threshold is {self.partly}; it has to be smaller")

    def __str__(self) -> str:
        """The rule in words."""
        weaker = f" (partly: above {self.partly:g})" if self.partly is not None else ""
        return f"above {self.threshold:g}{weaker}"

    def decide(self, low: float, high: float) -> Outcome:
        """The outcome for a statistic known to lie between `low` and `high`, which may be infinite."""
        _check_order(low, high)
        weakest = self.threshold if self.partly is None else self.partly
        if low > self.threshold:
            return Outcome.FULL
        if low > weakest:
            return Outcome.PARTLY
        return Outcome.UNDECIDED if high > weakest else Outcome.NOT

    def p_value(self, estimate: "Estimate") -> float | None:
        """The p value of the threshold against a greater mean, None if the estimate has no distribution."""
        return estimate.p_greater(self.threshold)

    def region(self) -> tuple[float, float]:
        """The values that meet the rule in full."""
        return self.threshold, math.inf


@dataclass(frozen=True)
class Below:
    """Met by a statistic below a threshold; in part, by one below a weaker threshold."""

    threshold: float
    partly: float | None = None

    def __post_init__(self) -> None:
        _check_finite(self.threshold, self.partly)
        if self.partly is not None and self.partly <= self.threshold:
            raise ValueError(f"below {self.threshold}: the weaker threshold is {self.partly}; it has to be greater")

    def __str__(self) -> str:
        """The rule in words."""
        weaker = f" (partly: below {self.partly:g})" if self.partly is not None else ""
        return f"below {self.threshold:g}{weaker}"

    def decide(self, low: float, high: float) -> Outcome:
        """The outcome for a statistic known to lie between `low` and `high`, which may be infinite."""
        return Above(-self.threshold, None if self.partly is None else -self.partly).decide(-high, -low)

    def p_value(self, estimate: "Estimate") -> float | None:
        """The p value of the threshold against a smaller mean, None if the estimate has no distribution."""
        return estimate.p_less(self.threshold)

    def region(self) -> tuple[float, float]:
        """The values that meet the rule in full."""
        return -math.inf, self.threshold


@dataclass(frozen=True)
class Within:
    """Met by a statistic within a tolerance of a target."""

    target: float
    tolerance: float

    def __post_init__(self) -> None:
        _check_finite(self.target, self.tolerance)
        if self.tolerance < 0:
            raise ValueError(f"within {self.tolerance} of {self.target}: a tolerance is a distance, at least 0")

    def __str__(self) -> str:
        """The rule in words."""
        return f"within {self.tolerance:g} of {self.target:g}"

    def decide(self, low: float, high: float) -> Outcome:
        """The outcome for a statistic known to lie between `low` and `high`, which may be infinite."""
        _check_order(low, high)
        floor, ceiling = self.region()
        if floor <= low and high <= ceiling:
            return Outcome.FULL
        return Outcome.NOT if high < floor or low > ceiling else Outcome.UNDECIDED

    def p_value(self, estimate: "Estimate") -> float | None:
        """The larger p value of the two ends, each against a mean further inside (Schuirmann 1987)."""
        floor, ceiling = self.region()
        above, below = estimate.p_greater(floor), estimate.p_less(ceiling)
        return None if above is None or below is None else max(above, below)

    def region(self) -> tuple[float, float]:
        """The values that meet the rule in full."""
        return self.target - self.tolerance, self.target + self.tolerance


Rule = Above | Below | Within


def _check_finite(*numbers: float | None) -> None:
    for number in numbers:
        if number is not None and not math.isfinite(number):
            raise ValueError(f"a rule has {number} in it; give finite numbers")


def _check_order(low: float, high: float) -> None:
    if not low <= high:
        raise ValueError(f"[{low}, {high}] is no interval; pass the lower end first and no NaN")
