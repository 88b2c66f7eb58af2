"""The types of parameters that every study shares: each is validated here, once."""

import hashlib
import itertools
import os
import platform
import sysconfig
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar

import pydantic
from pydantic import AfterValidator, Field

from learning_geometry.materials.leftovers import files_below
from learning_geometry.memory import Memory

Count = Annotated[int, Field(ge=1)]
"""A whole number of things, at least one."""

NonNegativeCount = Annotated[int, Field(ge=0)]
"""A whole number of things, none included."""

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
"""A finite number above 0."""

NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
"""A finite number, 0 or above."""

Share = Annotated[float, Field(ge=0, le=1)]
"""A number from 0 to 1."""

Seed = Annotated[int, Field(ge=0)]
"""What a random generator starts from."""

Device = Annotated[str, Field(pattern=r"^(cpu|cuda(:\d+)?|mps)$")]
"""Where networks are trained."""

ItemT = TypeVar("ItemT")


def _distinct(values: list[ItemT]) -> list[ItemT]:
    repeated = sorted({str(value) for position, value in enumerate(values) if value in values[:position]})
    if repeated:
        raise ValueError(f"{', '.join(repeated)} stands twice; name each once")
    return values


def _rising(values: list[Any]) -> list[Any]:
    for before, after in itertools.pairwise(values):
        if after <= before:
            raise ValueError(f"{after} follows {before}; the values must rise, without repetition")
    return values


def _window(ranks: list[int]) -> list[int]:
    if ranks[1] < ranks[0] + 2:
        raise ValueError("pass the first and the last rank, at least three ranks in all")
    return ranks


class _SeedsMark:
    """Marks the lists that `Parameters.shifted` moves."""


SEEDS = _SeedsMark()

Distinct = Annotated[list[ItemT], AfterValidator(_distinct)]
"""A list without repetition; it may be empty."""

Seeds = Annotated[list[Seed], Field(min_length=1), AfterValidator(_distinct), SEEDS]
"""The seeds of something random, at least one, each once; a fresh run adds the same number to all of them."""

Rising = Annotated[list[Positive], Field(min_length=1), AfterValidator(_rising)]
"""Positive numbers in rising order."""

RisingCounts = Annotated[list[Count], Field(min_length=1), AfterValidator(_rising)]
"""Whole numbers from 1 on, in rising order."""

RisingFromZero = Annotated[list[NonNegative], Field(min_length=1), AfterValidator(_rising)]
"""Numbers from 0 on, in rising order."""

Window = Annotated[list[Count], Field(min_length=2, max_length=2), AfterValidator(_window)]
"""The first and the last of at least three ranks."""

_MEMORY = Memory("data")
_CHEAP_BYTES = 64_000_000  # up to here the content of a data source is hashed; beyond, names, sizes and times


class DataSource(pydantic.BaseModel):
    """What a unit reads: its name, the revision where there is one, and a digest of what the name stands for now."""

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str
    revision: str = ""
    digest: str = ""

    @classmethod
    def of(cls, name: str, revision: str = "") -> Self:
        """The source called `name`, with a digest if it is a file or folder of this machine.

        Up to 64 MB the digest is that of the content, beyond of names, sizes and times of modification. Of a folder that
        holds one folder for each revision, the given revision counts. A name of the hub has no digest: its revision
        decides; nor has a name that the package itself resolves, such as "digits", whose library is part of the code.
        """
        path = Path(name)
        if name and revision and (path / revision).exists():
            path = path / revision
        return cls(name=name, revision=revision, digest=digest_of(path) if name and path.exists() else "")

    @classmethod
    def corpus(cls, folder: str) -> Self:
        """Python source files of a folder; with an empty name those of the running Python's standard library."""
        if folder:
            return cls.of(folder)
        return cls(name="", revision=f"python {platform.python_version()}", digest=_digest_of_standard_library())


def digest_of(path: Path) -> str:
    """Hash of a file, or of all files below a folder with their names."""
    files = sorted(_files(path)) if path.is_dir() else [path]
    cheap = sum(file.stat().st_size for file in files) <= _CHEAP_BYTES
    return _hash((file.relative_to(path).as_posix(), _content(file) if cheap else _facts(file)) for file in files)


def _files(folder: Path) -> Iterator[Path]:
    # What Finder or an editor leaves there is no reason to measure anew.
    return iter(files_below(folder))


@cache
def _digest_of_standard_library() -> str:
    # Tests and installed packages are no part of the corpus. Reading everything takes half a second, so it is remembered.
    files = sorted(_python_files(Path(sysconfig.get_paths()["stdlib"])))
    facts = _hash((name, _facts(file)) for name, file in files)
    digest: str | None = _MEMORY.get(facts)
    if digest is None:
        digest = _hash((name, _content(file)) for name, file in files)
        _MEMORY.put(facts, digest)
    return digest


def _python_files(top: Path) -> Iterator[tuple[str, Path]]:
    left_out = {"site-packages", "dist-packages", "__pycache__", "test", "tests", "idle_test"}
    for folder, folders, names in os.walk(top):
        folders[:] = [name for name in folders if name not in left_out]
        for name in names:
            if name.endswith(".py"):
                file = Path(folder, name)
                yield file.relative_to(top).as_posix(), file


def _content(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _facts(file: Path) -> str:
    facts = file.stat()
    return f"{facts.st_size} {facts.st_mtime_ns}"


def _hash(parts: Iterable[tuple[str, str]]) -> str:
    digest = hashlib.sha256()
    for name, facts in parts:
        digest.update(f"{name}\0{facts}\n".encode())
    return digest.hexdigest()[:16]
