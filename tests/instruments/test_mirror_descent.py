import copy
import io
import pickle
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from learning_geometry.instruments import mirror_descent
from learning_geometry.instruments.mirror_descent import MirrorDescent
from learning_geometry.instruments.potentials import NegativeEntropy, PNorm, of_exponent

EXPONENTS = [1.0, 1.5, 2.0, 2.5, 3.0, 4.2]
exponents = pytest.mark.parametrize("p", EXPONENTS)
kernels = pytest.mark.parametrize("foreach", [False, True])
LAYOUTS = ["contiguous", "transposed", "channels last", "gaps", "other gradient", "scalar", "empty", "one"]


def laid_out(layout, generator):
    """Weights and gradient of one layout in memory."""

    def draw(*shape):
        return torch.randn(shape, generator=generator, dtype=torch.float64)

    if layout == "contiguous":
        return draw(5, 7), draw(5, 7)
    if layout == "transposed":
        return draw(7, 5).T, draw(7, 5).T
    if layout == "channels last":
        return tuple(draw(3, 4, 2, 5).to(memory_format=torch.channels_last) for _ in range(2))
    if layout == "gaps":
        return draw(6, 8)[:, ::2], draw(6, 4)
    if layout == "other gradient":
        return draw(7, 5).T, draw(5, 1).expand(5, 7)
    return (draw(*{"scalar": (), "empty": (0, 3), "one": (1,)}[layout]) for _ in range(2))


def network(seed=0):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Conv2d(2, 4, 3), nn.Tanh(), nn.Flatten(), nn.BatchNorm1d(16), nn.Linear(16, 3))


def train(model, optimizer, steps, scheduler=None, seed=0):
    generator = torch.Generator().manual_seed(seed)
    for _ in range(steps):
        optimizer.zero_grad()
        model(torch.randn(6, 2, 4, 4, generator=generator)).square().sum().backward()
        optimizer.step()
        if scheduler:
            scheduler.step()
    return [w.detach().clone() for w in model.parameters()]


def grouped(model, **changes):
    return [{"params": model[0].parameters()}, {"params": model[2:].parameters(), **changes}]


def assert_same_bits(found, expected):
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


def has_moved(weights, seed=0):
    return [not torch.equal(w, before) for w, before in zip(weights, network(seed).parameters(), strict=True)]


@kernels
@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("channels_last", [False, True])
def test_two_norm_is_sgd_bit_for_bit(foreach, momentum, channels_last):
    found = []
    for build in (
        lambda groups: torch.optim.SGD(groups, 0.03, momentum, foreach=foreach),
        lambda groups: MirrorDescent(groups, 0.03, PNorm(2), momentum, foreach=foreach),
        lambda groups: MirrorDescent(groups, 0.03, PNorm(2.0001), momentum, foreach=foreach),
    ):
        model = network()
        if channels_last:
            model = model.to(memory_format=torch.channels_last)
        optimizer = build(grouped(model, lr=0.007))
        scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 6)
        found.append(train(model, optimizer, 6, scheduler))
    sgd, ours, control = found
    assert all(has_moved(sgd))
    assert_same_bits(ours, sgd)
    assert not any(torch.equal(a, b) for a, b in zip(control, sgd, strict=True))


