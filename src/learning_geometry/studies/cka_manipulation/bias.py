"""How high the two CKA estimators read on features that have nothing in common."""

from typing import Any

import numpy as np

from learning_geometry.instruments.similarity import cka


def measure(*, seed: int, samples: int, draws: int, dimensions: list[int]) -> dict[str, Any]:
    """Biased and debiased linear CKA of pairs of independent standard normal features.

    Each of the `draws` pairs is two `(samples, dimension)` matrices, for each of the `dimensions`. The biased
    estimator tends to `dimension / (dimension + samples)`, recorded as `expected_biased`; the debiased one to 0.

    Source: our operationalisation, after Murphy, Zylberberg and Fyshe 2024 (arXiv 2405.01012).
    """
    rng = np.random.default_rng(seed)
    values: dict[str, list[list[float]]] = {"biased": [], "debiased": []}
    for dimension in dimensions:
        pairs = [rng.standard_normal((2, samples, dimension)) for _ in range(draws)]
        values["biased"].append([cka(x, y, estimator="biased") for x, y in pairs])
        values["debiased"].append([cka(x, y, estimator="debiased") for x, y in pairs])
    biased, debiased = np.array(values["biased"]), np.array(values["debiased"])
    return {
        "samples": samples,
        "dimensions": np.array(dimensions),
        "biased": biased,
        "debiased": debiased,
        "expected_biased": np.array([dimension / (dimension + samples) for dimension in dimensions]),
    }
