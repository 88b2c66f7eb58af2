"""Fractional derivatives and integrals, and the order of the one that turns a step into a response.

A neuron that answers a step at once and then relaxes acts like a derivative of an order between 0 and 1; one that builds up its answer
acts like an integral. Two estimators of that order are here. The published one takes the response as it is, so that a
response of the wrong *size* is taken for one with memory. The other fits amplitude and offset along.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

ORDERS = np.round(np.arange(-1, 1.001, 0.02), 2)
"""The orders that are tried: above 0 the response is an integral of the step, below 0 a derivative."""


@dataclass(frozen=True)
class Order:
    """The order of a response, and how well it is described: the share of variance in the window that is explained."""

    order: float
    explained: float


def grunwald_letnikov(values: ArrayLike, order: float, dt: float = 1.0) -> Array:
    """The derivative of `order` of `values` `(..., n_times)`, an integral where it is negative, with zeros before the first value.

    The causal sum with binomial weights of Gruenwald and Letnikov. Orders 1 and -1 are the difference and the sum.

    Raises:
        ValueError: there is no value, one is not finite, or `dt` is not above 0.
    """
    x = _series(values, dt)
    n = x.shape[-1]
    weights = np.cumprod(np.concatenate([[1.0], 1 - (order + 1) / np.arange(1, n)]))
    size = 1 << (2 * n - 1).bit_length()
    product = np.fft.irfft(np.fft.rfft(x, size) * np.fft.rfft(weights, size), size)[..., :n]
    return product / dt**order


def caputo(values: ArrayLike, order: float, dt: float = 1.0) -> Array:
    """Caputo's derivative of an order between 0 and 1 of `values` `(..., n_times)`, by the L1 scheme; 0 at the first.

    Raises:
        ValueError: the order is not between 0 and 1, there is no value, one is not finite, or `dt` is not above 0.
    """
    from math import gamma

    if not 0 < order < 1:
        raise ValueError(f"the order is {order}; the L1 scheme is for orders between 0 and 1")
    x = _series(values, dt)
    n = x.shape[-1]
    lags = np.arange(n, dtype=np.float64) ** (1 - order)
    weights, steps = np.diff(lags), np.diff(x, axis=-1)
    result = np.zeros_like(x)
    for t in range(1, n):
        result[..., t] = steps[..., :t] @ weights[:t][::-1]
    return result / (gamma(2 - order) * dt**order)


def fourier_derivative(values: ArrayLike, order: float) -> Array:
    """The derivative of `order` of `values` `(..., n_times)` by the filter `(2 pi i f)^order`, 0 at f = 0.

    It takes the series for a period of an endless one and removes its mean. So does the published estimator.

    Raises:
        ValueError: there is no value, or one is not finite.
    """
    x = _series(values, 1.0)
    f = np.fft.fftfreq(x.shape[-1]).astype(np.complex128)
    filtered = np.zeros_like(f)
    filtered[1:] = (2j * np.pi * f[1:]) ** order
    return np.fft.ifft(np.fft.fft(x) * filtered).real


def published_order(
    response: ArrayLike, step: ArrayLike, window: slice, reference: int, orders: Sequence[float] | Array = ORDERS
) -> Order:
    """The order by the published estimator: the alpha for which `D^alpha response`, less its value at time `reference`, is nearest to `step`.

    `response` and `step` are `(n_times,)`; nearest in mean square over the `window`. Neither amplitude nor offset is free.

    Source: after the public code of Geadah et al. 2024.

    Raises:
        ValueError: the series differ in length, the window is empty, or a value is not finite.
    """
    h, target = _pair(response, step, window)
    errors = []
    for order in orders:
        turned = fourier_derivative(h, float(order))
        errors.append(np.mean((turned - turned[reference] - target)[window] ** 2))
    best = int(np.argmin(errors))
    return Order(float(orders[best]), 1 - float(errors[best]) / _variance(target[window]))


def fitted_order(
    response: ArrayLike, step: ArrayLike, window: slice, orders: Sequence[float] | Array = ORDERS
) -> Order:
    """The order with amplitude and offset free: the alpha for which `c I^alpha step + offset` is nearest to the response.

    `I^alpha` is the causal integral of order alpha, a derivative where alpha is negative. A response without memory has order 0
    whatever its size. One that does not answer to the step at all has no order: where the best fit explains nothing, look
    at `explained` before the order.

    Source: our correction.

    Raises:
        ValueError: the series differ in length, the window is empty, or a value is not finite.
    """
    h, target = _pair(response, step, window)
    y = h[window] - h[window].mean()
    total = _variance(h[window]) * len(y)
    explained = []
    for order in orders:
        x = grunwald_letnikov(target, -float(order))[window]
        x = x - x.mean()
        norm = float(x @ x)
        explained.append(float(x @ y) ** 2 / (norm * total) if norm > 0 else 0.0)
    # Of orders that explain equally much, as for a response that is constant, the one nearest to 0.
    near = np.lexsort((np.abs(np.asarray(orders)), -np.round(explained, 12)))[0]
    return Order(float(orders[near]), explained[near])


def _series(values: ArrayLike, dt: float) -> Array:
    x = np.asarray(values, dtype=np.float64)
    if not x.ndim or not x.shape[-1]:
        raise ValueError(f"a series of shape {x.shape}; give at least one value")
    if not np.isfinite(x).all():
        raise ValueError(f"the series is {x[~np.isfinite(x)][0]} somewhere; give finite values")
    if not dt > 0:
        raise ValueError(f"dt is {dt}; time runs forward")
    return x


def _pair(response: ArrayLike, step: ArrayLike, window: slice) -> tuple[Array, Array]:
    h, target = _series(response, 1.0), _series(step, 1.0)
    if h.shape != target.shape or h.ndim != 1:
        raise ValueError(
            f"a response of shape {h.shape} and a step of shape {target.shape}; give two equally long series"
        )
    if not len(h[window]):
        raise ValueError(f"the window {window} holds none of {len(h)} times")
    return h, target


def _variance(values: Array) -> float:
    return max(float(values.var()), float(np.finfo(np.float64).tiny))
