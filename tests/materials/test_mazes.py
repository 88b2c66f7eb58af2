"""Mazes, their MiniGrid environments and their tables, which must not differ in any state under any action."""

from typing import Any

import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from learning_geometry.materials.maze_environments import MazeEnvironment, SlippingActions
from learning_geometry.materials.maze_tables import TableEnvironment, tabulate
from learning_geometry.materials.mazes import MAZES, Box, Maze, maze

EVERY = pytest.mark.parametrize(
    ("name", "view"), [(name, view) for name in MAZES for view in ("allocentric", "egocentric")]
)


def room(**changes: Any) -> Maze:
    walls = np.zeros((5, 6), dtype=bool)
    walls[[0, -1]] = walls[:, [0, -1]] = True
    given = {"walls": walls, "boxes": (Box(1, 1, "yellow", 1.0), Box(4, 3, "green", -1.0))}
    return Maze(**(given | changes))


@EVERY
def test_the_table_is_the_environment_in_every_state_under_every_action(name: str, view: Any) -> None:
    for number in (1, 2):
        drawn = maze(name, 8, layout=number, rewards=number)
        table = tabulate(drawn, view)
        real, twin = MazeEnvironment(drawn, view), TableEnvironment(table)
        real.reset(seed=0)
        twin.reset(seed=0)
        assert {tuple(pose) for pose in table.poses[table.starts].tolist()} == {
            (*cell, heading) for cell in drawn.free() for heading in range(4)
        }
        for state in table.start_states:
            for action in range(3):
                assert (real.place(*table.poses[state].tolist()) == twin.place(state)).all()
                real.step_count = 0
                seen, expected = real.step(action), twin.step(action)
                assert (seen[0] == expected[0]).all()
                assert seen[1:3] == expected[1:3]
                assert (*real.agent_pos, real.agent_dir) == tuple(table.poses[table.next_state[state, action]])


def test_a_table_with_one_wrong_entry_is_noticed_by_that_walk() -> None:
    table = tabulate(maze("center_wall", 8))
    wrong = table.next_state.copy()
    wrong[5, 2] = 7
    assert (table.frames[wrong[5, 2]] != table.frames[table.next_state[5, 2]]).any()


@EVERY
def test_gymnasium_finds_no_fault(name: str, view: Any) -> None:
    drawn = maze(name, 8)
    check_env(MazeEnvironment(drawn, view), skip_render_check=True)
    check_env(TableEnvironment(tabulate(drawn, view)), skip_render_check=True)


def test_episodes_end_in_boxes_and_are_cut_off_at_the_limit() -> None:
    drawn = room()
    for environment in (MazeEnvironment(drawn, max_steps=3), TableEnvironment(tabulate(drawn), max_steps=3)):
        environment.reset(seed=1)
        cut = [environment.step(0)[2:4] for _ in range(3)]
        assert cut == [(False, False), (False, False), (False, True)]
    real = MazeEnvironment(drawn)
    real.reset(seed=0)
    real.place(2, 1, 2)
    _, reward, ended, _, _ = real.step(2)
    assert (reward, ended) == (1.0, True)
    real.reset(seed=0)
    real.place(3, 3, 0)
    assert real.step(2)[1:3] == (-1.0, True)


def test_all_frames_from_above_differ_and_an_agent_within_sees_some_twice() -> None:
    above, within = (tabulate(maze("center_wall", 8), view) for view in ("allocentric", "egocentric"))
    assert len(np.unique(above.frames.reshape(len(above), -1), axis=0)) == len(above)
    assert len(np.unique(within.frames.reshape(len(within), -1), axis=0)) < len(within)


def test_actions_slip_as_often_as_they_should() -> None:
    environment = SlippingActions(MazeEnvironment(room()), 0.45)
    environment.reset(seed=0)
    drawn = [environment.action(2) for _ in range(4000)]
    assert np.mean(np.array(drawn) == 2) == pytest.approx(0.55 + 0.45 / 3, abs=0.03)
    with pytest.raises(ValueError, match=r"slip = 1\.2"):
        SlippingActions(MazeEnvironment(room()), 1.2)


def walled(*cells: tuple[int, int]) -> np.ndarray:
    walls = room().walls.copy()
    for x, y in cells:
        walls[y, x] = not walls[y, x]
    return walls


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"walls": walled((2, 0))}, "outer wall of the maze has a hole"),
        ({"walls": walled((1, 1))}, r"yellow box at \(1, 1\) stands in a wall"),
        ({"walls": walled((3, 1), (3, 2), (3, 3))}, "no rewarding box can be reached"),
        ({"boxes": (Box(1, 1, "yellow", 1.0), Box(1, 1, "green", -1.0))}, "two boxes share a cell"),
        ({"boxes": (Box(1, 1, "yellow", -1.0),)}, "nothing to look for"),
        ({"boxes": (Box(9, 1, "yellow", 1.0),)}, "stands in a wall"),
    ],
)
def test_mazes_without_sense_are_refused(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        room(**changes)


def test_a_box_that_ends_the_episode_is_no_way_through() -> None:
    corridor = np.ones((3, 7), dtype=bool)
    corridor[1, 1:-1] = False
    Maze(corridor, (Box(1, 1, "yellow", 1.0), Box(5, 1, "green", -1.0)))
    with pytest.raises(ValueError, match="no rewarding box can be reached"):
        Maze(corridor, (Box(1, 1, "yellow", 1.0), Box(3, 1, "green", -1.0)))


@pytest.mark.parametrize(
    ("name", "size", "complaint"),
    [
        ("labyrinth", 8, "unknown; choose center_wall"),
        ("mujoco:walker", 8, "not included"),
        ("center_wall", 5, "too small"),
    ],
)
def test_unknown_mazes_are_refused(name: str, size: int, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        maze(name, size)


def test_tasks_and_views_are_those_that_there_are() -> None:
    with pytest.raises(ValueError, match="layout 3"):
        maze("center_wall", 8, layout=3)
    with pytest.raises(ValueError, match="'above'"):
        MazeEnvironment(room(), "above")
