"""Two cubes in many dimensions: a translation and a linear map that break CKA, at the size the paper used."""

from typing import TYPE_CHECKING, Any

import numpy as np

from learning_geometry.studies.types import Count, Seeds
from learning_geometry.studies.unit import Execution, Unit

if TYPE_CHECKING:
    import xarray as xr

CENTRE_DISTANCE = 1.1
"""Distance of the two cubes' centres, in edge lengths."""

DIMENSION, LINEAR_DIMENSION = 1000, 500
"""Dimensions in which a cube moves, and in which both are mapped linearly."""

DISTANCES = [1.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 35.0, 40.0, 45.0, 50.0]
"""How far a cube is moved, in edge lengths (figure 4a)."""

DIRECT_DISTANCES = [50.0]
"""Distances at which the closed form is held against the definition, with the first seed."""

RBF_DISTANCES, RBF_FRACTIONS = [1.0, 5.0, 10.0, 20.0, 50.0], [1.0, 0.5, 0.2]
"""Distances moved and bandwidths, as fractions of the median distance, of the Gaussian kernel."""

SIGMA_OVER_MU = [0.0002, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 5000.0]
"""Ratios of standard deviation to mean of the entries of the linear map (figure 4b)."""


class Cubes(Unit):
    """All draws of the two cubes, moved and mapped."""

    cube_seeds: Seeds
    cube_points: Count
    cube_rbf_seeds: Seeds
    cube_rbf_points: Count


def measure(unit: Cubes, execution: Execution) -> "dict[str, xr.Dataset]":
    """Biased CKA of two unit cubes with themselves after one cube is moved, and after an invertible linear map.

    Each cube holds `cube_points`. Under `translation` the second cube moves along a random unit direction: linear CKA
    `cka (seed, distance)` by the closed form, and `direct (direct_distance)` from the definition for the first seed. Under
    `rbf` the same with the Gaussian kernel, `cka (bandwidth, seed, fraction, distance)`. Under `linear_map` the entries of the
    map are normal with mean 1 and standard deviation `ratio`; `cka (seed, ratio)` depends on their ratio only.

    Source: section 4.2 and figure 4 (a, b).
    """
    return {"translation": _translation(unit), "rbf": _rbf(unit), "linear_map": _linear_map(unit)}


def _translation(unit: Cubes) -> "xr.Dataset":
    import xarray as xr

    from learning_geometry.instruments.similarity import cka, translated_cka, translated_cka_limit
    from learning_geometry.studies.cka_manipulation.experiments._cubes import cubes_and_direction

    curves, direct, limit = [], [], 0.0
    moved = np.arange(2 * unit.cube_points) >= unit.cube_points
    # One call for all distances: they share the one large matrix product.
    steps = np.array([*DISTANCES, *DIRECT_DISTANCES])
    for seed in unit.cube_seeds:
        cubes, direction = cubes_and_direction(seed, unit.cube_points, DIMENSION, CENTRE_DISTANCE)
        curves.append(translated_cka(cubes, moved, direction, steps))
        if seed == unit.cube_seeds[0]:
            limit = translated_cka_limit(cubes, moved)
            direct = [cka(cubes, cubes + distance * np.outer(moved, direction)) for distance in DIRECT_DISTANCES]
    values = np.array(curves)
    return xr.Dataset(
        {
            "cka": (("seed", "distance"), values[:, : len(DISTANCES)]),
            "limit": limit,
            "direct": ("direct_distance", direct),
            "closed_form": ("direct_distance", values[0, len(DISTANCES) :]),
        },
        coords={"seed": unit.cube_seeds, "distance": DISTANCES, "direct_distance": DIRECT_DISTANCES},
        attrs={"points": unit.cube_points, "dimension": DIMENSION},
    )


def _rbf(unit: Cubes) -> "xr.Dataset":
    import xarray as xr

    from learning_geometry.studies.cka_manipulation.experiments._cubes import (
        cubes_and_direction,
        rbf_translation_curves,
    )

    def curves(seed: int) -> Any:
        pair = cubes_and_direction(seed, unit.cube_rbf_points, DIMENSION, CENTRE_DISTANCE)
        return rbf_translation_curves(*pair, RBF_DISTANCES, RBF_FRACTIONS)

    values = np.array([curves(seed) for seed in unit.cube_rbf_seeds])
    return xr.Dataset(
        {"cka": (("seed", "bandwidth", "fraction", "distance"), values)},
        coords={
            "seed": unit.cube_rbf_seeds,
            "bandwidth": ["own", "shared"],
            "fraction": RBF_FRACTIONS,
            "distance": RBF_DISTANCES,
        },
        attrs={"points": unit.cube_rbf_points, "dimension": DIMENSION},
    )


def _linear_map(unit: Cubes) -> "xr.Dataset":
    import xarray as xr

    from learning_geometry.studies.cka_manipulation.experiments._cubes import linear_map_curve, two_cubes

    values = []
    for seed in unit.cube_seeds:
        rng = np.random.default_rng([seed, 1])
        cubes = two_cubes(rng, unit.cube_points, LINEAR_DIMENSION, CENTRE_DISTANCE)
        values.append(linear_map_curve(rng, cubes, SIGMA_OVER_MU))
    return xr.Dataset(
        {"cka": (("seed", "ratio"), values)},
        coords={"seed": unit.cube_seeds, "ratio": SIGMA_OVER_MU},
        attrs={"points": unit.cube_points, "dimension": LINEAR_DIMENSION},
    )
