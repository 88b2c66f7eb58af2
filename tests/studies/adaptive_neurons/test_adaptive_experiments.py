"""The pieces of the experiments: what they must do whatever the numbers, with slow oracles and negative controls."""

from typing import Any

import pytest
import torch

from learning_geometry.instruments.lyapunov import lyapunov_exponents
from learning_geometry.materials.recurrent_networks import MODELS, states
from learning_geometry.materials.recurrent_starts import build
from learning_geometry.materials.training import seeded
from learning_geometry.studies.adaptive_neurons.experiments._dynamics import exponents, tangent_step
from learning_geometry.studies.adaptive_neurons.experiments._imposed import course, imposed_choices, mean_shape
from learning_geometry.studies.adaptive_neurons.experiments._perturbations import Condition, conditions, drifted
from learning_geometry.studies.adaptive_neurons.experiments._responses import step_response, step_times, under_noise
from learning_geometry.studies.adaptive_neurons.experiments._sizes import (
    matched_hidden,
    multiplications,
    parameters,
    wide_hidden,
)


def made(model: str, seeds: int = 2, hidden: int = 6, controller: int = 4) -> Any:
    network = build(
        model, [seeded(k, 1) for k in range(seeds)], hidden=hidden, classes=3, controller=controller, gains=(2.0, 3.0)
    )
    if model == "adaptive":
        with torch.no_grad():
            network.control_out *= 5  # an untrained controller hardly moves anything
    return network


def sequences(seeds: int = 2, batch: int = 5, times: int = 12) -> torch.Tensor:
    return torch.rand(seeds, batch, times, generator=torch.Generator().manual_seed(3))


@pytest.mark.parametrize("model", ["relu", "tanh", "heterogeneous", "adaptive"])
def test_tangents_are_those_of_the_jacobian(model: str) -> None:
    network, inputs = made(model, 1).double(), sequences(1, 1).double()
    size = 6 * (5 if model == "adaptive" else 1)
    state = torch.rand(1, 1, size, generator=torch.Generator().manual_seed(0), dtype=torch.float64) - 0.5
    tangents = torch.eye(size, dtype=torch.float64).expand(1, 1, -1, -1)
    _, found = tangent_step(network, inputs, 0.3)(2, state, tangents)

    def forward(flat: torch.Tensor) -> torch.Tensor:
        h, g = flat[:6].view(1, 1, 6), flat[6:]
        whole = (h, g.view(1, 4, 6)) if model == "adaptive" else (h,)
        new = network.step(inputs[..., 2, None], whole, torch.tensor(0.3))
        return torch.cat([part.flatten() for part in new])

    jacobian = torch.autograd.functional.jacobian(forward, state.flatten())
    assert torch.allclose(found[0, 0], jacobian, atol=1e-10)
    assert float(jacobian.abs().max()) > 0.1


def test_states_along_exponents_are_those_of_the_network() -> None:
    network, inputs = made("adaptive").double(), sequences().double()
    step, state = tangent_step(network, inputs, 0.0), torch.zeros(2, 5, 30, dtype=torch.float64)
    for t in range(12):
        state, _ = step(t, state, torch.zeros(2, 5, 30, 1, dtype=torch.float64))
    *_, last = states(network, inputs)
    assert torch.allclose(state[..., :6], last[0], atol=1e-10)


def test_an_orthogonal_linear_network_neither_stretches_nor_shrinks() -> None:
    """With a strong drive all rectifiers are open, and weights that only permute neurons keep every distance."""
    network = made("relu")
    with torch.no_grad():
        network.recurrent[:] = torch.eye(6).roll(1, 0)
    open_ones = exponents(network, sequences(), 50.0, 3, seeded(0, 6))
    assert open_ones.shape == (2, 5, 3)
    assert open_ones.abs().max() < 1e-5
    with torch.no_grad():
        network.recurrent *= 0.5
    assert exponents(network, sequences(), 50.0, 1, seeded(0, 6)).mean() == pytest.approx(-0.693, abs=0.01)


