"""Photographs keep their class whatever the folder looks like, and a classifier sees them as it was trained to."""

import shutil
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pytest
import torch
from PIL import Image
from transformers import ConvNextImageProcessorPil, ResNetConfig, ResNetForImageClassification

from learning_geometry.materials import image_classifiers as classifiers
from learning_geometry.materials.checkpoint_files import BrokenCheckpoint
from learning_geometry.materials.hub import checkpoint

NAMES = {0: "crow", 1: "finch", 2: "owl"}


def noise(label: int, number: int, shape: tuple[int, int] = (40, 48)) -> Image.Image:
    """Noise whose brightest channel is its class."""
    pixels = np.random.default_rng([label, number]).integers(0, 150, (*shape, 3), dtype=np.uint8)
    pixels[..., label] += 100
    return Image.fromarray(pixels)


def write_folders(folder: Path, names: list[str], *, each: int = 4) -> Path:
    for label, name in enumerate(names):
        (folder / name).mkdir(parents=True)
        for number in range(each):
            noise(label, number).save(folder / name / f"{number}.png")
    return folder


def brightest(images: list[Image.Image]) -> list[int]:
    return [int(np.asarray(image).mean(axis=(0, 1)).argmax()) for image in images]


def load(folder: Path, count: int = 12, *, size: int = 32, seed: int = 0) -> tuple[list[Image.Image], Any]:
    return classifiers.photographs(
        str(folder), count=count, image_size=size, classes=NAMES, rng=np.random.default_rng(seed)
    )


@pytest.mark.parametrize("names", [["crow", "finch", "owl"], ["0", "1", "2"], ["n01440764", "n01443537", "n02110341"]])
def test_a_folder_for_each_class_gives_the_labels(tmp_path: Path, names: list[str]) -> None:
    images, labels = load(write_folders(tmp_path, names))
    assert len(images) == 12
    assert {image.size for image in images} == {(32, 32)}
    assert brightest(images) == labels.tolist()
    assert sorted(labels.tolist()) == [0] * 4 + [1] * 4 + [2] * 4


def test_names_count_for_more_than_their_order(tmp_path: Path) -> None:
    write_folders(tmp_path, ["0", "1", "2"])
    for number, name in NAMES.items():
        (tmp_path / str(number)).rename(tmp_path / {"crow": "owl", "owl": "crow"}.get(name, name))
    images, labels = load(tmp_path)
    assert brightest(images) == (2 - labels).tolist()
    shutil.rmtree(tmp_path / "finch")  # not every class needs to be there, if it is known by name
    assert set(load(tmp_path, 8)[1].tolist()) == {0, 2}


def test_parquet_files_hold_the_same_images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    folders = write_folders(tmp_path / "folders", list(NAMES.values()))
    rows = [(noise(label, number), label) for label in NAMES for number in range(4)]
    for column in ("img", "image"):
        (tmp_path / column).mkdir()
        for part in range(2):
            images, labels = zip(*rows[part * 6 : part * 6 + 6], strict=True)
            features = datasets.Features({column: datasets.Image(), "label": datasets.ClassLabel(num_classes=3)})
            table = datasets.Dataset.from_dict({column: list(images), "label": list(labels)}, features=features)
            table.to_parquet(tmp_path / column / f"validation-0000{part}-of-00002.parquet")
        for seed in (0, 1):
            got, labels = load(tmp_path / column, 7, seed=seed)
            expected, expected_labels = load(folders, 7, seed=seed)
            assert labels.tolist() == expected_labels.tolist()
            assert all(np.array_equal(a, b) for a, b in zip(got, expected, strict=True))
    (tmp_path / "img" / "train-00000-of-00001.parquet").touch()
    with pytest.raises(ValueError, match=r"holds train-00000-of-00001\.parquet"):
        load(tmp_path / "img")


def test_parquet_files_of_another_kind_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    folder = tmp_path / "images"
    folder.mkdir()
    datasets.Dataset.from_dict({"pixels": [1, 2], "label": [0, 1]}).to_parquet(folder / "a.parquet")
    with pytest.raises(
        ValueError, match=r"a\.parquet must have the columns `img` or `image`, and `label`; found pixels, label"
    ):
        load(folder, 1)


