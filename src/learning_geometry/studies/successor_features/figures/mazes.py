"""The mazes, and an episode before and after the task changes."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records
from learning_geometry.studies.successor_features.figures._looks import draw_maze

_FRAMES = 9


def plot_tasks(records: Records) -> Figure:
    """The two tasks, as a drawing and as the pixels that an agent gets."""
    mazes, frames = records["exact", "maze"], records["exact", "frames"]
    figure = drawing.figure(drawing.PAGE_WIDTH, 2.2)
    grid = figure.subplots(1, 4)
    for k, task in enumerate(("T1", "T2")):
        draw_maze(grid[2 * k], mazes.walls.sel(task=task), mazes.box.sel(task=task))
        grid[2 * k].set_title(f"Task {k + 1}")
        start = int(frames.start.sel(task=task).values.argmax()) + 9
        grid[2 * k + 1].imshow(frames.frame.sel(task=task).isel(state=start), interpolation="nearest")
        grid[2 * k + 1].set_title("as observed", fontweight="normal")
        grid[2 * k + 1].set(xticks=[], yticks=[])
        grid[2 * k + 1].spines[:].set_visible(False)
    return figure


def plot_filmstrip(records: Records) -> Figure:
    """Greedy episodes of the simple agent from one start: in task 1, in task 2 with what it knew, and after learning."""
    frames = records["exact", "frames"]
    maps = records.of("training", agent="simple", view="allocentric", slip=0.0)[0]["maps"]
    rows = [
        ("T1", 1, "greedy", "task 1, learned"),
        ("T2", 2, "at_first", "task 2, not yet"),
        ("T2", 2, "greedy", "task 2, learned"),
    ]
    figure = drawing.figure(drawing.PAGE_WIDTH, 3.1)
    for strip, (task, phase, actions, name) in zip(np.asarray(figure.subfigures(len(rows), 1)), rows, strict=True):
        own = frames.sel(task=task)
        x, y, heading = maps.pose.sel(phase=phase).values.T
        start = int(np.lexsort((heading, y, -x))[0])
        path = greedy_path(own, maps[actions].sel(phase=phase).values, start)
        shown = [path[min(round(k * (len(path) - 1) / (_FRAMES - 1)), len(path) - 1)] for k in range(_FRAMES)]
        for panel, state in zip(strip.subplots(1, _FRAMES), shown, strict=True):
            panel.imshow(own.frame.isel(state=state), interpolation="nearest")
            panel.set(xticks=[], yticks=[])
            panel.spines[:].set_visible(False)
        ends = "ends" if bool(own.terminal.values[path[-2], _action(own, path)]) else "cut off"
        strip.suptitle(f"{name}: {len(path) - 1} steps, {ends}", x=0.01, ha="left", fontsize=9.5)
    return figure


def greedy_path(world: Any, actions: Any, start: int, longest: int = 60) -> list[int]:
    """States of an episode from a start, the last one included."""
    following, terminal = world.next_state.values, world.terminal.values
    state = start
    path = [state]
    while len(path) <= longest:
        action = int(actions[state])
        path.append(int(following[state, action]))
        if terminal[state, action]:
            break
        state = path[-1]
    return path


def _action(world: Any, path: list[int]) -> int:
    """The action that led to the end of a path."""
    return int((world.next_state.values[path[-2]] == path[-1]).nonzero()[0][-1])
