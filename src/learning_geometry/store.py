"""Finished measurements on disk: written once, atomically, under a name made of what they are."""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

SCHEMA = 1


def canonical(value: Any) -> str:
    """JSON text that is equal exactly where the value is equal.

    Raises:
        ValueError: the value holds a NaN or an infinity.
        TypeError: the value holds something that is not plain data.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


@dataclass(frozen=True)
class Unit:
    """One independent piece of work: an experiment of a study at given parameters, by given code."""

    study: str
    experiment: str
    parameters: Mapping[str, Any] = field(hash=False)
    code: str

    @cached_property
    def key(self) -> str:
        """Hash of study, experiment, parameters and code."""
        text = canonical([self.study, self.experiment, dict(self.parameters), self.code])
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def name(self) -> str:
        """Name of the unit's record: experiment and key."""
        return f"{self.experiment}-{self.key}"


@dataclass(frozen=True)
class Record:
    """What measuring a unit gave: plain numbers and arrays, with what it cost and where it ran."""

    unit: Unit
    result: Mapping[str, Any]
    seconds: float
    peak_memory_mb: float
    environment: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.result[name]


class TornRecord(ValueError):
    """A file that carries a unit's name but does not hold its whole record."""


class Store:
    """A folder of records, `<root>/<study>/<experiment>-<key>.json`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, unit: Unit) -> Path:
        """Where the record of a unit is, or will be."""
        return self.root / unit.study / f"{unit.name}.json"

    def read(self, unit: Unit) -> Record | None:
        """The record of a unit, or None where there is none.

        Raises:
            TornRecord: the file is cut short, altered or certifies another unit.
        """
        path = self.path(unit)
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except UnicodeDecodeError as error:
            raise TornRecord(f"{path} is not text; delete it and measure again") from error
        return _decode(text, unit, path)

    def write(self, record: Record) -> Path:
        """Write a record aside and move it into place, whole or not at all."""
        body = {
            "schema": SCHEMA,
            "study": record.unit.study,
            "experiment": record.unit.experiment,
            "parameters": dict(record.unit.parameters),
            "code": record.unit.code,
            "seconds": record.seconds,
            "peak_memory_mb": record.peak_memory_mb,
            "environment": dict(record.environment),
            "result": _plain(record.result),
        }
        text = canonical({"sha256": _checksum(body), **body})
        path = self.path(record.unit)
        write_atomically(path, text + "\n")
        return path

    def sweep(self, units: list[Unit]) -> list[Path]:
        """Set aside the torn files among the records of these units, as `<name>.torn`, and return their old paths."""
        torn = []
        for unit in units:
            try:
                self.read(unit)
            except TornRecord:
                path = self.path(unit)
                os.replace(path, path.with_suffix(".torn"))
                torn.append(path)
        return torn


class Records:
    """The records of one study, looked up by experiment."""

    def __init__(self, records: list[Record]) -> None:
        self._records = records

    def __iter__(self) -> Iterator[Record]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)

    def of(self, experiment: str, **parameters: Any) -> list[Record]:
        """The records of one experiment whose parameters have the given values, in the order of the units.

        Raises:
            KeyError: there is none.
        """
        found = [
            record
            for record in self._records
            if record.unit.experiment == experiment
            and all(record.unit.parameters.get(name) == value for name, value in parameters.items())
        ]
        if not found:
            known = sorted({record.unit.experiment for record in self._records})
            raise KeyError(f"no record of {experiment!r} with {parameters}; there are records of {known}")
        return found


def write_atomically(path: Path, text: str) -> None:
    """Write a text file under a unique temporary name beside its place, flush it, and move it there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, aside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(aside, 0o644)
        os.replace(aside, path)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise


def _checksum(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(body).encode()).hexdigest()


def _decode(text: str, unit: Unit, path: Path) -> Record:
    try:
        body = json.loads(text)
        certified = body.pop("sha256")
    except (json.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise TornRecord(f"{path} is cut short; delete it and measure again") from error
    if certified != _checksum(body):
        raise TornRecord(f"{path} does not match its own checksum; delete it and measure again")
    own = [unit.study, unit.experiment, canonical(dict(unit.parameters)), unit.code]
    if [body["study"], body["experiment"], canonical(body["parameters"]), body["code"]] != own:
        raise TornRecord(f"{path} certifies another unit than its name says; delete it and measure again")
    return Record(unit, _revive(body["result"]), body["seconds"], body["peak_memory_mb"], body["environment"])


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        if value.dtype.kind == "f" and not np.isfinite(value).all():
            raise ValueError("a record holds a NaN or an infinity; measure functions must raise an error instead")
        return {"__array__": value.tolist(), "dtype": str(value.dtype), "shape": list(value.shape)}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"a record holds plain numbers, strings and arrays, not {type(value).__name__}")


def _revive(value: Any) -> Any:
    if isinstance(value, dict):
        if "__array__" in value:
            return np.array(value["__array__"], dtype=value["dtype"]).reshape(value["shape"])
        return {name: _revive(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_revive(item) for item in value]
    return value