def test_adaptation_is_part_of_what_is_stretched() -> None:
    network = made("adaptive")
    with_state = exponents(network, sequences(), 0.0, 1, seeded(0, 6))
    frozen = tangent_step(network.double(), sequences().double(), 0.0)

    def without(t: int, state: torch.Tensor, tangents: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        moved, turned = frozen(t, state, tangents)
        return moved, torch.cat([turned[..., :6, :], 0 * turned[..., 6:, :]], -2)

    start = torch.zeros(2, 5, 30, dtype=torch.float64)
    alone = lyapunov_exponents(without, start, steps=12, k=1, warm_up=3, generator=seeded(0, 6))
    assert not torch.allclose(with_state, alone, atol=1e-4)


def test_conditions_do_what_their_names_say() -> None:
    clean = sequences(2, 3, 20)
    wanted = {condition.name: condition for condition in conditions([0.1], [0.5], [1.0])}
    assert list(wanted) == ["clean", "noise 0.1", "drift 0.5", "drive 1"]
    generators = [seeded(k, 4) for k in range(2)]
    assert wanted["clean"].sequences(clean, generators) is clean
    noisy = Condition("noise", 0.1).sequences(torch.zeros(2, 100, 20), generators)
    assert float(noisy.std()) == pytest.approx(0.1, rel=0.05)
    drift = wanted["drift 0.5"].sequences(clean, generators) / clean
    assert float(drift[0, 0, 5]) == pytest.approx(1.5)
    assert float(drift[0, 0, 15]) == pytest.approx(0.5)
    extra = wanted["drive 1"].extra(20)
    assert extra is not None
    assert [float(extra(t)) for t in range(20)] == [0.0] * 5 + [1.0] * 5 + [0.0] * 10
    assert wanted["clean"].extra(20) is None


def test_drift_in_training_has_a_phase_and_a_frequency_of_each_sequence() -> None:
    ones = torch.ones(2, 50, 64)
    found = drifted(ones, 0.5, [seeded(k, 3) for k in range(2)])
    assert float(found.min()) >= 0.5
    assert float(found.max()) <= 1.5
    assert float(found[:, :, 0].std()) > 0.2
    assert torch.equal(drifted(ones, 0.0, [seeded(k, 3) for k in range(2)]), ones)


def test_freezing_shuffling_and_transplanting_impose_what_they_say() -> None:
    network, inputs = made("adaptive"), sequences(2, 40)
    gains, saturations = course(network, inputs, None)
    assert gains.shape == saturations.shape == (12, 2, 40, 6)
    frozen = mean_shape((gains, saturations))
    assert torch.allclose(frozen[0][:, 0], gains.mean((0, 2)))
    generators = [seeded(k, 5) for k in range(2)]
    found = imposed_choices(network, inputs, None, frozen, generators)
    assert found.shape == (3, 2, 40)
    # Where neurons do not adapt, nothing is imposed.
    with torch.no_grad():
        network.control_out.zero_()
    still = mean_shape(course(network, inputs, None))
    ways = imposed_choices(network, inputs, None, still, generators)
    *_, last = states(network, inputs)
    assert (ways == network.logits(last).argmax(-1)).all()


def test_a_step_is_answered_while_it_lasts() -> None:
    begin, end = step_times(60)
    outputs, shapes = step_response(made("relu").isolated(), 3.0, 60, 8, [seeded(k, 7) for k in range(2)])
    assert shapes is None
    level = outputs.mean((0, 2))
    assert float(level[begin : begin + 3].mean()) > float(level[:begin].mean()) + 1
    _, adapting = step_response(made("adaptive").isolated(), 3.0, 60, 8, [seeded(k, 7) for k in range(2)])
    assert adapting is not None
    assert adapting.shape == (2, 2, 60, 6)
    during, before = adapting[0, :, end - 5 : end].mean(), adapting[0, :, begin - 5 : begin].mean()
    assert float((during - before).abs()) > 1e-3


def test_the_slope_under_noise_is_that_of_the_activation() -> None:
    generators = [seeded(k, 8) for k in range(2)]
    for model, low, high in (("relu", 0.3, 0.9), ("fixed", 0.3, 0.9)):
        slope, shape = under_noise(made(model), 2.0, 12, 30, generators)
        assert low < float(slope.mean()) < high
        assert shape.shape == (2, 2)
    tanh = [float(under_noise(made("tanh"), sd, 12, 30, generators)[0].mean()) for sd in (0.1, 1.0, 5.0)]
    assert tanh == sorted(tanh, reverse=True)
    _, shape = under_noise(made("adaptive"), 1.0, 12, 30, generators)
    assert (shape[0] > 0.5).all()


@pytest.mark.parametrize("model", MODELS)
def test_parameters_are_counted_as_they_are_learnt(model: str) -> None:
    network = made(model, 1, 6, 4)
    learnt = sum(parameter.numel() for parameter in network.parameters() if parameter.requires_grad)
    assert learnt == parameters(model, 6, 4, 3)


def test_matched_networks_have_as_many_parameters_and_the_wide_one_costs_as_much() -> None:
    target = parameters("adaptive", 64, 4, 10)
    for model in ("gru", "lstm", "fixed"):
        size = matched_hidden(model, 64, 4, 10)
        assert parameters(model, size, 4, 10) == pytest.approx(target, rel=0.05)
    wide = wide_hidden(64, 4)
    assert (
        multiplications("fixed", wide - 1, 4) < multiplications("adaptive", 64, 4) <= multiplications("fixed", wide, 4)
    )
