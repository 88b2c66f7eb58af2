"""Networks of many seeds are what each seed's would be alone, and compute the printed equations."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from learning_geometry.materials import recurrent_networks
from learning_geometry.materials.recurrent_networks import MODELS, RateNetwork, last_state, states
from learning_geometry.materials.recurrent_starts import build, orthogonal
from learning_geometry.materials.recurrent_training import choices, clip_each, fit, gradient_norms

HOW: dict[str, Any] = {"hidden": 6, "classes": 3, "controller": 4, "gains": (2.0, 3.0)}


def generators(*seeds: int) -> list[torch.Generator]:
    return [torch.Generator().manual_seed(seed) for seed in seeds]


def made(model: str, *seeds: int, **how: Any) -> Any:
    return build(model, generators(*(seeds or (0, 1))), **(HOW | how))


def sequences(seeds: int = 2, batch: int = 5, times: int = 7) -> Tensor:
    return torch.rand(seeds, batch, times, generator=torch.Generator().manual_seed(9))


@pytest.mark.parametrize("model", MODELS)
def test_a_network_among_others_is_the_network_alone(model: str) -> None:
    together, alone = made(model, 3, 4), made(model, 4)
    inputs = sequences()
    for one, other in zip(last_state(together, inputs), last_state(alone, inputs[1:]), strict=True):
        assert torch.allclose(one[1], other[0], atol=1e-6)
    with torch.no_grad():
        together.recurrent[0] += 1
    assert torch.allclose(last_state(together, inputs)[0][1], last_state(alone, inputs[1:])[0][0], atol=1e-6)


@pytest.mark.parametrize("model", ["heterogeneous", "adaptive", "lstm"])
def test_it_is_trained_as_if_it_were_alone(model: str) -> None:
    labels = torch.randint(3, (2, 5), generator=torch.Generator().manual_seed(1))
    together, alone = made(model, 3, 4), made(model, 4)
    how: dict[str, Any] = {"steps": 5, "learning_rate": 0.02, "shape_rate": 3.0, "gradient_clip": 0.3}
    losses = fit(together, lambda _: (sequences(), labels), **how)
    fit(alone, lambda _: (sequences()[1:], labels[1:]), **how)
    assert losses[-1] < losses[0]
    for one, other in zip(together.parameters(), alone.parameters(), strict=True):
        assert torch.allclose(one[1], other[0], atol=1e-5)


def slow_gamma(x: np.ndarray, n: Any, s: Any) -> np.ndarray:
    return (1 - s) * np.log1p(np.exp(n * x)) / n + s / (1 + np.exp(-n * x))


def test_adaptive_neurons_follow_the_printed_equations_step_by_step() -> None:
    network, inputs = made("adaptive"), sequences()
    with torch.no_grad():
        network.control_out[:, 1] += 0.2  # so that saturations move too
    w = {name: value.detach().numpy().astype(np.float64) for name, value in network.named_parameters()}
    out = last_state(network, inputs)[0].detach().numpy()
    for k in range(2):
        for b in range(5):
            h, g = np.zeros(6), np.zeros((6, 4))
            for x in inputs[k, b].numpy():
                a = x * w["inward"][k, 0] + h @ w["recurrent"][k] + w["bias"][k, 0]
                new = np.empty(6)
                for i in range(6):  # one controller for all neurons, with a state of its own in each
                    heard = w["control_in"][k, :, 0] * a[i] + w["control"][k] @ g[i] + w["control_bias"][k, :, 0]
                    g[i] = np.tanh(heard)
                    n, s = w["control_out"][k] @ g[i] + w["control_out_bias"][k, :, 0]
                    new[i] = slow_gamma(a[i], max(n, 0.1), s)
                h = new
            assert out[k, b] == pytest.approx(h, rel=1e-3, abs=1e-5)


def test_the_settings_are_one_network_at_first_and_adaptive_neurons_without_a_controller_are_fixed() -> None:
    inputs = sequences()
    fixed = last_state(made("fixed"), inputs)[0]
    for model in ("homogeneous", "heterogeneous"):
        assert torch.equal(last_state(made(model), inputs)[0], fixed)
    adaptive = made("adaptive")
    assert not torch.allclose(last_state(adaptive, inputs)[0], fixed, atol=1e-6)
    with torch.no_grad():
        adaptive.control_out.zero_()
    assert torch.allclose(last_state(adaptive, inputs)[0], fixed, atol=1e-5)
    relu = made("relu")
    for name in ("recurrent", "inward", "readout"):
        assert torch.equal(getattr(relu, name), getattr(made("fixed"), name))


@pytest.mark.parametrize("model", ["gru", "lstm"])
def test_gated_networks_are_those_of_torch(model: str) -> None:
    network, inputs = made(model, 5), sequences(1)
    peer = (torch.nn.GRU if model == "gru" else torch.nn.LSTM)(1, 6, batch_first=True)
    order = [1, 0, 2] if model == "gru" else [0, 1, 2, 3]  # torch has the reset gate of a GRU first

    def rows(weights: Tensor) -> Tensor:
        return torch.cat([weights[0].mT.chunk(len(order))[part] for part in order])

    with torch.no_grad():
        peer.weight_ih_l0.copy_(rows(network.inward))
        peer.weight_hh_l0.copy_(rows(network.recurrent))
        peer.bias_ih_l0.copy_(rows(network.bias)[:, 0])
        peer.bias_hh_l0.zero_()
        expected = peer(inputs[0].unsqueeze(-1))[0][:, -1]
        assert torch.allclose(last_state(network, inputs)[0][0], expected, atol=1e-6)


def test_recurrent_weights_start_orthogonal_with_angles_of_every_size() -> None:
    matrix = orthogonal(40, torch.Generator().manual_seed(0))
    assert torch.allclose(matrix @ matrix.mT, torch.eye(40), atol=1e-6)
    angles = np.abs(np.angle(np.linalg.eigvals(matrix.numpy())))
    assert angles.max() > 2.5
    assert angles.min() < 0.5
    assert orthogonal(5, torch.Generator().manual_seed(0)).diagonal()[-1] == 1


def test_steps_that_are_computed_twice_have_the_same_gradients(monkeypatch: pytest.MonkeyPatch) -> None:
    gradients = []
    for most in (10**9, 1):
        monkeypatch.setattr(recurrent_networks, "_MOST_KEPT", most)
        network = made("adaptive")
        network.logits(last_state(network, sequences())).square().sum().backward()
        gradients.append([parameter.grad for parameter in network.parameters()])
    assert all(torch.allclose(one, two, atol=1e-6) for one, two in zip(*gradients, strict=True))


def test_the_way_back_through_a_controller_is_that_of_automatic_differentiation() -> None:
    shapes = [(2, 1, 5), (2, 3, 5), (2, 3, 1), (2, 3, 3), (2, 3, 1)]
    drawn = torch.Generator().manual_seed(0)
    arguments = [torch.randn(shape, generator=drawn, dtype=torch.float64, requires_grad=True) for shape in shapes]
    assert torch.autograd.gradcheck(recurrent_networks._Control.apply, arguments)


def test_an_imposed_time_course_is_felt_and_the_networks_own_changes_nothing() -> None:
    network, inputs = made("adaptive"), sequences()
    own = [network.shape_of(state[1], (2, 5, 6)) for state in states(network, inputs)]
    *_, free = states(network, inputs)
    *_, same = states(network, inputs, shapes=lambda t: own[t])
    *_, other = states(network, inputs, shapes=lambda t: (own[t][0] + 2, own[t][1]))
    assert torch.allclose(free[0], same[0], atol=1e-6)
    assert not torch.allclose(free[0], other[0], atol=1e-3)


def test_isolated_neurons_hear_only_themselves() -> None:
    network = made("fixed")
    alone = network.isolated()
    pushed = torch.zeros(6)
    pushed[2] = 1.0
    one, other = (list(states(alone, sequences(), extra=lambda t, p=p: p))[-1][0] for p in (pushed, 0 * pushed))
    moved = (one - other).abs().amax((0, 1)) > 1e-6
    assert moved.tolist() == [False, False, True, False, False, False]
    assert network.recurrent[0, 0, 1] == made("fixed").recurrent[0, 0, 1], "the network itself stays as it was"


@pytest.mark.parametrize("model", ["tanh", "adaptive", "gru", "lstm"])
def test_a_drive_reaches_every_neuron(model: str) -> None:
    network = made(model)
    plain, driven = (
        list(states(network, sequences(), extra=lambda t, d=d: torch.tensor(d)))[-1][0] for d in (0.0, 3.0)
    )
    assert ((plain - driven).abs() > 1e-6).all()


def test_gradients_are_clipped_for_each_seed_by_itself() -> None:
    parameters = [torch.nn.Parameter(torch.zeros(2, 3)), torch.nn.Parameter(torch.zeros(2, 2, 2))]
    for parameter in parameters:
        parameter.grad = torch.ones_like(parameter)
        parameter.grad[1] *= 0.01
    clip_each(parameters, 1.0)
    norms = torch.stack([parameter.grad.flatten(1).square().sum(1) for parameter in parameters]).sum(0).sqrt()
    assert norms.tolist() == pytest.approx([1.0, 0.01 * math.sqrt(7)], rel=1e-4)


def test_gradients_over_time_are_those_of_finite_differences() -> None:
    network, inputs, labels = made("tanh", 0), sequences(1, 1, 4), torch.tensor([[1]])
    norms = gradient_norms(network, inputs, labels)
    everything = list(states(network, inputs))
    h = everything[-1][0].detach().clone().requires_grad_()
    torch.nn.functional.cross_entropy(network.logits((h,))[0], labels[0]).backward()
    assert float(norms[0, -1]) == pytest.approx(float(h.grad.norm()), rel=1e-5)
    assert norms.shape == (1, 4)


def test_nonsense_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="unknown model 'rnn'; known are relu, tanh"):
        made("rnn")
    with pytest.raises(ValueError, match="hidden is 0"):
        made("fixed", hidden=0)
    with pytest.raises(ValueError, match=r"first gains from 0\.0 to 1\.0"):
        made("fixed", gains=(0.0, 1.0))
    network = made("fixed")
    with pytest.raises(ValueError, match="with one time or more"):
        choices(network, torch.zeros(2, 5, 0))
    with pytest.raises(ValueError, match="2 seeds"):
        choices(network, torch.zeros(3, 5, 4))
    with pytest.raises(ValueError, match="not finite"):
        choices(network, torch.full((2, 5, 4), math.nan))
    with pytest.raises(ValueError, match="take a lower learning rate"):
        fit(made("relu"), lambda _: (sequences(), torch.zeros(2, 5).long()), steps=60, learning_rate=1e12)


def test_plain_networks_are_rate_networks() -> None:
    assert isinstance(made("relu"), RateNetwork)
    assert not isinstance(made("gru"), RateNetwork)
