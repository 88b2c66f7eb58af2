"""Records of the chapter on adaptive neurons made up so that its claims are true: what a test changes decides what fails."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from learning_geometry.records import Records
from learning_geometry.store import Record, Task
from learning_geometry.studies import STUDIES
from learning_geometry.studies.adaptive_neurons.experiments.networks import Networks

STUDY = STUDIES["adaptive_neurons"]
SEEDS = list(range(10))

Change = tuple[str, dict[str, Any], str, str, dict[str, Any], Any]
"""Experiment, fields of its units, part, variable, where, and its new value there."""

KINDS = ["clean", "noise", "drift", "drive"]

# Accuracy under any perturbation of each model and variant, and where training decides: under noise, or under drift.
BASE = {
    "adaptive/plain": 0.80, "adaptive/low gains": 0.80, "adaptive/drift": 0.80, "fixed/plain": 0.70, "fixed/low gains": 0.70,
    "fixed/drift": 0.70, "fixed/noise": 0.85, "fixed/wide": 0.70, "heterogeneous/plain": 0.78, "homogeneous/plain": 0.70,
    "relu/plain": 0.72, "tanh/plain": 0.70, "gru/plain": 0.70, "lstm/plain": 0.70,
}  # fmt: skip
EXPONENT = {"adaptive": 0.01, "heterogeneous": 0.02, "fixed": 0.03, "fixed/noise": 0.05}
ORDER = {"adaptive": 0.3, "heterogeneous": 0.1, "fixed": 0.05, "tanh": 0.05}


def _spread(key: str, shape: Sequence[int], size: float) -> Any:
    # No two seeds are equal in anything: equal ones have an interval of another kind.
    return size * np.random.default_rng(sum(map(ord, key))).standard_normal(tuple(shape))


def _accuracy(key: str, seeds: list[int]) -> xr.Dataset:
    noisy = _spread(key, (len(seeds), len(KINDS)), 0.002)
    coords = {
        "seed": seeds,
        "condition": KINDS,
        "kind": ("condition", KINDS),
        "size": ("condition", [0.0, 0.1, 0.5, 1.0]),
    }
    data = xr.Dataset({"accuracy": (("seed", "condition"), BASE[key] + noisy)}, coords=coords)
    if key.startswith("adaptive"):
        ways = ["frozen", "shuffled", "transplanted"]
        lost = np.array([0.05, 0.12, 0.05])[:, None, None]
        data = data.assign_coords(way=ways)
        data["imposed"] = (
            ("way", "seed", "condition"),
            BASE[key] - lost + _spread(key + "imposed", (3, *noisy.shape), 0.002),
        )
    return data


def _dynamics(model: str, key: str, seeds: list[int]) -> xr.Dataset:
    size = EXPONENT.get(key, EXPONENT.get(model, 0.03))
    gradient = np.linspace(1.0 if model == "adaptive" else 2.0, 0, 4) + _spread(key, (len(seeds), 1), 0.01)
    return xr.Dataset(
        {
            "exponent": (("seed", "drive"), size + _spread(key, (len(seeds), 2), 0.0002)),
            "gradient": (("seed", "time"), gradient),
        },
        coords={"seed": seeds, "drive": [0.0, 1.0]},
    )


def _responses(model: str, seeds: list[int]) -> xr.Dataset:
    shape = (2, len(seeds), 2)
    orders = {name: ORDER.get(model, 0.05) + _spread(model + name, shape, 0.002) for name in ("published", "fitted")}
    where = ("network", "seed", "drive")
    return xr.Dataset(
        {name: (where, values) for name, values in orders.items()},
        coords={"network": ["isolated", "connected"], "seed": seeds, "drive": [0.5, 5.0]},
    )


def _coding(model: str, seeds: list[int]) -> xr.Dataset:
    falling = {"adaptive": [1.0, 0.9], "tanh": [1.0, 0.3]}.get(model, [1.0, 1.0])
    gain = np.stack([np.ones((len(seeds), 2)), np.ones((len(seeds), 1)) * falling])
    values = gain + _spread(model, gain.shape, 0.001)
    where = ("stage", "seed", "sd")
    return xr.Dataset(
        {name: (where, values) for name in ("slope", "gain")},
        coords={"stage": ["untrained", "trained"], "seed": seeds, "sd": [0.5, 5.0]},
    )


def _shapes(model: str, seeds: list[int]) -> xr.Dataset:
    gain = np.stack([np.full((len(seeds), 3), 6.0), 6.06 + _spread(model, (len(seeds), 3), 0.01)])
    data = xr.Dataset(
        {"gain": (("stage", "seed", "neuron"), gain)}, coords={"stage": ["untrained", "trained"], "seed": seeds}
    )
    if model == "adaptive":
        course = np.full((2, len(seeds), 2, 60), 6.0)
        course[..., 25:40] += 0.3 + _spread(model, (2, len(seeds), 2, 1), 0.01)
        data = data.assign_coords(quantity=["gain", "saturation"], drive=[0.5, 5.0])
        data["course"] = (("quantity", "seed", "drive", "time"), course)
    return data


def _networks(unit: Networks) -> dict[str, xr.Dataset]:
    key, seeds = f"{unit.model}/{unit.variant}", unit.seeds
    if unit.model in ("gru", "lstm"):
        return {"accuracy": _accuracy(key, seeds)}
    return {
        "accuracy": _accuracy(key, seeds),
        "dynamics": _dynamics(unit.model, key, seeds),
        "responses": _responses(unit.model, seeds),
        "coding": _coding(unit.model, seeds),
        "shapes": _shapes(unit.model, seeds),
    }


def _estimator() -> xr.Dataset:
    orders = np.array([[[-0.6, 0.0], [-0.3, 0.3]], [[0.0, 0.0], [0.3, 0.3]]])
    return xr.Dataset(
        {"order": (("estimator", "true", "amplitude"), orders)},
        coords={"estimator": ["published", "fitted"], "true": [0.0, 0.3], "amplitude": [0.1, 1.0]},
    )


def recorded(*changes: Change, seeds: Sequence[int] = SEEDS, without: Sequence[str] = ()) -> Records:
    """Records in which the claims are true but for the changes; experiments, or networks `model/variant`, may be missing."""
    made = []
    for unit in STUDY.config(given={"seeds": list(seeds)}).units():
        result: Any = _networks(unit) if isinstance(unit, Networks) else _estimator()
        for experiment, fields, part, variable, where, value in changes:
            if experiment == unit.experiment() and all(getattr(unit, name) == v for name, v in fields.items()):
                (result[part] if part else result)[variable].loc[where] = value
        name = f"{unit.model}/{unit.variant}" if isinstance(unit, Networks) else unit.experiment()
        if name not in without and unit.experiment() not in without:
            made.append(Record(Task(STUDY.name, unit, "0"), result, seconds=0, peak_memory_mb=0, environment={}))
    return Records(made)
