"""Parameters of a notebook: its own (the laptop scale), those of a scale file, those a person gives."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self, TypeVar

import pydantic
import yaml

from learning_geometry import paths
from learning_geometry.studies.types import SEEDS, NonNegativeCount
from learning_geometry.studies.unit import Unit

_CELL = re.compile(r"^# %%", flags=re.MULTILINE)
_EXPONENT = re.compile(r"[+-]?\d+(\.\d*)?[eE][+-]?\d+")
_TAG = re.compile(r'tags=\[[^\]]*"parameters"[^\]]*\]')


class Parameters(pydantic.BaseModel):
    """Base of every study's `Config`: frozen, strictly typed, without defaults, refusing what it does not know."""

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    fresh: NonNegativeCount
    """What `shifted` adds to every seed."""

    def shifted(self) -> Self:
        """The same configuration with `fresh` added to each of its seeds."""
        seeds = [name for name, field in type(self).model_fields.items() if SEEDS in field.metadata]
        return self.model_copy(update={name: [seed + self.fresh for seed in getattr(self, name)] for name in seeds})

    def units(self) -> Iterator[Unit]:
        """The units of work that this configuration asks for, longest first, so that cores are busy to the end."""
        raise NotImplementedError(f"{type(self).__module__} does not say which units it asks for")


ConfigT = TypeVar("ConfigT", bound=Parameters)


def notebook_parameters(notebook: Path) -> dict[str, Any]:
    """The names and values in the parameters cell of a py:percent notebook; nothing is executed.

    Raises:
        ValueError: the notebook does not have exactly one parameters cell, or a line of it is no typed literal.
    """
    cells = _CELL.split(notebook.read_text(encoding="utf-8"))[1:]
    tagged = [cell for cell in cells if _TAG.search(cell.partition("\n")[0])]
    if len(tagged) != 1:
        raise ValueError(f"{notebook.name} has {len(tagged)} cells tagged parameters; it must have exactly one")
    found: dict[str, Any] = {}
    for statement in ast.parse(tagged[0].partition("\n")[2]).body:
        if not (isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement.value):
            raise ValueError(
                f"{notebook.name}: `{ast.unparse(statement)}` in the parameters cell is no `name: type = value`"
            )
        found[statement.target.id] = ast.literal_eval(statement.value)
    return found


def scales() -> list[str]:
    """The scales there are: the laptop and one for each folder in notebooks/scales/."""
    folder = paths.checkout() / "notebooks" / "scales"
    return ["laptop", *sorted(inner.name for inner in folder.iterdir() if inner.is_dir())]


def scale_file(scale: str, study: str) -> Path:
    """Where a scale says what it changes in a study; `papermill -f` takes this file as it is."""
    return paths.checkout() / "notebooks" / "scales" / scale / f"{study}.yaml"


def scale_parameters(scale: str, study: str) -> dict[str, Any]:
    """What a scale changes in the parameters of a study; nothing at the laptop scale or where there is no file.

    Raises:
        ValueError: there is no such scale, or its file is no mapping from parameters to values.
    """
    if scale not in scales():
        raise ValueError(f"unknown scale {scale!r}; known scales: {', '.join(scales())}")
    file = scale_file(scale, study)
    if scale == "laptop" or not file.is_file():
        return {}
    try:
        values = yaml.safe_load(file.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ValueError(f"notebooks/scales/{scale}/{file.name} is no YAML: {error}") from error
    if not isinstance(values, dict):
        raise ValueError(f"notebooks/scales/{scale}/{file.name} must map parameters to values, `name: value`")
    return values


def validated(config: type[ConfigT], values: Mapping[str, Any], study: str) -> ConfigT:
    """The configuration that these values make.

    Raises:
        ValueError: a parameter is unknown, missing, ill-typed or out of range; the message names it and the known ones.
    """
    try:
        return config(**values)
    except pydantic.ValidationError as error:
        complaints = [_complaint(problem, values) for problem in error.errors()]
    raise ValueError(f"{study}: " + "; ".join(complaints) + f". Known parameters: {', '.join(config.model_fields)}")


def _complaint(problem: Any, values: Mapping[str, Any]) -> str:
    name = ".".join(map(str, problem["loc"])) or "the parameters together"
    if problem["type"] == "extra_forbidden":
        return f"unknown parameter {name!r}"
    if problem["type"] == "missing":
        return f"parameter {name!r} is missing"
    received = f" = {problem['input']!r}" if problem["loc"] else ""
    return f"parameter {name!r}{received}: {problem['msg']}{_as_yaml_wants(problem)}"


def _as_yaml_wants(problem: Any) -> str:
    """How a number is written that a YAML file keeps as text, such as 1e-4; nothing for all else."""
    text = problem["input"]
    if problem["type"] != "float_type" or not isinstance(text, str) or not _EXPONENT.fullmatch(text):
        return ""
    digits, _, power = text.lower().partition("e")
    return f"; YAML reads {text} as a text, write {digits}{'' if '.' in digits else '.0'}e{int(power):+d}"
