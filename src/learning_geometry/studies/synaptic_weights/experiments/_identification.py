"""What pairs of synapse sizes say of the geometry in which they have changed, as labelled arrays."""

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from learning_geometry.instruments.synapse_geometry import identify_geometry

Array = NDArray[np.float64]

IGNORED, KNOWN = "noise ignored", "noise known"


def identified(before: Array, after: Array, noise: float) -> dict[str, xr.Dataset]:
    """The pairs, `before` and `after` `(synapse,)`, and what `identify_geometry` says of them.

    The parts are "pairs", "noise ignored" and, where there is measurement noise, "noise known".
    """
    parts = {
        "pairs": xr.Dataset({"before": ("synapse", before), "after": ("synapse", after), "noise": noise}),
        IGNORED: _identification(before, after, 0.0),
    }
    if noise:
        parts[KNOWN] = _identification(before, after, noise)
    return parts


def _identification(before: Array, after: Array, noise: float) -> xr.Dataset:
    identification = identify_geometry(before, after, noise=noise)
    return xr.Dataset(
        {
            "exponent": identification.exponent,
            "interval": ("end", np.array(identification.interval)),
            "change": identification.change,
            "drift": identification.drift,
            "log_likelihood": ("candidate", identification.log_likelihoods),
            "weight": ("candidate", identification.weights),
            "verdict": identification.verdict,
            "profile": ("profile_exponent", identification.profile),
            "residuals": (("candidate", "synapse"), identification.residuals),
            "best_residuals": ("synapse", identification.best_residuals),
        },
        coords={
            "candidate": identification.candidates,
            "end": ["low", "high"],
            "profile_exponent": identification.profile_exponents,
        },
    )
