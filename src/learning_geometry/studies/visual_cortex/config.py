"""What the study of visual representations may be asked, and the units of work that an answer takes."""

from itertools import combinations
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from learning_geometry.materials.revisions import check_series
from learning_geometry.studies.parameters import Parameters
from learning_geometry.studies.visual_cortex import checks

Count = Annotated[int, Field(ge=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]
Seeds = Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=1)]
Levels = Annotated[list[Positive], Field(min_length=1)]

SPECTRA = ["power law 0.7", "power law 1.0", "power law 1.4", "mild knee", "cut-off", "exponential"]
"""Synthetic areas that every estimator is shown."""

ALARMS = [(f"power law {exponent}", "correlated") for exponent in ("0.7", "1.0", "1.4")] + [
    ("power law 1.0", "aligned")
]
"""Power laws, and their noise, that the decision should let pass."""

POWER_SPECTRA = ["power law 1.0", "mild knee", "cut-off", "slow exponential"]
"""A power law and departures from it that an experiment should recognise."""

# Of the theory box, whatever is asked of the rest.
_THEORY = {
    "seed": 0,
    "exponents": [round(0.1 * step, 1) for step in range(31)],
    "dimensions": [1, 2, 4, 8],
    "neurons": [1000, 10000, 100000],
    "snr": 1.0,
    "check_exponents": [0.5, 1.0, 1.5, 2.0, 3.0],
    "check_dimensions": [1, 2],
    "check_neurons": 150,
    "check_stimuli": 3000,
}
_VIEWS = {"rotation": 0.2, "scaling": 0.15, "shift": 1.0, "contrast": 0.3, "brightness": 0.1, "noise": 0.03}
_VICREG = {"invariance": 25.0, "variance": 25.0, "covariance": 1.0}
_NETWORKS = (
    "training_images test_images probe_images width features embedding steps fine_tuning_steps batch_size learning_rate "
    "fine_tuning_learning_rate weight_decay off_diagonal windows noise attacks device"
)


class Config(Parameters):
    """Parameters of the study; the notebook's parameters cell says what each means and holds the laptop scale."""

    area_seeds: Seeds
    area_stimuli: Count
    area_voxels: Count
    repeats: Annotated[int, Field(ge=3)]
    snr: Positive
    correlated: Share
    noise_components: Annotated[int, Field(ge=1)]
    tested_areas: Count
    tested_stimuli: Count
    tested_voxels: Count
    tested_bootstrap: Annotated[int, Field(ge=19)]
    power_stimuli: Annotated[list[Count], Field(min_length=1)]
    power_voxels: Annotated[list[Count], Field(min_length=1)]
    power_areas: Annotated[int, Field(ge=10)]
    hierarchy_seeds: Seeds
    hierarchy_stimuli: Count
    hierarchy_voxels: Count
    patch_size: Annotated[int, Field(ge=16, le=427)]
    wavelengths: Annotated[list[Count], Field(min_length=1)]
    orientations: Annotated[int, Field(ge=2)]
    texture_classes: Annotated[int, Field(ge=4)]
    texture_examples: Count
    n_bootstrap: Annotated[int, Field(ge=19)]
    seeds: Seeds
    training_images: Count
    test_images: Count
    probe_images: Count
    width: Count
    features: Count
    embedding: Count
    steps: Count
    fine_tuning_steps: Count
    batch_size: Annotated[int, Field(ge=2)]
    learning_rate: Positive
    fine_tuning_learning_rate: Positive
    weight_decay: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    off_diagonal: Positive
    windows: Annotated[list[Annotated[list[Count], Field(min_length=2, max_length=2)]], Field(min_length=1)]
    noise: Levels
    attacks: Levels
    device: Annotated[str, Field(pattern=r"^(cpu|cuda(:\d+)?|mps)$")]
    nsd_root: str
    nsd_subjects: list[Annotated[int, Field(ge=1, le=8)]]
    nsd_areas: list[str]
    nsd_sessions: Annotated[int, Field(ge=1, le=40)]
    nsd_bootstrap: Annotated[int, Field(ge=19)]
    vision_models: dict[str, list[str]]
    photographs: str
    photograph_count: Annotated[int, Field(ge=2)]
    photograph_size: Annotated[int, Field(ge=16)]
    pooling: Literal["mean", "class"]
    vision_batch_size: Count

    @model_validator(mode="after")
    def _agree(self) -> "Config":
        for name in ("power_stimuli", "power_voxels", "noise", "attacks"):
            values = getattr(self, name)
            if values != sorted(set(values)):
                raise ValueError(f"{name} = {values} must rise, without repetition")
        for name in ("area_seeds", "hierarchy_seeds", "seeds", "nsd_subjects", "nsd_areas", "wavelengths"):
            if len(set(getattr(self, name))) != len(getattr(self, name)):
                raise ValueError(f"{name} = {getattr(self, name)} holds an entry twice")
        checks.sizes(self)
        checks.hierarchy(self)
        checks.windows(self)
        checks.brain(self)
        for model, revisions in self.vision_models.items():
            check_series(model, revisions)
        if self.vision_models and not (self.photographs and Path(self.photographs).is_dir()):
            raise ValueError(
                f"photographs = {self.photographs!r} is no folder; vision models are shown photographs of your own, such as "
                "ImageNet's validation set"
            )
        return self


