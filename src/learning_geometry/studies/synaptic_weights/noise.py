"""What measurement noise does to the exponent that paired sizes show, and what taking it into account repairs."""

from typing import Any

import numpy as np
from tqdm import tqdm

from learning_geometry.instruments.synapse_geometry import compare_geometries
from learning_geometry.instruments.synapse_power import simulate_synapses

_RATIOS = (0.5, 1.0, 2.0)


def measure(
    *,
    seed: int,
    noises: list[float],
    synapses: list[int],
    change: float,
    spread: float,
    truths: list[float],
    replicates: int,
) -> dict[str, Any]:
    """Inferred exponent and verdict from noisy sizes, by the analysis that ignores the noise and by the one that knows it.

    `exponent`, `exponent_sd`, `identified` (the verdict names the truth) and `misnamed` (it names another of the
    `truths`) have the shape `(truths, noises, 2, synapses)`, ignorant first; both see the same experiments. `assumed` holds
    for the middle one of `noises` and of `synapses` the same `(truths, ratios)` where the analysis assumes half the noise,
    the right one, or twice as much. Sizes are log-normal with the given `spread`, changes `change` of a typical size.

    Source: the question is ours; the official code (arXiv:2305.19394) has no measurement noise.

    Raises:
        ValueError: If there are fewer than two replicates.
    """
    if replicates < 2:
        raise ValueError(f"replicates is {replicates}; the spread of an exponent needs at least 2")
    shape = (len(truths), len(noises), 2, len(synapses))
    found = np.empty((4, *shape))
    assumed = np.empty((4, len(truths), len(_RATIOS)))
    middle = (len(noises) // 2, len(synapses) // 2)
    for truth, noise, size in tqdm(
        list(np.ndindex(len(truths), len(noises), len(synapses))), desc="noise", leave=False
    ):
        rng = np.random.default_rng([seed, truth, noise, size])
        pairs = simulate_synapses(
            truths[truth], (replicates, synapses[size]), change=change, spread=spread, noise=noises[noise], rng=rng
        )
        for corrected in range(2):
            found[:, truth, noise, corrected, size] = _outcome(pairs, noises[noise] * corrected, truths, truth)
        if (noise, size) == middle:
            for i, ratio in enumerate(_RATIOS):
                assumed[:, truth, i] = _outcome(pairs, noises[noise] * ratio, truths, truth)
    return {
        "noises": np.array(noises),
        "synapses": np.array(synapses),
        "change": change,
        "spread": spread,
        "truths": np.array(truths),
        **_named(found),
        "assumed": {
            "noise": noises[middle[0]],
            "synapses": synapses[middle[1]],
            "ratios": np.array(_RATIOS),
            **_named(assumed),
        },
    }


def _outcome(pairs: tuple[Any, Any], noise: float, truths: list[float], truth: int) -> tuple[float, ...]:
    comparison = compare_geometries(*pairs, noise=noise, exponents=truths)
    accepted = comparison.accepted()
    single = accepted.sum(axis=1) == 1
    identified = single & accepted[:, truth]
    return (
        float(comparison.exponent.mean()),
        float(comparison.exponent.std(ddof=1)),
        float(identified.mean()),
        float((single & ~identified).mean()),
    )


def _named(found: Any) -> dict[str, Any]:
    return dict(zip(("exponent", "exponent_sd", "identified", "misnamed"), found, strict=True))
