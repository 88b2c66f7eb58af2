"""How different the answers of a model are."""

import math

from learning_geometry.claims import Below, Claims, Estimate, per_seed
from learning_geometry.records import Records
from learning_geometry.studies.llm_phases.post_training.claims._changes import change_of, difference, gain

claims = Claims(__name__)

_DISTINCT = "the number of different answers among the samples of a problem, as a factor"


@claims.paper(
    "Reinforcement learning makes answers less diverse.",
    source="abstract; the measure is ours",
    statistic=change_of(_DISTINCT, "dpo", "rlvr"),
    rule=Below(1),
)
def rlvr_diversity(records: Records) -> Estimate:
    return _factor(records, "dpo", "rlvr")


@claims.ours(
    "Reinforcement learning makes answers more certain.",
    statistic=change_of("the entropy of the answer", "dpo", "rlvr"),
    unit="nats",
    rule=Below(0),
)
def rlvr_entropy(records: Records) -> Estimate:
    return difference(records, "entropy", "dpo", "rlvr")


@claims.ours(
    "Supervised fine-tuning makes answers less diverse as well.",
    statistic=change_of(_DISTINCT, "base", "sft"),
    rule=Below(1),
)
def sft_diversity(records: Records) -> Estimate:
    return _factor(records, "base", "sft")


@claims.ours(
    "Preference optimisation lowers pass@16 as well.",
    statistic=change_of("pass@16", "sft", "dpo"),
    unit="points",
    rule=Below(0),
)
def dpo_pass_16(records: Records) -> Estimate:
    return gain(records, "sft", "dpo", 16)


def _factor(records: Records, before: str, after: str) -> Estimate:
    distinct = records["stages", "samples"].distinct.mean("sum")
    return per_seed(distinct.sel(model=after) / distinct.sel(model=before), bounds=(0, math.inf))
