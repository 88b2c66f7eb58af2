"""Mazes with coloured boxes: where walls stand, and what reaching each box is worth."""

from collections import deque
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

MAZES = ("center_wall", "inverted_l", "four_rooms")
"""The mazes that have a name."""

View = Literal["allocentric", "egocentric"]
"""What is observed: the whole maze from above, or the 7 by 7 cells before the agent."""

LEFT, RIGHT, FORWARD = range(3)
"""The actions: turn left, turn right, go forward."""

HEADINGS = np.array([[1, 0], [0, 1], [-1, 0], [0, -1]])
"""The step `(dx, dy)` forward at each heading: right, down, left, up."""

_ELSEWHERE = ("miniworld", "mujoco")


@dataclass(frozen=True)
class Box:
    """A coloured box in a cell; entering the cell pays `reward` and ends the episode."""

    x: int
    y: int
    colour: str
    reward: float


@dataclass(frozen=True, eq=False)
class Maze:
    """Walls `(height, width)`, true where a wall stands, and the boxes.

    Raises:
        ValueError: The outer wall has a hole, a wall stands on a box, two boxes share a cell, no box is worth anything, or
            from some free cell no such box can be reached.
    """

    walls: NDArray[np.bool_]
    boxes: tuple[Box, ...]

    def __post_init__(self) -> None:
        border = np.concatenate([self.walls[[0, -1]].ravel(), self.walls[:, [0, -1]].ravel()])
        if not border.all():
            raise ValueError("the outer wall of the maze has a hole; close it, or agents leave the grid")
        height, width = self.walls.shape
        for box in self.boxes:
            if not (0 <= box.x < width and 0 <= box.y < height) or self.walls[box.y, box.x]:
                raise ValueError(
                    f"the {box.colour} box at ({box.x}, {box.y}) stands in a wall; move the box or the wall"
                )
        if len({(box.x, box.y) for box in self.boxes}) < len(self.boxes):
            raise ValueError("two boxes share a cell; give each a cell of its own")
        if not any(box.reward > 0 for box in self.boxes):
            raise ValueError("no box of the maze has a reward above 0; there is nothing to look for")
        if lost := sorted(self.free() - self._reaching()):
            raise ValueError(
                f"from cell {lost[0]} and {len(lost) - 1} others no rewarding box can be reached; open a wall"
            )

    def free(self) -> set[tuple[int, int]]:
        """The cells `(x, y)` without wall and without box."""
        taken = {(box.x, box.y) for box in self.boxes}
        return {(int(x), int(y)) for y, x in zip(*np.nonzero(~self.walls), strict=True)} - taken

    def _reaching(self) -> set[tuple[int, int]]:
        # Backwards from the boxes that pay: an episode ends in any box, so that no path leads through one.
        free = self.free()
        ends = {(box.x, box.y) for box in self.boxes if box.reward > 0}
        seen, waiting = set(ends), deque(ends)
        while waiting:
            x, y = waiting.popleft()
            for dx, dy in HEADINGS.tolist():
                cell = (x + dx, y + dy)
                if cell in free and cell not in seen:
                    seen.add(cell)
                    waiting.append(cell)
        return seen


def maze(name: str, size: int, *, layout: int = 1, rewards: int = 1) -> Maze:
    """A maze of `size` by `size` cells by its name.

    `layout` 1 or 2 says where the walls of a task stand, `rewards` 1 or 2 which of the two boxes pays +1; the other pays -1.
    The wall in the middle of `center_wall` is open at the bottom or at the top; the other mazes have one layout.

    Raises:
        ValueError: There is no such maze, or the size is too small.
    """
    check_maze(name, size)
    if layout not in (1, 2) or rewards not in (1, 2):
        raise ValueError(f"layout {layout} and rewards {rewards}: each is 1 or 2")
    walls = np.zeros((size, size), dtype=bool)
    walls[[0, -1]] = walls[:, [0, -1]] = True
    middle = size // 2
    ends = ((1, 1), (size - 2, size - 2))
    if name == "center_wall":
        walls[1:-1, middle] = True
        walls[size - 2 if layout == 1 else 1, middle] = False
    elif name == "four_rooms":
        walls[middle] = walls[:, middle] = True
        for x, y in ((middle, middle // 2), (middle, middle + middle // 2), (middle // 2, middle)):
            walls[y, x] = False
        walls[middle, middle + middle // 2] = False
    else:
        walls[middle + 1, 1 : middle - 1] = True
        walls[3 : middle + 2, middle - 1] = True
        walls[middle - 1, middle + 1 :] = True
        walls[middle : size - 3, middle + 1] = True
        ends = ((1, middle), (size - 2, middle))
    worth = (1.0, -1.0) if rewards == 1 else (-1.0, 1.0)
    boxes = tuple(Box(*cell, colour, pay) for cell, colour, pay in zip(ends, ("yellow", "green"), worth, strict=True))
    return Maze(walls, boxes)


def check_maze(name: str, size: int) -> None:
    """Check that there is a maze of this name and size.

    Raises:
        ValueError: There is none; the message names those that there are.
    """
    if name.partition(":")[0].lower() in _ELSEWHERE:
        raise ValueError(
            f"maze = {name!r}: Miniworld and MuJoCo are not included, only grid mazes are; choose {', '.join(MAZES)}"
        )
    if name not in MAZES:
        raise ValueError(f"maze = {name!r} is unknown; choose {', '.join(MAZES)}")
    if size < 7:
        raise ValueError(f"a maze of {size} by {size} cells is too small; give 7 or more")
