"""Theorems about the activation of adaptive neurons: limits, closed-form derivatives, and the bound on what gain can do."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from learning_geometry.instruments.activation import check, derivatives, gamma, steepest_slope

X = torch.linspace(-4, 4, 801, dtype=torch.float64)
N, S = st.floats(0.2, 40), st.floats(0, 1)


def scalar(value: float) -> torch.Tensor:
    return torch.tensor(value, dtype=torch.float64)


def plain(x: torch.Tensor, n: torch.Tensor, s: torch.Tensor) -> torch.Tensor:
    """The equation as it is printed, for moderate n x."""
    return (1 - s) * torch.log(1 + torch.exp(n * x)) / n + s / (1 + torch.exp(-n * x))


def test_it_is_a_rectifier_at_one_end_and_a_sigmoid_at_the_other() -> None:
    assert torch.allclose(gamma(X, scalar(1e5), scalar(0)), torch.relu(X), atol=1e-5)
    assert torch.allclose(gamma(X, scalar(3), scalar(1)), torch.sigmoid(3 * X))
    assert not torch.allclose(gamma(X, scalar(3), scalar(0.5)), torch.sigmoid(3 * X))


@settings(max_examples=40, deadline=None)
@given(N, S)
def test_it_is_the_printed_equation_and_its_derivatives_are_those_of_automatic_differentiation(
    n: float, s: float
) -> None:
    arguments = [X.clone(), scalar(n).expand_as(X).clone(), scalar(s).expand_as(X).clone()]
    slow = [argument.requires_grad_() for argument in arguments]
    value = plain(*slow)
    expected = torch.autograd.grad(value.sum(), slow)
    fast = [argument.detach().clone().requires_grad_() for argument in arguments]
    assert torch.allclose(gamma(*fast), value, rtol=1e-10, atol=1e-14)
    closed = derivatives(*(argument.detach() for argument in fast))
    own = torch.autograd.grad(gamma(*fast).sum(), fast)
    for one, two, three in zip(expected, closed, own, strict=True):
        assert torch.allclose(one, two, rtol=1e-8, atol=1e-9)
        assert torch.allclose(one, three, rtol=1e-8, atol=1e-9)


def test_gradients_of_what_is_broadcast_are_summed() -> None:
    generator = torch.Generator().manual_seed(0)
    x, n, s = (
        torch.rand(shape, generator=generator, dtype=torch.float64) + 0.1 for shape in ((2, 5, 3), (2, 1, 1), (2, 1, 3))
    )
    arguments = [part.requires_grad_() for part in (x, n, s)]
    own = torch.autograd.grad(gamma(*arguments).square().sum(), arguments)
    slow = torch.autograd.grad(plain(*arguments).square().sum(), arguments)
    assert [part.shape for part in own] == [part.shape for part in arguments]
    assert all(torch.allclose(a, b) for a, b in zip(own, slow, strict=True))


@settings(max_examples=40, deadline=None)
@given(N)
def test_without_saturation_the_gain_moves_the_output_by_at_most_log_2_over_n_squared(n: float) -> None:
    of_n = derivatives(X, scalar(n), scalar(0))[1]
    bound = math.log(2) / n**2
    assert float(of_n.abs().max()) == pytest.approx(bound, rel=1e-9)  # it is attained at 0
    # With saturation it is no bound: the negative control.
    saturated = derivatives(X, scalar(max(n, 4.0)), scalar(1))[1]
    assert float(saturated.abs().max()) > math.log(2) / max(n, 4.0) ** 2


@settings(max_examples=40, deadline=None)
@given(N, S)
def test_no_slope_exceeds_the_steepest_one(n: float, s: float) -> None:
    slopes = derivatives(torch.linspace(-60 / n, 60 / n, 20_001, dtype=torch.float64), scalar(n), scalar(s))[0]
    assert float(slopes.max()) == pytest.approx(steepest_slope(n, s), rel=1e-5, abs=1e-9)


@pytest.mark.parametrize("size", [1e4, -1e4, 3e30, -3e30])
def test_it_is_finite_where_exponentials_are_not(size: float) -> None:
    x, n, s = torch.tensor([size]), torch.tensor([0.3]), torch.tensor([0.2])
    assert bool(torch.isfinite(plain(x, n, s)).all()) == (size < 0)
    arguments = [part.clone().requires_grad_() for part in (x, n, s)]
    value = gamma(*arguments)
    assert torch.isfinite(value).all()
    assert all(torch.isfinite(part).all() for part in torch.autograd.grad(value, arguments))
    assert float(value.detach()) == pytest.approx(0.8 * max(size, 0) + 0.2 * (size > 0), rel=1e-6)


def test_towards_a_gain_of_0_it_grows_as_one_over_the_gain() -> None:
    small = 1e-6
    assert float(gamma(scalar(0.5), scalar(small), scalar(0))) * small == pytest.approx(math.log(2), rel=1e-5)


@pytest.mark.parametrize(("n", "s", "complaint"), [(0.0, 0.5, "gain n is 0"), (-1.0, 0.5, "gain n is -1"), (math.nan, 0.5, "gain n is nan"), (1.0, 1.5, "saturation s is 1.5")])  # fmt: skip
def test_a_gain_of_0_and_other_nonsense_is_refused(n: float, s: float, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        check(n, s)
    with pytest.raises(ValueError, match=complaint):
        steepest_slope(n, s)
