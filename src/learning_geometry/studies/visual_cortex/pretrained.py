"""Public vision models: the spectra of their blocks on photographs, before and after fine-tuning to a task."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning_geometry.materials import hub, image_classifiers
from learning_geometry.materials.training import check_device
from learning_geometry.materials.vision_models import Pooling, block_features, load_backbone
from learning_geometry.studies.visual_cortex.readouts import spectrum_shape

TWINS = (
    ("microsoft/beit-base-patch16-224-pt22k", "microsoft/beit-base-patch16-224-pt22k-ft22k", "fine-tuned"),
    ("facebook/data2vec-vision-base", "facebook/data2vec-vision-base-ft1k", "fine-tuned"),
    ("facebook/dinov2-base", "facebook/dinov2-base-imagenet1k-1-layer", "head only"),
)
"""Names on the hub, as public code has them, not tried: a self-supervised model, its twin with a task, and what of the
twin was trained on the task. Where it is the head only, both backbones, and so both spectra, should be the same: a control.
"""

_DISK_BUDGET_GB = 20.0


def measure(
    *,
    model: str,
    revision: str,
    images: str,
    count: int,
    image_size: int,
    pooling: Pooling,
    batch_size: int,
    windows: Sequence[Sequence[int]],
    seed: int,
    device: str,
) -> dict[str, Any]:
    """The spectra of all blocks of a vision model on `count` photographs of a folder, drawn by `seed`.

    `model` and `revision` are as `hub.checkpoint` takes them. Photographs are cropped to a square of `image_size` pixels;
    models of the same size, seed and folder see the same ones. `widths` `(layers,)` are those of
    its blocks; with a leading axis of layers the record holds what `readouts.spectrum_shape` says of their
    features, pooled as `vision_models.block_features` has it, in `windows` of ranks. Spectra of layers that are narrower than
    others end in zeros. `images` is how many photographs were seen, `commit` which weights.

    Raises:
        ValueError: there are too few images, a window leaves the spectrum of a layer, or as `load_backbone` and
            `block_features`.
        ConnectionError, BrokenCheckpoint: as `hub.checkpoint`.

    Source: our operationalisation; which networks the paper took is not known to us.
    """
    check_device(device)
    ranks = [(int(first), int(last)) for first, last in windows]
    if not ranks or max(last for _, last in ranks) >= count:
        raise ValueError(
            f"windows are {[list(each) for each in windows]} for {count} images; give at least one, whose ranks end below "
            "the number of images"
        )
    drawn = image_classifiers.unlabelled_photographs(
        images, count=count, image_size=image_size, rng=np.random.default_rng([seed, 0])
    )
    with hub.checkpoint(model, revision, disk_budget_gb=_DISK_BUDGET_GB, delete_after=False) as found:
        backbone = load_backbone(found, device=device)
        seen = image_classifiers.pixels(found, drawn)
        commit = found.commit
    features = block_features(backbone, seen, pooling=pooling, batch_size=batch_size)
    widths = [layer.shape[1] for layer in features]
    if max(last for _, last in ranks) > min(widths):
        raise ValueError(
            f"windows are {[list(each) for each in windows]}, but a layer of {model} is {min(widths)} wide; end them there"
        )
    rows = [spectrum_shape(layer, ranks) for layer in features]
    longest = max(len(row["spectrum"]) for row in rows)
    for row in rows:
        row["spectrum"] = _padded(row["spectrum"], longest)
    return {
        "model": model,
        "revision": revision,
        "commit": commit,
        "images": len(drawn),
        "pooling": pooling,
        "widths": np.array(widths),
        "windows": np.array(ranks),
        **{name: np.array([row[name] for row in rows]) for name in rows[0]},
    }


def _padded(values: NDArray[np.float64], length: int) -> NDArray[np.float64]:
    return np.pad(values, (0, length - len(values)))
