"""Encoders behind projectors of several dimensions, at several strengths of orthogonalisation."""

from typing import TYPE_CHECKING

from learning_geometry.studies.efficient_ssl.experiments._base import Pretraining
from learning_geometry.studies.types import Count, Rising, RisingCounts
from learning_geometry.studies.unit import Execution

if TYPE_CHECKING:
    import xarray as xr


class Projectors(Pretraining):
    """One encoder for each dimension of the projector and each weight off the diagonal, with two views."""

    dimensions: RisingCounts
    off_diagonals: Rising
    projector_steps: Count


def measure(unit: Projectors, execution: Execution) -> "xr.Dataset":
    """Accuracy in percent from few labels and from all, `few (dimension, off_diagonal)` and `all`, and of the untrained encoder.

    All start from the same encoder and see the same views.

    Source: figure 2 of the paper, on other images and networks.
    """
    import numpy as np
    import xarray as xr

    from learning_geometry.studies.efficient_ssl.experiments._data import load
    from learning_geometry.studies.efficient_ssl.experiments._pretraining import (
        How,
        Settings,
        pretrain,
        read_out,
        untrained,
    )

    images = load(unit.images.name, unit.images.revision, unit.seed)
    settings = Settings.of(unit, execution.device)
    accuracy = np.empty((2, len(unit.dimensions), len(unit.off_diagonals)))
    for (i, dimensions), (j, weight) in (
        (d, w) for d in enumerate(unit.dimensions) for w in enumerate(unit.off_diagonals)
    ):
        how = How(2, unit.projector_steps, dimensions, weight)
        accuracy[:, i, j] = read_out(pretrain(images.train, how, settings, unit.seed), images, unit, execution.device)
    few, all_labels = read_out(untrained(images.train, settings, unit.seed), images, unit, execution.device)
    return xr.Dataset(
        {
            "few": (("dimension", "off_diagonal"), accuracy[0]),
            "all": (("dimension", "off_diagonal"), accuracy[1]),
            "untrained_few": few,
            "untrained_all": all_labels,
        },
        coords={"dimension": unit.dimensions, "off_diagonal": unit.off_diagonals},
        attrs={"images": unit.images.name},
    )
