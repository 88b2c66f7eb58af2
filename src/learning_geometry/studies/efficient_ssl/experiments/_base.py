"""What all units that pretrain an encoder are made of."""

from typing import Annotated

from pydantic import Field

from learning_geometry.studies.types import Count, DataSource, NonNegative, Positive, Seed
from learning_geometry.studies.unit import Unit


class Pretraining(Unit):
    """Encoders of one seed, pretrained on one set of images and read out from few labels."""

    seed: Seed
    images: DataSource
    role: str
    network: str
    width: Count
    batch_size: Annotated[int, Field(ge=2)]
    learning_rate: Positive
    weight_decay: NonNegative
    shots: Count
    label_draws: Count
