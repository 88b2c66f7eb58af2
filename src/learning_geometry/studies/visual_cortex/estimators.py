"""What estimators of a spectrum make of an area whose spectrum is known."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from learning_geometry.instruments.cross_validation import cvpca
from learning_geometry.instruments.scale_free import window
from learning_geometry.instruments.spectrum import binned, eigenspectrum, moment_alpha, unbiased_moments
from learning_geometry.materials.scanner import repeated
from learning_geometry.materials.synthetic_areas import respond, spectrum

Array = NDArray[np.float64]

NOISES = ("independent", "correlated", "aligned")
"""Noise that voxels do not share; that they share along random axes; and along those of the signal."""

ESTIMATORS = ("noise-free", "plain PCA", "cvPCA", "cvPCA, noise removed")
"""The spectrum of the responses without noise, of their mean over repeats, and cross-validated ones."""


def measure(
    *,
    seeds: Sequence[int],
    spectra: Sequence[str],
    stimuli: int,
    voxels: int,
    repeats: int,
    snr: float,
    correlated: float,
    noise_components: int,
    removed: Sequence[int],
) -> dict[str, Any]:
    """Estimate the spectrum of synthetic areas in four ways, under noise of three kinds.

    `ranks` `(bin,)` are the centres of the geometric bins that `scale_free` looks at and `values` `(spectrum, noise,
    estimator, seed, bin)` the mean values in them, over that of the noise-free responses in the first: with correlated
    noise an estimate's own first value may be zero or negative. `truth` `(spectrum, bin)` are the eigenvalues themselves,
    over the first bin's. `exponent` and `r2` `(spectrum, noise, estimator, seed)` belong to the least-squares line through the
    logarithms of the bins, of which those that are not positive are left out (`left_out`, their number). `moments`
    `(spectrum, noise, seed)` is the exponent that unbiased moments give, -1 where there is too little signal for any.
    `removal` `(removed, estimate, seed)` is the exponent of cvPCA of the second spectrum under correlated noise after the
    removal of so many noise components, and that of the noise-free responses.

    Noise: a share `correlated` of its variance is common to voxels, in all but the first kind.

    Raises:
        ValueError: there is no second spectrum.
    """
    if len(spectra) < 2:
        raise ValueError(f"spectra is {list(spectra)}; give two or more, the removal of noise is tried on the second")
    bins = window(stimuli, voxels - noise_components)
    ranks = binned(np.ones(voxels), bins)[0]
    shape = len(spectra), len(NOISES), len(ESTIMATORS), len(seeds)
    values, lines = np.empty((*shape, len(bins))), np.empty((*shape, 3))
    moments = np.empty((len(spectra), len(NOISES), len(seeds)))
    removal = np.empty((len(removed), 2, len(seeds)))
    progress = tqdm(total=len(spectra) * len(seeds), desc="synthetic areas", unit="area", leave=False)
    for i, name in enumerate(spectra):
        for s, seed in enumerate(seeds):
            rng = np.random.default_rng([seed, i])
            signal, axes = respond(spectrum(name, voxels), n_stimuli=stimuli, rng=rng)
            # In the units of what is measured, whose noise has a variance of one.
            signal *= np.sqrt(snr / signal.var(axis=0).mean())
            unit = binned(eigenspectrum(signal), bins)[1][0]
            for k, noise in enumerate(NOISES):
                share = 0.0 if noise == "independent" else correlated
                along = axes if noise == "aligned" else None
                measured = repeated(signal, repeats=repeats, snr=snr, correlated=share, rng=rng, axes=along)
                moments[i, k, s] = _moment_exponent(measured, voxels)
                for e, estimate in enumerate(_estimates(signal, measured, noise_components)):
                    means = binned(estimate, bins)[1]
                    values[i, k, e, s] = means / unit
                    lines[i, k, e, s] = line(ranks, means)
                if i == 1 and noise == "correlated":
                    for r, number in enumerate(removed):
                        means = binned(cvpca(measured, noise_components=number), bins)[1]
                        removal[r, :, s] = line(ranks, means)[0], lines[i, k, 0, s, 0]
            progress.update()
    progress.close()
    truth = np.array([binned(spectrum(name, voxels), bins)[1] for name in spectra])
    return {
        "spectra": list(spectra),
        "noises": list(NOISES),
        "estimators": list(ESTIMATORS),
        "ranks": ranks,
        "values": values,
        "truth": truth / truth[:, :1],
        "exponent": lines[..., 0],
        "r2": lines[..., 1],
        "left_out": lines[..., 2].astype(int),
        "moments": moments,
        "removed": list(removed),
        "removal": removal,
    }


def line(ranks: Array, means: Array) -> tuple[float, float, int]:
    """Exponent and R squared of the line through the logarithms of positive bins, and the number of the others.

    With fewer than two positive bins there is no line: an exponent and an R squared of zero.
    """
    kept = means > 0
    if kept.sum() < 2:
        return 0.0, 0.0, int((~kept).sum())
    x, y = np.log(ranks[kept]), np.log(means[kept])
    slope, offset = np.polyfit(x, y, 1)
    r2 = 1 - np.sum((y - offset - slope * x) ** 2) / np.sum((y - y.mean()) ** 2)
    return float(-slope), float(r2), int((~kept).sum())


def _estimates(signal: Array, measured: NDArray[Any], noise_components: int) -> list[Array]:
    return [
        eigenspectrum(signal),
        eigenspectrum(measured.mean(axis=0)),
        cvpca(measured),
        cvpca(measured, noise_components=noise_components),
    ]


def _moment_exponent(measured: NDArray[Any], voxels: int) -> float:
    try:
        return moment_alpha(unbiased_moments(measured), n_dimensions=voxels).alpha
    except ValueError:
        return -1.0
