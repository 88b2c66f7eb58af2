"""What is exact in a maze: the best return, and what successor representations promise when rewards change."""

from typing import TYPE_CHECKING, ClassVar

from learning_geometry.studies.types import Count, Share
from learning_geometry.studies.unit import Execution, Unit

if TYPE_CHECKING:
    import xarray as xr


class Exact(Unit):
    """The tables of the two tasks of a maze."""

    deterministic: ClassVar[bool] = True

    maze: str
    maze_size: Count
    tile_size: Count
    discount: Share
    horizon: Count


def measure(unit: Exact, execution: Execution) -> "dict[str, xr.Dataset]":
    """Returns of exact policies `returns (policy)` under the switched rewards of the first task, mean over all starts.

    `best` is optimal; `random successors` and `old successors` act greedily for one step by the exact successor
    representation of random actions, and of the policy that is optimal for the old rewards, under the new rewards; `old` goes on
    as before. The part `maze` holds walls, and x, y and worth of the boxes; `frames`
    the frame of each state of the two tasks, and where each action leads.

    Source: successor representations after Dayan 1993; the comparison is ours.
    """
    import numpy as np
    import xarray as xr

    from learning_geometry.instruments import successor
    from learning_geometry.materials.maze_tables import ACTIONS, tabulate
    from learning_geometry.materials.mazes import maze

    mazes = [maze(unit.maze, unit.maze_size, layout=k, rewards=k) for k in (1, 2)]
    tables = [tabulate(each, "allocentric", tile_size=unit.tile_size) for each in mazes]
    old = tables[0]
    new = tabulate(maze(unit.maze, unit.maze_size, rewards=2), "allocentric", tile_size=unit.tile_size)
    before, after = (
        successor.optimal_values(table.next_state, table.reward, table.terminal, unit.discount) for table in (old, new)
    )
    policies = {
        "random successors": np.full(before.shape, 1 / ACTIONS),
        "old successors": np.eye(ACTIONS)[before.argmax(1)],
    }
    values = {"best": after, "old": before}
    for name, policy in policies.items():
        moves = successor.policy_transitions(old.next_state, old.terminal, policy)
        visits = successor.successor_representation(moves, unit.discount)
        values[name] = successor.values_by_successors(
            new.next_state, new.reward, new.terminal, visits, policy, unit.discount
        )
    returns = [
        successor.expected_returns(new.next_state, new.reward, new.terminal, value.argmax(1), horizon=unit.horizon)[
            new.starts
        ].mean()
        for value in values.values()
    ]
    return {
        "returns": xr.Dataset({"returns": ("policy", returns)}, coords={"policy": list(values)}),
        "maze": xr.Dataset(
            {
                "walls": (("task", "y", "x"), np.array([each.walls for each in mazes])),
                "box": (("task", "colour", "where"), [[[b.x, b.y, b.reward] for b in each.boxes] for each in mazes]),
            },
            coords={"task": ["T1", "T2"], "colour": [b.colour for b in mazes[0].boxes], "where": ["x", "y", "worth"]},
        ),
        "frames": xr.Dataset(
            {
                "frame": (
                    ("task", "state", "row", "column", "rgb"),
                    np.array([t.frames for t in tables]).astype(np.int64),
                ),
                "next_state": (("task", "state", "action"), np.array([t.next_state for t in tables])),
                "terminal": (("task", "state", "action"), np.array([t.terminal for t in tables])),
                "start": (("task", "state"), np.array([t.starts for t in tables])),
            },
            coords={"task": ["T1", "T2"]},
        ),
    }
