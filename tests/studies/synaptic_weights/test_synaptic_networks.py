"""Networks whose weights are watched: where they start, how they are fine-tuned, what their changes show."""

import copy
from typing import Any, get_args

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from learning_geometry.instruments.potentials import NegativeEntropy, PNorm, of_exponent
from learning_geometry.studies.synaptic_weights.experiments._architectures import ARCHITECTURES, WATCHED, build
from learning_geometry.studies.synaptic_weights.experiments._changes import measure_changes
from learning_geometry.studies.synaptic_weights.experiments._fine_tuning import Schedule, evaluate, fine_tune, train
from learning_geometry.studies.synaptic_weights.experiments.networks import (
    UNDERTRAINED,
    Architecture,
    Networks,
    measure,
)
from learning_geometry.studies.types import DataSource
from learning_geometry.studies.unit import Execution

CANDIDATES = [1.0, 1.5, 2.0, 2.5, 3.0]


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def made(name: str, initial: str = "log-normal", seed: int = 0, units: int = 48) -> nn.Module:
    return build(name, units, (1, 8, 8), 10, initial, generator(seed))


def test_units_know_every_architecture() -> None:
    assert get_args(Architecture) == ARCHITECTURES == tuple(WATCHED)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_log_normal_weights_have_the_scale_and_the_shape_they_are_said_to_have(name: str) -> None:
    parameters = dict(made(name, units=128).named_parameters())
    weights = parameters[WATCHED[name][-1]].detach().double()
    sizes, inputs = weights.abs().flatten(), weights[0].numel()
    assert sizes.square().mean().sqrt() * inputs**0.5 == pytest.approx(1, rel=0.05)
    assert sizes.std() / sizes.mean() == pytest.approx(1, rel=0.06)
    assert sizes.log().std() == pytest.approx(np.log(2) ** 0.5, rel=0.02)
    assert (weights > 0).double().mean() == pytest.approx(0.5, abs=0.02)
    uniform = dict(made(name, "uniform", units=128).named_parameters())[WATCHED[name][-1]].detach().abs().flatten()
    assert uniform.std() / uniform.mean() == pytest.approx(3**-0.5, rel=0.05)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_networks_differ_by_seed_only_and_leave_the_global_generator_alone(name: str) -> None:
    state = torch.get_rng_state()
    one, again, other = made(name), made(name), made(name, seed=1)
    assert torch.equal(torch.get_rng_state(), state)
    for first, second, third in zip(one.parameters(), again.parameters(), other.parameters(), strict=True):
        assert torch.equal(first, second)
        assert first.ndim < 2 or not torch.equal(first, third)
    assert one.eval()(torch.zeros(3, 1, 8, 8)).shape == (3, 10)


def test_the_recurrent_network_reads_rows_from_top_to_bottom() -> None:
    network = made("recurrent")
    images = torch.randn(1, 2, 4, 6, generator=generator())
    network = build("recurrent", 48, (2, 4, 6), 10, "log-normal", generator())
    rows = images[0].permute(1, 0, 2).reshape(4, 12)
    state = torch.zeros(48)
    weights = dict(network.named_parameters())
    for row in rows:
        state = torch.tanh(
            weights["recurrence.weight_ih_l0"] @ row
            + weights["recurrence.bias_ih_l0"]
            + weights["recurrence.weight_hh_l0"] @ state
            + weights["recurrence.bias_hh_l0"]
        )
    expected = weights["head.weight"] @ state + weights["head.bias"]
    torch.testing.assert_close(network(images)[0], expected)


def test_an_unknown_architecture_is_refused() -> None:
    with pytest.raises(ValueError, match=r"unknown architecture 'transformer'; known: recurrent"):
        made("transformer")


def task(n: int = 40) -> tuple[torch.Tensor, torch.Tensor]:
    images = torch.randn(n, 1, 8, 8, generator=generator(5))
    return images, torch.arange(n) % 10


def schedule(**changes: object) -> Schedule:
    usual = {"learning_rates": (0.01, 0.1), "momentum": 0.9, "batch_size": 16, "epochs": 5, "max_epochs": 10}
    return Schedule(**(usual | changes))  # type: ignore[arg-type]


