"""Claims about the paper's theorems and its two biases of gradient descent, in the linear model as the paper has it."""

import numpy as np
import xarray as xr

from learning_geometry.claims import Above, Below, Claims, Estimate, Within, exact, per_seed
from learning_geometry.records import Records

claims = Claims(__name__)

_GROWTH = "Growth alone shows no selection bias, and is bounded by the largest class."
_BOTH = (
    "Both theorems hold to the accuracy of the steps: balance is kept, and growth is in proportion, given the factor g."
)
_ALIGNED = 0.9  # mean squared cosine from which singular vectors count as aligned
_SIZES = "; a sample for every row, 32 classes in three dimensions; counts and starts are ours"


@claims.paper(
    "Theorem 1: features and classifier that are balanced stay balanced, up to the size of the steps.",
    source="appendix B.5, theorem 1" + _SIZES,
    statistic="slope, in logarithms, of the largest imbalance of f'f and WW' on the learning rate, over the same span of time, "
    "mean over seeds",
    rule=Within(1.0, 0.1),
    matrix=_BOTH,
)
def theorem_1(records: Records) -> Estimate:
    drift = np.log(records["theorems", "balanced"].drift.transpose("seed", "rate"))
    slopes = [np.polyfit(np.log(drift.rate.values), one, 1)[0] for one in drift.values]
    return per_seed(dict(zip(drift.seed.values.tolist(), slopes, strict=True)))


def _regression(records: Records, given_factor: bool) -> Estimate:
    """Coefficient of the logarithm of a singular value in a regression of the logarithm of its growth, for each seed."""
    balanced = records["theorems", "balanced"].transpose("seed", ...)
    slopes = {}
    for seed in balanced.seed.values:
        run = balanced.sel(seed=seed)
        size, change, factor = (np.log(run[name].values.ravel()) for name in ("singular", "change", "factor"))
        columns = [size, *([factor] if given_factor else []), np.ones_like(size)]
        slopes[int(seed)] = float(np.linalg.lstsq(np.stack(columns, axis=1), change, rcond=None)[0][0])
    return per_seed(slopes)


@claims.paper(
    "Theorem 2: given the factor g, a singular value grows in proportion to itself.",
    source="appendix B.5, theorem 2" + _SIZES,
    statistic="coefficient of ln sigma in the regression of ln |d sigma / dt| on ln sigma and ln |g|, over directions and 60 "
    "times, mean over seeds",
    rule=Within(1.0, 0.2),
    matrix=_BOTH,
)
def theorem_2(records: Records) -> Estimate:
    return _regression(records, given_factor=True)


@claims.ours(
    "Selection bias cannot be read off growth alone: without the factor g there is no such proportionality.",
    source="section 3.3 gives selection bias without the factor; it falls as a direction is learned",
    statistic="slope of ln |d sigma / dt| on ln sigma, over directions and 60 times, mean over seeds",
    rule=Below(0.5),
    matrix=_GROWTH,
)
def selection_alone(records: Records) -> Estimate:
    return _regression(records, given_factor=False)


@claims.ours(
    "At uniform predictions no growth exceeds the square root of the size of the largest class, per unit of sigma.",
    source="theorem 2, whose bound we could not read: the square root is inferred. A = -YP with a projection P, so that its "
    "operator norm is at most that of the one-hot labels Y",
    statistic="operator norm of A over the square root of the largest class, largest of five sets of classes",
    rule=Below(1.0),
    matrix=_GROWTH,
)
def growth_bound(records: Records) -> Estimate:
    return exact(float(records["theorems", "bound"].ratio.max()))


@claims.paper(
    "Primacy bias: frequent classes are learned first.",
    source="section 3.3" + _SIZES,
    statistic="Spearman correlation, over classes, of their number of samples and the step at which their mean probability first "
    "exceeds one half, mean over seeds",
    rule=Below(-0.8),
)
def primacy(records: Records) -> Estimate:
    from scipy.stats import spearmanr

    generic = records["theorems", "generic"]
    learned = generic.learnt.transpose("seed", "class").values
    values = [float(spearmanr(generic["count"].values, one).statistic) for one in learned]
    return per_seed(dict(zip(generic.seed.values.tolist(), values, strict=True)), (-1, 1))


def _at_dip(generic: xr.Dataset) -> dict[int, int]:
    rankme = generic.rankme.transpose("seed", "step").values
    return dict(zip(generic.seed.values.tolist(), rankme.argmin(axis=1).tolist(), strict=True))


@claims.paper(
    "In the warm-up the singular vectors of features and classifier align.",
    source="section 3.3 and figure 4" + _SIZES,
    statistic="squared cosine of right singular vectors of f and left ones of W at RankMe's dip, mean over directions and seeds; "
    "a third by chance",
    rule=Above(0.7),
)
def aligned_at_dip(records: Records) -> Estimate:
    generic = records["theorems", "generic"]
    return per_seed({s: float(generic.alignment.sel(seed=s)[dip]) for s, dip in _at_dip(generic).items()}, (0, 1))


@claims.ours(
    "They are aligned before RankMe reaches its dip.",
    source="section 3.3 calls the warm-up the initial phase of alignment",
    statistic="log10 of the first step at which the mean squared cosine exceeds .9 over the step of the dip, mean over seeds",
    unit="decades of steps",
    rule=Below(0.0),
)
def aligned_before_dip(records: Records) -> Estimate:
    generic = records["theorems", "generic"]
    steps = np.maximum(generic.step.values, 1).astype(float)
    first = {s: int((generic.alignment.sel(seed=s).values > _ALIGNED).argmax()) for s in generic.seed.values.tolist()}
    return per_seed({s: float(np.log10(steps[first[s]] / steps[dip])) for s, dip in _at_dip(generic).items()})
