"""One run of the linear model in two dimensions, so that it can be drawn."""

from typing import TYPE_CHECKING

from learning_geometry.studies.types import Positive, Seed
from learning_geometry.studies.unit import Execution, Unit

if TYPE_CHECKING:
    import xarray as xr

_POINTS = 150
# Two dimensions can be drawn, and the paper's figure 4 has two as well. Its other settings were not in what we read.
_CLASSES, _DIMENSION, _EXPONENT, _SCALE, _STEPS = 16, 2, 1.0, 0.02, 6000


class Trajectories(Unit):
    """Gradient descent on the features and classifier rows of sixteen classes in the plane."""

    seed: Seed
    theory_learning_rate: Positive


def measure(unit: Trajectories, execution: Execution) -> "xr.Dataset":
    """The positions of all `features` and `classifier` rows, `(step, class, axis)`, on their way.

    `frequency` `(class,)` are the classes' frequencies, and `eigenvalues` `(step, rank)` and `rankme` `(step,)` those of
    the frequency-weighted second moment of the features.

    Source: figure 4; start and settings are ours.
    """
    import xarray as xr

    from learning_geometry.studies.llm_phases.experiments import _free_features as model

    steps = model.log_spaced(_STEPS, _POINTS)
    frequencies = model.zipf(_CLASSES, _EXPONENT)
    start = model.initial_parameters([unit.seed], _CLASSES, _DIMENSION, _SCALE)
    features, classifier = model.descend(*start, frequencies, at=steps, learning_rate=unit.theory_learning_rate)
    eigenvalues = model.spectra(features[:, 0], frequencies, center=False)
    return xr.Dataset(
        {
            "frequency": ("class", frequencies),
            "features": (("step", "class", "axis"), features[:, 0]),
            "classifier": (("step", "class", "axis"), classifier[:, 0]),
            "eigenvalues": (("step", "rank"), eigenvalues),
            "rankme": ("step", model.effective_ranks(eigenvalues)),
        },
        coords={"step": steps},
    )
