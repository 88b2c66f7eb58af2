"""What the experiments with a simulated scanner have in common."""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from learning_geometry.studies.types import Count, Positive, Seed, Share
from learning_geometry.studies.unit import Unit

Noise = Literal["correlated", "aligned"]


class Scanned(Unit):
    """Something that is seen through a simulated scanner.

    Each stimulus is shown `repeats` times. `snr` is the variance of the signal over that of the noise in one response,
    `correlated` the share of the noise variance that voxels have in common, and `noise_components` the number of principal
    components of the noise that are projected out.
    """

    seed: Seed
    repeats: Count
    snr: Positive
    correlated: Share
    noise_components: Count


def scanned_area(
    unit: Scanned, spectrum: str, *, stimuli: int, voxels: int, rng: np.random.Generator, noise: Noise = "correlated"
) -> NDArray[np.float32]:
    """The responses of a synthetic area, `(repeats, stimuli, voxels)`, whose noise has axes of its own or is aligned."""
    from learning_geometry.materials import scanner, synthetic_areas

    eigenvalues = synthetic_areas.spectrum(spectrum, voxels)
    signal, axes = synthetic_areas.respond(eigenvalues, n_stimuli=stimuli, rng=rng)
    along: Any = axes if noise == "aligned" else None
    return scanner.repeated(signal, repeats=unit.repeats, snr=unit.snr, correlated=unit.correlated, rng=rng, axes=along)
