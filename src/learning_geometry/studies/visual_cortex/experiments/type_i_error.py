"""How often the decision rejects a power law."""

from typing import TYPE_CHECKING

import numpy as np

from learning_geometry.studies.types import Count
from learning_geometry.studies.unit import Execution
from learning_geometry.studies.visual_cortex.experiments._scanned import Noise, Scanned, scanned_area

if TYPE_CHECKING:
    import xarray as xr

CELLS: tuple[tuple[str, Noise], ...] = (
    ("power law 0.7", "correlated"),
    ("power law 1.0", "correlated"),
    ("power law 1.4", "correlated"),
    ("power law 1.0", "aligned"),
    ("power law 0.7", "aligned"),
    ("power law 1.4", "aligned"),
)
"""Power laws, and their noise, that the decision should let pass."""


class TypeIError(Scanned):
    """Synthetic areas of one power law under noise of one kind."""

    spectrum: str
    noise: Noise
    tested_areas: Count
    tested_stimuli: Count
    tested_voxels: Count
    tested_bootstrap: Count


def measure(unit: TypeIError, execution: Execution) -> "xr.Dataset":
    """Apply `scale_free` to independent synthetic areas of one spectrum.

    `verdict`, `p_value`, `exponent` and `curvature` `(area,)` are those of the decision. An area whose repeats share too
    little has the verdict "no signal", a p-value of 1, and zeros.
    """
    import xarray as xr
    from tqdm import tqdm

    from learning_geometry.instruments.matched_null import NoSignal
    from learning_geometry.instruments.scale_free import scale_free

    verdicts = ["no signal"] * unit.tested_areas
    numbers = np.tile([1.0, 0.0, 0.0], (unit.tested_areas, 1))
    description = f"{unit.spectrum}, {unit.noise} noise"
    for area in tqdm(range(unit.tested_areas), desc=description, unit="area", leave=False):
        rng = np.random.default_rng([unit.seed, area])
        measured = scanned_area(
            unit, unit.spectrum, stimuli=unit.tested_stimuli, voxels=unit.tested_voxels, rng=rng, noise=unit.noise
        )
        try:
            test = scale_free(
                measured, noise_components=unit.noise_components, n_bootstrap=unit.tested_bootstrap, rng=rng
            )
        except NoSignal:
            continue
        verdicts[area] = test.verdict
        numbers[area] = test.p_value, test.alpha, test.curvature
    names = ("p_value", "exponent", "curvature")
    return xr.Dataset(
        {"verdict": ("area", verdicts), **{name: ("area", numbers[:, i]) for i, name in enumerate(names)}},
        {"area": np.arange(unit.tested_areas)},
    )
