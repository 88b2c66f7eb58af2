"""Pretrained image classifiers, trained on by mirror descent: in which geometry do their weights move?"""

from typing import TYPE_CHECKING

import numpy as np
from tqdm import tqdm

from learning_geometry.studies.synaptic_weights.experiments._geometries import Geometries
from learning_geometry.studies.types import Count, DataSource, NonNegative, Positive, Seed
from learning_geometry.studies.unit import Execution

if TYPE_CHECKING:
    import xarray as xr

_OF_CANDIDATES = {"cdf_distance": ("truth", "candidate"), "cdf_distance_layers": ("truth", "candidate", "layer")}


class Pretrained(Geometries):
    """A `checkpoint` of an image classifier, trained on with `photographs` that are drawn and ordered by the seed."""

    checkpoint: DataSource
    seed: Seed
    photographs: DataSource
    photograph_size: Count
    pretrained_learning_rates: list[Positive]
    pretrained_batch_size: Count
    momentum: NonNegative
    epochs: Count
    max_epochs: Count


def measure(unit: Pretrained, execution: Execution) -> "xr.Dataset":
    """Train a pretrained classifier on in each geometry, and judge the change of its weights by every candidate.

    Where D `weights` stand in its convolutions and linear maps, int(sqrt(D)) `images` are learnt that it was not trained on,
    as `_fine_tuning.fine_tune` does it: mirror descent of all parameters on cross-entropy, `epochs` and more until all
    images are learnt or `max_epochs` are up, at the best of the learning rates.

    What is analysed leaves out the classifier, and the weights that are zero before or after (`zeros` `(truth,)`), which
    have no dual image under the negative entropy. `cdf_distance` `(truth, candidate)` pools all layers;
    `cdf_distance_layers` `(truth, candidate, layer)` does not; both are -1 where fewer than five weights are left, or none
    moved. `layer_size` `(layer,)` counts weights. `magnitude` `(truth,)` is the norm of the dual change over that of the
    dual weights, and `flipped` `(truth,)` the share that changed sign. `accuracy`, on the images learnt, `loss`,
    `learning_rate` and `epochs` `(truth,)` are those of the run that was taken.

    Raises:
        ValueError: the images are not as `image_classifiers.photographs` wants them, or the device is not there.
        FloatingPointError: a geometry diverges at every learning rate.
        ConnectionError, BrokenCheckpoint: as `hub.checkpoint`.

    Source: the paper's fine-tuning (`finetuning.py` of its official code), which takes torchvision's models, computes in
    half precision and tells the classifier by its name; single precision and models in another format are ours.
    """
    import torch
    import xarray as xr

    from learning_geometry.instruments.potentials import of_exponent
    from learning_geometry.materials import hub, image_classifiers
    from learning_geometry.materials.training import check_device
    from learning_geometry.studies.synaptic_weights.experiments._classifier import (
        Logits,
        compared,
        reproducible,
        weights,
    )
    from learning_geometry.studies.synaptic_weights.experiments._fine_tuning import Schedule, fine_tune

    model, revision, device = unit.checkpoint.name, unit.checkpoint.revision, execution.device
    check_device(device)
    rivals = [of_exponent(p) for p in unit.candidates]
    budget = execution.disk_budget_gb
    with hub.checkpoint(model, revision, disk_budget_gb=budget, delete_after=execution.delete_after) as files:
        network = Logits(image_classifiers.load_classifier(files, device=device))
        count = sum(layer.size for layer in weights(network.classifier).values())
        drawn, labels = image_classifiers.photographs(
            unit.photographs.name,
            count=int(count**0.5),
            image_size=unit.photograph_size,
            classes=network.classifier.config.id2label,
            rng=np.random.default_rng([unit.seed, 0]),
        )
        data = image_classifiers.pixels(files, drawn).to(device), torch.from_numpy(labels).to(device)
        commit = files.commit
    rates = tuple(unit.pretrained_learning_rates)
    schedule = Schedule(rates, unit.momentum, unit.pretrained_batch_size, unit.epochs, unit.max_epochs)
    before = weights(network.classifier.base_model)
    runs = []
    for truth in tqdm(unit.truths, desc=f"{model} {revision}", unit="geometry", leave=False):
        geometry = of_exponent(truth)
        with reproducible(unit.seed, device):
            tuned = fine_tune(network, *data, geometry, schedule, seed=unit.seed)
        reached = {name: getattr(tuned, name) for name in ("accuracy", "loss", "learning_rate", "epochs")}
        runs.append(compared(before, weights(tuned.network.classifier.base_model), geometry, rivals) | reached)
    stacked = {name: (_OF_CANDIDATES.get(name, "truth"), np.array([run[name] for run in runs])) for name in runs[0]}
    sizes = [len(layer) for layer in before.values()]
    return xr.Dataset(
        {**stacked, "weights": count, "images": len(labels), "layer_size": ("layer", sizes)},
        coords=unit.coordinates(layer=list(before)),
        attrs={"model": model, "revision": revision, "commit": commit},
    )
