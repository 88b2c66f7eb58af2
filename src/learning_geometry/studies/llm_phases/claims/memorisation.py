"""Claims about what the model learns in each phase: likeness to n-grams of the training text, and accuracy."""

import numpy as np
import xarray as xr

from learning_geometry.claims import Above, Below, Claims, Estimate, NotTested, contrast, exact, per_seed
from learning_geometry.records import Records
from learning_geometry.studies.llm_phases._curves import Turns, by_seed, decades_later
from learning_geometry.studies.llm_phases._published import MEMORISATION, SHORT_SUFFIXES, TABLE_7, TABLE_9
from learning_geometry.studies.llm_phases.claims._trainings import of_each_training

claims = Claims(__name__)

_TRIVIA = "; running text instead of trivia answers"
_TABLE_9 = "table 9, mean of six models; next tokens instead of SciQ"
_FOLLOWS = "Over the checkpoints of a training, accuracy goes with low RankMe and with high alpha-ReQ."
_BIGRAMS = "The model resembles the bigram most while the representation expands, and less afterwards."


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
    matrix=_BIGRAMS,
)
@of_each_training()
def bigrams_peak(run: xr.Dataset, turn: Turns) -> float:
    best = turn.floor + int(_likeness(run, "bigram")[turn.floor :].argmax())
    return decades_later(run.step, best, turn.peak)


@claims.ours(
    "After RankMe's peak the model's first choice is less often that of the bigram.",
    statistic="agreement with the bigram's first choice at the last checkpoint minus at RankMe's peak, mean over seeds",
    rule=Below(0.0),
    matrix=_BIGRAMS,
)
@of_each_training(bounds=(-1, 1))
def bigrams_fall(run: xr.Dataset, turn: Turns) -> float:
    likeness = _likeness(run, "bigram")
    return float(likeness[turn.end] - likeness[turn.peak])


@claims.paper(
    "The infini-gram mostly uses short and medium suffixes, of five tokens or fewer.",
    source="section 3.2 and table 7, on TriviaQA; contexts of held-out code are ours",
    statistic="share of contexts whose longest suffix that occurs in the training text has five tokens or fewer",
    rule=Above(0.5),
    printed=round(sum(TABLE_7[length] for length in SHORT_SUFFIXES) / 100, 4),
)
def short_suffixes(records: Records) -> Estimate:
    shares = records["pretraining"].suffix_shares.isel(seed=0)
    return exact(float(shares.sel(suffix=list(SHORT_SUFFIXES)).sum()), "the contexts are the same for every seed")


def _late_shares(records: Records, reach: str) -> dict[int, float] | NotTested:
    """The share of the gain in accuracy since RankMe's floor that comes after its peak, by seed."""
    trainings = records["pretraining"]
    accuracy = trainings.accuracy_by_reach.sel(reach=reach)
    gains = by_seed(
        trainings, lambda run, turn: accuracy.sel(seed=run.seed)[[turn.floor, turn.end]].diff("step").item()
    )
    if none := [seed for seed, gained in gains.items() if gained <= 0]:
        return NotTested(f"seed {none[0]} gains nothing on {reach} contexts")
    late = by_seed(trainings, lambda run, turn: accuracy.sel(seed=run.seed)[[turn.peak, turn.end]].diff("step").item())
    return {seed: late[seed] / gains[seed] for seed in gains}


def _later(records: Records, reach: str, other: str) -> Estimate:
    later, earlier = _late_shares(records, reach), _late_shares(records, other)
    if isinstance(later, NotTested):
        return later
    return earlier if isinstance(earlier, NotTested) else contrast(later, earlier)


_REACH = (
    "predictions by their reach: bigram right (short); bigram wrong, 3- to 5-gram right (mid); all of these wrong, infini-gram "
    "right with a suffix of 5 or more (long)"
)


@claims.paper(
    "What needs short contexts is learned in the expansion, what needs long ones later.",
    source="section 3.2 and figure 3B; TriviaQA and SciQ there, tokens sorted by n-grams here",
    statistic=f"share of the gain in accuracy that comes after RankMe's peak, long minus short, mean over seeds; {_REACH}",
    rule=Above(0.0),
)
def long_after_short(records: Records) -> Estimate:
    return _later(records, "long", "short")


@claims.control(
    "It is the distance that makes predictions late: those that need three to five tokens are not.",
    of="long-after-short",
    statistic=f"share of the gain in accuracy that comes after RankMe's peak, mid minus short, mean over seeds; {_REACH}",
    rule=Below(0.1),
    contrast=Below(0.0),
)
def mid_after_short(records: Records) -> Estimate:
    return _later(records, "mid", "short")


@claims.paper(
    "Most of the gain that needs long contexts comes in the compression.",
    source="section 3.2 and figure 3B, of accuracy on TriviaQA; tokens sorted by n-grams here",
    statistic=f"share of the gain in accuracy on long contexts that comes after RankMe's peak, mean over seeds; {_REACH}",
    rule=Above(0.5),
)
def long_in_compression(records: Records) -> Estimate:
    shares = _late_shares(records, "long")
    return shares if isinstance(shares, NotTested) else per_seed(shares)


def _correlation(run: xr.Dataset, geometry: str, first: int = 0) -> float:
    accuracy, shape = run.accuracy.values[first:], run[geometry].values[first:]
    if np.ptp(accuracy) == 0 or np.ptp(shape) == 0:
        return 0.0  # where one of them is constant, neither follows the other
    return float(np.corrcoef(accuracy, shape)[0, 1])


@claims.paper(
    "Over the checkpoints of a training, accuracy is the higher, the lower RankMe is.",
    source=_TABLE_9,
    statistic="Pearson correlation of accuracy and RankMe over all checkpoints, mean over seeds",
    rule=Below(-0.3),
    matrix=_FOLLOWS,
    printed=round(float(np.mean([row.rankme for row in TABLE_9.values()])), 3),
)
@of_each_training(bounds=(-1, 1))
def accuracy_rankme(run: xr.Dataset, turn: Turns) -> float:
    return _correlation(run, "rankme")


@claims.paper(
    "Over the checkpoints of a training, accuracy is the higher, the higher alpha-ReQ is.",
    source=_TABLE_9,
    statistic="Pearson correlation of accuracy and alpha-ReQ over all checkpoints, mean over seeds",
    rule=Above(0.3),
    matrix=_FOLLOWS,
    printed=round(float(np.mean([row.alpha for row in TABLE_9.values()])), 3),
)
@of_each_training(bounds=(-1, 1))
def accuracy_alpha(run: xr.Dataset, turn: Turns) -> float:
    return _correlation(run, "alpha")


@claims.ours(
    "From RankMe's peak on, accuracy is the higher, the lower RankMe is.",
    source="our question; the sign of table 9 depends on which checkpoints are taken",
    statistic="Pearson correlation of accuracy and RankMe over checkpoints from RankMe's peak on, mean over seeds",
    rule=Below(-0.3),
)
def accuracy_rankme_late(records: Records) -> Estimate:
    trainings = records["pretraining"]
    peaks = by_seed(trainings, lambda run, turn: turn.end - turn.peak)
    if late := [seed for seed, after in peaks.items() if after < 2]:
        return NotTested(f"seed {late[0]} has fewer than three checkpoints from its peak on")
    return per_seed(by_seed(trainings, lambda run, turn: _correlation(run, "rankme", turn.peak)), (-1, 1))
