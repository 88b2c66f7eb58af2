"""What two people's visual cortices share: the spectrum of their common signal, one area of one pair of subjects."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from learning_geometry.instruments.cross_validation import cross_decomposition
from learning_geometry.materials import nsd
from learning_geometry.materials.nsd_files import check
from learning_geometry.studies.visual_cortex.brain import read, signal_to_noise


def measure(
    *,
    root: str,
    subjects: Sequence[int],
    area: str,
    sessions: int,
    folds: int,
    noise_components: int,
    seed: int,
) -> dict[str, Any]:
    """Measure how much variance two subjects share along the axes that best align them, on images held out.

    Only the `images` that both saw three times in the first `sessions` sessions count. `spectrum` `(n_components,)` is the
    cross-validated covariance, by `cross_decomposition`, in units of a voxel's variance in a session; `shuffled` is the same with
    the second subject's images in random order, and is zero but for chance. `voxels`, `dropped` and
    `signal_to_noise` `(2,)` are those of either subject.

    Such a spectrum is not to be compared with one from within a subject: held-out axes of high rank are badly aligned, and
    it falls more steeply.

    Raises:
        ValueError, FileNotFoundError: as `brain.read`; or the subjects are the same, or share too few images for the `folds`.

    Source: Gauthaman et al. (2024, arXiv:2409.06843); the removal of noise components is ours.
    """
    if len(set(subjects)) != 2 or len(subjects) != 2:
        raise ValueError(f"subjects are {list(subjects)}; give two different ones")
    if folds < 2:
        raise ValueError(f"folds is {folds}; images held out want at least 2")
    for subject in subjects:
        check(root, subject=subject, area=area, sessions=sessions)
    seen, also = (nsd.images_seen(root, subject=one, sessions=sessions) for one in subjects)
    shared = np.intersect1d(seen, also)
    if len(shared) < 2 * folds:
        raise ValueError(
            f"subjects {subjects[0]} and {subjects[1]} both saw {len(shared)} images three times in {sessions} sessions, too few for "
            f"{folds} folds; take more sessions or another pair"
        )
    found = [
        read(root, subject=one, area=area, sessions=sessions, noise_components=noise_components, images=shared)
        for one in subjects
    ]
    one, other = (each.responses for each in found)
    mixed = other[:, np.random.default_rng([seed, 1]).permutation(len(shared))]
    settings = {"folds": folds, "noise_components": noise_components}
    return {
        "subjects": list(subjects),
        "area": area,
        "images": len(shared),
        "voxels": [each.responses.shape[2] for each in found],
        "dropped": [each.dropped for each in found],
        "signal_to_noise": [signal_to_noise(each.responses) for each in found],
        "spectrum": cross_decomposition(one, other, **settings, rng=np.random.default_rng([seed, 0])),
        "shuffled": cross_decomposition(one, mixed, **settings, rng=np.random.default_rng([seed, 0])),
    }
