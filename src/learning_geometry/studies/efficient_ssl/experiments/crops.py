"""Multi-crop: two full views and several small ones, at the compute of two views."""

from typing import TYPE_CHECKING

from learning_geometry.studies.efficient_ssl.experiments._base import Pretraining
from learning_geometry.studies.types import Count, Positive
from learning_geometry.studies.unit import Execution

if TYPE_CHECKING:
    import xarray as xr


class Crops(Pretraining):
    """One encoder, with the projector and the weight of the experiment on views."""

    crops: Count
    crop_side: Count
    view_dimensions: Count
    view_off_diagonal: Positive
    view_steps: Count


def measure(unit: Crops, execution: Execution) -> "xr.Dataset":
    """Accuracy in percent from few labels, `few`, and from all, `all`, the steps, and full views' worth of pixels that passed, `passes`.

    As many pixels go through the network as with two full views for `view_steps`.

    Source: multi-crop is of Caron et al. 2020 (arXiv 2006.09882); with the loss of the mean it is ours.

    Raises:
        ValueError: a crop is larger than the images.
    """
    import xarray as xr

    from learning_geometry.studies.efficient_ssl.experiments import _crops
    from learning_geometry.studies.efficient_ssl.experiments._data import load
    from learning_geometry.studies.efficient_ssl.experiments._pretraining import Settings, read_out

    images = load(unit.images.name, unit.images.revision, unit.seed)
    side = images.train.shape[-1]
    if unit.crop_side > side:
        raise ValueError(f"crop_side is {unit.crop_side}, but images have {side} pixels a side; take a smaller crop")
    steps = _crops.steps_at_equal_passes(unit.view_steps, unit.crops, unit.crop_side, side)
    encode = _crops.pretrain(
        images.train,
        crops=unit.crops,
        crop_side=unit.crop_side,
        steps=steps,
        dimensions=unit.view_dimensions,
        off_diagonal=unit.view_off_diagonal,
        settings=Settings.of(unit, execution.device),
        seed=unit.seed,
    )
    few, all_labels = read_out(encode, images, unit, execution.device)
    passes = (2 + unit.crops * (unit.crop_side / side) ** 2) * steps * unit.batch_size
    return xr.Dataset({"few": few, "all": all_labels, "steps": steps, "passes": passes})
