"""Time cross-validated spectra beside the SVD of the data and the products that they need, and count their memory.

Prints one Markdown table. Every time is CPU time on one thread, the least of several runs that alternate between the
rivals, so that other work on the machine weighs little and equally; ratios are worth comparing between machines,
seconds are not. Memory is the peak of what Python allocates, the responses included, in copies of the responses.
"""

import tracemalloc
from collections.abc import Callable
from math import comb
from typing import Any

import numpy as np
from racing import race, row
from threadpoolctl import threadpool_limits

from learning_geometry.instruments.cross_validation import (
    StreamingCrossValidation,
    cross_decomposition,
    cvpca,
    remove_noise_components,
)
from learning_geometry.instruments.spectrum import unbiased_moments

N_REPEATS, NOISE, FOLDS, CHUNK = 3, 20, 8, 1000


def responses(rng: np.random.Generator, n: int, p: int) -> np.ndarray:
    """A signal whose spectrum falls as 1 / i, with a fifth of the variance of the noise, half of it correlated."""
    variances = np.arange(1, p + 1) ** -1.0
    signal = rng.standard_normal((n, p)) * np.sqrt(0.2 * p * variances / variances.sum())
    common = rng.standard_normal((N_REPEATS, n, 100)) * np.arange(1, 101) ** -0.5
    mixing = rng.standard_normal((100, p)) * np.sqrt(0.5 / np.sum(np.arange(1, 101) ** -1.0))
    noise = np.sqrt(0.5) * rng.standard_normal((N_REPEATS, n, p), dtype=np.float32)
    return (signal + common @ mixing + noise).astype(np.float32)


def gap(a: Any, b: Any) -> str:
    return f"{np.abs(np.asarray(a) - np.asarray(b)).max() / np.abs(np.asarray(b)).max():.1e}"


def by_svd(x: np.ndarray) -> np.ndarray:
    """The definition: axes from the singular vectors of the mean of the other repeats, in the voxels."""
    x = x - x.mean(axis=1, keepdims=True)
    total = np.zeros(min(x.shape[1:]))
    for held_out in range(len(x)):
        others = np.delete(x, held_out, axis=0).mean(axis=0)
        v = np.linalg.svd(others, full_matrices=False)[2]
        total += np.sum((others @ v.T) * (x[held_out] @ v.T), axis=0, dtype=np.float64)
    return total[: min(x.shape[1] - 1, x.shape[2])] / len(x) / (x.shape[1] - 1)


def needed(x: np.ndarray) -> list[np.ndarray]:
    """One product and one decomposition for each repeat held out."""
    return [np.linalg.eigh((y @ z.T).astype(np.float64))[1] for y, z in zip(x, np.roll(x, 1, axis=0), strict=True)]


def copies(call: Callable[[], Any], x: np.ndarray) -> float:
    tracemalloc.start()
    try:
        call()
        return 1 + tracemalloc.get_traced_memory()[1] / x.nbytes
    finally:
        tracemalloc.stop()


def principal_components(rng: np.random.Generator, n: int, p: int) -> None:
    single = responses(rng, n, p)
    size = f"{N_REPEATS} x {n:,} x {p:,}"
    faster, at_most, alive = ("3x faster", "at most 2", " (target: 3)") if n >= 2000 else ("", "", "")
    for x in (single, single.astype(np.float64)):
        seconds, values = race({"svd": lambda x=x: by_svd(x)}, repeats=1)
        ours, mine = race(
            {
                "needed": lambda x=x: needed(x),
                "cvpca": lambda x=x: cvpca(x),
                "stringer": lambda x=x: cvpca(x, axes="stringer"),
                "without noise": lambda x=x: cvpca(x, noise_components=NOISE),
                "remove": lambda x=x: remove_noise_components(x, NOISE),
            },
            repeats=2,
        )
        task = f"`cvpca`, {size}, {x.dtype}"
        held = f"{copies(lambda x=x: cvpca(x), x):.2f} copies of the responses at most{alive}"
        off = f"differs from it by {gap(mine['cvpca'], values['svd'])} of the largest"
        row(task, ours["cvpca"], "SVD of the data", seconds["svd"], faster, off)
        row(task, ours["cvpca"], "its GEMMs and `eigh`", ours["needed"], at_most, held)
        row(f'{task}, `axes="stringer"`', ours["stringer"], "its GEMMs and `eigh`", ours["needed"], "", "")
        held = f"{copies(lambda x=x: cvpca(x, noise_components=NOISE), x):.2f} copies of the responses at most"
        task = f"`cvpca`, without {NOISE} noise components, {size}, {x.dtype}"
        row(task, ours["without noise"], "its GEMMs and `eigh`", ours["needed"], "", held)
        held = f"{copies(lambda x=x: remove_noise_components(x, NOISE), x):.2f} copies of the responses at most"
        row(
            f"`remove_noise_components`, {NOISE}, {size}, {x.dtype}", ours["remove"], "`cvpca`", ours["cvpca"], "", held
        )


