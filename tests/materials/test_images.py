"""The digits are always the same, a folder of one's own is read without loss, and what cannot be met says why."""

import io
from pathlib import Path

import datasets
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from learning_geometry.materials import images

COMMIT = "0b2714987fa478483af9968de7c934580d0bb9a2"


def test_digits_are_standardised_and_split_once_and_for_all() -> None:
    digits = images.load("digits", "")
    assert digits.train.shape == (1257, 1, 8, 8)
    assert digits.test.shape == (540, 1, 8, 8)
    assert digits.train.dtype == np.float32
    assert digits.classes == 10
    np.testing.assert_allclose([digits.train.mean(), digits.train.std()], [0, 1], atol=1e-5)
    # The test images are standardised with the training images' moments, so not exactly.
    assert abs(digits.test.mean()) > 1e-5
    again = images.load("digits", "")
    assert np.array_equal(digits.train, again.train)
    assert np.array_equal(digits.test_labels, again.test_labels)


def test_pixels_come_back_from_the_moments() -> None:
    digits = images.load("digits", "")
    sixteenths = (digits.train * digits.scale[:, None, None] + digits.mean[:, None, None]) * 16
    np.testing.assert_allclose(sixteenths, np.round(sixteenths), atol=1e-4)


@pytest.mark.parametrize("revision", ["", "main", COMMIT[:12], COMMIT.upper()])
def test_a_hub_data_set_needs_a_whole_commit(revision: str) -> None:
    with pytest.raises(ValueError, match="40 hexadecimal digits"):
        images.load("uoft-cs/cifar10", revision)


def test_what_has_no_revision_takes_none(tmp_path: Path) -> None:
    for name in ("digits", str(tmp_path)):
        with pytest.raises(ValueError, match="has no revision"):
            images.load(name, COMMIT)


def test_a_folder_without_a_split_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds no train"):
        images.load(str(tmp_path), "")


@pytest.mark.parametrize(("column", "mode", "channels"), [("image", "L", 1), ("img", "L", 1), ("image", "RGB", 3)])
def test_grey_and_coloured_pictures_of_a_folder_come_back(
    tmp_path: Path, column: str, mode: str, channels: int
) -> None:
    rng = np.random.default_rng(0)
    shape = (5, 7, 6) if mode == "L" else (5, 7, 6, 3)
    pixels = rng.integers(0, 256, shape, dtype=np.uint8)
    for split in ("train", "test"):
        features = datasets.Features({column: datasets.Image(), "label": datasets.Value("int64")})
        rows = {column: [Image.fromarray(one) for one in pixels], "label": [0, 1, 2, 1, 0]}
        datasets.Dataset.from_dict(rows, features=features).to_parquet(tmp_path / f"{split}.parquet")
    found = images.load(str(tmp_path), "")
    assert found.train.shape == (5, channels, 7, 6)
    back = (found.train * found.scale[:, None, None] + found.mean[:, None, None]) * 255
    expected = pixels[:, None] if mode == "L" else pixels.transpose(0, 3, 1, 2)
    np.testing.assert_allclose(back, expected, atol=1e-3)


def test_an_unreachable_hub_names_the_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ConnectionError, match="download its parquet files"):
        images.load("uoft-cs/cifar10", COMMIT)


RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (6, 7, 6), dtype=np.uint8)
COLOUR = RNG.integers(0, 256, (6, 7, 6, 3), dtype=np.uint8)
DEEP = RNG.integers(0, 65_536, (6, 7, 6), dtype=np.uint16)
LABELS = [0, 1, 2, 1, 0, 2]


