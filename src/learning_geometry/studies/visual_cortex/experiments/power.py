"""How large an experiment must be to see that a spectrum is no power law."""

from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from learning_geometry.studies.types import Count, RisingCounts
from learning_geometry.studies.unit import Execution
from learning_geometry.studies.visual_cortex.experiments._scanned import Scanned, scanned_area

if TYPE_CHECKING:
    import xarray as xr

SPECTRA = ("power law 1.0", "mild knee", "cut-off", "slow exponential")
"""A power law and departures from it that an experiment should recognise."""

_DRAWS = 2  # of power laws like each area


class Power(Scanned):
    """Synthetic areas in designs with one number of stimuli and several numbers of voxels."""

    stimuli: Count
    power_voxels: RisingCounts
    power_areas: Count


def measure(unit: Power, execution: Execution) -> "xr.Dataset":
    """Which areas of each spectrum have a curvature below that of 95 % of power laws like them.

    `recognised`, `has_signal` and `curvature`, relative to power laws, are `(voxels, spectrum, area)`. Areas without
    enough signal for the question count as not recognised, and their curvature is zero.

    The draws that stand for power laws are two for each area and pooled over the areas of a design and spectrum, which
    costs a fraction of a bootstrap for each (the warp-speed bootstrap of Giacomini, Politis and White 2013, Econometric
    Theory 29); the decision itself does not pool.
    """
    import xarray as xr
    from tqdm import tqdm

    from learning_geometry.instruments.matched_null import NoSignal, matched_null
    from learning_geometry.instruments.scale_free import bends, binned_cvpca, window

    shape = len(unit.power_voxels), len(SPECTRA), unit.power_areas
    recognised, has_signal = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    curvature = np.zeros(shape)
    designs = list(product(enumerate(unit.power_voxels), enumerate(SPECTRA)))
    for (v, voxels), (s, name) in tqdm(designs, desc=f"{unit.stimuli} stimuli", unit="design", leave=False):
        bins = window(unit.stimuli, voxels - unit.noise_components)
        observed, like = [], []
        for area in range(unit.power_areas):
            rng = np.random.default_rng([unit.seed, unit.stimuli, voxels, s, area])
            measured = scanned_area(unit, name, stimuli=unit.stimuli, voxels=voxels, rng=rng)
            try:
                null = matched_null(measured, rng=rng)
            except NoSignal:
                continue
            has_signal[v, s, area] = True
            observed.append(binned_cvpca(measured, unit.noise_components, bins))
            like += [binned_cvpca(null.draw(rng), unit.noise_components, bins) for _ in range(_DRAWS)]
        if len(like) <= len(bins):
            continue
        try:
            bend, by_chance, _ = bends(np.array(observed), np.array(like), bins)
        except NoSignal:
            has_signal[v, s] = False
            continue
        judged = has_signal[v, s]
        # Of so few draws the usual quantile is exceeded too often: by 7.7 % of the like for 32 of them.
        recognised[v, s, judged] = bend < np.quantile(by_chance, 0.05, method="weibull")
        curvature[v, s, judged] = bend - by_chance.mean()
    dimensions = ("voxels", "spectrum", "area")
    return xr.Dataset(
        {
            "recognised": (dimensions, recognised),
            "has_signal": (dimensions, has_signal),
            "curvature": (dimensions, curvature),
        },
        {"voxels": unit.power_voxels, "spectrum": list(SPECTRA), "area": np.arange(unit.power_areas)},
    )
