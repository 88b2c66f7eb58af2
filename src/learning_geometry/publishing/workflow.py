"""Running the whole workflow: one run at a time, the good book kept until a better one is there."""

import datetime
import os
import subprocess
import sys
import time
from pathlib import Path

from filelock import FileLock, Timeout
from tqdm import tqdm

from learning_geometry import environment, paths
from learning_geometry.publishing.plan import plans


class UnderWay(RuntimeError):
    """Another run of the same scale has not ended."""


def build(scale: str, *options: str) -> int:
    """Run the workflow of a scale with Snakemake and return its exit code; `options` are handed to Snakemake.

    What Snakemake notes for itself lies in the build folder, so that the checkout may be read-only.

    Raises:
        UnderWay: another run of this scale has not ended; it and the published book are left alone.
    """
    folder = paths.build()
    folder.mkdir(parents=True, exist_ok=True)
    note = folder / f"{scale}.running"
    try:
        with FileLock(folder / f"{scale}.lock", timeout=0):
            note.write_text(f"pid {os.getpid()}, since {datetime.datetime.now():%H:%M:%S}", encoding="utf-8")
            try:
                _unlock(scale)
                return _run(scale, *options)
            finally:
                note.unlink(missing_ok=True)
    except Timeout as error:
        who = note.read_text(encoding="utf-8") if note.is_file() else "just started"
        raise UnderWay(
            f"another run at scale {scale} is under way ({who}); wait for it, nothing was changed"
        ) from error


def _run(scale: str, *options: str) -> int:
    """Run Snakemake, under a progress bar of the units that are lacking where somebody looks on."""
    watched = sys.stderr.isatty() and "--dry-run" not in options
    lacking = _lacking(scale) if watched else []
    bar = tqdm(total=len(lacking), desc="measuring", unit="unit", disable=not lacking)
    with subprocess.Popen(_command(scale, *options), env=_variables()) as engine, bar:
        while engine.poll() is None:
            time.sleep(0.2)
            if not bar.disable:
                bar.update(sum(file.is_file() for file in lacking) - bar.n)
        return engine.returncode


def _lacking(scale: str) -> list[Path]:
    files = [plan.study.store().path(task) for plan in plans(scale) for task in plan.tasks]
    return [file for file in files if not file.is_file()]


def _unlock(scale: str) -> None:
    # Nobody else runs: a lock of Snakemake's own was left by a run that was killed.
    locks = paths.build() / ".snakemake" / "locks"
    if any(locks.glob("*")):
        subprocess.run(_command(scale, "--unlock"), check=False, env=_variables(), capture_output=True)


def _command(scale: str, *options: str) -> list[str]:
    top = paths.checkout()
    return [
        str(Path(sys.executable).with_name("snakemake")),
        "--snakefile",
        str(top / "workflow" / "Snakefile"),
        "--profile",
        str(top / "workflow" / "profiles" / "laptop"),
        "--directory",
        str(paths.build()),
        "--quiet",
        "progress",
        "rules",
        "--config",
        f"scale={scale}",
        *options,
    ]


def _variables() -> dict[str, str]:
    return {**os.environ, **environment.surroundings()}