def test_which_images_are_drawn_is_a_matter_of_the_generator(tmp_path: Path) -> None:
    folder = write_folders(tmp_path, list(NAMES.values()))
    bytes_of = [[image.tobytes() for image in load(folder, 5, seed=seed)[0]] for seed in (0, 0, 1)]
    assert bytes_of[0] == bytes_of[1]
    assert bytes_of[0] != bytes_of[2]
    assert len(set(bytes_of[0])) == 5


def test_the_crop_is_central_and_keeps_the_proportions(tmp_path: Path) -> None:
    # A white square as large as the crop, in the middle of a wide black image.
    pixels = np.zeros((64, 160, 3), dtype=np.uint8)
    side = 56  # 7/8 of the shorter side
    pixels[4 : 4 + side, 52 : 52 + side] = 255
    (tmp_path / "crow").mkdir()
    Image.fromarray(pixels).save(tmp_path / "crow" / "a.png")
    image = load(tmp_path, 1, size=28)[0][0]
    assert np.asarray(image).min() == 255
    # One pixel further out on any side and the black would show.
    pixels[4:5] = 0
    Image.fromarray(pixels).save(tmp_path / "crow" / "a.png")
    assert np.asarray(load(tmp_path, 1, size=56)[0][0])[0].max() == 0


def test_grey_photographs_get_three_channels(tmp_path: Path) -> None:
    (tmp_path / "owl").mkdir()
    noise(0, 0).convert("L").save(tmp_path / "owl" / "grey.png")
    assert load(tmp_path, 1)[0][0].mode == "RGB"


