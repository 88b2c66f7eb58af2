"""Records of the visual chapter made up so that every claim is true: what a test changes decides what fails."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from learning_geometry.records import Records
from learning_geometry.store import Record, Task
from learning_geometry.studies import STUDIES
from learning_geometry.studies.types import DataSource
from learning_geometry.studies.visual_cortex.experiments import estimators, power
from learning_geometry.studies.visual_cortex.experiments.brain import Brain
from learning_geometry.studies.visual_cortex.experiments.estimators import Estimators
from learning_geometry.studies.visual_cortex.experiments.hierarchy import Hierarchy
from learning_geometry.studies.visual_cortex.experiments.networks import Networks
from learning_geometry.studies.visual_cortex.experiments.power import Power
from learning_geometry.studies.visual_cortex.experiments.pretrained import TWINS, Pretrained
from learning_geometry.studies.visual_cortex.experiments.simulated_codes import SimulatedCodes
from learning_geometry.studies.visual_cortex.experiments.theory import Theory
from learning_geometry.studies.visual_cortex.experiments.type_i_error import CELLS, TypeIError

STUDY = STUDIES["visual_cortex"]
CONFIG: Any = STUDY.config()
SEEDS = range(6)
STAGES = ["pixels", "simple cells", "energy", "pooled energy", "texture", "categories"]
ARMS = [
    "random",
    "barlow_twins",
    "continued",
    "fine_tuned",
    "fine_tuned_augmented",
    "fine_tuned_place",
    "fine_tuned_photograph",
    "fine_tuned_permuted",
    "vicreg",
    "fine_tuned_vicreg",
    "supervised",
]
STRAIGHT = [arm in ("barlow_twins", "continued", "fine_tuned_permuted", "vicreg") for arm in ARMS]
RECORDINGS = DataSource(name="nsd", digest="0" * 16)

Change = tuple[str, str, dict[str, Any], Any]
"""Experiment and part, variable, where, and its new value there."""


def _estimators(seed: int) -> xr.Dataset:
    """Exponents as they should be: noise bends what it can bend, and moments are right."""
    dims = ("spectrum", "noise", "estimator")
    shape = len(estimators.SPECTRA), len(estimators.NOISES), len(estimators.ESTIMATORS)
    exponent = xr.DataArray(np.ones(shape), [(d, list(n)) for d, n in zip(dims, _AXES, strict=True)])
    exponent.loc[{"estimator": "plain PCA"}] -= 0.3
    exponent.loc[{"noise": "correlated", "estimator": "cvPCA"}] -= 0.3
    exponent.loc[{"noise": "aligned", "estimator": "cvPCA, noise removed"}] -= 0.5
    truths = [0.7, 1.0, 1.4, 1.0, 1.0, 1.0]
    jitter = 0.001 * seed * np.arange(1, 5)
    return xr.Dataset(
        {
            "exponent": exponent + jitter,
            "r2": (dims, 0.98 + 0.0001 * seed * np.arange(shape[0])[:, None, None] + np.zeros(shape)),
            "raised": (dims, np.zeros(shape, dtype=int)),
            "moments": (("spectrum", "noise"), np.tile(np.array(truths)[:, None], (1, 3)) + 0.001 * seed),
        }
    )


_AXES = estimators.SPECTRA, estimators.NOISES, estimators.ESTIMATORS


def _type_i_error(areas: int) -> xr.Dataset:
    p_values = np.linspace(0.04, 1, 40)  # one in forty is at most 5 %
    verdicts = ["scale-free"] * areas
    return xr.Dataset(
        {"p_value": ("area", np.resize(p_values, areas)), "verdict": ("area", verdicts)}, {"area": np.arange(areas)}
    )


def _power(stimuli: int, areas: int = 60) -> xr.Dataset:
    voxels = [60, 120]
    recognised = np.zeros((2, len(power.SPECTRA), areas), dtype=bool)
    recognised[:, 0, :3] = True  # one power law in twenty
    recognised[1, 1:] = stimuli >= 400
    dims = ("voxels", "spectrum", "area")
    return xr.Dataset({"recognised": (dims, recognised)}, {"voxels": voxels, "spectrum": list(power.SPECTRA)})


def _hierarchy(seed: int) -> xr.Dataset:
    verdicts = ["scale-free"] * 3 + ["undecided"] + ["not scale-free"] * 2
    curvature = np.array([0.0, 0.02, 0.03, 0.2, -0.2, -0.5]) + 0.001 * seed
    return xr.Dataset({"verdict": ("stage", verdicts), "curvature": ("stage", curvature)}, {"stage": STAGES})


def _networks(seed: int) -> dict[str, xr.Dataset]:
    # The more a spectrum bends, the less the network withstands: what the naive story has it.
    bend = np.where(STRAIGHT, 0.0, -0.2) + 0.001 * seed * np.arange(1, len(ARMS) + 1)
    kept = 0.5 + bend
    features = xr.Dataset(
        {
            "curvature": (("arm", "window"), np.stack([bend, bend], axis=1)),
            "probe_clean": ("arm", np.ones(len(ARMS))),
            "probe_noise": (("arm", "noise"), np.stack([kept, kept], axis=1)),
            "probe_attack": (("arm", "attack"), np.stack([kept, kept], axis=1)),
            "noise_share": (("arm", "noise"), np.stack([1 - kept, 1 - kept], axis=1)),
            "effective_rank": ("arm", 20 + 50 * kept),
        },
        {"arm": ARMS, "window": ["1-30", "1-60"], "noise": [0.1, 0.2], "attack": [0.02, 0.05]},
    )
    return {"features": features}


def _theory() -> dict[str, xr.Dataset]:
    costs = {
        "gained_sensitivity": (("dimension", "exponent", "larger"), np.full((2, 1, 2), 0.9)),
        "crossing": (("dimension", "larger"), np.array([[2.0, 2.0], [1.5, 1.4]])),
    }
    return {"costs": xr.Dataset(costs, {"dimension": [1, 4], "exponent": [1.0], "larger": [1_000, 10_000]})}


def _codes() -> xr.Dataset:
    names = ("sensitivity", "sensitivity_formula", "unexplained", "unexplained_formula")
    values = {name: (("dimension", "exponent"), np.ones((2, 2))) for name in names}
    return xr.Dataset(values, {"dimension": [1, 2], "exponent": [0.5, 1.0]})


def _brain(area: str) -> dict[str, xr.Dataset]:
    early = xr.Dataset({"verdict": "scale-free"})
    if area in ("V1", "V2", "V3", "hV4"):
        return {"area": early} | ({} if area == "V1" else {"matched": early})
    return {"area": xr.Dataset({"verdict": "not scale-free"}), "matched": early}


def _pretrained(curvature: float) -> xr.Dataset:
    return xr.Dataset({"curvature": (("layer", "window"), [[9.0], [curvature]])}, {"window": ["1-60"]})


def recorded(
    *changes: Change, seeds: Sequence[int] = SEEDS, own_data: bool = False, areas: int = 120, without: str = ""
) -> Records:
    """Records in which all claims are true but for the changes, and from which one experiment may be missing."""
    results: list[tuple[Any, Any]] = [(Theory(), _theory()), (SimulatedCodes(seed=0), _codes())]
    for cell, (spectrum, noise) in enumerate(CELLS):
        results.append((TypeIError.of(CONFIG, seed=cell, spectrum=spectrum, noise=noise), _type_i_error(areas)))
    results += [(Power.of(CONFIG, seed=1, stimuli=stimuli), _power(stimuli)) for stimuli in (400, 100)]
    for seed in seeds:
        results.append((Estimators.of(CONFIG, seed=seed), _estimators(seed)))
        results.append((Hierarchy.of(CONFIG, seed=seed), _hierarchy(seed)))
        results.append((Networks.of(CONFIG, seed=seed), _networks(seed)))
    if own_data:
        results += _of_your_own()
    made = []
    for unit, result in results:
        for experiment, variable, where, value in changes:
            name, _, part = experiment.partition(" ")
            if name == unit.experiment():
                target = (result[part] if part else result)[variable].astype(object if isinstance(value, str) else None)
                target.loc[where] = value
                (result[part] if part else result)[variable] = target.astype(str) if isinstance(value, str) else target
        if unit.experiment() != without:
            made.append(Record(Task(STUDY.name, unit, "0"), result, seconds=0, peak_memory_mb=0, environment={}))
    return Records(made)


def _of_your_own() -> list[tuple[Any, Any]]:
    results: list[tuple[Any, Any]] = []
    for subject in range(1, 9):
        for area in ("V1", "V2", "V3", "hV4", "ventral", "lateral", "nsdgeneral"):
            unit = Brain.of(CONFIG, seed=0, recordings=RECORDINGS, subject=subject, area=area)
            results.append((unit, _brain(area)))
    curvature = {
        name: bend
        for model, tuned, kind in TWINS
        if kind == "fine-tuned"
        for name, bend in ((model, 0.0), (tuned, -0.3))
    }
    for model, bend in curvature.items():
        source = DataSource(name=model, revision="main")
        unit = Pretrained.of(CONFIG, seed=0, model=source, photographs=DataSource(name="photographs"))
        results.append((unit, _pretrained(bend)))
    return results
