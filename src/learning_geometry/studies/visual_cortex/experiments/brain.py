"""Is an area of a person's visual cortex scale-free? One area of one subject of the Natural Scenes Dataset."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from learning_geometry.studies.types import Count, DataSource, Seed
from learning_geometry.studies.unit import Execution, Unit

if TYPE_CHECKING:
    import xarray as xr

    from learning_geometry.materials.nsd import NsdResponses

REFERENCE = "V1"
"""The area that every other one is judged beside."""


class Brain(Unit):
    """One area of one subject."""

    seed: Seed
    recordings: DataSource
    subject: Count
    area: str
    nsd_sessions: Count
    nsd_bootstrap: Count
    noise_components: Count


def measure(unit: Brain, execution: Execution) -> "dict[str, xr.Dataset]":
    """Measure the spectrum of an area and judge its shape, beside a reference area that is as hard to measure.

    All images that the subject saw three times in the first sessions count. Of the part "area": `voxels`, `dropped`
    (constant, left out), `images`, `sessions`, `signal_to_noise`, `signal_change` (the median voxel's standard deviation in
    percent), `spectrum_raw` and `spectrum`, the cross-validated variances `(component,)` with correlated noise and without
    its first `noise_components` components, in units of a voxel's variance in a session, and all that `scale_free` says;
    its values `observed`, `expected` and `spread` are `(rank,)`, by the centres of their bins.

    The part "matched" is the same of V1, with as many voxels, drawn at random, or all where it has fewer, and with noise of
    its own kind added until its signal-to-noise ratio is no higher than the area's: an area that is judged otherwise than
    this one differs in more than how well it was measured. V1 itself has no such part.

    Raises:
        ValueError, FileNotFoundError: as `nsd.responses`; or nothing repeats in an area, or it has hardly more voxels than
            are taken out as noise.

    Source: single-trial responses standardised within sessions follow Gauthaman et al. (2024, arXiv:2409.06843), and so
    does the choice of betas that are not denoised; the test and its control are our operationalisation.
    """
    from learning_geometry.studies.visual_cortex.experiments._recordings import matched, read

    # A stream of random numbers for each purpose: an area's numbers are the same whatever it is compared with.
    streams = [np.random.default_rng([unit.seed, stream]) for stream in range(3)]

    def recorded(area: str) -> "NsdResponses":
        return read(
            unit.recordings.name,
            subject=unit.subject,
            area=area,
            sessions=unit.nsd_sessions,
            noise_components=unit.noise_components,
        )

    own = recorded(unit.area)
    parts = {"area": _judged(unit, unit.area, own, own.responses, streams[0])}
    if unit.area != REFERENCE:
        reference = recorded(REFERENCE)
        voxels, ratio = int(parts["area"].voxels), float(parts["area"].signal_to_noise)
        weakened = matched(reference.responses, voxels, ratio, rng=streams[1])
        parts["matched"] = _judged(unit, REFERENCE, reference, weakened, streams[2])
    return parts


def _judged(
    unit: Brain, area: str, recorded: "NsdResponses", data: NDArray[np.float32], rng: np.random.Generator
) -> "xr.Dataset":
    """What is said of one area, of whose recorded responses only `data` count.

    Raises:
        ValueError: the test cannot be made of the area.
    """
    import xarray as xr

    from learning_geometry.instruments.cross_validated_pca import cvpca
    from learning_geometry.instruments.scale_free import scale_free
    from learning_geometry.studies.visual_cortex.experiments._recordings import signal_to_noise

    try:
        test = scale_free(data, noise_components=unit.noise_components, n_bootstrap=unit.nsd_bootstrap, rng=rng)
    except ValueError as error:
        raise ValueError(
            f"{area}, as {data.shape[2]} voxels show it, cannot be judged ({error}); leave it out"
        ) from error
    scalars = {name: getattr(test, name) for name in ("p_value", "alpha", "curvature", "curvature_sd", "misfit")}
    return xr.Dataset(
        {
            "verdict": str(test.verdict),
            **scalars,
            **{name: ("rank", getattr(test, name)) for name in ("observed", "expected", "spread")},
            "spectrum_raw": ("component", cvpca(data)),
            "spectrum": ("component", cvpca(data, noise_components=unit.noise_components)),
            "signal_to_noise": signal_to_noise(data),
            "signal_change": float(np.median(recorded.signal_change)),
            "voxels": data.shape[2],
            "dropped": recorded.dropped,
            "images": len(recorded.images),
            "sessions": recorded.sessions,
        },
        {"rank": test.ranks},
        {"area": area},
    )
