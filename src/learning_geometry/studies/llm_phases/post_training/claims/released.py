"""What the paper says of its own models, judged where their checkpoints were traced."""

import numpy as np
from numpy.typing import NDArray

from learning_geometry.claims import Above, Below, Claims, Estimate, NotTested, per_seed
from learning_geometry.instruments.pass_at_k import pass_at_k
from learning_geometry.instruments.statistics import bootstrap_interval
from learning_geometry.records import Records
from learning_geometry.store import Record

claims = Claims(__name__)

_NO_SERIES = "Give `traced` the released checkpoints of both stages, and `traced_texts` texts to trace them on."
_NO_TUNING = "Give `fine_tuned` two checkpoints of a pretraining run or more, and texts to fine-tune and test them on."

for _before, _after, _statement, _rule, _read_off in (
    ("SFT", "SFT", "supervised fine-tuning raises RankMe", Above(0), 39),
    ("SFT", "DPO", "preference optimisation raises RankMe further", Above(0), 28),
    ("DPO", "RLVR", "reinforcement learning lowers RankMe", Below(0), -8),
):
    _first = "first" if _before == _after else "last"

    @claims.paper(
        f"In the released checkpoints {_statement}.",
        id=f"series-{_after.lower()}",
        source="abstract, section 3.4 and figure 5A",
        statistic=f"change of RankMe from the {_first} checkpoint of {_before} to the last of {_after}",
        unit="%",
        rule=_rule,
        read_off=_read_off,
        matrix="In the released checkpoints SFT and DPO raise RankMe, and RLVR lowers it.",
        absent=_NO_SERIES,
    )
    def change_of_rankme(records: Records, before: str = _before, after: str = _after) -> Estimate:
        start, end = _checkpoint(records, before, 0 if before == after else -1), _checkpoint(records, after)
        if start is end:
            return NotTested(f"it takes two checkpoints of {after}")
        # The same texts were drawn for both, so that what they have in common cancels.
        resampled = 100 * (end["rankme_resampled"].values / start["rankme_resampled"].values - 1)
        low, high = np.quantile(resampled, [0.025, 0.975])
        return _resampled(float(100 * (end["rankme"] / start["rankme"] - 1)), low, high, "texts")


@claims.paper(
    "In the released checkpoints reinforcement learning lowers pass@256.",
    source="section 3.4 and figure 5C",
    statistic="pass@256 of the last checkpoint of RLVR minus that of the last of DPO",
    unit="points",
    rule=Below(0),
    read_off=-4,
    absent=_NO_SERIES,
)
def series_pass_256(records: Records) -> Estimate:
    ends = [_checkpoint(records, stage) for stage in ("DPO", "RLVR")]
    if not all("correct" in end.result for end in ends):
        return NotTested("no problems were asked; give `problems` a data set")
    n_samples = ends[0].unit.problem_samples
    if n_samples < 256:
        return NotTested("problem_samples must be 256 or more")
    before, after = (pass_at_k(n_samples, end["correct"].values, [256])[0] for end in ends)
    differences = 100 * (after - before)
    low, high = bootstrap_interval(differences, np.mean, rng=np.random.default_rng(0))
    return _resampled(float(differences.mean()), low, high, "problems")


@claims.paper(
    "The longer a model was pretrained, the lower its loss after fine-tuning on the kind of text that it was tuned on.",
    source="section 3.4 and figures 5B and 14",
    statistic="loss of held-out texts after fine-tuning the last checkpoint minus that of the first, mean over seeds",
    unit="nats a text",
    rule=Below(0),
    read_off=-25,
    absent=_NO_TUNING,
)
def longer_inside(records: Records) -> Estimate:
    losses = _by_length(records, "inside")
    return per_seed(losses[-1] - losses[0]) if len(losses) > 1 else NotTested(_NO_TUNING)


@claims.paper(
    "On another kind of text longer pretraining gains less: there the loss after fine-tuning levels off.",
    source="section 3.4 and figures 5B and 14",
    statistic="fall of the loss from the first checkpoint to the last, in percent of the first, on other texts minus on "
    "texts of the kind tuned on, mean over seeds",
    unit="points",
    rule=Below(0),
    read_off=-4,
    hindsight="the first rule asked for a rise from the first checkpoint to the last, which the paper's own curve does "
    "not show; nothing had been measured here",
    absent=_NO_TUNING,
)
def longer_outside(records: Records) -> Estimate:
    inside, outside = (_by_length(records, kind) for kind in ("inside", "outside"))
    if len(inside) < 2:
        return NotTested(_NO_TUNING)
    return per_seed(100 * (inside[-1] / inside[0] - outside[-1] / outside[0]))


@claims.paper(
    "DPO is a contrastive loss with a single negative, which is why it expands as contrastive learning does.",
    source="section 3.4",
    statistic="none: an argument about the form of the loss",
    rule=Above(0),
)
def dpo_contrastive(records: Records) -> Estimate:
    return NotTested("an argument about the form of a loss, which no measurement of ours decides")


def _checkpoint(records: Records, stage: str, which: int = -1) -> Record:
    """A checkpoint of a stage, by default the last, with the first of the seeds that answers were sampled with."""
    seed = records.of("series", stage=stage)[0].unit.seed
    return records.of("series", stage=stage, seed=seed)[which]


def _resampled(value: float, low: float, high: float, what: str) -> Estimate:
    """An estimate of one model: its interval is that of the data on which the model was measured."""
    return Estimate(value, min(low, value), max(high, value), f"percentile bootstrap over {what}", n_seeds=1)


def _by_length(records: Records, kind: str) -> NDArray[np.float64]:
    """Mean losses after fine-tuning of the first model, `(revision, seed)`, in the order of its revisions."""
    # Another model differs in more than how long it was pretrained, and may have other tokens.
    model = records.of("fine_tuning")[0].unit.model.name
    losses: dict[str, list[float]] = {}
    for record in records.of("fine_tuning"):
        if record.unit.model.name == model:
            mean = float(record[f"losses_{kind}"].sel(when="after").mean())
            losses.setdefault(record.unit.model.revision, []).append(mean)
    return np.array(list(losses.values()))
