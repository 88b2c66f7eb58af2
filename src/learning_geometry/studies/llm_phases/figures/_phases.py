"""How the figures of this chapter show phases."""

from itertools import pairwise

import numpy as np
import xarray as xr

from learning_geometry import drawing
from learning_geometry.instruments.phases import Phase
from learning_geometry.studies.llm_phases._curves import has_three, phases_by_seed

TINTS = {"collapse": drawing.ORANGE, "expansion": drawing.SKY, "compression": drawing.PINK}
"""The colour behind each phase."""


def median_phases(trainings: xr.Dataset) -> list[Phase]:
    """The three phases between the median turning points of the seeds that have them, on the logarithmic scale."""
    three = [found for found in phases_by_seed(trainings).values() if has_three(found)]
    if not three:
        return []
    turning = 10 ** np.median(np.log10([[phase.start for phase in found[1:]] for found in three]), axis=0)
    bounds = [three[0][0].start, *turning.tolist(), three[0][-1].end]
    return [Phase(phase.name, *ends) for phase, ends in zip(three[0], pairwise(bounds), strict=True)]
