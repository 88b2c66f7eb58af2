"""Records of the chapter on successor features made up so that every claim is true: what a test changes decides what fails."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import xarray as xr

from learning_geometry.records import Records
from learning_geometry.store import Record, Task
from learning_geometry.studies import STUDIES
from learning_geometry.studies.successor_features.experiments.exact import Exact
from learning_geometry.studies.successor_features.experiments.training import Training

STUDY = STUDIES["successor_features"]
CONFIG: Any = STUDY.config()
SEEDS = list(range(20))
UPDATES = [0, 250, 500, 1000]
MEASURES = ["decoding", "correlation", "uncentred rank", "centred rank"]

Change = tuple[dict[str, Any], str, str, dict[str, Any], float]
"""Fields of the units, part of their results, variable, where, and its new value there."""

LEVEL = {"simple": 0.9, "DQN": 0.7, "same head": 0.6, "no stop-gradient": 0.4, "all losses": 0.3}
"""Returns at the end of a phase; 0 for the other agents."""


def _course(agent: str, unit: Training, noise: Any) -> xr.Dataset:
    """Curves that rise from 0 to the agent's level; in the first phase DQN rises early, but is good only in the end."""
    shape = (len(unit.seeds), unit.phases, len(UPDATES))
    level = LEVEL.get(agent, 0.0)
    middle = {"simple": 0.55, "DQN": 0.45}.get(agent, 0.1 * level)
    returns = np.broadcast_to([0.0, 0.1 * level, middle, level], shape) + noise(shape)
    if agent == "DQN":
        returns[:, 0, 1:3] = 0.47 + noise((shape[0], 2))
    if agent == "simple":
        returns[:, 2:, 1] += 0.2
    cosine = {"canonical": 0.99, "orthogonality": 0.1, "simple": 0.6}.get(agent, 0.9)
    cosines = np.broadcast_to([0.98, 0.98, 0.98, cosine], shape) + noise(shape)
    dims = ("seed", "phase", "update")
    return xr.Dataset(
        {
            "returns": (dims, returns),
            "feature_cosine": (dims, cosines),
            "successor_cosine": (dims, cosines),
            "earned": (dims, returns),
        },
        coords={"seed": unit.seeds, "phase": range(1, unit.phases + 1), "update": UPDATES},
    )


def _stages(agent: str, unit: Training, noise: Any) -> xr.Dataset:
    """Agents that act well are decoded well; canonical features have a small rank unless they are centred."""
    error = 0.9 - 0.5 * LEVEL.get(agent, 0.0)
    after = [error, 0.5, 2.0 if agent == "canonical" else 10.0, 12.0]
    values = np.array([[[0.95, 0.1, 3.0, 20.0]] * len(unit.seeds)] + [[after] * len(unit.seeds)] * unit.phases)
    return xr.Dataset(
        {"value": (("stage", "seed", "measure"), values + noise(values.shape))},
        coords={"stage": range(unit.phases + 1), "seed": unit.seeds, "measure": MEASURES},
    )


def _after(unit: Training, dimension: str, levels: dict[str, float], noise: Any) -> xr.Dataset:
    values = np.array([[0.0, level, level, level] for level in levels.values()])
    returns = np.broadcast_to(values, (len(unit.seeds), *values.shape))
    return xr.Dataset(
        {"returns": (("seed", dimension, "update"), returns + noise(returns.shape))},
        coords={"seed": unit.seeds, dimension: list(levels), "update": UPDATES},
    )


@cache
def _unit(agent: str, seeds: tuple[int, ...], view: str, slip: float) -> tuple[Training, dict[str, xr.Dataset]]:
    unit = Training.of(
        CONFIG, agent=agent, seeds=list(seeds), view=view, slip=slip, phases=4, branches=[], learning_rate=0.001
    )
    return unit, _training(unit)


def _training(unit: Training) -> dict[str, xr.Dataset]:
    agent = unit.agent
    rng = np.random.default_rng([len(agent), int(100 * unit.slip), unit.view == "egocentric"])

    def noise(shape: tuple[int, ...]) -> Any:
        # No two seeds are equal in anything: equal ones have an interval of another kind.
        return 0.002 * rng.standard_normal(shape)

    parts = {"course": _course(agent, unit, noise), "stages": _stages(agent, unit, noise)}
    if unit.slip or unit.view == "egocentric":
        if agent == "DQN":  # there the simple agent is ahead from the beginning
            parts["course"]["returns"] -= 0.6
            parts["course"]["returns"] = parts["course"]["returns"].clip(-1)
    elif agent in ("simple", "DQN"):
        ahead = 0.3 if agent == "simple" else 0.0
        levels = {"nothing": 0.6 - 0.2 * ahead, "rewards": 0.4 + ahead, "layout": 0.4}
        parts["branches"] = _after(unit, "switch", levels, noise)
        parts["task_vector"] = _after(unit, "rewards", {"same": 0.9, "switched": 0.7}, noise)
    parts["cost"] = xr.Dataset({"operations": 1e6 if agent in ("simple", "DQN", "random") else 2e6})
    return parts


def _exact() -> dict[str, xr.Dataset]:
    policies = ["best", "old", "random successors", "old successors"]
    return {"returns": xr.Dataset({"returns": ("policy", [1.0, -1.0, 1.0, 0.9])}, coords={"policy": policies})}


def recorded(
    *changes: Change, seeds: Sequence[int] = SEEDS, without: str = "", slips: Sequence[float] = (0.15, 0.3, 0.45)
) -> Records:
    """Records in which all claims are true but for the changes, and from which an agent may be missing."""
    wanted = [(agent, "allocentric", 0.0) for agent in CONFIG.agents if agent != without]
    wanted += [(agent, "allocentric", slip) for slip in slips for agent in ("simple", "DQN")]
    wanted += [(agent, "egocentric", 0.0) for agent in ("simple", "DQN")]
    half = len(seeds) // 2
    made = []
    for agent, view, slip in wanted:
        for few in filter(None, (tuple(seeds[:half]), tuple(seeds[half:]))):
            unit, kept = _unit(agent, few, view, slip)
            parts = dict(kept)
            for where, part, variable, places, value in changes:
                if part in parts and all(getattr(unit, name) == wish for name, wish in where.items()):
                    parts[part] = parts[part].copy(deep=True)
                    parts[part][variable].loc[places] = value
            made.append(Record(Task(STUDY.name, unit, "0"), parts, seconds=0, peak_memory_mb=0, environment={}))
    exact: Any = _exact()
    for where, part, variable, places, value in changes:
        if where.get("agent") is None and part in exact:
            exact[part][variable].loc[places] = value
    made.append(Record(Task(STUDY.name, Exact.of(CONFIG), "0"), exact, seconds=0, peak_memory_mb=0, environment={}))
    return Records(made)
