"""Claims about released series of checkpoints, for those who trace them."""

from learning_geometry.claims import Above, Below, Claims, Estimate, NotTested, per_seed, share
from learning_geometry.records import Records
from learning_geometry.studies.llm_phases._curves import THREE, alpha_lead, series, turns
from learning_geometry.studies.llm_phases._published import ASYMMETRY_10, ASYMMETRY_50

claims = Claims(__name__)

_ABSENT = "no released checkpoints are traced at this scale; name them in `traced`"


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
    printed=round(ASYMMETRY_50, 3),
    absent=_ABSENT,
)
def series_directions_50(records: Records) -> Estimate:
    return _asymmetry(records, -1)
