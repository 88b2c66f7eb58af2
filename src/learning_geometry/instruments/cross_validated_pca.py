"""The spectrum of what repeats share: cross-validated principal components and cross-decomposition.

Variance that does not come back when a stimulus is shown again is noise. Axes are found in some of the data and scored
on others, whose noise is independent, so that the expectation of every value is signal variance alone; without any
signal it is zero, and single values may be negative.
"""

from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import eigh, helmert

from learning_geometry.instruments.noise_components import (
    as_responses,
    check_components,
    clean,
    leading_axes,
    noise_axes,
)
from learning_geometry.instruments.streaming import StreamingCovariance

Array = NDArray[np.float64]
Axes = Literal["others", "stringer"]

# What is left of the variance of all repeats when equal ones are subtracted.
_ROUNDING = 1e-14


def cvpca(responses: ArrayLike, *, noise_components: int = 0, axes: Axes = "others") -> Array:
    """Return the cross-validated variance along principal axes, an estimate of the spectrum of the signal.

    For every repeat, held out, the value at rank `k` is the covariance over stimuli of its responses with those of the
    other repeats, along their axis of rank `k`. The mean over held-out repeats is returned, in the order of the axes'
    own variance; values need not descend and may be negative.

    Let `A` hold the responses that give the axes, centred, `X` the other side, and `A A^T = U W U^T`. The value is
    `u_k^T X A^T u_k / (n - 1)`. Of `A A^T` and `A^T A` the smaller is decomposed, in float64. Products run in the dtype
    of `responses`; in float32 that costs about 1e-8 of the largest value. Beside the responses it holds two repeats and
    four square matrices of the smaller side.

    Args:
        responses: `(n_repeats, n_stimuli, n_voxels)`, at least two repeats. Columns are centred within each repeat.
        noise_components: Number of noise components to project out first: principal components of the differences of
            the other repeats, at least two then. The repeat held out has no say in them, and that keeps the expectation
            zero where there is no signal (compare `remove_noise_components`).
        axes: "others" takes the axes of the mean of the other repeats and scores them on the one held out; "stringer"
            those of the one held out, and scores them on the others (Stringer et al. 2019, Nature 571). With two
            repeats they are the same.

    Returns:
        `(min(n_stimuli - 1, n_voxels),)`, in the squared units of `responses`.

    Raises:
        ValueError: If `responses` is malformed, holds one repeat, fewer than three stimuli, or values that are not
            finite, `axes` is unknown, or `noise_components` is negative, more than the residuals have dimensions, or
            positive with two repeats.
    """
    _check_axes(axes)
    data = as_responses(responses, "responses", least_repeats=2)
    n_repeats, n_stimuli, n_voxels = data.shape
    spectrum = np.zeros(min(n_stimuli - 1, n_voxels))
    for held_out in range(n_repeats):
        noise = noise_axes(data, _contrasts(n_repeats, held_out), noise_components)
        # By linearity the mean of the scores on each of the others is the score on their mean.
        weights = _others(n_repeats, held_out).astype(data.dtype)
        base, scored = clean(np.tensordot(weights, data, 1), noise), clean(data[held_out].copy(), noise)
        if axes == "stringer":
            base, scored = scored, base
        if n_voxels <= n_stimuli:
            base, scored = base.T, scored.T
        # One buffer on both sides, for which numpy calls SYRK.
        moment, cross = base @ base.T, scored @ base.T
        del base, scored  # Before the decomposition, which needs memory of its own.
        spectrum += _scores(moment, cross)[: len(spectrum)]
    return spectrum / (n_repeats * (n_stimuli - 1))


