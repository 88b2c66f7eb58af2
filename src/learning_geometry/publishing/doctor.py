"""A look at the machine, in words: what the companion finds, what is missing, and what to do about it."""

import importlib.util
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from learning_geometry import environment, paths

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
    """Look at Python, libraries, torch, accelerator, browser, disk and checkout."""
    return [_python(), *_lock(), _torch(), _accelerator(), _browser(), _disk(), _checkout()]


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("Python", version, sys.version_info >= (3, 11), remedy="install Python 3.11 or newer")


def _lock() -> Iterator[Finding]:
    lock = paths.checkout() / "requirements.lock"
    wanted = dict(line.split("==") for line in lock.read_text(encoding="utf-8").split() if "==" in line)
    wrong = [
        f"{name} {_installed(name) or 'absent'} (lock: {pin})"
        for name, pin in wanted.items()
        if _installed(name) != pin
    ]
    state = f"all {len(wanted)} as locked" if not wrong else "; ".join(wrong[:5]) + (" ..." if len(wrong) > 5 else "")
    yield Finding("libraries", state, not wrong, remedy="`make setup`, or `pip install -r requirements.lock`")


def _torch() -> Finding:
    version = _installed("torch")
    return Finding("torch", version or "absent", version is not None, remedy="`pip install -r requirements-torch.txt`")


def _accelerator() -> Finding:
    remedy = "none needed for smoke and laptop scale; the paper scale wants one"
    if importlib.util.find_spec("torch") is None:
        return Finding("accelerator", "not looked for without torch", False, needed=False, remedy=remedy)
    import torch

    seen = torch.cuda.get_device_name(0) if torch.cuda.is_available() else "no GPU seen"
    return Finding("accelerator", seen, torch.cuda.is_available(), needed=False, remedy=remedy)


def _browser() -> Finding:
    absent = [name for name in ("chromium", "chromedriver") if shutil.which(name) is None]
    state = "chromium and chromedriver found" if not absent else f"{' and '.join(absent)} not found"
    remedy = "only the browser test needs it: `apt-get install chromium chromium-driver` on Debian"
    return Finding("browser", state, not absent, needed=False, remedy=remedy)


def _disk() -> Finding:
    folder = paths.build()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free / 1e9
    return Finding("disk", f"{free:.0f} GB free", free > _DISK_GB, remedy=f"free {_DISK_GB:.0f} GB where {folder} is")


def _checkout() -> Finding:
    build = paths.build()
    folder = next(parent for parent in (build, *build.parents) if Path(parent).exists())
    state = f"{environment.commit()}, results go to {build}"
    return Finding(
        "checkout", state, os.access(folder, os.W_OK), remedy=f"make {folder} writable or set LEARNING_GEOMETRY_BUILD"
    )


def _installed(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None
