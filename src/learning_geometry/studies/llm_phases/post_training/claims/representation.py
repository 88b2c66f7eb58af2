"""What the stages and their controls do to RankMe and alpha-ReQ."""

from learning_geometry.claims import Above, Below, Claims, Estimate
from learning_geometry.records import Records
from learning_geometry.studies.llm_phases.post_training.claims._changes import LATE_CONTRAST, change_of, percent

claims = Claims(__name__)

_OURS = "the paper measures on web text, we on held-out prompts"
_RANKME = "RankMe at the last token of held-out prompts, in percent of the model before"
_ALPHA = _RANKME.replace("RankMe", "alpha-ReQ")
_LATE = "at first only RankMe was judged, half of what the paper states"
_UNLIKE = "this training destroys what the model knows, which {} does not; a difference would compare unlike models"

for _before, _after, _statement, _rule, _read_off, _headline in (
    ("base", "sft", "Supervised fine-tuning raises RankMe.", Above(0), 39, True),
    ("sft", "dpo", "Preference optimisation raises RankMe further.", Above(0), 28, False),
    ("dpo", "rlvr", "Reinforcement learning with verifiable rewards lowers RankMe.", Below(0), -8, True),
):

    @claims.paper(
        _statement,
        id=f"{_after}-rankme",
        source=f"abstract, section 3.4 and figure 5A; {_OURS}",
        statistic=change_of(_RANKME, _before, _after),
        unit="%",
        rule=_rule,
        read_off=_read_off,
        headline=_headline,
    )
    def change_of_rankme(records: Records, before: str = _before, after: str = _after) -> Estimate:
        return percent(records, "rankme", before, after)


for _before, _after, _statement, _rule in (
    ("base", "sft", "Supervised fine-tuning lowers alpha-ReQ.", Below(0)),
    ("sft", "dpo", "Preference optimisation lowers alpha-ReQ further.", Below(0)),
    ("dpo", "rlvr", "Reinforcement learning with verifiable rewards raises alpha-ReQ.", Above(0)),
):

    @claims.paper(
        _statement,
        id=f"{_after}-alpha",
        source=f"key takeaway of section 3.4; {_OURS}",
        statistic=change_of(_ALPHA, _before, _after),
        unit="%",
        rule=_rule,
        hindsight=_LATE,
    )
    def change_of_alpha(records: Records, before: str = _before, after: str = _after) -> Estimate:
        return percent(records, "alpha", before, after)


@claims.control(
    "As many steps of more pretraining do not raise RankMe.",
    of="sft-rankme",
    statistic=change_of(_RANKME, "base", "continued"),
    unit="%",
    rule=Below(2),
    contrast=Below(0),
    hindsight=LATE_CONTRAST,
)
def continued_rankme(records: Records) -> Estimate:
    return percent(records, "rankme", "base", "continued")


@claims.control(
    "As many steps of more pretraining do not lower alpha-ReQ.",
    of="sft-alpha",
    statistic=change_of(_ALPHA, "base", "continued"),
    unit="%",
    rule=Above(-2),
    contrast=Above(0),
    hindsight=_LATE,
)
def continued_alpha(records: Records) -> Estimate:
    return percent(records, "alpha", "base", "continued")


@claims.control(
    "Fine-tuning on the answers of other problems does not raise RankMe.",
    of="sft-rankme",
    statistic=change_of(_RANKME, "base", "shuffled"),
    unit="%",
    rule=Below(0),
    uncontrasted=_UNLIKE.format("SFT"),
)
def shuffled_rankme(records: Records) -> Estimate:
    return percent(records, "rankme", "base", "shuffled")


@claims.control(
    "Reinforcement learning with random rewards does not lower RankMe.",
    of="rlvr-rankme",
    statistic=change_of(_RANKME, "dpo", "random_reward"),
    unit="%",
    rule=Above(0),
    uncontrasted=_UNLIKE.format("RLVR"),
)
def random_rankme(records: Records) -> Estimate:
    return percent(records, "rankme", "dpo", "random_reward")
