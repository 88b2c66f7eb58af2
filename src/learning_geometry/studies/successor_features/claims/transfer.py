"""Claims on new rewards in the same maze, when nothing but the task vector may change."""

from typing import Any

from learning_geometry.claims import Above, Claims, Estimate, exact, per_seed
from learning_geometry.records import Records
from learning_geometry.studies.successor_features.claims._courses import UNIT, part

claims = Claims(__name__)


def _alone(records: Records, rewards: str) -> Any:
    return part(records, "simple", "task_vector").returns.sel(rewards=rewards).isel(update=-1)


@claims.ours(
    "A new task vector alone is enough when rewards switch.",
    source="the promise of successor features: Barreto et al. 2017",
    statistic="return of the simple agent after a phase with switched rewards in which nothing but its task vector learned, mean over seeds",
    unit="return",
    rule=Above(0.5),
)
def task_vector_alone(records: Records) -> Estimate:
    return per_seed(_alone(records, "switched"), bounds=UNIT)


@claims.control(
    "Learning the task vector alone does no harm where rewards stay.",
    of="task-vector-alone",
    statistic="the same with the rewards of the first task",
    unit="return",
    rule=Above(0.5),
    contrast=Above(0.0),
)
def same_rewards(records: Records) -> Estimate:
    return per_seed(_alone(records, "same"), bounds=UNIT)


@claims.ours(
    "Exact successor features keep the promise in this maze.",
    source="Barreto et al. 2017",
    statistic="return under switched rewards of one greedy step by the exact successor representation of random actions",
    unit="return",
    rule=Above(0.9),
)
def exact_successors(records: Records) -> Estimate:
    return exact(records["exact", "returns"].returns.sel(policy="random successors"))
