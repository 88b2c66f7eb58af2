"""What the tests of the book share: the rendered pages, and what counts as a description of a picture."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def html(request: pytest.FixtureRequest) -> Path:
    """The folder of the rendered book: `$LEARNING_GEOMETRY_HTML`, or the smoke book built for this test run."""
    chosen = os.environ.get("LEARNING_GEOMETRY_HTML")
    folder = Path(chosen) if chosen else request.getfixturevalue("smoke_book")
    assert (folder / "index.html").is_file(), f"no book in {folder}"
    return folder


@pytest.fixture(scope="session")
def alt_fault() -> Callable[[str | None], str | None]:
    """What is wrong with the alternative text of a picture, or None."""

    def fault(alt: str | None) -> str | None:
        if alt is None or not alt.strip():
            return "has no alternative text"
        if re.search(r"\.(svg|png|jpe?g|gif|webp)$|_images/", alt.strip(), re.IGNORECASE):
            return f"is described by a file name, {alt!r}"
        if len(alt.strip()) < 20 or len(alt.split()) < 3:
            return f"is hardly described by {alt!r}"
        return None

    return fault
