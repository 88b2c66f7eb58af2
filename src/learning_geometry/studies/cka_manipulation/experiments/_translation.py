"""Moving some of the points of a trained network's representation: what CKA says, and what a read-out says."""

import numpy as np
import torch
import xarray as xr
from numpy.typing import NDArray
from scipy.linalg import null_space
from scipy.optimize import lsq_linear
from sklearn.svm import LinearSVC

from learning_geometry.instruments.similarity import cka, translated_cka, translated_cka_limit
from learning_geometry.materials.images import Images
from learning_geometry.materials.networks import Network
from learning_geometry.materials.training import activations, head_features

Matrix = NDArray[np.float64]
Reader = tuple[Matrix, Matrix]
"""A linear read-out: its weights `(classes, features)` and its offsets `(classes,)`."""

_LEAST_STEP = 0.1  # least entry of a non-negative direction before it is normalised, as in the authors' experiment


def move_subsets(
    model: Network,
    data: Images,
    *,
    seed: int,
    distances: list[float],
    separated_pair: list[int],
    probe_images: int,
    device: str,
) -> dict[str, xr.Dataset]:
    """Biased linear CKA between a network's representation and a copy of it in which some points are moved.

    Distances are in units of the root mean squared norm of the centred representation. `layers` checks the closed form
    against the definition, in float64, in a random direction, on the first `probe_images` test images. `readers` moves
    the head's features along directions that a linear read-out cannot see, on the training images. `separated` moves
    one of two classes along the normal that separates them, where CKA should hardly fall.

    Source: theorem 1, corollaries 3 and 4, section 4.2 and figure 4 (c); the closed form at a finite distance, the null
    space of the head and the comparison of two readers are our operationalisation.
    """
    rng = np.random.default_rng([seed, 10])
    train, test = torch.from_numpy(data.train).to(device), torch.from_numpy(data.test).to(device)
    probe = test[:probe_images]
    head = tuple(part.detach().cpu().numpy().astype(np.float64) for part in (model.head.weight, model.head.bias))
    features = head_features(model, train)
    representations = [layer.astype(np.float64) for layer in activations(model, probe)]
    representations.append(head_features(model, probe))
    sets = _sets(data.test_labels[:probe_images], data.classes, rng)
    labels = (data.train_labels, data.test_labels)
    return {
        "layers": _layers(representations, sets, distances, rng),
        "readers": _readers((features, head_features(model, test)), labels, (head[0], head[1]), distances, rng),
        "separated": _separated(features, data.train_labels, separated_pair, distances),
    }


