"""What identifies a unit of work, and what only says how it is carried out."""

from typing import Any, ClassVar, Self

import pydantic

from learning_geometry.studies.types import Count, Device, Positive


class Unit(pydantic.BaseModel):
    """One independent piece of work. Its fields, and nothing else, decide its result; an experiment subclasses it.

    A class whose measurement draws no random number says so by `deterministic = True`.
    """

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    deterministic: ClassVar[bool] = False

    @classmethod
    def of(cls, config: Any, **given: Any) -> Self:
        """The unit with the given values, and with every other field as the configuration has it.

        Raises:
            TypeError: a given value is no field, or a field is neither given nor in the configuration.
        """
        unknown = sorted(set(given) - set(cls.model_fields))
        if unknown:
            raise TypeError(f"{cls.__name__} has no field {unknown[0]!r}; fields: {', '.join(cls.model_fields)}")
        values = {}
        for name in cls.model_fields:
            if name not in given and not hasattr(config, name):
                raise TypeError(f"{cls.__name__}.{name} is neither given nor a parameter of the study")
            values[name] = given[name] if name in given else getattr(config, name)
        return cls(**values)

    @classmethod
    def experiment(cls) -> str:
        """Name of the experiment: that of the module in which the class stands."""
        return cls.__module__.rpartition(".")[2]


class Execution(pydantic.BaseModel):
    """How units are carried out: what may change without changing a result, and is no part of a unit's identity."""

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    device: Device = "cpu"
    token_budget: Count = 16_384
    """Tokens in a batch of sequences whose hidden states are measured."""
    disk_budget_gb: Positive = 100.0
    """Disk space that downloaded checkpoints may take, in GB."""
    delete_after: bool = False
    """Whether a downloaded checkpoint is deleted once it is measured."""
    accept_duplicates: bool = False
    """Whether checkpoints of a series are measured although their weights are those of another step."""
    traced_series: dict[str, list[str]] = {}
    """All revisions of each series of which a checkpoint is measured."""
    keep_checkpoints: str = ""
    """Folder that keeps the checkpoints of networks trained here; empty for none."""

    @classmethod
    def of(cls, config: Any) -> Self:
        """What a configuration says of it; the rest as it stands above."""
        return cls(**{name: getattr(config, name) for name in cls.model_fields if hasattr(config, name)})
