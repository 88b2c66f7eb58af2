"""How different the answers of a model are."""

from learning_geometry.claims import Above, Below, Claims, Estimate, per_seed
from learning_geometry.records import Records
from learning_geometry.studies.llm_phases.post_training.claims._changes import change_of, difference, gain
from learning_geometry.studies.llm_phases.post_training.experiments.stages import BEFORE

claims = Claims(__name__)

_DISTINCT = "the number of different answers among the samples of a problem"
_ENTROPY = "the entropy along right answers"


@claims.paper(
    "Reinforcement learning makes answers less diverse.",
    source="abstract and key takeaway of section 3.4; the measure is ours",
    statistic=change_of(_DISTINCT, "rlvr"),
    rule=Below(0),
)
def rlvr_diversity(records: Records) -> Estimate:
    return _distinct(records, "rlvr")


@claims.control(
    "Rewards that say nothing of the answer do not.",
    of="rlvr-diversity",
    statistic=change_of(_DISTINCT, "shuffled_rewards"),
    rule=Above(-3),
    contrast=Above(0),
)
def shuffled_diversity(records: Records) -> Estimate:
    return _distinct(records, "shuffled_rewards")


@claims.ours(
    "Reinforcement learning makes answers more certain.",
    statistic=change_of(_ENTROPY, "rlvr"),
    unit="nats a token",
    rule=Below(0),
)
def rlvr_entropy(records: Records) -> Estimate:
    return difference(records, "entropy", "rlvr")


@claims.control(
    "Rewards that say nothing of the answer do not make them so.",
    of="rlvr-entropy",
    statistic=change_of(_ENTROPY, "shuffled_rewards"),
    unit="nats a token",
    rule=Above(-0.1),
    contrast=Above(0),
)
def shuffled_entropy(records: Records) -> Estimate:
    return difference(records, "entropy", "shuffled_rewards")


@claims.ours(
    "Supervised fine-tuning makes answers less diverse as well.",
    statistic=change_of(_DISTINCT, "sft"),
    rule=Below(0),
)
def sft_diversity(records: Records) -> Estimate:
    return _distinct(records, "sft")


@claims.ours(
    "Preference optimisation loses more of what is in reach than any other stage: it lowers pass@256.",
    statistic=change_of("pass@256", "dpo"),
    unit="points",
    rule=Below(0),
)
def dpo_pass_256(records: Records) -> Estimate:
    return gain(records, "dpo", 256)


@claims.control(
    "Preferences that a coin decides lower it by less.",
    of="dpo-pass-256",
    statistic=change_of("pass@256", "coin"),
    unit="points",
    rule=Above(-8),
    contrast=Above(0),
)
def coin_pass_256(records: Records) -> Estimate:
    return gain(records, "coin", 256)


def _distinct(records: Records, after: str) -> Estimate:
    distinct = records["stages", "samples"].distinct.mean("problem", skipna=False)
    change = distinct.sel(model=after, drop=True) - distinct.sel(model=BEFORE[after], drop=True)
    return per_seed(change.dropna("seed"))
