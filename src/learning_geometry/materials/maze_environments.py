"""Mazes as gymnasium environments that MiniGrid draws, and a wrapper under which actions slip."""

import os
from typing import Any

import gymnasium
import numpy as np
from numpy.typing import NDArray

from learning_geometry.materials.mazes import Maze, View

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")  # MiniGrid imports pygame, which greets whoever imports it

from minigrid.core.grid import Grid
from minigrid.core.mission import MissionSpace
from minigrid.core.world_object import Box as DrawnBox
from minigrid.core.world_object import Wall
from minigrid.minigrid_env import MiniGridEnv

Frame = NDArray[np.uint8]


class _EnteredBox(DrawnBox):
    """A box whose cell can be entered."""

    def can_overlap(self) -> bool:
        return True


class MazeEnvironment(MiniGridEnv):
    """A maze with the actions left, right and forward; observations are RGB pixels `(height, width, 3)`.

    An episode starts at a random heading in a random free cell. It ends where a box is entered, which pays what the box is
    worth, and is truncated after `max_steps` steps.

    Raises:
        ValueError: The view is unknown.
    """

    def __init__(self, maze: Maze, view: View = "allocentric", *, tile_size: int = 4, max_steps: int = 60) -> None:
        if view not in ("allocentric", "egocentric"):
            raise ValueError(f"view = {view!r} is unknown; choose allocentric or egocentric")
        self.maze, self.view = maze, view
        height, width = maze.walls.shape
        super().__init__(
            mission_space=MissionSpace(mission_func=lambda: "find the box that pays"),
            width=width,
            height=height,
            max_steps=max_steps,
            tile_size=tile_size,
            highlight=False,
            agent_pov=view == "egocentric",
            render_mode="rgb_array",
        )
        self.action_space = gymnasium.spaces.Discrete(3)
        shape = (7, 7) if view == "egocentric" else (height, width)
        self.observation_space = gymnasium.spaces.Box(
            0, 255, (shape[0] * tile_size, shape[1] * tile_size, 3), dtype=np.uint8
        )
        self._worth = {(box.x, box.y): box.reward for box in maze.boxes}

    def _gen_grid(self, width: int, height: int) -> None:
        self.grid = Grid(width, height)
        for y, x in zip(*np.nonzero(self.maze.walls), strict=True):
            self.grid.set(int(x), int(y), Wall())
        for box in self.maze.boxes:
            self.grid.set(box.x, box.y, _EnteredBox(box.colour))
        cells = sorted(self.maze.free())
        self.agent_pos = cells[int(self.np_random.integers(len(cells)))]
        self.agent_dir = int(self.np_random.integers(4))
        self.mission = "find the box that pays"

    def gen_obs(self) -> Frame:
        """What the agent sees now."""
        frame: Frame = self.get_frame(highlight=False, tile_size=self.tile_size, agent_pov=self.view == "egocentric")
        return frame

    def place(self, x: int, y: int, heading: int) -> Frame:
        """Put the agent somewhere and return what it sees there; call `reset` before."""
        self.agent_pos, self.agent_dir = (x, y), heading
        return self.gen_obs()

    def step(self, action: Any) -> tuple[Frame, float, bool, bool, dict[str, Any]]:
        """Carry out an action; the reward is that of the box whose cell is entered, if any."""
        before = tuple(self.agent_pos)
        frame, _, _, truncated, info = super().step(action)
        after = (int(self.agent_pos[0]), int(self.agent_pos[1]))
        entered = after in self._worth and after != before
        return frame, self._worth[after] if entered else 0.0, entered, truncated, info


class SlippingActions(gymnasium.ActionWrapper[Any, Any, Any]):
    """With probability `slip` an action is replaced by one drawn from all of them.

    Raises:
        ValueError: The probability is outside 0 to 1.
    """

    def __init__(self, environment: gymnasium.Env[Any, Any], slip: float) -> None:
        if not 0 <= slip <= 1:
            raise ValueError(f"slip = {slip}; give a probability, from 0 to 1")
        super().__init__(environment)
        self.slip = slip

    def action(self, action: Any) -> Any:
        """The action that is carried out."""
        generator = self.unwrapped.np_random
        if generator.random() < self.slip:
            return int(generator.integers(3))
        return action
