"""The only place where paths live: where the checkout is and where finished work goes."""

import os
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
"""Folder of the package itself."""


def checkout() -> Path:
    """The checkout that holds this package, with notebooks/, book/ and workflow/ beside src/.

    Raises:
        FileNotFoundError: the package was installed without its checkout.
    """
    folder = PACKAGE.parents[1]
    if not (folder / "notebooks").is_dir():
        raise FileNotFoundError(
            f"no notebooks/ beside {PACKAGE}: the notebooks live in the checkout, so install the package from there "
            "with `pip install -e .`"
        )
    return folder


def build() -> Path:
    """Where everything generated goes: `$LEARNING_GEOMETRY_BUILD`, or `_build/` in the checkout."""
    chosen = os.environ.get("LEARNING_GEOMETRY_BUILD")
    return Path(chosen).expanduser().resolve() if chosen else checkout() / "_build"


def published(scale: str) -> Path:
    """Where the ledger and the book of a scale go: `_build/` itself for the laptop, `_build/<scale>/` otherwise."""
    return build() if scale == "laptop" else build() / scale
