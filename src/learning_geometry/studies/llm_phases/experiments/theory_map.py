"""Where compression exists in the linear model: over skews of the class frequencies and widths of the bottleneck."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning_geometry.studies.llm_phases.experiments._free_features import (
    descend,
    effective_ranks,
    initial_parameters,
    log_spaced,
    spectra,
    turning_points,
    zipf,
)

_POINTS = 100  # checkpoints of a run, as in `theory`


def measure(
    *,
    seeds: list[int],
    classes: int,
    dimensions: list[int],
    exponents: list[float],
    scale: float,
    steps: int,
    learning_rate: float,
) -> dict[str, Any]:
    """The three moves of RankMe for each exponent, dimension and seed, in percent, `(exponents, dimensions, seeds)`.

    `collapse` is the way from start to dip in percent of the start, `expansion` from dip to peak in percent of the dip,
    `fall` from peak to trough in percent of the peak; none is negative. A run that still rises at its last step has not
    fallen. Cross-entropy; RankMe of the frequency-weighted second moment, as in `theory`.

    Raises:
        ValueError: If a dimension is below two, where RankMe is one throughout.
    """
    if min(dimensions) < 2:
        raise ValueError(f"dimensions are {dimensions}; in fewer than two RankMe is one throughout, leave those out")
    # Exponents and seeds of one dimension are trained at once.
    courses = [_courses(seeds, classes, dimension, exponents, scale, steps, learning_rate) for dimension in dimensions]
    rankme = np.stack(courses, axis=1)
    start = rankme[..., 0]
    dip, peak, trough = (
        np.take_along_axis(rankme, index[..., None], axis=-1)[..., 0] for index in turning_points(rankme)
    )
    return {
        "seeds": np.array(seeds),
        "classes": classes,
        "dimensions": np.array(dimensions),
        "exponents": np.array(exponents),
        "collapse": 100 * (start - dip) / start,
        "expansion": 100 * (peak - dip) / dip,
        "fall": 100 * (peak - trough) / peak,
    }


def _courses(
    seeds: list[int],
    classes: int,
    dimension: int,
    exponents: list[float],
    scale: float,
    steps: int,
    learning_rate: float,
) -> NDArray[np.float64]:
    """RankMe `(exponents, seeds, T)` of every run in one dimension."""
    start = np.array(initial_parameters(seeds, classes, dimension, scale))
    start_features, start_classifier = np.tile(start, (1, len(exponents), 1, 1))
    frequencies = np.repeat([zipf(classes, exponent) for exponent in exponents], len(seeds), axis=0)
    features, _ = descend(
        start_features,
        start_classifier,
        frequencies,
        at=log_spaced(steps, _POINTS),
        learning_rate=learning_rate,
    )
    rankme = effective_ranks(spectra(features, frequencies, center=False))
    return rankme.T.reshape(len(exponents), len(seeds), -1)
