"""What a measurement ran on: machine, versions, commit, in plain values for records, pages and the ledger."""

import contextlib
import os
import platform
import resource
import subprocess
import sys
from functools import cache
from importlib import metadata
from pathlib import Path

from learning_geometry.paths import PACKAGE

_LIBRARIES = ("numpy", "scipy", "scikit-learn", "torch", "transformers", "matplotlib", "papermill", "jupyter-book")


@cache
def cpu_model() -> str:
    """The processor's model in words, as the operating system names it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


@cache
def versions() -> dict[str, str]:
    """Versions of Python and of the libraries that decide the numbers or the pages."""
    found = {"python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def commit() -> str:
    """The checkout's commit, with `-dirty` where files differ from it; `unknown` outside a git checkout."""
    command = ["git", "-C", str(PACKAGE), "describe", "--always", "--abbrev=12", "--dirty"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    return answer.stdout.strip() or "unknown"


def describe(*, threads: int) -> dict[str, object]:
    """The present environment: system, processor, cores, threads used, versions."""
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
        "threads": threads,
        "versions": versions(),
    }


def reset_peak_memory() -> None:
    """Begin to measure the peak anew, where the operating system can (Linux); elsewhere it is that of the whole process."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def peak_memory_mb(*, of_children: bool = False) -> float:
    """Largest resident memory of this process since the last reset, or of the largest of its finished children, in MB."""
    with contextlib.suppress(OSError, IndexError):
        if not of_children:
            status = Path("/proc/self/status").read_text(encoding="utf-8")
            return round(int(status.split("VmHWM:")[1].split()[0]) * 1024 / 1e6, 1)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN if of_children else resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1e6 if sys.platform == "darwin" else 1e6 / 1024), 1)
