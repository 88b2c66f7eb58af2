"""What two people's visual cortices share: the spectrum of their common signal, one area of one pair of subjects."""

from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import Field

from learning_geometry.studies.types import Count, DataSource, Distinct, Seed
from learning_geometry.studies.unit import Execution, Unit

if TYPE_CHECKING:
    import xarray as xr

_FOLDS = 8  # of the images


class BrainPairs(Unit):
    """One area of two subjects."""

    seed: Seed
    recordings: DataSource
    subjects: Annotated[Distinct[Count], Field(min_length=2, max_length=2)]
    area: str
    nsd_sessions: Count
    noise_components: Count


def measure(unit: BrainPairs, execution: Execution) -> "xr.Dataset":
    """Measure how much variance two subjects share along the axes that best align them, on images held out.

    Only the `images` that both saw three times in the first sessions count. `spectrum` `(component,)` is the
    cross-validated covariance, by `cross_decomposition`, in units of a voxel's variance in a session; `shuffled` is the same
    with the second subject's images in random order, and is zero but for chance. `voxels`, `dropped` and `signal_to_noise`
    `(subject,)` are those of either subject.

    Such a spectrum is not to be compared with one from within a subject: held-out axes of high rank are badly aligned, and
    it falls more steeply.

    Raises:
        ValueError, FileNotFoundError: as `_recordings.read`; or the subjects share too few images.

    Source: Gauthaman et al. (2024, arXiv:2409.06843); the removal of noise components is ours.
    """
    import xarray as xr

    from learning_geometry.instruments.cross_decomposition import cross_decomposition
    from learning_geometry.materials import nsd
    from learning_geometry.studies.visual_cortex.experiments._recordings import read, signal_to_noise

    root, sessions, components = unit.recordings.name, unit.nsd_sessions, unit.noise_components
    seen, also = (nsd.images_seen(root, subject=subject, sessions=sessions) for subject in unit.subjects)
    shared = np.intersect1d(seen, also)
    if len(shared) < 2 * _FOLDS:
        raise ValueError(
            f"subjects {unit.subjects[0]} and {unit.subjects[1]} both saw {len(shared)} images three times in {sessions} "
            f"sessions, too few for {_FOLDS} folds; take more sessions or another pair"
        )
    recorded = [
        read(root, subject=subject, area=unit.area, sessions=sessions, noise_components=components, images=shared)
        for subject in unit.subjects
    ]
    one, other = (both.responses for both in recorded)
    mixed = other[:, np.random.default_rng([unit.seed, 1]).permutation(len(shared))]
    spectra = [
        cross_decomposition(
            one, second, folds=_FOLDS, noise_components=components, rng=np.random.default_rng([unit.seed, 0])
        )
        for second in (other, mixed)
    ]
    return xr.Dataset(
        {
            "spectrum": ("component", spectra[0]),
            "shuffled": ("component", spectra[1]),
            "voxels": ("subject", [both.responses.shape[2] for both in recorded]),
            "dropped": ("subject", [both.dropped for both in recorded]),
            "signal_to_noise": ("subject", [signal_to_noise(both.responses) for both in recorded]),
            "images": len(shared),
        },
        {"subject": unit.subjects},
    )
