"""Numbers that a notebook leaves on its page for the figures that readers move."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike


class PageData:
    """Values that the explorable `name` reads from the page; nothing of them is seen."""

    def __init__(self, name: str, values: Mapping[str, Any]) -> None:
        self._name, self._values = name, values

    def _repr_html_(self) -> str:
        text = json.dumps(self._values, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")
        return f'<script type="application/json" data-of="{self._name}">{text}</script>'

    def __repr__(self) -> str:
        return f"numbers for the explorable {self._name!r}"


def short_numbers(values: ArrayLike, digits: int = 7) -> Any:
    """Nested lists of the values, rounded to so many significant digits: a page that is read offline should be light."""
    array = np.asarray(values, dtype=float)
    rounded = np.array([float(f"{value:.{digits}g}") for value in array.ravel()])
    return rounded.reshape(array.shape).tolist()
