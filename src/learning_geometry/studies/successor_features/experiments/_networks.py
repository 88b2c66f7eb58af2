"""Networks of several seeds at once: an encoder of pixels, which sees each distinct patch once, and a head."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

CHANNELS = 16
"""Channels of both convolutions."""

_KERNEL, _STRIDE = 3, 2  # of the second convolution; the first has the size and the stride of a tile


class Patches(NamedTuple):
    """Frames taken apart: their distinct tiles, and which tiles make up each distinct patch, and which patches a frame."""

    tiles: Tensor
    """`(tiles, 3 * size * size)`, pixels from 0 to 1."""
    neighbours: Tensor
    """`(patches, 9)`, the tiles under the second convolution's kernel; the number of tiles stands for the edge."""
    places: Tensor
    """`(frames, positions)`, the patch at each position of a frame."""
    pixels: Tensor
    """`(frames, 3 * height / 2 * width / 2)`, the frames at half their resolution."""


def take_apart(frames: NDArray[np.uint8], tile_size: int, device: str = "cpu") -> Patches:
    """The patches of frames `(n, height, width, 3)` whose sides are multiples of the tile size.

    Of the frames of a maze few tiles are distinct, and few groups of nine of them.
    """
    n, height, width, _ = frames.shape
    rows, columns = height // tile_size, width // tile_size
    tiles = frames.reshape(n, rows, tile_size, columns, tile_size, 3).transpose(0, 1, 3, 5, 2, 4)
    distinct, which = np.unique(tiles.reshape(n * rows * columns, -1), axis=0, return_inverse=True)
    padded = np.full((n, rows + 2, columns + 2), len(distinct))
    padded[:, 1:-1, 1:-1] = which.reshape(n, rows, columns)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (_KERNEL, _KERNEL), axis=(1, 2))
    windows = windows[:, ::_STRIDE, ::_STRIDE].reshape(-1, _KERNEL**2)
    neighbours, places = np.unique(windows, axis=0, return_inverse=True)
    return Patches(
        torch.from_numpy(distinct.astype(np.float32) / 255).to(device),
        torch.from_numpy(neighbours).to(device),
        torch.from_numpy(places.reshape(n, -1)).to(device),
        torch.from_numpy(_halved(frames).astype(np.float32) / 255).to(device),
    )


def _halved(frames: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Frames `(n, height, width, 3)` averaged over squares of two by two pixels, flat; a last odd row is left out."""
    n, height, width, _ = frames.shape
    even = frames[:, : height // 2 * 2, : width // 2 * 2]
    means: NDArray[np.float64] = even.reshape(n, height // 2, 2, width // 2, 2, 3).mean((2, 4)).reshape(n, -1)
    return means


@dataclass(frozen=True)
class Sizes:
    """Sizes of a network: features, hidden units of the head, actions."""

    features: int
    hidden: int
    actions: int = 3


Parameters = dict[str, Tensor]
"""Weights and offsets by name, each with the seeds as its first dimension."""


def layer(fan_in: int, fan_out: int, generators: list[torch.Generator]) -> tuple[Tensor, Tensor]:
    """Weights `(seeds, fan_in, fan_out)` and offsets `(seeds, 1, fan_out)`, uniform as torch initialises linear layers."""
    reach = fan_in**-0.5
    drawn = [(2 * torch.rand(fan_in + 1, fan_out, generator=generator) - 1) * reach for generator in generators]
    both = torch.stack(drawn)
    return both[:, :-1].contiguous(), both[:, -1:].contiguous()


def encoder(patches: Patches, sizes: Sizes, generators: list[torch.Generator]) -> Parameters:
    """Parameters of two convolutions and a linear layer, each followed by a rectifier."""
    flat = patches.places.shape[1] * CHANNELS
    shapes = ((patches.tiles.shape[1], CHANNELS), (_KERNEL**2 * CHANNELS, CHANNELS), (flat, sizes.features))
    return _named("encoder", shapes, generators)


def head(inputs: int, outputs: int, sizes: Sizes, generators: list[torch.Generator]) -> Parameters:
    """Parameters of a hidden layer with a rectifier and of a linear layer."""
    return _named("head", ((inputs, sizes.hidden), (sizes.hidden, outputs)), generators)


def _named(name: str, shapes: tuple[tuple[int, int], ...], generators: list[torch.Generator]) -> Parameters:
    parameters = {}
    for k, (fan_in, fan_out) in enumerate(shapes):
        parameters[f"{name}.{k}.weight"], parameters[f"{name}.{k}.offset"] = layer(fan_in, fan_out, generators)
    return parameters


def encode(patches: Patches, parameters: Parameters) -> Tensor:
    """Rectified features `(seeds, frames, features)` of all frames."""
    seeds = len(parameters["encoder.0.weight"])
    tiles = _rectified(patches.tiles.expand(seeds, -1, -1), parameters, "encoder.0")
    edge = tiles.new_zeros(seeds, 1, CHANNELS)
    tiles = torch.cat([tiles, edge], 1)
    under = tiles.index_select(1, patches.neighbours.flatten()).view(seeds, len(patches.neighbours), -1)
    seen = _rectified(under, parameters, "encoder.1")
    flat = seen.index_select(1, patches.places.flatten()).view(seeds, len(patches.places), -1)
    return _rectified(flat, parameters, "encoder.2")


def hidden_units(features: Tensor, task_vector: Tensor | None, parameters: Parameters) -> Tensor:
    """Rectified hidden units `(seeds, frames, hidden)` of the head, which also reads the task vector `(seeds, features)`."""
    weight, offset = parameters["head.0.weight"], parameters["head.0.offset"]
    if task_vector is None:
        return torch.relu(torch.baddbmm(offset, features, weight))
    n = features.shape[2]
    # The task vector is the same for all frames: what it adds is worked out once.
    offset = offset + torch.bmm(task_vector[:, None], weight[:, n:])
    return torch.relu(torch.baddbmm(offset, features, weight[:, :n]))


def outputs(hidden: Tensor, parameters: Parameters) -> Tensor:
    """What the head puts out, `(seeds, frames, actions * features)` for successor features, `(..., actions)` for values."""
    return torch.baddbmm(parameters["head.1.offset"], hidden, parameters["head.1.weight"])


def folded_values(hidden: Tensor, task_vector: Tensor, parameters: Parameters, actions: int) -> Tensor:
    """Values `(seeds, frames, actions)`: successor features times the task vector, which is folded into the last layer."""
    weight, offset = parameters["head.1.weight"], parameters["head.1.offset"]
    seeds, n_hidden, _ = weight.shape
    column = task_vector[:, :, None]
    folded = torch.bmm(weight.view(seeds, n_hidden * actions, -1), column).view(seeds, n_hidden, actions)
    return torch.baddbmm(torch.bmm(offset.view(seeds, actions, -1), column).view(seeds, 1, actions), hidden, folded)


def directions(features: Tensor) -> Tensor:
    """Features divided by their length; those without length stay zero."""
    return torch.nn.functional.normalize(features, dim=-1)


def _rectified(inputs: Tensor, parameters: Parameters, name: str) -> Tensor:
    return torch.relu(torch.baddbmm(parameters[f"{name}.offset"], inputs, parameters[f"{name}.weight"]))
