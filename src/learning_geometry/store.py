"""Finished measurements on disk: written once, atomically, under a name made of what they are."""

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from learning_geometry import encoding

SCHEMA = 2


def canonical(value: Any) -> str:
    """JSON text that is equal exactly where the value is equal.

    Raises:
        ValueError: the value holds a NaN or an infinity.
        TypeError: the value holds something that is not plain data.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


class Identity(Protocol):
    """What the store needs of a unit: the name of its experiment, and its fields as plain data."""

    def experiment(self) -> str:
        """Name of the experiment."""
        ...

    def model_dump(self, *, mode: str) -> dict[str, Any]:
        """The fields as plain data."""
        ...


@dataclass(frozen=True)
class Task:
    """A unit of a study, with the fingerprint of the code that measures it."""

    study: str
    unit: Any
    code: str

    @property
    def experiment(self) -> str:
        """Name of the unit's experiment."""
        name: str = self.unit.experiment()
        return name

    @cached_property
    def parameters(self) -> dict[str, Any]:
        """The unit's fields as plain data."""
        fields: dict[str, Any] = self.unit.model_dump(mode="json")
        return fields

    @cached_property
    def key(self) -> str:
        """Hash of study, experiment, parameters and code."""
        text = canonical([self.study, self.experiment, self.parameters, self.code])
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def name(self) -> str:
        """Name of the record: experiment and key."""
        return f"{self.experiment}-{self.key}"


class Record:
    """What measuring a unit gave, a labelled data set or a dictionary of them, with what it cost and where it ran."""

    def __init__(
        self, task: Task, result: Any, *, seconds: float, peak_memory_mb: float, environment: Mapping[str, Any]
    ) -> None:
        self.task = task
        self.seconds = seconds
        self.peak_memory_mb = peak_memory_mb
        self.environment = environment
        self._stored = result

    @property
    def unit(self) -> Any:
        """The unit that was measured."""
        return self.task.unit

    @cached_property
    def result(self) -> Any:
        """The data set, an `xarray.Dataset`, or the parts by name."""
        # Decoded when it is looked at: whoever only asks whether a record is whole needs no xarray.
        return encoding.decode(self._stored) if encoding.is_encoded(self._stored) else self._stored

    def __getitem__(self, name: str) -> Any:
        return self.result[name]


class CorruptRecord(ValueError):
    """A file that carries a unit's name but does not hold its whole record."""


class Store:
    """A folder of records, `<root>/<study>/<experiment>-<key>.json`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, task: Task) -> Path:
        """Where the record of a task is, or will be."""
        return self.root / task.study / f"{task.name}.json"

    def read(self, task: Task) -> Record | None:
        """The record of a task, or None where there is none.

        Raises:
            CorruptRecord: the file is cut short, altered or certifies another unit.
        """
        path = self.path(task)
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except UnicodeDecodeError as error:
            raise CorruptRecord(f"{path} is not text; delete it and measure again") from error
        return _certified(text, task, path)

    def write(self, record: Record) -> Path:
        """Write a record aside and move it into place, whole or not at all.

        Raises:
            ValueError: the result holds a NaN or an infinity; the message names where.
            TypeError: the result is no data set and no dictionary of data sets.
        """
        task = record.task
        body = {
            "schema": SCHEMA,
            "study": task.study,
            "experiment": task.experiment,
            "parameters": task.parameters,
            "code": task.code,
            "seconds": record.seconds,
            "peak_memory_mb": record.peak_memory_mb,
            "environment": dict(record.environment),
            "result": encoding.encode(record.result, task.experiment),
        }
        text = canonical({"sha256": _checksum(body), **body})
        path = self.path(task)
        write_atomically(path, text + "\n")
        return path

    def quarantine(self, tasks: Sequence[Task]) -> list[Path]:
        """Set aside the corrupt files among the records of these tasks, as `<name>.corrupt`, and return their old paths."""
        corrupt = []
        for task in tasks:
            try:
                self.read(task)
            except CorruptRecord:
                path = self.path(task)
                os.replace(path, path.with_suffix(".corrupt"))
                corrupt.append(path)
        return corrupt


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


def _certified(text: str, task: Task, path: Path) -> Record:
    try:
        body = json.loads(text)
        certified = body.pop("sha256")
    except (json.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise CorruptRecord(f"{path} is cut short; delete it and measure again") from error
    if certified != _checksum(body):
        raise CorruptRecord(f"{path} does not match its own checksum; delete it and measure again")
    own = [SCHEMA, task.study, task.experiment, canonical(task.parameters), task.code]
    names = ("schema", "study", "experiment")
    if [*(body[name] for name in names), canonical(body["parameters"]), body["code"]] != own:
        raise CorruptRecord(f"{path} certifies another unit than its name says; delete it and measure again")
    return Record(
        task,
        body["result"],
        seconds=body["seconds"],
        peak_memory_mb=body["peak_memory_mb"],
        environment=body["environment"],
    )
