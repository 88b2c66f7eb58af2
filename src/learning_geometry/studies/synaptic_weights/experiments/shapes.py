"""What distribution of weights each geometry leaves behind, and whether a geometry predicts it."""

from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from learning_geometry.studies.synaptic_weights.experiments._geometries import Geometries
from learning_geometry.studies.types import Count, Distinct, Positive, Seeds
from learning_geometry.studies.unit import Execution

if TYPE_CHECKING:
    import xarray as xr

    from learning_geometry.instruments.potentials import Potential

Array = NDArray[np.float64]

QUANTILE_LEVELS = np.linspace(0.0025, 0.9975, 200)

_COVARIANCE_POWER = 2.0
_DRAWS = 10  # predicted weights for each weight, so that their own noise adds little to the distance
_SPREADS = np.geomspace(0.02, 20, 31)  # standard deviations of the dual change tried when weights are not paired


class Shapes(Geometries):
    """Regressions of `shape_synapses` weights on `shape_samples` samples, from initial sizes of each of the `initials`."""

    shape_seeds: Seeds
    shape_synapses: Count
    shape_samples: Count
    label_scale: Positive
    initials: Distinct[Literal["log-normal", "constant"]]


def measure(unit: Shapes, execution: Execution) -> "xr.Dataset":
    """Final weights of linear regression, and their prediction under each of the `candidates`.

    The task is that of the regression experiment, with labels of size `label_scale`; initial weights have random signs and
    the root mean square `1 / sqrt(synapses)`, sizes are "log-normal" with a standard deviation that is their mean, or
    "constant". A candidate predicts the final weights as `primal(dual(initial) + Gaussian)`. Distances are
    Kolmogorov-Smirnov's, between signed weights: in `ks` the Gaussian has the mean and standard deviation of the paired
    dual changes (`ks_floor` is the mean distance of samples of these sizes from one distribution, were the two not
    fitted); in `ks_unpaired` it has mean zero and that one of 31 standard deviations for which the distance is least, as if
    weights could not be followed.

    Returns those two `(initial, truth, candidate, seed)`; the distance of final weights from those of another geometry,
    `ks_between` `(initial, truth, rival, seed)`, and from those of the same geometry with other weights and another task,
    `ks_again` `(initial, truth, seed)`, with the `ks_critical` value that two independent samples of one distribution exceed in 5 %;
    for `(initial, truth, seed)` the skewness and W of Shapiro and Wilk of log |w| (`skewness_log`, `shapiro_log`) and the
    coefficient of `variation` of |w|; and quantiles of `log10(|w| / median |initial|)` by `level`, means over seeds.

    Source: our operationalisation.
    """
    import xarray as xr
    from scipy import stats

    from learning_geometry.instruments.dual_change import dual_change, shapiro_wilk
    from learning_geometry.instruments.interpolation import interpolate
    from learning_geometry.instruments.potentials import of_exponent

    synapses, seeds = unit.shape_synapses, unit.shape_seeds
    initials, truths, candidates = unit.initials, unit.truths, unit.candidates
    shape = (len(initials), len(truths), len(candidates), len(seeds))
    paired, unpaired = np.empty(shape), np.empty(shape)
    skewness, normality, variation = (np.empty((len(initials), len(truths), len(seeds))) for _ in range(3))
    between, again = np.empty((len(initials), len(truths), len(truths), len(seeds))), np.empty(skewness.shape)
    levels = len(QUANTILE_LEVELS)
    of_initial = np.zeros((len(initials), levels))
    of_final = np.zeros((len(initials), len(truths), levels))
    of_predicted = np.zeros((len(initials), len(truths), len(candidates), levels))
    for k, seed in enumerate(tqdm(seeds, desc="shapes", unit="seed", leave=False)):
        rng = np.random.default_rng([seed, 0])
        x, labels, signs = _drawn(rng, unit)
        noise = rng.standard_normal((_DRAWS, synapses))
        other_x, other_labels, other_signs = _drawn(np.random.default_rng([seed, 2]), unit)
        for i, initial in enumerate(initials):
            before = signs * _sizes(np.random.default_rng([seed, 1]), initial, synapses)
            size = float(np.median(np.abs(before)))
            other = other_signs * _sizes(np.random.default_rng([seed, 3]), initial, synapses)
            of_initial[i] += _log_quantiles(before, size) / len(seeds)
            finals = [interpolate(x, labels, before, of_exponent(truth)).weights for truth in truths]
            for t, truth in enumerate(truths):
                after = finals[t]
                between[i, t, :, k] = [distance_of_cdfs(after, rival) for rival in finals]
                repeated = interpolate(other_x, other_labels, other, of_exponent(truth)).weights
                again[i, t, k] = distance_of_cdfs(after, repeated)
                of_final[i, t] += _log_quantiles(after, size) / len(seeds)
                logarithm = np.log(np.abs(after))
                skewness[i, t, k] = stats.skew(logarithm)
                normality[i, t, k] = shapiro_wilk(logarithm)
                variation[i, t, k] = np.abs(after).std() / np.abs(after).mean()
                for c, candidate in enumerate(candidates):
                    potential = of_exponent(candidate)
                    change = dual_change(before, after, potential)
                    predicted = potential.primal(potential.dual(before) + change.mean() + change.std() * noise, before)
                    of_predicted[i, t, c] += _log_quantiles(predicted, size) / len(seeds)
                    paired[i, t, c, k] = distance_of_cdfs(after, predicted)
                    unpaired[i, t, c, k] = _least_distance(before, after, noise[0], potential)
    by_candidate, by_truth = ("initial", "truth", "candidate", "seed"), ("initial", "truth", "seed")
    return xr.Dataset(
        {
            "synapses": synapses,
            "ks": (by_candidate, paired),
            # The mean of the largest excursion of a Brownian bridge (Kolmogorov 1933), for n and 10 n draws.
            "ks_floor": float(np.sqrt(np.pi / 2) * np.log(2) * np.sqrt((1 + 1 / _DRAWS) / synapses)),
            "ks_unpaired": (by_candidate, unpaired),
            "ks_between": (("initial", "truth", "rival", "seed"), between),
            "ks_again": (by_truth, again),
            "ks_critical": float(stats.kstwobign.isf(0.05) * np.sqrt(2 / synapses)),
            "skewness_log": (by_truth, skewness),
            "shapiro_log": (by_truth, normality),
            "variation": (by_truth, variation),
            "initial_quantiles": (("initial", "level"), of_initial),
            "final_quantiles": (("initial", "truth", "level"), of_final),
            "predicted_quantiles": (("initial", "truth", "candidate", "level"), of_predicted),
        },
        coords=unit.coordinates(initial=list(initials), rival=truths, seed=seeds, level=QUANTILE_LEVELS),
    )


