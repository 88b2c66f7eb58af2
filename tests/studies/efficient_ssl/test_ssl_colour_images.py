"""The paper's networks on files in the format of its data: parameters alone lead there."""

import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from learning_geometry.studies import STUDIES
from learning_geometry.studies.efficient_ssl.experiments import crops, projectors, views
from learning_geometry.studies.unit import Execution

STUDY = STUDIES["efficient_ssl"]
EXPERIMENTS = {"views": views, "projectors": projectors, "crops": crops}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Noise of 32 x 32 pixels in colour whose class is the brightest channel, with `img` and `label`."""
    rng = np.random.default_rng(0)
    for split, count in (("train", 36), ("test", 18)):
        labels = np.arange(count) % 3
        pixels = rng.integers(0, 150, (count, 32, 32, 3), dtype=np.uint8)
        pixels[np.arange(count), :, :, labels] += 100
        cells = []
        for image in pixels:
            Image.fromarray(image).save(file := io.BytesIO(), "PNG")
            cells.append({"bytes": file.getvalue(), "path": None})
        pq.write_table(pa.table({"img": cells, "label": labels}), tmp_path / f"{split}-00000-of-00001.parquet")
    return tmp_path


@pytest.mark.parametrize("network", ["resnet18", "resnet50"])
def test_a_residual_network_is_pretrained_on_a_folder_of_colour_images(folder: Path, network: str) -> None:
    given = {
        "images": str(folder), "network": network, "width": 4, "batch_size": 8, "view_steps": 4, "view_dimensions": 8,
        "arms": ["4 views, 1/2 steps, 1/2 images", "untrained"], "projector_steps": 1, "dimensions": [4, 8],
        "off_diagonals": [0.01, 0.1, 1.0], "label_draws": 2, "crop_side": 16, "view_seeds": [0], "projector_seeds": [0],
    }  # fmt: skip
    units = [unit for unit in STUDY.config(given=given).units() if getattr(unit, "role", "") == "first"]
    measured = {unit.experiment(): EXPERIMENTS[unit.experiment()].measure(unit, Execution()) for unit in units}
    # Channel means are all that there is to be seen, and every network sees them.
    assert float(measured["views"].few.min()) > 50
    assert measured["views"].passes.values.tolist() == [4 * 2 * 8, 0]
    assert measured["projectors"].few.shape == (2, 3)
    assert measured["projectors"].attrs["images"] == str(folder)
    assert float(measured["crops"].steps) == 3


def test_a_crop_larger_than_the_images_is_refused(folder: Path) -> None:
    given = {"images": str(folder), "crop_side": 33, "view_seeds": [0]}
    (unit,) = (unit for unit in STUDY.config(given=given).units() if unit.experiment() == "crops")
    with pytest.raises(ValueError, match="crop_side is 33, but images have 32 pixels"):
        crops.measure(unit, Execution())
