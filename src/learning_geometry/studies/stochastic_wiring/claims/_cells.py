"""Accuracies of the innate classifiers, as several sections judge them."""

from typing import Any

from learning_geometry.records import Records

POINTS = (-100.0, 100.0)
"""Bounds of a difference of two accuracies, in percentage points."""


def accuracy(records: Records, **where: Any) -> Any:
    """Accuracy in percent `(seed, neurons, agent, world)` of the cell of the given fields, not recentred unless they say so."""
    return 100 * records.select("classifier", part="accuracy", **{"recentred": False, **where}).accuracy


def over_variabilities(records: Records, variabilities: list[int], **where: Any) -> Any:
    """Accuracy in known environments `(variability, seed, neurons, agent)`."""
    import xarray as xr

    cells = [accuracy(records, variability=v, **where).sel(world="known") for v in variabilities]
    return xr.concat(cells, dim=xr.Variable("variability", variabilities))


def tried(records: Records) -> tuple[int, list[int]]:
    """The number of types whose cells have all seeds at every variability, and the variabilities."""
    units = [record.unit for record in records.of("classifier", recentred=True)]
    types = units[0].types
    plain = [record.unit for record in records.of("classifier", recentred=False, types=types)]
    return types, [unit.variability for unit in plain]


def main(records: Records) -> Any:
    """Accuracy in known environments `(variability, seed, neurons, agent)` at the main number of types."""
    types, variabilities = tried(records)
    return over_variabilities(records, variabilities, types=types)


def over_own_mean(cells: Any) -> Any:
    """The population minus the agent of the average connection probability of the same genome."""
    return cells.sel(agent="population") - cells.sel(agent="mean network")


def over_deterministic(cells: Any) -> Any:
    """The population minus the deterministic genome, each trained as what it is."""
    return cells.sel(agent="population") - cells.sel(agent="deterministic")
