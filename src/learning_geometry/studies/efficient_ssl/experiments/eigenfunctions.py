"""Which eigenfunctions of the augmentation kernel features span, over training, under several losses."""

from typing import TYPE_CHECKING

from learning_geometry.studies.types import Count, Positive, Rising, Seed
from learning_geometry.studies.unit import Execution, Unit

if TYPE_CHECKING:
    import xarray as xr


class Eigenfunctions(Unit):
    """Networks trained on all views of a finite set of digits, one for each loss, from the same first weights."""

    seed: Seed
    kernel_per_class: Count
    kernel_reach: Count
    kernel_noise: Positive
    kernel_dimensions: Count
    kernel_hidden: Count
    kernel_steps: Count
    kernel_learning_rate: Positive
    orthogonalities: Rising
    kernel_off_diagonals: Rising
    kernel_covariances: Rising


RANKS = 12
"""Eigenfunctions that are followed."""

_DRAWN = 6  # eigenfunctions on images that are recorded for pictures
_MOMENTS = 16  # of training at which features are looked at


def measure(unit: Eigenfunctions, execution: Execution) -> "dict[str, xr.Dataset]":
    """`captured (loss, step, rank)`, the share of each eigenfunction in the span of the features, and `matched (loss, step)`, how well they can match the kernel.

    Losses are the idealised one at each orthogonality, Barlow Twins at each weight off the diagonal, VICReg at each weight of the covariance, and "shuffled":
    Barlow Twins at its greatest weight, with views of different images as pairs. The part `world` holds eigenvalues `values (rank)` and the digits with the first
    eigenfunctions on them.

    Source: ours; the abstract says what features should match.
    """
    import numpy as np
    import xarray as xr

    from learning_geometry.instruments.augmentation_kernel import captured, eigenfunctions, matched
    from learning_geometry.studies.efficient_ssl.experiments import _finite

    there = _finite.world(unit.seed, per_class=unit.kernel_per_class, reach=unit.kernel_reach, noise=unit.kernel_noise)
    known = eigenfunctions(there.landing)
    losses = _finite.losses(unit.orthogonalities, unit.kernel_off_diagonals, unit.kernel_covariances)
    runs = dict.fromkeys(losses) | {"shuffled": np.random.default_rng([unit.seed, 1]).permutation(len(there.images))}
    losses["shuffled"] = losses[f"barlow {unit.kernel_off_diagonals[-1]:g}"]
    steps = np.unique(np.r_[0, np.geomspace(1, unit.kernel_steps, _MOMENTS).round().astype(int)])
    ranks = min(RANKS, len(known.values))
    shares, matches = np.empty((len(runs), len(steps), ranks)), np.empty((len(runs), len(steps)))
    for i, (name, partners) in enumerate(runs.items()):

        def watch(step: int, features: _finite.Array, i: int = i) -> None:
            if (at := np.flatnonzero(steps == step)).size:
                shares[i, at[0]], matches[i, at[0]] = captured(features, known, ranks), matched(features, known)

        _finite.train(
            there, losses[name], hidden=unit.kernel_hidden, dimensions=unit.kernel_dimensions,
            learning_rate=unit.kernel_learning_rate, steps=unit.kernel_steps, seed=unit.seed, watch=watch, partners=partners,
        )  # fmt: skip
    coordinates = {"loss": list(runs), "step": steps, "rank": np.arange(1, ranks + 1)}
    return {
        "training": xr.Dataset(
            {"captured": (("loss", "step", "rank"), shares), "matched": (("loss", "step"), matches)},
            coords=coordinates,
            attrs={"dimensions": unit.kernel_dimensions, "views": len(there.views)},
        ),
        "world": xr.Dataset(
            {
                "values": ("order", known.values),
                "image": (("digit", "y", "x"), there.images.astype(np.float64)),
                "label": ("digit", there.labels),
                "function": (("digit", "drawn"), known.images[:, :_DRAWN]),
            },
        ),
    }
