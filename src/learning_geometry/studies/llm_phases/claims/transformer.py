"""Claims about the phases of a small transformer, and the order of what happens in them."""

import numpy as np
import xarray as xr

from learning_geometry.claims import Above, Below, Claims, Estimate, NotTested, per_seed, share
from learning_geometry.instruments.phases import Phase, resampled_phases
from learning_geometry.records import Records
from learning_geometry.studies.llm_phases._curves import (
    MIDDLE,
    THREE,
    Turns,
    alpha_lead,
    alpha_of_ranks,
    by_seed,
    fall,
    has_three,
    phases_by_seed,
)
from learning_geometry.studies.llm_phases.claims._trainings import FALL, of_each_training

claims = Claims(__name__)

_MODEL = "; a model of our own scale"
_FIRST_TWO = (
    "Pretraining begins with a collapse (the paper's warm-up), and then the representation expands (entropy-seeking)."
)
_TURNS = "Alpha-ReQ turns before RankMe peaks, and rises in the middle of the spectrum as well."
_OPPOSITE = "Alpha-ReQ falls while the representation expands, and rises while it contracts."


@claims.paper(
    "Pretraining begins with a collapse of the representation (the paper's warm-up).",
    source="abstract, section 3.1 and figure 2" + _MODEL,
    statistic="RankMe at its floor divided by RankMe before training, mean over seeds",
    rule=Below(0.6),
    matrix=_FIRST_TWO,
)
@of_each_training(bounds=(0, 1))
def collapse(run: xr.Dataset, turn: Turns) -> xr.DataArray:
    return run.rankme[turn.floor] / run.rankme[0]


@claims.paper(
    "Then the representation expands (entropy-seeking).",
    source="abstract, section 3.1 and figure 2" + _MODEL,
    statistic="RankMe at its peak divided by RankMe at its floor, mean over seeds",
    rule=Above(1.5),
    matrix=_FIRST_TWO,
)
@of_each_training(bounds=(1, np.inf))
def expansion(run: xr.Dataset, turn: Turns) -> xr.DataArray:
    return run.rankme[turn.peak] / run.rankme[turn.floor]


def _falls(records: Records) -> Estimate:
    falls = by_seed(records["pretraining"], lambda run, _: fall(run))
    return per_seed(falls, note=f"each seed: {', '.join(f'{value:.0f}' for value in falls.values())}")


@claims.paper(
    "Late in pretraining the representation contracts again, while the loss keeps falling (compression-seeking).",
    source="abstract, section 3.1 and figure 2" + _MODEL,
    statistic=FALL,
    unit="%",
    rule=Above(0.0),
    headline=True,
)
def compression(records: Records) -> Estimate:
    return _falls(records)


@claims.ours(
    "The compression is more than jitter: RankMe loses at least 8 % of its peak.",
    statistic=FALL,
    unit="%",
    rule=Above(8.0, partly=0.0),
)
def compression_size(records: Records) -> Estimate:
    return _falls(records)


@claims.ours(
    "A rule that knows nothing of the paper finds exactly these three phases, in this order, in most seeds.",
    statistic="share of seeds",
    rule=Above(0.5),
    hindsight="The rule was a share above .4, which five seeds can meet. Most is more than half.",
)
def finder(records: Records) -> Estimate:
    trainings = records["pretraining"]
    found = phases_by_seed(trainings)
    resamples = trainings.rankme_resampled.transpose("seed", "resample", "step")
    support = [resampled_phases(trainings.step, curves) for curves in resamples.values]
    agreed = [one.support for one in support if one.names == THREE]
    note = f"in {len(agreed)} of {len(support)} seeds most resamples of the contexts show them" + (
        f", at least {min(agreed):.0%} of them" if agreed else ""
    )
    return share([has_three(one) for one in found.values()], by_seed=list(found), note=note)