def test_what_cannot_be_drawn_from_says_why(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is no folder"):
        load(tmp_path / "nowhere")
    (tmp_path / "images").mkdir()
    with pytest.raises(ValueError, match="neither folders of images nor parquet files"):
        load(tmp_path / "images")
    write_folders(tmp_path / "images", ["crow", "owl"], each=2)
    with pytest.raises(ValueError, match="holds 4 images, and 12 are needed"):
        load(tmp_path / "images")
    (tmp_path / "images" / "crow" / "0.png").write_bytes(b"no image")
    with pytest.raises(ValueError, match=r"0\.png cannot be read as an image"):
        load(tmp_path / "images", 4)
    (tmp_path / "images" / "crow").rename(tmp_path / "images" / "raven")
    with pytest.raises(ValueError, match=r"folder 'raven' is no class of the model.*crow, finch, owl"):
        load(tmp_path / "images", 4)
    (tmp_path / "images" / "raven").rename(tmp_path / "images" / "0")
    (tmp_path / "images" / "owl").rename(tmp_path / "images" / "3")
    with pytest.raises(ValueError, match="folder '3' is no class of the model, which has 3"):
        load(tmp_path / "images", 4)


@pytest.fixture
def series(tmp_path: Path) -> Path:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        config = ResNetConfig(embedding_size=4, hidden_sizes=[4, 6], depths=[1, 1], layer_type="basic", id2label=NAMES)
        ResNetForImageClassification(config).save_pretrained(tmp_path / "models" / "resnet")
    processor = ConvNextImageProcessorPil(image_mean=[0.5, 0.4, 0.3], image_std=[0.2, 0.25, 0.3])
    processor.save_pretrained(tmp_path / "models" / "resnet")
    return tmp_path / "models"


def opened(series: Path) -> Any:
    return checkpoint(str(series), "resnet", disk_budget_gb=1.0, delete_after=False)


def test_a_classifier_sees_the_pixels_that_it_was_trained_on(series: Path) -> None:
    images = [noise(label, 0, (32, 32)) for label in NAMES]
    with opened(series) as found:
        pixels = classifiers.pixels(found, images)
        network = classifiers.load_classifier(found, device="cpu")
    raw = np.stack([np.asarray(image) for image in images]).transpose(0, 3, 1, 2) / 255
    expected = (raw - np.array([0.5, 0.4, 0.3])[:, None, None]) / np.array([0.2, 0.25, 0.3])[:, None, None]
    np.testing.assert_allclose(pixels.numpy(), expected, atol=1e-5)
    assert pixels.dtype == torch.float32
    assert not network.training
    assert network.config.id2label == NAMES
    assert network(pixel_values=pixels).logits.shape == (3, 3)


def test_a_checkpoint_that_is_no_classifier_is_refused(series: Path, tmp_path: Path) -> None:
    from tiny_models import save_checkpoint

    (series / "resnet" / "preprocessor_config.json").unlink()
    with opened(series) as found, pytest.raises(BrokenCheckpoint, match=r"save preprocessor_config\.json"):
        classifiers.pixels(found, [noise(0, 0)])
    shutil.rmtree(series / "resnet")
    save_checkpoint(series / "resnet")
    with opened(series) as found, pytest.raises(ValueError, match="is no image classifier"):
        classifiers.load_classifier(found, device="cpu")


def test_weights_that_are_lacking_are_not_made_up(series: Path) -> None:
    with torch.random.fork_rng():
        config = ResNetConfig(embedding_size=4, hidden_sizes=[4, 6], depths=[1, 2], layer_type="basic", id2label=NAMES)
    config.save_pretrained(series / "resnet")
    with opened(series) as found, pytest.raises(BrokenCheckpoint, match=r"lacks .* weights"):
        classifiers.load_classifier(found, device="cpu")


def test_an_unreachable_hub_names_the_remedy(series: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from dataclasses import replace

    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    with opened(series) as found:
        remote = replace(found, model="tiny/resnet", folder=tmp_path)
    with pytest.raises(ConnectionError, match="connect once"):
        classifiers.pixels(remote, [noise(0, 0)])


def test_a_photograph_is_read_as_its_camera_was_held_and_not_in_part(tmp_path: Path) -> None:
    (tmp_path / "owl").mkdir()
    exif = Image.Exif()
    exif[0x0112] = 3
    noise(0, 0).save(tmp_path / "owl" / "a.png", exif=exif)
    noise(0, 0).rotate(180).save(tmp_path / "owl" / "b.png")
    first, second = load(tmp_path, 2)[0]
    assert first.tobytes() == second.tobytes()
    Image.new("CMYK", (40, 48), (0, 255, 255, 0)).save(tmp_path / "owl" / "a.jpg")
    assert len(load(tmp_path, 3)[0]) == 3
    for image, said in (
        (Image.fromarray(np.full((40, 48), 300, dtype=np.uint16)), "more than 8 bits a pixel"),
        (Image.new("RGBA", (40, 48)), "transparent in places"),
    ):
        image.save(tmp_path / "owl" / "c.png")
        with pytest.raises(ValueError, match=rf"c\.png .*{said}"):
            load(tmp_path, 4)


def test_what_programs_leave_among_photographs_is_no_photograph(tmp_path: Path) -> None:
    folder = write_folders(tmp_path / "my [v2] photographs", list(NAMES.values()))
    expected = [image.tobytes() for image in load(folder)[0]]
    (folder / "crow" / "._0.png").write_bytes(b"Mac")
    (folder / ".ipynb_checkpoints").mkdir()
    noise(0, 9).save(folder / ".ipynb_checkpoints" / "0-checkpoint.png")
    (folder / "__MACOSX" / "crow").mkdir(parents=True)
    assert [image.tobytes() for image in load(folder)[0]] == expected
    drawn = classifiers.unlabelled_photographs(str(folder), count=12, image_size=8, rng=np.random.default_rng(0))
    assert len(drawn) == 12


def test_a_table_of_photographs_by_any_library(tmp_path: Path) -> None:
    import io

    import pyarrow as pa
    import pyarrow.parquet as pq

    cells = []
    for label in NAMES:
        noise(label, 0).save(file := io.BytesIO(), "PNG")
        cells.append({"bytes": file.getvalue(), "path": None})
    folder = tmp_path / "my [v2] photographs"
    folder.mkdir()
    pq.write_table(pa.table({"image": cells, "label": [0, 1, 2]}), folder / "validation.parquet")
    images, labels = load(folder, 3)
    assert brightest(images) == labels.tolist()
    pq.write_table(pa.table({"image": cells, "label": [0, 1, -1]}), folder / "validation.parquet")
    with pytest.raises(ValueError, match=r"image 3 of .*validation\.parquet has the label -1"):
        load(folder, 3)
