"""Claims about released series of checkpoints, for those who trace them."""

from learning_geometry.claims import Above, Below, Claims, Estimate, NotTested, per_seed, share
from learning_geometry.records import Records
from learning_geometry.studies.llm_phases._curves import THREE, alpha_lead, series, turns
from learning_geometry.studies.llm_phases._published import ASYMMETRY_10, ASYMMETRY_50

claims = Claims(__name__)

_ABSENT = "no released checkpoints are traced at this scale; name them in `traced`"
_EXPENDABLE = "On SciQ the ten, and the fifty, leading directions are expendable and not sufficient."


@claims.paper(
    "The released checkpoints of Pythia and OLMo-2 go through the three phases.",
    source="abstract, section 3.1 and figure 2",
    statistic="share of traced series in which the phase finder finds first collapse, then expansion, then compression",
    rule=Above(0.5),
    absent=_ABSENT,
)
def series_phases(records: Records) -> Estimate:
    traced = series(records)
    # OLMo-2 expands and contracts once more, late in training: what follows the three phases does not count.
    begun = [tuple(phase.name for phase in one.phases[:3]) == THREE for one in traced]
    return share(begun, by_seed=[one.model for one in traced])


@claims.ours(
    "In the released checkpoints alpha-ReQ turns before RankMe peaks.",
    source="read off figure 2; the text does not say it",
    statistic="log10 of the step of alpha-ReQ's minimum over the step of RankMe's peak, mean over series",
    unit="decades of steps",
    rule=Below(0.0),
    absent=_ABSENT,
)
def series_alpha_first(records: Records) -> Estimate:
    traced = [(one, one.checkpoints) for one in series(records) if len(one.time) > 2]
    return per_seed({one.model: alpha_lead(one.time, own.alpha, turns(own.rankme)) for one, own in traced})


def _asymmetry(records: Records, which: int) -> Estimate:
    """Of the numbers of directions the one at this place: the paper's are ten and fifty."""
    answered = {one.model: one.checkpoints for one in series(records) if "choices_after" in one.checkpoints}
    if not answered:
        return NotTested("the traced series were asked no questions; name some in `questions`")
    last = {model: own.choices_after.isel(checkpoint=-1, n_directions=which) for model, own in answered.items()}
    return per_seed(
        {model: left.sel(projection="removed") - left.sel(projection="retained") for model, left in last.items()}
    )


@claims.paper(
    "On SciQ the tail of the spectrum carries the task and the ten leading directions are expendable.",
    source="section 5 and table 8, top 10",
    statistic="accuracy without the leading ten directions minus with them alone, at the last checkpoint, mean over series",
    rule=Above(0.5),
    matrix=_EXPENDABLE,
    printed=round(ASYMMETRY_10, 3),
    absent=_ABSENT,
)
def series_directions(records: Records) -> Estimate:
    return _asymmetry(records, 0)


@claims.paper(
    "So are the fifty leading directions.",
    source="section 5 and table 8, top 50",
    statistic="accuracy without the leading fifty directions minus with them alone, at the last checkpoint, mean over series",
    rule=Above(0.5),
    matrix=_EXPENDABLE,
    printed=round(ASYMMETRY_50, 3),
    absent=_ABSENT,
)
def series_directions_50(records: Records) -> Estimate:
    return _asymmetry(records, -1)


for _id, _statement, _source, _statistic, _rule, _reason in (
    (
        "gradient-norm",
        "The norm of the gradient falls nearly monotonically, so that it does not show the phases.",
        "section 3.1 and figure 2",
        "largest rise of the gradient's norm above what it had reached before, in percent of it",
        Below(5.0),
        "our trainings do not record the norm of the gradient",
    ),
    (
        "later-stretches",
        "OLMo-2-7B expands and contracts once more, late in training.",
        "section 3.1 and figure 2",
        "number of phases that the phase finder finds in OLMo-2-7B",
        Above(3.0),
        "it takes trillions of tokens, or the checkpoints of OLMo-2-7B, which `traced` can name",
    ),
    (
        "below-a-billion",
        "Pythia models below a billion weights go through the phases as well.",
        "section 3.1 and figure 11",
        "share of these models in which the phase finder finds first collapse, then expansion, then compression",
        Above(0.5),
        "it takes their checkpoints, which `traced` can name; our model has a tenth of a million weights",
    ),
    (
        "sciq-both-phases",
        "Zero-shot accuracy on SciQ improves through both phases, expansion and compression.",
        "section 3.2 and figure 3B",
        "gain in accuracy on SciQ from RankMe's peak to the last checkpoint",
        Above(0.0),
        "our model answers no questions; its next tokens, sorted by reach, stand in for them",
    ),
    (
        "trivia-late",
        "Accuracy on TriviaQA rises suddenly when memorisation saturates.",
        "section 3.2 and figure 3B",
        "share of the gain in accuracy on TriviaQA that comes after memorisation has levelled off",
        Above(0.5),
        "our model answers no questions, and its memorisation has not saturated",
    ),
    (
        "ten-thousand-samples",
        "About ten thousand samples are needed to estimate RankMe and alpha-ReQ.",
        "limitations",
        "distance of RankMe on ten thousand texts from that on fifteen thousand, in percent",
        Below(5.0),
        "of models with thousands of dimensions; ours have thirty-two, for which a thousand contexts do",
    ),
):

    @claims.paper(
        _statement,
        source=_source,
        statistic=_statistic,
        rule=_rule,
        matrix="What else the paper says of its models is not tested here.",
        id=_id,
    )
    def of_its_models(records: Records, reason: str = _reason) -> Estimate:
        return NotTested(reason)
