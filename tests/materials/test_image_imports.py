"""Images that a person brings: the archive of the npm registry, the original's IDX files, folders of pictures."""

import gzip
import hashlib
import io
import json
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from learning_geometry import cli
from learning_geometry.materials import image_imports, images
from learning_geometry.materials.image_imports import import_images

RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (60, 28, 28), dtype=np.uint8)
LABELS = np.arange(60, dtype=np.uint8) % 10


def archive(file: Path, monkeypatch: pytest.MonkeyPatch, count: int = 60) -> Path:
    """A small archive laid out as the registry's, which passes for it."""
    with tarfile.open(file, "w:gz") as written:
        for digit in range(10):
            values = np.round(PIXELS[digit == LABELS].ravel() / 255, 3).tolist()
            data = json.dumps({"data": values}).encode()
            member = tarfile.TarInfo(f"package/src/digits/{digit}.json")
            member.size = len(data)
            written.addfile(member, io.BytesIO(data))
    monkeypatch.setattr(image_imports, "_ARCHIVE", hashlib.sha256(file.read_bytes()).hexdigest())
    monkeypatch.setattr(image_imports, "_ARCHIVE_IMAGES", count)
    return file


def idx(file: Path, values: np.ndarray) -> None:
    data = bytes([0, 0, 8, values.ndim]) + np.array(values.shape, dtype=">u4").tobytes() + values.tobytes()
    file.write_bytes(gzip.compress(data) if file.suffix == ".gz" else data)


def idx_folder(folder: Path) -> Path:
    folder.mkdir()
    idx(folder / "train-images-idx3-ubyte.gz", PIXELS[:40])
    idx(folder / "train-labels-idx1-ubyte.gz", LABELS[:40])
    idx(folder / "t10k-images.idx3-ubyte", PIXELS[40:])
    idx(folder / "t10k-labels.idx1-ubyte", LABELS[40:])
    return folder


def class_folders(folder: Path, count: int = 10) -> Path:
    for name in ("cat", "dog"):
        (folder / name).mkdir(parents=True)
        for k in range(count):
            Image.fromarray(RNG.integers(0, 256, (6, 5, 3), dtype=np.uint8)).save(folder / name / f"{k:02}.png")
    return folder


def raw(loaded: images.Images, split: str) -> np.ndarray:
    """The pixels of a split as they were, from 0 to 255."""
    return np.rint(255 * (getattr(loaded, split)[:, 0] * loaded.scale[0] + loaded.mean[0])).astype(np.uint8)


def test_the_archive_gives_every_pixel_and_a_split_that_is_even_over_classes(tmp_path, monkeypatch):
    counts = import_images(archive(tmp_path / "mnist.tgz", monkeypatch), tmp_path / "mnist")
    loaded = images.load(str(tmp_path / "mnist"), "")
    assert counts == {"train": 48, "test": 12}
    assert np.ptp(np.bincount(loaded.test_labels, minlength=10)) <= 1
    for split in ("train", "test"):
        for pixels, label in zip(raw(loaded, split), getattr(loaded, f"{split}_labels"), strict=True):
            assert (PIXELS[label == LABELS] == pixels).all(axis=(1, 2)).any()


def test_the_original_keeps_its_own_split(tmp_path):
    import_images(idx_folder(tmp_path / "idx"), tmp_path / "mnist")
    loaded = images.load(str(tmp_path / "mnist"), "")
    assert np.array_equal(raw(loaded, "train"), PIXELS[:40])
    assert np.array_equal(raw(loaded, "test"), PIXELS[40:])
    assert np.array_equal(loaded.test_labels, LABELS[40:])


def test_folders_of_pictures_keep_their_files_as_they_are(tmp_path):
    source = class_folders(tmp_path / "pets")
    assert import_images(source, tmp_path / "made") == {"train": 16, "test": 4}
    loaded = images.load(str(tmp_path / "made"), "")
    assert loaded.train.shape == (16, 3, 6, 5)
    assert np.bincount(loaded.test_labels).tolist() == [2, 2]


