"""Is an area of a person's visual cortex scale-free? One area of one subject of the Natural Scenes Dataset."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning_geometry.instruments.cross_validation import cvpca, scale_free
from learning_geometry.materials import nsd
from learning_geometry.materials.nsd_files import check


def measure(
    *,
    root: str,
    subject: int,
    area: str,
    sessions: int,
    noise_components: int,
    n_bootstrap: int,
    seed: int,
    reference_area: str,
) -> dict[str, Any]:
    """Measure the spectrum of an area and judge its shape, beside a reference area that sees as little.

    All images that `subject` saw three times in the first `sessions` sessions count. Of the area: `voxels`, `dropped`
    (constant, left out), `images`, `signal_to_noise`, `signal_change` (the median voxel's standard deviation in percent),
    `spectrum_raw` and `spectrum`, the cross-validated variances `(n_components,)` with correlated noise and without its
    first `noise_components` components, in units of a voxel's variance in a session, and `scale_free`, all that the test
    of that name says.

    `matched` is the same of `reference_area`, with as many voxels, drawn at random, or all where it has fewer, and with
    noise of its own kind added until its signal-to-noise ratio is no higher than the area's: an area that is judged
    otherwise than this one differs in more than how well it was measured. It is None for the reference area itself.

    Raises:
        ValueError, FileNotFoundError: as `nsd.responses`; or nothing repeats in an area, or it has hardly more voxels than
            are taken out as noise.

    Source: single-trial responses standardised within sessions follow Gauthaman et al. (2024, arXiv:2409.06843), and so
    does the choice of betas that are not denoised; the test and its control are our operationalisation.
    """
    for name in (area, reference_area):
        check(root, subject=subject, area=name, sessions=sessions)
    asked: dict[str, Any] = {"subject": subject, "sessions": sessions, "noise_components": noise_components}
    # A stream of random numbers for each purpose: an area's numbers are the same whatever it is compared with.
    streams = [np.random.default_rng([seed, stream]) for stream in range(3)]
    found = read(root, area=area, **asked)
    result = _spectra(found, area, found.responses, noise_components, n_bootstrap, streams[0])
    result |= {"subject": subject, "sessions": found.sessions, "matched": None}
    if area != reference_area:
        found = read(root, area=reference_area, **asked)
        weakened = matched(found.responses, result["voxels"], result["signal_to_noise"], rng=streams[1])
        result["matched"] = _spectra(found, reference_area, weakened, noise_components, n_bootstrap, streams[2])
    return result


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
    found = nsd.responses(root, subject=subject, area=area, sessions=sessions, images=images)
    least = max(5, 2 * noise_components)
    if len(found.voxels) < least:
        raise ValueError(
            f"{area} of subject {subject} has {len(found.voxels)} voxels that vary, but {noise_components} components are "
            f"taken out as noise, which wants {least} voxels: leave the area out"
        )
    if signal_to_noise(found.responses) <= 0:
        raise ValueError(
            f"in {area} of subject {subject} nothing repeats over {len(found.images)} images; leave the area out"
        )
    return found


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


def _spectra(
    found: nsd.NsdResponses,
    area: str,
    data: NDArray[np.float32],
    noise_components: int,
    n_bootstrap: int,
    rng: np.random.Generator,
) -> dict[str, Any]:
    """What is said of one area, of whose responses `found` only `data` count.

    Raises:
        ValueError: the test cannot be made of the area.
    """
    try:
        test = scale_free(data, noise_components=noise_components, n_bootstrap=n_bootstrap, rng=rng)
    except ValueError as error:
        raise ValueError(
            f"{area}, as {data.shape[2]} voxels show it, cannot be judged ({error}); leave it out"
        ) from error
    return {
        "area": area,
        "images": len(found.images),
        "dropped": found.dropped,
        "signal_change": float(np.median(found.signal_change)),
        "voxels": data.shape[2],
        "signal_to_noise": signal_to_noise(data),
        "spectrum_raw": cvpca(data),
        "spectrum": cvpca(data, noise_components=noise_components),
        "scale_free": test._asdict(),
    }
