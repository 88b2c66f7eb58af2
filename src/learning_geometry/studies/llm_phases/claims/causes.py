"""Claims about what the transformer's phases need of what the linear model needs, as paired contrasts."""

from learning_geometry.claims import Above, Below, Claims, Estimate, contrast, per_seed
from learning_geometry.records import Records
from learning_geometry.studies.llm_phases._curves import by_seed, fall, turns
from learning_geometry.studies.llm_phases.experiments._free_features import still_rising

claims = Claims(__name__)

_WORDS = {
    "uniform": ("skew (tokens weighted by the inverse of their frequency)", "figure 12a"),
    "squared_error": ("cross-entropy (squared errors instead)", "figure 13"),
    "no_bottleneck": ("a bottleneck (32 characters in 32 dimensions)", "figure 12b"),
}
_SOURCE = "our question; the paper takes causes away in the linear model alone, "
_PAIRED = (
    "fall of RankMe{} from its peak to the last checkpoint, in the reference minus in the training without the cause, same "
    "seeds and steps, located on half of the contexts and measured on the others, mean over seeds"
)


def _difference(records: Records, condition: str, halves: str) -> Estimate:
    trainings = records.select("controls", condition=condition)
    rising = int(still_rising(trainings.step, trainings.rankme.transpose("seed", "step")).sum())
    note = (
        f"without it RankMe still rises at the last step in {rising} of {trainings.sizes['seed']} seeds"
        if rising
        else ""
    )
    reference, without = (by_seed(one, lambda run, _: fall(run, halves)) for one in (records["pretraining"], trainings))
    return contrast({seed: reference[seed] for seed in without}, without, note=note)


def _collapse(records: Records, condition: str) -> Estimate:
    trainings = records.select("controls", condition=condition)
    ratios = {
        int(seed): float(curve[turns(curve).floor] / curve[0])
        for seed, curve in zip(trainings.seed.values, trainings.rankme.transpose("seed", "step").values, strict=True)
    }
    return per_seed(ratios, bounds=(0, 1))


for _condition, (_without, _figure) in _WORDS.items():
    _name = _condition.replace("_", "-")

    @claims.ours(
        f"Without {_without} the representation contracts less within the same steps.",
        source=_SOURCE + _figure,
        statistic=_PAIRED.format(""),
        unit="points",
        rule=Above(0.0),
        matrix="Without one of the causes the representation contracts less within the same steps.",
        id=_name,
    )
    def contracts_less(records: Records, condition: str = _condition) -> Estimate:
        return _difference(records, condition, "rankme_halves")

    @claims.ours(
        f"That is so without the gain of the final norm too: without {_without} the representation contracts less.",
        source=_SOURCE + _figure,
        statistic=_PAIRED.format(" without the gain"),
        unit="points",
        rule=Above(0.0),
        matrix="The same contrasts without the gain of the final norm.",
        id=f"{_name}-without-gain",
    )
    def contracts_less_without_gain(records: Records, condition: str = _condition) -> Estimate:
        return _difference(records, condition, "rankme_without_gain_halves")

    @claims.ours(
        f"Without {_without} the representation collapses all the same.",
        source=f"{_figure}, where a warm-up remains in the linear model; our question for the transformer",
        statistic="RankMe at its floor divided by RankMe before training, mean over seeds",
        rule=Below(0.6),
        matrix="The collapse needs none of the three causes.",
        id=f"{_name}-collapse",
    )
    def collapses(records: Records, condition: str = _condition) -> Estimate:
        return _collapse(records, condition)
