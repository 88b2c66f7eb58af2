"""The small networks of one seed: trained without labels, trained further, fine-tuned, or supervised from scratch."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

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
    encoder,
    linear_head,
    optimise,
    pretrain,
    projector,
)
from learning_geometry.materials.training import seeded

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

_LOOKS = 5  # at a network while it is trained


@dataclass(frozen=True)
class Plan:
    """How the networks are built and trained; learning rates are those of AdamW at the end of the warm-up."""

    width: int
    features: int
    embedding: int
    steps: int
    fine_tuning_steps: int
    batch_size: int
    learning_rate: float
    fine_tuning_learning_rate: float
    weight_decay: float
    views: Views
    barlow_twins: Loss
    vicreg: Loss


@dataclass
class Arm:
    """An encoder, the head or projector on it, the loss of each step, and what was seen of it after some steps."""

    encode: nn.Module
    head: nn.Module
    losses: NDArray[np.float64]
    looks: dict[int, Any]


def train_arms(
    plan: Plan, images: Tensor, tasks: Mapping[str, Tensor], *, seed: int, look: Callable[[nn.Module], Any]
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
    found = {"random": _untrained(plan, images, seed)}

    def watch(arm: Arm, steps: int) -> Watch:
        wanted = {round(steps * part / _LOOKS) for part in range(1, _LOOKS + 1)}

        def watching(step: int) -> None:
            if step in wanted:
                arm.looks[step] = look(arm.encode)

        return watching

    def unlabelled(parent: str, loss: Loss, steps: int, stream: int) -> Arm:
        arm = Arm(*copy.deepcopy((found[parent].encode, found[parent].head)), np.empty(0), {})
        arm.losses = pretrain(
            arm.encode,
            arm.head,
            images,
            _recipe(plan, steps, plan.learning_rate),
            views=plan.views,
            loss=loss,
            generator=seeded(seed, stream),
            watch=watch(arm, steps),
        )
        return arm

    def labelled(parent: str, labels: Tensor, steps: int, learning_rate: float, *, augment: bool = False) -> Arm:
        generator = seeded(seed, 4)
        head = linear_head(features=plan.features, classes=int(labels.max()) + 1, generator=generator)
        arm = Arm(copy.deepcopy(found[parent].encode), head.to(images.device), np.empty(0), {})

        def of_batch(batch: Tensor) -> Tensor:
            seen = plan.views(images[batch], generator) if augment else images[batch]
            return functional.cross_entropy(arm.head(arm.encode(seen)), labels[batch])

        arm.losses = optimise(
            (arm.encode, arm.head),
            of_batch,
            _recipe(plan, steps, learning_rate),
            samples=len(images),
            generator=generator,
            watch=watch(arm, steps),
        )
        return arm

    tuning, digits = (plan.fine_tuning_steps, plan.fine_tuning_learning_rate), tasks["digit"]
    others = digits[torch.randperm(len(digits), generator=seeded(seed, 6)).to(digits.device)]
    # Parents before children.
    making: dict[str, Callable[[], Arm]] = {
        "barlow_twins": lambda: unlabelled("random", plan.barlow_twins, plan.steps, 3),
        "continued": lambda: unlabelled("barlow_twins", plan.barlow_twins, plan.fine_tuning_steps, 5),
        "fine_tuned": lambda: labelled("barlow_twins", digits, *tuning),
        "fine_tuned_augmented": lambda: labelled("barlow_twins", digits, *tuning, augment=True),
        "fine_tuned_place": lambda: labelled("barlow_twins", tasks["place"], *tuning),
        "fine_tuned_photograph": lambda: labelled("barlow_twins", tasks["photograph"], *tuning),
        "fine_tuned_permuted": lambda: labelled("barlow_twins", others, *tuning),
        "vicreg": lambda: unlabelled("random", plan.vicreg, plan.steps, 3),
        "fine_tuned_vicreg": lambda: labelled("vicreg", digits, *tuning),
        "supervised": lambda: labelled("random", digits, plan.steps + plan.fine_tuning_steps, plan.learning_rate),
    }
    for name, make in tqdm(making.items(), desc=f"networks of seed {seed}", leave=False):
        found[name] = make()
    return {name: found[name] for name in ARMS}


def _untrained(plan: Plan, images: Tensor, seed: int) -> Arm:
    _, channels, side, _ = images.shape
    encode = encoder(width=plan.width, features=plan.features, channels=channels, side=side, generator=seeded(seed, 1))
    head = projector(features=plan.features, dimensions=plan.embedding, generator=seeded(seed, 2))
    return Arm(encode.to(images.device).eval(), head.to(images.device).eval(), np.empty(0), {})


def _recipe(plan: Plan, steps: int, learning_rate: float) -> Recipe:
    return Recipe(steps, plan.batch_size, learning_rate, plan.weight_decay, warm_up=steps // 10)
