"""What the reference training and its controls have in common: the identity of a small language model's training."""

from learning_geometry.studies.types import Count, DataSource, NonNegative, Positive, RisingCounts, Seed, Window
from learning_geometry.studies.unit import Unit


class Training(Unit):
    """One training of a GPT-NeoX on Python source code, and how its checkpoints are measured.

    The learning rate rises over `warm_up` steps. There are `checkpoints` log-spaced checkpoints, and some late ones. They are measured on `probe_contexts` windows of
    held-out files; `probe_seed` draws these, their resamples and the random directions. `alpha_ranks` and
    `removed_directions` are those of `measure_checkpoint`.
    """

    seed: Seed
    probe_seed: Seed
    corpus: DataSource
    corpus_files: Count
    vocabulary: Count
    width: Count
    layers: Count
    heads: Count
    context: Count
    steps: Count
    batch_size: Count
    learning_rate: Positive
    weight_decay: NonNegative
    warm_up: Count
    checkpoints: Count
    probe_contexts: Count
    resamples: Count
    alpha_ranks: Window
    removed_directions: RisingCounts
