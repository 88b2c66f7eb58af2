"""What post-training does to the kind of problem that it trains, and to another."""

from learning_geometry.claims import Above, Below, Claims, Estimate
from learning_geometry.records import Records
from learning_geometry.studies.llm_phases.post_training.claims._changes import LATE_CONTRAST, change_of, difference

claims = Claims(__name__)

_SUMS, _SUBTRACTIONS = (f"loss on the right answers of held-out {kind}" for kind in ("sums", "subtractions"))

for _before, _after, _name in (("base", "sft", "Supervised fine-tuning"), ("sft", "dpo", "Preference optimisation")):
    for _where, _loss, _quantity, _statement, _rule in (
        ("inside", "loss", _SUMS, "improves the kind of problem that it trains", Below(0)),
        ("outside", "ood_loss", _SUBTRACTIONS, "harms another kind of problem", Above(0)),
    ):

        @claims.paper(
            f"{_name} {_statement}.",
            id=f"{_after}-{_where}",
            source="abstract, a sentence on SFT and DPO for which the paper shows no losses; arithmetic is ours",
            statistic=change_of(_quantity, _before, _after),
            unit="nats",
            rule=_rule,
        )
        def change_of_loss(records: Records, loss: str = _loss, before: str = _before, after: str = _after) -> Estimate:
            return difference(records, loss, before, after)


@claims.control(
    "Fine-tuning on the answers of other problems teaches no sums.",
    of="sft-inside",
    statistic=change_of(_SUMS, "base", "shuffled"),
    unit="nats",
    rule=Above(0),
    contrast=Above(0),
    hindsight=LATE_CONTRAST,
)
def shuffled_inside(records: Records) -> Estimate:
    return difference(records, "loss", "base", "shuffled")