def test_fine_tuning_with_the_euclidean_potential_is_gradient_descent_along_a_cosine() -> None:
    network, (images, labels) = made("perceptron"), task()
    before = copy.deepcopy(network.state_dict())
    found = fine_tune(
        network, images, labels, PNorm(2), schedule(learning_rates=(0.05,), epochs=4, max_epochs=4), seed=3
    )
    assert all(torch.equal(before[name], weights) for name, weights in network.state_dict().items())
    own = copy.deepcopy(network)
    optimiser = torch.optim.SGD(own.parameters(), 0.05, momentum=0.9)
    order = generator(3)
    for epoch in range(4):
        for group in optimiser.param_groups:
            group["lr"] = 0.05 * (1 + np.cos(np.pi * epoch / 4)) / 2
        for batch in torch.randperm(len(images), generator=order).split(16):
            optimiser.zero_grad()
            functional.cross_entropy(own(images[batch]), labels[batch]).backward()
            optimiser.step()
    for one, other in zip(own.parameters(), found.network.parameters(), strict=True):
        torch.testing.assert_close(one, other)
    assert found.epochs == 4


def test_the_learning_rate_with_the_least_final_loss_is_taken() -> None:
    network, (images, labels) = made("perceptron"), task()
    slow, fast = (
        fine_tune(network, images, labels, PNorm(2), schedule(learning_rates=(rate,)), seed=0).loss
        for rate in (1e-5, 0.03)
    )
    found = fine_tune(network, images, labels, PNorm(2), schedule(learning_rates=(1e-5, 0.03)), seed=0)
    assert found.learning_rate == 0.03
    assert found.loss == fast < slow


def test_a_divergence_at_one_rate_is_passed_over_and_at_all_rates_refused() -> None:
    network, (images, labels) = made("perceptron"), task()
    # A weight that left the range of floats: the loss is no longer a number, whatever tanh makes of the rest.
    found = fine_tune(network, images, labels, NegativeEntropy(), schedule(learning_rates=(1e-3, 1e38)), seed=0)
    assert found.learning_rate == 1e-3
    with pytest.raises(FloatingPointError, match=r"negative entropy diverges at every learning rate of \[1e\+38\]"):
        fine_tune(network, images, labels, NegativeEntropy(), schedule(learning_rates=(1e38,)), seed=0)


def test_fine_tuning_takes_longer_until_every_image_is_right_or_the_epochs_are_up() -> None:
    network, (images, labels) = made("perceptron"), task()
    slow = fine_tune(network, images, labels, PNorm(2), schedule(learning_rates=(1e-6,), max_epochs=17), seed=0)
    assert (slow.epochs, slow.accuracy < 1) == (15, True)
    fast = fine_tune(
        network, images, labels, PNorm(2), schedule(learning_rates=(0.1,), epochs=30, max_epochs=300), seed=0
    )
    assert (fast.epochs, fast.accuracy) == (30, 1.0)
    assert evaluate(fast.network, images, labels) == (fast.loss, 1.0)
    with pytest.raises(ValueError, match="max_epochs = 4 is below epochs = 5"):
        fine_tune(network, images, labels, PNorm(2), schedule(max_epochs=4), seed=0)


def test_a_longer_attempt_begins_anew_with_one_longer_cosine() -> None:
    network, (images, labels) = made("perceptron"), task()
    again = schedule(learning_rates=(1e-6,), epochs=4, max_epochs=8)
    once = schedule(learning_rates=(1e-6,), epochs=8, max_epochs=8)
    first = fine_tune(network, images, labels, PNorm(2), again, seed=0).network
    second = fine_tune(network, images, labels, PNorm(2), once, seed=0).network
    for one, other in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(one, other)


def planted(exponent: float, rng: np.random.Generator, n: int = 4000) -> tuple[np.ndarray, np.ndarray]:
    before = rng.lognormal(0, 0.8, n) * rng.choice([-1.0, 1.0], n)
    potential = of_exponent(exponent)
    return before, potential.primal(potential.dual(before) + 0.1 * rng.standard_normal(n), before)


@pytest.mark.parametrize("exponent", [1.0, 2.0, 3.0])
def test_changes_planted_in_a_geometry_are_told_by_every_statistic_but_not_when_pairs_are_lost(exponent: float) -> None:
    rng = np.random.default_rng(1)
    (first, second), (third, fourth) = planted(exponent, rng), planted(exponent, rng)
    changes = measure_changes({"a": first, "b": 50 * third}, {"a": second, "b": 50 * fourth}, CANDIDATES, rng)
    assert (changes.cdf_distance.idxmin("candidate") == exponent).all()
    assert changes.pooled.idxmin("candidate") == exponent
    assert changes.pooled.sel(candidate=exponent) < 0.03
    assert (abs(changes.exponent - exponent) < 0.25).all()
    assert ((changes.exponent_low < changes.exponent) & (changes.exponent < changes.exponent_high)).all()
    # Without its own past, a weight's "change" says nothing of the geometry.
    assert changes.shuffled.idxmin("candidate") == 1.5


