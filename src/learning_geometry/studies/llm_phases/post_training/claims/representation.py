"""What the stages and their controls do to RankMe and alpha-ReQ."""

import math

from learning_geometry.claims import Above, Below, Claims, Estimate, Rule, Within, contrast, per_seed
from learning_geometry.records import Records
from learning_geometry.studies.llm_phases.post_training.claims._changes import (
    change_of,
    difference,
    percent,
    percents,
    trend,
)

claims = Claims(__name__)

_OURS = "the paper measures on web text, we on held-out windows of the pretraining mixture"
_RANKME = "RankMe on the pretraining mixture, in percent of the model before"
_ALPHA = "alpha-ReQ on the pretraining mixture"
_PROMPTS = "At the end of the prompts that are trained, reinforcement learning lowers RankMe, and it is the reward that does it."

for _training, _statement, _rule, _read_off, _headline in (
    ("sft", "Supervised fine-tuning raises RankMe.", Above(0), 39, True),
    ("dpo", "Preference optimisation raises RankMe further.", Above(0), 28, False),
    ("rlvr", "Reinforcement learning with verifiable rewards lowers RankMe.", Below(0), -8, True),
):

    @claims.paper(
        _statement,
        id=f"{_training}-rankme",
        source=f"abstract, section 3.4 and figure 5A; {_OURS}",
        statistic=change_of(_RANKME, _training),
        unit="%",
        rule=_rule,
        read_off=_read_off,
        headline=_headline,
    )
    def change_of_rankme(records: Records, training: str = _training) -> Estimate:
        return percent(records, training)


for _training, _statement, _rule in (
    ("sft", "Within supervised fine-tuning RankMe rises monotonically.", Above(0.7)),
    ("dpo", "Within preference optimisation RankMe rises monotonically.", Above(0.7)),
    ("rlvr", "Within reinforcement learning RankMe falls monotonically.", Below(-0.7)),
):

    @claims.paper(
        _statement,
        id=f"{_training}-monotone",
        source="section 3.4 and figure 5A; the measure and its threshold are ours",
        statistic="Spearman's correlation of RankMe on the pretraining mixture with the step, over the start and seven "
        "points of the stage, mean over seeds",
        rule=_rule,
        matrix="RankMe rises monotonically in SFT and DPO, and falls monotonically in RLVR.",
    )
    def trend_of_rankme(records: Records, training: str = _training) -> Estimate:
        return trend(records["stages", "path"].rankme.sel(model=training, drop=True))


for _training, _statement, _rule in (
    ("sft", "Supervised fine-tuning lowers alpha-ReQ.", Below(0)),
    ("dpo", "Preference optimisation lowers alpha-ReQ further.", Below(0)),
    ("rlvr", "Reinforcement learning with verifiable rewards raises alpha-ReQ.", Above(0)),
):

    @claims.paper(
        _statement,
        id=f"{_training}-alpha",
        source=f"section 3.4, key takeaway; {_OURS}",
        statistic=change_of(_ALPHA, _training),
        rule=_rule,
        matrix="SFT and DPO lower alpha-ReQ, RLVR raises it.",
    )
    def change_of_alpha(records: Records, training: str = _training) -> Estimate:
        return difference(records, "alpha", training)


_CONTROLS: tuple[tuple[str, str, str, Rule, Rule], ...] = (
    (
        "own_answers",
        "sft",
        "As many steps on the model's own answers leave RankMe where it was.",
        Within(0, 1),
        Below(0),
    ),
    ("continued", "sft", "As many steps of more pretraining raise RankMe by less.", Below(3), Below(0)),
    ("shuffled_answers", "sft", "The answers of other problems do not raise RankMe.", Below(0), Below(0)),
    ("coin", "dpo", "Preferences that a coin decides do not raise RankMe.", Below(1), Below(0)),
)

