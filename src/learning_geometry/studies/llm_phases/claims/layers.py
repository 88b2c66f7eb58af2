"""Claims about the layers of the transformer: whether all of them go through the phases, as the last one does."""

import numpy as np
import xarray as xr

from learning_geometry.claims import Above, Below, Claims, Estimate, NotTested, per_seed
from learning_geometry.records import Records
from learning_geometry.studies.llm_phases._curves import Turns, by_seed, lost, turns

claims = Claims(__name__)

_SOURCE = "section 3.1, key takeaway, and figure 7; a model of our own scale"


def _inner(run: xr.Dataset) -> list[np.ndarray]:
    """RankMe of each layer between the embeddings and the last one."""
    return list(run.rankme_layers.transpose("layer", "step").values[1:-1])


def _over_inner(records: Records, experiment: str, statistic: str) -> Estimate:
    trainings = records[experiment]
    if trainings.sizes["layer"] < 3:
        return NotTested("the model has no inner layer")

    def of(run: xr.Dataset, turn: Turns) -> float:
        own = [(curve, turns(curve)) for curve in _inner(run)]
        if statistic == "collapse":
            return max(float(curve[t.floor] / curve[0]) for curve, t in own)
        if statistic == "expansion":
            return min(float(curve[t.peak] / curve[t.floor]) for curve, t in own)
        return float(np.mean([lost(curve, turn) for curve, _ in own]))

    bounds = {"collapse": (0.0, 1.0), "expansion": (1.0, np.inf), "compression": None}[statistic]
    return per_seed(by_seed(trainings, of), bounds)


@claims.paper(
    "Inner layers collapse as the last one does.",
    source=_SOURCE,
    statistic="RankMe at its floor divided by RankMe before training, largest over inner layers, mean over seeds",
    rule=Below(0.6),
)
def layers_collapse(records: Records) -> Estimate:
    return _over_inner(records, "pretraining", "collapse")


@claims.paper(
    "Inner layers expand as the last one does.",
    source=_SOURCE,
    statistic="RankMe at its peak divided by RankMe at its floor, smallest over inner layers, mean over seeds",
    rule=Above(1.5),
)
def layers_expand(records: Records) -> Estimate:
    return _over_inner(records, "pretraining", "expansion")


@claims.paper(
    "Inner layers contract while the last one does.",
    source=_SOURCE,
    statistic="fall of RankMe from the last layer's peak to the last checkpoint, mean over inner layers and seeds",
    unit="%",
    rule=Above(0.0),
)
def layers_contract(records: Records) -> Estimate:
    return _over_inner(records, "pretraining", "compression")


@claims.ours(
    "In the narrower model at a lower rate inner layers contract while the last one does.",
    source="section 3.1 and figure 7, in a second configuration",
    statistic="fall of RankMe from the last layer's peak to the last checkpoint, mean over inner layers and seeds",
    unit="%",
    rule=Above(0.0),
)
def slow_layers_contract(records: Records) -> Estimate:
    return _over_inner(records, "slow_pretraining", "compression")
