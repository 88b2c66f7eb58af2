import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from learning_geometry.instruments.potentials import NegativeEntropy, PNorm, Potential, of_exponent

EXPONENTS = [1.0, 1.5, 2.0, 2.5, 3.0, 4.2]
exponents = pytest.mark.parametrize("p", EXPONENTS)
steady = settings(deadline=None, derandomize=True)


def signed(seed, n=200):
    rng = np.random.default_rng(seed)
    return rng.choice([-1, 1], n) * rng.lognormal(-1, 1, n)


@exponents
def test_dual_is_the_slope_of_the_potential_and_curvature_the_slope_of_the_dual(p):
    potential, w, step = of_exponent(p), signed(0), 1e-5
    ahead, behind = w * (1 + step), w * (1 - step)
    slope = (potential.value(ahead) - potential.value(behind)) / (ahead - behind)
    np.testing.assert_allclose(potential.dual(w), slope, rtol=1e-6, atol=1e-9)
    bend = (potential.dual(ahead) - potential.dual(behind)) / (ahead - behind)
    np.testing.assert_allclose(potential.curvature(w), bend, rtol=1e-6)
    assert np.all(potential.curvature(w) > 0)
    other = of_exponent(p + 0.5)  # the control: the slope of another potential
    assert np.abs(other.dual(w) - slope).max() > 0.1


@exponents
def test_curvature_goes_as_the_power_that_the_exponent_names(p):
    potential, w = of_exponent(p), signed(1)
    assert potential.exponent == p
    ratio = potential.curvature(w) / np.abs(w) ** (p - 2)
    np.testing.assert_allclose(ratio, ratio[0])
    assert np.ptp(potential.curvature(w) / np.abs(w) ** (p - 1.9)) > 0.1 * ratio[0]


@given(seed=st.integers(0, 2**32 - 1), p=st.one_of(st.just(1.0), st.floats(1.2, 6)))
@steady
def test_primal_undoes_dual(seed, p):
    potential, w = of_exponent(p), signed(seed)
    np.testing.assert_allclose(potential.primal(potential.dual(w), w), w, rtol=1e-12)
    moved = potential.dual(w) + np.random.default_rng(seed).normal(size=w.size)
    arrived = potential.primal(moved, w)
    np.testing.assert_allclose(potential.dual(arrived), moved, rtol=1e-9, atol=1e-9)
    flipped = np.sign(arrived) != np.sign(w)
    assert flipped.any() == (p > 1)  # signs are for ever in negative entropy, and only there


def test_negative_entropy_needs_the_signs_and_keeps_zeros():
    entropy, w = NegativeEntropy(), signed(2)
    np.testing.assert_allclose(entropy.primal(entropy.dual(w), -w), -w * np.exp(2 * (-np.log(np.abs(w)) - 1)))
    w[:3] = [0.0, -0.0, 0.0]
    dual = entropy.dual(w)
    assert np.all(dual[:3] == -np.inf)
    assert np.all(entropy.value(w)[:3] == 0)
    for shift in (0.0, 5.0, -5.0):
        assert np.all(entropy.primal(dual + shift, w)[:3] == 0)
    assert np.all(entropy.curvature(w)[:3] == np.inf)
    assert np.all(PNorm(3).primal(PNorm(3).dual(w) + 5.0, w)[:3] != 0)


@exponents
def test_divergence_is_positive_and_vanishes_only_without_a_change(p):
    potential, w = of_exponent(p), signed(3)
    other = w * np.random.default_rng(3).lognormal(0, 0.5, w.size)
    divergence = potential.value(other) - potential.value(w) - potential.dual(w) * (other - w)
    assert np.all(divergence > 0)
    assert np.all(potential.value(w) - potential.value(w) - potential.dual(w) * (w - w) == 0)


@exponents
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_numpy_and_torch_agree_and_keep_type_and_input(p, dtype):
    potential, w = of_exponent(p), signed(4).astype(dtype).reshape(10, 20)
    w[0, 0] = 0
    tensor = torch.from_numpy(w.copy())
    kept = w.copy()
    for method in ("value", "dual", "curvature"):
        ours, torchs = getattr(potential, method)(w), getattr(potential, method)(tensor)
        assert (ours.dtype, torchs.dtype) == (dtype, tensor.dtype)
        np.testing.assert_allclose(torchs.numpy(), ours, rtol=1e-5, atol=1e-6)
        assert not np.shares_memory(ours, w)
        assert torchs.data_ptr() != tensor.data_ptr()
    dual = potential.dual(w)
    back, torchs = potential.primal(dual, w), potential.primal(torch.from_numpy(dual), tensor)
    assert (back.dtype, torchs.dtype) == (dtype, tensor.dtype)
    np.testing.assert_allclose(torchs.numpy(), back, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(w, kept)
    np.testing.assert_array_equal(tensor.numpy(), kept)


@exponents
def test_autograd_finds_the_dual(p):
    potential, w = of_exponent(p), torch.from_numpy(signed(5)).requires_grad_()
    potential.value(w).sum().backward()
    torch.testing.assert_close(w.grad, potential.dual(w.detach()))


@pytest.mark.parametrize("p", [1.5, 2.0, 3.0])
def test_closed_forms_are_the_powers_that_they_stand_for(p):
    w = signed(6)
    np.testing.assert_allclose(PNorm(p).dual(w), np.sign(w) * np.abs(w) ** (p - 1), rtol=1e-14)
    np.testing.assert_allclose(PNorm(p).primal(w, w), np.sign(w) * np.abs(w) ** (1 / (p - 1)), rtol=1e-14)


def test_exponent_names_the_potential():
    assert of_exponent(1) == NegativeEntropy()
    assert [of_exponent(p) for p in (2, 2.5)] == [PNorm(2.0), PNorm(2.5)]
    assert [of_exponent(p).name for p in (1, 1.5, 2, 3)] == ["negative entropy", "1.5-norm", "2-norm", "3-norm"]
    for p in EXPONENTS:
        assert of_exponent(p).exponent == p
        assert isinstance(of_exponent(p), Potential)
    assert not isinstance(3.0, Potential)
    assert len({of_exponent(p) for p in (1, 1.0, 3, 3.0)}) == 2  # equal potentials are one key of a dictionary


def test_p_norms_become_negative_entropy_as_p_falls_to_one():
    w, rest = signed(7), 1e-6
    scaled = PNorm(1 + rest).curvature(w) / rest
    np.testing.assert_allclose(scaled, NegativeEntropy().curvature(w), rtol=1e-5)
    change = (PNorm(1 + rest).dual(2 * w) - PNorm(1 + rest).dual(w)) / rest
    np.testing.assert_allclose(change, NegativeEntropy().dual(2 * w) - NegativeEntropy().dual(w), rtol=1e-4)


@pytest.mark.parametrize("p", [0.99, 0.0, -3.0, np.nan, np.inf])
def test_of_exponent_refuses(p):
    with pytest.raises(ValueError, match=f"p is {p}"):
        of_exponent(p)
    with pytest.raises(ValueError, match=f"p is {p}"):
        PNorm(p)


def test_p_norm_refuses_one():
    with pytest.raises(ValueError, match="NegativeEntropy"):
        PNorm(1.0)
