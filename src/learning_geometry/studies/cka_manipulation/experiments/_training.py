"""How the networks of the CKA study are trained: what its two training experiments share."""

from learning_geometry.studies.types import Count, DataSource, NonNegative, Positive, Seed
from learning_geometry.studies.unit import Unit


class Training(Unit):
    """Networks of one seed, trained on true labels."""

    seed: Seed
    images: DataSource
    network: str
    width: Positive
    augmentation: str
    epochs: Count
    batch_size: Count
    learning_rate: Positive
    weight_decay: NonNegative
    gradient_clip: Positive
    probe_images: Count
