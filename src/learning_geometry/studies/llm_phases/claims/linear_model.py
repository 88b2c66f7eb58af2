"""Claims about the three phases in a linear model with free features, and about what they need."""

import xarray as xr

from learning_geometry.claims import Above, Below, Claims, Estimate, NotTested, censored, exact, per_seed
from learning_geometry.records import Records
from learning_geometry.studies.llm_phases.experiments._free_features import moves, still_rising

claims = Claims(__name__)

_START = "; the random start and the statistic are ours"
_FALL = "fall of RankMe from its peak to the trough after it, mean over seeds"
_CENSORED = (
    "A run whose RankMe still rises at its last step used to count as a fall of zero; now the claim is not tested then."
)


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


@claims.paper(
    "With skewed class frequencies the linear model first collapses onto few directions.",
    source="section 3.3 and figure 4D" + _START,
    statistic="RankMe at its dip divided by RankMe at the start, mean over seeds",
    rule=Below(0.7),
)
def theory_collapse(records: Records) -> Estimate:
    return per_seed(1 - _moves(records, "reference")[0] / 100, bounds=(0, 1))


@claims.paper(
    "Then its representation expands.",
    source="section 3.3 and figure 4D" + _START,
    statistic="RankMe at its peak divided by RankMe at the dip, mean over seeds",
    rule=Above(1.5),
)
def theory_expansion(records: Records) -> Estimate:
    return per_seed(1 + _moves(records, "reference")[1] / 100, bounds=(1, float("inf")))


@claims.paper(
    "Cross-entropy, skewed class frequencies and a bottleneck are enough for the representation of a linear model to "
    "contract late in training.",
    source="abstract, section 3.3 and figure 4D" + _START,
    statistic=_FALL,
    unit="%",
    rule=Above(2.0, partly=0.0),
    headline=True,
)
def theory_compression(records: Records) -> Estimate:
    return per_seed(_moves(records, "reference")[2], bounds=(0, 100))


@claims.paper(
    "With squared errors instead of cross-entropy the linear model does not contract.",
    source="figure 13b",
    statistic=_FALL + "; RankMe of centred features",
    unit="%",
    rule=Below(1.0),
    hindsight="First judged by RankMe of uncentred features, where the fall was .007 %. The paper centres them.",
)
def theory_squared_error(records: Records) -> Estimate:
    return _lost(records, "squared_error", "rankme_centred")


@claims.ours(
    "Without skew (equal class frequencies) the linear model does not collapse.",
    source="our question; the paper's own figure 12a keeps an initial warm-up without skew",
    statistic="RankMe at its dip divided by RankMe at the start, mean over seeds",
    rule=Above(0.9),
)
def theory_uniform_collapse(records: Records) -> Estimate:
    return per_seed(1 - _moves(records, "uniform")[0] / 100, bounds=(0, 1))


@claims.paper(
    "Without skew it does not contract either.", source="figure 12a", statistic=_FALL, unit="%", rule=Below(1.0)
)
def theory_uniform(records: Records) -> Estimate:
    return _lost(records, "uniform")


@claims.paper(
    "Without a bottleneck (as many dimensions as classes) it does not contract.",
    source="figure 12b, with three dimensions for four classes",
    statistic=_FALL,
    unit="%",
    rule=Below(1.0),
    hindsight=_CENSORED,
)
def theory_no_bottleneck(records: Records) -> Estimate:
    return _lost(records, "no_bottleneck")


@claims.ours(
    "Only narrow bottlenecks contract: with a quarter as many dimensions as classes or more no run does, whatever the skew.",
    statistic="largest fall of RankMe among all runs with at least a quarter as many dimensions as classes",
    unit="%",
    rule=Below(1.0),
    hindsight="First judged by the mean of the cell with the largest mean; one run is enough to refute a statement about all.",
)
def theory_map(records: Records) -> Estimate:
    wide = records["theory_map"]
    wide = wide.isel(dimension=(wide.classes_per_dimension <= 4).values)
    if not wide.fall.size:
        return NotTested("the map has no bottleneck as wide as that")
    largest = wide.fall.isel(wide.fall.argmax(...))
    note = f"exponent {float(largest.exponent):g}, {int(largest.dimension)} dimensions, seed {int(largest.seed)}"
    if not (rising := int(wide.still_rising.sum())):
        return exact(float(largest), note)
    # One run refutes the statement, but none bears it out while others still rise.
    return censored(float(largest), f"{note}; {rising} of {wide.fall.size} runs still rise at their last step")
