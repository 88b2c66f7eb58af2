"""Claims on what stochasticity can and cannot do for a population, and on what evolution finds."""

from typing import Any

import numpy as np

from learning_geometry.claims import Above, Below, Claims, Estimate, exact, per_seed
from learning_geometry.records import Records

claims = Claims(__name__)


def _probability(records: Records, environment: str, mean: str) -> Any:
    """Connection probabilities that were found `(seed, sign, pair)`."""
    return records["search"].probability.sel(environment=environment, mean=mean)


def _undecided(records: Records, environment: str, mean: str) -> Any:
    """How far connections are from certain: 4 p (1 - p), 1 at one half, mean over connections, one value a seed."""
    p = _probability(records, environment, mean)
    return (4 * p * (1 - p)).mean(["sign", "pair"])


@claims.ours(
    "In the mean over environments no stochastic population beats the best deterministic phenotype.",
    statistic="largest arithmetic mean fitness of a spread population minus that of the phenotype at the centre, over spreads and "
    "sizes of change",
    unit="share",
    rule=Below(1e-9),
)
def arithmetic_bound(records: Records) -> Estimate:
    fitness = records["hedging"].fitness.sel(mean="arithmetic")
    return exact((fitness - fitness.isel(spread=0)).max())


@claims.ours(
    "The best spread grows with the rate at which the environment changes.",
    source="our question, after Cohen 1966",
    statistic="best spread at the fastest change minus at none, least over sizes of change above 0; growth is the mean logarithm of the "
    "share that survives",
    rule=Above(0.0),
)
def best_spread(records: Records) -> Estimate:
    best = records["hedging"].best
    moving = best.sel(size=best["size"] > 0)
    rises = np.diff(moving.transpose("size", "rate"), axis=1)
    never_falls = bool((rises >= 0).all())
    least = float((moving.isel(rate=-1) - moving.isel(rate=0)).min())
    return exact(
        least, note="it never falls from one rate to the next" if never_falls else "it is not monotone in the rate"
    )


@claims.ours(
    "In an unpredictable environment evolution finds probabilities in between.",
    statistic="4 p (1 - p) of the connection probabilities that CMA-ES finds for the greatest growth, mean over connections, mean over "
    "seeds",
    rule=Above(0.5),
    hindsight="a pilot on other seeds had set the size of populations: those of 64 are too small to hedge",
)
def intermediate(records: Records) -> Estimate:
    return per_seed(_undecided(records, "unpredictable", "geometric"), bounds=(0, 1))


@claims.control(
    "In a stable environment it finds 0 and 1.",
    of="intermediate",
    statistic="the same where the world always asks for the same brain",
    rule=Below(0.25),
    contrast=Below(0.0),
)
def pure_when_stable(records: Records) -> Estimate:
    return per_seed(_undecided(records, "stable", "geometric"), bounds=(0, 1))


@claims.control(
    "Selected for the arithmetic mean, it finds 0 and 1 in the unpredictable environment as well.",
    of="intermediate",
    statistic="the same where the mean share of survivors is maximised instead of its mean logarithm",
    rule=Below(0.25),
    contrast=Below(0.0),
)
def pure_on_average(records: Records) -> Estimate:
    return per_seed(_undecided(records, "unpredictable", "arithmetic"), bounds=(0, 1))


@claims.ours(
    "The probabilities that it finds are the frequencies with which the world asks for each sign: proportional betting.",
    source="our question; Kelly 1956",
    statistic="mean absolute difference between probabilities found for the greatest growth and frequencies asked for, mean over seeds",
    rule=Below(0.15),
    hindsight="a pilot on other seeds had been seen; the threshold is half of the distance between the frequencies and certainty",
)
def proportional_betting(records: Records) -> Estimate:
    asked = records["search"].asked.sel(environment="unpredictable")
    off = abs(_probability(records, "unpredictable", "geometric") - asked)
    return per_seed(off.mean(["sign", "pair"]), bounds=(0, 1))
