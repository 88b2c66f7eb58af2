"""Training one student to show a chosen CKA map while it answers as its teacher does."""

import copy

import numpy as np
import torch
import xarray as xr
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from learning_geometry.instruments.similarity import cka_map
from learning_geometry.materials.augmentation import augmenter
from learning_geometry.materials.images import Images
from learning_geometry.materials.networks import Network
from learning_geometry.materials.training import Recipe, activations, fit, predictions
from learning_geometry.studies.cka_manipulation.experiments._targets import (
    nearest_reachable,
    off_diagonal_error,
    target_map,
)


def draw(
    teacher: Network,
    target: str,
    data: Images,
    recipe: Recipe,
    map_weight: float,
    taught: list[NDArray[np.float32]],
    before: NDArray[np.float64],
    generator: torch.Generator,
    device: str,
) -> xr.Dataset:
    """What became of one student: its maps `(block, other_block)`, its accuracy, and the way there by `epoch`."""
    train, test = torch.from_numpy(data.train).to(device), torch.from_numpy(data.test).to(device)
    asked = target_map(target, len(taught))
    reachable = nearest_reachable(asked)
    goal = torch.tensor(reachable, dtype=torch.float32, device=device)
    student = copy.deepcopy(teacher)
    steps: list[tuple[float, float, float]] = []

    def loss(logits: Tensor, outputs: list[Tensor], seen: Tensor, labels: Tensor) -> Tensor:
        with torch.no_grad():
            lesson = teacher(seen)[0]
        away = log_cosh(batch_map(outputs) - goal).mean()
        answer = functional.mse_loss(logits, lesson)
        right = (logits.argmax(1) == labels).float().mean()
        steps.append((away.item(), answer.item(), right.item()))
        return functional.cross_entropy(logits, labels) + answer + map_weight * away

    fit(
        student,
        train,
        torch.from_numpy(data.train_labels).to(device),
        recipe,
        augment=augmenter(recipe.augmentation, data, device),
        generator=generator,
        loss=loss,
    )
    learnt = activations(student, test[: len(taught[0])])
    after = cka_map(learnt)
    chosen = {"teacher": predictions(teacher, test), "student": predictions(student, test)}
    by_epoch = np.array(steps).reshape(recipe.epochs, -1, 3).mean(axis=1)
    maps = {"asked": asked, "reachable": reachable, "before": before, "after": after}
    eigenvalues = {name: float(np.linalg.eigvalsh(matrix)[0]) for name, matrix in maps.items()}
    errors = {
        "floor": off_diagonal_error(reachable, asked),
        "before": off_diagonal_error(before, asked),
        "after": off_diagonal_error(after, asked),
        "after_reachable": off_diagonal_error(after, reachable),
    }
    square = ("block", "other_block")
    return xr.Dataset(
        {
            "asked": (square, asked),
            "reachable": (square, reachable),
            "after": (square, after),
            "student_teacher": (square, cka_map(learnt, taught)),
            "error": ("stage", list(errors.values())),
            "least_eigenvalue": ("map", list(eigenvalues.values())),
            "test_accuracy": ("network", [float(np.mean(choice == data.test_labels)) for choice in chosen.values()]),
            "changed_predictions": int(np.sum(chosen["teacher"] != chosen["student"])),
            "map_loss": ("epoch", by_epoch[:, 0]),
            "logit_loss": ("epoch", by_epoch[:, 1]),
            "train_accuracy": ("epoch", by_epoch[:, 2]),
        },
        coords={
            "stage": list(errors),
            "map": list(eigenvalues),
            "network": list(chosen),
            "epoch": np.arange(1, recipe.epochs + 1),
        },
    )


def batch_map(outputs: list[Tensor]) -> Tensor:
    """The debiased linear CKA map `(layers, layers)` of a batch, differentiable, from block outputs `(batch, channels, ...)`.

    HSIC_1 (Song et al. 2012) as the inner product of U-centred Gram matrices.
    """
    n = len(outputs[0])
    # Features in any order give the same map; with the channels last, the order in memory costs no copy.
    flat = [output.movedim(1, -1).flatten(1) for output in outputs]
    others = 1 - torch.eye(n, device=flat[0].device)
    grams = torch.stack([x @ x.T for x in flat]) * others
    rows = grams.sum(2)
    offset = rows / (n - 2) - rows.sum(1, keepdim=True) / (2 * (n - 1) * (n - 2))
    centred = (grams - offset[:, :, None] - offset[:, None, :]) * others
    kernels = functional.normalize(centred.flatten(1), dim=1)
    return kernels @ kernels.T


def log_cosh(values: Tensor) -> Tensor:
    """Elementwise `log(cosh(values))`, without overflow."""
    return values + functional.softplus(-2 * values) - np.log(2.0)
