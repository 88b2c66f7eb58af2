"""Is the geometry of a small network scale-free after self-supervision, and after fine-tuning on one task?"""

from typing import TYPE_CHECKING

import numpy as np

from learning_geometry.studies.types import Count, NonNegative, Positive, Rising, Seed, Window
from learning_geometry.studies.unit import Execution, Unit

if TYPE_CHECKING:
    import xarray as xr


class Networks(Unit):
    """The networks of one seed: weights, images, their order and their views."""

    seed: Seed
    training_images: Count
    test_images: Count
    probe_images: Count
    width: Count
    features: Count
    embedding: Count
    steps: Count
    fine_tuning_steps: Count
    batch_size: Count
    learning_rate: Positive
    fine_tuning_learning_rate: Positive
    weight_decay: NonNegative
    off_diagonal: Positive
    windows: list[Window]
    noise: Rising
    attacks: Rising


def measure(unit: Networks, execution: Execution) -> "dict[str, xr.Dataset]":
    """Train the networks of one seed on digits over texture and describe the features of each on held-out images.

    The networks are those of `_arms.train_arms`, and `arm` is the dimension of all parts.

    * "features": what `_readouts.spectrum_shape` says of the features; the test accuracy of a linear probe, fitted to the
      features of the first `probe_images` training images: `probe_clean`, and `probe_noise` `(arm, noise)` and
      `probe_attack` `(arm, attack)` under Gaussian noise of these standard deviations and attacks of these sizes; and
      `noise_share` `(arm, noise)`, the mean squared change of the features under the noise as a share of their variance.
    * "heads", of networks with a head of their own: `accuracy` `(arm,)` on what it was taught, on the true digits where
      these were permuted.
    * "training", of all but the untrained network: `curvature` `(arm, look, window)` and `step` `(arm, look)` of each look
      at the network while it was trained, and the mean `loss` `(arm, look)` since the look before.

    Source: our operationalisation of "scale-free geometry, but not after fine-tuning on a specific task" (abstract).

    Raises:
        ValueError: this machine does not have the device.
    """
    import torch
    import xarray as xr
    from torch import nn

    from learning_geometry.instruments.spectrum import curvature, eigenspectrum
    from learning_geometry.materials.photographs import digits_on_texture
    from learning_geometry.materials.training import check_device, seeded
    from learning_geometry.studies.visual_cortex.experiments import _arms
    from learning_geometry.studies.visual_cortex.experiments._readouts import (
        accuracy,
        features_of,
        probed,
        spectrum_shape,
    )

    check_device(execution.device)
    rng = np.random.default_rng([unit.seed, 0])
    drawn = [digits_on_texture("train", count=unit.training_images, rng=rng)]
    drawn.append(digits_on_texture("test", count=unit.test_images, rng=rng))
    (images, *shown), (unseen, *truths) = (
        [torch.from_numpy(array).to(execution.device) for array in arrays] for arrays in drawn
    )
    tasks, truth = dict(zip(_arms.TASKS, shown, strict=True)), dict(zip(_arms.TASKS, truths, strict=True))

    def look(encode: nn.Module) -> list[float]:
        spectrum = eigenspectrum(features_of(encode, unseen))
        return [curvature(spectrum, ranks=(first, last)) for first, last in unit.windows]

    arms = _arms.train_arms(unit, images, tasks, look=look)
    disturbance = torch.randn(unseen.shape, generator=seeded(unit.seed, 7)).to(execution.device)
    noisy = {level: unseen + level * disturbance for level in unit.noise}
    fitted = images[: unit.probe_images], tasks["digit"][: unit.probe_images]
    rows = [
        spectrum_shape(features_of(arm.encode, unseen), unit.windows).merge(
            probed(arm.encode, fitted, (unseen, truth["digit"]), noisy, unit.attacks)
        )
        for arm in arms.values()
    ]
    heads = [
        accuracy(nn.Sequential(arms[name].encode, arms[name].head), unseen, truth[task])
        for name, task in _arms.TAUGHT.items()
    ]
    trained = {name: arm for name, arm in arms.items() if arm.looks}
    training = {
        "step": (("arm", "look"), np.array([list(arm.looks) for arm in trained.values()])),
        "curvature": (("arm", "look", "window"), np.array([list(arm.looks.values()) for arm in trained.values()])),
        "loss": (("arm", "look"), np.array([arm.loss_between_looks() for arm in trained.values()])),
    }
    return {
        "features": xr.concat(rows, dim="arm").assign_coords(arm=list(arms)),
        "heads": xr.Dataset({"accuracy": ("arm", heads)}, {"arm": list(_arms.TAUGHT)}),
        "training": xr.Dataset(training, {"arm": list(trained), "window": rows[0].window.values}),
    }
