"""The three phases in a linear model with free features, and what remains of them without each of their causes."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning_geometry.studies.llm_phases.experiments._free_features import (
    Loss,
    accuracies,
    descend,
    effective_ranks,
    initial_parameters,
    log_spaced,
    losses,
    spectra,
    zipf,
)

_POINTS = 100  # checkpoints of a condition: a factor of 1.1 apart, so that the dip is hit
_PICTURE_POINTS = 150
_KEPT_EIGENVALUES = 8

# Two dimensions can be drawn. The paper's figure 5 has two as well; its other settings are not printed in what we read.
_PICTURE_CLASSES, _PICTURE_DIMENSION, _PICTURE_EXPONENT, _PICTURE_SCALE = 16, 2, 1.0, 0.02
_PICTURE_STEPS = 6000


def measure(
    *,
    seeds: list[int],
    classes: int,
    dimension: int,
    exponent: float,
    scale: float,
    steps: int,
    learning_rate: float,
    mse_learning_rate: float,
    picture_seed: int,
) -> dict[str, Any]:
    """Gradient descent on free features and classifier for every seed, in four conditions, and one run that can be drawn.

    `classes` of Zipf frequencies `rank^-exponent` share `dimension` features; entries start at N(0, `scale`^2) and take
    `steps` of `learning_rate`. The `reference` minimises cross-entropy; `mse` squared errors, at `mse_learning_rate`;
    `uniform` has equally frequent classes; `no_bottleneck` has as many dimensions as classes.

    A condition holds `steps` `(T,)`; for every seed and step `rankme` of the frequency-weighted second moment,
    `rankme_centred` of the covariance, `loss`, and the leading `eigenvalues` `(seeds, T, <= 8)` of the second moment;
    and `accuracy` `(seeds,)` at the end, frequency-weighted. `picture` holds features and classifier `(T, classes, 2)`.

    Source: the analytic model of figure 5. The generic start and the controls are ours.
    """
    skewed, uniform = zipf(classes, exponent), zipf(classes, 0.0)

    def condition(frequencies: NDArray[np.float64], rate: float, wide: int, loss: Loss) -> dict[str, Any]:
        return _condition(seeds, frequencies, wide, scale, steps, rate, loss)

    return {
        "seeds": np.array(seeds),
        "reference": condition(skewed, learning_rate, dimension, "cross_entropy"),
        "mse": condition(skewed, mse_learning_rate, dimension, "mse"),
        "uniform": condition(uniform, learning_rate, dimension, "cross_entropy"),
        "no_bottleneck": condition(skewed, learning_rate, classes, "cross_entropy"),
        "picture": _picture(picture_seed, learning_rate),
    }


def _condition(
    seeds: list[int],
    frequencies: NDArray[np.float64],
    dimension: int,
    scale: float,
    steps: int,
    learning_rate: float,
    loss: Loss,
) -> dict[str, Any]:
    at = log_spaced(steps, _POINTS)
    start = initial_parameters(seeds, len(frequencies), dimension, scale)
    features, classifier = descend(*start, frequencies, at=at, learning_rate=learning_rate, loss=loss)
    features, classifier = features.swapaxes(0, 1), classifier.swapaxes(0, 1)
    eigenvalues = spectra(features, frequencies, center=False)
    return {
        "steps": at,
        "rankme": effective_ranks(eigenvalues),
        "rankme_centred": effective_ranks(spectra(features, frequencies, center=True)),
        "eigenvalues": eigenvalues[..., :_KEPT_EIGENVALUES],
        "loss": losses(features, classifier, frequencies, loss),
        "accuracy": accuracies(features[:, -1], classifier[:, -1], frequencies),
    }


def _picture(seed: int, learning_rate: float) -> dict[str, Any]:
    at = log_spaced(_PICTURE_STEPS, _PICTURE_POINTS)
    frequencies = zipf(_PICTURE_CLASSES, _PICTURE_EXPONENT)
    start = initial_parameters([seed], _PICTURE_CLASSES, _PICTURE_DIMENSION, _PICTURE_SCALE)
    features, classifier = descend(*start, frequencies, at=at, learning_rate=learning_rate)
    eigenvalues = spectra(features[:, 0], frequencies, center=False)
    return {
        "seed": seed,
        "steps": at,
        "frequencies": frequencies,
        "features": features[:, 0],
        "classifier": classifier[:, 0],
        "eigenvalues": eigenvalues,
        "rankme": effective_ranks(eigenvalues),
    }
