"""Pretraining on two full views and several small crops of each image."""

import torch
from torch import Tensor, nn

from learning_geometry.instruments.multi_view import barlow_mean
from learning_geometry.materials.self_supervised import Recipe, optimise
from learning_geometry.materials.training import seeded
from learning_geometry.studies.efficient_ssl.experiments import _networks
from learning_geometry.studies.efficient_ssl.experiments._pretraining import VIEWS, Settings, fresh_encoder

_WARM_UP = 10


def windows(images: Tensor, side: int, generator: torch.Generator) -> Tensor:
    """A window `(side, side)` at a random place of each image `(n, channels, height, width)`."""
    n, _, height, width = images.shape
    rows = torch.randint(height - side + 1, (n, 1), generator=generator) + torch.arange(side)
    columns = torch.randint(width - side + 1, (n, 1), generator=generator) + torch.arange(side)
    picked = images[torch.arange(n)[:, None, None], :, rows[:, :, None].to(images.device), columns[:, None, :]]
    return picked.movedim(-1, 1)


def steps_at_equal_passes(steps: int, crops: int, crop_side: int, side: int) -> int:
    """How many steps take as many pixels through the network as `steps` of two full views."""
    return max(1, round(steps * 2 / (2 + crops * (crop_side / side) ** 2)))


def pretrain(
    images: Tensor,
    *,
    crops: int,
    crop_side: int,
    steps: int,
    dimensions: int,
    off_diagonal: float,
    settings: Settings,
    seed: int,
) -> nn.Module:
    """An encoder trained on two full views and `crops` windows of further views, with the loss of the mean of all."""
    encode, features = fresh_encoder(images.shape[1], settings, seed)
    project = _networks.projector(features, dimensions, 2 * seed + 1).to(settings.device)
    size = min(settings.batch_size, len(images))
    kept, generator = images.to(settings.device), seeded(seed, 3)

    def of_batch(batch: Tensor) -> Tensor:
        full = VIEWS(kept[batch.repeat(2)], generator)
        small = windows(VIEWS(kept[batch.repeat(crops)], generator), crop_side, generator)
        # Each size passes through the network by itself; both meet in the projector.
        embedded = project(torch.cat([encode(full), encode(small)]))
        return barlow_mean(embedded.unflatten(0, (2 + crops, -1)), off_diagonal=off_diagonal)

    recipe = Recipe(steps, size, settings.learning_rate, settings.weight_decay, min(_WARM_UP, steps))
    optimise([encode, project], of_batch, recipe, samples=len(kept), generator=generator)
    return encode
