"""Records of the synaptic chapter made up so that every claim is true: what a test changes decides what fails."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from learning_geometry.instruments.dual_change import cdf_distance_critical, cdf_distance_floor, shapiro_wilk_critical
from learning_geometry.instruments.synapse_power import simulate_synapses
from learning_geometry.records import Records
from learning_geometry.store import Record, Task
from learning_geometry.studies import STUDIES
from learning_geometry.studies.synaptic_weights.experiments._geometries import CANDIDATES, TRUTHS
from learning_geometry.studies.synaptic_weights.experiments._identification import identified
from learning_geometry.studies.synaptic_weights.experiments.noise import ASSUMED
from learning_geometry.studies.synaptic_weights.experiments.shapes import QUANTILE_LEVELS

STUDY = STUDIES["synaptic_weights"]
LAYERS = {"recurrent": 1, "perceptron": 1, "convolutional": 3, "undertrained": 3}

Change = tuple[str, str, dict[str, Any], Any]
"""Experiment and part, variable, where, and its new value there."""


def _jitter(labels: Any, size: float = 0.02) -> xr.DataArray:
    """Factors about one, a different one for each label."""
    return xr.DataArray(1 + size * np.linspace(-1, 1, len(labels)), [("seed", list(labels))])


def _distances(matched: Any) -> xr.DataArray:
    """`matched` under the right potential, the more under others the farther they are off."""
    truth, candidate = xr.DataArray(TRUTHS, [("truth", TRUTHS)]), xr.DataArray(CANDIDATES, [("candidate", CANDIDATES)])
    return matched * (1 + 4 * abs(truth - candidate))


def _simulation(unit: Any) -> xr.Dataset:
    distance = _distances(cdf_distance_floor(unit.simulated_synapses)) * _jitter(unit.draw_seeds)
    both = distance.expand_dims(initial=["log-normal", "normal"])
    return xr.Dataset({"cdf_distance": both, "synapses": unit.simulated_synapses})


def _regression(unit: Any) -> xr.Dataset:
    size = 3.0 if unit.inputs == "heavy-tailed" else 0.5
    critical = xr.DataArray(
        [size * cdf_distance_critical(d) for d in unit.dimensions], [("dimension", unit.dimensions)]
    )
    samples = ("dimension", [int(d**unit.sample_power) for d in unit.dimensions])
    return xr.Dataset({"cdf_distance": _distances(critical) * _jitter(unit.draw_seeds), "samples": samples})


def _network(name: str, seed: int) -> xr.Dataset:
    layers, factor = LAYERS[name], 1 + 0.02 * np.sin(seed)
    distance = _distances(0.5 * cdf_distance_critical(4096 * layers)) * factor
    if name == "undertrained":  # the 3-norm looks as Gaussian under the 2.5-norm and under others
        distance.loc[{"truth": 3.0}] = float(distance[2, 4]) * np.array([1.1, 1.3, 1.05, 0.6, 1])
    numbers = xr.DataArray(np.linspace(-1, 1, layers), [("layer", [f"layer {k}" for k in range(layers)])])
    exponent = xr.DataArray(TRUTHS, [("truth", TRUTHS)]) + 0.01 * numbers + 0.01 * np.sin(seed)
    shuffled = distance.sel(truth=2.0, drop=True).expand_dims(truth=TRUTHS).copy()  # Euclid, whatever the truth
    if (name, seed) == ("perceptron", 10):
        shuffled.loc[{"truth": 1.0, "candidate": 1.0}] = 0  # or, once, entropy where it is entropy
    return xr.Dataset(
        {
            "weights": ("layer", np.full(layers, 4096)),
            "pooled": distance,
            "shuffled": shuffled,
            "cdf_distance": distance * (1 + 0.02 * numbers),
            "exponent": exponent,
            "pretrained_accuracy": ("truth", np.full(3, 0.7 if name == "undertrained" else 0.98)),
        }
    )


def _networks(unit: Any) -> dict[str, xr.Dataset]:
    return {name: _network(name, unit.seed) for name in (*unit.networks, "undertrained")}


def _shapes(unit: Any) -> xr.Dataset:
    jitter = _jitter(unit.shape_seeds)
    truth, rival = (xr.DataArray(TRUTHS, [(name, TRUTHS)]) for name in ("truth", "rival"))
    best = shapiro_wilk_critical(unit.shape_synapses) + 1e-4 * (1 + jitter)
    flat = xr.Dataset(
        {
            "ks": _distances(0.02) * jitter,
            "ks_unpaired": _distances(0.06) * jitter,
            "ks_between": 0.2 * abs(truth - rival) * jitter,
            "ks_again": (0 * truth + 0.02) * jitter,
            "skewness_log": xr.DataArray([-0.4, -1.8, -2.1], [("truth", TRUTHS)]) * jitter,
            "shapiro_log": best - xr.DataArray([0, 0.13, 0.15], [("truth", TRUTHS)]) * jitter,
            "initial_quantiles": ("level", QUANTILE_LEVELS),
            "final_quantiles": truth / 10 + xr.DataArray(QUANTILE_LEVELS, dims="level"),
            "predicted_quantiles": _distances(0.1) + xr.DataArray(QUANTILE_LEVELS, dims="level"),
        }
    )
    both = flat.expand_dims(initial=list(unit.initials)).copy(deep=True)
    return both.assign(synapses=unit.shape_synapses, ks_floor=0.01, ks_critical=0.04)


def _power(unit: Any) -> dict[str, xr.Dataset]:
    needed = xr.DataArray([30.0, 60.0, 120.0], [("statistic", list(unit.statistics))])
    spread = xr.DataArray(unit.power_spreads, [("spread", unit.power_spreads)])
    change = xr.DataArray(np.ones(len(unit.power_changes)), [("change", unit.power_changes)])
    truth, rival = (xr.DataArray(TRUTHS, [(name, TRUTHS)]) for name in ("truth", "rival"))
    n = needed * change * xr.where(spread < 0.3, 3.0, 1.0) * (1 + 0.05 * (truth + rival - 2))
    n = n.where(truth != rival, -1.0)
    required = xr.Dataset({"n": n, "low": n.where(n < 0, 0.9 * n), "high": n.where(n < 0, 1.12 * n)})
    synapses = xr.DataArray([10, 40, 400], [("synapses", [10, 40, 400])])
    power = (xr.where(truth == rival, 0.05, 1.0) * synapses / 400).expand_dims(statistic=list(unit.statistics))
    curves = xr.Dataset({"power": power, "change": 0.1, "spread": 0.4})
    return {"required": required.assign(max_synapses=unit.max_synapses), "curves": curves}


def _noise(unit: Any) -> xr.Dataset:
    replicate = xr.DataArray(np.arange(unit.noise_replicates), [("replicate", np.arange(unit.noise_replicates))])
    named = {"noise": list(unit.noises), "assumed": ASSUMED, "synapses": list(unit.noise_synapses)}
    exponent = xr.DataArray(TRUTHS, [("truth", TRUTHS)]) + 0.002 * (replicate - replicate.mean())
    exponent = exponent.expand_dims(named).copy()
    identified = xr.ones_like(exponent, dtype=bool)
    exponent.loc[{"noise": unit.noises[1:], "assumed": 0.0, "truth": [2.0, 3.0]}] -= 1
    identified.loc[{"noise": unit.noises[1:], "assumed": [0.0, 0.5], "truth": [2.0, 3.0]}] = False
    identified.loc[{"noise": unit.noises[-1], "synapses": unit.noise_synapses[0], "truth": 1.0}] = False
    return xr.Dataset(
        {"exponent": exponent, "identified": identified, "misnamed": ~identified, "change": unit.noise_change}
    )


def _spines(unit: Any) -> xr.Dataset:
    volumes = np.random.default_rng(0).lognormal(-2, 0.8, 400)
    mixture = {"share": ("component", [0.5, 0.5]), "mean": ("component", [-2.5, -1.5]), "sd": ("component", [0.6, 0.6])}
    marginal = {"mean_log": -2.0, "sd_log": 0.8, "exponent": 1.1, "interval": ("end", [1.05, 1.16])}
    bic = {"bic": ("components", [10.0, 8.0])}
    return xr.Dataset({"volumes": ("spine", volumes), **mixture, **marginal, **bic}, {"components": [1, 2]})


def _pairs(unit: Any) -> dict[str, xr.Dataset]:
    before, after = simulate_synapses(2.0, (1, 40), change=0.2, spread=0.7, rng=np.random.default_rng(0))
    return identified(before[0], after[0], unit.measurement_noise)


def _pretrained(unit: Any) -> xr.Dataset:
    sizes = {"layer_size": ("layer", [1000, 9003]), "zeros": ("truth", [0, 3, 1])}
    return xr.Dataset({"cdf_distance": _distances(0.01) * (1 + 0.02 * np.sin(unit.seed)), **sizes})


_MADE = {
    "simulation": _simulation,
    "regression": _regression,
    "networks": _networks,
    "shapes": _shapes,
    "power": _power,
    "noise": _noise,
    "pairs": _pairs,
    "spines": _spines,
    "pretrained": _pretrained,
}


def recorded(*changes: Change, only: Sequence[str] = (), **given: Any) -> Records:
    """Records of all experiments that have claims, or `only` some, with the values `given` and the `changes` made."""
    records = []
    for unit in STUDY.config(given={"dimensions": [100, 1600, 25_600], **given}).shifted().units():
        if unit.experiment() in (only or _MADE):
            result = _MADE[unit.experiment()](unit)
            for experiment, variable, where, value in changes:
                name, _, part = experiment.partition(" ")
                if name == unit.experiment():
                    _change(result[part] if part else result, variable, where, value)
            records.append(
                Record(Task("synaptic_weights", unit, ""), result, seconds=0, peak_memory_mb=0, environment={})
            )
    return Records(records)


def _change(result: xr.Dataset, variable: str, where: dict[str, Any], value: Any) -> None:
    if {name for name, label in where.items() if not np.isin(label, result[name]).all()}:
        return  # of another regression
    array = result[variable].copy()
    array.loc[where] = value(array.loc[where]) if callable(value) else value
    result[variable] = array


def tables(folder: Path) -> dict[str, Any]:
    """Parameters that ask for the reader's own tables and for pretrained networks, with what they need on disk."""
    pairs = "".join(f"s{i},{i + 1},{i + 1.1 + 0.1 * (i % 3)}\n" for i in range(20))
    (folder / "pairs.csv").write_text("synapse,before,after\n" + pairs)
    spines = "".join(f"{i},1,{i},0.{i + 1}\n" for i in range(20))
    (folder / "spines.csv").write_text("id,pre_root_id,post_root_id,spine_vol_um3\n" + spines)
    (folder / "photographs").mkdir(exist_ok=True)
    return {
        "paired_sizes": str(folder / "pairs.csv"),
        "spine_table": str(folder / "spines.csv"),
        "photographs": str(folder / "photographs"),
        "pretrained": {"microsoft/resnet-18": ["main"], "google/vit-base-patch16-224": ["main"]},
    }
