"""Tables of synapse sizes: an experimenter's own pairs, before and after, and a public cross-section of spine volumes."""

import codecs
import csv
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning_geometry.materials.written_numbers import remedy

Array = NDArray[np.float64]
Row = tuple[int, dict[str, str]]
"""The line of a file on which a row ends, as an editor counts them, and the row by column."""

_MISSING = {"", "na", "n/a", "#n/a", "<na>", "nan", "null", "none"}


@dataclass(frozen=True)
class PairedSizes:
    """Sizes of the same synapses at two times, positive, in the table's unit and order.

    `before` and `after` are `(n_synapses,)`; `source` is the file's name and `digest` the SHA-256 of what it holds.
    """

    before: Array
    after: Array
    source: str
    digest: str


@dataclass(frozen=True)
class SpineTable:
    """Volumes of dendritic spines at one time.

    `volumes`, `(n_spines,)`, are in cubic micrometres. They belong to `connections` ordered pairs of neurons: where a pair
    shares several synapses, their sizes are not independent. `unmeasured` further synapses of the table have no volume.
    `source` is the file's name and `digest` the SHA-256 of what it holds.
    """

    volumes: Array
    connections: int
    unmeasured: int
    source: str
    digest: str


def paired_sizes(path: str | Path, *, before: str, after: str, synapse: str = "") -> PairedSizes:
    """The sizes in the columns `before` and `after` of a CSV file with a header, one synapse a line.

    No row is ever left out: a synapse that was lost or is new has no pair and must be removed by whoever knows why.
    With `synapse`, a column of names, no name may occur twice.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is no table, a column is lacking, or on the line named a value is missing, not a number, not
            positive or infinite, or a synapse stands for the second time.
    """
    if before == after:
        raise ValueError(f"before and after are both {before!r}; name the columns of two different times")
    name, data = _read(path)
    found: dict[str, list[float]] = {before: [], after: []}
    for line, row in _named_once(_rows(name, data, [before, after, *([synapse] if synapse else [])]), name, synapse):
        for column, values in found.items():
            if _is_missing(row[column]):
                raise ValueError(
                    f"line {line} of {name} has no {column!r}; only pairs can be compared: remove lost or new synapses, "
                    "and bear in mind that the others survived"
                )
            values.append(_size(row[column], column, line, name))
    return PairedSizes(np.array(found[before]), np.array(found[after]), name, _digest(data))


def spine_sizes(path: str | Path) -> SpineTable:
    """The spine volumes in a table of the MICrONS release of layer 2/3 of mouse visual cortex.

    The file is `soma_subgraph_synapses_spines_v185.csv` of https://zenodo.org/record/3710459: synapses between pyramidal
    cells, of Dorkenwald et al. 2022, eLife 11:e76120. We read the columns `id`, `pre_root_id`, `post_root_id` and
    `spine_vol_um3`, by the names under which public programs read that file, among them the notebooks of
    AllenInstitute/MicronsBinder, where it has 1,961 rows; the file itself was not opened in writing this. Rows without a
    volume are counted, not guessed.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is no table, a column is lacking, no synapse has a volume, or on the line named a volume is not a
            number, not positive or infinite, or a synapse stands for the second time.
    """
    name, data = _read(path)
    volumes: list[float] = []
    connections: set[tuple[str, str]] = set()
    unmeasured = 0
    columns = ["id", "pre_root_id", "post_root_id", "spine_vol_um3"]
    for line, row in _named_once(_rows(name, data, columns), name, "id"):
        if _is_missing(row["spine_vol_um3"]):
            unmeasured += 1
            continue
        volumes.append(_size(row["spine_vol_um3"], "spine_vol_um3", line, name))
        connections.add((row["pre_root_id"], row["post_root_id"]))
    if not volumes:
        raise ValueError(f"{name}: none of its {unmeasured} synapses has a 'spine_vol_um3'; look at that column")
    return SpineTable(np.array(volumes), len(connections), unmeasured, name, _digest(data))


