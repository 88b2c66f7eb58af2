"""The small networks of one seed: trained without labels, trained further, fine-tuned, or supervised from scratch."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm

from learning_geometry.materials.self_supervised import (
    Loss,
    Recipe,
    Views,
    Watch,
    barlow_twins,
    encoder,
    linear_head,
    optimise,
    pretrain,
    projector,
    vicreg,
)
from learning_geometry.materials.training import seeded
from learning_geometry.studies.visual_cortex.experiments.networks import Networks

ARMS = (
    "random",
    "barlow_twins",
    "continued",
    "fine_tuned",
    "fine_tuned_augmented",
    "fine_tuned_place",
    "fine_tuned_photograph",
    "fine_tuned_permuted",
    "vicreg",
    "fine_tuned_vicreg",
    "supervised",
)
"""The networks of a seed, in the order of the record."""

TASKS = ("digit", "place", "photograph")
"""What an image can be asked: which digit, where it stands, and which photograph is behind it."""

TAUGHT = {
    "fine_tuned": "digit",
    "fine_tuned_augmented": "digit",
    "fine_tuned_place": "place",
    "fine_tuned_photograph": "photograph",
    "fine_tuned_permuted": "digit",
    "fine_tuned_vicreg": "digit",
    "supervised": "digit",
}
"""The networks with a head of their own, and the task on which it is tried."""

LOOKS = 5
"""Looks at a network while it is trained, the last when it is finished."""

_VIEWS = Views(rotation=0.2, scaling=0.15, shift=1.0, contrast=0.3, brightness=0.1, noise=0.03)
_VICREG = partial(vicreg, invariance=25.0, variance=25.0, covariance=1.0)


@dataclass
class Arm:
    """An encoder, the head or projector on it, the loss of each step, and what was seen of it after some steps."""

    encode: nn.Module
    head: nn.Module
    losses: NDArray[np.float64]
    looks: dict[int, list[float]]

    def loss_between_looks(self) -> list[float]:
        """The mean loss of the steps from each look to the next, `(looks,)`."""
        return [float(part.mean()) for part in np.split(self.losses, list(self.looks)[:-1])]


def train_arms(
    unit: Networks, images: Tensor, tasks: Mapping[str, Tensor], *, look: Callable[[nn.Module], list[float]]
) -> dict[str, Arm]:
    """The networks called `ARMS`, trained on images `(n, channels, side, side)` and, some of them, on labels.

    "random" is the initial encoder. "barlow_twins" and "vicreg" are trained from it without labels, and see the same
    views; "continued" is "barlow_twins" trained on, with a new warm-up, for as many steps as the fine-tuning takes.
    "fine_tuned", "fine_tuned_augmented" (on views instead of images) and "fine_tuned_vicreg" learn the "digit" among
    the `tasks`, labels `(n,)` each; "fine_tuned_place" and "fine_tuned_photograph" learn these, and
    "fine_tuned_permuted" the digits of other images; all weights are free, and the linear head is fresh. "supervised"
    learns the digit from the initial encoder, in as many steps as both stages together, at the learning rate of the
    first. `look` is shown each encoder five times while it is trained, last when it is finished.
    """
    arms = {"random": _untrained(unit, images)}

    def watch(arm: Arm, steps: int) -> Watch:
        wanted = {round(steps * part / LOOKS) for part in range(1, LOOKS + 1)}

        def watching(step: int) -> None:
            if step in wanted:
                arm.looks[step] = look(arm.encode)

        return watching

    def unlabelled(parent: str, loss: Loss, steps: int, stream: int) -> Arm:
        arm = Arm(*copy.deepcopy((arms[parent].encode, arms[parent].head)), np.empty(0), {})
        arm.losses = pretrain(
            arm.encode,
            arm.head,
            images,
            _recipe(unit, steps, unit.learning_rate),
            views=_VIEWS,
            loss=loss,
            generator=seeded(unit.seed, stream),
            watch=watch(arm, steps),
        )
        return arm

    def labelled(parent: str, labels: Tensor, steps: int, learning_rate: float, *, augment: bool = False) -> Arm:
        generator = seeded(unit.seed, 4)
        head = linear_head(features=unit.features, classes=int(labels.max()) + 1, generator=generator)
        arm = Arm(copy.deepcopy(arms[parent].encode), head.to(images.device), np.empty(0), {})

        def of_batch(batch: Tensor) -> Tensor:
            seen = _VIEWS(images[batch], generator) if augment else images[batch]
            return functional.cross_entropy(arm.head(arm.encode(seen)), labels[batch])

        arm.losses = optimise(
            (arm.encode, arm.head),
            of_batch,
            _recipe(unit, steps, learning_rate),
            samples=len(images),
            generator=generator,
            watch=watch(arm, steps),
        )
        return arm

    tuning, digits = (unit.fine_tuning_steps, unit.fine_tuning_learning_rate), tasks["digit"]
    others = digits[torch.randperm(len(digits), generator=seeded(unit.seed, 6)).to(digits.device)]
    twins = partial(barlow_twins, off_diagonal=unit.off_diagonal)
    # Parents before children.
    making: dict[str, Callable[[], Arm]] = {
        "barlow_twins": lambda: unlabelled("random", twins, unit.steps, 3),
        "continued": lambda: unlabelled("barlow_twins", twins, unit.fine_tuning_steps, 5),
        "fine_tuned": lambda: labelled("barlow_twins", digits, *tuning),
        "fine_tuned_augmented": lambda: labelled("barlow_twins", digits, *tuning, augment=True),
        "fine_tuned_place": lambda: labelled("barlow_twins", tasks["place"], *tuning),
        "fine_tuned_photograph": lambda: labelled("barlow_twins", tasks["photograph"], *tuning),
        "fine_tuned_permuted": lambda: labelled("barlow_twins", others, *tuning),
        "vicreg": lambda: unlabelled("random", _VICREG, unit.steps, 3),
        "fine_tuned_vicreg": lambda: labelled("vicreg", digits, *tuning),
        "supervised": lambda: labelled("random", digits, unit.steps + unit.fine_tuning_steps, unit.learning_rate),
    }
    for name, make in tqdm(making.items(), desc=f"networks of seed {unit.seed}", leave=False):
        arms[name] = make()
    return {name: arms[name] for name in ARMS}


def _untrained(unit: Networks, images: Tensor) -> Arm:
    _, channels, side, _ = images.shape
    encode = encoder(
        width=unit.width, features=unit.features, channels=channels, side=side, generator=seeded(unit.seed, 1)
    )
    head = projector(features=unit.features, dimensions=unit.embedding, generator=seeded(unit.seed, 2))
    return Arm(encode.to(images.device).eval(), head.to(images.device).eval(), np.empty(0), {})


def _recipe(unit: Networks, steps: int, learning_rate: float) -> Recipe:
    return Recipe(steps, unit.batch_size, learning_rate, unit.weight_decay, warm_up=steps // 10)
