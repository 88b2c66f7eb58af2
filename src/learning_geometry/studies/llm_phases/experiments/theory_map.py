"""Where compression exists in the linear model: over skews of the class frequencies and widths of the bottleneck."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from learning_geometry.studies.types import Count, Distinct, NonNegative, Positive, Seeds
from learning_geometry.studies.unit import Execution, Unit

if TYPE_CHECKING:
    import xarray as xr

_POINTS = 100  # checkpoints of a run, as in `theory`


class TheoryMap(Unit):
    """Runs of the linear model for every exponent of Zipf's law, feature dimension and seed."""

    map_seeds: Seeds
    map_dimensions: Distinct[Count]
    map_exponents: Distinct[NonNegative]
    map_steps: Count
    theory_classes: Count
    theory_scale: Positive
    theory_learning_rate: Positive


def measure(unit: TheoryMap, execution: Execution) -> "xr.Dataset":
    """The three moves of RankMe in percent, `(exponent, dimension, seed)`.

    `collapse` is the way from start to dip in percent of the start, `expansion` from dip to peak in percent of the dip,
    `fall` from peak to trough in percent of the peak; none is negative. A run that is `still_rising` at its last step has
    not fallen yet. Cross-entropy; RankMe of the frequency-weighted second moment, as in `theory`.
    """
    import xarray as xr

    from learning_geometry.studies.llm_phases.experiments._free_features import log_spaced, moves, still_rising

    # Exponents and seeds of one dimension are trained at once.
    steps = log_spaced(unit.map_steps, _POINTS)
    rankme = np.stack([_courses(unit, dimension, steps) for dimension in unit.map_dimensions], axis=1)
    names = ("collapse", "expansion", "fall", "still_rising")
    values = (*moves(rankme), still_rising(steps, rankme))
    return xr.Dataset(
        {name: (("exponent", "dimension", "seed"), value) for name, value in zip(names, values, strict=True)},
        coords={
            "exponent": unit.map_exponents,
            "dimension": unit.map_dimensions,
            "seed": unit.map_seeds,
            "classes_per_dimension": ("dimension", unit.theory_classes / np.array(unit.map_dimensions)),
        },
    )


def _courses(unit: TheoryMap, dimension: int, steps: NDArray[np.int64]) -> NDArray[np.float64]:
    """RankMe `(exponents, seeds, T)` of every run in one dimension."""
    from learning_geometry.studies.llm_phases.experiments import _free_features as model

    exponents, seeds = unit.map_exponents, unit.map_seeds
    start = np.array(model.initial_parameters(seeds, unit.theory_classes, dimension, unit.theory_scale))
    start_features, start_classifier = np.tile(start, (1, len(exponents), 1, 1))
    frequencies = np.repeat([model.zipf(unit.theory_classes, exponent) for exponent in exponents], len(seeds), axis=0)
    features, _ = model.descend(
        start_features,
        start_classifier,
        frequencies,
        at=steps,
        learning_rate=unit.theory_learning_rate,
    )
    rankme = model.effective_ranks(model.spectra(features, frequencies, center=False))
    return rankme.T.reshape(len(exponents), len(seeds), -1)
