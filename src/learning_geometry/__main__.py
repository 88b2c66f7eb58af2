"""The program `learning-geometry`, which is also `python -m learning_geometry`: the command line, apart from a person's variables."""

# Nothing more may be imported here: PYTHONPATH, with which Python may have been started, can put any package in another's place.
import os
import sys

_SOURCE = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
SET_ASIDE = "LEARNING_GEOMETRY_SET_ASIDE"
_HARMLESS = {"PYTHONDONTWRITEBYTECODE", "PYTHONNOUSERSITE", "PYTHONPYCACHEPREFIX", "PYTHONSAFEPATH", "PYTHONUNBUFFERED"}


def entry() -> int:
    """Run one command; where the person's own variables have changed Python, it is started anew without them."""
    habits = {name for name in os.environ if name.startswith("PYTHON") and name not in _HARMLESS}
    if os.environ.get("PYTHONPATH") == _SOURCE:  # asked for by name, or by ourselves
        habits.remove("PYTHONPATH")
    if habits:
        variables = {name: value for name, value in os.environ.items() if name not in habits}
        variables[SET_ASIDE] = ", ".join(f"{name}={os.environ[name]}" for name in sorted(habits))
        if os.path.realpath(sys.argv[0]) == os.path.realpath(__file__):
            variables["PYTHONPATH"] = _SOURCE  # `python -m learning_geometry` means the package that it has found
        command = [sys.executable, "-P", "-m", "learning_geometry", *sys.argv[1:]]
        sys.stdout.flush()
        os.execve(sys.executable, command, variables)
    from learning_geometry import environment
    from learning_geometry.cli import main

    environment.isolate()
    return main()


if __name__ == "__main__":
    sys.exit(entry())
