"""The paper's two theorems, and what follows from them, in the linear model as the paper has it."""

from typing import TYPE_CHECKING

from learning_geometry.studies.types import Count, Rising, Seeds
from learning_geometry.studies.unit import Execution, Unit

if TYPE_CHECKING:
    import xarray as xr

_DIMENSION, _LARGEST = 3, 32  # dimensions; samples of the most frequent class, others by Zipf's law
_POINTS = 60  # times at which growth is measured, log-spaced
_TIME = 20.0  # rate times steps: the span over which theorem 1 is followed
_BALANCED, _GENERIC = 0.1, 0.05  # standard deviations of the starts
_RATE = 0.05  # from generic starts
_BOUND_COUNTS = ((4, 2, 1, 1), (16, 8, 5, 4, 3, 3, 2, 2), (64, *[8] * 15), (16, *[1] * 63))


class Theorems(Unit):
    """Gradient descent on the features of single samples, from balanced starts at several rates, and from a generic one."""

    theorem_seeds: Seeds
    theory_classes: Count
    theorem_rates: Rising
    theorem_steps: Count


def measure(unit: Theorems, execution: Execution) -> "dict[str, xr.Dataset]":
    """The parts `balanced`, `generic` and `bound`.

    `balanced`: `drift` `(rate, seed)` is the largest imbalance of `f^T f` and `W W^T`, relative, over a span of time that is
    the same for each rate; at the middle rate, `singular`, `change` and `factor` `(seed, time, i)` are the singular values of
    f, their rates of change and the `g_i` of theorem 2. `generic`: `alignment` and `rankme` `(seed, step)`, and `learnt`
    `(seed, class)`, the step at which each class is learnt, beside its `count`; classes that are not learnt have twice the
    last step. `bound`: `ratio` `(setting,)` of the operator norm of A at uniform predictions to the square root of the
    largest class.

    Source: section 3.3 and appendix B; sizes, starts and rates are ours.
    """
    import numpy as np
    import xarray as xr

    from learning_geometry.studies.llm_phases.experiments import _free_samples as model
    from learning_geometry.studies.llm_phases.experiments._free_features import effective_ranks, log_spaced

    counts = model.zipf_counts(unit.theory_classes, _LARGEST)
    labels = model.labels_of(counts)
    sizes = (len(labels), _DIMENSION, len(counts))
    middle = unit.theorem_rates[len(unit.theorem_rates) // 2]
    balanced = model.balanced_start(unit.theorem_seeds, *sizes, _BALANCED)
    drifts, grown = [], None
    for rate in unit.theorem_rates:
        at = log_spaced(max(2, round(_TIME / rate)), _POINTS)
        course = model.descend(balanced, labels, at=at, rate=rate)
        drifts.append(model.imbalance(course).max(axis=0))
        if rate == middle:
            grown = [values.swapaxes(0, 1) for values in model.growth(course, labels, rate)]
    assert grown is not None
    dims = ("seed", "time", "i")
    first = xr.Dataset(
        {
            "drift": (("rate", "seed"), np.stack(drifts)),
            **{name: (dims, value) for name, value in zip(("singular", "change", "factor"), grown, strict=True)},
        },
        coords={"rate": unit.theorem_rates, "seed": unit.theorem_seeds},
    )
    at = log_spaced(unit.theorem_steps, 2 * _POINTS)
    generic = model.generic_start(unit.theorem_seeds, *sizes, _GENERIC)
    course = model.descend(generic, labels, at=at, rate=_RATE)
    learnt = model.first_learnt(course, labels, at)
    second = xr.Dataset(
        {
            "alignment": (("seed", "step"), model.alignment(course).T),
            "rankme": (("seed", "step"), effective_ranks(model.spectra(course.features)).T),
            "learnt": (("seed", "class"), np.where(np.isinf(learnt), 2.0 * unit.theorem_steps, learnt)),
            "count": ("class", counts),
        },
        coords={"seed": unit.theorem_seeds, "step": at},
    )
    ratios = [model.operator_norm_at_start(each) / max(each) ** 0.5 for each in (*_BOUND_COUNTS, counts)]
    return {"balanced": first, "generic": second, "bound": xr.Dataset({"ratio": ("setting", ratios)})}