def png(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def write(file, pixels, labels=LABELS, *, column="image", plain=False):
    """A parquet file as pyarrow or pandas writes it, without the notes of `datasets`."""
    file.parent.mkdir(parents=True, exist_ok=True)
    encoded = [one if isinstance(one, bytes) else png(one) for one in pixels]
    cells = encoded if plain else [{"bytes": one, "path": None} for one in encoded]
    pq.write_table(pa.table({column: cells, "label": labels}), file)


def folder_of(folder, train, test=None, **options):
    write(folder / "train.parquet", train, **options)
    write(folder / "test.parquet", train if test is None else test, **options)
    return folder


def back(loaded, split="train"):
    """Pixels from 0 to 1, `(n, channels, height, width)`."""
    return getattr(loaded, split) * loaded.scale[:, None, None] + loaded.mean[:, None, None]


@pytest.mark.parametrize("plain", [True, False])
@pytest.mark.parametrize("name", ["scans", "scans [v2]", "{a,b} *?", "bob's R&D", "größe"])
def test_a_folder_of_any_name_written_by_any_library(tmp_path, name, plain):
    loaded = images.load(str(folder_of(tmp_path / name, COLOUR, plain=plain)), "")
    np.testing.assert_allclose(back(loaded) * 255, COLOUR.transpose(0, 3, 1, 2), atol=1e-3)
    assert loaded.name == name
    assert loaded.train_labels.tolist() == LABELS


def test_the_paths_of_a_table_start_where_it_lies(tmp_path):
    for number, one in enumerate(GREY):
        (tmp_path / f"{number}.png").write_bytes(png(one))
    for split in ("train", "test"):
        cells = [{"bytes": None, "path": f"{number}.png"} for number in range(len(GREY))]
        pq.write_table(pa.table({"image": cells, "label": LABELS}), tmp_path / f"{split}.parquet")
    np.testing.assert_allclose(back(images.load(str(tmp_path), "")) * 255, GREY[:, None], atol=1e-3)
    (tmp_path / "3.png").unlink()
    with pytest.raises(ValueError, match=r"image 4 of train\.parquet is at '3\.png', where there is no file"):
        images.load(str(tmp_path), "")


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_one_coloured_image_makes_a_set_coloured(tmp_path, order):
    parts = [list(GREY), list(COLOUR)]
    train, test = parts[order[0]], parts[order[1]]
    loaded = images.load(str(folder_of(tmp_path, train, test)), "")
    for split, pixels in (("train", train), ("test", test)):
        expected = np.stack([np.stack([p] * 3) if p.ndim == 2 else p.transpose(2, 0, 1) for p in pixels])
        np.testing.assert_allclose(back(loaded, split) * 255, expected, atol=1e-3)


def test_sixteen_bits_are_sixteen_bits_and_mix_with_eight(tmp_path):
    loaded = images.load(str(folder_of(tmp_path, DEEP, GREY)), "")
    np.testing.assert_allclose(back(loaded) * 65_535, DEEP[:, None], atol=0.1)
    np.testing.assert_allclose(back(loaded, "test") * 255, GREY[:, None], atol=1e-3)


def test_a_channel_without_anything_stays_without_anything(tmp_path):
    stain = COLOUR.copy()
    stain[..., 2] = 7
    loaded = images.load(str(folder_of(tmp_path, stain)), "")
    assert np.isfinite(loaded.train).all()
    assert not loaded.train[:, 2].any()
    assert not loaded.test[:, 2].any()
    np.testing.assert_allclose(back(loaded) * 255, stain.transpose(0, 3, 1, 2), atol=1e-3)
    write(tmp_path / "test.parquet", COLOUR)
    with pytest.raises(ValueError, match="channel 3 of 3 is the same in all training images"):
        images.load(str(tmp_path), "")
    with pytest.raises(ValueError, match="pixel for pixel; there is nothing to learn"):
        images.load(str(folder_of(tmp_path / "blank", [GREY[0] * 0] * 6)), "")


@pytest.mark.parametrize(
    ("train", "test", "said"),
    [
        (LABELS, [0, 1, -1, 1, 0, 2], "image 3 of test.parquet has the label -1, which often means unlabelled"),
        (LABELS, [0, 1, 3, 1, 0, 2], "image 3 of test.parquet has the label 3, but the training images only 0 to 2"),
        (["cat", "dog"] * 3, LABELS, "image 1 of train.parquet has the label 'cat', text; number the classes"),
        ([0.0, 1.0] * 3, LABELS, "image 1 of train.parquet has the label 0.0, a float"),
        ([0, None, 1, 1, 1, 1], LABELS, "image 2 of train.parquet has no label"),
        ([1, 2, 3, 3, 2, 1], [1, 2, 3, 3, 2, 1], "the smallest label of 6 training images is 1"),
        ([0, 2**40, 1, 1, 1, 1], LABELS, "has the label 1099511627776; number the classes from 0 on"),
        ([[0], [1]] * 3, LABELS, "has the label [0], a list"),
    ],
)
def test_labels_are_classes_of_the_training_images(tmp_path, train, test, said):
    write(tmp_path / "train.parquet", GREY, train)
    write(tmp_path / "test.parquet", GREY, test)
    with pytest.raises(ValueError, match=r"^[^\n]*$") as refusal:
        images.load(str(tmp_path), "")
    assert said in str(refusal.value)


def test_classes_have_the_same_names_in_all_files(tmp_path):
    for split, names in (("train", ["cat", "dog"]), ("test", ["dog", "cat"])):
        features = datasets.Features({"image": datasets.Image(), "label": datasets.ClassLabel(names=names)})
        rows = {"image": [Image.fromarray(one) for one in GREY[:2]], "label": ["cat", "dog"]}
        datasets.Dataset.from_dict(rows, features=features).to_parquet(tmp_path / f"{split}.parquet")
    with pytest.raises(ValueError, match=r"test\.parquet names its classes otherwise than train\.parquet"):
        images.load(str(tmp_path), "")


def test_the_first_two_sizes_that_differ_are_named(tmp_path):
    odd = [*GREY[:2], GREY[2, :5]]
    with pytest.raises(
        ValueError, match=r"image 1 of train\.parquet is 6 x 7 pixels, but image 3 of test\.parquet 6 x 5"
    ):
        images.load(str(folder_of(tmp_path, GREY[:3], odd, labels=[0, 1, 2])), "")


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ({"bytes": None, "path": None}, "image 2 of train.parquet is nothing"),
        ({"bytes": b"GIF89a", "path": None}, "image 2 of train.parquet cannot be read as an image"),
        ({"bytes": b"", "path": None}, "(it is empty)"),
    ],
)
def test_a_cell_that_is_no_image_is_named(tmp_path, cell, said):
    folder_of(tmp_path, GREY)
    cells = [{"bytes": png(one), "path": None} for one in GREY]
    pq.write_table(pa.table({"image": [cells[0], cell, *cells[2:]], "label": LABELS}), tmp_path / "train.parquet")
    with pytest.raises(ValueError, match=r"^[^\n]*$") as refusal:
        images.load(str(tmp_path), "")
    assert said in str(refusal.value)
    pq.write_table(pa.table({"image": [[1, 2]] * 6, "label": LABELS}), tmp_path / "train.parquet")
    with pytest.raises(ValueError, match=r"image 1 of train\.parquet is a list; an image must be the bytes"):
        images.load(str(tmp_path), "")


