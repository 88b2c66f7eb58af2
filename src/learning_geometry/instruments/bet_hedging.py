"""Survival of populations whose members differ by chance, under an optimum that moves: what is exact for normal phenotypes.

An individual with phenotype `w`, `(d,)`, survives a generation if the root mean squared distance of `w` from the optimum is below a
tolerance. Phenotypes are independent, normal around the origin with standard deviation `sd` in each coordinate; the optimum
is redrawn at a rate, normal around the origin with standard deviation `size`. Nothing evolves here: it is the limit of many
neurons a type, without mutation and inheritance.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Array = NDArray[np.float64]

_NODES = (
    2000  # quantiles that stand for the law of the optimum's distance: rarer events than one in 2,000 are not there
)
_LEAST_SPREAD = (
    1e-4  # share of the tolerance below which the chi-square probability is a step to many digits, and then overflows
)


def individual_survival(distance: ArrayLike, sd: float, tolerance: float, d: int) -> Array:
    """The probability that an individual survives at this Euclidean distance of the optimum from the origin.

    That of a noncentral chi-square variable below its threshold; without spread, or with one of less than 1e-4 of the tolerance,
    all survive or none.

    Raises:
        ValueError: `sd` is negative, or the tolerance or `d` not positive.
    """
    if sd < 0 or tolerance <= 0 or d < 1:
        raise ValueError(f"sd = {sd}, tolerance = {tolerance}, d = {d}: want sd >= 0, tolerance > 0, d >= 1")
    far = np.asarray(distance, dtype=np.float64)
    if sd < _LEAST_SPREAD * tolerance:
        return (far < tolerance * np.sqrt(d)).astype(np.float64)
    return np.asarray(special.chndtr(d * (tolerance / sd) ** 2, d, (far / sd) ** 2), dtype=np.float64)


def optimum_distances(size: float, d: int, nodes: int = _NODES) -> Array:
    """Distances `(nodes,)` of equal probability that stand for those of a normal optimum from the origin."""
    return size * np.sqrt(special.chdtri(d, 1 - (np.arange(nodes) + 0.5) / nodes))


def mean_fitness(sd: float, size: float, tolerance: float, d: int) -> tuple[float, float]:
    """Arithmetic and geometric mean, over optima, of the share of individuals that survive.

    Optima that are rarer than one in 2,000 are not met.
    """
    survival = individual_survival(optimum_distances(size, d), sd, tolerance, d)
    with np.errstate(divide="ignore"):
        return float(survival.mean()), float(np.exp(np.log(survival).mean()))


def growth_with_excursions(sd: float, rate: float, size: float, tolerance: float, d: int) -> float:
    """Mean log share of survivors if the optimum is away from the origin in a share `rate` of the generations."""
    at_home = individual_survival(0.0, sd, tolerance, d)
    away = individual_survival(optimum_distances(size, d), sd, tolerance, d)
    with np.errstate(divide="ignore"):
        # Without excursions a death in them does not count: 0 times infinity is 0 here.
        outside = rate * float(np.log(away).mean()) if rate > 0 else 0.0
        return (1 - rate) * float(np.log(at_home)) + outside


def alive_curve(generations: int, n: int, sd: float, rate: float, size: float, tolerance: float, d: int) -> Array:
    """The probability `(generations,)` that a population of `n` is alive after so many generations.

    The first optimum is drawn, and each generation brings a new one with probability `rate`. A population is alive as long
    as one of its members survived each generation; survivors refill it.

    Raises:
        ValueError: There is no generation or no individual, or the rate is outside [0, 1].
    """
    if generations < 1 or n < 1 or not 0 <= rate <= 1:
        raise ValueError(f"{generations} generations of {n} at rate {rate}: want one or more, and a rate in [0, 1]")
    one = individual_survival(optimum_distances(size, d), sd, tolerance, d)
    some = 1 - (1 - one) ** n
    ahead, curve = np.ones_like(some), []
    for _ in range(generations):
        # Of the optimum now, the probability to be alive so many generations on.
        ahead = some * ((1 - rate) * ahead + rate * ahead.mean())
        curve.append(float(ahead.mean()))
    return np.array(curve)
