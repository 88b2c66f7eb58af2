"""The interval of a share whose trials come in clusters, such as several trials with each seed (Korn & Graubard 1998).

Trials of one seed succeed and fail together, so 15 trials of five seeds are worth less than 15 independent ones. How much less
is estimated from the spread of the clusters; the Clopper-Pearson interval is then taken at the effective number of trials.
"""

from collections.abc import Hashable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from learning_geometry.instruments.arrays import as_array
from learning_geometry.instruments.statistics import Alternative, Interval, binomial_lower_end


def share_interval(successes: ArrayLike, clusters: Sequence[Hashable], *, level: float = 0.95) -> Interval:
    """Return the Korn-Graubard interval for the probability of success, from trials that come in clusters.

    It is Clopper-Pearson's if each trial is a cluster of its own. If all trials agree, their spread says nothing, and the
    number of clusters is taken for the effective one: 15 successes of 15 in five clusters give [0.478, 1]. That is exact, as
    p^n bounds the probability that all trials of n clusters succeed. Clusters of unequal size count as
    (sum of sizes)^2 / (sum of squared sizes) clusters (Kish 1965). `tests/claims/test_coverage.py` measures a coverage of
    94.5 % or more for clusters of up to ten trials, and of 89 % at worst for five clusters of 36 trials each whose
    probabilities differ widely.

    Args:
        successes: `(n_trials,)`, each 0 or 1.
        clusters: `(n_trials,)`, the label of the cluster of each trial; at least two different ones.
        level: Coverage, between 0 and 1.

    Raises:
        ValueError: If the shapes differ, a trial is neither 0 nor 1, there is only one cluster, or `level` is not between 0
            and 1.
    """
    if not 0 < level < 1:
        raise ValueError(f"level is {level}; pass a coverage between 0 and 1, such as 0.95")
    trials = _tally(successes, clusters)
    alpha = (1 - level) / 2
    return Interval(trials.lower_end(alpha), 1 - trials.failures().lower_end(alpha))


def share_p_value(
    successes: ArrayLike, clusters: Sequence[Hashable], threshold: float, *, alternative: Alternative
) -> float:
    """Return the p value of a share at `threshold` against a greater, or smaller, one by the method of `share_interval`.

    Args:
        successes: `(n_trials,)`, each 0 or 1.
        clusters: `(n_trials,)`, the label of the cluster of each trial; at least two different ones.
        threshold: The probability under the null hypothesis.
        alternative: "greater" if a probability above the threshold is to be shown, "less" for one below.

    Raises:
        ValueError: As `share_interval` does.
    """
    trials = _tally(successes, clusters)
    return trials.p_value(threshold) if alternative == "greater" else trials.failures().p_value(1 - threshold)


class _Tally(NamedTuple):
    """What the interval needs to know of the trials."""

    share: float
    n_trials: int
    n_clusters: int
    n_equal: float
    """Number of clusters of equal size that are worth as much as these."""
    error: float
    """Standard error of the share, from the spread of the clusters."""

    def failures(self) -> "_Tally":
        """The same trials with failure for success."""
        return self._replace(share=1 - self.share)

    def size(self, alpha: float) -> float:
        """The effective number of trials, which depends on the error through the quantiles of Student's t."""
        from scipy import special

        if self.share in (0, 1):
            return self.n_clusters
        if self.error == 0:
            return self.n_trials
        independent = self.share * (1 - self.share) / (self.n_trials - 1)
        quantiles = special.stdtrit(self.n_trials - 1, alpha) / special.stdtrit(self.n_equal - 1, alpha)
        size = self.n_trials * independent / self.error**2 * quantiles**2
        return float(np.clip(size, self.n_equal, self.n_trials))

    def lower_end(self, alpha: float) -> float:
        """The probability below which the share would have been as large with a probability of at most `alpha`."""
        size = self.size(alpha)
        return binomial_lower_end(self.share * size, size, alpha)

    def p_value(self, threshold: float) -> float:
        """The `alpha` whose lower end is the threshold, by bisection of its logarithm."""
        from scipy import special

        if threshold < 0 or threshold >= 1 or self.share == 0:
            return float(threshold >= 0)
        low, high = np.log(1e-100), 0.0
        for _ in range(70):
            middle = (low + high) / 2
            alpha = np.exp(middle)
            # Above the share itself the quantiles of t pass through zero; p is about a half or more there, whatever the size.
            size = self.size(min(alpha, 0.49))
            tail = special.betainc(self.share * size, (1 - self.share) * size + 1, threshold)
            low, high = (middle, high) if tail > alpha else (low, middle)
        return float(np.exp(high))


def _tally(successes: ArrayLike, clusters: Sequence[Hashable]) -> _Tally:
    outcomes, labels = as_array(successes), list(clusters)
    if outcomes.ndim != 1 or len(outcomes) != len(labels):
        raise ValueError(f"successes has shape {outcomes.shape}, clusters {len(labels)} labels; pass one label a trial")
    if not np.isin(outcomes, (0, 1)).all():
        raise ValueError(f"a trial is {outcomes[~np.isin(outcomes, (0, 1))][0]}; pass 1 for a success, 0 for a failure")
    numbers = {label: number for number, label in enumerate(dict.fromkeys(labels))}
    if len(numbers) < 2:
        raise ValueError(f"got {len(numbers)} cluster; the spread of clusters needs at least 2: run more seeds")
    index = [numbers[label] for label in labels]
    sizes, sums = np.bincount(index), np.bincount(index, weights=outcomes)
    share, n_trials = float(outcomes.sum() / len(outcomes)), len(outcomes)
    n_equal = float(n_trials**2 / (sizes**2).sum())
    variance = n_equal / (n_equal - 1) * ((sums - share * sizes) ** 2).sum() / n_trials**2
    return _Tally(share, n_trials, len(numbers), n_equal, float(np.sqrt(variance)))
