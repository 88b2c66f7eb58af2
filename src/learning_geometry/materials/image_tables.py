"""Labelled images in tables: parquet files of a folder, or a data set of the Hugging Face hub; all checked before use."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from learning_geometry.materials import parquet
from learning_geometry.materials.leftovers import entries_of
from learning_geometry.materials.pictures import Picture, read_picture

SPLITS = ("train", "test")
_COLUMNS = ("img", "image")
_SHARD = re.compile(r".*-(\d+)-of-(\d+)\.parquet", flags=re.IGNORECASE)
_MOST_CLASSES = 1_000_000


@dataclass
class Split:
    """Images with their labels, and what each is called in errors."""

    pictures: list[Picture] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    places: list[str] = field(default_factory=list)


def image_column(columns: Iterable[str], where: str) -> str:
    """The column that holds the images.

    Raises:
        ValueError: there is none, or none of labels.
    """
    columns = list(columns)
    column = next((name for name in _COLUMNS if name in columns), None)
    if column is None or "label" not in columns:
        raise ValueError(f"{where} must have the columns `img` or `image`, and `label`; found {', '.join(columns)}")
    return column


def encoded(value: Any, folder: Path | None, where: str) -> bytes:
    """The bytes of an image as tables have it: as they are, as `{bytes, path}`, or by a path relative to the table.

    Raises:
        ValueError: it is none of these, or there is no such file.
    """
    path = value if isinstance(value, str) else None
    if isinstance(value, Mapping) and set(value) & {"bytes", "path"}:
        value, path = value.get("bytes"), value.get("path")
    if isinstance(value, bytes):
        return value
    if path is None:
        kind = "nothing" if value is None else f"a {type(value).__name__}"
        raise ValueError(f"{where} is {kind}; an image must be the bytes of an encoded file, such as PNG")
    file = Path(path) if folder is None else folder / path
    if not file.is_file():
        raise ValueError(f"{where} is at {path!r}, where there is no file; put the bytes into the table")
    return file.read_bytes()


def label(value: Any, where: str) -> int:
    """The number of a class.

    Raises:
        ValueError: it is no whole number from 0 on.
    """
    if value is None:
        raise ValueError(f"{where} has no label; label it, or remove it")
    if not isinstance(value, int):
        kind = "text" if isinstance(value, str) else f"a {type(value).__name__}"
        raise ValueError(f"{where} has the label {value!r}, {kind}; number the classes from 0 on, as integers")
    if value < 0:
        raise ValueError(f"{where} has the label {value}, which often means unlabelled; label it, or remove it")
    if value >= _MOST_CLASSES:
        raise ValueError(f"{where} has the label {value}; number the classes from 0 on, without gaps")
    return int(value)


def split_files(folder: Path) -> dict[str, list[Path]]:
    """The parquet files of each split of a folder, sorted.

    Raises:
        ValueError: a split has none, or lacks one of several parts by their names.
    """
    there = [file for file in entries_of(folder) if file.suffix.lower() == ".parquet" and file.is_file()]
    files = {split: [file for file in there if file.name.startswith(split)] for split in SPLITS}
    for split, parts in files.items():
        if not parts:
            held = f"; found {', '.join(file.name for file in there)}" if there else ""
            raise ValueError(f"{folder} holds no {split}*.parquet{held}")
        shards = [(int(match[1]), int(match[2])) for file in parts if (match := _SHARD.fullmatch(file.name))]
        for number in range(max((total for _, total in shards), default=0)):
            if number not in {part for part, _ in shards}:
                raise ValueError(
                    f"{folder} lacks part {number} of {split}, of {shards[0][1]} by their names; get it too"
                )
    return files


def read_folder(folder: Path) -> dict[str, Split]:
    """Both splits of a folder.

    Raises:
        ValueError: as `split_files`, `image_column`, `encoded`, `label` and `read_picture`; two files of a split are the
            same; or files name the classes differently.
    """
    files = split_files(folder)
    named: tuple[Path, list[str]] | None = None
    for file in (file for parts in files.values() for file in parts):
        names = parquet.class_names(file, "label")
        if names and named and names != named[1]:
            raise ValueError(f"{file.name} names its classes otherwise than {named[0].name}; number them in one order")
        named = (file, names) if names else named
    return {split: _read_files(parts) for split, parts in files.items()}


def _read_files(files: list[Path]) -> Split:
    _check_distinct(files)
    read = Split()
    for file in files:
        column = image_column(parquet.column_names(file), str(file))
        _take(read, parquet.rows(file, [column, "label"]), column, file.parent, file.name)
    return read


def _check_distinct(files: list[Path]) -> None:
    sizes = [file.stat().st_size for file in files]
    first: dict[str, Path] = {}
    for file, size in zip(files, sizes, strict=True):
        if sizes.count(size) > 1:
            with file.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
            if digest in first:
                raise ValueError(f"{file} holds the same as {first[digest].name}; remove one of the two")
            first[digest] = file


def read_hub(name: str, revision: str) -> dict[str, Split]:
    """Both splits of a data set of the hub, from the network or the cache.

    Raises:
        ValueError: a split is lacking; or as `image_column`, `encoded`, `label` and `read_picture`.
        OSError: the hub was not reached and the data set is not in the local cache.
    """
    import datasets

    loaded = datasets.load_dataset(name, revision=revision)
    read = {}
    for split in SPLITS:
        if split not in loaded:
            raise ValueError(
                f"{name} has no split {split!r}, only {', '.join(loaded)}; save both as a folder of parquet"
            )
        table = loaded[split]
        column = image_column(table.column_names, name)
        table = table.select_columns([column, "label"]).cast_column(column, datasets.Image(decode=False))
        read[split] = Split()
        _take(read[split], iter(table), column, None, f"{name}, {split}")
    return read


def _take(split: Split, rows: Iterator[dict[str, Any]], column: str, folder: Path | None, where: str) -> None:
    for number, row in enumerate(rows, start=1):
        place = f"image {number} of {where}"
        split.labels.append(label(row["label"], place))
        split.pictures.append(read_picture(encoded(row[column], folder, place), place))
        split.places.append(place)
