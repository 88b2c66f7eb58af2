"""Claims: declared before they are measured, in one place with the function that computes the statistic, judged by rule."""

from learning_geometry.claims.estimates import Estimate, NotTested, censored, contrast, exact, per_seed, share
from learning_geometry.claims.registry import Claim, Claims
from learning_geometry.claims.rules import Above, Below, Outcome, Rule, Within
from learning_geometry.claims.scorecard import Judgement, Scorecard, check, judge
from learning_geometry.claims.vocabulary import VERDICTS, Kind

__all__ = [
    "VERDICTS",
    "Above",
    "Below",
    "Claim",
    "Claims",
    "Estimate",
    "Judgement",
    "Kind",
    "NotTested",
    "Outcome",
    "Rule",
    "Scorecard",
    "Within",
    "censored",
    "check",
    "contrast",
    "exact",
    "judge",
    "per_seed",
    "share",
]
