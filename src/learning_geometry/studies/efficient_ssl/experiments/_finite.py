"""A finite set of digits under a finite set of augmentations, and networks that are trained on all of its views at once."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from learning_geometry.instruments.augmentation_kernel import landing
from learning_geometry.instruments.kernel_matching import (
    Moments,
    barlow_moments,
    matching_by_moments,
    moments,
    vicreg_moments,
)
from learning_geometry.materials import images as image_sets

Array = NDArray[np.float64]

VICREG = 25.0
"""Weight of VICReg's invariance and variance beside that of its covariance, as its authors have it."""


class World(NamedTuple):
    """Digits `(n, side, side)` in [0, 1] with their labels, their views `(n_views, pixels)` and where images land `(n, n_views)`."""

    images: NDArray[np.float32]
    labels: NDArray[np.int64]
    views: Array
    landing: Array


def world(seed: int, *, per_class: int, reach: int, noise: float) -> World:
    """As many digits of each class, moved by up to `reach` pixels each way, with noise that moves views to their neighbours."""
    data = image_sets.load("digits", "")
    rng = np.random.default_rng([seed, 0])
    chosen = [rng.choice(np.flatnonzero(data.train_labels == c), per_class, replace=False) for c in range(data.classes)]
    rows = np.concatenate(chosen)
    images = (data.train[rows] * data.scale[:, None, None] + data.mean[:, None, None])[:, 0]
    moves = range(-reach, reach + 1)
    padded = np.pad(images, ((0, 0), (reach, reach), (reach, reach)))
    side = images.shape[1]
    augmented = [
        padded[:, reach + dy : reach + dy + side, reach + dx : reach + dx + side] for dy in moves for dx in moves
    ]
    flat = np.stack(augmented, axis=1).reshape(len(images), len(augmented), -1)
    return World(images, data.train_labels[rows], *landing(flat, noise=noise))


def losses(
    orthogonalities: list[float], off_diagonals: list[float], covariances: list[float]
) -> dict[str, Callable[[Moments], Tensor]]:
    """The losses by name: the idealised one, Barlow Twins and VICReg, each at several strengths of orthogonalisation."""
    return {
        **{f"idealised {s:g}": partial(matching_by_moments, orthogonality=s) for s in orthogonalities},
        **{f"barlow {s:g}": partial(barlow_moments, off_diagonal=s) for s in off_diagonals},
        **{
            f"vicreg {s:g}": partial(vicreg_moments, covariance=s, invariance=VICREG, variance=VICREG)
            for s in covariances
        },
    }


def network(pixels: int, hidden: int, dimensions: int, seed: int) -> nn.Sequential:
    """A network `(n, pixels)` to `(n, dimensions)` with two hidden layers."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return nn.Sequential(
            nn.Linear(pixels, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, dimensions)
        )


def train(
    there: World,
    loss: Callable[[Moments], Tensor],
    *,
    hidden: int,
    dimensions: int,
    learning_rate: float,
    steps: int,
    seed: int,
    watch: Callable[[int, Array], None],
    partners: NDArray[np.int64] | None = None,
) -> nn.Sequential:
    """A network trained by Adam on the expected loss of all views; `watch` sees its features `(n_views, d)` before each step and at the end.

    With `partners` the second view of an image is one of the image of that index.
    """
    views, landed = (torch.from_numpy(part.astype(np.float32)) for part in (there.views, there.landing))
    other = None if partners is None else torch.from_numpy(partners)
    model = network(views.shape[1], hidden, dimensions, seed)
    optimiser = torch.optim.Adam(model.parameters(), lr=learning_rate, fused=True)
    for step in range(steps + 1):
        features = model(views)
        watch(step, features.detach().double().numpy())
        if step < steps:
            value = loss(moments(features, landed, other))
            optimiser.zero_grad()
            value.backward()
            optimiser.step()
    return model
