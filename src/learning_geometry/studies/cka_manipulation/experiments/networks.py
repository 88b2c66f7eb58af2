"""Five networks of one seed, trained differently: compared with each other, and one of them with copies moved in part."""

from typing import TYPE_CHECKING, Any

from learning_geometry.studies.cka_manipulation.experiments._training import Training
from learning_geometry.studies.types import Count, NonNegative, Rising
from learning_geometry.studies.unit import Execution

if TYPE_CHECKING:
    import xarray as xr


class Networks(Training):
    """Two networks that generalise, one that memorises and two that are random, of one seed."""

    memorise_epochs: Count
    memorise_weight_decay: NonNegative
    distances: Rising
    separated_pair: list[int]


def measure(unit: Networks, execution: Execution) -> "dict[str, xr.Dataset]":
    """Train two networks on true labels and one on permuted ones, leave two untrained, and measure what CKA says of them.

    `regimes` compares all five; `layers`, `readers` and `separated` move points of the first. Memorising networks see no
    augmentation.

    Source: sections 4.1 and 4.2.
    """
    from learning_geometry.materials import images as image_sets
    from learning_geometry.materials.networks import build
    from learning_geometry.materials.training import Recipe, classifier, permuted, seeded
    from learning_geometry.studies.cka_manipulation.experiments._training_regimes import compare
    from learning_geometry.studies.cka_manipulation.experiments._translation import move_subsets

    data = image_sets.load(unit.images.name, unit.images.revision)
    shuffled = permuted(data.train_labels, seeded(unit.seed, 5))
    steps = (unit.batch_size, unit.learning_rate)
    recipe = Recipe(unit.augmentation, unit.epochs, *steps, unit.weight_decay, unit.gradient_clip)
    memorising = Recipe("none", unit.memorise_epochs, *steps, unit.memorise_weight_decay, unit.gradient_clip)

    def trained(labels: Any, how: Recipe, stream: int) -> Any:
        generator = seeded(unit.seed, stream)
        return classifier(
            data,
            labels,
            network=unit.network,
            width=unit.width,
            recipe=how,
            generator=generator,
            device=execution.device,
        )

    def untrained(stream: int) -> Any:
        channels, generator = data.train.shape[1], seeded(unit.seed, stream)
        fresh = build(unit.network, width=unit.width, channels=channels, classes=data.classes, generator=generator)
        return fresh.to(execution.device)

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
        seed=unit.seed,
        distances=unit.distances,
        separated_pair=unit.separated_pair,
        probe_images=unit.probe_images,
        device=execution.device,
    )
    regimes = compare(networks, {"memorised": shuffled}, data, unit.probe_images, execution.device)
    return {"regimes": regimes, **moved}
