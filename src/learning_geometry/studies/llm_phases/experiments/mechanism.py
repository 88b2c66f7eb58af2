"""Which classes move in which phase of the class-weighted linear model, along what, and whose loss makes it contract."""

from typing import TYPE_CHECKING

from learning_geometry.studies.types import Count, NonNegative, Positive, Seeds
from learning_geometry.studies.unit import Execution, Unit

if TYPE_CHECKING:
    import xarray as xr

_POINTS = 100


class Mechanism(Unit):
    """The reference of `theory` followed class by class, and continued from its peak on the losses of some classes alone."""

    theory_seeds: Seeds
    theory_classes: Count
    theory_dimension: Count
    theory_exponent: NonNegative
    theory_scale: Positive
    theory_steps: Count
    theory_learning_rate: Positive


def measure(unit: Mechanism, execution: Execution) -> "xr.Dataset":
    """Paths of classes by phase, what rare classes re-use, growth of singular values, and RankMe under each intervention.

    Classes that together make up half of the mass, the most frequent first, are frequent, the others rare. `path`
    `(seed, phase, class)` is how far each class's feature walks in each phase, as a share of its whole way, beside
    `frequency`. `reuse` `(seed,)` is the part of the rare classes' squared move in the compression that lies along the leading
    direction at the peak, `growth` `(seed, i)` by what factor the first two singular values grow from the peak to the end.
    `continued` `(seed, loss, step)` is RankMe, from the peak on, as a share of the peak, where the losses of `all`, of
    `frequent` or of `rare` classes alone are minimised. `contracts` `(seed,)` says whether RankMe has a peak before the end.

    Source: section 3.3's account of figure 4; the measures and the interventions are ours.
    """
    from itertools import pairwise

    import numpy as np
    import xarray as xr

    from learning_geometry.studies.llm_phases.experiments import _free_features as model

    at = model.log_spaced(unit.theory_steps, _POINTS)
    frequencies = model.zipf(unit.theory_classes, unit.theory_exponent)
    frequent = np.concatenate([[0.0], frequencies.cumsum()[:-1]]) < 0.5
    start = model.initial_parameters(unit.theory_seeds, unit.theory_classes, unit.theory_dimension, unit.theory_scale)
    rate = unit.theory_learning_rate
    features, classifier = model.descend(*start, frequencies, at=at, learning_rate=rate)
    rankme = model.effective_ranks(model.spectra(features, frequencies, center=False)).T
    dip, peak, _ = model.turning_points(rankme)
    runs = np.arange(len(unit.theory_seeds))
    walked = np.concatenate(
        [np.zeros((1, *features.shape[1:3])), np.linalg.norm(np.diff(features, axis=0), axis=-1).cumsum(0)]
    )
    marks = [np.zeros_like(dip), dip, peak, np.full_like(dip, len(at) - 1)]
    path = np.stack([walked[b, runs] - walked[a, runs] for a, b in pairwise(marks)], axis=1)
    weights = np.sqrt(frequencies)[:, None]
    _, before, right = np.linalg.svd(features[peak, runs] * weights, full_matrices=False)
    after = np.linalg.svd(features[-1] * weights, compute_uv=False)
    move = (features[-1] - features[peak, runs])[:, ~frequent]
    along = np.einsum("rcd,rd->rc", move, right[:, 0]) ** 2
    moved = (move**2).sum(axis=(1, 2))
    continued = []
    for chosen in (np.ones_like(frequent), frequent, ~frequent):
        onward, _ = model.descend(
            features[peak, runs], classifier[peak, runs], frequencies * chosen, at=at, learning_rate=rate
        )
        ranks = model.effective_ranks(model.spectra(onward, frequencies, center=False)).T
        continued.append(ranks / ranks[:, :1])
    return xr.Dataset(
        {
            "path": (("seed", "phase", "class"), path / path.sum(axis=1, keepdims=True)),
            "frequency": ("class", frequencies),
            "reuse": ("seed", along.sum(axis=1) / np.where(moved > 0, moved, 1.0)),
            "growth": (("seed", "i"), (after / before)[:, :2]),
            "contracts": ("seed", peak < len(at) - 1),
            "continued": (("seed", "loss", "step"), np.stack(continued, axis=1)),
            "rankme": (("seed", "step"), rankme),
        },
        coords={
            "seed": unit.theory_seeds,
            "phase": ["collapse", "expansion", "compression"],
            "loss": ["all", "frequent", "rare"],
            "step": at,
        },
    )
