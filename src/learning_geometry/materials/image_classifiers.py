"""Pretrained image classifiers in the format of Hugging Face, and labelled photographs to train them further on."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from transformers import AutoImageProcessor, AutoModelForImageClassification, PreTrainedModel

from learning_geometry.materials import image_tables, parquet
from learning_geometry.materials.checkpoint_files import BrokenCheckpoint
from learning_geometry.materials.hub import Checkpoint
from learning_geometry.materials.leftovers import entries_of, files_below
from learning_geometry.materials.pictures import read_picture

CROP = 7 / 8
"""Side of the central square that is looked at, relative to the shorter side: the customary 224 of 256 pixels."""

_SUFFIXES = {".jpeg", ".jpg", ".png", ".webp", ".bmp"}


def load_classifier(checkpoint: Checkpoint, *, device: str) -> PreTrainedModel:
    """The image classifier of a checkpoint, in float32, ready to be evaluated.

    Raises:
        ValueError: the checkpoint is of a model that classifies no images.
        BrokenCheckpoint: the files lack some of the model's weights, which would otherwise be random.
    """
    name = f"{checkpoint.model} at {checkpoint.revision}"
    try:
        model, report = AutoModelForImageClassification.from_pretrained(
            checkpoint.folder, local_files_only=True, dtype=torch.float32, output_loading_info=True
        )
    except ValueError as error:
        raise ValueError(f"{name} is no image classifier that transformers knows: {error}") from error
    missing = sorted(report["missing_keys"])
    if missing:
        raise BrokenCheckpoint(
            f"{name} lacks {len(missing)} weights, {missing[0]} among them: its config.json describes another model than "
            "its weights, or it was saved without its classifier"
        )
    return model.to(device).eval()


def pixels(checkpoint: Checkpoint, images: Sequence[Image.Image]) -> Tensor:
    """Images of one size as the checkpoint's classifier wants them, float32 `(n, 3, height, width)`.

    The checkpoint's own image processor scales and normalises the values; it neither crops nor resizes. A model of the hub
    has it fetched beside the weights, the first time.

    Raises:
        BrokenCheckpoint: a local checkpoint says nothing of how its images are prepared.
        ConnectionError: the hub cannot be reached, and the processor is not cached.
    """
    local = Path(checkpoint.model).is_dir()
    try:
        processor = (
            AutoImageProcessor.from_pretrained(checkpoint.folder, local_files_only=True)
            if local
            else AutoImageProcessor.from_pretrained(checkpoint.model, revision=checkpoint.commit)
        )
    except OSError as error:
        if local:
            raise BrokenCheckpoint(
                f"{checkpoint.folder} does not say how images are prepared; save preprocessor_config.json there"
            ) from error
        raise ConnectionError(
            f"preprocessor_config.json of {checkpoint.model} at {checkpoint.revision} is neither reachable nor cached: "
            "connect once, or pass a folder of checkpoints as the model"
        ) from error
    # A few at a time: the processor works in float64 for a while.
    parts = [
        processor(list(images[i : i + 64]), do_resize=False, do_center_crop=False, return_tensors="pt")["pixel_values"]
        for i in range(0, len(images), 64)
    ]
    return torch.cat(parts).float()


def photographs(
    folder: str, *, count: int, image_size: int, classes: Mapping[int, str], rng: np.random.Generator
) -> tuple[list[Image.Image], NDArray[np.int64]]:
    """Draw labelled images from a folder, without replacement, each cropped centrally and scaled to `image_size` pixels.

    The folder holds either a folder of images for each class, or parquet files with the columns `img` (or `image`) and
    `label`. `classes` are the model's, by number. A class folder bears a class's name or number; where there is one for
    each class, any names will do whose order is that of the classes, as ImageNet's WordNet numbers.

    Raises:
        ValueError: the folder holds no such files, fewer than `count` images, a class that the model lacks, or a file that
            is no image.
    """
    root = Path(folder)
    if not root.is_dir():
        raise ValueError(f"{folder} is no folder; pass one of labelled images, such as ImageNet's validation set")
    if any(file.suffix == ".parquet" for file in entries_of(root)):
        images, labels = _from_parquet(root, count, rng)
    else:
        images, labels = _from_class_folders(root, count, classes, rng)
    stray = labels[(labels < 0) | (labels >= len(classes))]
    if len(stray):
        raise ValueError(f"{folder} has an image of class {stray[0]}; the model has {len(classes)}, from 0 on")
    # One after the other: uncropped, thousands of photographs would fill the memory.
    return [_cropped(image, image_size) for image in images], labels


def unlabelled_photographs(folder: str, *, count: int, image_size: int, rng: np.random.Generator) -> list[Image.Image]:
    """Draw images from a folder and all folders in it, as `photographs`, whatever their names.

    Raises:
        ValueError: the folder does not exist, holds fewer than `count` images, or a file that is no image.
    """
    root = Path(folder)
    if not root.is_dir():
        raise ValueError(f"{folder} is no folder; pass one of photographs, such as ImageNet's validation set")
    files = [file for file in files_below(root) if file.suffix.lower() in _SUFFIXES]
    if len(files) < count:
        raise ValueError(f"{folder} holds {len(files)} images, and {count} are needed; add more, or ask for fewer")
    return [_cropped(_opened(files[i]), image_size) for i in rng.permutation(len(files))[:count]]


def _drawn(folder: Path, total: int, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    if total < count:
        raise ValueError(f"{folder} holds {total} images, and {count} are needed; add more, or take a smaller model")
    return rng.permutation(total)[:count]


def _from_class_folders(
    folder: Path, count: int, classes: Mapping[int, str], rng: np.random.Generator
) -> tuple[Iterator[Image.Image], NDArray[np.int64]]:
    folders = [entry for entry in entries_of(folder) if entry.is_dir()]
    found = [
        (file, i) for i, each in enumerate(folders) for file in entries_of(each) if file.suffix.lower() in _SUFFIXES
    ]
    if not found:
        raise ValueError(f"{folder} holds neither folders of images nor parquet files; sort the images by class")
    numbers = _class_numbers([each.name for each in folders], classes)
    drawn = [found[i] for i in _drawn(folder, len(found), count, rng)]
    return (_opened(file) for file, _ in drawn), np.array([numbers[i] for _, i in drawn], dtype=np.int64)


def _class_numbers(names: Sequence[str], classes: Mapping[int, str]) -> list[int]:
    number_of = {name: number for number, name in classes.items()}
    if all(name in number_of for name in names):
        return [number_of[name] for name in names]
    if all(name.isdecimal() for name in names):
        for name in names:
            if int(name) >= len(classes):
                raise ValueError(f"folder {name!r} is no class of the model, which has {len(classes)}, from 0 on")
        return [int(name) for name in names]
    if len(names) == len(classes):
        return list(range(len(names)))
    stranger = next(name for name in names if name not in number_of)
    raise ValueError(
        f"folder {stranger!r} is no class of the model; name folders as its {len(classes)} classes "
        f"({', '.join(list(number_of)[:3])}, ...) or number them, or keep one for each class in their order"
    )


def _from_parquet(
    folder: Path, count: int, rng: np.random.Generator
) -> tuple[Iterator[Image.Image], NDArray[np.int64]]:
    files = [file for file in entries_of(folder) if file.suffix == ".parquet"]
    training = [file.name for file in files if file.name.startswith("train")]
    if training:
        raise ValueError(
            f"{folder} holds {training[0]}; give the images that the model was not trained on a folder of their own"
        )
    columns = [image_tables.image_column(parquet.column_names(file), str(file)) for file in files]
    drawn = _drawn(folder, sum(map(parquet.count_rows, files)), count, rng)
    rows = _rows_at(files, columns, set(drawn.tolist()))
    labels = np.array([rows[i][1] for i in drawn], dtype=np.int64)
    return (_as_rgb(*rows[i][::2]) for i in drawn), labels


def _rows_at(files: Sequence[Path], columns: Sequence[str], wanted: set[int]) -> dict[int, tuple[bytes, int, str]]:
    """Encoded image, label and name of the rows with these numbers, counted through all files."""
    rows, start = {}, 0
    for file, column in zip(files, columns, strict=True):
        for number, row in enumerate(parquet.rows(file, [column, "label"])):
            if start + number in wanted:
                where = f"image {number + 1} of {file}"
                image = image_tables.encoded(row[column], file.parent, where)
                rows[start + number] = image, image_tables.label(row["label"], where), where
        start += parquet.count_rows(file)
    return rows


def _opened(file: Path) -> Image.Image:
    return _as_rgb(file.read_bytes(), str(file))


def _as_rgb(data: bytes, where: str) -> Image.Image:
    # Photographs meant for print are among those of ImageNet, on which classifiers are trained.
    picture = read_picture(data, where, convert_print=True)
    if picture.white != 255:
        raise ValueError(f"{where} has more than 8 bits a pixel, and classifiers take 8; save it with 8")
    return Image.fromarray(picture.pixels).convert("RGB")


def _cropped(image: Image.Image, size: int) -> Image.Image:
    side = round(CROP * min(image.size))
    left, top = ((length - side) // 2 for length in image.size)
    # Cropped first: a filter told to stay within a box still looks beyond its edge.
    return image.crop((left, top, left + side, top + side)).resize((size, size), Image.Resampling.BILINEAR)
