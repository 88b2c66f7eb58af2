"""What a power law of exponent alpha costs: information on one side, sensitivity to small changes on the other."""

from itertools import pairwise
from typing import Any

import numpy as np
from tqdm import tqdm

from learning_geometry.studies.visual_cortex.torus_codes import (
    Array,
    crossing,
    frontier,
    gained_sensitivity,
    information,
    lost_information,
    power_law_variances,
    sensitivity,
    squared_frequencies,
    wave_vectors,
    waves,
)

_STEP = 1e-4  # of the finite differences, in radians: small beside the shortest wave, large beside rounding


def measure(
    *,
    seed: int,
    exponents: list[float],
    dimensions: list[int],
    neurons: list[int],
    snr: float,
    check_exponents: list[float],
    check_dimensions: list[int],
    check_neurons: int,
    check_stimuli: int,
) -> dict[str, Any]:
    """Efficiency and robustness of smooth codes of d-dimensional stimuli, against the exponent of their spectrum.

    Codes are those of `torus_codes`, of `neurons` N and of the same signal-to-noise ratio for each neuron. `information`
    `(exponents, sizes)` is in nats and does not depend on d; `sensitivity` is `(dimensions, exponents, sizes)`.

    Costs are growths from one size to the next. `lost_information` `(exponents, sizes - 1)` is 0 if information grows in
    proportion to the neurons; `gained_sensitivity` `(dimensions, exponents, sizes - 1)` is 0 if sensitivity stays bounded
    and 1 if it grows as that of a flat spectrum. With N they tend to `max(0, 1 - 1 / alpha)`, `lost_information_limit`
    `(exponents,)`, and to `1 + (1 - alpha) d / 2` within 0 and 1, `gained_sensitivity_limit` `(dimensions, exponents)`:
    efficiency wants an exponent of at most 1, robustness one of at least `smooth` `(dimensions,)`, 1 + 2 / d. `crossing`
    `(dimensions, sizes - 1)` is the exponent at which the costs are equal; its limit, `crossing_limit` `(dimensions,)`, is
    (1 + sqrt(1 + 8 / d)) / 2, which lies between 1 and 1 + 2 / d.

    `best` `(dimensions, exponents)` is the information, at the largest size, of the best spectrum of any form whose
    sensitivity is that of the power law; `frontier` holds those best ones, `sensitivity` and `information`
    `(dimensions, points)`.

    "check" holds codes that were simulated, `check_neurons` random mixtures of waves: `sensitivity`
    `(check_dimensions, check_exponents)` by finite differences at `check_stimuli` points, and `unexplained`, of the same
    shape, the mean share of the variance of a wave that a ridge regression on as many points leaves, when it reads noisy
    responses to new ones. Each has its formula beside it; that of the regression is for infinitely many points.

    Raises:
        ValueError: there are fewer than two sizes, they do not ascend, a dimension or `snr` is not positive, an exponent is
            negative, or there are not more stimuli than neurons to check with.

    Source: Stringer et al. 2019 (Nature 571) for the smoothness of codes, 1 + 2 / d. Efficiency as the growth of the
    information of a Gaussian channel, where the costs cross, and the best spectrum are our operationalisation.
    """
    _check(exponents, dimensions, neurons, snr, check_exponents, check_dimensions, check_neurons, check_stimuli)
    codes = [[power_law_variances(alpha, count) for count in neurons] for alpha in exponents]
    told = np.array([[information(code, snr) for code in row] for row in codes])
    squares = [squared_frequencies(d, neurons[-1]) for d in dimensions]
    moved = np.array([[[sensitivity(code, mu[: len(code)]) for code in row] for row in codes] for mu in squares])
    best = [frontier(mu, snr) for mu in squares]
    pairs = list(pairwise(neurons))
    alphas, ds = np.array(exponents), np.array(dimensions)
    return {
        "exponents": alphas,
        "dimensions": ds,
        "neurons": np.array(neurons),
        "snr": snr,
        "information": told,
        "sensitivity": moved,
        "lost_information": lost_information(told, neurons),
        "lost_information_limit": 1 - 1 / np.maximum(alphas, 1),
        "gained_sensitivity": np.array(
            [gained_sensitivity(m, neurons, d) for m, d in zip(moved, dimensions, strict=True)]
        ),
        "gained_sensitivity_limit": np.clip(1 + (1 - alphas) * ds[:, None] / 2, 0, 1),
        "smooth": 1 + 2 / ds,
        "crossing": np.array(
            [[crossing(mu, d, pair, snr) for pair in pairs] for mu, d in zip(squares, dimensions, strict=True)]
        ),
        "crossing_limit": (1 + np.sqrt(1 + 8 / ds)) / 2,
        "best": np.array(
            [np.interp(m[:, -1], each.sensitivity, each.information) for m, each in zip(moved, best, strict=True)]
        ),
        "frontier": {
            "sensitivity": np.array([each.sensitivity for each in best]),
            "information": np.array([each.information for each in best]),
        },
        "check": _simulated(seed, check_exponents, check_dimensions, check_neurons, check_stimuli, snr),
    }


