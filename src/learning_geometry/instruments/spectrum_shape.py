"""The shape of a spectrum on logarithmic axes: geometric bins, local slopes, curvature, a change of slope.

Cross-validated spectra are noisy and may be negative at single ranks, so every function here first averages values, not
their logarithms, over geometrically spaced bins of ranks; the mean of a bin is unbiased where a logarithm does not even
exist. What is fitted afterwards weighs the bins equally.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from learning_geometry.instruments.arrays import as_array

Array = NDArray[np.float64]
Bin = tuple[int, int]


def geometric_bins(n_ranks: int, *, per_decade: int = 7, first: int = 1) -> list[Bin]:
    """Return bins that cover the ranks `first` to `n_ranks` once each and are equally wide on a logarithmic axis.

    The edges divide the interval from `first` to `n_ranks + 1` geometrically, as nearly `per_decade` to a decade as
    leaves the last bin whole, and are rounded to ranks; where bins would be narrower than one rank, each rank is a bin.

    Args:
        n_ranks: The last rank.
        per_decade: Number of bins in a decade. Seven make 14 bins of the ranks 1 to 100; Gauthaman et al. (2024,
            arXiv:2409.06843) take three.
        first: The first rank, counted from one.

    Returns:
        First and last rank of each bin, both included, in ascending order.

    Raises:
        ValueError: If `first` is not between 1 and `n_ranks`, or `per_decade` is not positive.
    """
    if not 1 <= first <= n_ranks:
        raise ValueError(f"the ranks are {first} to {n_ranks}; count from 1 and end no earlier than you begin")
    if per_decade < 1:
        raise ValueError(f"per_decade is {per_decade}; pass the number of bins in a decade of ranks, at least 1")
    n_bins = max(1, round(per_decade * np.log10((n_ranks + 1) / first)))
    edges = np.unique(np.rint(np.geomspace(first, n_ranks + 1, n_bins + 1)).astype(int)).tolist()
    return [(low, high - 1) for low, high in pairwise(edges)]


def binned(spectrum: ArrayLike, bins: Sequence[Bin]) -> tuple[Array, Array]:
    """Return the geometric mean rank and the mean value of each bin.

    Args:
        spectrum: `(n_ranks,)`, in the order of its ranks; values may be negative.
        bins: First and last rank of each bin, counted from one, both included, as `geometric_bins` returns them.

    Returns:
        Ranks `(n_bins,)`, and values `(n_bins,)` in the units of `spectrum`.

    Raises:
        ValueError: If `spectrum` is not one-dimensional and finite, or a bin is empty or leaves the spectrum.
    """
    values = as_array(spectrum, np.float64)
    if values.ndim != 1 or values.size == 0 or not np.isfinite(values).all():
        raise ValueError(f"spectrum has shape {values.shape}; expected (n_ranks,) and finite numbers only")
    for first, last in bins:
        if not 1 <= first <= last <= len(values):
            raise ValueError(f"the bin {(first, last)} is not within the ranks 1 to {len(values)}; end the bins there")
    log_ranks = np.log(np.arange(1, len(values) + 1))
    centres = np.exp([log_ranks[first - 1 : last].mean() for first, last in bins])
    return centres, np.array([values[first - 1 : last].mean() for first, last in bins])


def local_slopes(spectrum: ArrayLike, bins: Sequence[Bin]) -> Array:
    """Return the steepness between neighbouring bins, minus the slope of `ln value` on `ln rank`.

    It is the exponent of a power law, whatever the bins, up to the width of the bins (see `curvature`), and `n / tau`
    around rank `n` of `exp(-n / tau)`.

    Args:
        spectrum: `(n_ranks,)`, in the order of its ranks.
        bins: At least two, as `geometric_bins` returns them.

    Returns:
        `(n_bins - 1,)`; entry `j` lies between bins `j` and `j + 1`.

    Raises:
        ValueError: If there are fewer than two bins, `binned` refuses them, or the mean of one is not positive.
    """
    x, y = _logarithms(spectrum, bins, least=2)
    return -np.diff(y) / np.diff(x)


def curvature(spectrum: ArrayLike, *, ranks: tuple[int, int], per_decade: int = 7) -> float:
    """Return the quadratic coefficient of `ln value` in `ln rank` over geometric bins of a window.

    A power law has none; a spectrum that steepens towards higher ranks (an exponential, a cut-off, a knee) has a
    negative one. It is fitted by least squares to the bin means, unweighted; our operationalisation, since no published
    criterion for "scale-free" is known to us. The mean of a bin lies a little above the value at its central rank, in
    all bins alike but those of a single rank, so that over ranks 1 to 100 an exact power law of exponent 1 comes out at
    -0.0004 and one of exponent 2 at -0.002.

    Args:
        spectrum: `(n_ranks,)`, in the order of its ranks; single values may be negative, means of bins not.
        ranks: First and last rank of the window, counted from one, both included.
        per_decade: Number of bins in a decade.

    Raises:
        ValueError: If the window makes fewer than three bins or leaves the spectrum, or the mean of a bin is not
            positive.
    """
    x, y = _logarithms(spectrum, _window(ranks, per_decade), least=3)
    return float(np.polyfit(x - x.mean(), y, 2)[0])


def change_of_slope(spectrum: ArrayLike, *, ranks: tuple[int, int], knee: int, per_decade: int = 7) -> float:
    """Return the steepness beyond the rank `knee` minus the steepness before it.

    Each is the least-squares slope over the geometric bins of its own part of the window, and the knee belongs to both.
    It is zero for a power law and `b - a` for one whose exponent changes from `a` to `b` at the knee.

    Args:
        spectrum: `(n_ranks,)`, in the order of its ranks; single values may be negative, means of bins not.
        ranks: First and last rank of the window, counted from one, both included.
        knee: A rank within the window.
        per_decade: Number of bins in a decade.

    Raises:
        ValueError: If a part of the window makes fewer than two bins or leaves the spectrum, or the mean of a bin is not
            positive.
    """
    first, last = ranks
    if not first < knee < last:
        raise ValueError(f"knee is {knee}, but the window is {ranks}; pass a rank within it")
    before, beyond = (
        -np.polyfit(*_logarithms(spectrum, _window(part, per_decade), least=2), 1)[0]
        for part in ((first, knee), (knee, last))
    )
    return float(beyond - before)


def _window(ranks: tuple[int, int], per_decade: int) -> list[Bin]:
    first, last = ranks
    return geometric_bins(last, per_decade=per_decade, first=first)


def _logarithms(spectrum: ArrayLike, bins: Sequence[Bin], *, least: int) -> tuple[Array, Array]:
    """Return `ln rank` and `ln value` of bins whose means are positive, the values relative to the first."""
    centres, means = binned(spectrum, bins)
    if len(bins) < least:
        raise ValueError(f"the ranks make the bins {list(bins)}, but {least} are needed; widen the window")
    for (first, last), mean in zip(bins, means, strict=True):
        if mean <= 0:
            raise ValueError(
                f"the mean over ranks {first} to {last} is {mean:.3g}, which has no logarithm; end the window before "
                f"rank {first}, or take fewer bins per decade"
            )
    return np.log(centres), np.log(means / means[0])
