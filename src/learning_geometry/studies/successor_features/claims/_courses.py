"""Courses of agents, as several sections judge them."""

from typing import Any

from learning_geometry.records import Records

UNIT, DIFFERENCE = (-1.0, 1.0), (-2.0, 2.0)
"""Bounds of a return, and of a difference of two returns."""

NAMES = {
    "simple": "simple",
    "DQN": "double DQN",
    "same head": "same head, no reward loss",
    "canonical": "canonical",
    "no stop-gradient": "no stop-gradient",
    "all losses": "Q-TD + canonical + reward",
    "reconstruction": "reconstruction",
    "orthogonality": "orthogonality",
    "random": "random features",
}
"""What agents are called on the page."""

OTHER_FEATURES = ("canonical", "reconstruction", "orthogonality", "random")
"""Other ways to come by the features."""


def part(records: Records, agent: str, name: str, *, view: str = "allocentric", slip: float = 0.0) -> Any:
    """A part of the results of an agent, all of its seeds side by side."""
    import xarray as xr

    pieces = [record[name] for record in records.of("training", agent=agent, view=view, slip=slip)]
    return xr.concat(pieces, dim="seed", join="outer") if "seed" in pieces[0].dims else pieces[0]


def returns(records: Records, agent: str, phase: int, **where: Any) -> Any:
    """Exact greedy returns `(seed, update)` in a phase."""
    return part(records, agent, "course", **where).returns.sel(phase=phase)


def final(records: Records, agent: str, phase: int, **where: Any) -> Any:
    """The return `(seed,)` at the end of a phase."""
    return returns(records, agent, phase, **where).isel(update=-1)


def over_phase(records: Records, agent: str, phase: int, **where: Any) -> Any:
    """The return `(seed,)` averaged over the evaluations of a phase: high if an agent learns early and much."""
    return returns(records, agent, phase, **where).mean("update")


def at_end(records: Records, agent: str, measure: str, phase: int = 1) -> Any:
    """A measure of features `(seed,)` after a phase."""
    return part(records, agent, "stages").value.sel(stage=phase, measure=measure)


def advantage(records: Records, phase: int, **where: Any) -> Any:
    """How much the simple agent is ahead of DQN `(seed,)`, over the evaluations of a phase."""
    return over_phase(records, "simple", phase, **where) - over_phase(records, "DQN", phase, **where)


def advantage_after(records: Records, switch: str) -> Any:
    """The same after something else followed the first task."""
    simple, other = (part(records, agent, "branches").returns.sel(switch=switch) for agent in ("simple", "DQN"))
    return (simple - other).mean("update")
