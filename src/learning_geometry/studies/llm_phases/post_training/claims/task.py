"""Whether the test is a fair one: the base can do the task, and is far from having nothing left to learn."""

from learning_geometry.claims import Above, Below, Claims, Estimate, per_seed
from learning_geometry.records import Records
from learning_geometry.studies.llm_phases.post_training._pass_at_k import solved

claims = Claims(__name__)

_ROOM = "There is room to win or lose at many tries, for the base and for the model before RLVR."


@claims.ours(
    "The base model has learned the task from its noisy text: it sorts numbers that it never saw.",
    statistic="pass@1 of the base on held-out numbers, mean over seeds; chance is below a thousandth",
    rule=Above(0.02),
)
def base_has_learnt(records: Records) -> Estimate:
    return per_seed(solved(records, "base", 1).sel(k=1), bounds=(0, 1))


@claims.ours(
    "It leaves room at many tries as well, so that a stage can win or lose there.",
    statistic="pass@256 of the base on held-out numbers, mean over seeds",
    rule=Below(0.95),
    matrix=_ROOM,
)
def base_has_room(records: Records) -> Estimate:
    return per_seed(solved(records, "base", 256).sel(k=256), bounds=(0, 1))


@claims.ours(
    "So does the model that reinforcement learning starts from.",
    statistic="pass@256 after DPO on held-out numbers, mean over seeds",
    rule=Below(0.95),
    matrix=_ROOM,
)
def dpo_has_room(records: Records) -> Estimate:
    return per_seed(solved(records, "dpo", 256).sel(k=256), bounds=(0, 1))
