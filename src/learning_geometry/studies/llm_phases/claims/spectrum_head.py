"""Claims about what the compression of the small transformer is made of."""

import xarray as xr

from learning_geometry.claims import Above, Below, Claims, Estimate, NotTested, per_seed
from learning_geometry.records import Records
from learning_geometry.studies.llm_phases._curves import HEAD, Turns, by_seed
from learning_geometry.studies.llm_phases.claims._trainings import of_each_training

claims = Claims(__name__)


def _lost(curve: xr.DataArray, turn: Turns) -> float:
    return float(100 * (1 - curve[turn.end] / curve[turn.peak]))


@claims.ours(
    "The compression is one of the head of the spectrum: without the two leading directions RankMe hardly falls.",
    source="our question; the paper calls the compression anisotropic consolidation",
    statistic="fall, from RankMe's peak to the last checkpoint, of RankMe without the two leading directions, mean over seeds",
    unit="%",
    rule=Below(3.0),
)
def head(records: Records) -> Estimate:
    trainings = records["pretraining"]
    if HEAD not in trainings.n_directions:
        return NotTested(f"removed_directions does not name {HEAD}")
    return per_seed(by_seed(trainings, lambda run, turn: _lost(run.rankme_without.sel(n_directions=HEAD), turn)))


@claims.ours(
    "Much of the compression is caused by the gain of the final norm: without the gain RankMe falls less.",
    statistic="fall with the gain minus fall without it, from RankMe's peak to the last checkpoint, mean over seeds",
    unit="points",
    rule=Above(0.0),
)
@of_each_training()
def gain(run: xr.Dataset, turn: Turns) -> float:
    return _lost(run.rankme, turn) - _lost(run.rankme_without_gain, turn)
