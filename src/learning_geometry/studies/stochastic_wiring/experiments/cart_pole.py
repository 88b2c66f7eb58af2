"""A pole on a cart whose physics changes: a task where averaging helps, as a negative control."""

from typing import TYPE_CHECKING

from learning_geometry.studies.types import Count, NonNegative, Positive, Seed
from learning_geometry.studies.unit import Execution, Unit

if TYPE_CHECKING:
    import xarray as xr


class CartPole(Unit):
    """One genome, found by an evolution strategy whose agents are sampled brains."""

    seed: Seed
    pole_types: Count
    pole_neurons: Count
    pole_variability: NonNegative
    pole_generations: Count
    pole_pairs: Count
    pole_step: Positive


def measure(unit: CartPole, execution: Execution) -> "xr.Dataset":
    """How long sampled brains and the mean network of the same genome hold a pole upright, `balanced (agent, episode)`.

    As a share of 200 steps. Four scaled observations feed `pole_types` types of `pole_neurons` rectified neurons, whose signed sum pushes
    the cart left or right. Masses, length and force are log-normal around the classic ones with standard deviations of
    `pole_variability` times .3, .5, .7 and .3, drawn anew for each episode. The genome is found by an antithetic evolution strategy on
    logits (`pole_pairs` pairs a generation), whose agents are sampled.

    Source: our own; physics of Barto, Sutton and Anderson 1983.
    """
    import numpy as np
    import xarray as xr

    from learning_geometry.studies.stochastic_wiring.experiments._cart_pole import evolve, try_agents

    rng = np.random.default_rng(unit.seed)
    genome = evolve(
        rng,
        types=unit.pole_types,
        neurons=unit.pole_neurons,
        variability=unit.pole_variability,
        generations=unit.pole_generations,
        pairs=unit.pole_pairs,
        step=unit.pole_step,
    )
    balanced = try_agents(genome, unit.pole_types, unit.pole_neurons, unit.pole_variability, rng)
    return xr.Dataset({"balanced": (("agent", "episode"), balanced)}, coords={"agent": ["population", "mean network"]})
