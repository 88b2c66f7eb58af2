"""Self-supervised learning of a small convolutional encoder from two random views of each image."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

Loss = Callable[[Tensor, Tensor], Tensor]
"""The loss of the embeddings of two views, `(batch, dimensions)` each."""

Watch = Callable[[int], None]
"""Told, after each step, how many have been taken; it must leave the network in the mode that it finds it in."""

_STABILISER = 1e-4  # under VICReg's square root, as its authors have it
_CONSTANT = 1e-12  # a variance below which a column of embeddings counts as constant


@dataclass(frozen=True)
class Recipe:
    """How a network is trained: AdamW, a linear warm-up, then cosine decay to zero."""

    steps: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    warm_up: int


@dataclass(frozen=True)
class Views:
    """How a view differs from its image; every number is drawn anew for each image.

    Normal with these standard deviations: `rotation` in radians, the logarithm of a `scaling`, `contrast` as a share of
    itself, `brightness`, and the `noise` of each pixel; uniform up to `shift` pixels either way: a displacement in each
    direction. What a view sees beyond the border is the border.
    """

    rotation: float
    scaling: float
    shift: float
    contrast: float
    brightness: float
    noise: float

    def __call__(self, images: Tensor, generator: torch.Generator) -> Tensor:
        """One view of each image, `(batch, channels, side, side)` in and out."""
        size = len(images)
        normal = torch.randn((4, size), generator=generator)
        angle, zoom = self.rotation * normal[0], torch.exp(self.scaling * normal[1])
        # In units of half the image, as `affine_grid` counts.
        moved = self.shift * (2 * torch.rand((size, 2), generator=generator) - 1) * 2 / images.shape[-1]
        turned = zoom[:, None] * torch.stack([angle.cos(), -angle.sin(), angle.sin(), angle.cos()], 1)
        map_ = torch.cat([turned.view(size, 2, 2), moved[:, :, None]], 2).to(images.device)
        grid = functional.affine_grid(map_, list(images.shape), align_corners=False)
        seen = functional.grid_sample(images, grid, padding_mode="border", align_corners=False)
        light = torch.stack([1 + self.contrast * normal[2], self.brightness * normal[3]])[..., None, None, None]
        gain, offset = light.to(images.device)
        noise = torch.randn(images.shape, generator=generator).to(images.device)
        return seen * gain + offset + self.noise * noise


def encoder(*, width: int, features: int, channels: int, side: int, generator: torch.Generator) -> nn.Sequential:
    """An encoder of square images, `(batch, channels, side, side)` to `(batch, features)`.

    Three convolutions of 3 x 3 with `width`, `2 width` and `4 width` channels, the last two of stride 2, and a linear
    layer, each followed by batch normalisation and ReLU.
    """
    wide = (width, 2 * width, 4 * width)

    def layers() -> list[nn.Module]:
        found: list[nn.Module] = []
        for before, after, stride in zip((channels, *wide), wide, (1, 2, 2), strict=False):
            found += [nn.Conv2d(before, after, 3, stride, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
        last = -(-side // 4)  # each stride of 2 halves the side, rounded up
        linear = nn.Linear(wide[-1] * last**2, features, bias=False)
        return [*found, nn.Flatten(), linear, nn.BatchNorm1d(features), nn.ReLU()]

    # Channels last is a fifth faster on a CPU and the same arithmetic.
    return _built(layers, generator).to(memory_format=torch.channels_last)


def projector(*, features: int, dimensions: int, generator: torch.Generator) -> nn.Sequential:
    """The network on whose output a self-supervised loss acts, `(batch, features)` to `(batch, dimensions)`.

    Two linear layers of `dimensions`, batch normalisation and ReLU between them.
    """

    def layers() -> list[nn.Module]:
        first = nn.Linear(features, dimensions, bias=False)
        return [first, nn.BatchNorm1d(dimensions), nn.ReLU(), nn.Linear(dimensions, dimensions)]

    return _built(layers, generator)


def linear_head(*, features: int, classes: int, generator: torch.Generator) -> nn.Sequential:
    """A linear classifier, `(batch, features)` to `(batch, classes)`."""
    return _built(lambda: [nn.Linear(features, classes)], generator)


def barlow_twins(first: Tensor, second: Tensor, *, off_diagonal: float) -> Tensor:
    """The loss `sum_i (1 - C_ii)^2 + off_diagonal sum_{i != j} C_ij^2` of the cross-correlations of two views.

    `first` and `second` are embeddings `(batch, dimensions)`; `C`, `(dimensions, dimensions)`, holds the correlations
    of their columns over the batch. A column of deviation below 1e-6 counts as constant and correlates with none.

    Source: Zbontar et al. 2021 (arXiv 2103.03230), equation 1.
    """
    a, b = _standardised(first), _standardised(second)
    correlations = a.T @ b / len(a)
    diagonal = correlations.diagonal()
    return (1 - diagonal).square().sum() + off_diagonal * (correlations.square().sum() - diagonal.square().sum())


def vicreg(first: Tensor, second: Tensor, *, invariance: float, variance: float, covariance: float) -> Tensor:
    """VICReg: views of an image alike, each column's deviation at least one, different columns uncorrelated.

    `first` and `second` are embeddings `(batch, dimensions)`. The weighted sum of the mean square difference over all
    entries, of `max(0, 1 - sqrt(variance + 1e-4))` averaged over columns and views, and of the squared covariances off
    the diagonal, summed over views and divided by `dimensions`; variances and covariances have the divisor `batch - 1`.

    Source: Bardes, Ponce and LeCun 2022 (arXiv 2105.04906), with the normalisation of the authors' code.
    """
    terms = [_variance_and_covariance(embedding) for embedding in (first, second)]
    hinge = torch.stack([term[0] for term in terms]).mean()
    decorrelation = torch.stack([term[1] for term in terms]).sum()
    return invariance * functional.mse_loss(first, second) + variance * hinge + covariance * decorrelation


def pretrain(
    encode: nn.Module,
    project: nn.Module,
    images: Tensor,
    recipe: Recipe,
    *,
    views: Views,
    loss: Loss,
    generator: torch.Generator,
    watch: Watch | None = None,
) -> NDArray[np.float64]:
    """Train an encoder and its projector in place on two views of each image, `(n, channels, side, side)`.

    Returns the loss of each step, `(steps,)`. Both views pass through the network together, so that they share the
    statistics of batch normalisation.
    """

    def of_batch(batch: Tensor) -> Tensor:
        seen = images[batch].repeat(2, 1, 1, 1)
        first, second = project(encode(views(seen, generator))).chunk(2)
        return loss(first, second)

    return optimise((encode, project), of_batch, recipe, samples=len(images), generator=generator, watch=watch)


def optimise(
    modules: Iterable[nn.Module],
    loss: Callable[[Tensor], Tensor],
    recipe: Recipe,
    *,
    samples: int,
    generator: torch.Generator,
    watch: Watch | None = None,
) -> NDArray[np.float64]:
    """Train modules in place to lower a loss, and leave them in evaluation mode.

    `loss` is given the indices of a batch, `(batch_size,)` below `samples`, all different. Returns its values,
    `(steps,)`.

    Raises:
        ValueError: there are fewer samples than a batch holds.
    """
    if samples < recipe.batch_size:
        raise ValueError(f"{samples} samples do not fill a batch of {recipe.batch_size}; pass more, or a smaller batch")
    trained = nn.ModuleList(modules).train()
    optimiser = torch.optim.AdamW(
        trained.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay, fused=True
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, recipe))
    values = []
    order = torch.empty(0, dtype=torch.int64)
    for step in range(1, recipe.steps + 1):
        if len(order) < recipe.batch_size:
            order = torch.randperm(samples, generator=generator)
        batch, order = order[: recipe.batch_size], order[recipe.batch_size :]
        value = loss(batch)
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
        schedule.step()
        values.append(value.detach())
        if watch is not None:
            watch(step)
    trained.eval()
    return torch.stack(values).cpu().numpy().astype(np.float64) if values else np.empty(0)


def _rate(step: int, recipe: Recipe) -> float:
    if step < recipe.warm_up:
        return (step + 1) / recipe.warm_up
    done = (step - recipe.warm_up) / max(1, recipe.steps - recipe.warm_up)
    return 0.5 * (1 + float(np.cos(np.pi * min(1.0, done))))


def _built(layers: Callable[[], list[nn.Module]], generator: torch.Generator) -> nn.Sequential:
    """The layers in a row, Xavier-uniform weights and zero biases drawn from the generator only."""
    with torch.random.fork_rng(devices=[]):  # torch first fills layers from its global generator
        network = nn.Sequential(*layers())
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.xavier_uniform_(module.weight, generator=generator)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    return network


def _standardised(embedding: Tensor) -> Tensor:
    centred = embedding - embedding.mean(0)
    # Clamped, not shifted: an added constant would keep the correlation of a column with itself below one. Before the
    # root, which has no gradient at zero.
    return centred / centred.square().mean(0).clamp(min=_CONSTANT).sqrt()


def _variance_and_covariance(embedding: Tensor) -> tuple[Tensor, Tensor]:
    centred = embedding - embedding.mean(0)
    covariances = centred.T @ centred / (len(embedding) - 1)
    variances = covariances.diagonal()
    hinge = functional.relu(1 - (variances + _STABILISER).sqrt()).mean()
    return hinge, (covariances.square().sum() - variances.square().sum()) / embedding.shape[1]
