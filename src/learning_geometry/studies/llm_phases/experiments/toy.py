"""The paper's own toy, exactly: eight samples of four classes in two dimensions, and its four controls."""

from typing import TYPE_CHECKING

from learning_geometry.studies.types import Count, Positive, Seeds
from learning_geometry.studies.unit import Execution, Unit

if TYPE_CHECKING:
    import xarray as xr

_POINTS = 100
_SKEWED, _UNIFORM = (4, 2, 1, 1), (2, 2, 2, 2)


class Toy(Unit):
    """Gradient descent from many random starts of each seed, under the reference and the controls of figures 12 and 13."""

    toy_seeds: Seeds
    toy_starts: Count
    toy_steps: Count
    toy_rate: Positive
    toy_scale: Positive


def measure(unit: Toy, execution: Execution) -> "xr.Dataset":
    """RankMe of the centred features, `(condition, seed, start, step)`.

    The `reference` has four, two, one and one samples of four classes in two dimensions; `uniform` two of each (figure 12a);
    `no_bottleneck` three dimensions (12b); `squared_error_uniform` and `squared_error` squared errors (13a, 13b).

    Source: section 3.3, figures 4, 12 and 13; the numbers of samples, the starts and the rate are not in the text.
    """
    import numpy as np
    import xarray as xr

    from learning_geometry.studies.llm_phases.experiments import _free_samples as model
    from learning_geometry.studies.llm_phases.experiments._free_features import Loss, effective_ranks, log_spaced

    ce: Loss = "cross_entropy"
    mse: Loss = "mse"
    conditions: dict[str, tuple[tuple[int, ...], int, Loss]] = {
        "reference": (_SKEWED, 2, ce),
        "uniform": (_UNIFORM, 2, ce),
        "no_bottleneck": (_SKEWED, 3, ce),
        "squared_error_uniform": (_UNIFORM, 2, mse),
        "squared_error": (_SKEWED, 2, mse),
    }
    at = log_spaced(unit.toy_steps, _POINTS)
    generators = [[seed, start] for seed in unit.toy_seeds for start in range(unit.toy_starts)]
    courses = []
    for counts, dimension, loss in conditions.values():
        labels = model.labels_of(counts)
        start = model.generic_start(generators, len(labels), dimension, len(counts), unit.toy_scale)
        course = model.descend(start, labels, at=at, rate=unit.toy_rate, loss=loss)
        ranks = effective_ranks(model.spectra(course.features))
        courses.append(ranks.T.reshape(len(unit.toy_seeds), unit.toy_starts, len(at)))
    return xr.Dataset(
        {"rankme": (("condition", "seed", "start", "step"), np.stack(courses))},
        coords={"condition": list(conditions), "seed": unit.toy_seeds, "step": at},
    )
