"""Records of the chapter on efficient self-supervision made up so that every claim is true: what a test changes decides what fails."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from learning_geometry.records import Records
from learning_geometry.store import Record, Task
from learning_geometry.studies import STUDIES
from learning_geometry.studies.efficient_ssl.experiments.approximation import Approximation
from learning_geometry.studies.efficient_ssl.experiments.crops import Crops
from learning_geometry.studies.efficient_ssl.experiments.eigenfunctions import Eigenfunctions
from learning_geometry.studies.efficient_ssl.experiments.equivalence import Equivalence
from learning_geometry.studies.efficient_ssl.experiments.projectors import Projectors
from learning_geometry.studies.efficient_ssl.experiments.views import Views
from learning_geometry.studies.types import DataSource

STUDY = STUDIES["efficient_ssl"]
CONFIG: Any = STUDY.config()
SEEDS = list(range(10))
SOURCES = {"first": DataSource(name="digits"), "second": DataSource(name="digits on texture")}

Change = tuple[str, dict[str, Any], str, dict[str, Any], Any]
"""Experiment, fields of its units, variable, where, and its new value there."""

ACCURACY = {
    "2 views": 85.0,
    "4 views": 88.0,
    "4 views, 1/2 steps": 87.0,
    "8 views, 1/4 steps": 86.0,
    "2 views, 1/2 steps": 81.5,
    "8 views, 1/2 steps": 89.0,
    "2 views, 1/4 steps": 78.0,
    "4 views, 1/4 steps": 83.0,
    "4 views in pairs, 1/2 steps": 86.0,
    "4 views, 1/2 steps, 1/2 images": 86.0,
    "2 views, 1/2 steps, 1/2 images": 80.0,
    "8 views, 1/4 steps, 1/4 images": 86.0,
    "2 views, 1/4 steps, 1/4 images": 75.0,
    "2 views, 1/2 steps, shuffled": 70.0,
    "4 views, 1/2 steps, shuffled": 70.0,
    "2 views, 1/2 steps, destroyed": 71.0,
    "4 views, 1/2 steps, destroyed": 71.0,
    "2 views, random projector": 80.0,
    "untrained": 70.0,
}


def jitter(seed: int, *shape: int) -> Any:
    """Small differences between seeds: equal ones have an interval of another kind."""
    return 0.01 * np.random.default_rng([seed, *shape]).standard_normal(shape)


def _views(seed: int, arms: Sequence[str]) -> xr.Dataset:
    few = np.array([ACCURACY[arm] for arm in arms]) + jitter(seed, len(arms))
    return xr.Dataset({"few": ("arm", few), "all": ("arm", few), "passes": ("arm", few)}, coords={"arm": list(arms)})


def _crops(seed: int) -> xr.Dataset:
    return xr.Dataset({"few": 85.0 + float(jitter(seed, 1)[0]), "all": 90.0, "passes": 85.0, "steps": 67})


def _projectors(seed: int) -> xr.Dataset:
    """Curves with one height each, whose best weight is 4 over the dimension."""
    dimension, weight = np.array(CONFIG.dimensions), np.array(CONFIG.off_diagonals)
    off = np.log10(weight) - np.log10(4 / dimension)[:, None]
    few = 85 - 6 * off**2 + jitter(seed, *off.shape)
    return xr.Dataset(
        {
            "few": (("dimension", "off_diagonal"), few),
            "all": (("dimension", "off_diagonal"), few),
            "untrained_few": 70.0,
        },
        coords={"dimension": dimension, "off_diagonal": weight},
    )


def _eigenfunctions(seed: int) -> dict[str, xr.Dataset]:
    losses = [
        "idealised 0.1",
        "idealised 0.5",
        "idealised 4",
        "barlow 0.005",
        "barlow 0.5",
        "vicreg 1",
        "vicreg 25",
        "shuffled",
    ]
    matched = np.array([[0.1, m] for m in (0.2, 0.98, 0.7, 0.5, 0.97, 0.6, 0.96, 0.3)]) + jitter(seed, 8, 2)
    captured = np.full((8, 2, 8), 0.97) + jitter(seed, 8, 2, 8)
    captured -= np.linspace(0, 0.3, 8) * np.array([1.0, 0.0])[:, None]
    training = xr.Dataset(
        {"captured": (("loss", "step", "rank"), captured.clip(0, 1)), "matched": (("loss", "step"), matched)},
        coords={"loss": losses, "step": [0, 100], "rank": np.arange(1, 9)},
        attrs={"dimensions": 6, "views": 900},
    )
    return {"training": training, "world": xr.Dataset({"values": ("order", np.linspace(0.9, 0.1, 9))})}


def _approximation(seed: int) -> xr.Dataset:
    error = np.tile([8.0, 4.0, 2.0], (2, 2, 1)) + abs(jitter(seed, 2, 2, 3))
    return xr.Dataset(
        {"error": (("budget", "form", "views"), error), "bias": (("budget", "form", "views"), error)},
        coords={"budget": ["images", "passes"], "form": ["mean", "corrected"], "views": [2, 4, 8]},
    )


def _equivalence() -> xr.Dataset:
    return xr.Dataset(
        {"value_error": 1e-15, "gradient_error": 1e-14, "operations": ("form", [1e7, 1e6])},
        coords={"form": ["pairs", "moments"]},
        attrs={"views": 900, "dimensions": 6},
    )


def recorded(
    *changes: Change, seeds: Sequence[int] = SEEDS, without: str = "", arms: Sequence[str] = tuple(ACCURACY)
) -> Records:
    """Records in which all claims are true but for the changes, and from which one experiment may be missing."""
    results: list[tuple[Any, Any]] = []
    for seed in seeds:
        for role, source in SOURCES.items():
            given = {"seed": seed, "images": source, "role": role}
            results.append((Views.of(CONFIG, arms=list(arms), **given), _views(seed, arms)))
            results.append((Projectors.of(CONFIG, **given), _projectors(seed)))
        results.append((Crops.of(CONFIG, seed=seed, images=SOURCES["first"], role="first"), _crops(seed)))
        results.append((Eigenfunctions.of(CONFIG, seed=seed), _eigenfunctions(seed)))
        results.append((Approximation.of(CONFIG, seed=seed), _approximation(seed)))
        results.append((Equivalence.of(CONFIG, seed=seed), _equivalence()))
    made = []
    for unit, result in results:
        for experiment, fields, variable, where, value in changes:
            if experiment == unit.experiment() and all(getattr(unit, name) == v for name, v in fields.items()):
                data = result["training"] if isinstance(result, dict) else result
                # Seeds keep their small differences.
                data[variable].loc[where] = value + 0.001 * unit.seed
        if unit.experiment() != without:
            made.append(Record(Task(STUDY.name, unit, "0"), result, seconds=0, peak_memory_mb=0, environment={}))
    return Records(made)
