"""The figures of a study as a notebook calls them: each knows which function drew it, and from which experiments."""

from collections.abc import Callable
from functools import wraps
from types import ModuleType
from typing import Any

from learning_geometry.records import Records


class Section:
    """A module of `figures/` whose `plot_*` functions sign what they draw."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._module, name)
        return _signed(value) if name.startswith("plot_") else value

    def __dir__(self) -> list[str]:
        return dir(self._module)


def _signed(plot: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(plot)
    def draw(records: Records, *arguments: Any, **named: Any) -> Any:
        with records.watched() as read:
            figure = plot(records, *arguments, **named)
        figure.origin = {"function": f"{plot.__module__}:{plot.__name__}", "reads": sorted(read)}
        return figure

    return draw
