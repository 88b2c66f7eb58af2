"""What is measured of trained networks, as labelled arrays."""

from typing import TYPE_CHECKING

import numpy as np
import torch
import xarray as xr
from torch import Tensor

from learning_geometry.instruments.fractional import fitted_order, published_order
from learning_geometry.materials.recurrent_networks import Extra, RateNetwork, RecurrentNetwork
from learning_geometry.materials.recurrent_training import choices, gradient_norms
from learning_geometry.materials.training import seeded
from learning_geometry.studies.adaptive_neurons.experiments._dynamics import exponents
from learning_geometry.studies.adaptive_neurons.experiments._imposed import WAYS, course, imposed_choices, mean_shape
from learning_geometry.studies.adaptive_neurons.experiments._perturbations import Condition, conditions
from learning_geometry.studies.adaptive_neurons.experiments._responses import step_response, step_times, under_noise

if TYPE_CHECKING:
    from learning_geometry.studies.adaptive_neurons.experiments.networks import Networks

_ROWS = 180  # test images a pass: bounds memory
_SHOWN = 12  # neurons whose time course is kept


def accuracy(network: RecurrentNetwork, tried: Tensor, truth: Tensor, unit: "Networks") -> xr.Dataset:
    """Accuracy on test sequences `(seeds, n, times)` under every condition, and with the controller's time course imposed."""
    wanted = conditions(unit.noises, unit.drifts, unit.drives)
    where = {
        "seed": unit.seeds,
        "condition": [condition.name for condition in wanted],
        "kind": ("condition", [condition.kind for condition in wanted]),
        "size": ("condition", [condition.size for condition in wanted]),
    }
    noisy = [seeded(seed, 4) for seed in unit.seeds]
    shuffling = [seeded(seed, 5) for seed in unit.seeds]
    adaptive = isinstance(network, RateNetwork) and network.model == "adaptive"
    right, imposed = [], []
    frozen = None
    for condition in wanted:
        seen, extra = condition.sequences(tried, noisy), _extra(condition, tried)
        parts = list(zip(seen.split(_ROWS, 1), truth.split(_ROWS), strict=True))
        hits = torch.cat([choices(network, part, extra=extra) == labels for part, labels in parts], 1)
        right.append(hits.double().mean(1).cpu().numpy())
        if adaptive:
            assert isinstance(network, RateNetwork)
            frozen = frozen or mean_shape(course(network, tried[:, :_ROWS], None))
            ways = [imposed_choices(network, part, extra, frozen, shuffling) == labels for part, labels in parts]
            imposed.append(torch.cat(ways, 2).double().mean(2).cpu().numpy())
    values = {"accuracy": (("seed", "condition"), np.stack(right, 1))}
    if adaptive:
        return xr.Dataset(
            values | {"imposed": (("way", "seed", "condition"), np.stack(imposed, 2))}, coords=where | {"way": WAYS}
        )
    return xr.Dataset(values, coords=where)


def _extra(condition: Condition, tried: Tensor) -> Extra | None:
    added = condition.extra(tried.shape[-1])
    return (lambda t: added(t).to(tried.device)) if added else None


def dynamics(network: RateNetwork, sequences: Tensor, labels: Tensor, unit: "Networks") -> xr.Dataset:
    """Lyapunov exponents under several drives, and the norms of gradients over time."""
    found = [exponents(network, sequences, drive, 1, seeded(0, 6))[..., 0] for drive in unit.exponent_drives]
    every = torch.stack(found, -1).numpy()  # (seeds, batch, drives)
    norms = gradient_norms(network, sequences, labels.expand(len(sequences), -1)).double().numpy()
    gradient = np.log10(np.maximum(norms, 1e-30))
    eigenvalues = np.linalg.eigvals(network.recurrent.detach().double().numpy())
    return xr.Dataset(
        {
            "exponent": (("seed", "drive"), every.mean(1)),
            "exponent_sd": (("seed", "drive"), every.std(1)),
            "gradient": (("seed", "time"), gradient - gradient[:, -1:]),
            "radius": ("seed", np.abs(eigenvalues).max(1)),
            "real": (("seed", "mode"), eigenvalues.real),
            "imaginary": (("seed", "mode"), eigenvalues.imag),
        },
        coords={"seed": unit.seeds, "drive": unit.exponent_drives, "time": np.arange(1, sequences.shape[-1] + 1)},
    )


