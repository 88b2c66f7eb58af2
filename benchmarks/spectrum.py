"""Time eigenspectra beside the matrix product that they need, and RankMe and alpha beside a published package.

Prints one Markdown table. Every time is CPU time on one thread, the least of several runs that alternate between the
rivals, so that other work on the machine weighs little and equally; ratios are worth comparing between machines,
seconds are not. reptrix, if it cannot be imported, gets a row that says so; `make bench` installs it.

The product is `X^T Y` of two different buffers of the same numbers, because numpy answers `X^T X` of one buffer with
SYRK, which does half the arithmetic: a spectrum need not do more than SYRK, whose time stands beside it.
"""

import importlib
from typing import Any

import numpy as np
import torch
from racing import race, row
from threadpoolctl import threadpool_limits

from learning_geometry.instruments.spectrum import StreamingCovariance, eigenspectrum, power_law, rankme

N_SAMPLES, CHUNK = 10_000, 1000
RANKS = (11, 100)  # reptrix's own window, counted from one
PEER, MISSING = "reptrix 0.1.0", "not importable: run `make bench`"


def features(rng: np.random.Generator, d: int) -> np.ndarray:
    """Features whose covariance falls as 1 / i, with means as large as the largest standard deviation."""
    return rng.standard_normal((N_SAMPLES, d)) * np.arange(1, d + 1) ** -0.5 + rng.standard_normal(d)


def streamed(x: np.ndarray) -> np.ndarray:
    stream = StreamingCovariance(x.shape[1])
    for start in range(0, len(x), CHUNK):
        stream.update(x[start : start + CHUNK])
    return stream.eigenspectrum()


def gap(a: Any, b: Any) -> str:
    return f"{np.abs(np.asarray(a) - np.asarray(b)).max():.1e}"


def spectra(x: np.ndarray, repeats: int) -> None:
    copy, single, n_features = x.copy(), x.astype(np.float32), x.shape[1]
    seconds, values = race(
        {
            "one GEMM": lambda: x.T @ copy,
            "one SYRK": lambda: x.T @ x,
            "at once": lambda: eigenspectrum(x),
            "streamed": lambda: streamed(x),
            "streamed float32": lambda: streamed(single),
        },
        repeats,
    )
    size = f"n = {N_SAMPLES:,}, d = {n_features}"
    off = f"differs from it by {gap(values['streamed'], values['at once'])} (largest eigenvalue {values['at once'][0]:.2f})"
    half = gap(values["streamed float32"], eigenspectrum(single))
    for rival, target in (("one GEMM", "at most 2"), ("one SYRK", "")):
        row(f"`eigenspectrum`, float64, {size}", seconds["at once"], rival, seconds[rival], target, "")
        task = f"`StreamingCovariance`, chunks of {CHUNK}, float64, {size}"
        row(task, seconds["streamed"], rival, seconds[rival], "", off)
    task = f"`StreamingCovariance`, chunks of {CHUNK}, float32, {size}"
    note = f"differs from `eigenspectrum` of the same by {half}"
    row(task, seconds["streamed float32"], "one GEMM in float64", seconds["one GEMM"], "", note)


def peer(x: np.ndarray, repeats: int) -> None:
    def ours() -> tuple[float, float]:
        eigenvalues = eigenspectrum(x)
        return rankme(eigenvalues, of="eigenvalues"), power_law(eigenvalues, ranks=RANKS).alpha

    def theirs() -> tuple[float, float]:
        # Its documented functions decompose anew, each for itself; one decomposition for both is the kinder rival.
        eigenvalues = utils.get_eigenspectrum(x)
        # A fresh range every time: the fit adds one to the array that it is given.
        return rank.get_rank(eigenvalues), alpha.get_powerlaw(eigenvalues, np.arange(10, 100))[0]

    task = f"RankMe and alpha, {x.dtype}, n = {N_SAMPLES:,}, d = {x.shape[1]}"
    try:
        alpha, rank, utils = (importlib.import_module(f"reptrix.{name}") for name in ("alpha", "rankme", "utils"))
    except ImportError as error:
        row(task, race({"ours": ours}, repeats)[0]["ours"], PEER, f"{MISSING} ({error})", "2.5x faster", "")
        return
    seconds, values = race({"ours": ours, "theirs": theirs}, repeats)
    other = rankme(eigenspectrum(x), of="singular_values")
    note = (
        f"RankMe of eigenvalues {values['ours'][0]:.1f}, differs by {gap(values['ours'][0], values['theirs'][0])}; "
        f"alpha {values['ours'][1]:.3f}, by {gap(values['ours'][1], values['theirs'][1])}; "
        f"RankMe of the singular values, which it lacks, is {other:.1f}"
    )
    row(task, seconds["ours"], PEER, seconds["theirs"], "2.5x faster", note)


def main() -> None:
    rng = np.random.default_rng(0)
    print("| ours | time | rival | its time | ours / rival | rival / ours | target | values |")
    print("|---|---|---|---|---|---|---|---|")
    torch.set_num_threads(1)
    with threadpool_limits(1):
        for d, repeats in ((768, 7), (2048, 3)):
            x = features(rng, d)
            spectra(x, repeats)
            peer(x, 2)
            peer(x.astype(np.float32), 2)


if __name__ == "__main__":
    main()
