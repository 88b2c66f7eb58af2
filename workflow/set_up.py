"""Make the virtual environment of the checkout: nothing but Python's standard library is at hand yet.

The environment knows where it was made, by which Python and for which lock. One that does not fit, that is half made or that
was moved is made anew; two that start at once wait for each other.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

LEAST = (3, 11)
TOP = Path(__file__).resolve().parents[1]
VENV = TOP / ".venv"
READY = VENV / "ready.json"
LOCKS = ("requirements-torch.txt", "requirements.lock", "pyproject.toml")


def main() -> int:
    """Set up and return 0, or say in words what is wrong and return 1."""
    if sys.version_info < LEAST:
        least, own = (".".join(map(str, version[:3])) for version in (LEAST, sys.version_info))
        return _refuse(f"Python {least} or newer is needed, and {sys.executable} is {own}. Try: make PYTHON=python3.11")
    if _fault() is None:
        return 0
    try:
        with _alone():
            fault = _fault()  # whoever was waited for may have mended it
            if fault is not None:
                _make(fault)
    except subprocess.CalledProcessError as error:
        return _refuse(
            f"`{' '.join(map(str, error.cmd[:6]))} ...` failed; mend what it says above and run the same command again"
        )
    except OSError as error:
        return _refuse(f"{VENV} cannot be made: {error}")
    return 0


def _wanted() -> dict[str, str]:
    digest = hashlib.sha256(b"".join((TOP / name).read_bytes() for name in LOCKS)).hexdigest()
    return {
        "made in": str(VENV),
        "for the lock": digest[:16],
        "by Python": f"{sys.version_info.major}.{sys.version_info.minor}",
    }


def _fault() -> "str | None":
    """Why the environment has to be made, in words; None if it is as it should be."""
    if not VENV.exists():
        return "there is none"
    try:
        made = json.loads(READY.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return "it was not finished"
    for name, value in _wanted().items():
        if made.get(name) != value:
            return (
                f"it was made {name.removeprefix('made ')} {made.get(name)}"
                if name == "made in"
                else f"it is not {name} {value}"
            )
    return None


def _make(fault: str) -> None:
    """Make the environment; where only the lock has changed, what is installed already is kept."""
    python = VENV / "bin" / "python"
    kept = _fits(python)
    print(f"Setting up .venv ({fault}); the first time this takes a few minutes ...", file=sys.stderr, flush=True)
    READY.unlink(missing_ok=True)
    if not kept:
        shutil.rmtree(VENV, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    for arguments in (["-r", LOCKS[0]], ["-r", LOCKS[1]], ["--no-deps", "--editable", "."]):
        subprocess.run([*pip, *arguments], check=True, cwd=TOP, env=_environment())
    # pip marks its scripts with the folder in which they were made; the note is written last.
    READY.write_text(json.dumps(_wanted()), encoding="utf-8")


def _fits(python: Path) -> bool:
    """Whether the environment can take packages: its Python runs, has pip, is of this version and lies where it was made."""
    if not python.exists():
        return False
    probe = "import pip, sys; print(sys.prefix, sys.version_info[:2])"
    answer = subprocess.run([str(python), "-c", probe], capture_output=True, text=True, check=False, env=_environment())
    return answer.stdout.strip() == f"{VENV} {tuple(sys.version_info[:2])}" and _made_here()


def _made_here() -> bool:
    activate = VENV / "bin" / "activate"
    return activate.is_file() and str(VENV) in activate.read_text(encoding="utf-8", errors="replace")


def _environment() -> "dict[str, str]":
    """The variables without those by which a person's own habits would send packages elsewhere."""
    own = (
        "PIP_USER",
        "PIP_TARGET",
        "PIP_PREFIX",
        "PIP_REQUIRE_VIRTUALENV",
        "PYTHONPATH",
        "PYTHONHOME",
        "PYTHONUSERBASE",
    )
    return {**{name: value for name, value in os.environ.items() if name not in own}, "PIP_USER": "no"}


@contextlib.contextmanager
def _alone() -> "Iterator[None]":
    """Wait until nobody else sets up this checkout."""
    with (TOP / ".venv.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another set-up of this checkout is under way; waiting for it ...", file=sys.stderr, flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _refuse(words: str) -> int:
    print(words, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
