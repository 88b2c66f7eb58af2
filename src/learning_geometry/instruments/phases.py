"""The phases of a training course: where an effective rank, followed over checkpoints, turns round.

Li et al. (2025, arXiv:2509.23024) describe three phases of language model pretraining: a warm-up, in which RankMe
collapses; an entropy-seeking phase, in which it grows; and a compression-seeking phase, in which it falls again. The
rule that delimits them here is our operationalisation, so that a program can say whether a curve has them.
"""

from collections import Counter
from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from learning_geometry.instruments.arrays import as_array

Name = Literal["collapse", "expansion", "compression"]
Array = NDArray[np.float64]


class Phase(NamedTuple):
    """A stretch of training between two turning points; `start` and `end` are in the units of the steps."""

    name: Name
    start: float
    end: float


class PhaseSupport(NamedTuple):
    """The most frequent sequence of phases over resamples, and where its turning points lie.

    `support` is the share of resamples that show exactly the sequence `names`. `boundaries` is
    `(len(names) - 1, 3)`, or `(0, 3)` where `names` is empty: low, median and high of each turning point over those
    resamples, in the units of the steps.
    """

    names: tuple[Name, ...]
    support: float
    boundaries: Array


def phases(steps: ArrayLike, rankme: ArrayLike, *, least_change: float = 0.05) -> list[Phase]:
    """Return the phases of one curve, from the first checkpoint to the last, each beginning where the one before ended.

    A checkpoint is a turning point if the curve, both before and after it, moves away from it by a factor of more than
    `1 + least_change` without having passed beyond it; of equal extremes the first counts. Turning points alternate
    between bottoms and tops, and bound the phases. A rising phase is an "expansion" (the paper's entropy-seeking), a
    falling one a "compression" (compression-seeking), except that falling at the outset is a "collapse" (warm-up).
    A curve without a turning point, be it monotone or flat within `least_change`, has no phases.

    The result depends on ratios of RankMe alone, and on the order of the steps alone.

    Args:
        steps: `(n_checkpoints,)`, at least three, ascending, in optimiser steps, tokens or any other unit.
        rankme: `(n_checkpoints,)`, positive; any effective rank will do.
        least_change: The relative change that makes a reversal more than noise. Take it well above the jitter between
            neighbouring checkpoints.

    Raises:
        ValueError: If the shapes do not match, there are fewer than three checkpoints, steps are negative or do not
            ascend, an effective rank is not positive and finite, or `least_change` is not.
    """
    at = _ascending(steps)
    threshold = _threshold(least_change)
    curve = as_array(rankme, np.float64)
    if curve.shape != at.shape:
        raise ValueError(f"rankme has shape {curve.shape} but steps {at.shape}; pass one value for each step")
    return _phases(at, _log(curve, "rankme"), threshold)


def resampled_phases(
    steps: ArrayLike, curves: ArrayLike, *, least_change: float = 0.05, level: float = 0.95
) -> PhaseSupport:
    """Return the phases that most resamples of a curve show, their share, and intervals for the turning points.

    Each turning point gets its median and percentile interval over the resamples that agree. They are checkpoints, not
    interpolated. Of sequences that are equally frequent the one with fewer phases is returned. The spread tells what
    the resampling varies (contexts, say) and nothing else: not another seed, nor another order of the data.

    Args:
        steps: `(n_checkpoints,)`, as in `phases`.
        curves: `(n_resamples, n_checkpoints)`, the effective rank on each resample.
        least_change: As in `phases`.
        level: Coverage of the interval, between 0 and 1.

    Raises:
        ValueError: As in `phases`, or if `curves` is not a matrix of at least one row, or `level` is out of range.
    """
    if not 0 < level < 1:
        raise ValueError(f"level is {level}; pass a coverage between 0 and 1, such as 0.95")
    at = _ascending(steps)
    threshold = _threshold(least_change)
    matrix = as_array(curves, np.float64)
    if matrix.ndim != 2 or len(matrix) == 0 or matrix.shape[1] != len(at):
        raise ValueError(
            f"curves has shape {matrix.shape}; expected (n_resamples, {len(at)}), one column for each step"
        )
    found = [_phases(at, curve, threshold) for curve in _log(matrix, "curves")]
    sequences = [tuple(phase.name for phase in each) for each in found]
    counts = Counter(sequences)
    names = min(counts, key=lambda sequence: (-counts[sequence], len(sequence), sequence))
    inner = np.array([[p.start for p in each[1:]] for each, own in zip(found, sequences, strict=True) if own == names])
    # An interpolated quantile would be a step at which nothing was measured, and would depend on the unit of the steps.
    boundaries = np.quantile(inner, [(1 - level) / 2, 0.5, (1 + level) / 2], axis=0, method="inverted_cdf").T
    return PhaseSupport(names, counts[names] / len(matrix), boundaries)


def _phases(steps: Array, values: Array, threshold: float) -> list[Phase]:
    turns = _turning_points(values, threshold)
    if not turns:
        return []
    rising = bool(values[turns[0]] > values[0])
    bounds = [0, *turns, len(values) - 1]
    found = []
    for i, (start, end) in enumerate(pairwise(bounds)):
        falls: Name = "compression" if i else "collapse"
        found.append(Phase("expansion" if rising else falls, float(steps[start]), float(steps[end])))
        rising = not rising
    return found


def _turning_points(values: Array, threshold: float) -> list[int]:
    """Return the indices of the turning points of `values`, in one pass with hysteresis."""
    turns = []
    top = bottom = 0
    direction = 0  # That of the phase under way; 0 until the curve has first moved by more than the threshold.
    for i, value in enumerate(values):
        if value > values[top]:
            top = i
        if value < values[bottom]:
            bottom = i
        if direction >= 0 and values[top] - value > threshold:
            if direction > 0:
                turns.append(top)
            direction, bottom = -1, i
        elif direction <= 0 and value - values[bottom] > threshold:
            if direction < 0:
                turns.append(bottom)
            direction, top = 1, i
    return turns


def _ascending(steps: ArrayLike) -> Array:
    array = as_array(steps, np.float64)
    if array.ndim != 1:
        raise ValueError(f"steps has shape {array.shape}; expected (n_checkpoints,)")
    if len(array) < 3:
        raise ValueError(f"there are {len(array)} checkpoints; a turning point needs at least 3")
    if not (np.isfinite(array).all() and array[0] >= 0):
        raise ValueError(f"steps begin at {array[0]} and reach {array.max()}; pass finite ones, none negative")
    late = np.flatnonzero(np.diff(array) <= 0)
    if len(late):
        i = int(late[0])
        raise ValueError(f"steps must ascend, but {array[i + 1]} follows {array[i]}; sort them and drop duplicates")
    return array


def _log(values: Array, name: str) -> Array:
    wrong = values[~((values > 0) & (values < np.inf))]
    if len(wrong):
        raise ValueError(f"{name} holds {wrong[0]}; an effective rank is positive and finite: drop that checkpoint")
    return np.log(values)


def _threshold(least_change: float) -> float:
    if not 0 < least_change < np.inf:
        raise ValueError(f"least_change is {least_change}; pass a positive relative change, such as 0.05")
    return float(np.log1p(least_change))
