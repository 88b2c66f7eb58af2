"""Claims about what the model learns in each phase: likeness to n-grams of the training text, and accuracy."""

import numpy as np
import xarray as xr

from learning_geometry.claims import Above, Below, Claims
from learning_geometry.studies.llm_phases._curves import Turns, decades_later
from learning_geometry.studies.llm_phases._published import MEMORISATION, TABLE_9
from learning_geometry.studies.llm_phases.claims._trainings import TEXT_READ, of_each_training

claims = Claims(__name__)

_TRIVIA = "; running text instead of trivia answers"
_TABLE_9 = "table 9, mean of six models; next tokens instead of SciQ, and rank correlations"


def _likeness(run: xr.Dataset, kind: str) -> np.ndarray:
    return run.memorisation.sel(likeness=kind).values


@claims.paper(
    "Memorisation, the likeness of the model to infini-grams, rises in the entropy-seeking phase.",
    source="section 3.2 and figure 3A" + _TRIVIA,
    statistic="Spearman correlation with the infini-gram at RankMe's peak minus at its floor, mean over seeds",
    rule=Above(0.05),
)
@of_each_training()
def memorisation_rises(run: xr.Dataset, turn: Turns) -> float:
    likeness = _likeness(run, "spearman")
    return float(likeness[turn.peak] - likeness[turn.floor])


@claims.paper(
    "Memorisation peaks with the expansion: it does not rise further while the representation contracts.",
    source="abstract, section 3.2 and figure 3A, where it stays or falls slightly" + _TRIVIA,
    statistic="Spearman correlation with the infini-gram at the last checkpoint minus at RankMe's peak, mean over seeds",
    rule=Below(0.02),
    read_off=round(float(np.mean([end - peak for _, peak, end in MEMORISATION.values()])), 3),
    headline=True,
)
@of_each_training()
def memorisation_stops(run: xr.Dataset, turn: Turns) -> float:
    likeness = _likeness(run, "spearman")
    return float(likeness[turn.end] - likeness[turn.peak])


@claims.ours(
    "The model's first choice is most often that of the bigram while the representation still expands.",
    statistic="log10 of the step where agreement with the bigram is highest over the step of RankMe's peak, mean over seeds",
    unit="decades of steps",
    rule=Below(0.0),
)
@of_each_training()
def bigrams_peak(run: xr.Dataset, turn: Turns) -> float:
    best = turn.floor + int(_likeness(run, "bigram")[turn.floor :].argmax())
    return decades_later(run.step, best, turn.peak)


def _correlation(run: xr.Dataset, turn: Turns, geometry: str) -> float:
    from scipy.stats import spearmanr

    return float(spearmanr(run.accuracy[turn.floor :], run[geometry][turn.floor :]).statistic)


@claims.paper(
    "Over the checkpoints of a training, accuracy is the higher, the lower RankMe is.",
    source=_TABLE_9,
    statistic="Spearman correlation of accuracy and RankMe over checkpoints from RankMe's floor on, mean over seeds",
    rule=Below(-0.3),
    printed=round(float(np.mean([row.rankme for row in TABLE_9.values()])), 3),
    hindsight=TEXT_READ,
)
@of_each_training(bounds=(-1, 1))
def accuracy_rankme(run: xr.Dataset, turn: Turns) -> float:
    return _correlation(run, turn, "rankme")


@claims.paper(
    "Over the checkpoints of a training, accuracy is the higher, the higher alpha-ReQ is.",
    source=_TABLE_9,
    statistic="Spearman correlation of accuracy and alpha-ReQ over checkpoints from RankMe's floor on, mean over seeds",
    rule=Above(0.3),
    printed=round(float(np.mean([row.alpha for row in TABLE_9.values()])), 3),
    hindsight=TEXT_READ,
)
@of_each_training(bounds=(-1, 1))
def accuracy_alpha(run: xr.Dataset, turn: Turns) -> float:
    return _correlation(run, turn, "alpha")
