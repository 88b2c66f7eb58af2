"""Claims about layers and probes: whether the phases show in all layers, and on how many contexts, how long, of what text."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from learning_geometry.claims import Above, Below, Claims, Estimate, NotTested, per_seed
from learning_geometry.records import Records
from learning_geometry.studies.llm_phases._curves import Turns, by_seed, lost, turns
from learning_geometry.studies.llm_phases.claims._trainings import MORE_SEEDS

claims = Claims(__name__)

_SOURCE = "section 3.1, key takeaway, and figure 7; a model of our own scale"
_LAYERS = "Inner layers go through the phases as the last one does."
_TEXTS = ("training text", "another package", "prose")
_PROBES = "The phases depend neither on the number of contexts, nor on their length, nor on the text."
_STATISTIC = "distance of the steps of RankMe's floor and peak from those on the reference's contexts, mean of both, {}over seeds"


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
    matrix=_LAYERS,
)
def layers_collapse(records: Records) -> Estimate:
    return _over_inner(records, "pretraining", "collapse")


@claims.paper(
    "Inner layers expand as the last one does.",
    source=_SOURCE,
    statistic="RankMe at its peak divided by RankMe at its floor, smallest over inner layers, mean over seeds",
    rule=Above(1.5),
    matrix=_LAYERS,
)
def layers_expand(records: Records) -> Estimate:
    return _over_inner(records, "pretraining", "expansion")


@claims.paper(
    "Inner layers contract while the last one does.",
    source=_SOURCE,
    statistic="fall of RankMe from the last layer's peak to the last checkpoint, mean over inner layers and seeds",
    unit="%",
    rule=Above(0.0),
    matrix=_LAYERS,
)
def layers_contract(records: Records) -> Estimate:
    return _over_inner(records, "pretraining", "compression")


@claims.ours(
    "In the narrower model at a lower rate inner layers contract while the last one does.",
    source="section 3.1 and figure 7, in a second configuration",
    statistic="fall of RankMe from the last layer's peak to the last checkpoint, mean over inner layers and seeds",
    unit="%",
    rule=Above(0.0),
    hindsight=MORE_SEEDS,
)
def slow_layers_contract(records: Records) -> Estimate:
    return _over_inner(records, "slow_pretraining", "compression")


def _moved(records: Records, probes: Sequence[str]) -> Estimate:
    """How many decades the turning points move, mean over both and over probes."""

    def distance(run: xr.Dataset, turn: Turns) -> float:
        steps = np.maximum(run.step.values, run.step.values[1])
        others = [turns(run.rankme_probe.sel(probe=name)) for name in probes]
        pairs = [(steps[own], steps[other]) for one in others for own, other in zip(turn[:2], one[:2], strict=True)]
        return float(np.mean([abs(np.log10(own / other)) for own, other in pairs]))

    return per_seed(by_seed(records["pretraining"], distance), (0, np.inf))


@claims.paper(
    "The phases do not depend on the number of contexts.",
    source="section 3.1, key takeaway, and figure 8; a quarter of the contexts",
    statistic=_STATISTIC.format(""),
    unit="decades of steps",
    rule=Below(0.3),
    matrix=_PROBES,
)
def probe_contexts(records: Records) -> Estimate:
    return _moved(records, ["a quarter of the contexts"])


@claims.paper(
    "The phases do not depend on the length of the contexts.",
    source="section 3.1, key takeaway, and figure 8; a quarter of the tokens",
    statistic=_STATISTIC.format(""),
    unit="decades of steps",
    rule=Below(0.3),
    matrix=_PROBES,
)
def probe_length(records: Records) -> Estimate:
    return _moved(records, ["a quarter of the length"])


@claims.paper(
    "The phases do not depend on the text.",
    source="section 3.1, key takeaway, and figures 9 and 10; training text, the source of another package, and its docstrings",
    statistic=_STATISTIC.format("and over texts, "),
    unit="decades of steps",
    rule=Below(0.3),
    matrix=_PROBES,
)
def probe_text(records: Records) -> Estimate:
    return _moved(records, _TEXTS)


@claims.ours(
    "The representation contracts on English prose as well, which the model was not trained on.",
    source="section 3.1 and figures 9 and 10; the text is ours",
    statistic="fall of RankMe on docstrings of another package, from RankMe's peak on held-out code to the end, mean over seeds",
    unit="%",
    rule=Above(0.0),
)
def probe_prose_contracts(records: Records) -> Estimate:
    return per_seed(by_seed(records["pretraining"], lambda run, turn: lost(run.rankme_probe.sel(probe="prose"), turn)))
