"""How many paired synapses an experiment needs to rule out a wrong geometry of plasticity, found by simulating it.

The model, and what an exponent is, stand in `synapse_likelihood`.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri
from scipy.stats import chi2

from learning_geometry.instruments.dual_change import (
    cdf_distance,
    cdf_distance_critical,
    shapiro_wilk,
    shapiro_wilk_critical,
)
from learning_geometry.instruments.statistics import Interval
from learning_geometry.instruments.synapse_likelihood import EXPONENT_RANGE, dual_size, fit, log_sizes, start

Array = NDArray[np.float64]
Statistic = Literal["likelihood", "cdf_distance", "shapiro_wilk"]

_FEWEST = 10  # the fewest synapses that `identify_geometry` takes
_AROUND = 2.0 ** np.array([-1.5, -1, -0.5, 0, 0.5])  # numbers of synapses tried, about the first that seems enough


@dataclass(frozen=True)
class RequiredSynapses:
    """How many synapses a test needs.

    Attributes:
        n: The number at which the test has the power asked for; None where the most allowed have it not, neither by the
            line nor in the simulations of that number. It is not below 10, the fewest that are tried.
        interval: Where n lies with 95 % confidence, given so many simulations; None with it.
        sizes: `(n_sizes,)`, the numbers of synapses that were simulated in full, ascending.
        power: `(n_sizes,)`, the share of simulations of each that reject the rival.
    """

    n: float | None
    interval: Interval | None
    sizes: NDArray[np.int64]
    power: Array


def simulate_synapses(
    exponent: float,
    shape: tuple[int, int],
    *,
    change: float,
    spread: float,
    noise: float = 0.0,
    rng: np.random.Generator,
) -> tuple[Array, Array]:
    """Return sizes before and after of synapses that survive plasticity of a given geometry.

    Sizes before are log-normal with geometric mean 1 (but for what survival does to them), and a dual size changes by
    `change * N(0, 1)`; a synapse whose dual size leaves the dual space is lost, and another is drawn.

    Args:
        exponent: The exponent p of the geometry.
        shape: `(n_samples, n_synapses)`.
        change: Root mean square relative change of a synapse of size 1, were none lost: that of another size w is
            `change * w^(1 - p)`.
        spread: Standard deviation of the natural logarithm of the sizes before.
        noise: Standard deviation of the measurement error of a size as a share of it, log-normal, the same on both days.
        rng: Source of all that is random.

    Raises:
        ValueError: If the exponent leaves the range of exponents, or another number is negative or not finite.
    """
    _check_population(exponent, change, spread, noise)
    n = shape[0] * shape[1]
    power = exponent - 1
    parts: list[Array] = []
    found = 0
    while found < n:
        log_before = spread * rng.standard_normal(n + n // 4)
        dual = dual_size(log_before, exponent) + change * rng.standard_normal(len(log_before))
        alive = 1 + power * dual > 0
        log_after = dual[alive] if power == 0 else np.log1p(power * dual[alive]) / power
        parts.append(np.stack([log_before[alive], log_after]))
        found += parts[-1].shape[1]
    logs = np.concatenate(parts, axis=1)[:, :n]
    if noise:
        logs = logs + np.sqrt(np.log1p(noise**2)) * rng.standard_normal(logs.shape)
    before, after = np.exp(logs).reshape(2, *shape)
    return before, after


def rejections(
    before: Array, after: Array, rival: float, *, statistic: Statistic, noise: float = 0.0, level: float = 0.05
) -> NDArray[np.bool_]:
    """Return which samples `(n_samples,)` of paired sizes rule a geometry out at a given level.

    `likelihood` compares the rival exponent with the best one by a likelihood-ratio test (chi-square of one degree of
    freedom). The others ask whether the change of dual sizes, at the rival exponent, is Gaussian: by the distance of
    cumulative distributions that Pogodin et al. (2024, arXiv:2305.19394) use, or by the test of Shapiro and Wilk.

    Args:
        before: `(n_samples, n_synapses)`, positive.
        after: `(n_samples, n_synapses)`, positive.
        rival: The exponent to be ruled out.
        statistic: Which test.
        noise: The measurement error that `likelihood` takes into account; the others cannot.
        level: How often a true geometry may be rejected.
    """
    if statistic == "likelihood":
        sizes = log_sizes(before, after, noise)
        at_rival = fit(start(sizes, np.full(len(before), rival)), sizes, free_exponent=False)
        best = fit(at_rival.parameters, sizes, free_exponent=True)
        return 2 * (best.log_likelihood - at_rival.log_likelihood) > chi2.ppf(1 - level, 1)
    dual_change = dual_size(np.log(after), rival) - dual_size(np.log(before), rival)
    n = before.shape[1]
    if statistic == "cdf_distance":
        return np.asarray(cdf_distance(dual_change) > cdf_distance_critical(n, level=level))
    return np.asarray(shapiro_wilk(dual_change) < shapiro_wilk_critical(n, level=level))


def required_synapses(
    truth: float,
    rival: float,
    *,
    change: float,
    spread: float,
    noise: float = 0.0,
    assumed_noise: float | None = None,
    statistic: Statistic = "likelihood",
    power: float = 0.8,
    level: float = 0.05,
    rng: np.random.Generator,
    replicates: int = 200,
    most: int = 5000,
) -> RequiredSynapses:
    """Return how many paired synapses are needed to rule out one geometry where another one holds.

    Experiments are simulated with more and more synapses until a test rejects the rival often enough, then in full for
    numbers about that one, a factor of 1.4 apart. The normal score of their power is fitted by a straight line in the root
    of the number of synapses, as it would be for large numbers; the interval is that of the line (delta method). While the
    line does not reach the power among the numbers tried, larger ones are added.

    Args:
        truth: The exponent that holds.
        rival: The exponent to be ruled out.
        change: Root mean square relative change of a synapse of typical size; see `simulate_synapses`.
        spread: Standard deviation of the natural logarithm of the sizes before.
        noise: Standard deviation of the measurement error of a size as a share of it.
        assumed_noise: The noise that the analysis takes into account, if not the true one; of `likelihood` only.
        statistic: Which test; see `rejections`.
        power: How often the rival shall be rejected, above `level`.
        level: How often a true geometry may be rejected.
        rng: Source of the simulations.
        replicates: Simulations of each number of synapses, at least 40.
        most: The largest number of synapses tried, at most 5000 for `shapiro_wilk`.

    Raises:
        ValueError: If truth and rival are the same or leave the range of exponents, or another number is out of range.
    """
    _check_population(truth, change, spread, noise)
    _check_test(truth, rival, statistic, power, level, replicates, most)
    if assumed_noise is not None and (statistic != "likelihood" or not 0 <= assumed_noise < np.inf):
        raise ValueError(
            f"assumed_noise is {assumed_noise} of {statistic!r}; only 'likelihood' can assume any, 0 or more"
        )
    assumed = noise if assumed_noise is None else assumed_noise

    def successes(n: int, trials: int) -> int:
        before, after = simulate_synapses(truth, (trials, n), change=change, spread=spread, noise=noise, rng=rng)
        return int(rejections(before, after, rival, statistic=statistic, noise=assumed, level=level).sum())

    enough = _FEWEST
    while enough < most and successes(enough, replicates // 4) < power * (replicates // 4):
        enough *= 2
    enough = min(enough, most)
    sizes = np.unique(np.clip(np.round(enough * _AROUND), _FEWEST, most).astype(np.int64))
    counts = np.array([successes(int(n), replicates) for n in sizes])
    shares = counts / replicates
    if sizes[0] == _FEWEST and shares[0] >= power:
        return RequiredSynapses(float(_FEWEST), Interval(_FEWEST, _FEWEST), sizes, shares)
    n, interval = _crossing(sizes, counts, replicates, power)
    # A few equal powers, or a lucky short simulation above, say nothing of larger numbers.
    larger = _AROUND[-1]
    while n > sizes[-1] and sizes[-1] < most:
        larger *= np.sqrt(2)
        sizes = np.append(sizes, min(round(enough * larger), most))
        counts = np.append(counts, successes(int(sizes[-1]), replicates))
        n, interval = _crossing(sizes, counts, replicates, power)
    shares = counts / replicates
    if n <= most:
        return RequiredSynapses(n, interval, sizes, shares)
    if shares[-1] < power:
        return RequiredSynapses(None, None, sizes, shares)
    return RequiredSynapses(float(most), Interval(min(interval.low, most), interval.high), sizes, shares)


def _crossing(sizes: NDArray[np.int64], counts: NDArray[np.int64], trials: int, power: float) -> tuple[float, Interval]:
    """Where a probit line in the root of n, fitted by weighted least squares again and again, reaches the power.

    Infinity where the line does not rise, or where there is a single number and so no line.
    """
    nowhere = np.inf, Interval(float(sizes[0]), np.inf)
    if len(sizes) == 1:
        return nowhere
    design = np.stack([np.ones(len(sizes)), np.sqrt(sizes)], axis=1)
    shares = (counts + 0.5) / (trials + 1)  # half a success and half a failure more keep all scores finite
    line = ndtri(shares)
    for _ in range(20):
        fitted = np.clip(ndtr(line), 1e-6, 1 - 1e-6)
        slope = np.exp(-(ndtri(fitted) ** 2) / 2) / np.sqrt(2 * np.pi)
        weights = trials * slope**2 / (fitted * (1 - fitted))
        covariance = np.linalg.inv(design.T @ (weights[:, None] * design))
        coefficients = covariance @ design.T @ (weights * (ndtri(fitted) + (shares - fitted) / slope))
        line = design @ coefficients
    offset, rise = coefficients
    if rise <= 0:
        return nowhere
    root = (ndtri(power) - offset) / rise
    direction = np.array([1.0, root]) / rise
    error = 1.96 * float(np.sqrt(direction @ covariance @ direction))
    low, n, high = (max(float(_FEWEST), float(max(r, 0.0) ** 2)) for r in (root - error, root, root + error))
    return n, Interval(low, high)


def _check_population(exponent: float, change: float, spread: float, noise: float) -> None:
    low, high = EXPONENT_RANGE
    if not low <= exponent <= high:
        raise ValueError(f"the exponent is {exponent}; pass one from {low:g} to {high:g}")
    for name, value in (("change", change), ("spread", spread), ("noise", noise)):
        if not 0 <= value < np.inf or (value == 0 and name == "change"):
            raise ValueError(f"{name} is {value}; pass a finite share, such as 0.1")


def _check_test(
    truth: float, rival: float, statistic: str, power: float, level: float, replicates: int, most: int
) -> None:
    low, high = EXPONENT_RANGE
    if not low <= rival <= high or rival == truth:
        raise ValueError(f"the rival is {rival} and the truth {truth}; pass two exponents from {low:g} to {high:g}")
    if statistic not in ("likelihood", "cdf_distance", "shapiro_wilk"):
        raise ValueError(f"statistic is {statistic!r}; pass 'likelihood', 'cdf_distance' or 'shapiro_wilk'")
    if not 0.001 <= level < power < 1:
        raise ValueError(f"level is {level} and power {power}; pass 0.001 <= level < power < 1, such as 0.05 and 0.8")
    if replicates < 40:
        raise ValueError(f"replicates is {replicates}; simulate at least 40 experiments")
    limit = 5000 if statistic == "shapiro_wilk" else np.inf
    if not _FEWEST <= most <= limit:
        raise ValueError(f"most is {most}; try from {_FEWEST} synapses up, and with 'shapiro_wilk' at most 5000")
