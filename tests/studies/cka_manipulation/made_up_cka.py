"""Records of the CKA chapter made up so that every claim is true: what a test changes decides what fails."""

from typing import Any

import numpy as np
import xarray as xr

from learning_geometry.records import Records
from learning_geometry.store import Record, Task
from learning_geometry.studies import STUDIES
from learning_geometry.studies.cka_manipulation.claims.cubes import PRINTED
from learning_geometry.studies.cka_manipulation.experiments import cubes
from learning_geometry.studies.cka_manipulation.experiments.bias import Bias
from learning_geometry.studies.cka_manipulation.experiments.cubes import Cubes
from learning_geometry.studies.cka_manipulation.experiments.maps import Maps
from learning_geometry.studies.cka_manipulation.experiments.networks import Networks
from learning_geometry.studies.types import DataSource

STUDY = STUDIES["cka_manipulation"]
CONFIG: Any = STUDY.config()
SEEDS = range(5)
BLOCKS = np.arange(1, 9)
DISTANCES = [0.1, 1.0, 1e6]

Change = tuple[str, str, dict[str, Any], Any]
"""Experiment and part, variable, where, and its new value there."""


def _maps(seed: int) -> xr.Dataset:
    jitter = 0.001 * seed
    targets = CONFIG.map_targets + (CONFIG.map_once if seed == 0 else [])
    errors = np.tile([0.0, 0.3, 0.05 + jitter, 0.05 + jitter], (len(targets), 1))
    accuracy = np.tile([0.97, 0.968 + jitter], (len(targets), 1))
    eigenvalues = np.tile([-0.1, 0.0, 0.01, 0.01], (len(targets), 1))
    return xr.Dataset(
        {
            "error": (("target", "stage"), errors),
            "test_accuracy": (("target", "network"), accuracy),
            "least_eigenvalue": (("target", "map"), eigenvalues),
        },
        {
            "target": targets,
            "stage": ["floor", "before", "after", "after_reachable"],
            "network": ["teacher", "student"],
            "map": ["asked", "reachable", "before", "after"],
        },
        {"test_images": 540},
    )


def _regimes(jitter: float) -> xr.Dataset:
    fall = np.where(BLOCKS <= 2, 0.95, 0.2) + jitter
    stay = np.full(8, 0.9) + 2 * jitter  # so that the paired difference has a width
    pairs = {
        "generalised_memorised": fall, "generalised_random": fall, "memorised_random": fall,
        "generalised_generalised": stay, "random_random": np.where(BLOCKS <= 2, 0.93, 0.5) + jitter,
    }  # fmt: skip
    cka = np.stack([[values + 0.05, values] for values in pairs.values()])
    pixels = np.stack([[fall + 0.05, fall]] * 3)
    return xr.Dataset(
        {"cka": (("pair", "estimator", "block"), cka), "pixels": (("kind", "estimator", "block"), pixels)},
        {
            "pair": list(pairs),
            "kind": ["generalised", "memorised", "random"],
            "estimator": ["biased", "debiased"],
            "block": BLOCKS,
        },
    )


def _networks(seed: int) -> dict[str, xr.Dataset]:
    jitter = 0.001 * seed
    sets = ["one_class", "half_of_the_classes", "random_half", "one_point"]
    closed = np.tile([1.0, 0.9, 0.01 + jitter], (9, 4, 1))
    layers = xr.Dataset(
        {
            "closed_form": (("layer", "set", "distance"), closed),
            "direct": (("layer", "set", "distance"), closed.copy()),
            "limit": (("layer", "set"), closed[:, :, -1].copy()),
        },
        {"set": sets, "distance": DISTANCES},
    )
    moved = [*(f"class {k}" for k in range(3)), "one_image"]
    changed = np.zeros((2, 2, 2, 4, 3), dtype=int)
    changed[0, 1, :, :, 1:] = 100 + seed  # the support vector machine notices moves that the head does not
    cka = np.tile([0.99, 0.8, 0.3 + jitter], (2, 4, 1))
    cka[:, 3, -1] = 0.001 + 0.0001 * seed
    readers = xr.Dataset(
        {
            "cka": (("direction", "set", "distance"), cka),
            "changed": (("direction", "reader", "split", "set", "distance"), changed),
            "images": ("split", [1257, 540]),
        },
        {
            "direction": ["head_null_space", "svm_null_space"],
            "reader": ["head", "svm"],
            "split": ["train", "test"],
            "set": moved,
            "distance": DISTANCES,
        },
    )
    separated = xr.Dataset({"cka": ("distance", [1.0, 0.99, 0.97 + 2 * jitter])}, {"distance": DISTANCES})
    return {"regimes": _regimes(jitter), "layers": layers, "readers": readers, "separated": separated}


