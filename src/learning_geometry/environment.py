"""What a measurement ran on: machine, versions, commit, in plain values for records, pages and the ledger."""

import contextlib
import os
import platform
import resource
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from importlib import metadata
from pathlib import Path

from learning_geometry import paths
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
    """The checkout's commit, with `-dirty` where files differ from it; `no commit` outside a git checkout of its own.

    Nothing of the person's git configuration counts, nor a repository that the checkout merely lies in.
    """
    top = PACKAGE.parents[1]
    variables = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    variables |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_OPTIONAL_LOCKS": "0"}

    def git(*arguments: str) -> str:
        # A checkout may belong to somebody else than whoever reads it, as in a container.
        command = ["git", "-c", "safe.directory=*", "-c", "core.fsmonitor=false", "-C", str(top), *arguments]
        answer = subprocess.run(command, capture_output=True, timeout=20, check=False, env=variables)
        return os.fsdecode(answer.stdout.rstrip(b"\n"))

    try:
        owner = git("rev-parse", "--show-toplevel")
        if not owner or not os.path.samefile(owner, top):
            return "no commit"
        return git("describe", "--always", "--abbrev=12", "--dirty") or "no commit"
    except (OSError, subprocess.TimeoutExpired):
        return "no commit"


_PLACES = {
    "IPYTHONDIR": "ipython",
    "JUPYTER_CONFIG_DIR": "jupyter/config",
    "JUPYTER_DATA_DIR": "jupyter/data",
    "JUPYTER_RUNTIME_DIR": "jupyter/runtime",
    "MPLCONFIGDIR": "matplotlib",
    "XDG_CACHE_HOME": "cache",
    "XDG_CONFIG_HOME": "config",
    "XDG_DATA_HOME": "data",
    "XDG_STATE_HOME": "state",
}
"""Variables that name a folder for caches or configurations, and its place in the build folder."""

_TOOLS = (
    "GIT_",
    "IPYTHON",
    "JUPYTER",
    "MATPLOTLIB",
    "MPL",
    "PAPERMILL",
    "PYTHONSTARTUP",
    "SNAKEMAKE",
    "SOURCE_DATE",
    "SPHINX",
)
"""How the names of variables begin by which a person sets up a tool that makes the pages."""


def surroundings() -> dict[str, str]:
    """The variables of a run: the present ones, apart from the person's configuration, and from what a run leaves in her home.

    Caches and configurations of Jupyter, IPython, matplotlib and Snakemake go to the build folder. Models and data of the
    Hugging Face hub stay in the person's own cache, where it can be written. The build folder is the same wherever a part
    of the run works.
    """
    folder = paths.build() / "surroundings"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_TOOLS)}
    places = {name: str(folder / place) for name, place in _PLACES.items()}
    fixed = {"LEARNING_GEOMETRY_BUILD": str(paths.build()), "HF_HOME": _hub_cache(folder)}
    if not _home().is_dir():
        fixed["HOME"] = str(folder / "home")
    return {**kept, **places, **fixed}


def isolate() -> None:
    """Let this process and those that it starts run in `surroundings`."""
    variables = surroundings()
    os.environ.clear()
    os.environ.update(variables)
    with contextlib.suppress(OSError):  # a folder that cannot be written is named by the command that needs it
        for name in _PLACES:
            Path(variables[name]).mkdir(parents=True, exist_ok=True)


def _hub_cache(folder: Path) -> str:
    chosen = os.environ.get("HF_HOME")
    if chosen:
        return chosen
    cache = Path(os.environ.get("XDG_CACHE_HOME") or _home() / ".cache")
    nearest = next((place for place in (cache, *cache.parents) if place.exists()), cache)
    usable = _home().is_dir() and nearest.is_dir() and os.access(nearest, os.W_OK)
    return str((cache if usable else folder) / "huggingface")


def _home() -> Path:
    return Path(os.path.expanduser("~"))


def describe(*, threads: int, libraries: Mapping[str, str] | None = None) -> dict[str, object]:
    """The present environment: system, processor, cores, threads used, versions; also those of `libraries` that code imports."""
    usual = versions()
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
        "threads": threads,
        "versions": {**usual, **(libraries or {}), **usual},  # the usual ones with their local version, such as +cpu
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