def responses(network: RateNetwork, unit: "Networks") -> xr.Dataset:
    """Responses of isolated and connected neurons to a step, and their fractional orders by two estimators."""
    times = unit.response_times
    begin, end = step_times(times)
    # The authors' window, in parts of the time: 40 to 110 of 150, with the reference at 25.
    window, reference = slice(4 * times // 15, 11 * times // 15), times // 6
    networks = {"isolated": network.isolated(), "connected": network}
    shape = (len(networks), len(unit.seeds), len(unit.response_drives))
    response = np.empty((*shape, times))
    orders = np.empty((3, *shape))
    for i, alone in enumerate(networks.values()):
        for k, drive in enumerate(unit.response_drives):
            outputs, _ = step_response(
                alone, drive, times, unit.response_trials, [seeded(seed, 7) for seed in unit.seeds]
            )
            response[i, :, k] = outputs.mean(2).double().numpy()
            step = np.zeros(times)
            step[begin:end] = drive
            for j in range(len(unit.seeds)):
                fit = fitted_order(response[i, j, k], step, window)
                published = published_order(response[i, j, k], step, window, reference)
                orders[:, i, j, k] = published.order, fit.order, fit.explained
    where = ("network", "seed", "drive")
    return xr.Dataset(
        {
            "response": ((*where, "time"), response),
            "published": (where, orders[0]),
            "fitted": (where, orders[1]),
            "explained": (where, orders[2]),
        },
        coords={
            "network": list(networks),
            "seed": unit.seeds,
            "drive": unit.response_drives,
            "time": np.arange(1, times + 1),
        },
    )


def coding(stages: dict[str, RateNetwork], times: int, unit: "Networks") -> xr.Dataset:
    """Mean slope, gain and saturation under noise of several spreads, before and after training."""
    shape = (len(stages), len(unit.seeds), len(unit.gain_drives))
    slope, gain, saturation = np.empty(shape), np.empty(shape), np.empty(shape)
    for i, network in enumerate(stages.values()):
        for k, sd in enumerate(unit.gain_drives):
            slopes, shapes = under_noise(
                network, sd, times, unit.response_trials, [seeded(seed, 8) for seed in unit.seeds]
            )
            slope[i, :, k] = slopes.double().numpy()
            gain[i, :, k], saturation[i, :, k] = shapes.double().numpy()
    where = ("stage", "seed", "sd")
    return xr.Dataset(
        {"slope": (where, slope), "gain": (where, gain), "saturation": (where, saturation)},
        coords={"stage": list(stages), "seed": unit.seeds, "sd": unit.gain_drives},
    )


def shapes(first: RateNetwork, network: RateNetwork, unit: "Networks") -> xr.Dataset:
    """Gains and saturations of neurons before and after training, and those of adaptive neurons over a step.

    `gain` and `saturation` are `(stage, seed, neuron)`, for adaptive neurons the mean before the step; `course (quantity, seed, drive,
    time)` is the mean over neurons, `courses (quantity, neuron_shown, time)` that of a few neurons of the first seed at the largest drive.
    """
    times = unit.response_times
    begin, _ = step_times(times)
    values, extra = [], {}
    for stage in (first, network):
        if stage.model in ("relu", "tanh"):
            values.append(np.zeros((2, stage.seeds, stage.hidden)))
        elif stage.model != "adaptive":
            shape = (stage.seeds, 1, stage.hidden)
            parts = [part.detach().expand(shape)[:, 0] for part in (stage.gain, stage.saturation)]
            values.append(torch.stack(parts).double().numpy())
        else:
            alone = stage.isolated()
            courses = []
            for drive in unit.response_drives:
                generators = [seeded(seed, 7) for seed in unit.seeds]
                _, adapting = step_response(alone, drive, times, unit.response_trials, generators)
                assert adapting is not None
                courses.append(adapting.double().numpy())
            every = np.stack(courses, 2)  # (quantity, seeds, drives, times, hidden)
            values.append(every[:, :, 0, begin // 2 : begin].mean(2))
            extra = {
                "course": (("quantity", "seed", "drive", "time"), every.mean(-1)),
                "courses": (("quantity", "neuron_shown", "time"), every[:, 0, -1, :, :_SHOWN].swapaxes(1, 2)),
            }
    gain, saturation = np.stack(values, 1)
    coords = {"stage": ["untrained", "trained"], "seed": unit.seeds}
    if extra:
        coords |= {"quantity": ["gain", "saturation"], "drive": unit.response_drives}
    where = ("stage", "seed", "neuron")
    return xr.Dataset({"gain": (where, gain), "saturation": (where, saturation), **extra}, coords=coords)
