"""Claims about a linear model that weights classes by frequency: its phases, what they need, and which classes drive them."""

import numpy as np
import xarray as xr

from learning_geometry.claims import Above, Below, Claims, Estimate, NotTested, censored, contrast, exact, per_seed
from learning_geometry.records import Records
from learning_geometry.studies.llm_phases.experiments._free_features import moves, still_rising

claims = Claims(__name__)

_ACCOUNT = "section 3.3 and figure 4; measured in our class-weighted model, which has a third phase"
_ORDER = "Frequent classes separate in the warm-up, rare ones in the compression."
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


def _by_seed(values: xr.DataArray) -> dict[int, float]:
    return dict(zip(values.seed.values.tolist(), values.values.tolist(), strict=True))


def _contracting(records: Records) -> xr.Dataset:
    """The seeds whose RankMe has a peak before the last step: only they have a third phase."""
    runs = records["mechanism"]
    return runs.isel(seed=np.flatnonzero(runs.contracts))


def _frequency_and_path(runs: xr.Dataset, phase: str) -> Estimate:
    from scipy.stats import spearmanr

    path = runs.path.sel(phase=phase).transpose("seed", "class")
    values = [float(spearmanr(runs.frequency.values, one).statistic) for one in path.values]
    return per_seed(dict(zip(runs.seed.values.tolist(), values, strict=True)), (-1, 1))


@claims.paper(
    "In the warm-up the frequent classes separate.",
    source=_ACCOUNT,
    statistic="Spearman correlation, over classes, of frequency and the share of its own way that a class walks before RankMe's "
    "dip, mean over seeds",
    rule=Above(0.0),
    matrix=_ORDER,
)
def frequent_first(records: Records) -> Estimate:
    return _frequency_and_path(records["mechanism"], "collapse")


@claims.paper(
    "In the compression the rare classes separate.",
    source=_ACCOUNT,
    statistic="Spearman correlation, over classes, of frequency and the share of its own way that a class walks after RankMe's "
    "peak, mean over seeds that have one",
    rule=Below(0.0),
    matrix=_ORDER,
)
def rare_last(records: Records) -> Estimate:
    return _frequency_and_path(_contracting(records), "compression")


@claims.paper(
    "In the compression the first singular value grows faster than the second.",
    source="section 3.3 and figure 4D; measured in our class-weighted model, which has a third phase",
    statistic="ln of the growth of the first singular value from RankMe's peak to the end minus that of the second, mean over "
    "seeds that have a peak",
    rule=Above(0.0),
)
def first_grows_faster(records: Records) -> Estimate:
    growth = np.log(_contracting(records).growth.transpose("seed", "i"))
    return per_seed(_by_seed(growth[:, 0] - growth[:, 1]))


@claims.paper(
    "In the compression rare classes re-use the dominant direction.",
    source=_ACCOUNT,
    statistic="part of the rare classes' squared move after RankMe's peak that lies along the leading direction there, minus one "
    "over the dimensions, mean over seeds that have a peak",
    rule=Above(0.05),
)
def rare_reuse(records: Records) -> Estimate:
    (record,) = records.of("mechanism")
    return per_seed(_by_seed(_contracting(records).reuse - 1 / record.unit.theory_dimension))


def _falls(records: Records, loss: str) -> Estimate:
    runs = _contracting(records)
    return per_seed(_by_seed(100 * (1 - runs.continued.sel(loss=loss).isel(step=-1).reset_coords(drop=True))))


@claims.paper(
    "The compression comes from the rare classes: their losses alone make RankMe fall.",
    source=_ACCOUNT + "; the intervention is ours",
    statistic="fall of RankMe from its peak on when only the rare classes' losses are minimised, mean over seeds that have a peak",
    unit="%",
    rule=Above(0.0),
)
def caused_by_rare(records: Records) -> Estimate:
    return _falls(records, "rare")


@claims.ours(
    "It comes from the frequent classes: their losses alone make RankMe fall more than the rare ones' do.",
    source="our question, opposite to section 3.3",
    statistic="fall of RankMe from its peak on, frequent classes' losses alone minus rare classes' alone, paired, mean over seeds "
    "that have a peak",
    unit="points",
    rule=Above(0.0),
)
def caused_by_frequent(records: Records) -> Estimate:
    return contrast(_falls(records, "frequent"), _falls(records, "rare"))