@exponents
@kernels
@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_steps_are_those_of_the_definition_in_any_layout(p, foreach, momentum, layout, monkeypatch):
    monkeypatch.setattr(mirror_descent, "BLOCK", 3)  # several blocks, the last one short
    potential, lr, generator = of_exponent(p), 0.05, torch.Generator().manual_seed(0)
    start, _ = laid_out(layout, generator)
    w = nn.Parameter(start)
    assert w.stride() == start.stride()
    optimizer = MirrorDescent([w], lr, potential, momentum, foreach=foreach)
    expected, buffer = w.detach().numpy().copy(), 0.0
    for _ in range(4):
        _, gradient = laid_out(layout, generator)
        w.grad, kept = gradient, gradient.clone()
        optimizer.step()
        buffer = momentum * buffer + gradient.numpy()
        expected = potential.primal(potential.dual(expected) - lr * buffer, expected)
        assert torch.equal(gradient, kept)
        np.testing.assert_allclose(w.detach().numpy(), expected, rtol=1e-8, atol=1e-12)
    assert w.stride() == start.stride()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_blocks_are_small_wherever_weights_lie_densely(layout, monkeypatch):
    monkeypatch.setattr(mirror_descent, "BLOCK", 3)
    size = 3 * torch.get_num_threads()
    w, gradient = laid_out(layout, torch.Generator().manual_seed(0))
    blocks = list(mirror_descent._blocks(w, gradient, w.clone()))
    if layout in ("gaps", "other gradient"):
        assert [block.numel() for block, *_ in blocks] == [w.numel()]
    else:
        assert all(block.numel() <= size for block, *_ in blocks)
        assert len(blocks) == max(-(-w.numel() // size), 1)
    pairs = sorted(zip(w.flatten().tolist(), gradient.flatten().tolist(), strict=True))
    found = [zip(a.flatten().tolist(), b.flatten().tolist(), strict=True) for a, b, _ in blocks]
    assert sorted(pair for block in found for pair in block) == pairs
    for block, *_ in blocks:
        block.zero_()
    assert not w.any()  # blocks are views


@exponents
@kernels
def test_large_tensors_in_float32_are_moved_everywhere(p, foreach):
    generator = torch.Generator().manual_seed(1)
    start, gradient = torch.randn(2, 2 * torch.get_num_threads() * mirror_descent.BLOCK + 12_345, generator=generator)
    small = start[:77].clone()
    weights = [nn.Parameter(w.clone()) for w in (small, start, small.double())]  # scratch space of several sizes
    for w in weights:
        w.grad = gradient[: len(w)].to(w.dtype)
    potential = of_exponent(p)
    MirrorDescent(weights, 0.1, potential, foreach=foreach).step()
    precise = start.double()
    expected = potential.primal(potential.dual(precise) - 0.1 * gradient.double(), precise)
    # Where the dual image nearly vanishes its rounding, 1e-8, comes back as the (p - 1)-th root.
    tolerance = 1e-6 if p <= 2 else 3 * 1e-8 ** (1 / (p - 1))
    for w in weights:
        assert torch.allclose(w.double(), expected[: len(w)], rtol=1e-5, atol=tolerance)
    assert torch.allclose(weights[2], expected[:77], rtol=1e-10)
    assert not torch.allclose(start.double(), expected, rtol=1e-5, atol=tolerance)


@kernels
def test_exponentiated_gradient_keeps_signs_and_zeros_where_gradient_descent_does_not(foreach):
    generator = torch.Generator().manual_seed(2)
    start = 0.1 * torch.randn(500, generator=generator)
    start[::7] = 0
    gradients = torch.randn(50, 500, generator=generator)
    ends = {}
    for p in (1.0, 2.0, 3.0):
        w = nn.Parameter(start.clone())
        optimizer = MirrorDescent([w], 0.1, of_exponent(p), 0.9, foreach=foreach)
        for gradient in gradients:
            w.grad = gradient
            optimizer.step()
        ends[p] = w.detach()
    assert torch.equal(ends[1.0].sign(), start.sign())
    moved = start != 0
    assert torch.all(ends[1.0][moved] != start[moved])
    for p in (2.0, 3.0):
        assert torch.any(ends[p][moved].sign() != start[moved].sign())
        assert torch.all(ends[p][~moved] != 0)


@kernels
def test_exponentiated_gradient_multiplies(foreach):
    start, gradient = torch.tensor([0.5, -0.5, 2.0, -2.0]).double(), torch.tensor([1.0, 1.0, -3.0, -3.0]).double()
    w = nn.Parameter(start.clone())
    optimizer = MirrorDescent([w], 0.2, NegativeEntropy(), 0.5, foreach=foreach)
    for factor in (1.0, 2.5):  # the sums of the buffers 1 and 1.5
        w.grad = gradient
        optimizer.step()
        torch.testing.assert_close(w.detach(), start * torch.exp(-0.2 * start.sign() * factor * gradient))


@exponents
@kernels
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_rest_stays_at_rest_and_zeros_can_leave_a_p_norm(p, foreach, dtype):
    start = torch.tensor([0.0, -0.0, 0.3, -1e-30, 1e-30, -7.0], dtype=dtype)
    for lr, gradient in ((0.0, 1.0), (0.1, 0.0)):
        w = nn.Parameter(start.clone())
        w.grad = torch.full_like(start, gradient)
        MirrorDescent([w], lr, of_exponent(p), foreach=foreach).step()
        torch.testing.assert_close(w.detach(), start, rtol=1e-6, atol=1e-15)
    w = nn.Parameter(start.clone())
    w.grad = torch.ones_like(start)
    MirrorDescent([w], 0.1, of_exponent(p), foreach=foreach).step()
    moved_to = 0.0 if p == 1 else -(0.1 ** (1 / (p - 1)))
    torch.testing.assert_close(w.detach()[:2], torch.full((2,), moved_to, dtype=dtype))


@given(seed=st.integers(0, 2**32 - 1), p=st.one_of(st.just(1.0), st.floats(1.2, 5)), foreach=st.booleans())
@settings(deadline=None, derandomize=True, max_examples=30)
def test_small_steps_follow_the_gradient_over_the_curvature(seed, p, foreach):
    generator = torch.Generator().manual_seed(seed)
    size, sign, gradient = torch.randn(3, 50, generator=generator, dtype=torch.float64)
    start = sign.sign() * (0.3 * size).exp()
    w = nn.Parameter(start.clone())
    w.grad = gradient
    potential = of_exponent(p)
    MirrorDescent([w], 1e-7, potential, foreach=foreach).step()
    expected = -1e-7 * gradient / potential.curvature(start)
    torch.testing.assert_close(w.detach() - start, expected, rtol=1e-3, atol=1e-14)
    assert not torch.allclose(w.detach() - start, -1e-7 * gradient, rtol=1e-2, atol=1e-14) or abs(p - 2) < 0.01


@exponents
@kernels
def test_paths_of_linear_regression_are_straight_in_their_own_dual_space_only(p, foreach):
    generator = torch.Generator().manual_seed(3)
    x = torch.randn(3, 12, generator=generator, dtype=torch.float64)
    start = torch.randn(12, generator=generator, dtype=torch.float64)
    y = x @ start + 0.3
    w = nn.Parameter(start.clone())
    optimizer = MirrorDescent([w], 0.01, of_exponent(p), 0.9, foreach=foreach)
    for _ in range(30):
        optimizer.zero_grad()
        (0.5 * (x @ w - y).square().sum()).backward()
        optimizer.step()

    def off_the_data(q):
        change = of_exponent(q).dual(w.detach()) - of_exponent(q).dual(start)
        rest = change - x.T @ torch.linalg.lstsq(x.T, change).solution
        return float(rest.norm() / change.norm())

    assert off_the_data(p) < 1e-10
    assert min(off_the_data(q) for q in (1.5, 2.0, 3.0) if q != p) > 1e-3


@kernels
def test_p_norms_become_exponentiated_gradient_as_p_falls_to_one(foreach):
    rest, ends = 1e-5, {}
    for potential, lr in ((NegativeEntropy(), 0.1), (PNorm(1 + rest), 0.1 * rest), (PNorm(1.5), 0.05)):
        model = network().double()
        w = model[4].weight
        optimizer = MirrorDescent([w], lr, potential, 0.9, foreach=foreach)
        generator = torch.Generator().manual_seed(0)
        for _ in range(5):
            w.grad = torch.randn(w.shape, generator=generator, dtype=w.dtype)
            optimizer.step()
        ends[potential] = w.detach()
    entropy, near, far = ends.values()
    torch.testing.assert_close(near, entropy, rtol=1e-3, atol=0)
    assert not torch.allclose(far, entropy, rtol=0.05)


@dataclass(frozen=True)
class HyperbolicEntropy:
    """A potential of a reader's own: its dual is arcsinh(w / scale)."""

    scale: float = 0.2
    name: ClassVar[str] = "hyperbolic entropy"
    exponent: ClassVar[float] = 1.0

    def value(self, weights):
        return weights * torch.arcsinh(weights / self.scale) - torch.sqrt(weights**2 + self.scale**2)

    def dual(self, weights):
        return torch.arcsinh(weights / self.scale)

    def primal(self, dual, signs):
        return self.scale * torch.sinh(dual)

    def curvature(self, weights):
        return 1 / torch.sqrt(weights**2 + self.scale**2)


@kernels
def test_own_potential_is_followed(foreach, monkeypatch):
    monkeypatch.setattr(mirror_descent, "BLOCK", 5)
    w = nn.Parameter(torch.linspace(-1, 1, 23, dtype=torch.float64))
    start = w.detach().clone()
    optimizer = MirrorDescent([w], 0.1, HyperbolicEntropy(), foreach=foreach)
    for _ in range(3):
        w.grad = torch.ones_like(w)
        optimizer.step()
    torch.testing.assert_close(w.detach(), 0.2 * torch.sinh(torch.arcsinh(start / 0.2) - 0.3))


@kernels
def test_groups_have_their_own_geometry(foreach):
    alone = {}
    for p in (1.0, 3.0):
        model = network()
        alone[p] = train(model, MirrorDescent(model.parameters(), 0.01, of_exponent(p), foreach=foreach), 1)
    model = network()
    groups = grouped(model, potential=of_exponent(1), momentum=0.5)
    together = train(model, MirrorDescent(groups, 0.01, of_exponent(3), foreach=foreach), 1)
    assert_same_bits(together, alone[3.0][:2] + alone[1.0][2:])
    assert not torch.equal(alone[1.0][0], alone[3.0][0])


def saved_and_loaded(model, optimizer):
    file = io.BytesIO()
    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, file)
    file.seek(0)
    state = torch.load(file, weights_only=True)
    model = network(seed=9)
    model.load_state_dict(state["model"])
    optimizer = MirrorDescent(model.parameters(), 9.0, PNorm(2.2))
    optimizer.load_state_dict(state["optimizer"])
    return model, optimizer


@exponents
@pytest.mark.parametrize(
    "revive",
    [
        saved_and_loaded,
        lambda model, optimizer: copy.deepcopy((model, optimizer)),
        lambda model, optimizer: pickle.loads(pickle.dumps((model, optimizer))),
    ],
    ids=["saved", "copied", "pickled"],
)
def test_interrupted_training_continues_bit_for_bit(p, revive):
    model = network()
    optimizer = MirrorDescent(model.parameters(), 0.01, of_exponent(p), 0.9)
    train(model, optimizer, 3)
    second, resumed = revive(model, optimizer)
    forgetful = copy.deepcopy(second)
    expected = train(model, optimizer, 3, seed=1)
    assert resumed.param_groups[0]["potential"] == of_exponent(p)
    assert_same_bits(train(second, resumed, 3, seed=1), expected)
    control = train(forgetful, MirrorDescent(forgetful.parameters(), 0.01, of_exponent(p), 0.9), 3, seed=1)
    assert not torch.equal(control[0], expected[0])


def test_momentum_may_be_scheduled():
    found = []
    for build in (
        lambda weights: torch.optim.SGD(weights, 0.01, 0.9),
        lambda weights: MirrorDescent(weights, 0.01, PNorm(2), 0.9),
    ):
        model = network()
        optimizer = build(model.parameters())
        scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.05, total_steps=8)
        found.append(train(model, optimizer, 6, scheduler))
    assert_same_bits(*found)


