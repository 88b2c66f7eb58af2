"""Which code made a result: found by walking imports in the syntax tree, executing nothing."""

import ast
import hashlib
import sys
from collections.abc import Iterable
from functools import cache
from importlib import metadata
from pathlib import Path

from learning_geometry.memory import Memory
from learning_geometry.paths import PACKAGE

_ROOT = PACKAGE.parent
# Where things are kept has no part in what they are.
_PLACES = {PACKAGE / "paths.py", PACKAGE / "memory.py"}
_MEMORY = Memory("syntax-1")  # another number whenever what is remembered changes its meaning
# The few libraries whose distribution is not called what it is imported as.
_DISTRIBUTIONS = {"PIL": "pillow", "sklearn": "scikit-learn", "yaml": "PyYAML"}


def module_file(dotted: str) -> Path:
    """The file of a module of this package, given its dotted name.

    Raises:
        ModuleNotFoundError: there is no such module.
    """
    found = _own_file(dotted)
    if found is None:
        raise ModuleNotFoundError(f"no module {dotted!r} in {_ROOT}")
    return found


def imported_files(*roots: Path) -> list[Path]:
    """The roots and, transitively, every file of this package that they import, sorted.

    The two modules that say where files are kept are left out. Packages on the way to a module are not followed:
    their `__init__` files hold no code (a test sees to it), and following them would tie every study to every other.
    """
    return sorted(_walk(roots)[0])


def imported_libraries(*roots: Path) -> dict[str, str]:
    """The installed libraries that the roots and their imports use, with their public versions.

    A local version such as `+cpu` is left out: a record made on a cluster stays good on a laptop.
    """
    names = sorted(_walk(roots)[1] - set(sys.stdlib_module_names))
    found = {}
    for name in names:
        distribution = _DISTRIBUTIONS.get(name, name)
        version = _version(distribution)
        if version is not None:
            found[distribution] = version.partition("+")[0]
    return found


def fingerprint(*roots: Path) -> str:
    """Hash of the syntax of the roots and all that they import, with the versions of the libraries they use.

    Comments, layout and docstrings do not count. The Python minor version does, because `ast.unparse` and
    numerical libraries follow it.
    """
    digest = hashlib.sha256(f"python {sys.version_info.major}.{sys.version_info.minor}\n".encode())
    for file in imported_files(*roots):
        name = file.relative_to(_ROOT).as_posix() if file.is_relative_to(_ROOT) else file.name
        digest.update(f"{name}\n{_parsed(file)[1]}\n".encode())
    digest.update(repr(imported_libraries(*roots)).encode())
    return digest.hexdigest()[:16]


def _own_file(dotted: str) -> Path | None:
    base = _ROOT.joinpath(*dotted.split("."))
    for candidate in (base.with_suffix(".py"), base / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None


def _walk(roots: Iterable[Path]) -> tuple[set[Path], set[str]]:
    files: set[Path] = set()
    libraries: set[str] = set()
    todo = [Path(root).resolve() for root in roots]
    while todo:
        file = todo.pop()
        if file in files:
            continue
        files.add(file)
        own, foreign = _resolved(file)
        todo += own
        libraries |= foreign
    return files, libraries


def _resolved(file: Path) -> tuple[set[Path], set[str]]:
    """The files of this package and the libraries that a file imports."""
    own: set[Path] = set()
    foreign: set[str] = set()
    for candidates in _parsed(file)[0]:
        if candidates[0].partition(".")[0] != PACKAGE.name:
            foreign.add(candidates[0].partition(".")[0])
            continue
        path = next((path for name in candidates if (path := _own_file(name)) is not None), None)
        if path is not None and path not in _PLACES:
            own.add(path)
    return own, foreign


def _parsed(file: Path) -> tuple[list[list[str]], str]:
    """What a file imports, each as the dotted names that it may stand for, and a hash of its bare syntax."""
    text = file.read_text(encoding="utf-8")
    package = file.relative_to(_ROOT).parts[:-1] if file.is_relative_to(_ROOT) else ()
    key = hashlib.sha256(f"{sys.version_info[:2]} {package} {text}".encode()).hexdigest()
    kept = _MEMORY.get(key)
    if kept is None:
        tree = ast.parse(text, filename=str(file))
        kept = [_imports(tree, package), hashlib.sha256(_bare_syntax(tree).encode()).hexdigest()]
        _MEMORY.put(key, kept)
    return kept[0], kept[1]


def _imports(tree: ast.Module, package: tuple[str, ...]) -> list[list[str]]:
    wanted = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            wanted += [[alias.name] for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            stem = ".".join([*above, *([node.module] if node.module else [])])
            # A name may be a submodule; only where it is not does the code sit in the module it is imported from.
            wanted += [[f"{stem}.{alias.name}", stem] for alias in node.names]
    return wanted


def _bare_syntax(tree: ast.Module) -> str:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                first.value.value = ""
    return ast.unparse(tree)


@cache
def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None
