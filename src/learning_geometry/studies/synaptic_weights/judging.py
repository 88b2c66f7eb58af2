"""How one claim of this study is judged on values over seeds, on counts, or not at all."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from learning_geometry.claims import Judgement
from learning_geometry.instruments.statistics import mean_interval, proportion_interval
from learning_geometry.studies.synaptic_weights.declared import CLAIMS

BY_ID = {claim.id: claim for claim in CLAIMS}


def over_seeds(claim: str, values: ArrayLike, note: str = "") -> Judgement:
    """Judge a claim on one value a seed; a single seed has no interval and decides nothing."""
    sample = np.asarray(values, dtype=float)
    if len(sample) < 2:
        return BY_ID[claim].not_tested("one seed gives no interval")
    return BY_ID[claim].judge(float(sample.mean()), interval=mean_interval(sample), n_seeds=len(sample), note=note)


def share(claim: str, right: NDArray[np.bool_], n_seeds: int) -> Judgement:
    """Judge a claim on how many of all cases are right."""
    return count(claim, int(right.sum()), right.size, n_seeds)


def count(claim: str, successes: int, trials: int, n_seeds: int) -> Judgement:
    """Judge a claim on the share of trials that succeed."""
    interval = proportion_interval(successes, trials)
    note = f"{successes} of {trials}"
    return BY_ID[claim].judge(successes / trials, interval=interval, n_seeds=n_seeds, note=note)
