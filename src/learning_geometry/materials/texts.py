"""Texts for language models: a file or a folder, or a data set of the Hugging Face hub; and their tokens."""

import codecs
import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from learning_geometry.materials.leftovers import files_below, is_leftover
from learning_geometry.materials.revisions import COMMIT

if TYPE_CHECKING:  # a plan checks its sources without waiting for heavy libraries
    from transformers import PreTrainedTokenizerBase

_DATA_SET = re.compile(r"[\w.-]+/[\w.-]+(:[\w.-]+)?")
_FORMATS = (".jsonl", ".parquet", ".txt")
_LINE = 'each line must hold one object, such as {"text": "..."}'
_PATIENCE = 30.0  # seconds until the hub's answer to a question about a data set is given up
_BATCH = 256  # texts tokenised at a time: a tokenizer's own record of a text is far larger than its ids


def check_source(source: str, revision: str) -> None:
    """Check, without the network and before anything is read, that a source wants a revision of this kind.

    A source is a `.txt`, `.jsonl` or `.parquet` file, a folder of them, or a data set of the Hugging Face hub, if need
    be with its configuration: "HuggingFaceFW/fineweb:sample-10BT". Files have no revision: pass "".

    Raises:
        ValueError: the source is neither, a folder holds no such file, files are given a revision, or a data set none.
    """
    if source and Path(source).exists():
        if revision:
            raise ValueError(f"{source!r} has no revision, but {revision!r} was given; pass an empty one")
        _files(Path(source))
    elif not _DATA_SET.fullmatch(source):
        raise ValueError(
            f"{source!r} is neither a file or folder nor a data set of the Hugging Face hub, such as "
            "'HuggingFaceFW/fineweb:sample-10BT'"
        )
    elif not revision:
        raise ValueError(
            f"{source!r} is no file or folder, so it must be a data set of the Hugging Face hub, and needs a revision: "
            "a commit of 40 hexadecimal digits, or a branch such as 'main'"
        )


def resolve_texts(source: str, revision: str) -> str:
    """What the source is at this moment: 40 hexadecimal digits.

    For a data set of the hub, the commit that the revision names, which is asked for over the network unless it is a
    commit already; for files, the first digits of the SHA-256 over their names and contents.

    Raises:
        ValueError: as `check_source`; or the hub knows no such data set or revision.
        ConnectionError: the hub cannot be reached.
    """
    check_source(source, revision)
    if Path(source).exists():
        digest = hashlib.sha256()
        for file in _files(Path(source)):
            with file.open("rb") as stream:
                name = file.relative_to(source).as_posix() if Path(source).is_dir() else file.name
                digest.update(name.encode() + b"\0" + hashlib.file_digest(stream, "sha256").digest())
        return digest.hexdigest()[:40]
    if COMMIT.fullmatch(revision):
        return revision
    from huggingface_hub import HfApi

    with _explained(source, revision):
        return str(HfApi().dataset_info(source.partition(":")[0], revision=revision, timeout=_PATIENCE).sha)


def read_rows(
    source: str, revision: str, *, split: str, columns: Sequence[str], streaming: bool
) -> Iterator[dict[str, Any]]:
    """The rows of a source in its own order, of which each has these columns; a `.txt` file is one row, its text.

    Files are read in the order of their names, and have no splits. A byte-order mark is no part of a text; what operating
    systems and editors leave in a folder is none of its files. Of a data set of the hub, `split` is read:
    `streaming` over the network each time, and otherwise downloaded whole, once, and from then on read from the cache.

    Raises:
        ValueError: as `resolve_texts`; a column is lacking or holds no text, or a file cannot be read as what its name says.
        ConnectionError: the hub cannot be reached, and the data set is not cached.
    """
    check_source(source, revision)
    rows: Iterator[tuple[str, dict[str, Any]]]
    if Path(source).exists():
        rows = chain.from_iterable(map(_rows_of_file, _files(Path(source))))
    else:
        whole = _rows_of_data_set(source, resolve_texts(source, revision), split, streaming)
        rows = ((f"row {number} of {source}", row) for number, row in enumerate(whole, start=1))
    for place, row in rows:
        for column in columns:
            if not isinstance(row.get(column), str):
                raise ValueError(_without_text(place, row, column))
        yield row


def _without_text(place: str, row: dict[str, Any], column: str) -> str:
    if column not in row:
        return f"{place} has no {column!r}, only {', '.join(row) or 'nothing'}; rename the one that holds the text"
    if row[column] is None:
        return f"{place} has no text in {column!r}, which is null there; fill it in, or remove the row"
    kind = type(row[column]).__name__
    return f"{place} has a {kind} instead of a text in {column!r}: {str(row[column])[:40]!r}; write it as text"


def load_texts(source: str, revision: str, *, n_texts: int, least_characters: int = 0) -> list[str]:
    """The first texts of a source that have `least_characters` or more, in the source's own order.

    They stand in the column "text", of the split "train". A data set of the hub is streamed: only what is needed is
    downloaded, but each time anew.

    Raises:
        ValueError: as `read_rows`; fewer than one text is asked for, or more than the source has.
        ConnectionError: the hub cannot be reached.
    """
    if n_texts < 1:
        raise ValueError(f"n_texts = {n_texts}; it must be at least 1")
    rows = read_rows(source, revision, split="train", columns=["text"], streaming=True)
    texts = list(islice((row["text"] for row in rows if len(row["text"]) >= least_characters), n_texts))
    if len(texts) < n_texts:
        raise ValueError(
            f"{source} has only {len(texts)} texts of {least_characters} characters or more, not {n_texts}; ask for "
            "fewer or shorter ones"
        )
    return texts


