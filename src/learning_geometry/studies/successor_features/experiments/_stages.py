"""What the features of an agent are like at the end of a phase."""

import numpy as np
from numpy.typing import NDArray

from learning_geometry.instruments.spectrum import eigenspectrum, rankme
from learning_geometry.instruments.successor import (
    decoding_error,
    policy_transitions,
    similarity_correlation,
    successor_representation,
)
from learning_geometry.materials.maze_tables import ACTIONS, MazeTable
from learning_geometry.studies.successor_features.experiments._course import Course

Array = NDArray[np.float64]

MEASURES = ("decoding", "correlation", "uncentred rank", "centred rank")
"""Share of the successor representation's variance that a linear decoder of successor features misses; Spearman's
correlation of their cosines with those of its rows; effective ranks of the directions of features."""

_DEAD = 1e-12


def at_random(table: MazeTable) -> Array:
    """The policy that takes every action equally often."""
    return np.full(table.next_state.shape, 1 / ACTIONS)


def visits(table: MazeTable, discount: float, slip: float) -> Array:
    """The successor representation under random actions, from starts to starts."""
    moves = policy_transitions(table.next_state, table.terminal, at_random(table), slip=slip)
    return successor_representation(moves, discount)[np.ix_(table.starts, table.starts)]


def stage(course: Course, table: MazeTable) -> Array:
    """The measures `(seeds, measures)` of the features of now."""
    features, successors = (part.double().cpu().numpy()[:, table.starts] for part in course.learner.look()[:2])
    target = visits(table, course.unit.discount, course.unit.slip)
    return np.array(
        [
            [
                decoding_error(psi, target),
                similarity_correlation(psi, target),
                effective_rank(h, center=False),
                effective_rank(h, center=True),
            ]
            for h, psi in zip(features, successors, strict=True)
        ]
    )


def effective_rank(features: Array, *, center: bool) -> float:
    """RankMe of the singular values of the directions of features `(n, d)`; 1 if nothing varies."""
    length = np.linalg.norm(features, axis=1, keepdims=True)
    rows = features / np.maximum(length, _DEAD)
    spread = rows - rows.mean(0) if center else rows
    if np.abs(spread).max() < _DEAD:
        return 1.0
    return rankme(eigenspectrum(rows, center=center), of="singular_values")