def _cubes() -> dict[str, xr.Dataset]:
    seeds = np.arange(5)
    jitter = 0.0005 * seeds
    moved = np.stack([np.linspace(1, 0.12, 11) + j for j in jitter])
    rbf = np.stack([np.array([[[0.1 + j] * 5] * 3, [[0.97 + j] * 5] * 3]) for j in jitter])
    mapped = np.stack([[PRINTED.get(ratio, 0.3) + j for ratio in cubes.SIGMA_OVER_MU] for j in jitter])
    dims = ("seed", "bandwidth", "fraction", "distance")
    return {
        "translation": xr.Dataset(
            {"cka": (("seed", "distance"), moved)}, {"seed": seeds, "distance": cubes.DISTANCES}, {"points": 10_000}
        ),
        "rbf": xr.Dataset(
            {"cka": (dims, rbf)},
            {"seed": seeds, "bandwidth": ["own", "shared"], "fraction": cubes.RBF_FRACTIONS, "distance": cubes.RBF_DISTANCES},
            {"points": 3000},
        ),
        "linear_map": xr.Dataset(
            {"cka": (("seed", "ratio"), mapped)}, {"seed": seeds, "ratio": cubes.SIGMA_OVER_MU}, {"points": 10_000}
        ),
    }  # fmt: skip


def _bias() -> xr.Dataset:
    dimensions = [10, 1000]
    expected = np.array([dimension / (dimension + 100) for dimension in dimensions])
    draws = 0.001 * np.arange(-3, 4)
    cka = np.stack([expected[:, None] + draws, np.zeros((2, 1)) + draws])
    return xr.Dataset(
        {"cka": (("estimator", "dimension", "draw"), cka), "expected_biased": ("dimension", expected)},
        {"estimator": ["biased", "debiased"], "dimension": dimensions},
        {"samples": 100},
    )


def recorded(*changes: Change, seeds: Any = SEEDS) -> Records:
    """Records of these seeds, with some values changed in all of them."""
    images = DataSource(name="digits")
    made: list[tuple[Any, Any]] = [(Cubes.of(CONFIG), _cubes()), (Bias.of(CONFIG, seed=0), _bias())]
    for seed in seeds:
        made.append((Maps.of(CONFIG, seed=seed, targets=["parity"], images=images), _maps(seed)))
        made.append((Networks.of(CONFIG, seed=seed, images=images), _networks(seed)))
    records = [
        Record(Task(STUDY.name, unit, "0"), result, seconds=0, peak_memory_mb=0, environment={})
        for unit, result in made
    ]
    for where, variable, place, value in changes:
        experiment, _, part = where.partition(" ")
        for record in (record for record in records if record.task.experiment == experiment):
            array = (record.result[part] if part else record.result)[variable]
            _change(array, place, value, getattr(record.unit, "seed", 0))
    return Records(records)


def _change(array: xr.DataArray, place: dict[str, Any], value: Any, seed: int) -> None:
    """Set a value that differs a little from seed to seed, so that intervals have a width."""
    before = array.loc[place]
    if before.dtype.kind != "f":
        array.loc[place] = value + seed
    elif {"seed", "draw"} & set(before.dims):
        array.loc[place] = value + before - before.mean()
    else:
        array.loc[place] = value + 0.001 * seed