def test_closure_is_called_with_gradients_and_its_loss_returned():
    w = nn.Parameter(torch.tensor([3.0]))
    optimizer = MirrorDescent([w], 0.5, PNorm(2))

    def closure():
        optimizer.zero_grad()
        loss = w.square().sum()
        loss.backward()
        return loss

    assert optimizer.step(closure).item() == 9.0
    assert w.item() == 0.0
    assert optimizer.step() is None


@kernels
def test_weights_without_a_gradient_wait(foreach):
    waiting, moving = nn.Parameter(torch.ones(3)), nn.Parameter(torch.ones(3))
    groups = [{"params": [waiting, moving]}, {"params": [nn.Parameter(torch.ones(2))]}]
    optimizer = MirrorDescent(groups, 0.1, PNorm(3), 0.9, foreach=foreach)
    moving.grad = torch.ones(3)
    optimizer.step()
    assert torch.equal(waiting.detach(), torch.ones(3))
    assert torch.all(moving.detach() != 1)
    assert list(optimizer.state) == [moving]


def test_blocks_are_the_default_on_a_cpu_only(monkeypatch):
    called = []
    for name in ("_step_in_blocks", "_step_together"):
        monkeypatch.setattr(mirror_descent, name, lambda *_, name=name: called.append(name))
    for device in ("cpu", "meta"):  # the one device beside the CPU that every machine has
        for foreach in (None, False, True):
            w = nn.Parameter(torch.ones(1, device=device))
            w.grad = torch.ones(1, device=device)
            MirrorDescent([w], 0.1, PNorm(3), foreach=foreach).step()
    blocks, together = "_step_in_blocks", "_step_together"
    assert called == [blocks, blocks, together, together, blocks, together]


