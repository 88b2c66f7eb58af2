"""Pretraining of an encoder on several views of each image, and its read-out from few labels."""

from collections.abc import Callable
from typing import NamedTuple, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from learning_geometry.instruments.multi_view import barlow_mean, barlow_pairs, multi_view_barlow
from learning_geometry.materials.self_supervised import Recipe, Views, optimise
from learning_geometry.materials.training import check_device, seeded
from learning_geometry.studies.efficient_ssl.experiments import _networks
from learning_geometry.studies.efficient_ssl.experiments._base import Pretraining
from learning_geometry.studies.efficient_ssl.experiments._data import Pixels

ViewLoss = Callable[..., Tensor]

FORMS: dict[str, ViewLoss] = {"authors": multi_view_barlow, "mean": barlow_mean, "pairs": barlow_pairs}
"""Forms of the loss of several views."""

VIEWS = Views(rotation=0.25, scaling=0.12, shift=1.0, contrast=0.25, brightness=0.0, noise=0.1)
"""How a view differs from its image."""

DESTROYING = Views(rotation=3.0, scaling=0.5, shift=6.0, contrast=1.0, brightness=0.5, noise=1.0)
"""Augmentations after which little tells which image a view came from."""

_WARM_UP = 10
_RIDGE = 1.0


class How(NamedTuple):
    """What differs between pretrainings."""

    views: int
    steps: int
    dimensions: int
    off_diagonal: float
    images_share: float = 1.0
    form: str = "authors"
    destroying: bool = False
    shuffled: bool = False
    frozen_projector: bool = False


class Settings(NamedTuple):
    """What all pretrainings of a unit share."""

    network: str
    width: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    device: str

    @classmethod
    def of(cls, unit: Pretraining, device: str) -> Self:
        """The fields of a unit that has them, and a device."""
        check_device(device)
        return cls(unit.network, unit.width, unit.batch_size, unit.learning_rate, unit.weight_decay, device)


def fresh_encoder(channels: int, settings: Settings, seed: int) -> tuple[nn.Module, int]:
    """The encoder that a seed starts from, whatever the projector, and the number of its features."""
    encode, features = _networks.build(settings.network, width=settings.width, channels=channels, seed=2 * seed)
    return encode.to(settings.device, memory_format=torch.channels_last), features


def pretrain(images: Tensor, how: How, settings: Settings, seed: int) -> nn.Module:
    """An encoder trained on views of images `(n, channels, side, side)`, without labels."""
    encode, features = fresh_encoder(images.shape[1], settings, seed)
    project = _networks.projector(features, how.dimensions, 2 * seed + 1).to(settings.device)
    order = torch.randperm(len(images), generator=seeded(seed, 2))
    kept = images[order[: round(how.images_share * len(images))]].to(settings.device)
    size = min(settings.batch_size, len(kept))
    generator, loss = seeded(seed, 3), FORMS[how.form]
    change = DESTROYING if how.destroying else VIEWS

    def of_batch(batch: Tensor) -> Tensor:
        drawn = [batch.roll(a) for a in range(how.views)] if how.shuffled else [batch] * how.views
        embedded = project(encode(change(kept[torch.cat(drawn)], generator)))
        return loss(embedded.unflatten(0, (how.views, -1)), off_diagonal=how.off_diagonal)

    trained = [encode] if how.frozen_projector else [encode, project]
    recipe = Recipe(how.steps, size, settings.learning_rate, settings.weight_decay, min(_WARM_UP, how.steps))
    optimise(trained, of_batch, recipe, samples=len(kept), generator=generator)
    return encode


def untrained(images: Tensor, settings: Settings, seed: int) -> nn.Module:
    """The encoder from which pretraining starts."""
    return fresh_encoder(images.shape[1], settings, seed)[0]


def read_out(encode: nn.Module, images: Pixels, unit: Pretraining, device: str) -> tuple[float, float]:
    """The `accuracy` of an encoder's features; labels are drawn alike for all encoders of a seed."""
    train, test = (features_of(encode, part, device) for part in (images.train, images.test))
    labels = images.train_labels.numpy(), images.test_labels.numpy()
    rng = np.random.default_rng([unit.seed, 4])
    return accuracy(train, labels[0], test, labels[1], shots=unit.shots, draws=unit.label_draws, rng=rng)


def features_of(encode: nn.Module, images: Tensor, device: str) -> NDArray[np.float64]:
    """Features `(n, features)` of images, in evaluation mode."""
    encode.eval()
    with torch.no_grad():
        return torch.cat([encode(part.to(device)) for part in images.split(2000)]).cpu().double().numpy()


def accuracy(
    train: NDArray[np.float64],
    train_labels: NDArray[np.int64],
    test: NDArray[np.float64],
    test_labels: NDArray[np.int64],
    *,
    shots: int,
    draws: int,
    rng: np.random.Generator,
) -> tuple[float, float]:
    """Accuracy in percent of a linear read-out from `shots` labels of each class, mean over draws of them, and from all labels.

    Features are standardised by those of all training images, which takes no labels; the read-out is ridge regression on the classes.
    """
    mean, deviation = train.mean(0), train.std(0)
    deviation[deviation == 0] = 1
    known, unseen = ((part - mean) / deviation for part in (train, test))
    classes = np.unique(train_labels)
    few = []
    for _ in range(draws):
        chosen = np.concatenate([rng.choice(np.flatnonzero(train_labels == c), shots, replace=False) for c in classes])
        few.append(_right(known[chosen], train_labels[chosen], unseen, test_labels, classes))
    return 100 * float(np.mean(few)), 100 * _right(known, train_labels, unseen, test_labels, classes)


def _right(x: NDArray[np.float64], labels: NDArray[np.int64], unseen: NDArray[np.float64], truth: NDArray[np.int64], classes: NDArray[np.int64]) -> float:  # fmt: skip
    wanted = (labels[:, None] == classes).astype(np.float64)
    offset, centre = wanted.mean(0), x.mean(0)
    centred = x - centre
    weights = np.linalg.solve(
        centred.T @ centred + _RIDGE * x.shape[1] * np.eye(x.shape[1]), centred.T @ (wanted - offset)
    )
    return float((classes[((unseen - centre) @ weights + offset).argmax(1)] == truth).mean())
