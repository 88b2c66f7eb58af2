"""Agents that learn one task after another from the pixels of a maze."""

from typing import TYPE_CHECKING, Any

from learning_geometry.materials.mazes import View
from learning_geometry.studies.types import Count, NonNegativeCount, Positive, Seeds, Share
from learning_geometry.studies.unit import Execution, Unit

if TYPE_CHECKING:
    import xarray as xr


class Training(Unit):
    """An agent with a few seeds, trained together, through its phases and through what else may follow the first one."""

    agent: str
    seeds: Seeds
    maze: str
    maze_size: Count
    tile_size: Count
    view: View
    slip: Share
    phases: Count
    branches: list[str]
    learning_rate: Positive
    task_learning_rate: Positive
    features: Count
    hidden: Count
    discount: Share
    horizon: Count
    updates: Count
    environments: Count
    batch_size: Count
    memory: Count
    warm_up: NonNegativeCount
    epsilon: Share
    exploration: Count
    target_every: Count
    evaluate_every: Count


def measure(unit: Training, execution: Execution) -> "dict[str, xr.Dataset]":
    """What the agent does and what its features are like, through the tasks T1, T2, T1, T2.

    Part `course`: `returns (seed, phase, update)`, the exact greedy return, mean over all starts; `feature_cosine` and
    `successor_cosine`, mean pairwise cosines; `earned`, the reward of all environments in the phase so far.
    Part `stages`: `value (seed, stage, measure)` before learning and after each phase, see `_stages.MEASURES`.
    Part `branches`: `returns` and `earned` `(seed, switch, update)` of one phase after the first, if there are any.
    Part `task_vector`: `returns (seed, rewards, update)` of one phase in which nothing but the task vector learns, for agents
    that have one. Part `cost`: floating-point `operations` of an update of one seed. Part `maps`: features, successor features and greedy actions of the first
    seed after each phase, its greedy actions `at_first`, when the phase began, and the poses of states.

    Source: the authors' project page and public code; the mazes are small, and settings are ours.
    """
    import numpy as np
    import xarray as xr

    from learning_geometry.materials.training import check_device
    from learning_geometry.studies.successor_features.experiments import _stages
    from learning_geometry.studies.successor_features.experiments._course import Course

    check_device(execution.device)
    course = Course(unit, execution.device)
    updates = np.arange(0, unit.updates + 1, unit.evaluate_every)
    tasks = [("T1", "T2")[phase % 2] for phase in range(unit.phases)]
    stages = [_stages.stage(course, course.world("T1")[0])]
    curves, seen = [], []
    results: dict[str, xr.Dataset] = {}
    for task in tasks:
        table, patches = course.world(task)
        course.learner.enter(patches)
        at_first = course.learner.values[0].argmax(-1).cpu().numpy()
        curves.append(course.learn(task))
        stages.append(_stages.stage(course, table))
        features, successors, values = (part[0].double().cpu().numpy() for part in course.learner.look())
        seen.append((features, successors, values.argmax(-1), at_first))
        if len(curves) > 1:
            continue
        if not unit.branches:
            continue
        each = [course.branch().learn(switch) for switch in unit.branches]
        results["branches"] = _curves(each, ("returns", "earned"), unit, "switch", unit.branches, updates)
        if course.learner.recipe.successor and course.learner.recipe.rewards_shape_task_vector:
            each = [course.branch(frozen=True).learn(name) for name in ("nothing", "rewards")]
            results["task_vector"] = _curves(each, ("returns",), unit, "rewards", ["same", "switched"], updates)
    quantities = ("returns", "feature_cosine", "successor_cosine", "earned")
    phases = list(range(1, unit.phases + 1))
    results["course"] = _curves(curves, quantities, unit, "phase", phases, updates)
    results["cost"] = xr.Dataset({"operations": course.cost()})
    results["stages"] = xr.Dataset(
        {"value": (("stage", "seed", "measure"), np.array(stages))},
        coords={"stage": range(unit.phases + 1), "seed": unit.seeds, "measure": list(_stages.MEASURES)},
    )
    if len({len(course.world(task)[0]) for task in tasks}) == 1:
        results["maps"] = xr.Dataset(
            {
                "features": (("phase", "state", "feature"), np.array([part[0] for part in seen])),
                "successors": (("phase", "state", "successor"), np.array([part[1] for part in seen])),
                "greedy": (("phase", "state"), np.array([part[2] for part in seen])),
                "at_first": (("phase", "state"), np.array([part[3] for part in seen])),
                "pose": (("phase", "state", "where"), np.array([course.world(task)[0].poses for task in tasks])),
            },
            coords={"phase": phases, "where": ["x", "y", "heading"]},
        )
    return results


def _curves(
    curves: list[Any], names: tuple[str, ...], unit: Training, dimension: str, labels: list[Any], updates: Any
) -> "xr.Dataset":
    import xarray as xr

    from learning_geometry.studies.successor_features.experiments._course import stacked

    return xr.Dataset(
        {name: (("seed", dimension, "update"), stacked(curves, name)) for name in names},
        coords={"seed": unit.seeds, dimension: labels, "update": updates},
    )
