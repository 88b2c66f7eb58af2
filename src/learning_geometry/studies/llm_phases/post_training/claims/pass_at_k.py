"""How often one of k answers is right, before and after reinforcement learning."""

from learning_geometry.claims import Above, Below, Claims, Estimate, per_seed
from learning_geometry.records import Records
from learning_geometry.studies.llm_phases.post_training._pass_at_k import gained, pass_at
from learning_geometry.studies.llm_phases.post_training.claims._changes import change_of, gain, trend

claims = Claims(__name__)

_FIGURE = "section 3.4 and figure 5C, on competition problems; sorting is ours"
_MODAL = "Training on the model's own most probable answers narrows as well, and more than reinforcement learning does."


@claims.paper(
    "Reinforcement learning with verifiable rewards makes rewarded answers more probable.",
    source="abstract, which calls it alignment with the reward; pass@1 as its measure is ours",
    statistic=change_of("pass@1", "rlvr"),
    unit="points",
    rule=Above(0),
)
def rlvr_pass_1(records: Records) -> Estimate:
    return gain(records, "rlvr", 1)


@claims.paper(
    "After reinforcement learning more problems are solved in 16 tries.",
    source=_FIGURE,
    statistic=change_of("pass@16", "rlvr"),
    unit="points",
    rule=Above(0),
    read_off=3,
)
def rlvr_pass_16(records: Records) -> Estimate:
    return gain(records, "rlvr", 16)


@claims.paper(
    "After reinforcement learning fewer problems are solved in 256 tries.",
    source=_FIGURE,
    statistic=change_of("pass@256", "rlvr"),
    unit="points",
    rule=Below(0),
    read_off=-4,
)
def rlvr_pass_256(records: Records) -> Estimate:
    return gain(records, "rlvr", 256)


@claims.paper(
    "pass@256 declines as reinforcement learning progresses.",
    source=_FIGURE,
    statistic="Spearman's correlation of pass@256 with the step of RLVR, over its start and seven points, mean over seeds",
    rule=Below(0),
)
def rlvr_decline(records: Records) -> Estimate:
    probability = records["stages", "path"].probability.sel(model="rlvr", drop=True)
    return trend(pass_at(probability, 256).sel(k=256, drop=True))


@claims.ours(
    "The curve of pass@k tilts: reinforcement learning gains more in few tries than in many.",
    source="section 3.4 and figure 5C say that it wins at 16 and loses at 256; the difference of the two gains is ours",
    statistic="gain in pass@16 minus gain in pass@256, from DPO to RLVR, mean over seeds",
    unit="points",
    rule=Above(0),
)
def rlvr_tilt(records: Records) -> Estimate:
    return _tilt(records, "rlvr")


@claims.control(
    "Rewards that say nothing of the answer do not tilt it.",
    of="rlvr-tilt",
    statistic="gain in pass@16 minus gain in pass@256, from DPO to RLVR with shuffled rewards, mean over seeds",
    unit="points",
    rule=Below(3),
    contrast=Below(0),
)
def shuffled_tilt(records: Records) -> Estimate:
    return _tilt(records, "shuffled_rewards")


@claims.control(
    "Rewards that say nothing of the answer do not make right answers more probable.",
    of="rlvr-pass-1",
    statistic=change_of("pass@1", "shuffled_rewards"),
    unit="points",
    rule=Below(0),
    contrast=Below(0),
)
def shuffled_pass_1(records: Records) -> Estimate:
    return gain(records, "shuffled_rewards", 1)


@claims.ours(
    "It is the reward that narrows: with true rewards fewer problems are solved in 256 tries than with shuffled ones.",
    statistic="pass@256 after RLVR minus after RLVR with shuffled rewards, mean over seeds",
    unit="points",
    rule=Below(0),
)
def reward_narrows(records: Records) -> Estimate:
    return gain(records, "rlvr", 256, before="shuffled_rewards")


@claims.ours(
    "Training on the model's own most probable answers, without any reward, narrows as well.",
    statistic=change_of("pass@256", "modal"),
    unit="points",
    rule=Below(0),
    matrix=_MODAL,
)
def modal_pass_256(records: Records) -> Estimate:
    return gain(records, "modal", 256)


@claims.ours(
    "It narrows more than reinforcement learning does.",
    statistic="pass@256 after RLVR minus after SFT on the modal answers, mean over seeds",
    unit="points",
    rule=Above(0),
    matrix=_MODAL,
)
def rlvr_above_modal(records: Records) -> Estimate:
    return gain(records, "rlvr", 256, before="modal")


for _k, _rule, _statement in (
    (16, Above(0), "From the base to the end of all stages, more problems are solved in 16 tries."),
    (256, Below(0), "From the base to the end of all stages, fewer problems are solved in 256 tries."),
):

    @claims.ours(
        _statement,
        id=f"course-pass-{_k}",
        statistic=change_of(f"pass@{_k}", "rlvr", "base"),
        unit="points",
        rule=_rule,
        matrix="From the base to the end of all stages pass@k rises at 16 tries and falls at 256.",
    )
    def gain_of_course(records: Records, k: int = _k) -> Estimate:
        return gain(records, "rlvr", k, before="base")


def _tilt(records: Records, training: str) -> Estimate:
    gains = gained(records, "dpo", training, [16, 256])
    return per_seed(gains.sel(k=16, drop=True) - gains.sel(k=256, drop=True), bounds=(-200, 200))
