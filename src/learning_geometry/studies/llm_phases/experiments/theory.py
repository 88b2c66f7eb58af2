"""The three phases in a linear model with free features, and what remains of them without each of their causes."""

from typing import TYPE_CHECKING

from learning_geometry.studies.types import Count, NonNegative, Positive, Seeds
from learning_geometry.studies.unit import Execution, Unit

if TYPE_CHECKING:
    import xarray as xr

_FEW_CLASSES, _FEW_DIMENSIONS, _FEW_EXPONENT = 4, 3, 1.0  # as figure 12b has them
_POINTS = 100  # checkpoints of a condition: a factor of 1.1 apart, so that the dip is hit


class Theory(Unit):
    """Gradient descent on free features and a linear classifier, from every seed, in six conditions."""

    theory_seeds: Seeds
    theory_classes: Count
    theory_dimension: Count
    theory_exponent: NonNegative
    theory_scale: Positive
    theory_steps: Count
    theory_learning_rate: Positive
    theory_squared_error_learning_rate: Positive


def measure(unit: Theory, execution: Execution) -> "xr.Dataset":
    """Train under each `condition`; the runs of all seeds are trained at once.

    Classes of Zipf frequencies share the features' dimensions; entries start at N(0, scale^2). The `reference` minimises
    cross-entropy; `squared_error` squared errors, at a rate of its own; `uniform` has equally frequent classes;
    `squared_error_uniform` both; `no_bottleneck` has as many dimensions as classes, `few_classes` three dimensions for four. Over `(condition, seed, step)` the result has `rankme` of the
    frequency-weighted second moment, `rankme_centred` of the covariance, and `loss`; at the end, frequency-weighted
    `accuracy` `(condition, seed)`. `dimension` stands beside the conditions.

    Source: the linear model of section 3.3 and figures 4, 12 and 13. The generic start is ours.
    """
    import xarray as xr

    from learning_geometry.studies.llm_phases.experiments import _free_features as model
    from learning_geometry.studies.llm_phases.experiments._labels import stacked

    steps = model.log_spaced(unit.theory_steps, _POINTS)
    skewed, uniform = (model.zipf(unit.theory_classes, exponent) for exponent in (unit.theory_exponent, 0.0))
    rate, slower = unit.theory_learning_rate, unit.theory_squared_error_learning_rate
    cross_entropy: model.Loss = "cross_entropy"
    squared_error: model.Loss = "mse"
    conditions = {
        "reference": (skewed, rate, unit.theory_dimension, cross_entropy),
        "squared_error": (skewed, slower, unit.theory_dimension, squared_error),
        "uniform": (uniform, rate, unit.theory_dimension, cross_entropy),
        "squared_error_uniform": (uniform, slower, unit.theory_dimension, squared_error),
        "no_bottleneck": (skewed, rate, unit.theory_classes, cross_entropy),
        "few_classes": (model.zipf(_FEW_CLASSES, _FEW_EXPONENT), rate, _FEW_DIMENSIONS, cross_entropy),
    }
    trained = []
    for frequencies, learning_rate, dimension, loss in conditions.values():
        start = model.initial_parameters(unit.theory_seeds, len(frequencies), dimension, unit.theory_scale)
        features, classifier = (
            course.swapaxes(0, 1)
            for course in model.descend(*start, frequencies, at=steps, learning_rate=learning_rate, loss=loss)
        )
        spectra = [model.spectra(features, frequencies, center=center) for center in (False, True)]
        dims = ("seed", "step")
        trained.append(
            xr.Dataset(
                {
                    "rankme": (dims, model.effective_ranks(spectra[0])),
                    "rankme_centred": (dims, model.effective_ranks(spectra[1])),
                    "loss": (dims, model.losses(features, classifier, frequencies, loss)),
                    "accuracy": ("seed", model.accuracies(features[:, -1], classifier[:, -1], frequencies)),
                },
                coords={"seed": unit.theory_seeds, "step": steps},
            )
        )
    dimensions = [dimension for _, _, dimension, _ in conditions.values()]
    return stacked(trained, "condition", list(conditions)).assign_coords(dimension=("condition", dimensions))