def _sets(labels: NDArray[np.int64], classes: int, rng: np.random.Generator) -> dict[str, NDArray[np.bool_]]:
    """The points that move: a class, half of the classes, a random half, a single point."""
    numbers = np.arange(len(labels))
    return {
        "one_class": labels == classes // 3,
        "half_of_the_classes": labels < classes // 2,
        "random_half": np.isin(numbers, rng.permutation(len(labels))[: len(labels) // 2]),
        "one_point": numbers == rng.integers(len(labels)),
    }


def _layers(
    representations: list[Matrix], sets: dict[str, NDArray[np.bool_]], distances: list[float], rng: np.random.Generator
) -> xr.Dataset:
    closed, direct, limits = [], [], []
    for x in representations:
        direction = _unit(rng.standard_normal(x[0].shape))
        steps = np.array(distances) * _rms(x)
        closed.append([translated_cka(x, moved, direction, steps) for moved in sets.values()])
        limits.append([translated_cka_limit(x, moved) for moved in sets.values()])
        direct.append([[cka(x, x + np.outer(step * m, direction)) for step in steps] for m in sets.values()])
    names = [f"block {number}" for number in range(1, len(representations))]
    return xr.Dataset(
        {
            "moved": ("set", [int(moved.sum()) for moved in sets.values()]),
            "closed_form": (("layer", "set", "distance"), closed),
            "direct": (("layer", "set", "distance"), direct),
            "limit": (("layer", "set"), limits),
        },
        coords={"layer": [*names, "head's features"], "set": list(sets), "distance": distances},
    )


def _readers(
    features: tuple[Matrix, Matrix],
    labels: tuple[NDArray[np.int64], NDArray[np.int64]],
    head: Reader,
    distances: list[float],
    rng: np.random.Generator,
) -> xr.Dataset:
    """What CKA and two readers, the head and a support vector machine, say of points moved unseen by one of them."""
    machine = LinearSVC(C=1.0, dual=False, random_state=0).fit(features[0], labels[0])
    readers: dict[str, Reader] = {"head": head, "svm": (machine.coef_, machine.intercept_)}
    non_negative = _non_negative_direction(head[0])
    directions = {
        "head_null_space": _unseen_direction(head[0], rng),
        "head_non_negative": non_negative,
        "svm_null_space": _unseen_direction(machine.coef_, rng),
    }
    one = [np.arange(len(part)) == rng.integers(len(part)) for part in labels]
    sets = {f"class {k}": [part == k for part in labels] for k in range(len(head[0]))}
    sets["half_of_the_classes"] = [part < len(head[0]) // 2 for part in labels]
    sets["one_image"] = one
    steps = np.array(distances) * _rms(features[0])
    splits = {"train": 0, "test": 1}
    seen = [[translated_cka(features[0], moved[0], v, steps) for moved in sets.values()] for v in directions.values()]
    changed = [
        [
            [[_changed(reader, features[k], moved[k], v, steps) for moved in sets.values()] for k in splits.values()]
            for reader in readers.values()
        ]
        for v in directions.values()
    ]
    # Where a reader sees no difference between classes, its scores move together or not at all.
    largest = [
        [float(np.ptp(weights @ v) * steps.max()) for weights, _ in readers.values()] for v in directions.values()
    ]
    return xr.Dataset(
        {
            "limit": ("set", [translated_cka_limit(features[0], moved[0]) for moved in sets.values()]),
            "cka": (("direction", "set", "distance"), seen),
            "changed": (("direction", "reader", "split", "set", "distance"), changed),
            "images": ("split", [len(part) for part in labels]),
            "largest_score_change": (("direction", "reader"), largest),
            "train_accuracy": (
                "reader",
                [float(np.mean(_choices(reader, features[0]) == labels[0])) for reader in readers.values()],
            ),
            "non_negative_residual": float(np.linalg.norm((head[0] - head[0].mean(axis=0)) @ non_negative)),
        },
        coords={
            "set": list(sets),
            "distance": distances,
            "direction": list(directions),
            "reader": list(readers),
            "split": list(splits),
        },
    )


def _separated(features: Matrix, labels: NDArray[np.int64], pair: list[int], distances: list[float]) -> xr.Dataset:
    """Two classes, the second moved along the normal of the machine that separates them."""
    chosen = np.isin(labels, pair)
    x, second = features[chosen], labels[chosen] == pair[1]
    machine = LinearSVC(C=100.0, dual=False, random_state=0).fit(x, second)
    normal = _unit(machine.coef_[0])
    steps = np.array(distances) * _rms(x)
    side = np.where(second, 1.0, -1.0)
    margins = [side * machine.decision_function(x + np.outer(step * second, normal)) for step in steps]
    return xr.Dataset(
        {
            "cka": ("distance", translated_cka(x, second, normal, steps)),
            "limit": translated_cka_limit(x, second),
            "accuracy": ("distance", [float(np.mean(margin > 0)) for margin in margins]),
            "smallest_margin": ("distance", [float(margin.min()) for margin in margins]),
        },
        coords={"distance": distances},
        attrs={"pair": list(pair)},
    )


def _unseen_direction(weights: Matrix, rng: np.random.Generator) -> Matrix:
    """A random unit vector in the null space of a reader's weights `(classes, features)`."""
    basis = null_space(weights)
    return _unit(basis @ rng.standard_normal(basis.shape[1]))


def _non_negative_direction(weights: Matrix) -> Matrix:
    """The unit vector of positive entries, which ReLUs could produce, that moves the classes apart the least."""
    between = weights - weights.mean(axis=0)
    return _unit(lsq_linear(between, np.zeros(len(between)), bounds=(_LEAST_STEP, np.inf), tol=1e-14).x)


def _choices(reader: Reader, features: Matrix) -> NDArray[np.int64]:
    """The class that a reader gives every row of the features."""
    choices: NDArray[np.int64] = np.argmax(features @ reader[0].T + reader[1], axis=1)
    return choices


def _changed(reader: Reader, features: Matrix, moved: NDArray[np.bool_], direction: Matrix, steps: Matrix) -> list[int]:
    """How many predictions of a reader change when the moved rows take each of the steps."""
    before = _choices(reader, features)
    after = (_choices(reader, features + np.outer(step * moved, direction)) for step in steps)
    return [int(np.sum(now != before)) for now in after]


def _unit(vector: Matrix) -> Matrix:
    return vector / float(np.linalg.norm(vector))


def _rms(features: Matrix) -> float:
    """Root mean squared norm of the centred rows."""
    return float(np.sqrt(np.mean(np.sum((features - features.mean(axis=0)) ** 2, axis=1))))
