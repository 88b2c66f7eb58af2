"""Synthetic areas: populations whose signal has a spectrum that is known."""

import re
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from learning_geometry.instruments.matched_null import random_axes

Array = NDArray[np.float64]

_POWER_LAW = re.compile(r"power law (\d+(\.\d+)?)")

BENT: dict[str, Callable[[Array], Array]] = {
    "exponential": lambda rank: np.exp(-rank / 15),
    "slow exponential": lambda rank: np.exp(-rank / 40),
    "knee": lambda rank: np.where(rank <= 20, rank**-0.5, 20**2.0 * rank**-2.5),
    "mild knee": lambda rank: np.where(rank <= 10, rank**-0.7, 10**0.8 * rank**-1.5),
    "plateau": lambda rank: np.where(rank <= 9, 1.0, 0.02 * 9 / rank),
    "cut-off": lambda rank: rank**-0.8 * np.exp(-rank / 100),
}
"""Spectra that are no power law, by name: functions of the rank, counted from one."""


def spectrum(name: str, n_dimensions: int) -> Array:
    """The eigenvalues of a synthetic area, `(n_dimensions,)`, descending, the first one or near it.

    `name` is one of `BENT`, or "power law" and an exponent, such as "power law 1.0".

    Raises:
        ValueError: there is no spectrum of that name.
    """
    rank = np.arange(1, n_dimensions + 1, dtype=np.float64)
    exponent = _POWER_LAW.fullmatch(name)
    if exponent:
        return rank ** -float(exponent[1])
    if name not in BENT:
        raise ValueError(f"unknown spectrum {name!r}; known: 'power law' and an exponent, {', '.join(BENT)}")
    return BENT[name](rank)


def respond(eigenvalues: Array, *, n_stimuli: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """The noise-free responses of an area to random stimuli, `(n_stimuli, n_voxels)`, and the axes of its signal.

    There are as many voxels as `eigenvalues`, so that these are exactly the eigenvalues of the covariance that the responses
    are drawn from; axes, in columns, are uniformly random.
    """
    axes = random_axes(len(eigenvalues), rng)
    return (rng.standard_normal((n_stimuli, len(eigenvalues))) * np.sqrt(eigenvalues)) @ axes.T, axes
