"""Records of the wiring chapter made up so that every claim is true: what a test changes decides what fails."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from learning_geometry.records import Records
from learning_geometry.store import Record, Task
from learning_geometry.studies import STUDIES
from learning_geometry.studies.stochastic_wiring.experiments.cart_pole import CartPole
from learning_geometry.studies.stochastic_wiring.experiments.classifier import AGENTS, Classifier
from learning_geometry.studies.stochastic_wiring.experiments.hedging import Hedging
from learning_geometry.studies.stochastic_wiring.experiments.laws import Laws
from learning_geometry.studies.stochastic_wiring.experiments.moments import Moments
from learning_geometry.studies.stochastic_wiring.experiments.population import Population
from learning_geometry.studies.stochastic_wiring.experiments.search import Search
from learning_geometry.studies.types import DataSource

STUDY = STUDIES["stochastic_wiring"]
CONFIG: Any = STUDY.config()
SEEDS = list(range(20))
NEURONS = CONFIG.neurons
DIGITS = DataSource(name="digits")

Change = tuple[str, dict[str, Any], str, dict[str, Any], Any]
"""Experiment, fields of its units, variable, where, and its new value there."""


def _classifier(types: int, variability: int, recentred: bool, seeds: Sequence[int]) -> dict[str, xr.Dataset]:
    """Accuracies of 80 % and less: the population gains with neurons, with variability and with types."""
    shape = (len(seeds), len(NEURONS), len(AGENTS), 2)
    dims = ("seed", "neurons", "agent", "world")
    accuracy = xr.DataArray(
        np.full(shape, 0.5),
        dims=dims,
        coords={"seed": list(seeds), "neurons": NEURONS, "agent": AGENTS, "world": ["known", "novel"]},
    )
    moving = 0.0 if recentred else 0.1 * (variability > 0)
    rising = np.linspace(-0.2, 0.02, len(NEURONS))[:, None] + moving
    accuracy.loc[{"agent": "population"}] += rising + 0.01 * types / 20
    accuracy.loc[{"agent": "deterministic"}] += 0.2 * types / 20 - 0.1
    accuracy.loc[{"agent": "mean network"}] = accuracy.sel(agent="population") - 0.2 - rising / 2
    accuracy.loc[{"agent": "rounded"}] = accuracy.sel(agent="population") - 0.1
    accuracy.loc[{"agent": "sampled deterministic"}] = accuracy.sel(agent="deterministic") - 0.2
    accuracy.loc[{"agent": "best"}] += 0.1
    # No two seeds are equal in anything: equal ones have an interval of another kind.
    accuracy += 0.002 * np.random.default_rng([types, variability, recentred]).standard_normal(shape)
    return {"accuracy": xr.Dataset({"accuracy": accuracy}, attrs={"images": "digits"})}


def _population(seed: int) -> xr.Dataset:
    agents = ["mean", *map(str, CONFIG.population_neurons)]
    dims = ("rate", "size", "agent")
    lifetime = xr.DataArray(
        np.ones((2, 2, len(agents))), dims=dims, coords={"rate": [0.1, 1.0], "size": [0.0, 0.3], "agent": agents}
    )
    lifetime.loc[{"size": 0.3}] = [0.1, 0.95, 0.9, 0.8, 0.6]
    lifetime.loc[{"size": 0.3}] += 0.001 * seed * np.arange(len(agents))
    surviving = lifetime * 0 + np.array([1.0, 0.2, 0.5, 0.8, 0.9]) - 0.001 * seed * np.arange(len(agents))
    alive = lifetime.expand_dims(generation=[1, 2], axis=-1).copy()
    return xr.Dataset({"lifetime": lifetime, "surviving": surviving, "alive": alive, "exact": lifetime - 0.001 * seed})


def _search(seed: int) -> xr.Dataset:
    asked = np.array([[[1.0, 0.0], [0.0, 1.0]], [[0.7, 0.3], [0.3, 0.7]]])
    probability = np.stack([asked, asked], axis=1) + 0.001 * seed * np.array([1, -1])
    probability[1, 1] = probability[0, 1]
    return xr.Dataset(
        {
            "probability": (("environment", "mean", "sign", "pair"), np.clip(probability, 0, 1)),
            "asked": (("environment", "sign", "pair"), asked),
        },
        coords={"environment": ["stable", "unpredictable"], "mean": ["geometric", "arithmetic"]},
    )


def _hedging() -> xr.Dataset:
    return xr.Dataset(
        {
            "fitness": (("size", "spread", "mean"), [[[1.0, 1.0], [0.5, 0.5]], [[0.6, 0.0], [0.5, 0.3]]]),
            "best": (("size", "rate"), [[0.0, 0.0], [0.0, 0.2]]),
        },
        coords={"mean": ["arithmetic", "geometric"], "size": [0.0, 0.3], "spread": [0.0, 0.2], "rate": [0.0, 1.0]},
    )


def _laws() -> xr.Dataset:
    return xr.Dataset(
        {"distance": (("synapses", "mean", "sd"), [[[0.03]], [[0.015]], [[0.0075]]])},
        coords={"synapses": [64, 256, 1024], "mean": [0.0], "sd": [1.0]},
    )


def _moments(seed: int) -> xr.Dataset:
    variance = np.array([[1.0, 2.0], [1.0 + 0.001 * seed, 2.0]])
    return xr.Dataset({"variance": (("source", "neurons"), variance)}, coords={"source": ["sampled", "moments"]})


def _cart_pole(seed: int) -> xr.Dataset:
    balanced = [[0.7 + 0.01 * seed] * 2, [1.0] * 2]
    return xr.Dataset({"balanced": (("agent", "episode"), balanced)}, coords={"agent": ["population", "mean network"]})


def recorded(
    *changes: Change, seeds: Sequence[int] = SEEDS, without: str = "", variabilities: Sequence[int] = (0, 1, 2)
) -> Records:
    """Records in which all claims are true but for the changes, and from which one experiment may be missing."""
    seeds = list(seeds)

    def classifier(types: int, variability: int, recentred: bool = False) -> tuple[Any, Any]:
        fields = {"types": types, "variability": variability, "recentred": recentred}
        return Classifier.of(CONFIG, seeds=seeds, images=DIGITS, **fields), _classifier(**fields, seeds=seeds)

    results: list[tuple[Any, Any]] = [classifier(10, v) for v in variabilities]
    results += [classifier(types, 1) for types in (6, 20)]
    results += [classifier(10, v, True) for v in variabilities if v]
    for seed in seeds:
        results.append((Population.of(CONFIG, seed=seed), _population(seed)))
        results.append((Search.of(CONFIG, seed=seed), _search(seed)))
        results.append((CartPole.of(CONFIG, seed=seed), _cart_pole(seed)))
        results.append((Moments.of(CONFIG, seed=seed), _moments(seed)))
    results += [(Laws.of(CONFIG), _laws()), (Hedging.of(CONFIG), _hedging())]
    made = []
    for unit, result in results:
        for experiment, fields, variable, where, value in changes:
            if experiment == unit.experiment() and all(getattr(unit, name) == v for name, v in fields.items()):
                data = result["accuracy"] if isinstance(result, dict) else result
                data[variable].loc[where] = value
        if unit.experiment() != without:
            made.append(Record(Task(STUDY.name, unit, "0"), result, seconds=0, peak_memory_mb=0, environment={}))
    return Records(made)
