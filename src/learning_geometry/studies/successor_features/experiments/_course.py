"""A course of tasks: one agent, several seeds together, task after task in mazes that are tables."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from learning_geometry.instruments.successor import expected_returns, mean_pairwise_cosine
from learning_geometry.materials.maze_tables import MazeTable, tabulate
from learning_geometry.materials.mazes import View, maze
from learning_geometry.materials.training import seeded
from learning_geometry.studies.successor_features.experiments._learner import Batch, Learner
from learning_geometry.studies.successor_features.experiments._networks import Patches, Sizes, take_apart
from learning_geometry.studies.successor_features.experiments._playing import Memory, Players, chances
from learning_geometry.studies.successor_features.experiments._recipes import RECIPES

if TYPE_CHECKING:
    from learning_geometry.studies.successor_features.experiments.training import Training

Array = NDArray[np.float64]

TASKS = {"T1": (1, 1), "T2": (2, 2), "nothing": (1, 1), "rewards": (1, 2), "layout": (2, 1)}
"""Layout and rewards of the tasks of a course, and of what else may follow the first one."""


@cache
def _world(
    name: str, size: int, layout: int, rewards: int, view: View, tile_size: int, device: str
) -> tuple[MazeTable, Patches]:
    # Drawn once a process: units that follow each other mostly share their mazes.
    table = tabulate(maze(name, size, layout=layout, rewards=rewards), view, tile_size=tile_size)
    return table, take_apart(table.frames, tile_size, device)


@dataclass
class Curves:
    """What is seen of a phase at each evaluation, each `(seeds,)`."""

    returns: list[Array] = field(default_factory=list)
    """Exact greedy return, mean over all starts."""
    feature_cosine: list[Array] = field(default_factory=list)
    """Mean pairwise cosine of features over all states in which an episode may start."""
    successor_cosine: list[Array] = field(default_factory=list)
    """The same of successor features of the greedy action."""
    earned: list[Array] = field(default_factory=list)
    """Reward of all environments of a seed since the phase began."""


class Course:
    """The learner of a unit, and where in its course it is."""

    def __init__(self, unit: "Training", device: str) -> None:
        self.unit, self.device = unit, device
        self.learner = Learner(
            RECIPES[unit.agent],
            self.world("T1")[1],
            Sizes(unit.features, unit.hidden),
            [seeded(seed, 0) for seed in unit.seeds],
            learning_rate=unit.learning_rate,
            task_learning_rate=unit.task_learning_rate,
            discount=unit.discount,
            device=device,
        )
        self.phase = 0

    def world(self, task: str) -> tuple[MazeTable, Patches]:
        """The table of a task and its frames taken apart."""
        unit = self.unit
        return _world(unit.maze, unit.maze_size, *TASKS[task], unit.view, unit.tile_size, self.device)

    def cost(self) -> float:
        """Floating-point operations of one update of one seed, forward and backward, as carried out here."""
        from torch.utils.flop_counter import FlopCounterMode

        n, size = len(self.unit.seeds), self.unit.batch_size
        none = torch.zeros(n, size, dtype=torch.int64, device=self.device)
        nothing = torch.zeros(n, size, device=self.device)
        with FlopCounterMode(display=False) as counted:
            copy.deepcopy(self.learner).update(Batch(none, none, nothing, none, nothing))
        return float(counted.get_total_flops()) / n

    def branch(self, *, frozen: bool = False) -> "Course":
        """A copy that goes on by itself; if `frozen`, nothing but its task vector learns."""
        other = copy.copy(self)
        other.learner = copy.deepcopy(self.learner)
        if frozen:
            other.learner.freeze()
        return other

    def learn(self, task: str) -> Curves:
        """Learn a task for one phase, with an empty memory; what is seen at its beginning counts as an evaluation."""
        unit, (table, patches) = self.unit, self.world(task)
        self.learner.enter(patches)
        generators = [np.random.default_rng([seed, 1, self.phase]) for seed in unit.seeds]
        numbers = chances(generators, unit.environments, unit.batch_size)
        players = Players(table, next(numbers), horizon=unit.horizon, slip=unit.slip)
        memory = Memory(len(unit.seeds), unit.memory, unit.batch_size)
        curves, earned = Curves(), np.zeros(len(unit.seeds))
        self.note(curves, table, earned)
        update = 0
        while update < unit.updates:
            step = next(numbers)
            greedy = self.learner.values.argmax(-1).cpu().numpy()
            transitions, reward = players.step(greedy, self._epsilon(update), step)
            memory.add(transitions, reward)
            earned = earned + reward.sum(1)
            if len(memory) < unit.warm_up:
                continue
            self.learner.update(self._batch(memory, step.batch))
            update += 1
            if update % unit.target_every == 0:
                self.learner.copy_target()
            if update % unit.evaluate_every == 0:
                self.note(curves, table, earned)
        self.phase += 1
        return curves

    def note(self, curves: Curves, table: MazeTable, earned: Array) -> None:
        """Add an evaluation."""
        features, successors, values = (part.double().cpu().numpy() for part in self.learner.look())
        curves.returns.append(self.returns(table, values))
        curves.feature_cosine.append(mean_pairwise_cosine(features[:, table.starts]))
        curves.successor_cosine.append(mean_pairwise_cosine(successors[:, table.starts]))
        curves.earned.append(earned)

    def returns(self, table: MazeTable, values: Array) -> Array:
        """Exact return `(seeds,)` of acting greedily by values `(seeds, states, actions)`, mean over all starts."""
        reached = expected_returns(
            table.next_state,
            table.reward,
            table.terminal,
            values.argmax(-1),
            horizon=self.unit.horizon,
            slip=self.unit.slip,
        )
        mean: Array = reached[:, table.starts].mean(1)
        return mean

    def _epsilon(self, update: int) -> float:
        """The share of random actions: it falls in the first task alone."""
        unit = self.unit
        passed = update / unit.exploration if self.phase == 0 else 1.0
        return float(max(unit.epsilon, 1 - (1 - unit.epsilon) * passed))

    def _batch(self, memory: Memory, numbers: Array) -> Batch:
        parts, reward = memory.draw(numbers)
        state, action, following, ended = torch.from_numpy(parts).to(self.device)
        return Batch(state, action, torch.from_numpy(reward).float().to(self.device), following, ended.float())


def stacked(curves: Sequence[Curves], name: str) -> Array:
    """One quantity of several phases, `(seeds, phases, evaluations)`."""
    return np.array([getattr(part, name) for part in curves]).transpose(2, 0, 1)
