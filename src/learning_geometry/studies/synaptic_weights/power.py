"""How many synapses rule a wrong geometry out: by test, size of the changes and spread of the sizes."""

from typing import Any

import numpy as np
from tqdm import tqdm

from learning_geometry.instruments.synapse_power import Statistic, rejections, required_synapses, simulate_synapses

# Of the power curves: the numbers that the search tries as well, so that critical values are simulated once.
_SIZES = np.round(10 * 2.0 ** np.arange(0, 5.5, 0.5)).astype(int)


def measure(
    *,
    seed: int,
    statistics: list[Statistic],
    changes: list[float],
    spreads: list[float],
    truths: list[float],
    replicates: int,
    max_synapses: int,
) -> dict[str, Any]:
    """Paired synapses that a test needs to reject one geometry in 80 % of experiments where another one holds, at 5 %.

    `required`, `low` and `high` `(statistics, changes, spreads, truths, rivals)` are the number and its interval, -1 where
    `max_synapses` are too few or the rival is the truth; rivals are the `truths`. `curves` holds for the middle one of
    `changes` and of `spreads` the `power` `(statistics, truths, rivals, sizes)`: where the rival is the truth, how often a
    test rejects it all the same. There is no measurement noise, and only survivors are counted.

    Source: section 2.0 of the simulations in the official code (arXiv:2305.19394), for positive sizes; the question is ours.
    """
    shape = (len(statistics), len(changes), len(spreads), len(truths), len(truths))
    required, low, high = (np.full(shape, -1.0) for _ in range(3))
    for at in tqdm(list(np.ndindex(*shape)), desc="power", leave=False):
        statistic, change, spread, truth, rival = at
        if truth == rival:
            continue
        found = required_synapses(
            truths[truth],
            truths[rival],
            change=changes[change],
            spread=spreads[spread],
            statistic=statistics[statistic],
            rng=np.random.default_rng([seed, 0, *at]),
            replicates=replicates,
            most=max_synapses,
        )
        if found.n is not None and found.interval is not None:
            required[at], low[at], high[at] = found.n, found.interval.low, min(found.interval.high, max_synapses)
    return {
        "statistics": statistics,
        "changes": np.array(changes),
        "spreads": np.array(spreads),
        "truths": np.array(truths),
        "required": required,
        "low": low,
        "high": high,
        "curves": _curves(
            seed, statistics, changes[len(changes) // 2], spreads[len(spreads) // 2], truths, replicates, max_synapses
        ),
    }


def _curves(
    seed: int,
    statistics: list[Statistic],
    change: float,
    spread: float,
    truths: list[float],
    replicates: int,
    max_synapses: int,
) -> dict[str, Any]:
    sizes = _SIZES[max_synapses >= _SIZES]
    power = np.empty((len(statistics), len(truths), len(truths), len(sizes)))
    for truth, size in np.ndindex(len(truths), len(sizes)):
        rng = np.random.default_rng([seed, 1, truth, size])
        # All tests and rivals see the same experiments.
        pairs = simulate_synapses(truths[truth], (replicates, int(sizes[size])), change=change, spread=spread, rng=rng)
        for statistic, rival in np.ndindex(len(statistics), len(truths)):
            rejected = rejections(*pairs, truths[rival], statistic=statistics[statistic])
            power[statistic, truth, rival, size] = rejected.mean()
    return {"change": change, "spread": spread, "sizes": sizes, "power": power}
