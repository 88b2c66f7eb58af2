"""What the CKA study may be asked, and the units of work that an answer takes."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from learning_geometry.materials.images import check_source
from learning_geometry.studies.parameters import Parameters

Count = Annotated[int, Field(ge=1)]
Positive = Annotated[float, Field(gt=0)]
Target = Literal["parity", "low", "high", "picture"]


class Config(Parameters):
    """Parameters of the CKA study; the notebook's parameters cell says what each means and holds the laptop scale."""

    images: str
    images_revision: str
    network: Literal["cnn8", "vgg", "vgg7", "resnet34"]
    width: Positive
    device: Annotated[str, Field(pattern=r"^(cpu|cuda(:\d+)?|mps)$")]
    seeds: Count
    epochs: Count
    memorise_epochs: Count
    augmentation: str
    batch_size: Annotated[int, Field(ge=4)]
    learning_rate: Positive
    weight_decay: Annotated[float, Field(ge=0)]
    memorise_weight_decay: Annotated[float, Field(ge=0)]
    gradient_clip: Positive
    probe_images: Annotated[int, Field(ge=4)]
    distances: list[Positive]
    separated_pair: Annotated[list[int], Field(min_length=2, max_length=2)]
    map_targets: list[Target]
    map_once: list[Target]
    map_epochs: Count
    map_learning_rate: Positive
    map_weight: Positive
    cube_seeds: Count
    cube_points: Annotated[int, Field(ge=2)]
    cube_rbf_seeds: Count
    cube_rbf_points: Annotated[int, Field(ge=2)]
    bias_samples: Annotated[int, Field(ge=4)]
    bias_draws: Annotated[int, Field(ge=2)]
    bias_dimensions: list[Count]

    @model_validator(mode="after")
    def _agree(self) -> "Config":
        check_source(self.images, self.images_revision)
        if self.distances != sorted(self.distances) or not self.distances:
            raise ValueError(f"distances must rise and not be empty, got {self.distances}")
        drawn = [*self.map_targets, *self.map_once]
        if len(set(drawn)) != len(drawn):
            raise ValueError(f"a target stands twice in map_targets and map_once: {drawn}")
        if self.cube_rbf_seeds > self.cube_seeds:
            raise ValueError(f"cube_rbf_seeds = {self.cube_rbf_seeds} exceeds cube_seeds = {self.cube_seeds}")
        return self


CUBE_DISTANCES = [1.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 35.0, 40.0, 45.0, 50.0]
"""How far a cube is moved, in edge lengths (figure 4a)."""

SIGMA_OVER_MU = [0.0002, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 5000.0]
"""Ratios of standard deviation to mean of the entries of the linear map (figure 4b)."""


def units(config: Config) -> list[tuple[str, dict[str, Any]]]:
    """The experiments and their parameters, longest first, so that cores are busy to the end."""
    training = {
        "images": config.images,
        "images_revision": config.images_revision,
        "network": config.network,
        "width": config.width,
        "augmentation": config.augmentation,
        "epochs": config.epochs,
        "batch_size": config.batch_size,
        "learning_rate": config.learning_rate,
        "weight_decay": config.weight_decay,
        "gradient_clip": config.gradient_clip,
        "probe_images": config.probe_images,
        "device": config.device,
    }
    maps = {
        "map_epochs": config.map_epochs,
        "map_learning_rate": config.map_learning_rate,
        "map_weight": config.map_weight,
    }
    found: list[tuple[str, dict[str, Any]]] = [
        (
            "maps",
            training | maps | {"seed": seed, "targets": config.map_targets + (config.map_once if seed == 0 else [])},
        )
        for seed in range(config.seeds)
    ]
    networks = {
        "memorise_epochs": config.memorise_epochs,
        "memorise_weight_decay": config.memorise_weight_decay,
        "distances": config.distances,
        "separated_pair": config.separated_pair,
    }
    found += [("networks", training | networks | {"seed": seed}) for seed in range(config.seeds)]
    found.append(("cubes", _cubes(config)))
    bias = {
        "seed": 0,
        "samples": config.bias_samples,
        "draws": config.bias_draws,
        "dimensions": config.bias_dimensions,
    }
    found.append(("bias", bias))
    return found


def _cubes(config: Config) -> dict[str, Any]:
    return {
        "seeds": list(range(config.cube_seeds)),
        "points": config.cube_points,
        "centre_distance": 1.1,
        "translation_dimension": 1000,
        "distances": CUBE_DISTANCES,
        "direct_distances": [50.0],
        "rbf_seeds": list(range(config.cube_rbf_seeds)),
        "rbf_points": config.cube_rbf_points,
        "rbf_fractions": [1.0, 0.5, 0.2],
        "rbf_distances": [1.0, 5.0, 10.0, 20.0, 50.0],
        "linear_dimension": 500,
        "sigma_over_mu": SIGMA_OVER_MU,
    }
