"""Is the geometry of a small network scale-free after self-supervision, and after fine-tuning on one task?"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from learning_geometry.instruments.spectrum import curvature, eigenspectrum
from learning_geometry.materials.photographs import DigitsOnTexture, digits_on_texture
from learning_geometry.materials.self_supervised import Views, barlow_twins, vicreg
from learning_geometry.materials.training import check_device, seeded
from learning_geometry.studies.visual_cortex.arms import ARMS, Plan, train_arms
from learning_geometry.studies.visual_cortex.readouts import (
    accuracy,
    attacked,
    features_of,
    linear_probe,
    spectrum_shape,
)

_LEAST = 12  # the first end of a window that leaves three ranks to the tail
_TASKS = ("digit", "place", "photograph")
_TAUGHT = {  # the arms with a head of their own, and the task on which it is tried
    "fine_tuned": "digit",
    "fine_tuned_augmented": "digit",
    "fine_tuned_place": "place",
    "fine_tuned_photograph": "photograph",
    "fine_tuned_permuted": "digit",
    "fine_tuned_vicreg": "digit",
    "supervised": "digit",
}


def measure(
    *,
    seed: int,
    training_images: int,
    test_images: int,
    probe_images: int,
    width: int,
    features: int,
    embedding: int,
    steps: int,
    fine_tuning_steps: int,
    batch_size: int,
    learning_rate: float,
    fine_tuning_learning_rate: float,
    weight_decay: float,
    views: dict[str, float],
    off_diagonal: float,
    vicreg_weights: dict[str, float],
    windows: list[list[int]],
    noise: list[float],
    attacks: list[float],
    device: str,
) -> dict[str, Any]:
    """Train the networks of one seed on digits over texture and describe the features of each on held-out images.

    The networks are those of `arms.train_arms`; `views` are the fields of `self_supervised.Views`, `off_diagonal` and
    `vicreg_weights` the arguments of its losses. With a leading axis of `arms` the record holds what
    `readouts.spectrum_shape` says of the features in `windows` of ranks; the test accuracy of a linear probe, fitted to
    the features of the first `probe_images` training images: `probe_clean`, and `probe_noise` and `probe_attack`,
    `(arms, levels)`, under Gaussian `noise` of these standard deviations and `attacks` of these sizes; and
    `noise_share`, `(arms, levels)`, the mean squared change of the features under the noise as a share of their
    variance. By arm: `head_accuracy` of those with a head of their own, on what it was taught (on the true digits where
    these were permuted), `losses` of each step, and `paths`, the `curvature`, `(looks, windows)`, after some `steps` of
    training.

    Source: our operationalisation of "scale-free geometry, but not after fine-tuning on a specific task" (abstract).

    Raises:
        ValueError: a window leaves the spectrum, there are fewer training images than the probe or a batch takes, or this
            machine does not have the device.
    """
    check_device(device)
    ranks = _checked(windows, min(features, test_images - 1))
    if training_images < max(batch_size, probe_images):
        raise ValueError(
            f"training_images is {training_images}, fewer than the {max(batch_size, probe_images)} that a batch or the "
            "probe takes; raise it"
        )
    rng = np.random.default_rng([seed, 0])
    images, *shown = _on(device, digits_on_texture("train", count=training_images, rng=rng))
    unseen, *truths = _on(device, digits_on_texture("test", count=test_images, rng=rng))
    tasks, wanted = dict(zip(_TASKS, shown, strict=True)), dict(zip(_TASKS, truths, strict=True))
    plan = Plan(
        width=width,
        features=features,
        embedding=embedding,
        steps=steps,
        fine_tuning_steps=fine_tuning_steps,
        batch_size=batch_size,
        learning_rate=learning_rate,
        fine_tuning_learning_rate=fine_tuning_learning_rate,
        weight_decay=weight_decay,
        views=Views(**views),
        barlow_twins=partial(barlow_twins, off_diagonal=off_diagonal),
        vicreg=partial(vicreg, **vicreg_weights),
    )

    def look(encode: nn.Module) -> list[float]:
        spectrum = eigenspectrum(features_of(encode, unseen))
        return [curvature(spectrum, ranks=window) for window in ranks]

    arms = train_arms(plan, images, tasks, seed=seed, look=look)
    disturbance = torch.randn(unseen.shape, generator=seeded(seed, 7)).to(device)
    noisy = [unseen + level * disturbance for level in noise]
    shown_to_probe = images[:probe_images], tasks["digit"][:probe_images]
    rows = [
        spectrum_shape(features_of(arm.encode, unseen), ranks)
        | _probed(arm.encode, shown_to_probe, (unseen, wanted["digit"]), noisy, attacks)
        for arm in arms.values()
    ]
    return {
        "arms": list(ARMS),
        "windows": np.array(ranks),
        "noise": np.array(noise),
        "attacks": np.array(attacks),
        "test_images": test_images,
        **{name: np.array([row[name] for row in rows]) for name in rows[0]},
        "head_accuracy": {
            name: accuracy(nn.Sequential(arms[name].encode, arms[name].head), unseen, wanted[task])
            for name, task in _TAUGHT.items()
        },
        "losses": {name: arm.losses for name, arm in arms.items() if arm.looks},
        "paths": {
            name: {"steps": np.array(list(arm.looks)), "curvature": np.array(list(arm.looks.values()))}
            for name, arm in arms.items()
            if arm.looks
        },
    }


def _on(device: str, drawn: DigitsOnTexture) -> list[Tensor]:
    return [torch.from_numpy(array).to(device) for array in drawn]


def _checked(windows: Sequence[Sequence[int]], last: int) -> list[tuple[int, int]]:
    """The windows as pairs, if the spectrum of `last` eigenvalues holds them; before anything is trained."""
    for window in windows:
        if len(window) != 2 or not 1 <= window[0] < window[1] <= last:
            raise ValueError(
                f"window {list(window)} is not a first and a last rank within 1 to {last}, the eigenvalues that "
                "`features` has on `test_images`; end it earlier"
            )
    if not windows or windows[-1][1] < _LEAST:
        raise ValueError(
            f"windows are {list(windows)}, but the tail of a spectrum is described from rank 10 to the end of the last "
            f"of them; end it at {_LEAST} or later"
        )
    return [(first, end) for first, end in windows]


def _probed(
    encode: nn.Module,
    shown: tuple[Tensor, Tensor],
    unseen: tuple[Tensor, Tensor],
    noisy: Sequence[Tensor],
    attacks: Sequence[float],
) -> dict[str, Any]:
    """What a linear probe of the encoder gets right, and how far noise moves the features."""
    device = shown[0].device
    probe = linear_probe(torch.from_numpy(features_of(encode, shown[0])).to(device), shown[1])
    images, truth = unseen

    def classify(seen: Tensor) -> Tensor:
        return probe(encode(seen))

    clean = features_of(encode, images).astype(np.float64)
    variance = clean.var(axis=0).sum()
    moved = [np.square(features_of(encode, seen) - clean).sum(axis=1).mean() / variance for seen in noisy]
    return {
        "probe_clean": accuracy(classify, images, truth),
        "probe_noise": [accuracy(classify, seen, truth) for seen in noisy],
        "probe_attack": [accuracy(classify, seen, truth) for seen in attacked(classify, images, truth, attacks)],
        "noise_share": moved,
    }