def test_files_that_are_lacking_left_over_or_doubled(tmp_path):
    folder_of(tmp_path, GREY)
    (tmp_path / "._train.parquet").write_bytes(b"Mac")
    (tmp_path / "train.parquet~").write_bytes(b"old")
    assert len(images.load(str(tmp_path), "").train) == 6
    (tmp_path / "train (1).parquet").write_bytes((tmp_path / "train.parquet").read_bytes())
    with pytest.raises(ValueError, match=r"train\.parquet holds the same as train \(1\)\.parquet; remove one"):
        images.load(str(tmp_path), "")
    (tmp_path / "train (1).parquet").unlink()
    (tmp_path / "train.parquet").rename(tmp_path / "train-00001-of-00002.parquet")
    with pytest.raises(ValueError, match="lacks part 0 of train, of 2 by their names"):
        images.check_source(str(tmp_path), "")
    (tmp_path / "test.parquet").rename(tmp_path / "validation.parquet")
    (tmp_path / "train-00001-of-00002.parquet").rename(tmp_path / "train.parquet")
    with pytest.raises(ValueError, match=r"holds no test\*\.parquet; found train\.parquet, validation\.parquet"):
        images.check_source(str(tmp_path), "")


@pytest.mark.parametrize("content", [b"", b"version https://git-lfs.github.com/spec/v1\n", b"PAR1 and nothing more"])
def test_what_is_no_parquet_is_named_in_one_line(tmp_path, content):
    folder_of(tmp_path, GREY)
    (tmp_path / "test.parquet").write_bytes(content)
    with pytest.raises(ValueError, match=r"^[^\n]*test\.parquet cannot be read as parquet[^\n]*$"):
        images.load(str(tmp_path), "")


def test_a_data_set_of_the_hub_is_checked_like_a_folder(monkeypatch):
    features = datasets.Features({"img": datasets.Image(), "label": datasets.Value("int64")})
    rows = {"img": [Image.fromarray(one) for one in COLOUR], "label": LABELS}
    split = datasets.Dataset.from_dict(rows, features=features)
    monkeypatch.setattr("datasets.load_dataset", lambda name, revision: {"train": split, "test": split})
    np.testing.assert_allclose(back(images.load("a/b", COMMIT)) * 255, COLOUR.transpose(0, 3, 1, 2), atol=1e-3)
    monkeypatch.setattr("datasets.load_dataset", lambda name, revision: {"train": split, "validation": split})
    with pytest.raises(ValueError, match="a/b has no split 'test', only train, validation"):
        images.load("a/b", COMMIT)
