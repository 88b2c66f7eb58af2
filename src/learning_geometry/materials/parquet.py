"""Parquet files on this machine, read by their own library: no name is a pattern, and nothing is copied into a cache."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq


def column_names(file: Path) -> list[str]:
    """The names of a file's columns.

    Raises:
        ValueError: the file cannot be read as parquet.
    """
    with _opened(file) as opened:
        return list(opened.schema_arrow.names)


def count_rows(file: Path) -> int:
    """How many rows a file says that it has.

    Raises:
        ValueError: the file cannot be read as parquet.
    """
    with _opened(file) as opened:
        return int(opened.metadata.num_rows)


def class_names(file: Path, column: str) -> list[str] | None:
    """What the numbers of a column stand for, if the file was written by `datasets` and says so.

    Raises:
        ValueError: the file cannot be read as parquet.
    """
    with _opened(file) as opened:
        notes = (opened.schema_arrow.metadata or {}).get(b"huggingface", b"{}")
    feature = json.loads(notes).get("info", {}).get("features", {}).get(column, {})
    names = feature.get("names") if isinstance(feature, dict) else None
    return list(names) if isinstance(names, list) else None


def rows(file: Path, columns: Sequence[str] | None = None) -> Iterator[dict[str, Any]]:
    """The rows of a file in its order, a few in memory at a time; only these columns, if any are named.

    Raises:
        ValueError: the file cannot be read as parquet.
    """
    with _opened(file) as opened:
        for batch in opened.iter_batches(batch_size=256, columns=None if columns is None else list(columns)):
            yield from batch.to_pylist()


@contextmanager
def _opened(file: Path) -> Iterator[Any]:
    try:
        with pq.ParquetFile(file) as opened:
            yield opened
    except pa.ArrowException as error:
        raise ValueError(f"{file} cannot be read as parquet ({_in_one_line(error)}){_likely(file)}") from error
    except OSError as error:
        # Arrow says of a file that breaks off what it says of one that cannot be read.
        if error.errno is not None:
            raise
        raise ValueError(f"{file} cannot be read as parquet ({_in_one_line(error)}){_likely(file)}") from error


def _likely(file: Path) -> str:
    with file.open("rb") as stream:
        start = stream.read(40)
    if not start:
        return "; it is empty: write or download it anew"
    if start.startswith(b"version https://git-lfs"):
        return "; it is a pointer of Git LFS: get the file itself with `git lfs pull`"
    return "; it is another kind of file, damaged or cut short: write or download it anew"


def _in_one_line(error: BaseException) -> str:
    return " ".join(str(error).split())
