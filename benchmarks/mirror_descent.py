"""Time a step of mirror descent beside an axpy, the obvious loop, torch's own SGD and the `torch._foreach` kernels.

Prints one Markdown table. The weights have the shapes of a ResNet-18: 62 tensors, 11.7 million numbers in float32. Every time
is wall-clock time of one step with momentum 0.9, the least and the median of several steps that alternate between the rivals,
on one thread and on two; ratios are of the least. An axpy is `w.add_(gradient, alpha=-lr)` over the same tensors, the least that
any optimiser does. On a machine with other work the two-thread rows mean little: each operation waits for the slower thread.
"""

import os
import statistics
import time
from collections.abc import Callable

import torch
from torch import Tensor, nn

from learning_geometry.instruments.mirror_descent import MirrorDescent
from learning_geometry.instruments.potentials import Potential, of_exponent

EXPONENTS = (1.0, 1.5, 2.0, 2.5, 3.0)
LR, MOMENTUM, REPEATS = 1e-4, 0.9, 25


def resnet_shapes() -> list[tuple[int, ...]]:
    """Return the shapes of the 62 weight tensors of a ResNet-18."""
    shapes: list[tuple[int, ...]] = [(64, 3, 7, 7), (64,), (64,)]
    width = 64
    for out in (64, 128, 256, 512):
        for _ in range(2):
            shapes += [(out, width, 3, 3), (out,), (out,), (out, out, 3, 3), (out,), (out,)]
            if out != width:
                shapes += [(out, width, 1, 1), (out,), (out,)]
            width = out
    return [*shapes, (1000, 512), (1000,)]


def weights() -> list[nn.Parameter]:
    generator = torch.Generator().manual_seed(0)
    made = []
    for shape in resnet_shapes():
        made.append(nn.Parameter(0.05 * torch.randn(shape, generator=generator)))
        made[-1].grad = 1e-3 * torch.randn(shape, generator=generator)
    return made


def axpy(ws: list[nn.Parameter]) -> Callable[[], None]:
    @torch.no_grad()
    def step() -> None:
        for w in ws:
            w.add_(w.grad, alpha=-LR)

    return step


def loop(ws: list[nn.Parameter], p: float) -> Callable[[], None]:
    """Mirror descent as its formula is written, tensor by tensor."""
    buffers = [torch.zeros_like(w) for w in ws]

    def move(w: Tensor, buffer: Tensor) -> None:
        buffer.mul_(MOMENTUM).add_(w.grad)
        if p == 1:
            w.mul_(torch.exp(-LR * torch.sign(w) * buffer))
        else:
            dual = torch.sign(w) * torch.abs(w).pow(p - 1) - LR * buffer
            w.copy_(torch.sign(dual) * torch.abs(dual).pow(1 / (p - 1)))

    @torch.no_grad()
    def step() -> None:
        for w, buffer in zip(ws, buffers, strict=True):
            move(w, buffer)

    return step


def race(rivals: dict[str, Callable[[], object]]) -> dict[str, tuple[float, float]]:
    """Return the least and the median wall-clock time of each rival in milliseconds, over alternating steps."""
    times: dict[str, list[float]] = {name: [] for name in rivals}
    for _ in range(REPEATS):
        for name, step in rivals.items():
            start = time.perf_counter()
            step()
            times[name].append(1000 * (time.perf_counter() - start))
    return {name: (min(found), statistics.median(found)) for name, found in times.items()}


def compare(potential: Potential, threads: int) -> None:
    p = potential.exponent
    moved = {name: weights() for name in ("ours", "axpy", "loop", "foreach", "SGD")}
    rivals: dict[str, Callable[[], object]] = {
        "ours": MirrorDescent(moved["ours"], LR, potential, MOMENTUM).step,
        "axpy": axpy(moved["axpy"]),
    }
    if p == 2:
        rivals["SGD"] = torch.optim.SGD(moved["SGD"], LR, MOMENTUM, foreach=False).step
    else:
        rivals["loop"] = loop(moved["loop"], p)
    rivals["foreach"] = MirrorDescent(moved["foreach"], LR, potential, MOMENTUM, foreach=True).step
    times = race(rivals)
    targets = {"axpy": "at most 5" if p in (1, 3) else "", "SGD": "at most 1.1", "loop": "4x faster" if p == 3 else ""}
    names = {"SGD": "torch.optim.SGD", "loop": "the obvious loop", "foreach": "ours, `foreach=True`"}
    (least, median) = times.pop("ours")
    for name, (their_least, their_median) in times.items():
        distance = max(float((a - b).detach().abs().max()) for a, b in zip(moved["ours"], moved[name], strict=True))
        note = "" if name == "axpy" else f"differ by {distance:.1e} after {REPEATS} steps"
        print(
            f"| {potential.name} | {threads} | {least:.1f} ({median:.1f}) ms | {names.get(name, name)} | "
            f"{their_least:.1f} ({their_median:.1f}) ms | {least / their_least:.2f} | {their_least / least:.1f} | "
            f"{targets.get(name, '')} | {note} |",
            flush=True,
        )


def main() -> None:
    print("| potential | threads | ours | rival | its time | ours / rival | rival / ours | target | weights |")
    print("|---|---|---|---|---|---|---|---|---|")
    for threads in (1, 2):
        if threads <= (os.cpu_count() or 1):
            torch.set_num_threads(threads)
            for p in EXPONENTS:
                compare(of_exponent(p), threads)


if __name__ == "__main__":
    main()
