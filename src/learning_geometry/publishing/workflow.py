"""Running the whole workflow: one run at a time, the good book kept until a better one is there."""

import datetime
import fcntl
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TextIO

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
        OSError: the build folder cannot be written; the message says what to do.
    """
    folder = paths.build()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / f"{scale}.lock").open("a+", encoding="utf-8")
    except OSError as error:
        raise OSError(
            f"{folder} cannot be written ({error.strerror}); make it writable, or name another folder: "
            "LEARNING_GEOMETRY_BUILD=/a/folder/of/yours make book"
        ) from error
    with lock:
        _take(lock, scale)
        return _run(lock, scale, *options)


def under_way(scale: str) -> str | None:
    """Who builds a scale at this moment, in words; None if nobody does."""
    try:
        with (paths.build() / f"{scale}.lock").open(encoding="utf-8") as lock:
            return None if _is_free(lock) else lock.read().strip() or "just started"
    except OSError:
        return None


def _take(lock: TextIO, scale: str) -> None:
    """Hold the lock until the file is closed here and in the engine, which outlives this process if only that is killed."""
    if not _is_free(lock):
        lock.seek(0)
        who = lock.read().strip() or "just started"
        raise UnderWay(f"another run at scale {scale} is under way ({who}); wait for it, nothing was changed")
    _note(lock, f"pid {os.getpid()}")


def _is_free(lock: TextIO) -> bool:
    """Whether nobody else holds the lock, which is ours then until the file is closed."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True  # a file system without locks: better a run without this protection than none
    return True


def _note(lock: TextIO, who: str) -> None:
    lock.truncate(0)
    lock.write(f"{who}, since {datetime.datetime.now():%Y-%m-%d %H:%M:%S}")
    lock.flush()


def _run(lock: TextIO, scale: str, *options: str) -> int:
    """Run Snakemake, under a progress bar of the units that are lacking where somebody looks on."""
    watched = sys.stderr.isatty() and "--dry-run" not in options
    lacking = _lacking(scale) if watched else []
    bar = tqdm(total=len(lacking), desc="measuring", unit="unit", disable=not lacking)
    command, variables = _command(scale, *options), environment.surroundings()
    with subprocess.Popen(command, env=variables, pass_fds=[lock.fileno()]) as engine, bar:
        _note(lock, f"pid {os.getpid()}, its engine {engine.pid}")
        while engine.poll() is None:
            time.sleep(0.2)
            if not bar.disable:
                bar.update(sum(file.is_file() for file in lacking) - bar.n)
        return engine.returncode


def _lacking(scale: str) -> list[Path]:
    files = [plan.study.store().path(task) for plan in plans(scale) for task in plan.tasks]
    return [file for file in files if not file.is_file()]


def _command(scale: str, *options: str) -> list[str]:
    top = paths.checkout()
    return [
        sys.executable,
        "-P",  # no file of the folder that we are called from may stand in for a library
        "-m",
        "snakemake",
        "--snakefile",
        str(top / "workflow" / "Snakefile"),
        "--profile",
        str(top / "workflow" / "profiles" / "laptop"),
        "--directory",
        str(paths.build()),
        "--nolock",  # we hold a lock of our own, which the end of a process opens however it ends
        # What would run is the answer that a dry run is asked for.
        *("--quiet", "host" if "--dry-run" in options else "progress", "rules"),
        "--config",
        f"scale={scale}",
        *options,
    ]
