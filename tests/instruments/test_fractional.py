"""Theorems about fractional derivatives, beside closed forms, and what two estimators of order make of known responses."""

from math import gamma

import numpy as np
import pytest

from learning_geometry.instruments.fractional import (
    ORDERS,
    caputo,
    fitted_order,
    fourier_derivative,
    grunwald_letnikov,
    published_order,
)

DT = 0.002
T = np.arange(0, 2, DT)


@pytest.mark.parametrize("order", [0.25, 0.5, 0.8])
@pytest.mark.parametrize("power", [1, 2])
def test_derivatives_of_powers_are_the_closed_form(order: float, power: int) -> None:
    exact = gamma(power + 1) / gamma(power + 1 - order) * T ** (power - order)
    for derivative in (grunwald_letnikov, caputo):
        found = derivative(T**power, order, DT)
        assert found[100:] == pytest.approx(exact[100:], rel=0.01)
        assert derivative(T**power, order - 0.1, DT)[100:] != pytest.approx(exact[100:], rel=0.01)


def test_the_half_derivative_of_a_sine_is_a_sine_ahead_by_an_eighth_of_its_period_once_it_has_settled() -> None:
    t = np.arange(0, 200, 0.01)
    found = grunwald_letnikov(np.sin(t), 0.5, 0.01)
    assert found[-2000:] == pytest.approx(np.sin(t + np.pi / 4)[-2000:], abs=0.02)
    n = 200
    wave = np.sin(2 * np.pi * 5 * np.arange(n) / n)
    ahead = (2 * np.pi * 5 / n) ** 0.5 * np.sin(2 * np.pi * 5 * np.arange(n) / n + np.pi / 4)
    assert fourier_derivative(wave, 0.5) == pytest.approx(ahead, abs=1e-12)


def test_whole_orders_are_differences_and_sums_and_orders_add() -> None:
    x = np.random.default_rng(0).standard_normal((3, 50))
    assert grunwald_letnikov(x, 0.0) == pytest.approx(x)
    assert grunwald_letnikov(x, 1.0) == pytest.approx(np.diff(x, prepend=0))
    assert grunwald_letnikov(x, -1.0) == pytest.approx(x.cumsum(-1))
    assert grunwald_letnikov(grunwald_letnikov(x, 0.3), 0.5) == pytest.approx(grunwald_letnikov(x, 0.8))
    assert grunwald_letnikov(grunwald_letnikov(x, 0.7), -0.7) == pytest.approx(x)
    assert fourier_derivative(x, 0.0) == pytest.approx(x - x.mean(-1, keepdims=True))


def test_the_fast_sum_is_the_slow_one() -> None:
    x, order = np.random.default_rng(1).standard_normal(40), 0.37
    slow = np.zeros(40)
    for t in range(40):
        weight = 1.0
        for j in range(t + 1):
            slow[t] += weight * x[t - j]
            weight *= (j - order) / (j + 1)
    assert grunwald_letnikov(x, order) == pytest.approx(slow)


STEP = np.zeros(150)
STEP[50:100] = 1.0
WINDOW = slice(40, 110)


@pytest.mark.parametrize("true", [-0.6, -0.2, 0.0, 0.3, 0.6])
@pytest.mark.parametrize("amplitude", [0.1, 1.0, 7.0])
def test_the_corrected_estimator_finds_the_order_whatever_the_size(true: float, amplitude: float) -> None:
    response = 3.0 + amplitude * grunwald_letnikov(STEP, -true)
    found = fitted_order(response, STEP, WINDOW)
    assert found.order == pytest.approx(true)
    assert found.explained == pytest.approx(1)


def test_the_published_estimator_takes_size_for_memory() -> None:
    orders = {c: published_order(c * STEP, STEP, WINDOW, 25).order for c in (0.2, 0.5, 1.0, 2.0, 4.0)}
    assert orders[1.0] == pytest.approx(0, abs=0.021)
    assert orders[0.2] < orders[0.5] < -0.1
    assert 0.1 < orders[2.0] < orders[4.0]
    # What it is made for it does: a response of the right size has nearly the right order.
    assert published_order(fourier_derivative(STEP, -0.3), STEP, WINDOW, 25).order == pytest.approx(0.3, abs=0.1)


def test_noise_and_silence_have_no_order() -> None:
    noise = np.random.default_rng(0).standard_normal(150)
    assert fitted_order(noise, STEP, WINDOW).explained < 0.2
    silent = fitted_order(np.ones(150), STEP, WINDOW)
    assert (silent.order, silent.explained) == (0.0, 0.0)


def test_orders_that_are_tried_hold_0_and_both_ends() -> None:
    assert 0.0 in ORDERS
    assert (ORDERS[0], ORDERS[-1]) == (-1.0, 1.0)


def test_nonsense_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="at least one value"):
        grunwald_letnikov([], 0.5)
    with pytest.raises(ValueError, match="nan"):
        fourier_derivative([0.0, np.nan], 0.5)
    with pytest.raises(ValueError, match="dt is -1"):
        grunwald_letnikov([0.0, 1.0], 0.5, -1)
    with pytest.raises(ValueError, match=r"order is 1\.5"):
        caputo([0.0, 1.0], 1.5)
    with pytest.raises(ValueError, match="two equally long series"):
        fitted_order(STEP[1:], STEP, WINDOW)
    with pytest.raises(ValueError, match="holds none of 150 times"):
        published_order(STEP, STEP, slice(200, 210), 25)
