"""The records of a study, looked up by experiment and joined into one labelled data set."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from learning_geometry.store import Record, canonical

if TYPE_CHECKING:
    import xarray as xr


class MissingExperiment(KeyError):
    """No unit of an experiment was measured; `experiment` names it."""

    def __init__(self, experiment: str, wanted: Mapping[str, Any], known: Sequence[str]) -> None:
        self.experiment = experiment
        where = f" with {', '.join(f'{name} = {value!r}' for name, value in wanted.items())}" if wanted else ""
        super().__init__(f"no record of {experiment!r}{where}; there are records of {', '.join(known) or 'nothing'}")

    def __str__(self) -> str:
        return str(self.args[0])


class Records:
    """The records of one study.

    `records["maps"]` is the data set of all units of an experiment, joined along a dimension `seed` where each unit has a
    seed of its own, and along `unit` otherwise; what differs between units stands on that dimension as coordinates.
    `records["networks", "translation"]` is a part of results that have parts. A single unit without a seed is as it was
    measured. What only some units have is NaN in the others.
    """

    def __init__(self, records: Sequence[Record]) -> None:
        self._records = tuple(records)
        self._joined: dict[str, xr.Dataset] = {}
        self._watchers: list[set[str]] = []

    def __iter__(self) -> Iterator[Record]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)

    def __contains__(self, experiment: object) -> bool:
        return any(record.unit.experiment() == experiment for record in self._records)

    def __getitem__(self, key: "str | tuple[str, str]") -> "xr.Dataset":
        experiment, part = (key, "") if isinstance(key, str) else key
        return self.select(experiment, part=part)

    def of(self, experiment: str, **values: Any) -> list[Record]:
        """The records of one experiment whose units have the given values, in the order of the units.

        Raises:
            MissingExperiment: there is none.
        """
        chosen = self._chosen(experiment, values)
        self._note(experiment)
        return chosen

    @contextmanager
    def watched(self) -> Iterator[set[str]]:
        """What is read within a block: names of experiments, and `experiment/part` where results have parts."""
        read: set[str] = set()
        self._watchers.append(read)
        try:
            yield read
        finally:
            self._watchers = [watcher for watcher in self._watchers if watcher is not read]

    def _note(self, read: str) -> None:
        for watcher in self._watchers:
            watcher.add(read)

    def _chosen(self, experiment: str, values: Mapping[str, Any]) -> list[Record]:
        chosen = [
            record
            for record in self._records
            if record.unit.experiment() == experiment
            and all(getattr(record.unit, name) == value for name, value in values.items())
        ]
        if not chosen:
            known = sorted({record.unit.experiment() for record in self._records})
            raise MissingExperiment(experiment, values, known)
        return chosen

    def select(self, experiment: str, *, part: str = "", **values: Any) -> "xr.Dataset":
        """One data set from the records of an experiment whose units have the given values.

        Raises:
            MissingExperiment: there is none.
            KeyError: the results have no such part.
        """
        key = canonical([experiment, part, {name: repr(value) for name, value in values.items()}])
        if key not in self._joined:
            self._joined[key] = _join(self._chosen(experiment, values), part)
        self._note(f"{experiment}/{part}" if part else experiment)
        return self._joined[key]


def _join(records: Sequence[Record], part: str) -> "xr.Dataset":
    parts = [_part(record, part) for record in records]
    units = [record.unit.model_dump(mode="json") for record in records]
    differing = [name for name in units[0] if any(unit.get(name) != units[0][name] for unit in units)]
    seeds = [unit.get("seed") for unit in units]
    own_seeds = None not in seeds and len(set(seeds)) == len(seeds)
    if len(records) == 1 and not own_seeds:
        return parts[0]
    import xarray as xr

    dimension = "seed" if own_seeds else "unit"
    scalars = {name: [unit[name] for unit in units] for name in differing if _is_scalar(units[0][name])}
    index = xr.DataArray(seeds if own_seeds else list(range(len(units))), dims=dimension, name=dimension)
    joined = xr.concat(
        parts,
        dim=index,
        join="outer",
        data_vars="all",
        coords="minimal",
        compat="override",
        combine_attrs="drop_conflicts",
    )
    beside = {name: (dimension, values) for name, values in scalars.items() if name != dimension}
    return joined.assign_coords({name: values for name, values in beside.items() if name not in joined.dims})


def _part(record: Record, part: str) -> "xr.Dataset":
    result = record.result
    if isinstance(result, dict):
        if part not in result:
            raise KeyError(
                f"{record.unit.experiment()} has the parts {', '.join(result)}; name one of them, not {part!r}"
            )
        return result[part]
    if part:
        raise KeyError(f"{record.unit.experiment()} has no parts, so none called {part!r}")
    return result


def _is_scalar(value: Any) -> bool:
    return isinstance(value, bool | int | float | str)
