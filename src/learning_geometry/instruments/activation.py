r"""The activation function of neurons whose gain and saturation may be learnt, with its derivatives in closed form.

`gamma(x; n, s) = (1 - s) log(1 + exp(n x)) / n + s / (1 + exp(-n x))`: a smooth rectifier of gain n that the saturation s turns
into a sigmoid. Source: Geadah et al. 2024, after their public code.

With `q = 1 / (1 + exp(-n x))` and the entropy `H(q) = -q log q - (1 - q) log(1 - q)` the derivatives are
`(1 - s) q + s n q (1 - q)` in x, `-(1 - s) H(q) / n^2 + s x q (1 - q)` in n, and `q - log(1 + exp(n x)) / n` in s. So where
s = 0 the output moves with the gain by at most `log 2 / n^2`.
"""

import math
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional


def gamma(x: Tensor, n: Tensor, s: Tensor) -> Tensor:
    """The activation of pre-activations `x` at gains `n` and saturations `s`, which are broadcast to the shape of `x`.

    Gradients with respect to all three are computed in closed form; there are no second derivatives. It is finite wherever its
    arguments are and n is not 0, for any size of `n x`; towards n = 0 it grows as `(1 - s) log 2 / n`, which is no fault
    of the arithmetic. Where n can come near 0 keep it away, as by `n.clamp_min(0.1)`.
    """
    return _Gamma.apply(x, n, s)


def derivatives(x: Tensor, n: Tensor, s: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The derivatives of `gamma` with respect to x, n and s, each of the shape to which the three are broadcast."""
    u = n * x
    q, soft = torch.sigmoid(u), functional.softplus(u)
    steep = q * (1 - q)
    entropy = soft - u * q
    return (1 - s) * q + s * n * steep, s * x * steep - (1 - s) * entropy / (n * n), q - soft / n


def steepest_slope(n: float, s: float) -> float:
    """The largest slope of `gamma` in x for `n > 0` and s in [0, 1]; it is attained if `s > 1 / (n + 1)`, else approached.

    Raises:
        ValueError: n is not a finite number above 0, or s is outside [0, 1].
    """
    check(n, s)
    return (1 + s * (n - 1)) ** 2 / (4 * n * s) if s > 1 / (n + 1) else 1 - s


def check(n: float, s: float) -> None:
    """Check a gain and a saturation.

    Raises:
        ValueError: n is not a finite number above 0, or s is outside [0, 1].
    """
    if not 0 < n < math.inf:
        raise ValueError(f"the gain n is {n}; the activation needs a finite gain above 0")
    if not 0 <= s <= 1:
        raise ValueError(f"the saturation s is {s}; give a number from 0 (rectifier) to 1 (sigmoid)")


class _Gamma(torch.autograd.Function):
    """`gamma` that stores one sigmoid and one softplus for its way back."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, n: Tensor, s: Tensor) -> Tensor:
        u = n * x
        q = torch.sigmoid(u)
        # log(1 + exp(u)) = max(u, 0) - log max(q, 1 - q), without an exponential of its own.
        soft = u.clamp_min_(0).sub_(torch.maximum(q, 1 - q).log_()).div_(n)
        ctx.save_for_backward(x, n, s, q, soft)
        return torch.addcmul(soft, s, q - soft)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *outer: Tensor) -> tuple[Tensor | None, ...]:
        (grad,) = outer
        x, n, s, q, soft = ctx.saved_tensors
        steep = torch.addcmul(q, q, q, value=-1).mul_(s)  # s q (1 - q)
        rectified = q * (1 - s)
        of_x = of_n = of_s = None
        if ctx.needs_input_grad[0]:
            of_x = torch.addcmul(rectified, n, steep).mul_(grad).sum_to_size(x.shape)
        if ctx.needs_input_grad[1]:
            # (1 - s) (x q - soft) / n is the entropy term; soft is already divided by n.
            fall = torch.addcmul(x * rectified, soft, 1 - s, value=-1).div_(n)
            of_n = fall.addcmul_(x, steep).mul_(grad).sum_to_size(n.shape)
        if ctx.needs_input_grad[2]:
            of_s = (q - soft).mul_(grad).sum_to_size(s.shape)
        return of_x, of_n, of_s