def _drawn(rng: np.random.Generator, unit: Shapes) -> tuple[Array, Array, Array]:
    """Inputs and labels of a regression, and the signs of its initial weights."""
    from learning_geometry.studies.synaptic_weights.experiments._draws import task

    x, labels = task(rng, unit.shape_samples, unit.shape_synapses, _COVARIANCE_POWER)
    return x, unit.label_scale * labels, rng.choice([-1.0, 1.0], unit.shape_synapses)


def _sizes(rng: np.random.Generator, initial: str, synapses: int) -> Array:
    from learning_geometry.studies.synaptic_weights.experiments._draws import log_normal_sizes

    if initial == "constant":
        return np.full(synapses, synapses**-0.5)
    return log_normal_sizes(rng, synapses, (2 * synapses) ** -0.5)


def _least_distance(before: Array, after: Array, noise: Array, potential: "Potential") -> float:
    """The distance at the best of `_SPREADS`, in units of the change of the dual image when a typical weight doubles."""
    dual = potential.dual(before)
    typical = np.sqrt(np.mean(before**2))
    unit = float(typical * potential.curvature(typical))
    return min(distance_of_cdfs(after, potential.primal(dual + spread * unit * noise, before)) for spread in _SPREADS)


def distance_of_cdfs(first: Array, second: Array) -> float:
    """The Kolmogorov-Smirnov distance of two samples, `(n,)` and any shape."""
    one, two = np.sort(first, axis=None), np.sort(second, axis=None)
    both = np.concatenate([one, two])
    cdfs = [np.searchsorted(sample, both, side="right") / len(sample) for sample in (one, two)]
    return float(np.abs(cdfs[0] - cdfs[1]).max())


def _log_quantiles(weights: Array, unit: float) -> Array:
    return np.quantile(np.log10(np.abs(weights) / unit), QUANTILE_LEVELS)
