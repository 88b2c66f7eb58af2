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


def _declare(count: int, statement: str, printed: float, id: str) -> None:
    @claims.paper(
        statement,
        source=f"section 5 and table 8, top {count}",
        statistic=f"accuracy without the leading {count} directions minus with them alone, at the last checkpoint, mean over "
        "series",
        rule=Above(0.5),
        printed=round(printed, 3),
        absent=_ABSENT,
        id=id,
    )
    def asymmetry(records: Records) -> Estimate:
        answered = {one.model: one.checkpoints for one in series(records) if "choices_after" in one.checkpoints}
        if not answered:
            return NotTested("the traced series were asked no questions; name some in `questions`")
        last = {model: own.choices_after.isel(checkpoint=-1) for model, own in answered.items()}
        if any(count not in left.n_directions for left in last.values()):
            return NotTested(f"traced_removed_directions does not name {count}")
        left = {model: one.sel(n_directions=count) for model, one in last.items()}
        return per_seed(
            {model: one.sel(projection="removed") - one.sel(projection="retained") for model, one in left.items()}
        )


_declare(
    10, "On SciQ the tail of the spectrum carries the task and the ten leading directions are expendable.", ASYMMETRY_10,
    "series-directions",
)  # fmt: skip
_declare(50, "So are the fifty leading directions.", ASYMMETRY_50, "series-directions-50")
