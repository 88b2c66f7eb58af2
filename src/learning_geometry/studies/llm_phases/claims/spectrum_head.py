"""Claims about what the compression of the small transformers is made of."""

import numpy as np
import xarray as xr

from learning_geometry.claims import Above, Below, Claims, Estimate, NotTested, per_seed
from learning_geometry.records import Records
from learning_geometry.studies.llm_phases._curves import BAND, Turns, by_seed, fall, lost, rankme_of_ranks
from learning_geometry.studies.llm_phases.claims._trainings import FALL, MORE_SEEDS, of_each_training

claims = Claims(__name__)

_HEAD = "Without leading directions of the last layer RankMe falls by less than 3 %."
_SLOW = "our question; a narrower model at a lower rate"
_SLOW_TOO = "At a lower rate the compression is of another kind: it shows without the gain, before the norm and without the leading direction."
_GAIN = "The gain of the final norm causes part of the compression, and not all."


def _without(records: Records, count: int, experiment: str = "pretraining") -> Estimate:
    trainings = records[experiment]
    if count not in trainings.n_directions:
        return NotTested(f"removed_directions does not name {count}")
    return per_seed(by_seed(trainings, lambda run, turn: lost(run.rankme_without.sel(n_directions=count), turn)))


for _count, _words, _id in (
    (1, "leading direction", "head-one"),
    (2, "two leading directions", "head"),
    (8, "eight leading directions", "head-eight"),
):

    @claims.ours(
        f"The compression is one of the head of the spectrum: without the {_words} RankMe hardly falls.",
        source="our question; the paper calls the compression anisotropic consolidation",
        statistic=f"fall, from RankMe's peak to the last checkpoint, of RankMe without the {_words}, mean over seeds",
        unit="%",
        rule=Below(3.0),
        matrix=_HEAD,
        id=_id,
    )
    def without(records: Records, count: int = _count) -> Estimate:
        return _without(records, count)


@claims.ours(
    "The rest of the spectrum contracts as well, as it must where all singular values grow in proportion to themselves.",
    source="section 3.3, selection bias; that it predicts a fall in every band of ranks is ours",
    statistic="fall of RankMe within a band of eight ranks from RankMe's peak to the last checkpoint, mean over all bands but "
    "the first, mean over seeds",
    unit="%",
    rule=Above(3.0),
)
def bands(records: Records) -> Estimate:
    trainings = records["pretraining"]
    starts = range(BAND + 1, trainings.sizes["rank"] - BAND + 2, BAND)
    if not starts:
        return NotTested(f"the spectrum has no second band of {BAND} ranks at this scale")

    def mean_fall(run: xr.Dataset, turn: Turns) -> float:
        return float(np.mean([lost(rankme_of_ranks(run, first, first + BAND - 1), turn) for first in starts]))

    return per_seed(by_seed(trainings, mean_fall))


@claims.ours(
    "Much of the compression is caused by the gain of the final norm: without the gain RankMe falls less.",
    statistic="fall with the gain minus fall without it, from RankMe's peak to the last checkpoint, mean over seeds",
    unit="points",
    rule=Above(0.0),
    matrix=_GAIN,
)
@of_each_training()
def gain(run: xr.Dataset, turn: Turns) -> float:
    return lost(run.rankme, turn) - lost(run.rankme_without_gain, turn)


@claims.ours(
    "A compression is left without the gain of the final norm.",
    statistic="fall of RankMe without the gain, from RankMe's peak to the last checkpoint, mean over seeds",
    unit="%",
    rule=Above(0.0),
    matrix=_GAIN,
)
@of_each_training()
def without_gain(run: xr.Dataset, turn: Turns) -> float:
    return lost(run.rankme_without_gain, turn)


def _slow(records: Records, halves: str) -> Estimate:
    return per_seed(by_seed(records["slow_pretraining"], lambda run, _: fall(run, halves)))


@claims.ours(
    "At a lower rate the last layer contracts as well.",
    source=_SLOW,
    statistic=FALL,
    unit="%",
    rule=Above(0.0),
    matrix=_SLOW_TOO,
    hindsight=MORE_SEEDS,
)
def slow_compression(records: Records) -> Estimate:
    return _slow(records, "rankme_halves")


@claims.ours(
    "At a lower rate the compression is more than the gain: without it RankMe falls.",
    source=_SLOW,
    statistic=FALL + "; without the gain of the final norm",
    unit="%",
    rule=Above(0.0),
    matrix=_SLOW_TOO,
    hindsight=MORE_SEEDS,
)
def slow_without_gain(records: Records) -> Estimate:
    return _slow(records, "rankme_without_gain_halves")


@claims.ours(
    "At a lower rate the output of the last block contracts, before the norm.",
    source=_SLOW,
    statistic=FALL + "; of the last block's output",
    unit="%",
    rule=Above(0.0),
    matrix=_SLOW_TOO,
    hindsight=MORE_SEEDS,
)
def slow_before_norm(records: Records) -> Estimate:
    return _slow(records, "rankme_before_norm_halves")


@claims.ours(
    "At a lower rate the compression is more than one direction: without the leading one RankMe falls.",
    source=_SLOW,
    statistic="fall, from RankMe's peak to the last checkpoint, of RankMe without the leading direction, mean over seeds",
    unit="%",
    rule=Above(0.0),
    matrix=_SLOW_TOO,
    hindsight=MORE_SEEDS,
)
def slow_head_one(records: Records) -> Estimate:
    return _without(records, 1, "slow_pretraining")
