"""A network retrained so that its CKA map shows a chosen picture while it computes what its teacher computes."""

from typing import TYPE_CHECKING, Literal

import numpy as np

from learning_geometry.studies.cka_manipulation.experiments._training import Training
from learning_geometry.studies.types import Count, Positive
from learning_geometry.studies.unit import Execution

if TYPE_CHECKING:
    import xarray as xr

Target = Literal["parity", "low", "high", "picture"]


class Maps(Training):
    """One teacher, and one student for each target, driven to show that map."""

    targets: list[Target]
    map_epochs: Count
    map_learning_rate: Positive
    map_weight: Positive


def measure(unit: Maps, execution: Execution) -> "xr.Dataset":
    """The CKA map of a trained network before and after it is driven to each of `targets`, and what that costs.

    Each student starts as a copy of one teacher. Its loss is the cross-entropy, plus the mean squared difference between
    its logits and the teacher's on the same augmented images, plus `map_weight` times the mean log cosh of the difference
    between the debiased map of the batch and the nearest reachable target. Test images have no part in training. Maps
    are debiased, on the first `probe_images` test images: `before (block, other_block)` of the teacher; `asked`, `reachable`,
    `after` and `student_teacher (target, block, other_block)`.

    Source: section 4.3 and figures 5 and 6; squared differences of logits beside the cross-entropy, a
    constant weight (the authors let it follow the test accuracy) and the projected target are our operationalisation.
    """
    import torch
    import xarray as xr

    from learning_geometry.instruments.similarity import cka_map
    from learning_geometry.materials import images as image_sets
    from learning_geometry.materials.training import Recipe, activations, classifier, seeded
    from learning_geometry.studies.cka_manipulation.experiments._drawing import draw

    data = image_sets.load(unit.images.name, unit.images.revision)
    regularised = (unit.weight_decay, unit.gradient_clip)
    taught = Recipe(unit.augmentation, unit.epochs, unit.batch_size, unit.learning_rate, *regularised)
    teacher = classifier(
        data,
        data.train_labels,
        network=unit.network,
        width=unit.width,
        recipe=taught,
        generator=seeded(unit.seed, 0),
        device=execution.device,
    )
    drawing = Recipe(unit.augmentation, unit.map_epochs, unit.batch_size, unit.map_learning_rate, *regularised)
    probe = torch.from_numpy(data.test[: unit.probe_images]).to(execution.device)
    layers = activations(teacher, probe)
    before = cka_map(layers)
    students = [
        draw(teacher, target, data, drawing, unit.map_weight, layers, before, seeded(unit.seed, 6), execution.device)
        for target in unit.targets
    ]
    drawn = xr.concat(
        students, dim=xr.Variable("target", unit.targets), data_vars="all", coords="minimal", compat="override"
    )
    blocks = np.arange(1, len(before) + 1)
    return (
        drawn.assign(before=(("block", "other_block"), before))
        .assign_coords(block=blocks, other_block=blocks)
        .assign_attrs(images=data.name, test_images=len(data.test_labels))
    )