def test_layers_of_different_scale_do_not_look_heavy_tailed_together() -> None:
    rng = np.random.default_rng(2)
    (first, second), (third, fourth) = planted(2.0, rng), planted(2.0, rng)
    apart = measure_changes({"a": first, "b": 50 * third}, {"a": second, "b": 50 * fourth}, CANDIDATES, rng)
    raw = np.concatenate([second - first, 50 * (fourth - third)])
    together = measure_changes({"all": np.zeros(8000) + 1}, {"all": 1 + raw / 1e3}, CANDIDATES, rng)
    assert apart.pooled.sel(candidate=2.0) < 0.03
    assert together.pooled.sel(candidate=2.0) > 0.2


def test_weights_of_zero_are_left_out() -> None:
    rng = np.random.default_rng(0)
    before = rng.lognormal(0, 0.8, 400)
    after = before * np.exp(0.1 * rng.standard_normal(400))
    before[7], after[[8, 9]] = 0, 0
    changes = measure_changes({"a": before}, {"a": after}, CANDIDATES, np.random.default_rng(1))
    kept = np.delete(np.arange(400), [7, 8, 9])
    alone = measure_changes({"a": before[kept]}, {"a": after[kept]}, CANDIDATES, np.random.default_rng(1))
    assert changes.identical(alone)


TINY: dict[str, Any] = {
    "seed": 0,
    "images": DataSource(name="digits"),
    "networks": {"recurrent": 16, "convolutional": 8},
    "initial": "log-normal",
    "pretraining": "matched",
    "pretraining_epochs": 2,
    "pretraining_learning_rate": 0.01,
    "undertrained": "convolutional",
    "undertrained_epochs": 1,
    "undertrained_learning_rate": 1e-4,
    "truths": [1.0, 3.0],
    "candidates": [1.0, 2.0, 3.0],
    "learning_rates": [0.01],
    "momentum": 0.9,
    "batch_size": 64,
    "epochs": 1,
    "max_epochs": 1,
}


def measured(**changed: Any) -> Any:
    return measure(Networks(**{**TINY, **changed}), Execution())


def test_what_is_measured_of_a_network_is_reproducible_and_keeps_the_signs_of_entropy() -> None:
    parts, again = measured(), measured()
    assert list(parts) == ["recurrent", "convolutional", UNDERTRAINED]
    for name, network in parts.items():
        assert network.identical(again[name])
        assert network.cdf_distance.dims == ("truth", "layer", "candidate")
        assert (network.flipped.sel(truth=1.0) == 0).all()
        assert np.isfinite(network.exponent).all()
    assert (int(parts["recurrent"].images), parts["recurrent"].weights.values.tolist()) == (16, [256])
    assert int(parts["convolutional"].images) == int((72 + 2 * 576) ** 0.5)
    assert not np.array_equal(parts["convolutional"].magnitude, parts[UNDERTRAINED].magnitude)


def test_pre_training_that_diverges_is_named() -> None:
    wild: dict[str, Any] = {
        "networks": {"perceptron": 8},
        "undertrained": "perceptron",
        "pretraining": "euclidean",
        "pretraining_epochs": 1,
        "pretraining_learning_rate": 1e4,
        "truths": [1.0],
    }
    with pytest.raises(
        FloatingPointError, match=r"the perceptron network diverges at the learning rate 10000 .* lower"
    ):
        measured(**wild)


def test_more_images_than_there_are_is_refused_before_any_training() -> None:
    with pytest.raises(ValueError, match="network of 541 units is fine-tuned on 541 images, but digits has 540"):
        measured(networks={"perceptron": 541}, undertrained="perceptron")


def test_training_stops_where_the_loss_is_no_number() -> None:
    network, (images, labels) = made("perceptron"), task()
    with torch.no_grad():
        next(network.parameters()).fill_(float("nan"))
    optimiser = torch.optim.SGD(network.parameters(), 0.1)
    train(network, images, labels, optimiser, 3, 16, generator())
    assert not network.training