@pytest.mark.parametrize("divided", [False, True])
def test_the_first_images_are_of_all_classes(tmp_path, divided):
    for split in ("train", "test") if divided else ("",):
        class_folders(tmp_path / "pets" / split, 50)
    import_images(tmp_path / "pets", tmp_path / "made")
    loaded = images.load(str(tmp_path / "made"), "")
    for labels in (loaded.train_labels, loaded.test_labels):
        assert 0.2 < labels[: len(labels) // 2].mean() < 0.8


def test_folders_that_are_divided_already_stay_so(tmp_path):
    for split, count in (("train", 7), ("test", 5)):
        class_folders(tmp_path / "pets" / split, count)
    assert import_images(tmp_path / "pets", tmp_path / "made") == {"train": 14, "test": 10}


@pytest.mark.parametrize(("depth", "white"), [(np.uint8, 255), (np.uint16, 65535)])
def test_blocks_of_pixels_become_their_mean(tmp_path, depth, white):
    source = tmp_path / "pictures"
    values = RNG.integers(0, white + 1, (10, 4, 6)).astype(depth)
    for k, pixels in enumerate(values):
        (source / str(k % 2)).mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(source / str(k % 2) / f"{k:02}.png")
    import_images(source, tmp_path / "made", pool=2)
    loaded = images.load(str(tmp_path / "made"), "")
    found = np.concatenate([split[:, 0] * loaded.scale[0] + loaded.mean[0] for split in (loaded.train, loaded.test)])
    means = values.reshape(10, 2, 2, 3, 2).mean(axis=(2, 4)) / white
    assert found.shape == (10, 2, 3)
    assert np.abs(np.sort(found.ravel()) - np.sort(means.ravel())).max() < 0.6 / white + 1e-6


@pytest.mark.parametrize(("pool", "said"), [(0, "pool = 0"), (4, "5 x 6 pixels, which blocks of 4 x 4 do not fill")])
def test_blocks_that_do_not_fill_an_image_are_refused(tmp_path, pool, said):
    with pytest.raises(ValueError, match=said):
        import_images(class_folders(tmp_path / "pets"), tmp_path / "made", pool=pool)
    assert not (tmp_path / "made").exists()


def test_every_image_is_seen_by_the_progress_bar(tmp_path):
    seen: list[int] = []
    import_images(
        class_folders(tmp_path / "pets"), tmp_path / "made", progress=lambda part: seen.append(len(part)) or part
    )
    assert seen == [16, 4]


def broken(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    if kind == "nothing":
        return tmp_path / "nowhere"
    if kind == "another archive":
        (tmp_path / "mnist.tgz").write_bytes(b"another")
        return tmp_path / "mnist.tgz"
    if kind == "another count":
        return archive(tmp_path / "mnist.tgz", monkeypatch, count=61)
    if kind in ("one class", "few files", "no picture", "classes differ"):
        source = class_folders(tmp_path / "pets" / ("train" if kind == "classes differ" else ""), 10)
        if kind == "one class":
            (source / "dog").rename(tmp_path / "dog")
        if kind == "few files":
            (source / "dog" / "00.png").rename(source / "dog" / "00.txt")
            [file.unlink() for file in sorted((source / "dog").glob("*.png"))[4:]]
        if kind == "no picture":
            (source / "dog" / "07.png").write_bytes(b"no picture")
        if kind == "classes differ":
            class_folders(tmp_path / "pets" / "test")
            (tmp_path / "pets/test/dog").rename(tmp_path / "pets/test/fox")
            return tmp_path / "pets"
        return source
    source = idx_folder(tmp_path / "idx")
    if kind == "labels lacking":
        (source / "t10k-labels.idx1-ubyte").unlink()
    if kind == "cut off":
        (source / "t10k-images.idx3-ubyte").write_bytes((source / "t10k-images.idx3-ubyte").read_bytes()[:-1])
    if kind == "not packed":
        (source / "train-labels-idx1-ubyte.gz").write_bytes(b"plain")
    if kind == "labels as images":
        idx(source / "t10k-images.idx3-ubyte", LABELS)
    if kind == "counts differ":
        idx(source / "t10k-labels.idx1-ubyte", LABELS[:3])
    return source


@pytest.mark.parametrize(
    ("kind", "complaint"),
    [
        ("nothing", "there is no .*nowhere; name an archive"),
        ("another archive", r"is not mnist-1\.1\.0\.tgz, or damaged .*npm pack mnist@1\.1\.0"),
        ("another count", "holds 60 images, not 61"),
        ("one class", "holds 1 folders; two or more classes"),
        ("few files", "dog holds 4 PNG or JPEG files; a class needs 5"),
        ("no picture", r"07\.png cannot be read as an image"),
        ("classes differ", "the class 'dog' is in only one of train and test"),
        ("labels lacking", "lacks t10k-labels-idx"),
        ("cut off", "says 20 x 28 x 28 bytes and holds 15,679"),
        ("not packed", "cannot be unpacked"),
        ("labels as images", "does not begin as an IDX file of 3 dimensions"),
        ("counts differ", "20 images and 3 labels for test"),
    ],
)
def test_what_cannot_be_imported_is_named_and_leaves_nothing(kind, complaint, tmp_path, monkeypatch):
    source, folder = broken(kind, tmp_path, monkeypatch), tmp_path / "made" / "images"
    with pytest.raises(ValueError, match=complaint):
        import_images(source, folder)
    assert not folder.parent.exists() or not list(folder.parent.iterdir())


def test_a_folder_that_is_there_is_left_alone(tmp_path, capsys):
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "mine.txt").write_text("kept")
    assert cli.main(["import-images", str(class_folders(tmp_path / "pets")), str(tmp_path / "made")]) == 1
    assert "is there already" in capsys.readouterr().err
    assert [file.name for file in (tmp_path / "made").iterdir()] == ["mine.txt"]


def test_the_command_says_how_to_use_what_it_made(tmp_path, capsys):
    made = tmp_path / "made"
    assert cli.main(["import-images", str(class_folders(tmp_path / "pets")), str(made)]) == 0
    assert f"{made}: 16 images for training, 4 for testing; use it as images={made}" in capsys.readouterr().out
