"""Time CKA beside the work that its formula needs, the obvious code, and three published packages.

Prints one Markdown table. Every time is CPU time on one thread, the least of several runs that alternate between the
rivals, so that other work on the machine weighs little and equally; ratios are worth comparing between machines,
seconds are not. Peers that cannot be imported get a row that says so.
"""

import contextlib
import importlib
import io
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from racing import race, row
from threadpoolctl import threadpool_limits
from torch import nn

from learning_geometry.instruments.similarity import MinibatchCKA, cka, cka_map

N_LAYERS, N_SAMPLES, N_FEATURES, BATCH = 13, 2048, 768, 256


class Batches(list[tuple[torch.Tensor]]):
    """Batches collated beforehand, with what the peers expect of a data loader."""

    dataset = "random"


class Replay(nn.Module):
    """A network whose layer `l` returns slice `l` of its input, so that the peers' hooks see ready-made features."""

    def __init__(self) -> None:
        super().__init__()
        for i in range(N_LAYERS):
            self.add_module(f"layer{i}", nn.Identity())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for i, layer in enumerate(self.children()):
            layer(x[:, i])
        return x


def naive_map(layers: Sequence[np.ndarray]) -> np.ndarray:
    """Linear CKA pair by pair, three GEMMs a pair, as the formula is written."""
    values = np.empty((len(layers), len(layers)))
    for i, x in enumerate(layers):
        for j, y in enumerate(layers):
            x_0, y_0 = x - x.mean(axis=0), y - y.mean(axis=0)
            own = np.linalg.norm(x_0.T @ x_0) * np.linalg.norm(y_0.T @ y_0)
            values[i, j] = np.linalg.norm(y_0.T @ x_0) ** 2 / own
    return values


def gap(a: Any, b: Any) -> str:
    return f"{np.abs(np.asarray(a, dtype=np.float64) - np.asarray(b, dtype=np.float64)).max():.1e}"


def single_values(rng: np.random.Generator) -> None:
    for d in (512, 2048):
        x = rng.standard_normal((10_000, d), dtype=np.float32) + 1
        y = x[::-1] + rng.standard_normal((10_000, d), dtype=np.float32)
        exact = {
            name: cka(x.astype(np.float64), y.astype(np.float64), estimator=name) for name in ("biased", "debiased")
        }
        seconds, values = race(
            {
                "gemm": lambda x=x, y=y: (x.T @ x, y.T @ y, x.T @ y),
                "biased": lambda x=x, y=y: cka(x, y),
                "debiased": lambda x=x, y=y: cka(x, y, estimator="debiased"),
            },
            repeats=12 if d == 512 else 3,
        )
        for name in exact:
            task = f"`cka`, linear, {name}, n = 10,000, d = {d}"
            note = f"float32 differs from float64 by {gap(values[name], exact[name])}"
            row(task, seconds[name], "its three GEMMs", seconds["gemm"], "at most 1.3", note)


def whole_maps(layers: Sequence[np.ndarray]) -> None:
    precise = [layer.astype(np.float64) for layer in layers]
    for dtype, stack in (("float32", layers), ("float64", precise)):
        rivals = {
            "naive": lambda stack=stack: naive_map(stack),
            "biased": lambda stack=stack: cka_map(stack, estimator="biased"),
            "debiased": lambda stack=stack: cka_map(stack),
        }
        seconds, values = race(rivals, repeats=2 if dtype == "float32" else 1)
        size = f"{N_LAYERS} x {N_LAYERS}, n = {N_SAMPLES}, d = {N_FEATURES}, {dtype}"
        note = f"differs by {gap(values['biased'], values['naive'])}"
        row(f"`cka_map`, biased, {size}", seconds["biased"], "naive pairs", seconds["naive"], "6x faster", note)
        note = "the rival computes the biased estimator"
        row(f"`cka_map`, debiased, {size}", seconds["debiased"], "naive pairs", seconds["naive"], "6x faster", note)


