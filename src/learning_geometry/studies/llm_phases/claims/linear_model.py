"""Claims about the three phases in a linear model that weights classes by frequency, and about what they need."""

import xarray as xr

from learning_geometry.claims import Above, Below, Claims, Estimate, NotTested, contrast, per_seed
from learning_geometry.records import Records
from learning_geometry.studies.llm_phases.experiments._free_features import moves, still_rising

claims = Claims(__name__)

_MODEL = "our model: one feature for each class, weighted by its frequency, where the paper has one for each sample"
_FALL = "fall of RankMe from its peak to the trough after it, mean over seeds"
_WITHOUT = {
    "squared_error": ("squared errors instead of cross-entropy", "figure 13b", "rankme_centred"),
    "squared_error_uniform": ("squared errors and equal class frequencies", "figure 13a", "rankme_centred"),
    "uniform": ("equal class frequencies", "figure 12a", "rankme"),
    "no_bottleneck": ("as many dimensions as classes", "figure 12b", "rankme"),
    "few_classes": ("three dimensions for four classes", "figure 12b", "rankme"),
}
_CHANGED = "The model is not the paper's, as its full text shows: the claim was the paper's and is now ours."
_THREE = "A class-weighted linear model goes through the three phases."


def _moves(records: Records, condition: str, rankme: str = "rankme") -> list[xr.DataArray]:
    """Collapse, expansion and fall of each seed, in percent."""
    courses = records["theory"][rankme].sel(condition=condition)
    three = xr.apply_ufunc(moves, courses, input_core_dims=[["step"]], output_core_dims=[[], [], []])
    return [move.reset_coords(drop=True) for move in three]


def _lost(records: Records, condition: str, rankme: str = "rankme") -> Estimate:
    courses = records["theory"][rankme].sel(condition=condition)
    rising = int(still_rising(courses.step, courses).sum())
    if rising:
        return NotTested(f"RankMe still rises at the last step in {rising} of {len(courses)} seeds")
    return per_seed(_moves(records, condition, rankme)[2], bounds=(0, 100))


@claims.ours(
    "With skewed class frequencies a class-weighted linear model first collapses onto few directions.",
    source=_MODEL,
    statistic="RankMe at its dip divided by RankMe at the start, mean over seeds",
    rule=Below(0.7),
    matrix=_THREE,
    hindsight=_CHANGED,
)
def theory_collapse(records: Records) -> Estimate:
    return per_seed(1 - _moves(records, "reference")[0] / 100, bounds=(0, 1))


@claims.ours(
    "Then its representation expands.",
    source=_MODEL,
    statistic="RankMe at its peak divided by RankMe at the dip, mean over seeds",
    rule=Above(1.5),
    matrix=_THREE,
    hindsight=_CHANGED,
)
def theory_expansion(records: Records) -> Estimate:
    return per_seed(1 + _moves(records, "reference")[1] / 100, bounds=(1, float("inf")))


@claims.ours(
    "At last it contracts.",
    source=_MODEL,
    statistic=_FALL,
    unit="%",
    rule=Above(2.0, partly=0.0),
    matrix=_THREE,
    hindsight=_CHANGED,
)
def theory_compression(records: Records) -> Estimate:
    return per_seed(_moves(records, "reference")[2], bounds=(0, 100))


@claims.ours(
    "Without skew (equal class frequencies) the class-weighted model does not collapse.",
    source="our question; the paper's own figure 12a keeps an initial warm-up without skew, and so does its toy",
    statistic="RankMe at its dip divided by RankMe at the start, mean over seeds",
    rule=Above(0.9),
)
def theory_uniform_collapse(records: Records) -> Estimate:
    return per_seed(1 - _moves(records, "uniform")[0] / 100, bounds=(0, 1))


for _condition, (_words, _figure, _rankme) in _WITHOUT.items():
    _name = _condition.replace("_", "-")
    _centred = "; RankMe of centred features" if _rankme == "rankme_centred" else ""

    @claims.ours(
        f"With {_words} the class-weighted model does not contract.",
        source=f"{_figure} in our model",
        statistic=_FALL + _centred,
        unit="%",
        rule=Below(1.0),
        matrix="Without one of the causes the class-weighted model does not contract.",
        id=f"theory-{_name}",
    )
    def does_not_contract(records: Records, condition: str = _condition, rankme: str = _rankme) -> Estimate:
        return _lost(records, condition, rankme)

    @claims.ours(
        f"With {_words} the class-weighted model contracts less than with all three causes.",
        source=f"{_figure} in our model",
        statistic="fall of RankMe from its peak, with all three causes minus without, paired, mean over seeds"
        + _centred,
        unit="points",
        rule=Above(0.0),
        matrix="The class-weighted model contracts less than with all three causes.",
        id=f"theory-{_name}-contrast",
    )
    def contracts_less(records: Records, condition: str = _condition, rankme: str = _rankme) -> Estimate:
        reference, without = (per_seed(_moves(records, one, rankme)[2]) for one in ("reference", condition))
        return contrast(reference, without)