def _simulated(
    seed: int, exponents: list[float], dimensions: list[int], neurons: int, stimuli: int, snr: float
) -> dict[str, Any]:
    shape = (len(dimensions), len(exponents))
    found = {
        name: np.empty(shape) for name in ("sensitivity", "sensitivity_formula", "unexplained", "unexplained_formula")
    }
    for i, j in tqdm(list(np.ndindex(*shape)), desc="simulated codes", leave=False):
        rng = np.random.default_rng([seed, i, j])
        vectors = wave_vectors(dimensions[i], neurons)
        variances = power_law_variances(exponents[j], neurons)
        mixing = np.sqrt(variances)[:, None] * np.linalg.qr(rng.normal(size=(neurons, neurons)))[0]
        seen, new = rng.uniform(0, 2 * np.pi, (2, stimuli, dimensions[i]))
        found["sensitivity"][i, j] = _finite_differences(new, vectors, mixing, rng)
        found["sensitivity_formula"][i, j] = sensitivity(variances, (vectors**2).sum(axis=1).astype(np.float64))
        found["unexplained"][i, j] = _left_by_ridge(waves(seen, vectors), waves(new, vectors), mixing, snr, rng)
        found["unexplained_formula"][i, j] = (1 / (1 + snr * variances)).mean()
    return {
        "exponents": np.array(exponents),
        "dimensions": np.array(dimensions),
        "neurons": neurons,
        "stimuli": stimuli,
        **found,
    }


def _finite_differences(angles: Array, vectors: Any, mixing: Array, rng: np.random.Generator) -> float:
    step = rng.normal(size=angles.shape)
    step *= _STEP / np.linalg.norm(step, axis=1, keepdims=True)
    change = (waves(angles + step, vectors) - waves(angles, vectors)) @ mixing
    # A step in a random direction has on average 1 / d of its square along an angle; the variances sum to N.
    return float(np.square(change).sum(axis=1).mean() / _STEP**2 * angles.shape[1] / len(mixing))


def _left_by_ridge(seen: Array, new: Array, mixing: Array, snr: float, rng: np.random.Generator) -> float:
    responses = seen @ mixing
    # The penalty stands for the noise, which the responses that the decoder is fitted to do not have.
    gram = responses.T @ responses + np.eye(len(mixing)) * len(seen) / snr
    decoder = np.linalg.solve(gram, responses.T @ seen)
    noisy = new @ mixing + rng.normal(scale=snr**-0.5, size=new.shape)
    return float(np.square(new - noisy @ decoder).mean())


def _check(
    exponents: list[float],
    dimensions: list[int],
    neurons: list[int],
    snr: float,
    check_exponents: list[float],
    check_dimensions: list[int],
    check_neurons: int,
    check_stimuli: int,
) -> None:
    if len(neurons) < 2 or min(np.diff(neurons)) <= 0 or neurons[0] < 2:
        raise ValueError(f"neurons is {neurons}; growth needs at least 2 ascending sizes, from 2 on")
    if min([*dimensions, *check_dimensions]) < 1:
        raise ValueError(f"dimensions are {dimensions} and {check_dimensions}; a torus has at least 1")
    if min([*exponents, *check_exponents]) < 0:
        raise ValueError(f"exponents are {exponents} and {check_exponents}; none may be negative, or variances ascend")
    if not snr > 0:
        raise ValueError(f"snr is {snr}; it must be positive")
    if check_stimuli <= check_neurons:
        raise ValueError(f"check_stimuli is {check_stimuli} for {check_neurons} neurons; take several times as many")
