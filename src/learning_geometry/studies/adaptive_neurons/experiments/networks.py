"""Networks of one kind that read images pixel by pixel: their accuracy, what perturbs it, and what their neurons do."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from learning_geometry.studies.types import Count, DataSource, NonNegative, Positive, Rising, RisingFromZero, Seeds
from learning_geometry.studies.unit import Execution, Unit

if TYPE_CHECKING:
    import xarray as xr


class Networks(Unit):
    """Networks of all seeds of one model, in one variant of its size, start or training."""

    seeds: Seeds
    images: DataSource
    model: str
    variant: str
    hidden: Count
    controller: Count
    first_gains: Annotated[list[Positive], Field(min_length=2, max_length=2)]
    training_noise: NonNegative
    training_drift: NonNegative
    epochs: Count
    batch_size: Count
    learning_rate: Positive
    shape_rate: Positive
    gradient_clip: Positive
    test_images: Count
    noises: Rising
    drifts: Rising
    drives: Rising
    exponent_images: Count
    exponent_drives: RisingFromZero
    response_times: Count
    response_trials: Count
    response_drives: Rising
    gain_drives: Rising


def measure(unit: Networks, execution: Execution) -> "dict[str, xr.Dataset]":
    """Accuracy of trained networks, their dynamics, and the responses of their neurons, in parts.

    `accuracy` has `accuracy (seed, condition)` on the test images, clean and perturbed, with the kind and size of each condition;
    adaptive networks also have `imposed (way, seed, condition)`, the same while the time course of the controller is imposed. `dynamics`
    has the largest `exponent (seed, drive)` in nats a step, mean over trajectories, its `exponent_sd` over them, and `gradient (seed,
    time)`, the logarithm to base 10 of the norm of the loss's gradient at each step over that at the last. `responses` has
    the mean `response (network, seed, drive, time)` of isolated and connected neurons to a step, `published` and
    `fitted (network, seed, drive)`, its fractional order by the two estimators, and `explained` of the second. `coding` has the mean
    `slope`, `gain` and `saturation` `(stage, seed, sd)` under noise of several spreads, before and after training. `shapes` has what
    activations are like: before and after training, and for adaptive ones the time course after a step. Gated networks have
    only the first.

    Source: the equations, the first weights and the perturbations after the authors' public code; sizes, data and budget are ours.
    """
    import copy

    import numpy as np
    import torch
    import xarray as xr

    from learning_geometry.materials import images as image_sets
    from learning_geometry.materials.recurrent_networks import RateNetwork
    from learning_geometry.materials.recurrent_starts import build
    from learning_geometry.materials.recurrent_training import fit
    from learning_geometry.materials.training import check_device, seeded
    from learning_geometry.studies.adaptive_neurons.experiments import _measurements, _sizes
    from learning_geometry.studies.adaptive_neurons.experiments._perturbations import drifted, normal

    check_device(execution.device)
    data = image_sets.load(unit.images.name, unit.images.revision)
    scale, mean = data.scale[:, None, None], data.mean[:, None, None]
    train, test = (
        torch.from_numpy((part * scale + mean).mean(1)).flatten(1).to(execution.device)
        for part in (data.train, data.test[: unit.test_images])
    )
    labels, truth = (
        torch.from_numpy(part).to(execution.device) for part in (data.train_labels, data.test_labels[: len(test)])
    )
    times = train.shape[1]
    # Each seed reads pixels in an order of its own.
    orders = torch.stack([torch.randperm(times, generator=seeded(seed, 0)) for seed in unit.seeds]).to(execution.device)

    def in_order(images: torch.Tensor) -> torch.Tensor:
        return images.gather(2, orders[:, None].expand(-1, images.shape[1], -1))

    size = min(unit.batch_size, len(train))
    steps = len(train) // size
    shuffles, noises = ([seeded(seed, stream) for seed in unit.seeds] for stream in (2, 3))
    epoch: list[torch.Tensor] = []

    def draw(step: int) -> tuple[torch.Tensor, torch.Tensor]:
        if step % steps == 0:
            shuffled = torch.stack([torch.randperm(len(train), generator=generator) for generator in shuffles])
            epoch[:] = shuffled[:, : steps * size].to(execution.device).split(size, dim=1)
        batch = epoch[step % steps]
        sequences = in_order(train[batch])
        if unit.training_drift:
            sequences = drifted(sequences, unit.training_drift, noises)
        if unit.training_noise:
            sequences = sequences + unit.training_noise * normal(noises, sequences.shape[1:]).to(sequences.device)
        return sequences, labels[batch]

    network = build(
        unit.model,
        [seeded(seed, 1) for seed in unit.seeds],
        hidden=unit.hidden,
        classes=data.classes,
        controller=unit.controller,
        gains=(unit.first_gains[0], unit.first_gains[1]),
    ).to(execution.device)
    first = copy.deepcopy(network)
    losses = fit(
        network,
        draw,
        steps=unit.epochs * steps,
        learning_rate=unit.learning_rate,
        shape_rate=unit.shape_rate,
        gradient_clip=unit.gradient_clip,
    )
    tried = in_order(test.expand(len(unit.seeds), -1, -1))
    accuracy = _measurements.accuracy(network, tried, truth, unit)
    accuracy["loss"] = xr.DataArray(np.asarray(losses), dims="step")
    accuracy.attrs = {
        "images": data.name,
        "test_images": len(test),
        "times": times,
        "parameters": _sizes.parameters(unit.model, unit.hidden, unit.controller, data.classes),
        "multiplications": _sizes.multiplications(unit.model, unit.hidden, unit.controller),
    }
    if not isinstance(network, RateNetwork) or not isinstance(first, RateNetwork):
        return {"accuracy": accuracy}
    few = tried[:, : unit.exponent_images], truth[: unit.exponent_images]
    # The measurements that follow are small, and stay on the processor.
    network, first = network.cpu(), first.cpu()
    return {
        "accuracy": accuracy,
        "dynamics": _measurements.dynamics(network, few[0].cpu(), few[1].cpu(), unit),
        "responses": _measurements.responses(network, unit),
        "coding": _measurements.coding({"untrained": first, "trained": network}, times, unit),
        "shapes": _measurements.shapes(first, network, unit),
    }
