"""What the weights of layers show of the geometry in which they have changed."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from learning_geometry.instruments.dual_change import cdf_distance, dual_change
from learning_geometry.instruments.potentials import of_exponent
from learning_geometry.instruments.synapse_geometry import identify_geometry

Layers = Mapping[str, NDArray[np.float64]]

_IDENTIFIED = 1000  # weights drawn for the exponent, whose standard error is then about 0.03


def measure_changes(before: Layers, after: Layers, candidates: Sequence[float], rng: np.random.Generator) -> xr.Dataset:
    """Compare layers before and after learning under potentials of the given exponents.

    Returns `cdf_distance` `(layer, candidate)`; `pooled` `(candidate,)`, of all layers together after each layer's dual
    change was divided by its standard deviation; `shuffled` `(candidate,)`, the same with the weights of each layer after
    learning in random order, so that no weight is compared with its own past; for each layer `magnitude`, the norm of
    the change of weights over that of the weights; `flipped`, the share of signs that changed; and `exponent`,
    `exponent_low`, `exponent_high`: what `identify_geometry` infers from the sizes of up to 1,000 weights that kept their
    sign. Weights that are zero before or after, which have no dual image under the negative entropy, are left out.
    """
    # In float32, one uniform number in 2^24 is exactly zero: a matrix of a million has one at times.
    nonzero = {name: (before[name] != 0) & (after[name] != 0) for name in before}
    pairs = [(before[name][nonzero[name]], after[name][nonzero[name]]) for name in before]
    mixed = [(old, rng.permutation(new)) for old, new in pairs]
    identified = [identify_geometry(*_kept(old, new, rng)) for old, new in pairs]
    return xr.Dataset(
        {
            "cdf_distance": (("layer", "candidate"), [[_distance([pair], p) for p in candidates] for pair in pairs]),
            "pooled": ("candidate", [_distance(pairs, p) for p in candidates]),
            "shuffled": ("candidate", [_distance(mixed, p) for p in candidates]),
            "magnitude": ("layer", [np.linalg.norm(new - old) / np.linalg.norm(old) for old, new in pairs]),
            "flipped": ("layer", [np.mean(np.sign(old) != np.sign(new)) for old, new in pairs]),
            "exponent": ("layer", [fit.exponent for fit in identified]),
            "exponent_low": ("layer", [fit.interval[0] for fit in identified]),
            "exponent_high": ("layer", [fit.interval[1] for fit in identified]),
        },
        coords={"layer": list(before), "candidate": list(candidates)},
    )


def _distance(pairs: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]], exponent: float) -> float:
    potential = of_exponent(exponent)
    changes = [dual_change(old, new, potential) for old, new in pairs]
    return float(cdf_distance(np.concatenate([change / change.std(ddof=1) for change in changes])))


def _kept(
    old: NDArray[np.float64], new: NDArray[np.float64], rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    same = np.flatnonzero((np.sign(old) == np.sign(new)) & (old != 0))
    chosen = rng.choice(same, min(_IDENTIFIED, len(same)), replace=False)
    return np.abs(old[chosen]), np.abs(new[chosen])
