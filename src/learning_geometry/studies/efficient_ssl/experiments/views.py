"""Encoders pretrained on few or many views of each image, on all images or a part, for many steps or few."""

from typing import TYPE_CHECKING, Any

from learning_geometry.studies.efficient_ssl.experiments._base import Pretraining
from learning_geometry.studies.types import Count, Distinct, Positive
from learning_geometry.studies.unit import Execution

if TYPE_CHECKING:
    import xarray as xr


class Views(Pretraining):
    """One encoder for each arm, with one projector and one weight off the diagonal."""

    arms: Distinct[str]
    view_dimensions: Count
    view_off_diagonal: Positive
    view_steps: Count


ARMS: dict[str, dict[str, Any]] = {
    "2 views": {"views": 2},
    "4 views": {"views": 4},
    "4 views, 1/2 steps": {"views": 4, "steps": 1 / 2},
    "8 views, 1/4 steps": {"views": 8, "steps": 1 / 4},
    "2 views, 1/2 steps": {"views": 2, "steps": 1 / 2},
    "8 views, 1/2 steps": {"views": 8, "steps": 1 / 2},
    "2 views, 1/4 steps": {"views": 2, "steps": 1 / 4},
    "4 views, 1/4 steps": {"views": 4, "steps": 1 / 4},
    "4 views in pairs, 1/2 steps": {"views": 4, "steps": 1 / 2, "form": "pairs"},
    "4 views, 1/2 steps, 1/2 images": {"views": 4, "steps": 1 / 2, "images_share": 1 / 2},
    "2 views, 1/2 steps, 1/2 images": {"views": 2, "steps": 1 / 2, "images_share": 1 / 2},
    "8 views, 1/4 steps, 1/4 images": {"views": 8, "steps": 1 / 4, "images_share": 1 / 4},
    "2 views, 1/4 steps, 1/4 images": {"views": 2, "steps": 1 / 4, "images_share": 1 / 4},
    "2 views, 1/2 steps, shuffled": {"views": 2, "steps": 1 / 2, "shuffled": True},
    "4 views, 1/2 steps, shuffled": {"views": 4, "steps": 1 / 2, "shuffled": True},
    "2 views, 1/2 steps, destroyed": {"views": 2, "steps": 1 / 2, "destroying": True},
    "4 views, 1/2 steps, destroyed": {"views": 4, "steps": 1 / 2, "destroying": True},
    "2 views, random projector": {"views": 2, "frozen_projector": True},
    "untrained": {},
}
"""What can be pretrained: the share of the steps and of the images, and whatever else differs. Two views for all steps, four for half of
them and eight for a quarter take the same number of passes through the network; so do they take as many passes over a half
and a quarter of the images."""


def measure(unit: Views, execution: Execution) -> "xr.Dataset":
    """Accuracy in percent from few labels and from all, `few (arm)` and `all (arm)`, and the number of views, `passes (arm)`, that went through the network.

    All arms start from the same encoder.

    Source: figures 3 to 5 of the paper, on other images and networks.
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
    accuracy, passes = np.empty((2, len(unit.arms))), np.zeros(len(unit.arms))
    for i, arm in enumerate(unit.arms):
        asked = dict(ARMS[arm])
        if asked:
            steps = max(1, round(asked.pop("steps", 1) * unit.view_steps))
            how = How(steps=steps, dimensions=unit.view_dimensions, off_diagonal=unit.view_off_diagonal, **asked)
            passes[i] = how.views * steps * unit.batch_size
            encode = pretrain(images.train, how, settings, unit.seed)
        else:
            encode = untrained(images.train, settings, unit.seed)
        accuracy[:, i] = read_out(encode, images, unit, execution.device)
    return xr.Dataset(
        {"few": ("arm", accuracy[0]), "all": ("arm", accuracy[1]), "passes": ("arm", passes)},
        coords={"arm": unit.arms},
        attrs={"images": unit.images.name},
    )
