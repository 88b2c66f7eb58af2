"""A look at the machine, in words: what the companion finds, what is missing, and what to do about it."""

import os
import runpy
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from learning_geometry import environment, paths
from learning_geometry.publishing import workflow
from learning_geometry.studies.parameters import scales

_DISK_GB = 3.0


@dataclass(frozen=True)
class Finding:
    """One thing looked at: fine, or missing but optional, or missing and needed; with the remedy."""

    name: str
    state: str
    fine: bool
    needed: bool = True
    remedy: str = ""

    def __str__(self) -> str:
        """The finding as a line of the report."""
        sign = "ok" if self.fine else "MISSING" if self.needed else "optional"
        return f"{sign:>8}  {self.name}: {self.state}" + (
            f"\n          -> {self.remedy}" if self.remedy and not self.fine else ""
        )


def inspect_machine() -> list[Finding]:
    """Look at Python, its environment, libraries, accelerator, browser, folders, variables and checkout; nothing heavy is imported."""
    return [
        _python(),
        _environment(),
        *_lock(),
        _accelerator(),
        _browser(),
        _disk(),
        _build_folder(),
        _hub_cache(),
        _variables(),
        _checkout(),
        *_runs(),
    ]


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("Python", version, sys.version_info >= (3, 11), remedy="install Python 3.11 or newer")


def _environment() -> Finding:
    """Whether the environment in use is the checkout's own, and as `make` would leave it."""
    own, used = paths.checkout() / ".venv", Path(sys.prefix)
    remedy = "`make setup` makes .venv, or mends it"
    if used != own:
        other = used.parent / "src" / "learning_geometry"
        whose = f"that of another checkout, with the package of {paths.checkout()}" if other.is_dir() else "your own"
        return Finding("environment", f"{used}, {whose}", not other.is_dir(), needed=False, remedy=remedy)
    reason = runpy.run_path(str(paths.checkout() / "workflow" / "set_up.py"))["fault"]()
    state = f"{own}, made here and for this lock" if reason is None else f"{own}: {reason}"
    return Finding("environment", state, reason is None, remedy=remedy)


def _lock() -> Iterator[Finding]:
    top = paths.checkout()
    for title, file in (("libraries", "requirements.lock"), ("torch", "requirements-torch.txt")):
        lines = (top / file).read_text(encoding="utf-8").split()
        wanted = dict(line.split("==") for line in lines if "==" in line)
        installed = {name: _installed(name) for name in wanted}
        wrong = [
            f"{name} {installed[name] or 'absent'} (lock: {pin})"
            for name, pin in wanted.items()
            if (installed[name] or "").partition("+")[0] != pin
        ]
        said = "; ".join(wrong[:5]) + (" ..." if len(wrong) > 5 else "")
        fine = str(installed["torch"]) if title == "torch" else f"all {len(wanted)} as locked"
        yield Finding(title, said or fine, not wrong, remedy=f"`make setup`, or `pip install -r {file}`")


def _accelerator() -> Finding:
    remedy = "none needed for smoke and laptop scale; the paper scale wants one"
    build = (_installed("torch") or "").partition("+")[2]
    names = _graphics_cards()
    if names and build == "cpu":
        state = f"{names[0]}, but the torch installed is the CPU's"
        remedy = "`pip install --force-reinstall -r requirements-torch.txt` in .venv brings the other"
        return Finding("accelerator", state, False, needed=False, remedy=remedy)
    return Finding("accelerator", ", ".join(names) or "no NVIDIA GPU seen", bool(names), needed=False, remedy=remedy)


def _graphics_cards() -> list[str]:
    """Names of NVIDIA's cards, asked of the driver: to ask torch takes seconds."""
    command = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=5, check=True)
    except (OSError, subprocess.SubprocessError):
        return []
    return answer.stdout.splitlines()


def _browser() -> Finding:
    absent = [name for name in ("chromium", "chromedriver") if shutil.which(name) is None]
    state = "chromium and chromedriver found" if not absent else f"{' and '.join(absent)} not found"
    remedy = (
        "only the book's tests and benchmarks/pages.py need it: `apt-get install chromium chromium-driver` on Debian"
    )
    return Finding("browser", state, not absent, needed=False, remedy=remedy)


def _disk() -> Finding:
    folder = _nearest(paths.build())
    free = shutil.disk_usage(folder).free / 1e9
    return Finding("disk", f"{free:.0f} GB free", free > _DISK_GB, remedy=f"free {_DISK_GB:.0f} GB where {folder} is")


def _build_folder() -> Finding:
    build = paths.build()
    folder = _nearest(build)
    state = f"{build}, with caches and settings of all tools; your home is left alone"
    remedy = f"make {folder} writable, or set LEARNING_GEOMETRY_BUILD to a folder of yours"
    return Finding("results", state, folder.is_dir() and os.access(folder, os.W_OK), remedy=remedy)


def _hub_cache() -> Finding:
    cache = Path(environment.surroundings()["HF_HOME"])
    remedy = "set HF_HOME to a folder that can be written, or download nothing"
    return Finding(
        "models", f"downloads go to {cache}", os.access(_nearest(cache), os.W_OK), needed=False, remedy=remedy
    )


def _variables() -> Finding:
    """Variables that change Python: left out here, but not where Jupyter or papermill is started by hand."""
    habits = os.environ.get("LEARNING_GEOMETRY_SET_ASIDE")
    remedy = "this program and `make` do without; Jupyter, papermill and snakemake started by hand do not: unset them"
    return Finding("variables", habits or "none that changes Python", not habits, needed=False, remedy=remedy)


def _checkout() -> Finding:
    state = f"{paths.checkout()}, {environment.commit()}"
    remedy = "git, or a checkout of its own, is missing: pages will name no commit"
    return Finding("checkout", state, not state.endswith("no commit"), needed=False, remedy=remedy)


def _runs() -> Iterator[Finding]:
    for scale in scales():
        who = workflow.under_way(scale)
        if who is not None:
            yield Finding("run", f"scale {scale} is being built ({who})", False, needed=False, remedy="wait for it")


def _nearest(folder: Path) -> Path:
    """The folder, or the nearest above it that exists."""
    return next(place for place in (folder, *folder.parents) if place.exists())


def _installed(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None
