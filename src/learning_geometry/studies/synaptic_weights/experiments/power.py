"""How many synapses rule a wrong geometry out: by test, size of the changes and spread of the sizes."""

from typing import TYPE_CHECKING, Literal

import numpy as np
from tqdm import tqdm

from learning_geometry.studies.types import Count, Distinct, Rising, Seed
from learning_geometry.studies.unit import Execution, Unit

if TYPE_CHECKING:
    import xarray as xr

# Of the power curves: the numbers that the search tries as well, so that critical values are simulated once.
_SIZES = np.round(10 * 2.0 ** np.arange(0, 5.5, 0.5)).astype(int)


class Power(Unit):
    """Experiments with every relative change of `power_changes` and every spread of sizes of `power_spreads`.

    The rivals of a true geometry are the other `truths`; `power_replicates` experiments are simulated of each design, with
    up to `max_synapses` synapses.
    """

    seed: Seed
    truths: Rising
    statistics: Distinct[Literal["likelihood", "shapiro_wilk", "cdf_distance"]]
    power_changes: Rising
    power_spreads: Rising
    power_replicates: Count
    max_synapses: Count


def measure(unit: Power, execution: Execution) -> "dict[str, xr.Dataset]":
    """Paired synapses that a test needs to reject one geometry in 80 % of experiments where another one holds, at 5 %.

    In the part "required", `n`, `low` and `high` `(statistic, change, spread, truth, rival)` are the number and its
    interval, -1 where `max_synapses` are too few or the rival is the truth. In the part "curves", `power` `(statistic,
    truth, rival, synapses)` belongs to the middle one of the changes and of the spreads: where the rival is the truth, it is
    how often a test rejects it all the same. There is no measurement noise, and only survivors are counted.

    Source: section 2.0 of the simulations in the official code (arXiv:2305.19394), for positive sizes; the question is ours.
    """
    import xarray as xr

    from learning_geometry.instruments.synapse_power import required_synapses

    statistics, truths = unit.statistics, unit.truths
    changes, spreads = unit.power_changes, unit.power_spreads
    shape = (len(statistics), len(changes), len(spreads), len(truths), len(truths))
    n, low, high = (np.full(shape, -1.0) for _ in range(3))
    for place in tqdm(list(np.ndindex(*shape)), desc="power", leave=False):
        statistic, change, spread, truth, rival = place
        if truth == rival:
            continue
        needed = required_synapses(
            truths[truth],
            truths[rival],
            change=changes[change],
            spread=spreads[spread],
            statistic=statistics[statistic],
            rng=np.random.default_rng([unit.seed, 0, *place]),
            replicates=unit.power_replicates,
            most=unit.max_synapses,
        )
        if needed.n is not None and needed.interval is not None:
            n[place], low[place] = needed.n, needed.interval.low
            high[place] = min(needed.interval.high, unit.max_synapses)
    dims = ("statistic", "change", "spread", "truth", "rival")
    required = xr.Dataset(
        {"n": (dims, n), "low": (dims, low), "high": (dims, high), "max_synapses": unit.max_synapses},
        coords={"statistic": statistics, "change": changes, "spread": spreads, "truth": truths, "rival": truths},
    )
    return {"required": required, "curves": _curves(unit)}


def _curves(unit: Power) -> "xr.Dataset":
    import xarray as xr

    from learning_geometry.instruments.synapse_power import rejections, simulate_synapses

    statistics, truths = unit.statistics, unit.truths
    change = unit.power_changes[len(unit.power_changes) // 2]
    spread = unit.power_spreads[len(unit.power_spreads) // 2]
    sizes = _SIZES[unit.max_synapses >= _SIZES]
    power = np.empty((len(statistics), len(truths), len(truths), len(sizes)))
    for truth, size in np.ndindex(len(truths), len(sizes)):
        rng = np.random.default_rng([unit.seed, 1, truth, size])
        shape = (unit.power_replicates, int(sizes[size]))
        # All tests and rivals see the same experiments.
        pairs = simulate_synapses(truths[truth], shape, change=change, spread=spread, rng=rng)
        for statistic, rival in np.ndindex(len(statistics), len(truths)):
            rejected = rejections(*pairs, truths[rival], statistic=statistics[statistic])
            power[statistic, truth, rival, size] = rejected.mean()
    return xr.Dataset(
        {"power": (("statistic", "truth", "rival", "synapses"), power), "change": change, "spread": spread},
        coords={"statistic": statistics, "truth": truths, "rival": truths, "synapses": sizes},
    )