class StreamingCrossValidation:
    """Cross-validated principal components of more stimuli than memory holds.

    It accumulates the covariance of all repeats side by side, by `StreamingCovariance`: one matrix of
    `n_repeats n_voxels` to a side, however many stimuli there are. Chunks may differ in size and come in any order.

    Args:
        n_repeats: Number of repeats, at least two.
        n_voxels: Number of voxels.

    Raises:
        ValueError: If there are fewer than two repeats, or no voxel.
    """

    def __init__(self, n_repeats: int, n_voxels: int) -> None:
        if n_repeats < 2 or n_voxels < 1:
            raise ValueError(
                f"there are {n_repeats} repeats of {n_voxels} voxels; at least 2 repeats of 1 voxel are needed"
            )
        self.n_repeats = n_repeats
        self.n_voxels = n_voxels
        self._side_by_side = StreamingCovariance(n_repeats * n_voxels)

    @property
    def n_stimuli(self) -> int:
        """Number of stimuli so far."""
        return self._side_by_side.n_samples

    def update(self, chunk: ArrayLike) -> None:
        """Add the responses to some stimuli, `(n_repeats, n_rows, n_voxels)`, of which there may be none.

        Raises:
            ValueError: If `chunk` is not real and finite, or has another number of repeats or voxels. No stimulus is
                then counted.
        """
        data = as_responses(chunk, "chunk", least_repeats=1, least_stimuli=0)
        if (data.shape[0], data.shape[2]) != (self.n_repeats, self.n_voxels):
            raise ValueError(
                f"chunk has {data.shape[0]} repeats of {data.shape[2]} voxels, but {self.n_repeats} of {self.n_voxels} "
                "were announced; pass as many"
            )
        self._side_by_side.update(data.swapaxes(0, 1).reshape(data.shape[1], self.n_repeats * self.n_voxels))

    def cvpca(self, *, noise_components: int = 0, axes: Axes = "others") -> Array:
        """Return what `cvpca` returns for all responses so far, up to rounding.

        Args:
            noise_components: As in `cvpca`.
            axes: As in `cvpca`.

        Returns:
            `(min(n_stimuli - 1, n_voxels),)`, in the squared units of the responses.

        Raises:
            ValueError: If there are fewer than three stimuli, `axes` is unknown, or `noise_components` is negative, more
                than the residuals have dimensions, or positive with two repeats.
        """
        _check_axes(axes)
        n_repeats, n_stimuli, n_voxels = self.n_repeats, self.n_stimuli, self.n_voxels
        if n_stimuli < 3:
            raise ValueError(f"{n_stimuli} stimuli were added, but 3 are needed; call update before")
        # Entry [a, :, b, :] is the covariance of repeat a with repeat b.
        blocks = self._side_by_side.covariance().reshape(n_repeats, n_voxels, n_repeats, n_voxels)
        floor = _ROUNDING * np.einsum("aiai->", blocks)
        spectrum = np.zeros(min(n_stimuli - 1, n_voxels))
        for held_out in range(n_repeats):
            contrasts = _contrasts(n_repeats, held_out)
            check_components(noise_components, contrasts, (n_stimuli, n_voxels))
            noise = np.zeros((n_voxels, 0))
            if noise_components:
                residual = sum(_between(contrast, contrast, blocks, noise) for contrast in contrasts)
                noise = leading_axes(np.asarray(residual), noise_components, floor=floor)
            base, scored = _others(n_repeats, held_out), np.eye(n_repeats)[held_out]
            if axes == "stringer":
                base, scored = scored, base
            moment, cross = _between(base, base, blocks, noise), _between(scored, base, blocks, noise)
            spectrum += _scores(moment, cross)[: len(spectrum)]
        return spectrum / n_repeats


def _between(left: Array, right: Array, blocks: Array, noise: Array) -> Array:
    """Return the covariance of two weighted sums of repeats, `(n_voxels, n_voxels)`, with `noise` projected out."""
    covariance = np.tensordot(right, np.tensordot(left, blocks, 1), ([0], [1]))
    covariance -= noise @ (noise.T @ covariance)
    covariance -= (covariance @ noise) @ noise.T
    return covariance


def _others(n_repeats: int, held_out: int) -> Array:
    """Return the weights of the mean of all repeats but one."""
    return (np.arange(n_repeats) != held_out) / (n_repeats - 1)


def _contrasts(n_repeats: int, held_out: int) -> Array:
    """Return orthonormal contrasts of all repeats but one, `(n_repeats - 2, n_repeats)`."""
    # scipy has none of a single repeat.
    contrasts = helmert(n_repeats - 1) if n_repeats > 2 else np.zeros((0, 1))
    return np.insert(contrasts, held_out, 0.0, axis=1)


def _scores(moment: NDArray[Any], cross: NDArray[Any]) -> Array:
    """Return `u_k^T cross u_k` for the eigenvectors `u_k` of `moment`, from the largest eigenvalue down."""
    rows = eigh(moment.astype(np.float64, copy=False), overwrite_a=True, check_finite=False, driver="evd")[1].T
    return np.vecdot(rows, rows @ cross.astype(np.float64, copy=False).T)[::-1]


def _check_axes(axes: str) -> None:
    if axes not in get_args(Axes):
        raise ValueError(f"axes is {axes!r}; choose 'others' or 'stringer'")
