"""A simulated scanner: what a few noisy repeats of many voxels show of a population's responses.

Noise in voxels has a few strong shared sources (blood flow, breathing, movement, arousal), which is what makes spectra hard
to measure. Sizes of everything are ours, chosen and not fitted to any data set: with a signal-to-noise ratio of 0.2 the
mean of three repeats is 37.5 % signal.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from learning_geometry.instruments.matched_null import random_axes

Array = NDArray[np.float64]


def scan(
    signal: ArrayLike, *, voxels: int, repeats: int, snr: float, correlated: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Return repeated responses of voxels that each read many units, `(repeats, n_stimuli, voxels)`.

    Voxels weigh the units at random, `mixed`; noise is that of `repeated`.

    Args:
        signal: `(n_stimuli, n_units)`, noise-free responses.
        voxels: Number of voxels.
        repeats: Number of times that each stimulus is shown.
        snr: Variance of the signal over that of the noise in a single response.
        correlated: Share of the noise variance that voxels have in common.
        rng: Source of weights and noise.

    Raises:
        ValueError: If `signal` is no finite matrix, does not vary, or a number is out of range.
    """
    return repeated(mixed(signal, voxels=voxels, rng=rng), repeats=repeats, snr=snr, correlated=correlated, rng=rng)


def mixed(signal: ArrayLike, *, voxels: int, rng: np.random.Generator) -> Array:
    """Return the responses of voxels that weigh units by independent Gaussian numbers, `(n_stimuli, voxels)`.

    The covariance of stimuli is that of the units in expectation. Where units outnumber voxels, what the voxels miss
    of the tail of a spectrum is spread evenly over the ranks that they have.

    Raises:
        ValueError: If `signal` is no finite matrix, or `voxels` is not positive.
    """
    units = np.asarray(signal, dtype=np.float64)
    if units.ndim != 2 or not np.isfinite(units).all():
        raise ValueError(f"signal has shape {units.shape}; expected (n_stimuli, n_units), finite")
    if voxels < 1:
        raise ValueError(f"voxels is {voxels}; take at least one")
    return units @ rng.standard_normal((units.shape[1], voxels)) / np.sqrt(voxels)


def repeated(
    signal: Array,
    *,
    repeats: int,
    snr: float,
    correlated: float,
    rng: np.random.Generator,
    axes: Array | None = None,
) -> NDArray[np.float32]:
    """Return a noise-free response of voxels with noise of variance 1, several times, `(repeats, n_stimuli, n_voxels)`.

    The signal is centred and scaled to the mean variance `snr`. Of the noise variance a share `correlated` lies along
    `axes` `(n_voxels, n_voxels)`, orthonormal columns, with variances that fall as `1 / rank`; the rest is
    independent in voxels. By default the axes are random; those of the signal make noise that resembles it.

    Raises:
        ValueError: If the signal does not vary, or a number is out of range.
    """
    if repeats < 1 or not 0 < snr < np.inf or not 0 <= correlated <= 1:
        raise ValueError(
            f"repeats = {repeats}, snr = {snr}, correlated = {correlated}; take at least one repeat, a positive ratio and "
            "a share between 0 and 1"
        )
    centred = signal - signal.mean(axis=0)
    variance = centred.var(axis=0).mean()
    if not variance > 0:
        raise ValueError("signal is the same for all stimuli; pass responses that vary")
    n_stimuli, n_voxels = signal.shape
    directions = random_axes(n_voxels, rng) if axes is None else axes
    shares = 1 / np.arange(1, n_voxels + 1)
    common = directions * np.sqrt(correlated * n_voxels * shares / shares.sum())
    measured = np.empty((repeats, n_stimuli, n_voxels), dtype=np.float32)
    for repeat in measured:
        repeat[:] = centred * np.sqrt(snr / variance)
        repeat += np.sqrt(1 - correlated) * rng.standard_normal(signal.shape)
        repeat += rng.standard_normal(signal.shape) @ common.T
    return measured
