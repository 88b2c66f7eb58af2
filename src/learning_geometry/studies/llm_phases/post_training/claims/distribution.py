"""What post-training does to the task that it trains and to all else, and what longer pretraining changes in that."""

import math

from learning_geometry.claims import Above, Below, Claims, Estimate, NotTested, Within, per_seed
from learning_geometry.records import Records
from learning_geometry.studies.llm_phases.post_training.claims._changes import change_of, difference

claims = Claims(__name__)

_INSIDE = "the loss of right answers to held-out numbers"
_OUTSIDE = "the loss on held-out source code"
_ABSTRACT = (
    "abstract, a sentence on SFT and DPO for which the paper shows no losses before and after; task and text are ours"
)

_LONGER = "With longer pretraining fine-tuning does worse, and more harm, on other text."

for _training, _name in (("sft", "Supervised fine-tuning"), ("dpo", "Preference optimisation")):
    for _where, _loss, _quantity, _statement, _rule in (
        ("inside", "loss", _INSIDE, "improves the kind of problem that it trains", Below(0)),
        ("outside", "text_loss", _OUTSIDE, "harms what it does not train", Above(0)),
    ):

        @claims.paper(
            f"{_name} {_statement}.",
            id=f"{_training}-{_where}",
            source=_ABSTRACT,
            statistic=change_of(_quantity, _training),
            unit="nats a token",
            rule=_rule,
            matrix=f"{_name} improves what it trains and harms what it does not.",
        )
        def change_of_loss(records: Records, loss: str = _loss, training: str = _training) -> Estimate:
            return difference(records, loss, training)


@claims.control(
    "As many steps on the model's own answers teach it nothing.",
    of="sft-inside",
    statistic=change_of(_INSIDE, "own_answers"),
    unit="nats a token",
    rule=Within(0, 0.05),
    contrast=Above(0),
)
def own_answers_inside(records: Records) -> Estimate:
    return difference(records, "loss", "own_answers")


_LAST_MINUS_FIRST = "of the base pretrained longest minus that of the one pretrained shortest, mean over seeds"


@claims.paper(
    "The longer a model was pretrained, the lower its loss after fine-tuning on the task that it was tuned on.",
    source="section 3.4 and figures 5B and 14, of OLMo-2-1B; task and text are ours",
    statistic=f"{_INSIDE} after SFT, {_LAST_MINUS_FIRST}",
    unit="nats a token",
    rule=Below(0),
)
def longer_base_inside(records: Records) -> Estimate:
    return _longest_minus_shortest(records, "loss")


@claims.paper(
    "On another kind of text longer pretraining makes the loss after fine-tuning higher.",
    source="section 3.4 and figure 14, of OLMo-2-1B; the caption of figure 5B says that it saturates",
    statistic=f"{_OUTSIDE} after SFT, {_LAST_MINUS_FIRST}",
    unit="nats a token",
    rule=Above(0),
    matrix=_LONGER,
)
def longer_base_outside(records: Records) -> Estimate:
    return _longest_minus_shortest(records, "text_loss")


@claims.paper(
    "Models that were pretrained longer are harmed more by fine-tuning.",
    source="section 3.4, of overtrained models; the measure is ours",
    statistic=f"rise of {_OUTSIDE} under SFT, {_LAST_MINUS_FIRST}",
    unit="nats a token",
    rule=Above(0),
    matrix=_LONGER,
)
def longer_base_harm(records: Records) -> Estimate:
    return _longest_minus_shortest(records, "text_loss", less_before=True)


@claims.paper(
    "Longer pretraining goes with a higher RankMe of the base.",
    source="section 3.4, of the checkpoints of OLMo-2-1B that are fine-tuned",
    statistic="RankMe on the pretraining mixture, of the base pretrained longest in percent of the one pretrained shortest, "
    "mean over seeds",
    unit="%",
    rule=Above(0),
)
def longer_base_rankme(records: Records) -> Estimate:
    values = records["stages", "lengths"].rankme.sel(when="before", probe="mixture", drop=True).dropna("seed")
    if values.sizes["pretrained"] < 2:
        return NotTested("no seed has base models of several lengths")
    ratio = values.isel(pretrained=-1, drop=True) / values.isel(pretrained=0, drop=True)
    return per_seed(100 * (ratio - 1), bounds=(-100, math.inf))


@claims.paper(
    "The longer a model was pretrained, the more its answers after fine-tuning on one set differ from those after fine-tuning "
    "on another: the win rate falls from 14 % to 9 %.",
    source="section 3.4 and figures 5B and 14",
    statistic="win rate of OLMo-2-1B tuned on Anthropic-HH against the same tuned on Alpaca-farm, longest minus shortest",
    unit="points",
    rule=Below(0),
    printed=-5,
)
def win_rate(records: Records) -> Estimate:
    return NotTested("it takes models that follow instructions, and another that judges their answers")


def _longest_minus_shortest(records: Records, loss: str, *, less_before: bool = False) -> Estimate:
    values = records["stages", "lengths"][loss].dropna("seed")
    if values.sizes["pretrained"] < 2:
        return NotTested("no seed has base models of several lengths")
    after = values.sel(when="after", drop=True)
    if less_before:
        after = after - values.sel(when="before", drop=True)
    return per_seed(after.isel(pretrained=-1, drop=True) - after.isel(pretrained=0, drop=True))
