"""Playing: environments of all seeds side by side in the table of a maze, and the memory of what happened."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from learning_geometry.materials.maze_tables import ACTIONS, MazeTable

_BLOCK = 250  # steps whose random numbers are drawn at once


@dataclass(frozen=True)
class Chances:
    """The random numbers `(seeds, n)` of one step, uniform on [0, 1)."""

    explore: NDArray[np.float64]
    action: NDArray[np.float64]
    slip: NDArray[np.float64]
    slipped: NDArray[np.float64]
    start: NDArray[np.float64]
    batch: NDArray[np.float64]


def chances(generators: list[np.random.Generator], environments: int, batch: int) -> Iterator[Chances]:
    """The random numbers of step after step; each seed has its own, whatever others are beside it."""
    ends = np.cumsum([environments] * 5)
    while True:
        block = np.stack([generator.random((_BLOCK, 5 * environments + batch)) for generator in generators], axis=1)
        for numbers in block:
            yield Chances(*np.split(numbers, ends, axis=1))


class Memory:
    """The last `capacity` transitions of each seed, as indices; frames need not be kept.

    Raises:
        ValueError: The capacity is smaller than a batch.
    """

    def __init__(self, seeds: int, capacity: int, batch: int) -> None:
        if capacity < batch:
            raise ValueError(f"a memory of {capacity} transitions is smaller than a batch of {batch}; enlarge it")
        self._kept = np.empty((4, seeds, capacity), dtype=np.int64)
        self._reward = np.empty((seeds, capacity))
        self._written = 0

    def __len__(self) -> int:
        return min(self._written, self._reward.shape[1])

    def add(self, transitions: tuple[NDArray[np.generic], ...], reward: NDArray[np.float64]) -> None:
        """Keep transitions, each part `(seeds, n)`: state, action, next state, whether the episode ended."""
        n, capacity = reward.shape[1], self._reward.shape[1]
        places = np.arange(self._written, self._written + n) % capacity
        for kept, part in zip(self._kept, transitions, strict=True):
            kept[:, places] = part
        self._reward[:, places] = reward
        self._written += n

    def draw(self, numbers: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Transitions `(4, seeds, batch)` and their rewards, drawn with replacement by uniform numbers `(seeds, batch)`."""
        places = (numbers * len(self)).astype(np.int64)
        seeds = np.arange(len(places))[:, None]
        return self._kept[:, seeds, places], self._reward[seeds, places]


class Players:
    """Environments of each seed in one maze, all moved by one call."""

    def __init__(self, table: MazeTable, first: Chances, *, horizon: int, slip: float) -> None:
        self.table, self.horizon, self.slip = table, horizon, slip
        self.state = self._starts(first.start)
        self.age = np.zeros(self.state.shape, dtype=np.int64)

    def _starts(self, numbers: NDArray[np.float64]) -> NDArray[np.int64]:
        starts = self.table.start_states
        begun: NDArray[np.int64] = starts[(numbers * len(starts)).astype(np.int64)]
        return begun

    def step(
        self, greedy: NDArray[np.int64], epsilon: float, numbers: Chances
    ) -> tuple[tuple[NDArray[np.generic], ...], NDArray[np.float64]]:
        """Act greedily `(seeds, states)` but for exploration; return the transitions and rewards, each `(seeds, n)`.

        Where an episode ends or has lasted for `horizon` steps, another one starts. A transition cut off there has not
        ended.
        """
        seeds = np.arange(len(self.state))[:, None]
        random = (numbers.action * ACTIONS).astype(np.int64)
        action = np.where(numbers.explore < epsilon, random, greedy[seeds, self.state])
        slipped = (numbers.slipped * ACTIONS).astype(np.int64)
        carried_out = np.where(numbers.slip < self.slip, slipped, action)
        following = self.table.next_state[self.state, carried_out]
        reward = self.table.reward[self.state, carried_out]
        ended = self.table.terminal[self.state, carried_out]
        transitions = (self.state, action, following, ended)
        self.age += 1
        over = ended | (self.age >= self.horizon)
        self.state = np.where(over, self._starts(numbers.start), following)
        self.age[over] = 0
        return transitions, reward
