"""Which files make a checkpoint in the format of Hugging Face, whether they are whole, and what identifies them."""

import hashlib
import json
import re
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

_SAFETENSORS = re.compile(r"model(-\d+-of-\d+)?\.safetensors(\.index\.json)?")
_PICKLED = re.compile(r"pytorch_model(-\d+-of-\d+)?\.bin(\.index\.json)?")
_CONFIG = re.compile(r"(config|tokenizer|tokenizer_config|special_tokens_map|added_tokens)\.json")
# Nothing reads these where there is a tokenizer.json, so that other programs leave them out of the cache.
_SPARE = re.compile(r"generation_config\.json|(tokenizer|vocab|chat_template)[^/]*|merges\.txt|[^/]+\.model")

_SHA256 = re.compile(r"[0-9a-f]{64}")


class BrokenCheckpoint(RuntimeError):
    """A checkpoint that lacks a file, or holds one that is cut short."""


def weight_files(names: Iterable[str]) -> list[str]:
    """The files that hold the weights that are loaded, without their index, sorted."""
    return [name for name in _weights(names) if not name.endswith(".json")]


def wanted(names: Iterable[str]) -> list[str]:
    """The files that a model and its tokenizer are loaded from, sorted: pickled weights only where no others exist."""
    names = sorted(names)
    return sorted(_weights(names) + [name for name in names if _CONFIG.fullmatch(name) or _SPARE.fullmatch(name)])


def _weights(names: Iterable[str]) -> list[str]:
    names = sorted(names)
    safe = [name for name in names if _SAFETENSORS.fullmatch(name)]
    return safe or [name for name in names if _PICKLED.fullmatch(name)]


def digest(folder: Path) -> str:
    """The first 40 hexadecimal digits of the SHA-256 over names and contents of the files that are loaded."""
    total = hashlib.sha256()
    for name in wanted(entry.name for entry in folder.iterdir()):
        with (folder / name).open("rb") as file:
            total.update(name.encode() + b"\0" + hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()[:40]


def digest_of_weights(folder: Path) -> str:
    """The same over the contents of the weight files alone, whatever their names."""
    total = hashlib.sha256()
    for name in weight_files(entry.name for entry in folder.iterdir()):
        total.update(content_hash(folder / name).encode())
    return total.hexdigest()[:40]


def content_hash(file: Path) -> str:
    """The SHA-256 of a file; that of one in the hub's cache is its name, and the file is not read."""
    blob = file.resolve().name
    if file.is_symlink() and _SHA256.fullmatch(blob):
        return blob
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def fault_of(folder: Path, sizes: Mapping[str, int]) -> str:
    """What the checkpoint in a folder lacks; an empty string if it is whole.

    `sizes` are the bytes of the files that it should have, where these are known; elsewhere safetensors files are
    held against their own headers, shards against their index, and JSON must be legible.
    """
    there = wanted(entry.name for entry in folder.iterdir())
    spared = "tokenizer.json" in sizes
    due = [name for name in wanted(sizes) if not spared or _CONFIG.fullmatch(name) or not _SPARE.fullmatch(name)]
    for name in sorted({"config.json", *there, *due}):
        file = folder / name
        if not file.is_file() or file.resolve().suffix == ".incomplete":
            return f"{name} is missing"
        fault = _fault_of_file(file, sizes.get(name))
        if fault:
            return f"{name} {fault} ({file.resolve()})"
    return _fault_of_weights(folder, there)


def _fault_of_weights(folder: Path, there: list[str]) -> str:
    if not any(name.endswith((".safetensors", ".bin")) for name in there):
        return f"model.safetensors is missing{_instead(folder)}"
    for name in there:
        if name.endswith(".index.json"):
            shards = set(json.loads((folder / name).read_bytes()).get("weight_map", {}).values())
            lacking = sorted(shards - set(there))
            if lacking:
                return f"{lacking[0]} is missing"
    return ""


def _instead(folder: Path) -> str:
    """What a folder without the weights of a whole model holds instead, and what to do about it."""
    names = {entry.name for entry in folder.iterdir()}
    if names & {"adapter_config.json", "adapter_model.safetensors", "adapter_model.bin"}:
        return " (there is an adapter: merge it into its model with merge_and_unload, and save that)"
    other = sorted(
        name for name in names if name.endswith((".gguf", ".pth", ".pt", ".ckpt", ".distcp", ".h5", ".msgpack"))
    )
    return f" (there is {other[0]}, of another format: save the model with save_pretrained)" if other else ""


def _fault_of_file(file: Path, size: int | None) -> str:
    length = file.stat().st_size
    if size is not None and length != size:
        return f"has {length} bytes instead of {size}"
    if file.suffix == ".json":
        try:
            json.loads(file.read_bytes())
        except ValueError:
            return "is no JSON"
    if file.suffix == ".safetensors":
        promised = _promised_bytes(file)
        if promised is None:
            return "has no safetensors header"
        if length != promised:
            return f"has {length} bytes instead of {promised}"
    # An archive's directory stands at its end; weights pickled before there were archives carry no length.
    if file.suffix == ".bin" and not zipfile.is_zipfile(file):
        with file.open("rb") as stream:
            if stream.read(2) in (b"PK", b""):
                return "is cut short"
    return ""


def _promised_bytes(file: Path) -> int | None:
    """Bytes that a safetensors file has according to its header: 8, the header's, and up to where the data end."""
    with file.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        # Garbage may promise a header of any length.
        header = stream.read(length) if length < file.stat().st_size else b""
    try:
        tensors = [entry for name, entry in json.loads(header).items() if name != "__metadata__"]
    except ValueError:
        return None
    return 8 + length + max((entry["data_offsets"][1] for entry in tensors), default=0)