@claims.ours(
    "Seeds agree on where the phases begin, within a factor of two.",
    statistic="distance of the two turning points from their medians over seeds, mean over both and over the seeds with "
    "three phases",
    unit="decades of steps",
    rule=Below(0.3),
)
def finder_agrees(records: Records) -> Estimate:
    return per_seed(disagreement(phases_by_seed(records["pretraining"])), bounds=(0, np.inf))


def disagreement(found: dict[int, list[Phase]]) -> dict[int, float]:
    """How far the turning points of each seed with three phases lie from the median seed's, in decades, mean of both."""
    starts = {seed: [phase.start for phase in one[1:]] for seed, one in found.items() if has_three(one)}
    if not starts:
        return {}
    decades = np.log10(list(starts.values()))
    return dict(zip(starts, np.abs(decades - np.median(decades, axis=0)).mean(axis=1).tolist(), strict=True))


@claims.ours(
    "Alpha-ReQ turns before RankMe peaks.",
    source="read off figure 2, where its minimum stands at fewer tokens than the peak of RankMe; the text does not say it",
    statistic="log10 of the step of alpha-ReQ's minimum over the step of RankMe's peak, leading ranks, mean over seeds",
    unit="decades of steps",
    rule=Below(0.0),
    matrix=_TURNS,
)
@of_each_training()
def alpha_first(run: xr.Dataset, turn: Turns) -> float:
    return alpha_lead(run.step, run.alpha, turn)


@claims.paper(
    "Alpha-ReQ falls while the representation expands.",
    source="sections 3.1 and 3.2, key takeaways, and figure 2" + _MODEL,
    statistic="alpha-ReQ at RankMe's peak minus at its floor, leading ranks, mean over seeds",
    rule=Below(0.0),
    matrix=_OPPOSITE,
)
@of_each_training()
def alpha_falls(run: xr.Dataset, turn: Turns) -> xr.DataArray:
    return run.alpha[turn.peak] - run.alpha[turn.floor]


@claims.paper(
    "Alpha-ReQ rises while the representation contracts.",
    source="sections 3.1 and 3.2, key takeaways, and figure 2" + _MODEL,
    statistic="alpha-ReQ at the last checkpoint minus at RankMe's peak, leading ranks, mean over seeds",
    rule=Above(0.0),
    matrix=_OPPOSITE,
)
@of_each_training()
def alpha_rises(run: xr.Dataset, turn: Turns) -> xr.DataArray:
    return run.alpha[turn.end] - run.alpha[turn.peak]


@claims.ours(
    "Alpha-ReQ rises while the representation contracts, wherever it is fitted: in the middle of the spectrum as well.",
    source="our question: the paper fits ranks 12 to 100 of thousands",
    statistic="alpha-ReQ at the last checkpoint minus at RankMe's peak, ranks 3 to 25 of 32, mean over seeds",
    rule=Above(0.0),
    matrix=_TURNS,
)
def alpha_rises_middle(records: Records) -> Estimate:
    trainings = records["pretraining"]
    if trainings.sizes["rank"] < MIDDLE[1]:
        return NotTested(f"the spectrum has no {MIDDLE[1]} ranks at this scale")
    return per_seed(by_seed(trainings, _change_in_the_middle))


def _change_in_the_middle(run: xr.Dataset, turn: Turns) -> float:
    alpha = alpha_of_ranks(run, *MIDDLE)
    assert alpha is not None
    return float(alpha[turn.end] - alpha[turn.peak])


@claims.paper(
    "The loss falls monotonically through all of this, so that it does not show the phases.",
    source="section 3.1 and figure 2, which say near-monotonically",
    statistic="largest rise of the held-out loss above what it had reached before, after RankMe's floor, mean over seeds",
    unit="nats",
    rule=Below(0.02),
)
@of_each_training(bounds=(0, np.inf))
def loss_monotone(run: xr.Dataset, turn: Turns) -> float:
    loss = run.loss.values[turn.floor :]
    return float((loss - np.minimum.accumulate(loss)).max())
