"""How often one of k answers is right, before and after reinforcement learning."""

import numpy as np

from learning_geometry.claims import Above, Below, Claims, Estimate, NotTested
from learning_geometry.records import Records
from learning_geometry.studies.llm_phases.post_training._pass_at_k import CROSSED_AT, crossings, samples_of, solved
from learning_geometry.studies.llm_phases.post_training.claims._changes import LATE_CONTRAST, change_of, gain

claims = Claims(__name__)

_CEILING = 0.95  # pass@256 above which less than a twentieth of the problems is left to tell models apart


@claims.ours(
    "Reinforcement learning with verifiable rewards raises pass@1.",
    source="our measure of what the abstract calls alignment with the reward",
    statistic=change_of("pass@1", "dpo", "rlvr"),
    unit="points",
    rule=Above(0),
)
def rlvr_pass_1(records: Records) -> Estimate:
    return gain(records, "dpo", "rlvr", 1)


@claims.ours(
    "On problems as easy as ours reinforcement learning lowers pass@16, which it raises in the paper's model.",
    source="section 3.4 and figure 5C state the opposite of harder problems",
    statistic=change_of("pass@16", "dpo", "rlvr"),
    unit="points",
    rule=Below(0),
    read_off=3,
    hindsight="the claim was at first charged to the paper, which says the opposite of its model; the rule is the same",
)
def rlvr_pass_16(records: Records) -> Estimate:
    return gain(records, "dpo", "rlvr", 16)


@claims.ours(
    "The curves of pass@k cross: with 64 tries fewer problems are solved after reinforcement learning than before.",
    source="section 3.4 and figure 5C, where the curves meet near 64 tries and part beyond; the choice of 64 is ours",
    statistic=change_of(f"pass@{CROSSED_AT}", "dpo", "rlvr"),
    unit="points",
    rule=Below(0),
    hindsight="two earlier rules looked for a crossing at any k, the second of them where the curves differ by rounding "
    "alone",
)
def rlvr_crossing(records: Records) -> Estimate:
    places = crossings(records)
    middle = f", at k = {np.exp(np.log(places).mean()):.3g} (geometric mean)" if places else ""
    return gain(records, "dpo", "rlvr", CROSSED_AT, f"the curves of {len(places)} seeds cross{middle}")


@claims.paper(
    "Reinforcement learning lowers pass@256.",
    source="section 3.4 and figure 5C; arithmetic instead of competition problems is ours",
    statistic=change_of("pass@256", "dpo", "rlvr"),
    unit="points",
    rule=Below(0),
    read_off=-4,
    hindsight="that a ceiling leaves the claim untested was added later",
)
def rlvr_pass_256(records: Records) -> Estimate:
    k = min(256, samples_of(records))
    before = solved(records, "dpo", k)
    if before.mean() > _CEILING:
        reach = f"{float(before.min()):.3g} to {float(before.max()):.3g}"
        return NotTested(f"before RLVR pass@{k} is {reach} already; it takes problems that leave it below {_CEILING}")
    return gain(records, "dpo", "rlvr", 256)


@claims.control(
    "Reinforcement learning with random rewards does not raise pass@1.",
    of="rlvr-pass-1",
    statistic=change_of("pass@1", "dpo", "random_reward"),
    unit="points",
    rule=Below(0),
    contrast=Below(0),
    hindsight=LATE_CONTRAST,
)
def random_pass_1(records: Records) -> Estimate:
    return gain(records, "dpo", "random_reward", 1)