for _training, _of, _statement, _own_rule, _contrast in _CONTROLS:

    @claims.control(
        _statement,
        of=f"{_of}-rankme",
        id=f"{_training.replace('_', '-')}-rankme",
        statistic=change_of(_RANKME, _training),
        unit="%",
        rule=_own_rule,
        contrast=_contrast,
    )
    def change_without_signal(records: Records, training: str = _training) -> Estimate:
        return percent(records, training)


@claims.ours(
    "On source code alone, without the task, supervised fine-tuning does not move RankMe.",
    statistic=change_of("RankMe on held-out windows of source code, in percent of the model before", "sft"),
    unit="%",
    rule=Within(0, 0.5),
)
def sft_text(records: Records) -> Estimate:
    return percent(records, "sft", "text")


for _training, _name in (("sft", "SFT"), ("dpo", "DPO")):
    for _share in (0.1, 0.25, 0.75, 0.9):

        @claims.ours(
            f"{_name} raises RankMe also where {100 * _share:.0f} % of the windows are of the task.",
            id=f"{_training}-share-{_share}",
            statistic=change_of(
                f"RankMe on a mixture with {100 * _share:.0f} % task windows, in percent of the model before", _training
            ),
            unit="%",
            rule=Above(0),
            matrix="SFT and DPO raise RankMe whatever the share of task windows in the probe.",
        )
        def change_at_share(records: Records, training: str = _training, share: float = _share) -> Estimate:
            values = records["stages", "models"].rankme_mixed.sel(task_share=share, drop=True)
            before = {"sft": "base", "dpo": "sft"}[training]
            ratio = values.sel(model=training, drop=True) / values.sel(model=before, drop=True)
            return per_seed(100 * (ratio - 1).dropna("seed"), bounds=(-100, math.inf))


@claims.ours(
    "The sign of preference optimisation depends on the pairs: against its own mistakes, with right answers that it did not "
    "give itself, and without averaging over tokens, it lowers RankMe.",
    statistic=change_of(_RANKME, "plain_dpo"),
    unit="%",
    rule=Below(0),
)
def plain_dpo_rankme(records: Records) -> Estimate:
    return percent(records, "plain_dpo")


@claims.ours(
    "Reinforcement learning after the other stages hardly moves RankMe.",
    statistic=change_of(_RANKME, "rlvr"),
    unit="%",
    rule=Within(0, 2),
)
def rlvr_still(records: Records) -> Estimate:
    return percent(records, "rlvr")


@claims.ours(
    "Reinforcement learning straight from the base raises RankMe, as fine-tuning does.",
    source="section 3.4 says that reinforcement learning compresses; its model had been through the other stages",
    statistic=change_of(_RANKME, "rlvr_base"),
    unit="%",
    rule=Above(0),
)
def rlvr_base_rankme(records: Records) -> Estimate:
    return percent(records, "rlvr_base")


@claims.control(
    "It does so only where rewards say which answer was right.",
    of="rlvr-base-rankme",
    statistic=change_of(_RANKME, "shuffled_base"),
    unit="%",
    rule=Below(1),
    contrast=Below(0),
)
def shuffled_base_rankme(records: Records) -> Estimate:
    return percent(records, "shuffled_base")


@claims.ours(
    "At the end of the prompts that are trained, reinforcement learning lowers RankMe.",
    source="section 3.4 says so of web text",
    statistic=change_of("RankMe at the last token of held-out prompts, in percent of the model before", "rlvr"),
    unit="%",
    rule=Below(0),
    matrix=_PROMPTS,
)
def rlvr_prompts(records: Records) -> Estimate:
    return percent(records, "rlvr", "prompts")


@claims.ours(
    "There it is the reward that lowers RankMe, not the training as such.",
    statistic="RankMe at the last token of held-out prompts, change under RLVR minus change under RLVR with shuffled rewards, "
    "mean over seeds",
    unit="points",
    rule=Below(0),
    matrix=_PROMPTS,
)
def rlvr_prompts_reward(records: Records) -> Estimate:
    return contrast(percents(records, "rlvr", "prompts"), percents(records, "shuffled_rewards", "prompts"))
