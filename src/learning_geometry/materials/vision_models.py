"""Pretrained vision models in the format of Hugging Face: what each of their blocks makes of photographs."""

from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm
from transformers import AutoModel, PreTrainedModel

from learning_geometry.materials.checkpoint_files import BrokenCheckpoint
from learning_geometry.materials.hub import Checkpoint

Pooling = Literal["mean", "class"]

# A layer behind all blocks that many checkpoints lack, since no head of theirs reads it; neither do we.
_UNREAD = "pooler."


def load_backbone(checkpoint: Checkpoint, *, device: str) -> PreTrainedModel:
    """The vision model of a checkpoint without the head of its task, in float32, ready to be evaluated.

    Masked autoencoders see their images whole.

    Raises:
        ValueError: the checkpoint is of a model that transformers does not know, or that sees no images.
        BrokenCheckpoint: the files lack some of the model's weights, which would otherwise be random.
    """
    name = f"{checkpoint.model} at {checkpoint.revision}"
    try:
        model, report = AutoModel.from_pretrained(
            checkpoint.folder, local_files_only=True, dtype=torch.float32, output_loading_info=True
        )
    except ValueError as error:
        raise ValueError(f"{name} is no model that transformers knows: {error}") from error
    if model.main_input_name != "pixel_values":
        raise ValueError(f"{name} reads {model.main_input_name}, not images; choose a vision model")
    missing = sorted(key for key in report["missing_keys"] if not key.startswith(_UNREAD))
    if missing:
        raise BrokenCheckpoint(
            f"{name} lacks {len(missing)} weights, {missing[0]} among them: its config.json describes another model than "
            "its weights"
        )
    if hasattr(model.config, "mask_ratio"):
        model.config.mask_ratio = 0.0
    return model.to(device).eval()


@torch.inference_mode()
def block_features(
    model: PreTrainedModel, images: Tensor, *, pooling: Pooling, batch_size: int
) -> list[NDArray[np.float32]]:
    """The output of each block in turn, `(n_images, width)` each, however wide they are.

    `images` are `(n_images, 3, height, width)`. Tokens of vision transformers are averaged over the patches ("mean"), or
    the first is read, which stands for the class ("class"); feature maps of convolutional networks are averaged over
    positions. The last is read after the model's final layer norm, if it has one.

    Raises:
        ValueError: `pooling` is neither, or "class" is asked of a model that has no such token.
    """
    if pooling not in ("mean", "class"):
        raise ValueError(f"pooling is {pooling!r}; choose 'mean' or 'class'")
    parts = []
    for batch in tqdm(images.split(batch_size), desc="images", leave=False):
        out = model(pixel_values=batch.to(model.device), output_hidden_states=True)
        # The first is the embedding, in which the token of the class is the same for all images.
        hidden = [*out.hidden_states[1:-1], out.last_hidden_state]
        parts.append([_pooled(each, pooling, batch, model).float().cpu().numpy() for each in hidden])
    return [np.concatenate(layer) for layer in zip(*parts, strict=True)]


def _pooled(hidden: Tensor, pooling: Pooling, batch: Tensor, model: Any) -> Tensor:
    if hidden.ndim == 4:
        if pooling == "class":
            raise ValueError(f"{type(model).__name__} has no token for the class; pass pooling='mean'")
        return hidden.mean(dim=(2, 3))
    # The class, and registers where there are any, come before the patches.
    side = model.config.patch_size
    before = hidden.shape[1] - (batch.shape[2] // side) * (batch.shape[3] // side)
    if pooling == "class":
        if before < 1:
            raise ValueError(f"{type(model).__name__} has no token for the class; pass pooling='mean'")
        return hidden[:, 0]
    return hidden[:, max(before, 0) :].mean(dim=1)
