"""Claims on tasks that follow each other, and on what it is in a switch that counts."""

from typing import Any

from learning_geometry.claims import Above, Below, Claims, Estimate, contrast, per_seed
from learning_geometry.records import Records
from learning_geometry.studies.successor_features.claims._courses import (
    DIFFERENCE,
    OTHER_FEATURES,
    UNIT,
    advantage,
    advantage_after,
    final,
    over_phase,
)

claims = Claims(__name__)

PILOT = "prototypes on other seeds had been seen; the threshold is 0 on principle"


def _both(records: Records, agent: str) -> Any:
    return (final(records, agent, 1) + final(records, agent, 2)) / 2


@claims.paper(
    "It matches or outperforms other ways to learn the features.",
    source="abstract; here in two-dimensional mazes alone",
    statistic="return at the ends of the first two tasks, mean over both: simple minus the best of canonical, reconstruction, "
    "orthogonality and random on the same seed, mean over seeds",
    unit="return",
    rule=Above(0.0, partly=-0.1),
    headline=True,
    hindsight=PILOT,
)
def outperforms(records: Records) -> Estimate:
    import xarray as xr

    others = xr.concat([_both(records, agent) for agent in OTHER_FEATURES], dim="agent")
    return contrast(_both(records, "simple"), others.max("agent"), bounds=DIFFERENCE)


@claims.ours(
    "It matches double DQN through the four phases.",
    source="the authors' figures compare them task by task",
    statistic="return over the evaluations of all phases, simple minus DQN, mean over seeds",
    unit="return",
    rule=Above(0.0, partly=-0.1),
    hindsight=PILOT,
)
def against_dqn(records: Records) -> Estimate:
    phases = [advantage(records, phase) for phase in (1, 2, 3, 4)]
    return per_seed(sum(phases) / 4, bounds=DIFFERENCE)


@claims.paper(
    "It is slower than DQN on the first task.",
    source="project page, figure of cumulative returns in the 3-D four rooms; here in a two-dimensional maze",
    statistic="return over the evaluations of the first phase, simple minus DQN, mean over seeds",
    unit="return",
    rule=Below(0.0),
    hindsight=PILOT,
)
def slower_at_first(records: Records) -> Estimate:
    return per_seed(advantage(records, 1), bounds=DIFFERENCE)


@claims.paper(
    "It is ahead of DQN after the task has changed.",
    source="project page, figures of cumulative returns",
    statistic="return over the evaluations of the second phase, simple minus DQN, mean over seeds",
    unit="return",
    rule=Above(0.0),
    hindsight=PILOT,
)
def ahead_afterwards(records: Records) -> Estimate:
    return per_seed(advantage(records, 2), bounds=DIFFERENCE)


@claims.control(
    "A switch that changes nothing, but for an empty memory, gives no advantage.",
    of="ahead-afterwards",
    statistic="the same where the first task goes on",
    unit="return",
    rule=Below(0.1),
    contrast=Below(0.0),
)
def nothing_changes(records: Records) -> Estimate:
    return per_seed(advantage_after(records, "nothing"), bounds=DIFFERENCE)


@claims.ours(
    "The advantage comes from rewards that change, not from walls that move.",
    statistic="advantage over DQN in the phase after the first: rewards alone switched minus layout alone, mean over seeds",
    unit="return",
    rule=Above(0.0),
)
def rewards_or_layout(records: Records) -> Estimate:
    return contrast(advantage_after(records, "rewards"), advantage_after(records, "layout"), bounds=(-4.0, 4.0))


@claims.ours(
    "The first task is learned faster when it comes back.",
    source="the authors' protocol of two exposures",
    statistic="return of the simple agent over the evaluations of phase 3 minus those of phase 1, mean over seeds",
    unit="return",
    rule=Above(0.0),
    hindsight=PILOT,
)
def second_exposure(records: Records) -> Estimate:
    return contrast(over_phase(records, "simple", 3), over_phase(records, "simple", 1), bounds=DIFFERENCE)


@claims.ours(
    "It learns from within the maze too, where frames show seven by seven cells before the agent.",
    statistic="return of the simple agent at the end of the first task, egocentric frames, mean over seeds",
    unit="return",
    rule=Above(0.5),
)
def egocentric(records: Records) -> Estimate:
    return per_seed(final(records, "simple", 1, view="egocentric"), bounds=UNIT)


@claims.ours(
    "There it is ahead of DQN over both tasks.",
    source="the authors' figures compare them task by task",
    statistic="return over the evaluations of both phases, egocentric frames, simple minus DQN, mean over seeds",
    unit="return",
    rule=Above(0.0),
)
def egocentric_against_dqn(records: Records) -> Estimate:
    phases = [advantage(records, phase, view="egocentric") for phase in (1, 2)]
    return per_seed(sum(phases) / 2, bounds=DIFFERENCE)
