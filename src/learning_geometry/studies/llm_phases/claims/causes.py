"""Claims about what the compression of a transformer needs of what the linear model needs."""

from learning_geometry.claims import Above, Below, Claims, Estimate, NotTested, per_seed
from learning_geometry.records import Records
from learning_geometry.studies.llm_phases._curves import by_seed, fall
from learning_geometry.studies.llm_phases.claims._trainings import FALL
from learning_geometry.studies.llm_phases.experiments._free_features import still_rising

claims = Claims(__name__)

_SOURCE = "our question; the paper takes causes away in the linear model alone, "
_CHANGED = (
    "A run whose RankMe still rises at its last step used to count as a fall of zero; now the claim is not tested then. The "
    "comparison with the reference at the same step is new."
)


@claims.ours(
    "The reference has begun to contract by the step at which the trainings that lack a cause end.",
    statistic=FALL + "; the reference read at the other trainings' checkpoints, linearly interpolated between its own",
    unit="%",
    rule=Above(0.0),
    hindsight="Added when the trainings were found to end before much of the reference's compression.",
)
def early_compression(records: Records) -> Estimate:
    early = records["pretraining"][["rankme", "rankme_halves"]].interp(step=records["controls"].step)
    return per_seed(by_seed(early, lambda run, _: fall(run)))


def _fall_without(records: Records, condition: str) -> Estimate:
    trainings = records["controls"].sel(condition=condition)
    rising = int(still_rising(trainings.step, trainings.rankme.transpose("seed", "step")).sum())
    if rising:
        return NotTested(f"RankMe still rises at the last step in {rising} of {trainings.sizes['seed']} seeds")
    return per_seed(by_seed(trainings, lambda run, _: fall(run)))


@claims.control(
    "Without a bottleneck (as many dimensions as tokens) the compression is lost.",
    of="early-compression",
    source=_SOURCE + "figure 12b; here 32 characters take the place of 1,024 tokens",
    statistic=FALL,
    unit="%",
    rule=Below(2.0),
    contrast=Below(0.0),
    hindsight=_CHANGED,
)
def no_bottleneck(records: Records) -> Estimate:
    return _fall_without(records, "no_bottleneck")


@claims.control(
    "With uniform targets (tokens weighted by the inverse of their frequency) the compression is lost.",
    of="early-compression",
    source=_SOURCE + "figure 12a",
    statistic=FALL,
    unit="%",
    rule=Below(2.0),
    contrast=Below(0.0),
    hindsight=_CHANGED,
)
def uniform(records: Records) -> Estimate:
    return _fall_without(records, "uniform")


@claims.control(
    "With squared errors instead of cross-entropy the compression is lost.",
    of="early-compression",
    source=_SOURCE + "figure 13",
    statistic=FALL,
    unit="%",
    rule=Below(2.0),
    contrast=Below(0.0),
    hindsight=_CHANGED,
)
def squared_error(records: Records) -> Estimate:
    return _fall_without(records, "squared_error")
