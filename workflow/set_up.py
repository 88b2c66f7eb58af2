"""Make the virtual environment of the checkout: nothing but Python's standard library is at hand yet.

The environment knows where it was made and for which lock. One that does not fit, that is half made or that was moved is
made anew; two that start at once wait for each other.
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
PYTHON = VENV / "bin" / "python"
READY = VENV / "ready.json"
LOCKS = ("requirements-torch.txt", "requirements.lock", "pyproject.toml")

# Of a person's settings of pip, those that say where packages come from are kept; those that say where they go are not.
SOURCES = (
    "CACHE_DIR CERT CLIENT_CERT CONFIG_FILE DEFAULT_TIMEOUT EXTRA_INDEX_URL FIND_LINKS INDEX_URL KEYRING_PROVIDER NO_CACHE_DIR "
    "NO_INDEX PROXY RETRIES TIMEOUT TRUSTED_HOST USE_FEATURE USE_DEPRECATED"
)


def main() -> int:
    """Set up and return 0, or say in words what is wrong and return 1."""
    # `make PYTHON=...` asks for that Python; otherwise any that is new enough will do, and an environment is kept.
    asked = "--with-this-python" in sys.argv[1:]
    if fault(asked) is None:
        return 0
    if sys.version_info < LEAST:
        least, own = (".".join(map(str, version[:3])) for version in (LEAST, sys.version_info))
        return _refuse(f"Python {least} or newer is needed, and {sys.executable} is {own}. Try: make PYTHON=python3.11")
    try:
        with _alone():
            reason = fault(asked)  # whoever was waited for may have mended it
            if reason is not None:
                _make(reason, asked)
    except subprocess.CalledProcessError as error:
        command = " ".join(map(str, error.cmd[:6]))
        return _refuse(f"`{command} ...` failed; mend what it says above and run the same command again")
    except OSError as error:
        return _refuse(f"{VENV} cannot be made: {error}")
    except KeyboardInterrupt:
        return _refuse("Interrupted; the next command takes up the set-up where it stopped")
    return 0


def _wanted() -> "dict[str, str]":
    digest = hashlib.sha256(b"".join((TOP / name).read_bytes() for name in LOCKS)).hexdigest()
    return {"made in": str(VENV), "for the lock": digest[:16]}


def fault(asked: bool = False) -> "str | None":
    """Why the environment has to be made, in words; None if it is as it should be."""
    if not VENV.exists():
        return "there is none"
    if not PYTHON.exists():
        return "it has no Python, or that has been removed"
    try:
        made = json.loads(READY.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return "it was not finished"
    wanted = _wanted()
    if made.get("made in") != wanted["made in"]:
        return f"it was made in {made.get('made in')}"
    if made.get("for the lock") != wanted["for the lock"]:
        return "it was made for another lock"
    if asked and made.get("by Python") != _version():
        return f"it was made by Python {made.get('by Python')}, not {_version()}"
    return None


def _make(reason: str, asked: bool) -> None:
    """Make the environment; where only the lock has changed, what is installed already is kept."""
    kept = _takes_packages(asked)
    print(f"Setting up .venv ({reason}); the first time this takes a few minutes ...", file=sys.stderr, flush=True)
    if kept:
        READY.unlink(missing_ok=True)
    else:
        _remove()
        _run(sys.executable, "-m", "venv", str(VENV))
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    for arguments in (["-r", LOCKS[0]], ["-r", LOCKS[1]], ["--no-deps", "--editable", "."]):
        _run(*pip, *arguments)
    site = _site()
    if not list(site.glob("learning_geometry-*.dist-info")):
        raise OSError(
            f"pip has put the packages elsewhere than in {site}; `{PYTHON} -m pip config list` says which setting does that"
        )
    # Relative and so in ASCII: where the locale is C, Python cannot read a path with other letters from this file.
    for link in site.glob("*learning_geometry*.pth"):
        link.write_text(os.path.relpath(TOP / "src", site) + "\n", encoding="ascii")
    # pip marks its scripts with the folder in which they were made; the note is written last.
    version = site.parent.name.removeprefix("python")
    READY.write_text(json.dumps({**_wanted(), "by Python": version}), encoding="utf-8")


def _remove() -> None:
    if VENV.is_symlink() or VENV.is_file():
        VENV.unlink()
    elif VENV.exists():
        shutil.rmtree(VENV)


def _takes_packages(asked: bool) -> bool:
    """Whether packages can be put into the environment: its Python runs, has pip, is new enough and lies where it was made."""
    script = VENV / "bin" / "pip"  # like every script that pip makes, it names the folder in which it was made
    if not PYTHON.exists() or not script.is_file():
        return False
    probe = "import json, pip, sys; print(json.dumps([sys.prefix, sys.version_info[:2]]))"
    answer = subprocess.run([str(PYTHON), "-c", probe], capture_output=True, check=False, env=_environment())
    if answer.returncode != 0:
        return False
    prefix, version = json.loads(answer.stdout)
    fits = tuple(version) == sys.version_info[:2] if asked else tuple(version) >= LEAST
    return fits and prefix == str(VENV) and str(VENV) in script.read_text(encoding="utf-8", errors="replace")


def _site() -> Path:
    return next(VENV.glob("lib/python*/site-packages"))


def _version() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def _run(*command: str) -> None:
    subprocess.run(command, check=True, cwd=TOP, env=_environment())


def _environment() -> "dict[str, str]":
    """The variables without those by which a person's own habits would send packages elsewhere."""
    kept = {f"PIP_{name}" for name in SOURCES.split()}
    variables = {
        name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON")) or name in kept
    }
    return {**variables, "PIP_USER": "no"}


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
