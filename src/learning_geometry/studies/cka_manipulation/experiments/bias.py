"""How high the two CKA estimators read on features that have nothing in common."""

from typing import TYPE_CHECKING

import numpy as np

from learning_geometry.studies.types import Count, Seed
from learning_geometry.studies.unit import Execution, Unit

if TYPE_CHECKING:
    import xarray as xr


class Bias(Unit):
    """Draws of pairs of independent features, in several dimensions."""

    seed: Seed
    bias_samples: Count
    bias_draws: Count
    bias_dimensions: list[Count]


def measure(unit: Bias, execution: Execution) -> "xr.Dataset":
    """Biased and debiased linear CKA of pairs of independent standard normal features, `cka (estimator, dimension, draw)`.

    Each pair is two `(bias_samples, dimension)` matrices. The biased estimator tends to
    `dimension / (dimension + bias_samples)`, recorded as `expected_biased`; the debiased one to 0.

    Source: our operationalisation, after Murphy, Zylberberg and Fyshe 2024 (arXiv 2405.01012).
    """
    import xarray as xr

    from learning_geometry.instruments.similarity import cka

    rng = np.random.default_rng(unit.seed)
    values: dict[str, list[list[float]]] = {"biased": [], "debiased": []}
    for dimension in unit.bias_dimensions:
        pairs = [rng.standard_normal((2, unit.bias_samples, dimension)) for _ in range(unit.bias_draws)]
        values["biased"].append([cka(x, y, estimator="biased") for x, y in pairs])
        values["debiased"].append([cka(x, y, estimator="debiased") for x, y in pairs])
    expected = [dimension / (dimension + unit.bias_samples) for dimension in unit.bias_dimensions]
    return xr.Dataset(
        {
            "cka": (("estimator", "dimension", "draw"), [values["biased"], values["debiased"]]),
            "expected_biased": ("dimension", expected),
        },
        coords={"estimator": ["biased", "debiased"], "dimension": unit.bias_dimensions},
        attrs={"samples": unit.bias_samples},
    )