def test_sparse_gradient_is_refused_before_anything_moves():
    embedding, dense = nn.Embedding(5, 2, sparse=True), nn.Parameter(torch.ones(2))
    optimizer = MirrorDescent([dense, *embedding.parameters()], 0.1, PNorm(2), 0.9)
    (embedding(torch.tensor([1])) @ dense).sum().backward()
    with pytest.raises(ValueError, match=r"shape \(5, 2\) is torch.sparse_coo.*dense"):
        optimizer.step()
    assert torch.equal(dense.detach(), torch.ones(2))
    assert not optimizer.state


@pytest.mark.parametrize("dtype", [torch.complex64, torch.float16, torch.bfloat16])
def test_weights_of_other_types_are_refused(dtype):
    optimizer = MirrorDescent([nn.Parameter(torch.ones(1))], 0.1, PNorm(2))
    with pytest.raises(ValueError, match=rf"shape \(2, 3\) are {dtype}.*autocast"):
        optimizer.add_param_group({"params": [nn.Parameter(torch.ones(2, 3, dtype=dtype))]})
    assert len(optimizer.param_groups) == 1


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"lr": -0.1}, ValueError, "lr is -0.1"),
        ({"lr": np.nan}, ValueError, "lr is nan"),
        ({"lr": np.inf}, ValueError, "lr is inf"),
        ({"momentum": 1.0}, ValueError, "momentum is 1.0"),
        ({"momentum": -0.1}, ValueError, "momentum is -0.1"),
        ({"momentum": np.nan}, ValueError, "momentum is nan"),
        ({"potential": 3.0}, TypeError, r"potential is 3.0.*of_exponent\(3\)"),
        ({"potential": "3-norm"}, TypeError, "potential is '3-norm'"),
        ({"potential": NegativeEntropy}, TypeError, "potential is <class"),
        ({"potential": None}, TypeError, "potential is None"),
    ],
)
def test_options_are_refused(options, error, message):
    good = {"lr": 0.1, "potential": PNorm(3), "momentum": 0.9}
    weights = [nn.Parameter(torch.ones(2))]
    with pytest.raises(error, match=message):
        MirrorDescent(weights, **(good | options))
    optimizer = MirrorDescent(weights, **good)
    with pytest.raises(error, match=message):
        optimizer.add_param_group({"params": [nn.Parameter(torch.ones(2))]} | options)
    assert len(optimizer.param_groups) == 1
    optimizer.add_param_group({"params": [nn.Parameter(torch.ones(2))]})