def tokenise(
    tokenizer: "PreTrainedTokenizerBase", texts: Sequence[str], *, max_tokens: int, min_tokens: int
) -> tuple[list[NDArray[np.int32]], NDArray[np.int64]]:
    """The beginnings of texts as token ids, and the token that follows each.

    A context, int32 `(n_ids,)`, holds the first `max_tokens` ids of a text, or all if there are fewer. The token that
    follows, int64 `(n_contexts,)`, is -1 where the text ends there. Texts of fewer than `min_tokens` ids are dropped.
    A token that the tokenizer puts before every text by default is kept and counts; the end-of-text token that some
    put after it is taken off, as the text goes on.

    Raises:
        ValueError: `min_tokens` is not between 1 and `max_tokens`, or no text is long enough.
    """
    if not 1 <= min_tokens <= max_tokens:
        raise ValueError(f"min_tokens = {min_tokens}; it must lie between 1 and max_tokens = {max_tokens}")
    ends = tokenizer("a")["input_ids"][-1] == tokenizer.eos_token_id
    contexts, following = [], []
    for start in range(0, len(texts), _BATCH):
        # Not verbose: it would warn of texts longer than the model's context, which are cut here.
        for ids in tokenizer(list(texts[start : start + _BATCH]), verbose=False)["input_ids"]:
            ids = ids[:-1] if ends else ids
            if len(ids) >= min_tokens:
                contexts.append(np.array(ids[:max_tokens], dtype=np.int32))
                following.append(ids[max_tokens] if len(ids) > max_tokens else -1)
    if not contexts:
        raise ValueError(f"none of {len(texts)} texts has min_tokens = {min_tokens} tokens or more; lower it")
    return contexts, np.array(following, dtype=np.int64)


def _files(source: Path) -> list[Path]:
    files = [source] if source.is_file() else files_below(source)
    files = [file for file in files if file.suffix.lower() in _FORMATS and not is_leftover(file.name)]
    if not files:
        raise ValueError(f"{source} holds no {', '.join(_FORMATS[:-1])} or {_FORMATS[-1]} file")
    return files


def _rows_of_file(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The rows of a file, each with its place in it."""
    if file.suffix.lower() == ".parquet":
        from learning_geometry.materials import parquet

        yield from ((f"row {number} of {file}", row) for number, row in enumerate(parquet.rows(file), start=1))
        return
    try:
        # "sig": Windows marks the beginning of a text in UTF-8, which is no part of it.
        with file.open(encoding="utf-8-sig") as stream:
            if file.suffix.lower() == ".txt":
                yield str(file), {"text": stream.read()}
                return
            for number, line in enumerate(stream, start=1):
                # Files that were joined bring a mark each.
                if (line := line.removeprefix("\ufeff")).strip():
                    place = f"line {number} of {file}"
                    yield place, _json_object(line, place)
    except UnicodeDecodeError as error:
        raise ValueError(_not_utf8(file)) from error


def _not_utf8(file: Path) -> str:
    data = file.read_bytes()
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return f"{file} is encoded as UTF-16; save it as UTF-8"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:  # that of the stream counted from the beginning of its buffer
        line = data.count(b"\n", 0, error.start) + 1
        return f"line {line} of {file} is not encoded as UTF-8; save it as UTF-8"
    return f"{file} changed while it was read; run again"


def _json_object(line: str, where: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise ValueError(f"{where} is no JSON: {error}; {_LINE}") from error
    if not isinstance(row, dict):
        raise ValueError(f"{where} is no JSON object, but {line.strip()[:40]}; {_LINE}")
    return row


def _rows_of_data_set(source: str, commit: str, split: str, streaming: bool) -> Iterator[dict[str, Any]]:
    import datasets

    name, _, configuration = source.partition(":")
    with _explained(source, commit):
        yield from datasets.load_dataset(name, configuration or None, split=split, revision=commit, streaming=streaming)


@contextmanager
def _explained(source: str, revision: str) -> Iterator[None]:
    """Give the hub's errors the remedy that they lack."""
    import httpx2
    from datasets.exceptions import DatasetNotFoundError
    from huggingface_hub.errors import RepositoryNotFoundError, RevisionNotFoundError

    try:
        yield
    except (DatasetNotFoundError, RepositoryNotFoundError, RevisionNotFoundError) as error:
        raise ValueError(
            f"the Hugging Face hub has no data set {source!r} at {revision!r}, or not for you: look for a misspelling, "
            f"or accept its terms and set HF_TOKEN ({error})"
        ) from error
    except (OSError, httpx2.HTTPError) as error:  # the bases of every connection and cache error of the hub's client
        raise ConnectionError(
            f"{source} at {revision} is neither reachable nor cached: connect, or save texts as .txt, .jsonl or "
            f".parquet files and pass their folder with an empty revision ({type(error).__name__}: {error})"
        ) from error
