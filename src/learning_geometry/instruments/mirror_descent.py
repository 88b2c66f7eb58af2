"""Mirror descent as a torch optimiser: gradient descent whose steps are straight in the dual space of a potential.

On a CPU each tensor is worked off in blocks small enough to stay in the cache from the first of its elementwise
operations to the last; on an accelerator all tensors move together through the `torch._foreach` kernels.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import torch
from torch import Tensor

from learning_geometry.instruments.potentials import NegativeEntropy, PNorm, Potential

# Elements of a block for each thread: weights, gradient, momentum and scratch space of float32 take 2 MB together. Half as
# many lose as much to the calls as they gain by fitting into smaller caches.
BLOCK = 131_072

# So that `torch.load` accepts the state of this optimiser with its default `weights_only=True`.
torch.serialization.add_safe_globals([NegativeEntropy, PNorm])


class MirrorDescent(torch.optim.Optimizer):
    """Move the dual image of every weight against its gradient: `dual(w)` falls by `lr` times the momentum buffer.

    The buffer is that of `torch.optim.SGD`: momentum times the last one plus the gradient. With `PNorm(2)` the optimiser is
    SGD, bit for bit. With `NegativeEntropy` it is exponentiated gradient descent, `w *= exp(-lr sign(w) buffer)`: weights
    keep their signs, and a weight of zero never moves. Learning rates of different potentials do not compare: a small step
    changes a weight by `lr` times the buffer over the curvature.

    `potential` is a `NegativeEntropy`, a `PNorm` or any other `Potential`, which is then called on blocks of weights. Each
    parameter group may have its own `lr`, `potential`, `momentum` and `foreach`. `foreach=None` chooses `torch._foreach`
    kernels off the CPU only. Weights are float32 or float64.
    Source: arXiv:2305.19394 (update and momentum as in its official code, `md_utils.py`).

    Raises:
        ValueError: lr is negative or not finite, momentum is outside [0, 1), or weights are complex or of half precision.
        TypeError: potential is not a `Potential`.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float,
        potential: Potential,
        momentum: float = 0.0,
        *,
        foreach: bool | None = None,
    ) -> None:
        super().__init__(params, {"lr": lr, "potential": potential, "momentum": momentum, "foreach": foreach})

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group of weights with its own options.

        Raises:
            ValueError: as for the class; the group is not added.
            TypeError: potential is not a `Potential`; the group is not added.
        """
        super().add_param_group(param_group)
        try:
            _check(self.param_groups[-1])
        except (TypeError, ValueError):
            self.param_groups.pop()
            raise

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every weight that has a gradient, and return the loss of the closure, if there is one.

        Raises:
            ValueError: a gradient is sparse; no weight has moved.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        moving = [[w for w in group["params"] if w.grad is not None] for group in self.param_groups]
        for w in (w for weights in moving for w in weights):
            if w.grad.layout != torch.strided:
                raise ValueError(
                    f"the gradient of a weight of shape {tuple(w.shape)} is {w.grad.layout}; mirror descent needs dense "
                    "gradients (torch.nn.Embedding(sparse=False))"
                )
        for group, weights in zip(self.param_groups, moving, strict=True):
            if weights:
                self._move(group, weights)
        return loss

    def _move(self, group: dict[str, Any], weights: list[Tensor]) -> None:
        momentum = float(group["momentum"])
        gradients: list[Any] = [w.grad for w in weights]
        buffers = gradients
        if momentum:
            for w in weights:
                if "momentum_buffer" not in self.state[w]:
                    self.state[w]["momentum_buffer"] = torch.zeros_like(w)
            buffers = [self.state[w]["momentum_buffer"] for w in weights]
        foreach = group["foreach"]
        if foreach is None:
            foreach = all(w.device.type != "cpu" for w in weights)
        step = _step_together if foreach else _step_in_blocks
        step(weights, gradients, buffers, momentum, float(group["lr"]), group["potential"])


def _check(group: dict[str, Any]) -> None:
    potential = group["potential"]
    if isinstance(potential, type) or not isinstance(potential, Potential):
        raise TypeError(f"potential is {potential!r}; give a Potential such as NegativeEntropy() or of_exponent(3)")
    if not 0 <= group["lr"] < float("inf"):
        raise ValueError(f"lr is {group['lr']}; the learning rate must be finite and not negative")
    if not 0 <= group["momentum"] < 1:
        raise ValueError(f"momentum is {group['momentum']}; it must be at least 0 and below 1")
    for w in group["params"]:
        if w.dtype not in (torch.float32, torch.float64):
            raise ValueError(
                f"weights of shape {tuple(w.shape)} are {w.dtype}; powers and exponentials of weights need float32 or "
                "float64 (keep the weights in float32 and compute under torch.autocast)"
            )


def _step_in_blocks(
    weights: list[Tensor],
    gradients: list[Tensor],
    buffers: list[Tensor],
    momentum: float,
    lr: float,
    potential: Potential,
) -> None:
    if isinstance(potential, PNorm) and potential.p == 2:
        # The very operations of SGD, on whole tensors: how a sum is rounded may depend on where a block ends.
        for w, gradient, buffer in zip(weights, gradients, buffers, strict=True):
            if momentum:
                buffer.mul_(momentum).add_(gradient)
            w.add_(buffer, alpha=-lr)
        return
    scratch = weights[0].new_empty(0)
    for tensors in zip(weights, gradients, buffers, strict=True):
        if (scratch.dtype, scratch.device) != (tensors[0].dtype, tensors[0].device):
            scratch = tensors[0].new_empty(0)
        for w, gradient, buffer in _blocks(*tensors):
            if momentum:
                torch.add(gradient, buffer, alpha=momentum, out=buffer)
            _move(w, buffer, lr, potential, scratch)


def _blocks(*tensors: Tensor) -> Iterator[tuple[Tensor, ...]]:
    """Cut weights, gradient and buffer into flat blocks, in whatever order of axes all lie densely in memory."""
    w = tensors[0]
    if not all(t.is_contiguous() for t in tensors):
        order = sorted(range(w.ndim), key=w.stride, reverse=True)
        tensors = tuple(t.permute(order) for t in tensors)
        if not all(t.is_contiguous() for t in tensors):
            yield tensors
            return
    size = BLOCK * torch.get_num_threads() if w.device.type == "cpu" else w.numel()
    if w.numel() <= size:
        yield tensors
    else:
        yield from zip(*(t.view(-1).split(size) for t in tensors), strict=True)


def _move(w: Tensor, buffer: Tensor, lr: float, potential: Potential, scratch: Tensor) -> None:
    if isinstance(potential, NegativeEntropy):
        factor = torch.sign(w, out=scratch.resize_(w.shape))
        # exp2, since exp takes more than twice as long where torch leaves it to MKL.
        w.mul_(factor.mul_(buffer).mul_(-lr / math.log(2)).exp2_())
    elif isinstance(potential, PNorm):
        dual = _signed_power(w, potential.p - 1, out=scratch.resize_(w.shape))
        _signed_power(dual.add_(buffer, alpha=-lr), 1 / (potential.p - 1), out=w)
    else:
        w.copy_(potential.primal(potential.dual(w) - lr * buffer, w))


def _signed_power(values: Tensor, power: float, out: Tensor) -> Tensor:
    """`v |v|^(power - 1)`: no sign to be copied, and torch's reciprocal square root is faster than its square root."""
    torch.abs(values, out=out)
    if power < 1:
        out.clamp_min_(torch.finfo(out.dtype).tiny)  # 0 times infinity would not be 0
    if power != 2:
        out.pow_(power - 1)
    return out.mul_(values)


