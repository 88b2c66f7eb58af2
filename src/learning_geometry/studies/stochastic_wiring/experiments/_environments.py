"""Environments of the classifier: images that are moved, and a retina that puts them back."""

import torch
from torch import Tensor


def shifts(variability: int, novel: bool) -> Tensor:
    """The moves `(n, 2)` in pixels of an environment's images: up to `variability` each way, or one further if `novel`."""
    reach = variability + int(novel)
    moves = [(dy, dx) for dy in range(-reach, reach + 1) for dx in range(-reach, reach + 1)]
    return torch.tensor([move for move in moves if not novel or max(map(abs, move)) == reach])


def moved(images: Tensor, moves: Tensor) -> Tensor:
    """Images `(n, height, width)` moved down and right by `moves` `(n, 2)`, with zeros where nothing was."""
    _, height, width = images.shape
    y = torch.arange(height)[None, :, None] - moves[:, 0, None, None]
    x = torch.arange(width)[None, None, :] - moves[:, 1, None, None]
    inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
    source = (y.clamp(0, height - 1) * width + x.clamp(0, width - 1)).flatten(1)
    return images.flatten(1).gather(1, source.to(images.device)).view_as(images) * inside.to(images.device)


def recentred(images: Tensor) -> Tensor:
    """Images moved by whole pixels so that their centre of mass lies in the middle: what a reader of the input can do."""
    _, height, width = images.shape
    mass = images.sum((1, 2)).clamp_min(1e-6)
    y = (images.sum(2) * torch.arange(height, device=images.device)).sum(1) / mass
    x = (images.sum(1) * torch.arange(width, device=images.device)).sum(1) / mass
    middle = torch.tensor([(height - 1) / 2, (width - 1) / 2], device=images.device)
    return moved(images, (middle - torch.stack([y, x], 1)).round().long().cpu())


def draw_moves(n: int, variability: int, generator: torch.Generator, *, novel: bool = False) -> Tensor:
    """A move `(n, 2)` for each of `n` images."""
    choices = shifts(variability, novel)
    return choices[torch.randint(len(choices), (n,), generator=generator)]


def seen(images: Tensor, moves: Tensor, *, centre: bool) -> Tensor:
    """What agents see of images `(n, height, width)` that are moved, and put back in the middle if asked to: `(n, pixels)`."""
    there = moved(images, moves)
    return (recentred(there) if centre else there).flatten(1)