def _read(path: str | Path) -> tuple[str, bytes]:
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path} is no file; pass the path of a CSV file")
    return path.name, path.read_bytes()


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _rows(name: str, data: bytes, columns: list[str]) -> Iterator[Row]:
    """The rows of a CSV file that has these columns, once each; lines without a value, as spreadsheets add, are no rows."""
    text = _decoded(name, data)
    # Strict: otherwise a quotation mark that is never closed swallows the rest of the file in silence.
    reader = csv.reader(io.StringIO(text, newline=""), skipinitialspace=True, strict=True)
    lines = _parsed(reader, name)
    header = [column.strip() for column in next(lines, (0, []))[1]]
    if not header:
        raise ValueError(f"{name} is empty; its first line must name the columns")
    for column in columns:
        if column not in header:
            raise ValueError(
                f"{name} has no column {column!r}; its columns are {', '.join(filter(None, header))}{_separated(header)}"
            )
        if header.count(column) > 1:
            raise ValueError(f"{name} has {header.count(column)} columns {column!r}; rename all but one")
    empty = True
    for line, row in lines:
        # Spreadsheets write a comma for every column that once was in use.
        while len(row) > len(header) and not row[-1].strip():
            row = row[:-1]
        if len(row) > len(header):
            raise ValueError(
                f"line {line} of {name} has {len(row)} values under {len(header)} columns; quote values that "
                "hold a comma"
            )
        empty = False
        # A line that is cut short lacks the values at its end.
        yield line, dict(zip(header, [*row, *[""] * (len(header) - len(row))], strict=True))
    if empty:
        raise ValueError(f"{name} holds no synapse; there must be lines below the names of the columns")


def _decoded(name: str, data: bytes) -> str:
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise ValueError(f"{name} is a spreadsheet, not text in UTF-8; save the table as CSV in that encoding")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise ValueError(f"{name} is text in UTF-16, not text in UTF-8; save the table as CSV in that encoding")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(
            f"line {line} of {name} is not text in UTF-8; save the table as CSV in that encoding ({error.reason})"
        ) from error


def _separated(header: list[str]) -> str:
    if len(header) > 1:
        return ""
    mark = next(
        (words for sign, words in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")) if sign in header[0]), ""
    )
    found = f", these by {mark}: save it with commas between columns and points in decimals" if mark else ""
    return f"; the columns of a CSV file are separated by commas{found}"


def _parsed(reader: Any, name: str) -> Iterator[tuple[int, list[str]]]:
    try:
        for row in reader:
            # A first line "sep=," is a note of Excel to itself.
            if any(cell.strip() for cell in row) and not (reader.line_num == 1 and row[0].lower() == "sep="):
                yield reader.line_num, row
    except csv.Error as error:
        raise ValueError(
            f"line {reader.line_num} of {name} cannot be read as CSV: {error}; look for a quotation mark too many before it"
        ) from error


def _named_once(rows: Iterator[Row], name: str, synapse: str) -> Iterator[Row]:
    """The same rows, of which no two have the same value in the column `synapse`, if one is given."""
    first: dict[str, int] = {}
    for line, row in rows:
        if synapse:
            key = row[synapse].strip()
            if not key:
                raise ValueError(f"line {line} of {name} has no {synapse!r}; give that synapse its name")
            if key in first:
                raise ValueError(
                    f"line {line} of {name}: synapse {key!r} stands on line {first[key]} already; keep one of the two"
                )
            first[key] = line
        yield line, row


def _is_missing(text: str) -> bool:
    return text.strip().lower() in _MISSING


def _size(text: str, column: str, line: int, name: str) -> float:
    where = f"line {line} of {name}: {column!r} is"
    try:
        size = float(text.replace("_", "?"))  # Python reads 1_000 as a thousand; a typist may have meant anything
    except ValueError:
        raise ValueError(f"{where} {text.strip()!r}, which is no number{remedy(text)}") from None
    if not 0 < size < np.inf:
        raise ValueError(
            f"{where} {text.strip()}; a size must be positive and finite: remove synapses that were lost or not measured"
        )
    return size
