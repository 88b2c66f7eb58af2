"""The power law that an area would be, were it one: the same size, signal, noise and axes, and a spectrum without a bend.

What a power law looks like after a scanner, a finite number of stimuli and the removal of noise components is no power
law. So the question whether an area departs from one needs areas that do not, and are otherwise the same.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import helmert

from learning_geometry.instruments.noise_alignment import alignment, turned_towards_noise
from learning_geometry.instruments.noise_components import as_responses
from learning_geometry.instruments.spectrum_moments import moment_alpha, unbiased_moments

Array = NDArray[np.float64]

# Moments that the exponent is fitted to; of a weak signal the higher ones may come out negative and are left out.
_MOMENTS = 4
# An axis counts as one of the signal if its eigenvalue exceeds that of any axis of noise so many times. With one, axes
# are taken that noise has turned towards its own, and power laws are rejected in 15 % of areas instead of 5 (measured).
_CLEAR = 3
# Signal and noise count as aligned if they are so by this many standard errors.
_ALIGNED = 3
# After so many rounds the variances of the noise have converged, up to a few per cent.
_ROUNDS = 12


class NoSignal(ValueError):
    """Repeats share too little for the question to be asked."""


@dataclass(frozen=True)
class MatchedNull:
    """An area whose signal has the eigenvalues `scale i^-alpha`, in coordinates that make its noise independent.

    `mixing` `(n_dimensions, n_dimensions)` holds the standard deviation along each axis of the signal times that axis,
    `noise` `(n_dimensions,)` the standard deviations of the noise.
    """

    alpha: float
    scale: float
    n_repeats: int
    n_stimuli: int
    mixing: NDArray[np.float32]
    noise: NDArray[np.float32]

    def draw(self, rng: np.random.Generator) -> NDArray[np.float32]:
        """Return Gaussian responses of this area, `(n_repeats, n_stimuli, n_dimensions)`."""
        shape = self.n_stimuli, len(self.noise)
        signal = rng.standard_normal(shape, dtype=np.float32) @ self.mixing
        return np.stack(
            [signal + rng.standard_normal(shape, dtype=np.float32) * self.noise for _ in range(self.n_repeats)]
        )


def matched_null(responses: ArrayLike, *, rng: np.random.Generator) -> MatchedNull:
    """Return the power law that is most like an area; our operationalisation.

    * Its exponent and scale are those of `moment_alpha` for the `unbiased_moments` of the responses, over as many
      dimensions as there are voxels; moments from the first that is not positive on are left out.
    * Its noise has the covariance of the residuals between repeats. Of its eigenvalues those beyond the first 20 are
      drawn towards their mean by as much as independent noise of this sample size would scatter them.
    * The axes of its signal are the eigenvectors of the covariance between repeats, as far as that covariance exceeds
      what noise makes of it: eigenvalues of noise alone are as often negative as positive, so that those above three
      times the modulus of the most negative one are signal. The other axes are random.
    * Where the signal clearly lies along the noise (`alignment`, of three repeats or more), all its axes are turned
      towards those of the noise until it does so in the draws (`turned_towards_noise`). Otherwise the draws would lose
      less to the removal of noise than the area did. The eigenvalues of the noise are then freed from what sampling
      makes of them, since it depends on the gaps between them which axes are removed.

    Args:
        responses: `(n_repeats, n_stimuli, n_voxels)`, at least two repeats.
        rng: Source of the random axes.

    Raises:
        NoSignal: If the first or the second moment is not positive.
        ValueError: If `responses` is malformed, holds one repeat, fewer than three stimuli, or values that are not finite.
    """
    data = as_responses(responses, "responses", least_repeats=2)
    n_repeats, n_stimuli, n_voxels = data.shape
    # Centred before they lose digits to float32, of which a large mean would leave few.
    data = (data - data.mean(axis=1, keepdims=True, dtype=np.float64)).astype(np.float32)
    moments = unbiased_moments(data, n_moments=min(_MOMENTS, n_stimuli - 1))
    positive = len(moments) if (moments > 0).all() else int(np.argmin(moments > 0))
    if positive < 2:
        raise NoSignal(
            f"moment {positive + 1} of what {n_repeats} repeats of {n_stimuli} stimuli share is "
            f"{moments[positive]:.3g}, not positive: there is no signal, or too little; average voxels, or show more "
            "stimuli or more repeats"
        )
    fit = moment_alpha(moments[:positive], n_dimensions=n_voxels)
    data = _in_few_coordinates(data)
    degrees = (n_repeats - 1) * (n_stimuli - 1)
    residuals = np.tensordot(helmert(n_repeats).astype(np.float32), data, 1).reshape(-1, data.shape[2])
    sampled, noise_axes = np.linalg.eigh((residuals.T @ residuals).astype(np.float64) / degrees)
    sampled = sampled[::-1].clip(min=0.0)
    variances = _shrunk(sampled, degrees)
    axes = _signal_axes(data, rng).T @ noise_axes[:, ::-1]
    deviations = np.sqrt(fit.scale * np.arange(1, data.shape[2] + 1) ** -fit.alpha)
    shared = alignment(data)
    if shared.value > _ALIGNED * shared.error:
        variances = _unscattered(sampled, degrees, rng)
        # An estimate that is more than axes can have is cut off there, which makes the mean of all too low: hence the
        # standard error on top.
        aim = shared.value + shared.error
        axes = turned_towards_noise(axes, aligned=aim, eigenvalues=deviations**2, variances=variances)
    mixing = deviations[:, None] * axes
    return MatchedNull(
        alpha=fit.alpha,
        scale=fit.scale,
        n_repeats=n_repeats,
        n_stimuli=n_stimuli,
        mixing=mixing.astype(np.float32),
        noise=np.sqrt(variances).astype(np.float32),
    )


def random_axes(n_dimensions: int, rng: np.random.Generator) -> Array:
    """Return an orthogonal matrix, `(n_dimensions, n_dimensions)`, uniformly distributed (Haar)."""
    axes, triangle = np.linalg.qr(rng.standard_normal((n_dimensions, n_dimensions)))
    return axes * np.sign(np.diag(triangle))


def _in_few_coordinates(data: NDArray[Any]) -> NDArray[Any]:
    """Return responses rotated into the coordinates that they span, if they do not span all voxels."""
    n_repeats, n_stimuli, n_voxels = data.shape
    rows = data.reshape(-1, n_voxels)
    if len(rows) >= n_voxels:
        return data
    return np.asarray(np.linalg.qr(rows.T, mode="r")).T.reshape(n_repeats, n_stimuli, len(rows))


def _shrunk(variances: Array, degrees: int) -> Array:
    """Return descending eigenvalues of a covariance of few degrees of freedom, the bulk less scattered."""
    leading, bulk = variances[:20], variances[20:]
    if len(bulk) < 2 or bulk.max() == 0:
        return variances
    mean = bulk.mean()
    by_chance = min(1.0, mean**2 * len(bulk) / degrees / bulk.var()) if bulk.var() > 0 else 1.0
    return np.concatenate([leading, mean * by_chance + bulk * (1 - by_chance)])


def _unscattered(sampled: Array, degrees: int, rng: np.random.Generator) -> Array:
    """Return descending variances whose samples have, in expectation, the given leading eigenvalues and the given sum.

    Sampling makes the first eigenvalues larger and the last ones smaller than they are. Those of the first half are
    multiplied by the ratio of the given ones to those of simulated samples, in turn; the others get equal shares.
    """
    found, leading = _shrunk(sampled, degrees), min(len(sampled), degrees) // 2
    for _ in range(_ROUNDS):
        simulated = np.zeros(len(sampled))
        for _ in range(2):
            rows = rng.standard_normal((degrees, len(sampled)), dtype=np.float32) * np.sqrt(found).astype(np.float32)
            simulated += np.linalg.eigvalsh((rows.T @ rows).astype(np.float64))[::-1] / degrees / 2
        first = simulated[:leading]
        corrected = found[:leading] * np.divide(sampled[:leading], first, out=np.ones(leading), where=first > 0)
        left = max(0.0, sampled.sum() - corrected.sum()) / (len(sampled) - leading)
        found = np.sort(np.concatenate([corrected, np.full(len(sampled) - leading, left)]))[::-1]
        found *= sampled.sum() / found.sum()
    return found


def _signal_axes(data: NDArray[Any], rng: np.random.Generator) -> Array:
    """Return orthonormal columns: the axes that repeats share, then random ones."""
    total = data.sum(axis=0)
    shared = (total.T @ total).astype(np.float64)
    for repeat in data:
        shared -= repeat.T @ repeat
    values, vectors = np.linalg.eigh(shared)
    found = vectors[:, values > max(-_CLEAR * values[0], 0.0)][:, ::-1]
    others = rng.standard_normal((len(shared), len(shared) - found.shape[1]))
    others -= found @ (found.T @ others)
    return np.concatenate([found, np.linalg.qr(others)[0]], axis=1)
