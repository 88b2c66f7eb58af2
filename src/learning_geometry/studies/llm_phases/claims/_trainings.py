"""Statistics of the reference trainings, one number for each seed."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import xarray as xr

from learning_geometry.claims import Estimate, per_seed
from learning_geometry.instruments.statistics import Bounds
from learning_geometry.records import Records
from learning_geometry.studies.llm_phases._curves import Turns, by_seed

FALL = (
    "fall of RankMe from its peak to the last checkpoint, located on half of the contexts and measured on the others, mean "
    "over seeds"
)
"""The statistic `fall` in words."""

MORE_SEEDS = "Two of the five seeds were added, under the same rule, after the first three had been seen."
"""What all claims about the narrower model have in common."""


Statistic = Callable[[xr.Dataset, Turns], Any]


def of_each_training(bounds: Bounds | None = None) -> Callable[[Statistic], Callable[[Records], Estimate]]:
    """Make a claim's function of a statistic of one training and the turning points of its RankMe: its mean over seeds."""

    def averaged(statistic: Statistic) -> Callable[[Records], Estimate]:
        @wraps(statistic)
        def mean(records: Records) -> Estimate:
            return per_seed(by_seed(records["pretraining"], statistic), bounds)

        return mean

    return averaged