def streams(rng: np.random.Generator, n: int, p: int) -> None:
    x = responses(rng, n, p)

    def streamed() -> np.ndarray:
        stream = StreamingCrossValidation(N_REPEATS, p)
        for start in range(0, n, CHUNK):
            stream.update(x[:, start : start + CHUNK])
        return stream.cvpca()

    seconds, values = race({"at once": lambda: cvpca(x), "streamed": streamed}, repeats=2)
    task = f"`StreamingCrossValidation`, chunks of {CHUNK}, {N_REPEATS} x {n:,} x {p:,}, float32"
    note = f"in float64, hence differs by {gap(values['at once'], values['streamed'])} of the largest"
    row(task, seconds["streamed"], "`cvpca` of all, float32", seconds["at once"], "", note)


def cross(rng: np.random.Generator, n: int, p: int, q: int) -> None:
    first, second = responses(rng, n, p), responses(rng, n, q)

    def by_svd() -> np.ndarray:
        x, y = first.mean(axis=0), second.mean(axis=0)
        total = 0
        parts = np.array_split(np.random.default_rng(0).permutation(n), FOLDS)
        for part in parts:
            train = np.setdiff1d(np.arange(n), part)
            a, b = x[train] - x[train].mean(axis=0), y[train] - y[train].mean(axis=0)
            u, _, vt = np.linalg.svd(a.T @ b, full_matrices=False)
            scores = ((x[part] - x[train].mean(axis=0)) @ u) * ((y[part] - y[train].mean(axis=0)) @ vt.T)
            total = total + scores.mean(axis=0, dtype=np.float64) / FOLDS
        return total[: n - len(parts[0]) - 1]

    seconds, values = race(
        {
            "ours": lambda: cross_decomposition(first, second, folds=FOLDS, rng=np.random.default_rng(0)),
            "svd": by_svd,
        },
        repeats=1,
    )
    task = f"`cross_decomposition`, {FOLDS} folds, {n:,} stimuli, {p:,} and {q:,} voxels, float32"
    off = f"differs from it by {gap(values['ours'], values['svd'])} of the largest"
    row(task, seconds["ours"], "SVD of the cross-covariance, float32", seconds["svd"], "", off)


def moments(rng: np.random.Generator, n: int, p: int) -> None:
    x = responses(rng, n, p)

    def plainly() -> np.ndarray:
        y = x - x.mean(axis=1, keepdims=True)
        totals = np.zeros(4)
        for a in range(N_REPEATS):
            for b in set(range(N_REPEATS)) - {a}:
                gram = (y[a] @ y[b].T).astype(np.float64)
                upper = np.triu(gram, 1)
                power = np.eye(n)
                for k in range(4):
                    totals[k] += np.trace(power @ gram) / comb(n, k + 1)
                    power = power @ upper
        return totals / N_REPEATS / (N_REPEATS - 1)

    seconds, values = race({"ours": lambda: unbiased_moments(x), "plainly": plainly}, repeats=2)
    relative = ", ".join(f"{ratio:.4f}" for ratio in values["plainly"] / values["ours"])
    note = f"which subtracts the mean, and so has {relative} of ours"
    task = f"`unbiased_moments`, four, {N_REPEATS} x {n:,} x {p:,}, float32"
    row(task, seconds["ours"], "the formula as written", seconds["plainly"], "", note)


def main() -> None:
    rng = np.random.default_rng(0)
    print("| ours | time | rival | its time | ours / rival | rival / ours | target | values |")
    print("|---|---|---|---|---|---|---|---|")
    with threadpool_limits(1):
        principal_components(rng, 500, 1000)
        principal_components(rng, 2000, 4000)
        streams(rng, 10_000, 1000)
        cross(rng, 800, 1200, 1000)
        moments(rng, 500, 1000)
        moments(rng, 2000, 300)


if __name__ == "__main__":
    main()