def units(config: Config) -> list[tuple[str, dict[str, Any]]]:
    """The experiments and their parameters, longest first, so that cores are busy to the end."""
    scanner = {"repeats": config.repeats, "snr": config.snr, "correlated": config.correlated}
    scanner["noise_components"] = config.noise_components
    found: list[tuple[str, dict[str, Any]]] = [*_brain(config), *_pretrained(config)]
    found += [("networks", _network(config) | {"seed": seed}) for seed in config.seeds]
    size = {"areas": config.tested_areas, "stimuli": config.tested_stimuli, "voxels": config.tested_voxels}
    tested = scanner | size | {"n_bootstrap": config.tested_bootstrap}
    found += [
        ("false_alarms", tested | {"spectrum_name": name, "noise": noise, "seed": seed})
        for seed, (name, noise) in enumerate(ALARMS)
    ]
    design = {"voxels": config.power_voxels, "spectra": POWER_SPECTRA, "areas": config.power_areas, "draws": 2}
    found += [("power", scanner | design | {"seed": 1, "stimuli": n}) for n in reversed(config.power_stimuli)]
    found += [("hierarchy", scanner | _hierarchy(config) | {"seed": seed}) for seed in config.hierarchy_seeds]
    areas = {
        "seeds": config.area_seeds,
        "spectra": SPECTRA,
        "stimuli": config.area_stimuli,
        "voxels": config.area_voxels,
        "removed": [k for k in (0, 5, 10, 20, 40, 80) if k <= min(config.area_stimuli, config.area_voxels) // 3],
    }
    found.append(("estimators", scanner | areas))
    found.append(("theory", dict(_THEORY)))
    return found


def _network(config: Config) -> dict[str, Any]:
    return {name: getattr(config, name) for name in _NETWORKS.split()} | {"views": _VIEWS, "vicreg_weights": _VICREG}


def _hierarchy(config: Config) -> dict[str, Any]:
    return {
        "stimuli": config.hierarchy_stimuli,
        "size": config.patch_size,
        "wavelengths": config.wavelengths,
        "orientations": config.orientations,
        "classes": config.texture_classes,
        "examples": config.texture_examples,
        "voxels": config.hierarchy_voxels,
        "n_bootstrap": config.n_bootstrap,
        "ranks": [1, min(checks.CATEGORY_RANKS, config.texture_classes - 1)],
    }


def _brain(config: Config) -> list[tuple[str, dict[str, Any]]]:
    if not config.nsd_root:
        return []
    data = {"root": config.nsd_root, "sessions": config.nsd_sessions, "noise_components": config.noise_components}
    alone = data | {"n_bootstrap": config.nsd_bootstrap, "seed": 0, "reference_area": "V1"}
    subjects, areas = config.nsd_subjects, config.nsd_areas
    shared = [{"subjects": list(pair), "area": area} for pair in combinations(subjects, 2) for area in areas]
    return [
        *(("brain", alone | {"subject": subject, "area": area}) for subject in subjects for area in areas),
        *(("brain_pairs", data | {"folds": 8, "seed": 0} | unit) for unit in shared),
    ]


def _pretrained(config: Config) -> list[tuple[str, dict[str, Any]]]:
    return [
        (
            "pretrained",
            {
                "model": model,
                "revision": revision,
                "images": config.photographs,
                "count": config.photograph_count,
                "image_size": config.photograph_size,
                "pooling": config.pooling,
                "batch_size": config.vision_batch_size,
                "windows": config.windows,
                "seed": 0,
                "device": config.device,
            },
        )
        for model, revisions in config.vision_models.items()
        for revision in revisions
    ]
