"""A maze as a table: every frame drawn once, every step a look-up."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import gymnasium
import numpy as np
from numpy.typing import NDArray

from learning_geometry.materials.maze_environments import Frame, MazeEnvironment
from learning_geometry.materials.mazes import FORWARD, HEADINGS, LEFT, RIGHT, Maze, View

ACTIONS = 3


@dataclass(frozen=True, eq=False)
class MazeTable:
    """All states of a maze: each free cell and each box at each heading.

    `frames` `(states, height, width, 3)` are what the MiniGrid environment draws; `next_state`, `reward` and `terminal`
    `(states, actions)` what it does; `poses` `(states, 3)` hold x, y and heading; `starts` `(states,)` is false on boxes, whose
    states are final.
    """

    frames: Frame
    next_state: NDArray[np.int64]
    reward: NDArray[np.float64]
    terminal: NDArray[np.bool_]
    poses: NDArray[np.int64]
    starts: NDArray[np.bool_]

    @cached_property
    def start_states(self) -> NDArray[np.int64]:
        """The states in which an episode may start."""
        return np.flatnonzero(self.starts)

    def __len__(self) -> int:
        return len(self.poses)


def tabulate(maze: Maze, view: View = "allocentric", *, tile_size: int = 4) -> MazeTable:
    """Draw every state of a maze once and write down where each action leads from it."""
    environment = MazeEnvironment(maze, view, tile_size=tile_size)
    environment.reset(seed=0)
    worth = {(box.x, box.y): box.reward for box in maze.boxes}
    cells = sorted(maze.free() | set(worth))
    poses = np.array([(x, y, heading) for x, y in cells for heading in range(4)])
    index = {tuple(pose): state for state, pose in enumerate(poses.tolist())}
    frames = np.stack([environment.place(*pose) for pose in poses.tolist()])
    next_state = np.empty((len(poses), ACTIONS), dtype=np.int64)
    reward, terminal = np.zeros(next_state.shape), np.zeros(next_state.shape, dtype=bool)
    for state, (x, y, heading) in enumerate(poses.tolist()):
        if (x, y) in worth:
            next_state[state], terminal[state] = state, True
            continue
        next_state[state, LEFT] = index[x, y, (heading - 1) % 4]
        next_state[state, RIGHT] = index[x, y, (heading + 1) % 4]
        ahead = (x + HEADINGS[heading, 0], y + HEADINGS[heading, 1])
        next_state[state, FORWARD] = index.get((*ahead, heading), state)
        if ahead in worth:
            reward[state, FORWARD], terminal[state, FORWARD] = worth[ahead], True
    starts = np.array([(x, y) not in worth for x, y, _ in poses.tolist()])
    return MazeTable(frames, next_state, reward, terminal, poses, starts)


class TableEnvironment(gymnasium.Env[Frame, np.int64]):
    """The table of a maze as a gymnasium environment: the twin of `MazeEnvironment`."""

    metadata: dict[str, Any] = {"render_modes": []}  # noqa: RUF012

    def __init__(self, table: MazeTable, *, max_steps: int = 60) -> None:
        self.table, self.max_steps = table, max_steps
        self.action_space = gymnasium.spaces.Discrete(ACTIONS)
        self.observation_space = gymnasium.spaces.Box(0, 255, table.frames.shape[1:], dtype=np.uint8)
        self._state, self._steps = -1, 0

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Frame, dict[str, Any]]:
        """Start an episode in a random state."""
        super().reset(seed=seed)
        self._steps = 0
        starts = self.table.start_states
        return self.place(int(starts[int(self.np_random.integers(len(starts)))])), {}

    def place(self, state: int) -> Frame:
        """Put the agent into a state and return what it sees there."""
        self._state = state
        return self.table.frames[state].copy()

    def step(self, action: Any) -> tuple[Frame, float, bool, bool, dict[str, Any]]:
        """Carry out an action."""
        self._steps += 1
        before = self._state
        frame = self.place(int(self.table.next_state[before, action]))
        reward, terminal = self.table.reward[before, action], self.table.terminal[before, action]
        return frame, float(reward), bool(terminal), self._steps >= self.max_steps, {}
