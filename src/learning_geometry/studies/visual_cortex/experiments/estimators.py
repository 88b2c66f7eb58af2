"""What estimators of a spectrum make of an area whose spectrum is known."""

from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from learning_geometry.studies.types import Count
from learning_geometry.studies.unit import Execution
from learning_geometry.studies.visual_cortex.experiments._scanned import Scanned

if TYPE_CHECKING:
    import xarray as xr

SPECTRA = ("power law 0.7", "power law 1.0", "power law 1.4", "mild knee", "cut-off", "exponential")
"""Synthetic areas that every estimator is shown."""

NOISES = ("independent", "correlated", "aligned")
"""Noise that voxels do not share; that they share along random axes; and along those of the signal."""

ESTIMATORS = ("noise-free", "plain PCA", "cvPCA", "cvPCA, noise removed")
"""The spectrum of the responses without noise, of their mean over repeats, and cross-validated ones."""

LEAST_SHARE = 0.05
"""A bin below this share of its noise-free value counts as this share, since a logarithm wants positive values."""

_REMOVED = (0, 5, 10, 20, 40, 80)
_REMOVED_FROM = "power law 1.0"
_MOST_REMOVED = 1 / 3  # of the dimensions that an area can have


class Estimators(Scanned):
    """One synthetic area of each spectrum, under noise of three kinds."""

    area_stimuli: Count
    area_voxels: Count


def measure(unit: Estimators, execution: Execution) -> "xr.Dataset":
    """Estimate the spectrum of synthetic areas in four ways, under noise of three kinds.

    `rank` are the centres of the geometric bins that `scale_free` looks at and `values` `(spectrum, noise, estimator,
    rank)` the mean values in them, over that of the noise-free responses in the first: with correlated noise an estimate's
    own first value may be zero or negative. `truth` `(spectrum, rank)` are the eigenvalues themselves, over the first
    bin's. `exponent` and `r2` `(spectrum, noise, estimator)` belong to the least-squares line through the logarithms of the
    bins. In it, values below 5 % of the noise-free ones count as 5 %; `raised` is the number of these. `moments` `(spectrum,
    noise)` is the exponent that unbiased moments give, -1 where there is too little signal for any. `removal` `(removed,)`
    is the exponent of cvPCA of the power law 1.0 under correlated noise after the removal of so many noise components.
    """
    import xarray as xr
    from tqdm import tqdm

    from learning_geometry.instruments.cross_validated_pca import cvpca
    from learning_geometry.instruments.scale_free import window
    from learning_geometry.instruments.spectrum import binned, eigenspectrum, moment_alpha, unbiased_moments
    from learning_geometry.materials.scanner import repeated
    from learning_geometry.materials.synthetic_areas import respond, spectrum

    bins = window(unit.area_stimuli, unit.area_voxels - unit.noise_components)
    ranks = binned(np.ones(unit.area_voxels), bins)[0]
    removed = [count for count in _REMOVED if count <= min(unit.area_stimuli, unit.area_voxels) * _MOST_REMOVED]
    shape = len(SPECTRA), len(NOISES), len(ESTIMATORS)
    values, lines = np.empty((*shape, len(bins))), np.empty((*shape, 3))
    moments = np.full(shape[:2], -1.0)
    removal = np.empty(len(removed))
    for i, name in enumerate(tqdm(SPECTRA, desc=f"synthetic areas, seed {unit.seed}", unit="area", leave=False)):
        rng = np.random.default_rng([unit.seed, i])
        signal, axes = respond(spectrum(name, unit.area_voxels), n_stimuli=unit.area_stimuli, rng=rng)
        # In the units of what is measured, whose noise has a variance of one.
        signal *= np.sqrt(unit.snr / signal.var(axis=0).mean())
        without_noise = binned(eigenspectrum(signal), bins)[1]
        for k, noise in enumerate(NOISES):
            measured = repeated(
                signal,
                repeats=unit.repeats,
                snr=unit.snr,
                correlated=0.0 if noise == "independent" else unit.correlated,
                rng=rng,
                axes=axes if noise == "aligned" else None,
            )
            with suppress(ValueError):  # too little signal
                moments[i, k] = moment_alpha(unbiased_moments(measured), n_dimensions=unit.area_voxels).alpha
            estimates = (
                without_noise,
                binned(eigenspectrum(measured.mean(axis=0)), bins)[1],
                binned(cvpca(measured), bins)[1],
                binned(cvpca(measured, noise_components=unit.noise_components), bins)[1],
            )
            for e, means in enumerate(estimates):
                values[i, k, e] = means / without_noise[0]
                lines[i, k, e] = line(ranks, means, without_noise)
            if name == _REMOVED_FROM and noise == "correlated":
                for r, count in enumerate(removed):
                    means = binned(cvpca(measured, noise_components=count), bins)[1]
                    removal[r] = line(ranks, means, without_noise)[0]
    truth = np.array([binned(spectrum(name, unit.area_voxels), bins)[1] for name in SPECTRA])
    of_all = ("spectrum", "noise", "estimator")
    return xr.Dataset(
        {
            "values": ((*of_all, "rank"), values),
            "truth": (("spectrum", "rank"), truth / truth[:, :1]),
            "exponent": (of_all, lines[..., 0]),
            "r2": (of_all, lines[..., 1]),
            "raised": (of_all, lines[..., 2].astype(int)),
            "moments": (("spectrum", "noise"), moments),
            "removal": ("removed", removal),
        },
        {
            "spectrum": list(SPECTRA),
            "noise": list(NOISES),
            "estimator": list(ESTIMATORS),
            "rank": ranks,
            "removed": removed,
        },
    )


def line(
    ranks: NDArray[np.float64], means: NDArray[np.float64], without_noise: NDArray[np.float64]
) -> tuple[float, float, int]:
    """Exponent and R squared of the line through the logarithms of bins, and the number of bins that had to be raised.

    Leaving out the bins that are not positive would hide what the noise has done to them: the leading ones are hit most,
    and without them the rest looks like a steeper power law.
    """
    least = LEAST_SHARE * without_noise
    x, y = np.log(ranks), np.log(np.maximum(means, least))
    slope, offset = np.polyfit(x, y, 1)
    r2 = 1 - np.sum((y - offset - slope * x) ** 2) / np.sum((y - y.mean()) ** 2)
    return float(-slope), float(r2), int(np.sum(means < least))
