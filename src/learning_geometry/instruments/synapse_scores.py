"""Where each later size lies in the distribution that a geometry predicts for it, as a standard normal score."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtri, ndtri_exp

from learning_geometry.instruments.synapse_likelihood import LogSizes, dual_power, log_density

Array = NDArray[np.float64]

_QUANTILES = np.linspace(-6, 6, 121)  # between which a density is integrated
_PIECE = 256  # synapses at a time there


def normal_scores(parameters: Array, sizes: LogSizes) -> Array:
    """Return what is standard normal under the model: each later size's place in its distribution, as a quantile.

    With noise the distribution is that of `log_density`, integrated numerically.

    Args:
        parameters: `(n_samples, 3)`, as in `log_density`.
        sizes: One row for each sample, or one for all.

    Returns:
        `(n_samples, n_synapses)`.
    """
    if sizes.variance_after == 0:
        power, drift, change = dual_power(parameters[:, :1]), parameters[:, 1:2], np.exp(parameters[:, 2:])
        end, begin = np.exp(power * sizes.after), np.exp(power * sizes.before)
        # The tail away from the end of the dual space is whole: its share of the survivors loses no digits.
        side = np.sign(power)
        deviation = ((end - begin) / power - drift) / change
        tail = log_ndtr(-side * deviation) - log_ndtr((begin / np.abs(power) + side * drift) / change)
        return -side * ndtri_exp(np.minimum(tail, 0))
    scores = []
    for i, row in enumerate(parameters):
        sample = sizes.rows(np.array([min(i, len(sizes.before) - 1)]))
        before, after = sample.before[0], sample.after[0]
        parts = [
            _noisy_scores(row, before[first : first + _PIECE], after[first : first + _PIECE], sample)
            for first in range(0, len(before), _PIECE)
        ]
        scores.append(np.concatenate(parts))
    return np.array(scores)


def _noisy_scores(row: Array, before: Array, after: Array, sample: LogSizes) -> Array:
    power, drift, change = float(dual_power(row[0])), row[1], np.exp(row[2])
    begin, side = np.exp(power * before[:, None]), np.sign(power)
    # Where true change and noise are both at the quantile t: closer together than the quantiles of their sum, and as far.
    tail = log_ndtr(-side * _QUANTILES) + log_ndtr((begin / abs(power) + side * drift) / change)
    end = begin + power * (drift - side * change * ndtri_exp(tail))
    uncertain = np.sqrt(sample.variance_after + sample.variance_before[0])
    x = np.log(np.maximum(end, 1e-10)) / power + uncertain * _QUANTILES
    at = LogSizes(before[:, None], x, sample.variance_before, sample.variance_after)
    density = np.exp(log_density(np.repeat(row[None], len(before), axis=0), at))
    below = np.cumsum((density[:, 1:] + density[:, :-1]) / 2 * np.diff(x), axis=1)
    scores = ndtri(np.clip(below / below[:, -1:], 1e-9, 1 - 1e-9))
    return np.array([np.interp(a, *pair) for a, pair in zip(after, zip(x[:, 1:], scores, strict=True), strict=True)])
