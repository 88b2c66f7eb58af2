"""A network retrained so that its CKA map shows a chosen picture while it computes what its teacher computes."""

import copy
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from learning_geometry.instruments.similarity import cka_map
from learning_geometry.materials import images as image_sets
from learning_geometry.materials.augmentation import augmenter
from learning_geometry.materials.images import Images
from learning_geometry.materials.networks import Network
from learning_geometry.materials.training import Recipe, activations, classifier, fit, predictions, seeded
from learning_geometry.studies.cka_manipulation.targets import nearest_reachable, off_diagonal_error, target_map


def measure(
    *,
    seed: int,
    targets: list[str],
    images: str,
    images_revision: str,
    network: str,
    width: float,
    augmentation: str,
    epochs: int,
    batch_size: int,
    learning_rate: float,
    weight_decay: float,
    gradient_clip: float,
    map_epochs: int,
    map_learning_rate: float,
    map_weight: float,
    probe_images: int,
    device: str,
) -> dict[str, Any]:
    """The CKA map of a trained network before and after it is driven to each of `targets`, and what that costs.

    Each student starts as a copy of one teacher. Its loss is the cross-entropy, plus the mean squared difference between
    its logits and the teacher's on the same augmented images, plus `map_weight` times the mean log cosh of the difference
    between the debiased map of the batch and the nearest reachable target. Test images have no part in training. Maps
    are debiased, on the first `probe_images` test images, `(layers, layers)`.

    Source: section 4.3 and figures 5 and 6; squared differences of logits beside the cross-entropy, a
    constant weight (the authors let it follow the test accuracy) and the projected target are our operationalisation.
    """
    data = image_sets.load(images, images_revision)
    taught = Recipe(augmentation, epochs, batch_size, learning_rate, weight_decay, gradient_clip)
    teacher = classifier(
        data, data.train_labels, network=network, width=width, recipe=taught, generator=seeded(seed, 0), device=device
    )
    drawing = Recipe(augmentation, map_epochs, batch_size, map_learning_rate, weight_decay, gradient_clip)
    probe = torch.from_numpy(data.test[:probe_images]).to(device)
    layers = activations(teacher, probe)
    before = cka_map(layers)
    return {
        "images": data.name,
        "test_images": len(data.test_labels),
        "before": before,
        "maps": {
            target: _drawn(teacher, target, data, drawing, map_weight, layers, before, seeded(seed, 6), device)
            for target in targets
        },
    }


def _drawn(
    teacher: Network,
    target: str,
    data: Images,
    recipe: Recipe,
    map_weight: float,
    taught: list[NDArray[np.float32]],
    before: NDArray[np.float64],
    generator: torch.Generator,
    device: str,
) -> dict[str, Any]:
    """What became of one student: its map, its accuracy, and the way there."""
    train, test = torch.from_numpy(data.train).to(device), torch.from_numpy(data.test).to(device)
    wanted = target_map(target, len(taught))
    reachable = nearest_reachable(wanted)
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
    epochs_of = np.array(steps).reshape(recipe.epochs, -1, 3).mean(axis=1)
    return {
        "target": wanted,
        "reachable": reachable,
        "after": after,
        "student_teacher": cka_map(learnt, taught),
        "error": {
            "floor": off_diagonal_error(reachable, wanted),
            "before": off_diagonal_error(before, wanted),
            "after": off_diagonal_error(after, wanted),
            "after_reachable": off_diagonal_error(after, reachable),
        },
        "least_eigenvalue": {
            name: float(np.linalg.eigvalsh(matrix)[0])
            for name, matrix in (("target", wanted), ("reachable", reachable), ("before", before), ("after", after))
        },
        "test_accuracy": {name: float(np.mean(choice == data.test_labels)) for name, choice in chosen.items()},
        "changed_predictions": int(np.sum(chosen["teacher"] != chosen["student"])),
        "curve": {
            "map_loss": epochs_of[:, 0],
            "logit_loss": epochs_of[:, 1],
            "train_accuracy": epochs_of[:, 2],
        },
    }


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