def peers(batches: Batches) -> dict[str, Callable[[], Any]]:
    """Return what computes the minibatch map with each peer, or an import error's message in place of it."""

    def torch_cka() -> Any:
        tool = importlib.import_module("torch_cka").CKA(Replay(), Replay(), "a", "b", names, names)
        tool.compare(batches, batches)
        return tool.export()["CKA"]

    def pytorch_cka() -> Any:
        # It takes a list for a list of loaders, hence the second pair of brackets.
        return importlib.import_module("cka").compute_cka(Replay(), Replay(), [batches], layers=names, progress=False)[
            0
        ]

    def ckatorch() -> Any:
        cka_batch = importlib.import_module("ckatorch").cka_batch
        stacked = torch.stack([x for (x,) in batches])
        return [[cka_batch(stacked[:, :, i], stacked[:, :, j]) for j in range(N_LAYERS)] for i in range(N_LAYERS)]

    names = [f"layer{i}" for i in range(N_LAYERS)]
    return {"torch_cka 0.21": torch_cka, "ckatorch 1.0.3, `cka_batch`": ckatorch, "pytorch-cka 1.1.3": pytorch_cka}


def minibatches(layers: Sequence[np.ndarray]) -> None:
    stack = np.stack(layers, axis=1)
    batches = Batches((torch.from_numpy(stack[i : i + BATCH]),) for i in range(0, N_SAMPLES, BATCH))

    def ours(dtype: type, networks: int) -> np.ndarray:
        accumulated = MinibatchCKA(N_LAYERS, N_LAYERS if networks == 2 else None)
        for (x,) in batches:
            views = [x[:, i].numpy().astype(dtype, copy=False) for i in range(N_LAYERS)]
            accumulated.update(views, views if networks == 2 else None)
        return accumulated.compute()

    exact = ours(np.float64, 2)
    rivals: dict[str, Callable[[], Any]] = {
        "two networks": lambda: ours(np.float32, 2),
        "one network": lambda: ours(np.float32, 1),
    }
    failures = {}
    for name, peer in peers(batches).items():
        try:
            with contextlib.redirect_stderr(io.StringIO()):
                peer()  # Also a warm-up, so that no import is timed.
            rivals[name] = peer
        except ImportError as error:
            failures[name] = f"not importable ({error})"
    with torch.no_grad(), contextlib.redirect_stderr(io.StringIO()):  # torch_cka draws a progress bar.
        seconds, values = race(rivals, repeats=2)
    size = f"{N_LAYERS} x {N_LAYERS}, {N_SAMPLES // BATCH} batches of {BATCH}, d = {N_FEATURES}, float32"
    for networks in ("two networks", "one network"):
        task = f"`MinibatchCKA`, {networks}, {size}"
        # Of the peers only torch_cka has a target; it has no shorter way for one network, which it is given twice.
        for name in peers(batches) if networks == "two networks" else ("torch_cka 0.21",):
            target = "10x faster" if name.startswith("torch_cka") else ""
            if name in failures:
                row(task, seconds[networks], name, failures[name], target, "")
            else:
                theirs, ours_off = gap(values[name], exact), gap(values[networks], exact)
                note = f"differs from the definition in float64 by {theirs}, ours by {ours_off}"
                row(task, seconds[networks], name, seconds[name], target, note)


def main() -> None:
    warnings.simplefilter("ignore")
    rng = np.random.default_rng(0)
    layers = [rng.standard_normal((N_SAMPLES, N_FEATURES), dtype=np.float32)]
    while len(layers) < N_LAYERS:
        noise = rng.standard_normal((N_SAMPLES, N_FEATURES), dtype=np.float32)
        layers.append(np.float32(0.8) * layers[-1] + np.float32(0.6) * noise)
    print("| ours | time | rival | its time | ours / rival | rival / ours | target | values |")
    print("|---|---|---|---|---|---|---|---|")
    torch.set_num_threads(1)
    with threadpool_limits(1):
        single_values(rng)
        minibatches(layers)
        whole_maps(layers)


if __name__ == "__main__":
    main()
