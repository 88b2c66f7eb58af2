"""What a process has worked out from the content of files, kept for the next process in the build folder."""

import atexit
import contextlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from learning_geometry import paths


class Memory:
    """A dictionary on disk from a hash of what decides a value to the value: losing it costs time and nothing else."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._values: dict[str, Any] | None = None
        self._news = False

    def get(self, key: str) -> Any:
        """The value of a key, or None."""
        return self._read().get(key)

    def put(self, key: str, value: Any) -> None:
        """Keep a value, plain data, until the process ends and writes what is new."""
        if not self._news:
            atexit.register(self._write)
        self._news = True
        self._read()[key] = value

    def _path(self) -> Path:
        return paths.build() / "memory" / f"{self._name}.json"

    def _read(self) -> dict[str, Any]:
        if self._values is None:
            self._values = {}
            with contextlib.suppress(OSError, ValueError):
                values = json.loads(self._path().read_text(encoding="utf-8"))
                self._values = values if isinstance(values, dict) else {}
        return self._values

    def _write(self) -> None:
        # Whoever writes last wins: what the other knew is worked out again. A folder that cannot be written remembers nothing.
        with contextlib.suppress(OSError):
            path = self._path()
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, aside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(self._values, file)
            os.replace(aside, path)
