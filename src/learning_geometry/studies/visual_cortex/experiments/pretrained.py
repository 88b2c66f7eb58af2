"""Public vision models: the spectra of their blocks on photographs, before and after fine-tuning to a task."""

from typing import TYPE_CHECKING, Literal

import numpy as np

from learning_geometry.studies.types import Count, DataSource, Seed, Window
from learning_geometry.studies.unit import Execution, Unit

if TYPE_CHECKING:
    import xarray as xr

TWINS = (
    ("microsoft/beit-base-patch16-224-pt22k", "microsoft/beit-base-patch16-224-pt22k-ft22k", "fine-tuned"),
    ("facebook/data2vec-vision-base", "facebook/data2vec-vision-base-ft1k", "fine-tuned"),
    ("facebook/dinov2-base", "facebook/dinov2-base-imagenet1k-1-layer", "head only"),
)
"""Names on the hub, as public code has them, not tried: a self-supervised model, its twin with a task, and what of the
twin was trained on the task. Where it is the head only, both backbones, and so both spectra, should be the same: a control.
"""


class Pretrained(Unit):
    """One revision of one vision model on one draw of photographs."""

    seed: Seed
    model: DataSource
    photographs: DataSource
    photograph_count: Count
    photograph_size: Count
    pooling: Literal["mean", "class"]
    vision_batch_size: Count
    windows: list[Window]


def measure(unit: Pretrained, execution: Execution) -> "xr.Dataset":
    """The spectra of all blocks of a vision model on photographs of a folder.

    Photographs are cropped to a square; models of the same size, seed and folder see the same ones. `width` `(layer,)` is
    that of each block; of the features, pooled as `vision_models.block_features` has it, the record holds what
    `_readouts.spectrum_shape` says, by `layer`. Spectra of layers that are narrower than others end in zeros. `images` is how
    many photographs were seen, the attribute `commit` which weights.

    Raises:
        ValueError: there are too few images, a window leaves the spectrum of a layer, or as `load_backbone` and
            `block_features`.
        ConnectionError, BrokenCheckpoint: as `hub.checkpoint`.

    Source: our operationalisation; which networks the paper took is not known to us.
    """
    import xarray as xr

    from learning_geometry.materials import hub, image_classifiers
    from learning_geometry.materials.training import check_device
    from learning_geometry.materials.vision_models import block_features, load_backbone
    from learning_geometry.studies.visual_cortex.experiments._readouts import spectrum_shape

    check_device(execution.device)
    drawn = image_classifiers.unlabelled_photographs(
        unit.photographs.name,
        count=unit.photograph_count,
        image_size=unit.photograph_size,
        rng=np.random.default_rng([unit.seed, 0]),
    )
    with hub.checkpoint(
        unit.model.name,
        unit.model.revision,
        disk_budget_gb=execution.disk_budget_gb,
        delete_after=execution.delete_after,
    ) as checkpoint:
        backbone = load_backbone(checkpoint, device=execution.device)
        seen = image_classifiers.pixels(checkpoint, drawn)
        commit = checkpoint.commit
    features = block_features(backbone, seen, pooling=unit.pooling, batch_size=unit.vision_batch_size)
    widths = [layer.shape[1] for layer in features]
    last = max(end for _, end in unit.windows)
    if last > min(widths):
        raise ValueError(
            f"windows are {unit.windows}, but a layer of {unit.model.name} is {min(widths)} wide; end them there"
        )
    layers = xr.concat([spectrum_shape(layer, unit.windows) for layer in features], dim="layer", join="outer").fillna(0)
    return layers.assign(width=("layer", widths), images=len(drawn)).assign_attrs(commit=commit)
