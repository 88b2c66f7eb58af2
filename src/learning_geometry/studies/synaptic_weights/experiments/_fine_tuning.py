"""Fine-tuning by mirror descent as the paper's official code does it: until every training image is right."""

import copy
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from learning_geometry.instruments.mirror_descent import MirrorDescent
from learning_geometry.instruments.potentials import Potential

_READ_BATCH = 512  # images per forward pass when nothing is learnt


@dataclass(frozen=True)
class Schedule:
    """How long and how fast: a cosine over `epochs`, or over two, three or more times as many, up to `max_epochs`.

    At each length all `learning_rates` are tried; the one with the least final loss counts, and if all training images
    are right, that is the end.
    Source: `finetuning.py` of the official code of arXiv:2305.19394, where the loss is that summed over the last epoch.
    """

    learning_rates: tuple[float, ...]
    momentum: float
    batch_size: int
    epochs: int
    max_epochs: int


@dataclass(frozen=True)
class FineTuned:
    """A fine-tuned copy of a network, with how it was reached."""

    network: nn.Module
    learning_rate: float
    loss: float
    accuracy: float
    epochs: int


def fine_tune(
    network: nn.Module, images: Tensor, labels: Tensor, potential: Potential, schedule: Schedule, *, seed: int
) -> FineTuned:
    """Fine-tune copies of a network by mirror descent on cross-entropy and return the one with the least final loss.

    `network` maps images `(batch, ...)` to logits `(batch, classes)` and stays as it is; `images` and `labels` are on its
    device. Copies of every learning rate see the same order of images.

    Raises:
        FloatingPointError: no learning rate gives a finite loss.
    """
    best: FineTuned | None = None
    for epochs in range(schedule.epochs, schedule.max_epochs + 1, schedule.epochs):
        tried = [
            _at_one_rate(copy.deepcopy(network), images, labels, potential, rate, epochs, schedule, seed)
            for rate in schedule.learning_rates
        ]
        finite = [one for one in tried if np.isfinite(one.loss)]
        if not finite:
            raise FloatingPointError(
                f"mirror descent with the {potential.name} diverges at every learning rate of "
                f"{list(schedule.learning_rates)}; add smaller ones"
            )
        best = min(finite, key=lambda one: one.loss)
        if best.accuracy == 1:
            break
    if best is None:
        raise ValueError(f"max_epochs = {schedule.max_epochs} is below epochs = {schedule.epochs}; raise it")
    return best


def _at_one_rate(
    network: nn.Module,
    images: Tensor,
    labels: Tensor,
    potential: Potential,
    learning_rate: float,
    epochs: int,
    schedule: Schedule,
    seed: int,
) -> FineTuned:
    optimiser = MirrorDescent(network.parameters(), learning_rate, potential, schedule.momentum)
    order = torch.Generator().manual_seed(seed)
    train(network, images, labels, optimiser, epochs, schedule.batch_size, order)
    loss, accuracy = evaluate(network, images, labels)
    return FineTuned(network, learning_rate, loss, accuracy, epochs)


def train(
    network: nn.Module,
    images: Tensor,
    labels: Tensor,
    optimiser: torch.optim.Optimizer,
    epochs: int,
    batch_size: int,
    generator: torch.Generator,
) -> None:
    """Train a network in place on cross-entropy, its learning rate falling along a cosine, epoch by epoch.

    It stops where the loss is no longer finite: what comes after would be no better.
    """
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, epochs)
    network.train()
    for _ in range(epochs):
        for batch in torch.randperm(len(images), generator=generator).to(images.device).split(batch_size):
            loss = functional.cross_entropy(network(images[batch]), labels[batch])
            if not torch.isfinite(loss):
                network.eval()
                return
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        cosine.step()
    network.eval()


@torch.inference_mode()
def evaluate(network: nn.Module, images: Tensor, labels: Tensor) -> tuple[float, float]:
    """Mean cross-entropy in nats and accuracy of a network in evaluation mode."""
    network.eval()
    logits = torch.cat([network(part) for part in images.split(_READ_BATCH)])
    right = (logits.argmax(1) == labels).double().mean()
    return float(functional.cross_entropy(logits, labels)), float(right)
