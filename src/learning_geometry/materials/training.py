"""Training of a network on images held in memory, and reading what it computes."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from learning_geometry.materials.augmentation import Augment, augmenter
from learning_geometry.materials.images import Images
from learning_geometry.materials.networks import Network, build, pooled

Loss = Callable[[Tensor, list[Tensor], Tensor, Tensor], Tensor]
"""The loss of a batch from its logits, its block outputs, its (augmented) images and its labels."""

_READ_BATCH = 512  # images per forward pass when nothing is learnt; bounds memory, changes no result but the last bits


@dataclass(frozen=True)
class Recipe:
    """How a network is trained: AdamW with amsgrad, cosine decay to zero, gradient norms clipped."""

    augmentation: str
    epochs: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    gradient_clip: float


def fit(
    network: Network,
    images: Tensor,
    labels: Tensor,
    recipe: Recipe,
    *,
    augment: Augment,
    generator: torch.Generator,
    loss: Loss,
) -> None:
    """Train the network in place.

    `images`, `(n, channels, height, width)`, and `labels`, `(n,)`, are on the network's device. The images left over
    after the last whole batch of an epoch wait for the next: a batch of one image breaks batch normalisation, one of
    three the unbiased HSIC.
    """
    size = min(recipe.batch_size, len(images))
    steps = len(images) // size
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay, amsgrad=True, fused=True
    )
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, recipe.epochs * steps)
    network.train()
    for _ in range(recipe.epochs):
        for batch in torch.randperm(len(images), generator=generator)[: steps * size].to(images.device).split(size):
            seen = augment(images[batch], generator)
            logits, outputs = network(seen)
            value = loss(logits, outputs, seen, labels[batch])
            optimiser.zero_grad()
            value.backward()
            nn.utils.clip_grad_norm_(network.parameters(), recipe.gradient_clip)
            optimiser.step()
            schedule.step()
    network.eval()


def classifier(
    images: Images,
    labels: NDArray[np.int64],
    *,
    network: str,
    width: float,
    recipe: Recipe,
    generator: torch.Generator,
    device: str,
) -> Network:
    """A network initialised by the generator and trained on the training images, with the given labels, by cross-entropy.

    Raises:
        ValueError: this machine does not have the device.
    """
    check_device(device)
    model = build(network, width=width, channels=images.train.shape[1], classes=images.classes, generator=generator).to(
        device
    )
    fit(
        model,
        torch.from_numpy(images.train).to(device),
        torch.from_numpy(labels).to(device),
        recipe,
        augment=augmenter(recipe.augmentation, images, device),
        generator=generator,
        loss=lambda logits, outputs, seen, targets: functional.cross_entropy(logits, targets),
    )
    return model


def check_device(device: str) -> None:
    """Check, before anything is trained, that this machine has a device.

    Raises:
        ValueError: it does not.
    """
    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:  # which of the two depends on how torch was built
        raise ValueError(f"device {device!r} is not available here ({error}); pass device 'cpu'") from error


def permuted(labels: NDArray[np.int64], generator: torch.Generator) -> NDArray[np.int64]:
    """The same labels handed out at random, so that a network can only memorise them; class counts stay."""
    shuffled: NDArray[np.int64] = labels[torch.randperm(len(labels), generator=generator).numpy()]
    return shuffled


@torch.inference_mode()
def predictions(network: Network, images: Tensor) -> NDArray[np.int64]:
    """The class that the network, in evaluation mode, gives each image, `(n,)`."""
    network.eval()
    return np.concatenate([network(part)[0].argmax(1).cpu().numpy() for part in images.split(_READ_BATCH)])


@torch.inference_mode()
def activations(network: Network, images: Tensor) -> list[NDArray[np.float32]]:
    """What every block of the network, in evaluation mode, computes of each image, `(n, features)` a block."""
    network.eval()
    parts = [[output.flatten(1).cpu().numpy() for output in network(part)[1]] for part in images.split(_READ_BATCH)]
    return [np.concatenate(layer) for layer in zip(*parts, strict=True)]


@torch.inference_mode()
def head_features(network: Network, images: Tensor) -> NDArray[np.float64]:
    """The features that the head of the network, in evaluation mode, reads, `(n, features)`."""
    network.eval()
    parts = [pooled(network(part)[1]).cpu().numpy() for part in images.split(_READ_BATCH)]
    return np.concatenate(parts).astype(np.float64)


def seeded(seed: int, stream: int) -> torch.Generator:
    """A generator for one of several independent streams of random numbers under one seed."""
    return torch.Generator().manual_seed(int(np.random.SeedSequence([seed, stream]).generate_state(1, np.uint64)[0]))