def _step_together(
    weights: list[Tensor],
    gradients: list[Tensor],
    buffers: list[Tensor],
    momentum: float,
    lr: float,
    potential: Potential,
) -> None:
    if momentum:
        torch._foreach_mul_(buffers, momentum)
        torch._foreach_add_(buffers, gradients)
    if isinstance(potential, NegativeEntropy):
        factors = torch._foreach_mul(torch._foreach_sign(weights), buffers)
        torch._foreach_mul_(factors, -lr)
        torch._foreach_exp_(factors)
        torch._foreach_mul_(weights, factors)
    elif isinstance(potential, PNorm) and potential.p == 2:
        torch._foreach_add_(weights, buffers, alpha=-lr)
    elif isinstance(potential, PNorm):
        dual = _signed_powers(weights, potential.p - 1)
        torch._foreach_add_(dual, buffers, alpha=-lr)
        torch._foreach_copy_(weights, _signed_powers(dual, 1 / (potential.p - 1)))
    else:
        for w, buffer in zip(weights, buffers, strict=True):
            w.copy_(potential.primal(potential.dual(w) - lr * buffer, w))


def _signed_powers(values: list[Tensor], power: float) -> list[Tensor]:
    found: list[Tensor] = torch._foreach_abs(values)
    if power < 1:
        torch._foreach_clamp_min_(found, [torch.finfo(v.dtype).tiny for v in values])
    if power != 2:
        torch._foreach_pow_(found, power - 1)
    torch._foreach_mul_(found, values)
    return found
