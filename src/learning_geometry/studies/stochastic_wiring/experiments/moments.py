"""Logits of sampled brains beside those that moments alone predict."""

from typing import TYPE_CHECKING

from learning_geometry.studies.types import Count, Positive, RisingCounts, Seed
from learning_geometry.studies.unit import Execution, Unit

if TYPE_CHECKING:
    import xarray as xr


class Moments(Unit):
    """Random genomes of one seed, with one hidden layer."""

    seed: Seed
    main_types: Count
    neurons: RisingCounts
    first_logit: float
    first_logit_sd: Positive
    moment_brains: Count


def measure(unit: Moments, execution: Execution) -> "xr.Dataset":
    """The variance of a logit over sampled brains, and that over draws from the moments: `variance (source, neurons)`.

    Each brain and each draw sees one random image of 64 pixels in [0, 1]; the variance over brains is averaged over 10 images and 10
    classes. The moments of weights are exact, the normal law of sums is not.

    Source: our operationalisation.
    """
    import numpy as np
    import torch
    import xarray as xr

    from learning_geometry.instruments.wiring import Genome, sample_brains
    from learning_geometry.instruments.wiring_moments import TypeNetwork, population_logits

    rng, generator = np.random.default_rng([unit.seed, 0]), torch.Generator().manual_seed(unit.seed)
    logits = [
        unit.first_logit + unit.first_logit_sd * rng.standard_normal((2, *shape))
        for shape in ((64, unit.main_types), (unit.main_types, 10))
    ]
    p = [1 / (1 + np.exp(-part)) for part in logits]
    images = rng.random((10, 64))
    variance = np.empty((2, len(unit.neurons)))
    network = TypeNetwork(
        torch.from_numpy(logits[0]), torch.from_numpy(logits[1]), torch.zeros(unit.main_types), torch.zeros(10)
    )
    for j, neurons in enumerate(unit.neurons):
        genome = Genome([part[0] for part in p], [part[1] for part in p], (1, neurons, 1))
        sampled = []
        for _ in range(unit.moment_brains):
            hidden, output = (layer[0].astype(np.float64) for layer in sample_brains(genome, 1, rng))
            sampled.append(np.maximum(images @ hidden, 0) @ output / neurons)
        many = torch.from_numpy(images).expand(unit.moment_brains, -1, -1)
        drawn = population_logits(network, many, torch.full((unit.moment_brains,), float(neurons)), 1.0, generator)
        variance[:, j] = [np.var(sampled, axis=0).mean(), float(drawn.var(0).mean())]
    return xr.Dataset(
        {"variance": (("source", "neurons"), variance)},
        coords={"source": ["sampled", "moments"], "neurons": unit.neurons},
    )
