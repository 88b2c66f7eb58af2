"""Claims about the probe: whether the turning points depend on how many contexts are read, how long, and of what text."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from learning_geometry.claims import Above, Below, Claims, Estimate, per_seed
from learning_geometry.records import Records
from learning_geometry.studies.llm_phases._curves import Turns, by_seed, lost, turns

claims = Claims(__name__)

_TEXTS = ("training text", "another package", "prose")
_STATISTIC = "distance of the steps of RankMe's floor and peak from those on the reference's contexts, mean of both, {}over seeds"


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
)
def probe_contexts(records: Records) -> Estimate:
    return _moved(records, ["a quarter of the contexts"])


@claims.paper(
    "The phases do not depend on the length of the contexts.",
    source="section 3.1, key takeaway, and figure 8; a quarter of the tokens",
    statistic=_STATISTIC.format(""),
    unit="decades of steps",
    rule=Below(0.3),
)
def probe_length(records: Records) -> Estimate:
    return _moved(records, ["a quarter of the length"])


@claims.paper(
    "The phases do not depend on the text.",
    source="section 3.1, key takeaway, and figures 9 and 10; training text, the source of another package, and its docstrings",
    statistic=_STATISTIC.format("and over texts, "),
    unit="decades of steps",
    rule=Below(0.3),
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
