"""Five networks of one seed, trained differently: compared with each other, and one of them with copies moved in part."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning_geometry.materials import images as image_sets
from learning_geometry.materials.networks import Network, build
from learning_geometry.materials.training import Recipe, classifier, permuted, seeded
from learning_geometry.studies.cka_manipulation.training_regimes import compare
from learning_geometry.studies.cka_manipulation.translation import move_subsets


def measure(
    *,
    seed: int,
    images: str,
    images_revision: str,
    network: str,
    width: float,
    augmentation: str,
    epochs: int,
    memorise_epochs: int,
    batch_size: int,
    learning_rate: float,
    weight_decay: float,
    memorise_weight_decay: float,
    gradient_clip: float,
    probe_images: int,
    distances: list[float],
    separated_pair: list[int],
    device: str,
) -> dict[str, Any]:
    """Train two networks on true labels and one on permuted ones, leave two untrained, and measure what CKA says of them.

    The result of `training_regimes.compare` on all five, and under `translation` that of `translation.move_subsets` on
    the first. Memorising networks see no augmentation.

    Source: sections 4.1 and 4.2.
    """
    data = image_sets.load(images, images_revision)
    shuffled = permuted(data.train_labels, seeded(seed, 5))
    recipe = Recipe(augmentation, epochs, batch_size, learning_rate, weight_decay, gradient_clip)
    memorising = Recipe("none", memorise_epochs, batch_size, learning_rate, memorise_weight_decay, gradient_clip)

    def trained(labels: NDArray[np.int64], how: Recipe, stream: int) -> Network:
        return classifier(
            data, labels, network=network, width=width, recipe=how, generator=seeded(seed, stream), device=device
        )

    def untrained(stream: int) -> Network:
        channels, generator = data.train.shape[1], seeded(seed, stream)
        return build(network, width=width, channels=channels, classes=data.classes, generator=generator).to(device)

    networks = {
        "generalised": trained(data.train_labels, recipe, 0),
        "second_generalised": trained(data.train_labels, recipe, 1),
        "memorised": trained(shuffled, memorising, 2),
        "random": untrained(3),
        "second_random": untrained(4),
    }
    moved = move_subsets(
        networks["generalised"],
        data,
        seed=seed,
        distances=distances,
        separated_pair=separated_pair,
        probe_images=probe_images,
        device=device,
    )
    compared = compare(networks, {"memorised": shuffled}, data, probe_images, device)
    return {"images": data.name, **compared, "translation": moved}
