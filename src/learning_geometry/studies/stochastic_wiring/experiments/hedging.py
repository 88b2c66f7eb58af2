"""Arithmetic and geometric mean fitness of populations that spread by chance: the bet-hedging bound, without simulation."""

from typing import TYPE_CHECKING, ClassVar

from learning_geometry.studies.types import Count, Positive, RisingFromZero, Share
from learning_geometry.studies.unit import Execution, Unit

if TYPE_CHECKING:
    import xarray as xr


class Hedging(Unit):
    """Normal phenotypes of several spreads, under optima of several sizes and rates of change."""

    deterministic: ClassVar[bool] = True

    pairs: Count
    tolerance: Positive
    change_sizes: RisingFromZero
    spreads: RisingFromZero
    excursion_rates: list[Share]


def measure(unit: Hedging, execution: Execution) -> "xr.Dataset":
    """Mean fitness `fitness (mean, size, spread)`, and the best spread where the optimum makes excursions, `best (size, rate)`.

    Fitness is the probability to survive a generation; an infinite population has the arithmetic mean over individuals as its growth
    in one environment, and the geometric mean over environments as its growth in the long run. `best` is the spread, among
    `spreads`, of the largest growth when the optimum is away from home in a share `rate` of the generations.

    Source: our own, after Cohen 1966 and Seger and Brockmann 1987.
    """
    import numpy as np
    import xarray as xr

    from learning_geometry.instruments.bet_hedging import growth_with_excursions, mean_fitness

    spreads = np.asarray(unit.spreads)
    fitness = np.array(
        [[mean_fitness(sd, size, unit.tolerance, unit.pairs) for sd in spreads] for size in unit.change_sizes]
    )
    growth = np.array(
        [
            [
                [growth_with_excursions(sd, rate, size, unit.tolerance, unit.pairs) for sd in spreads]
                for rate in unit.excursion_rates
            ]
            for size in unit.change_sizes
        ]
    )
    return xr.Dataset(
        {
            "fitness": (("size", "spread", "mean"), fitness),
            "best": (("size", "rate"), spreads[growth.argmax(-1)]),
        },
        coords={
            "mean": ["arithmetic", "geometric"],
            "size": unit.change_sizes,
            "spread": spreads,
            "rate": unit.excursion_rates,
        },
    )
