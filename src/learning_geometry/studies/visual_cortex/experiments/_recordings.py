"""Recordings of an area of a person's brain, and the same made as hard to measure as another area."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning_geometry.materials import nsd


def read(
    root: str,
    *,
    subject: int,
    area: str,
    sessions: int,
    noise_components: int,
    images: NDArray[np.int64] | None = None,
) -> nsd.NsdResponses:
    """The responses of an area, if there is something in them to measure.

    Raises:
        ValueError: as `nsd.responses`; fewer than twice `noise_components` voxels, or five, vary; or nothing repeats.
        FileNotFoundError: as `nsd.responses`.
    """
    recorded = nsd.responses(root, subject=subject, area=area, sessions=sessions, images=images)
    least = max(5, 2 * noise_components)
    if len(recorded.voxels) < least:
        raise ValueError(
            f"{area} of subject {subject} has {len(recorded.voxels)} voxels that vary, but {noise_components} components "
            f"are taken out as noise, which wants {least} voxels: leave the area out"
        )
    if signal_to_noise(recorded.responses) <= 0:
        raise ValueError(
            f"in {area} of subject {subject} nothing repeats over {len(recorded.images)} images; leave the area out"
        )
    return recorded


def signal_to_noise(responses: NDArray[Any]) -> float:
    """Return the variance that repeats over that which does not, single trials, pooled over voxels.

    The analysis of variance of `(n_repeats, n_stimuli, n_voxels)` with stimuli as random effects, each repeat centred:
    numerator and denominator are unbiased, the numerator may be negative.
    """
    n_repeats, n_stimuli, _ = responses.shape
    mean = responses.mean(axis=0) - responses.mean(axis=(0, 1))
    between = float(np.square(mean).sum(dtype=np.float64)) / (n_stimuli - 1)
    total = sum(float(np.square(one - one.mean(axis=0)).sum(dtype=np.float64)) for one in responses) / (n_stimuli - 1)
    noise = (total - n_repeats * between) / (n_repeats - 1)
    return (between - noise / n_repeats) / noise


def matched(
    responses: NDArray[np.float32], voxels: int, most: float, *, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Return responses of at most so many voxels, with a signal-to-noise ratio of at most `most` up to sampling error.

    Voxels are drawn at random. The noise that is added is that of other stimuli, with random signs: its covariance over
    voxels is that of the noise already there, and it is uncorrelated between repeats.

    Args:
        responses: `(n_repeats, n_stimuli, n_voxels)`.
        voxels: Number of voxels, if there are that many.
        most: A positive ratio, as `signal_to_noise` returns it.
        rng: Draws voxels, stimuli and signs.
    """
    n_repeats, n_stimuli, n_voxels = responses.shape
    drawn = responses[..., np.sort(rng.permutation(n_voxels)[:voxels])]
    excess = signal_to_noise(drawn) / most - 1
    if excess <= 0:
        return drawn
    centred = drawn - drawn.mean(axis=1, keepdims=True)
    # A residual lacks the part of its noise that went into the mean over repeats.
    residuals = (centred - centred.mean(axis=0)) * np.float32(np.sqrt(excess * n_repeats / (n_repeats - 1)))
    for repeat in range(n_repeats):
        signs = rng.choice(np.array([-1, 1], dtype=np.float32), size=(n_stimuli, 1))
        drawn[repeat] += signs * residuals[repeat, rng.permutation(n_stimuli)]
    return drawn
