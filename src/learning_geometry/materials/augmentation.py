"""Random changes of a batch of images that leave its labels alone, every one seeded by a generator."""

from collections.abc import Callable

import torch
from torch import Tensor

from learning_geometry.materials.images import Images

Augment = Callable[[Tensor, torch.Generator], Tensor]
"""Turns images `(batch, channels, height, width)` and a generator into changed images of the same shape."""

_SHIFTED = 0.3  # share of the images that "shift" may move
_JITTER = 0.5  # brightness, contrast and saturation factors lie in [1 - 0.5, 1 + 0.5]
_LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601


def augmenter(name: str, images: Images, device: str) -> Augment:
    """The augmentation called `name` for these images.

    "none" changes nothing; "shift" moves three images in ten by at most one pixel (our operationalisation, for 8 x 8
    digits); "flip_crop_jitter" mirrors, crops after padding by 4 and jitters brightness, contrast and saturation by 0.5
    (the paper's training on CIFAR-10). A crop is filled with black.

    Raises:
        ValueError: there is no augmentation of that name.
    """
    mean = torch.tensor(images.mean, device=device)[:, None, None]
    scale = torch.tensor(images.scale, device=device)[:, None, None]
    black = -mean / scale

    def shift(batch: Tensor, generator: torch.Generator) -> Tensor:
        moved = random_crop(batch, 1, black, generator)
        return torch.where(_uniform(len(batch), 0, 1, batch, generator) < _SHIFTED, moved, batch)

    def flip_crop_jitter(batch: Tensor, generator: torch.Generator) -> Tensor:
        moved = random_crop(random_flip(batch, generator), 4, black, generator)
        return (colour_jitter(moved * scale + mean, generator) - mean) / scale

    known: dict[str, Augment] = {
        "none": lambda batch, generator: batch,
        "shift": shift,
        "flip_crop_jitter": flip_crop_jitter,
    }
    if name not in known:
        raise ValueError(f"unknown augmentation {name!r}; known: {', '.join(known)}")
    return known[name]


def random_flip(batch: Tensor, generator: torch.Generator) -> Tensor:
    """Each image mirrored left to right with probability one half."""
    mirrored = _uniform(len(batch), 0, 1, batch, generator) < 0.5
    return torch.where(mirrored, batch.flip(-1), batch)


def random_crop(batch: Tensor, pad: int, fill: Tensor, generator: torch.Generator) -> Tensor:
    """A window of the original size at a random place in each image padded by `pad` pixels of `fill`, `(channels, 1, 1)`."""
    n, channels, height, width = batch.shape
    padded = fill.expand(n, channels, height + 2 * pad, width + 2 * pad).clone()
    padded[:, :, pad : pad + height, pad : pad + width] = batch
    corner = torch.randint(0, 2 * pad + 1, (2, n, 1), generator=generator).to(batch.device)
    rows = (corner[0] + torch.arange(height, device=batch.device))[:, :, None]
    columns = (corner[1] + torch.arange(width, device=batch.device))[:, None, :]
    image = torch.arange(n, device=batch.device)[:, None, None]
    return padded[image, :, rows, columns].movedim(-1, 1)


def colour_jitter(pixels: Tensor, generator: torch.Generator) -> Tensor:
    """Brightness, contrast and saturation of each RGB image in [0, 1] scaled by random factors, in this order."""
    luma = torch.tensor(_LUMA, device=pixels.device)[:, None, None]
    brightness, contrast, saturation = (
        _uniform(len(pixels), 1 - _JITTER, 1 + _JITTER, pixels, generator) for _ in range(3)
    )
    pixels = (pixels * brightness).clamp(0, 1)
    mean = (pixels * luma).sum(1, keepdim=True).mean((2, 3), keepdim=True)
    pixels = (mean + contrast * (pixels - mean)).clamp(0, 1)
    grey = (pixels * luma).sum(1, keepdim=True)
    return (grey + saturation * (pixels - grey)).clamp(0, 1)


def _uniform(n: int, low: float, high: float, like: Tensor, generator: torch.Generator) -> Tensor:
    """One number per image, `(n, 1, 1, 1)`; drawn on the CPU so that a GPU sees the same ones."""
    return (low + (high - low) * torch.rand((n, 1, 1, 1), generator=generator)).to(like.device)
