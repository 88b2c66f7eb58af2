"""What the study of efficient self-supervision may be asked, and the units of work that an answer takes."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field, model_validator

from learning_geometry.materials.images import check_source
from learning_geometry.studies.efficient_ssl.experiments._names import NETWORKS, ROLES, TEXTURE
from learning_geometry.studies.efficient_ssl.experiments.approximation import Approximation
from learning_geometry.studies.efficient_ssl.experiments.crops import Crops
from learning_geometry.studies.efficient_ssl.experiments.eigenfunctions import Eigenfunctions
from learning_geometry.studies.efficient_ssl.experiments.equivalence import Equivalence
from learning_geometry.studies.efficient_ssl.experiments.projectors import Projectors
from learning_geometry.studies.efficient_ssl.experiments.views import ARMS, Views
from learning_geometry.studies.parameters import Parameters
from learning_geometry.studies.types import (
    Count,
    DataSource,
    Device,
    Distinct,
    NonNegative,
    Positive,
    Rising,
    RisingCounts,
    Seeds,
)
from learning_geometry.studies.unit import Unit


class Config(Parameters):
    """Parameters of the study; the notebook's parameters cell says what each means and holds the laptop scale."""

    images: str
    images_revision: str
    other_images: str
    other_revision: str
    device: Device
    network: str
    width: Count
    batch_size: Annotated[int, Field(ge=2)]
    learning_rate: Positive
    weight_decay: NonNegative
    shots: Count
    label_draws: Count
    projector_seeds: Seeds
    dimensions: Annotated[RisingCounts, Field(min_length=2)]
    off_diagonals: Annotated[Rising, Field(min_length=3)]
    projector_steps: Count
    view_seeds: Seeds
    arms: Distinct[str]
    other_seeds: Seeds
    other_arms: Distinct[str]
    view_dimensions: Count
    view_off_diagonal: Positive
    view_steps: Annotated[int, Field(ge=4)]
    crops: Count
    crop_side: Count
    kernel_seeds: Seeds
    kernel_per_class: Annotated[int, Field(ge=2)]
    kernel_reach: Count
    kernel_noise: Positive
    kernel_dimensions: Count
    kernel_hidden: Count
    kernel_steps: Annotated[int, Field(ge=2)]
    kernel_learning_rate: Positive
    orthogonalities: Annotated[Rising, Field(min_length=2)]
    kernel_off_diagonals: Annotated[Rising, Field(min_length=2)]
    kernel_covariances: Annotated[Rising, Field(min_length=2)]
    sampled_views: Annotated[RisingCounts, Field(min_length=2)]
    sampled_images: Count
    samples: Annotated[int, Field(ge=2)]

    @model_validator(mode="after")
    def _agree(self) -> "Config":
        for name, images, revision in (
            ("images", self.images, self.images_revision),
            ("other_images", self.other_images, self.other_revision),
        ):
            if images != TEXTURE:
                check_source(images, revision)
            elif revision:
                raise ValueError(f"{name} = {images!r} has no revision, but {revision!r} was given; pass an empty one")
        if self.images == self.other_images:
            raise ValueError(f"images and other_images are both {self.images!r}; a second data source is another one")
        if self.network not in NETWORKS:
            raise ValueError(f"network = {self.network!r} is none of {', '.join(NETWORKS)}")
        for name in ("arms", "other_arms"):
            if wrong := [arm for arm in getattr(self, name) if arm not in ARMS]:
                raise ValueError(f"{name} has {wrong[0]!r}; choose from {'; '.join(ARMS)}")
        if self.sampled_views[0] < 2:
            raise ValueError(f"sampled_views has {self.sampled_views[0]}; a loss compares views, so give two or more")
        if self.sampled_images * self.sampled_views[0] < 2 * self.sampled_views[-1]:
            raise ValueError(
                f"sampled_images = {self.sampled_images} leaves fewer than two images for {self.sampled_views[-1]} views at "
                "equal passes; sample more images or fewer views"
            )
        if self.sampled_images > 10 * self.kernel_per_class:
            raise ValueError(
                f"sampled_images = {self.sampled_images} is more than the {10 * self.kernel_per_class} images of the finite set"
            )
        if self.kernel_dimensions >= 10 * self.kernel_per_class:
            raise ValueError(f"kernel_dimensions = {self.kernel_dimensions}: there are fewer eigenfunctions than that")
        return self

    def units(self) -> Iterator[Unit]:
        """The units of work, longest first, so that cores are busy to the end."""
        first = {"images": DataSource.of(self.images, self.images_revision), "role": ROLES[0]}
        second = {"images": DataSource.of(self.other_images, self.other_revision), "role": ROLES[1]}
        for seed in self.view_seeds:
            yield Views.of(self, seed=seed, **first)
        for source in (first, second):
            for seed in self.projector_seeds:
                yield Projectors.of(self, seed=seed, **source)
        for seed in self.kernel_seeds:
            yield Eigenfunctions.of(self, seed=seed)
        for seed in self.other_seeds:
            yield Views.of(self, seed=seed, arms=self.other_arms, **second)
        for seed in self.view_seeds:
            yield Crops.of(self, seed=seed, **first)
        for seed in self.kernel_seeds:
            yield Approximation.of(self, seed=seed)
            yield Equivalence.of(self, seed=seed)
