"""The decision whether the spectrum of an area is scale-free: a power law, as far as the data can tell."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from learning_geometry.instruments.arrays import as_array
from learning_geometry.instruments.cross_validated_pca import cvpca
from learning_geometry.instruments.matched_null import NoSignal, matched_null
from learning_geometry.instruments.spectrum_shape import Bin, binned, geometric_bins

Array = NDArray[np.float64]
Verdict = Literal["scale-free", "not scale-free", "undecided"]

MARGIN = 0.1
"""The least curvature that matters: an exponent that grows by 0.46 a decade of ranks, as from 0.8 to 1.7 over two."""

MISFIT = 0.4
"""The least misfit that matters: bins that lie a factor of 1.5 off the best power law, root mean square."""

_LEVEL = 0.05
_ONE_SIDED = 1.645  # standard deviations: the 5 % quantile of a normal distribution
# Bins below this share of what is expected count as this share, since a logarithm wants positive values.
_LEAST_SHARE = 0.05
# Of the dimensions one in so many is looked at: later ranks are those of the basis, not the area.
_MOST_BINS_BEYOND = 4


class ScaleFreeTest(NamedTuple):
    """The decision on one area, and what it rests on.

    `alpha` is the exponent of the best power law. `curvature` is that of the measured spectrum relative to power laws
    measured in the same way, zero in expectation if the area is one; `curvature_sd` is its standard deviation then.
    `p_value` is the probability of so low a curvature. `misfit` is the root mean square distance of the logarithms of the
    values, relative to power laws measured in the same way, from a straight line, weighted as the curvature. `ranks` are
    the geometric centres `(n_bins,)` of the bins, `observed`, `expected` and `spread` `(n_bins,)` the measured values, the
    mean of those of the power laws and their standard deviation.
    """

    verdict: Verdict
    p_value: float
    alpha: float
    curvature: float
    curvature_sd: float
    misfit: float
    ranks: Array
    observed: Array
    expected: Array
    spread: Array


def scale_free(
    responses: ArrayLike, *, noise_components: int = 20, n_bootstrap: int = 200, rng: np.random.Generator
) -> ScaleFreeTest:
    """Decide whether an area's signal has a power-law spectrum, by a parametric bootstrap.

    The cross-validated spectrum, with noise components removed, is averaged over geometric bins of the ranks 1 to a
    quarter of the dimensions. Power laws with the area's own exponent, size, signal, noise covariance and axes
    (`matched_null`) go through the same procedure `n_bootstrap` times. The statistic is the quadratic coefficient of the
    logarithm of the values in that of the rank, by least squares with the weights that the draws suggest.

    * "scale-free" if the curvature is above -0.1 (`MARGIN`) with 95 % confidence and the misfit below 0.4 (`MISFIT`): a
      bend that is smaller does not matter, even if it is significant, which in a large enough experiment every one is;
    * "not scale-free" if not, and at most 5 % of power laws have so low a curvature (`p_value` at most 0.05);
    * "undecided" otherwise: the data do not say, or the spectrum departs from a power law in another way.

    Only a bend downwards counts, as exponentials, knees and cut-offs have it; more dimensions than voxels bend a
    spectrum upwards, and so do noise and the estimation of axes. An operationalisation of ours.

    The level was tried on power laws (200 stimuli, 120 voxels, three repeats, the signal a fifth of the noise, of which
    voxels share half, 39 draws). With noise along axes of its own, 2.5, 3 and 5 % of those with the exponents 0.7, 1 and
    1.4 have a p-value of at most 0.05; with noise along the axes of the signal 7.0 (of 500 areas: 4.9 to 9.6), 6.5 and
    4.5 %, so do not rely on a p-value just below 0.05 there. It takes three repeats to recognise such noise, and it costs
    power, since its removal takes signal along.

    Args:
        responses: `(n_repeats, n_stimuli, n_voxels)`, at least three repeats, or two if no noise is projected out.
        noise_components: Number of noise components to project out, in the area and in the draws.
        n_bootstrap: Number of draws, at least 19. The p-value is a multiple of `1 / (n_bootstrap + 1)`.
        rng: Source of the draws.

    Raises:
        NoSignal: If repeats share too little for the question to be asked.
        ValueError: If `responses` is malformed, holds one repeat or values that are not finite, or is too small for five
            bins; if `n_bootstrap` is below 19; or as `cvpca` for `noise_components`.
    """
    if n_bootstrap < 19:
        raise ValueError(f"n_bootstrap is {n_bootstrap}; fewer than 19 draws cannot reject at 5 %, take 200")
    data = as_array(responses)
    if data.ndim != 3:
        raise ValueError(f"responses has shape {data.shape}; expected (n_repeats, n_stimuli, n_voxels)")
    bins = window(data.shape[1], data.shape[2] - noise_components)
    observed = binned_cvpca(data, noise_components, bins)
    null = matched_null(data, rng=rng)
    draws = np.array([binned_cvpca(null.draw(rng), noise_components, bins) for _ in range(n_bootstrap)])
    return decide(observed, draws, bins, alpha=null.alpha)


def window(n_stimuli: int, n_dimensions: int) -> list[Bin]:
    """Return the bins that an area of so many stimuli and dimensions is judged by.

    Raises:
        ValueError: If they are fewer than five.
    """
    last = min(n_stimuli, n_dimensions) // _MOST_BINS_BEYOND
    bins = geometric_bins(last) if last > 0 else []
    if len(bins) < 5:
        raise ValueError(
            f"{n_stimuli} stimuli and {n_dimensions} dimensions left by the removal of noise make {len(bins)} bins, but 5 "
            "are needed; take more stimuli or voxels, or remove fewer noise components"
        )
    return bins


def binned_cvpca(responses: ArrayLike, noise_components: int, bins: Sequence[Bin]) -> Array:
    """Return the cross-validated spectrum with noise components removed, by bins, `(n_bins,)`."""
    return binned(cvpca(responses, noise_components=noise_components), bins)[1]


def decide(observed: Array, draws: Array, bins: Sequence[Bin], *, alpha: float) -> ScaleFreeTest:
    """Decide from the spectrum of an area, `(n_bins,)`, and those of power laws like it, `(n_draws, n_bins)`.

    Raises:
        NoSignal: If the mean of the draws is not positive in some bin.
    """
    (curvature,), by_chance, (misfit,) = bends(observed[None], draws, bins)
    spread = float(by_chance.std(ddof=1))
    p_value = float((1 + np.sum(by_chance <= curvature)) / (len(draws) + 1))
    relative = float(curvature - by_chance.mean())
    verdict: Verdict = "undecided"
    if relative - _ONE_SIDED * spread > -MARGIN and misfit < MISFIT:
        verdict = "scale-free"
    elif p_value <= _LEVEL:
        verdict = "not scale-free"
    return ScaleFreeTest(
        verdict=verdict,
        p_value=p_value,
        alpha=alpha,
        curvature=relative,
        curvature_sd=spread,
        misfit=float(misfit),
        ranks=_centres(bins),
        observed=observed,
        expected=draws.mean(axis=0),
        spread=draws.std(axis=0, ddof=1),
    )


def bends(spectra: Array, draws: Array, bins: Sequence[Bin]) -> tuple[Array, Array, Array]:
    """Return the curvature of spectra `(n, n_bins)` relative to the mean of `draws`, that of the draws, and the misfit.

    Raises:
        NoSignal: If the mean of the draws is not positive in some bin.
    """
    expected = draws.mean(axis=0)
    if expected.min() <= 0:
        raise NoSignal(
            f"power laws like this area have no variance left in ranks {bins[int(np.argmax(expected <= 0))]}: the signal "
            "is too weak; average voxels, or show more stimuli or more repeats"
        )
    shown, by_chance = (np.log(np.maximum(x / expected, _LEAST_SHARE)) for x in (spectra, draws))
    x = np.log(_centres(bins))
    design = np.stack([np.ones_like(x), x - x.mean(), (x - x.mean()) ** 2], axis=1)
    precision = 1 / by_chance.var(axis=0, ddof=1)
    curve, line = (_least_squares(design[:, :columns], precision) for columns in (3, 2))
    off_line = shown - shown @ line.T @ design[:, :2].T
    misfit = np.sqrt(off_line**2 @ precision / precision.sum())
    return shown @ curve[2], by_chance @ curve[2], misfit


def _least_squares(design: Array, precision: Array) -> Array:
    """Return the matrix that takes values `(n_bins,)` to the coefficients of the columns of `design`."""
    return np.asarray(np.linalg.solve(design.T @ (precision[:, None] * design), design.T * precision), dtype=np.float64)


def _centres(bins: Sequence[Bin]) -> Array:
    return binned(np.ones(bins[-1][1]), bins)[0]
