"""What the benchmarks share: rivals run by turns, and the rows of a Markdown table."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np


def race(rivals: dict[str, Callable[[], Any]], repeats: int) -> tuple[dict[str, float], dict[str, Any]]:
    """Return the least CPU time of each rival, over alternating runs, and what each returned last."""
    seconds, results = dict.fromkeys(rivals, np.inf), {}
    for _ in range(repeats):
        for name, rival in rivals.items():
            start = time.process_time()
            results[name] = rival()
            seconds[name] = min(seconds[name], time.process_time() - start)
    return seconds, results


def row(task: str, ours: float, rival: str, theirs: float | str, target: str, note: str) -> None:
    numbers = (
        f"{theirs:.3f} s | {ours / theirs:.2f} | {theirs / ours:.1f}" if isinstance(theirs, float) else f"{theirs} | |"
    )
    print(f"| {task} | {ours:.3f} s | {rival} | {numbers} | {target} | {note} |", flush=True)
