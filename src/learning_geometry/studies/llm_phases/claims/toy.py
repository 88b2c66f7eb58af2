"""Claims about the paper's own toy: whether it goes through three phases, and what its controls do."""

import numpy as np

from learning_geometry.claims import Above, Below, Claims, Estimate, contrast, share
from learning_geometry.instruments.phases import phases
from learning_geometry.records import Records
from learning_geometry.studies.llm_phases._curves import THREE
from learning_geometry.studies.llm_phases.experiments._free_features import moves

claims = Claims(__name__)

LEAST = 5.0
"""Percent from which a course counts as falling, as for the phase finder."""

_STARTS = "share of random starts {}"
_CONTROLS = {
    "uniform": ("equal classes", "figure 12a"),
    "no_bottleneck": ("three dimensions for four classes", "figure 12b"),
    "squared_error_uniform": ("squared errors and equal classes", "figure 13a"),
    "squared_error": ("squared errors and skewed classes", "figure 13b"),
}


_INDEPENDENT = (
    "The rule is as it was before the run. The interval was first taken over five seeds of thirty starts, which left it "
    "wide where all agree; each start is drawn from a generator of its own, so that starts are the replicates."
)


def _courses(records: Records, condition: str) -> np.ndarray:
    """RankMe `(n_starts, n_steps)`, of all starts of all seeds."""
    rankme = records["toy"].rankme.sel(condition=condition).transpose("seed", "start", "step").values
    return rankme.reshape(-1, rankme.shape[-1])


def _share(successes: np.ndarray) -> Estimate:
    return share(successes.astype(int), by_seed=list(range(len(successes))))


def _moving(records: Records, condition: str, move: int) -> Estimate:
    """Share of starts whose collapse (0) or fall from the peak after the dip (2) exceeds five percent."""
    return _share(moves(_courses(records, condition))[move] > LEAST)


def _three(records: Records, condition: str) -> np.ndarray:
    """Which starts begin with collapse, expansion and compression, `(n_starts,)`."""
    steps = records["toy"].step.values
    found = [phases(steps, curve)[:3] for curve in _courses(records, condition)]
    return np.array([tuple(phase.name for phase in one) == THREE for one in found])


@claims.paper(
    "Cross-entropy, skewed class frequencies and a bottleneck are enough for a linear model to go through all three phases.",
    source="abstract, section 3.3 and figure 4D; samples of each class (4, 2, 1, 1), random starts and rate are ours",
    statistic=_STARTS.format("in which the phase finder finds first collapse, then expansion, then compression"),
    rule=Above(0.5),
    headline=True,
    hindsight=_INDEPENDENT,
)
def toy_phases(records: Records) -> Estimate:
    return _share(_three(records, "reference"))


@claims.ours(
    "The paper's toy goes through the three phases more often with skewed classes than with equal ones.",
    source="section 3.3; the contrast is ours",
    statistic=_STARTS.format("with collapse, expansion and compression, skewed minus equal classes, same starts"),
    rule=Above(0.0),
    hindsight=_INDEPENDENT,
)
def toy_needs_skew(records: Records) -> Estimate:
    reference, equal = (_three(records, condition).astype(float) for condition in ("reference", "uniform"))
    return contrast(reference, equal, bounds=(-1, 1))


@claims.paper(
    "The paper's toy begins with a warm-up, in which RankMe falls.",
    source="section 3.3 and figure 4D",
    statistic=_STARTS.format("in which RankMe falls by more than 5 % of the start"),
    rule=Above(0.5),
    hindsight=_INDEPENDENT,
)
def toy_warm_up(records: Records) -> Estimate:
    return _moving(records, "reference", 0)


for _condition, (_words, _figure) in _CONTROLS.items():

    @claims.paper(
        f"With {_words} there is a warm-up as well.",
        source=_figure,
        statistic=_STARTS.format("in which RankMe falls by more than 5 % of the start"),
        rule=Above(0.5),
        hindsight=_INDEPENDENT,
        matrix="The controls of the paper's toy begin with a warm-up.",
        id=f"toy-{_condition.replace('_', '-')}-warm-up",
    )
    def warm_up(records: Records, condition: str = _condition) -> Estimate:
        return _moving(records, condition, 0)

    @claims.paper(
        f"With {_words} RankMe grows monotonically after it.",
        source=_figure,
        statistic=_STARTS.format("in which RankMe falls by more than 5 % from a peak after its dip"),
        rule=Below(0.1),
        hindsight=_INDEPENDENT,
        matrix="The controls of the paper's toy do not contract after it.",
        id=f"toy-{_condition.replace('_', '-')}",
    )
    def grows(records: Records, condition: str = _condition) -> Estimate:
        return _moving(records, condition, 2)
