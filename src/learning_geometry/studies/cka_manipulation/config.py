"""What the CKA study may be asked, and the units of work that an answer takes."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, model_validator

from learning_geometry.materials.images import check_source
from learning_geometry.studies.cka_manipulation.experiments.bias import Bias
from learning_geometry.studies.cka_manipulation.experiments.cubes import Cubes
from learning_geometry.studies.cka_manipulation.experiments.maps import Maps, Target
from learning_geometry.studies.cka_manipulation.experiments.networks import Networks
from learning_geometry.studies.parameters import Parameters
from learning_geometry.studies.types import Count, DataSource, Device, Distinct, NonNegative, Positive, Rising, Seeds
from learning_geometry.studies.unit import Unit


class Config(Parameters):
    """Parameters of the CKA study; the notebook's parameters cell says what each means and holds the laptop scale."""

    images: str
    images_revision: str
    network: Literal["cnn8", "vgg", "vgg7", "resnet34"]
    width: Positive
    device: Device
    seeds: Seeds
    epochs: Count
    memorise_epochs: Count
    augmentation: str
    batch_size: Annotated[int, Field(ge=4)]
    learning_rate: Positive
    weight_decay: NonNegative
    memorise_weight_decay: NonNegative
    gradient_clip: Positive
    probe_images: Annotated[int, Field(ge=4)]
    distances: Rising
    separated_pair: Annotated[list[int], Field(min_length=2, max_length=2)]
    map_targets: Distinct[Target]
    map_once: Distinct[Target]
    map_epochs: Count
    map_learning_rate: Positive
    map_weight: Positive
    cube_seeds: Seeds
    cube_points: Annotated[int, Field(ge=2)]
    cube_rbf_seeds: Seeds
    cube_rbf_points: Annotated[int, Field(ge=2)]
    bias_seeds: Seeds
    bias_samples: Annotated[int, Field(ge=4)]
    bias_draws: Annotated[int, Field(ge=2)]
    bias_dimensions: Distinct[Count]

    @model_validator(mode="after")
    def _agree(self) -> "Config":
        check_source(self.images, self.images_revision)
        twice = sorted(set(self.map_targets) & set(self.map_once))
        if twice:
            raise ValueError(f"{twice[0]!r} stands in map_targets and in map_once; name it in one of them")
        return self

    def units(self) -> Iterator[Unit]:
        """The units of work, longest first, so that cores are busy to the end."""
        images = DataSource.of(self.images, self.images_revision)
        for seed in self.seeds:
            once = self.map_once if seed == self.seeds[0] else []
            yield Maps.of(self, seed=seed, targets=[*self.map_targets, *once], images=images)
        for seed in self.seeds:
            yield Networks.of(self, seed=seed, images=images)
        yield Cubes.of(self)
        for seed in self.bias_seeds:
            yield Bias.of(self, seed=seed)
