"""What a scale would cost before it is run: units, downloads in GB and hours on an accelerator, estimated by rules of thumb.

The rules are for released language models alone. Weights are as many as the model's name says, of two or of four bytes. Reading
takes two operations a weight and token, training six, at 100 TFLOP/s; a step of sampling reads all weights, of two bytes, at 2 TB/s.
Texts and answers are taken to be as long as they may be, which makes these upper bounds; two minutes a unit are added for loading
and for spectra. Data sets, other networks and tokenizers are not counted.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from learning_geometry.publishing.plan import StudyPlan, plans
from learning_geometry.studies.types import DataSource

_WEIGHTS = re.compile(r"(?<![\d.])(\d+(?:\.\d+)?)([mb])(?![a-z0-9])", re.IGNORECASE)
_PASSES = 2  # over the texts of a checkpoint: its geometry, and what its directions carry
_FLOPS = 1e14  # a second
_BANDWIDTH = 2e12  # bytes a second
_OVERHEAD = 120.0  # seconds a unit
_HOUR = 3600.0


@dataclass(frozen=True)
class Forecast:
    """What is lacking of one study: units by experiment, weights to download, seconds on an accelerator."""

    study: str
    units: Counter[str]
    weights: float
    seconds: float

    @property
    def gigabytes(self) -> tuple[float, float]:
        """The downloads with two bytes a weight, and with four."""
        return 2 * self.weights / 1e9, 4 * self.weights / 1e9

    @property
    def hours(self) -> float:
        """Hours on one accelerator."""
        return self.seconds / _HOUR


def weights_of(model: str) -> float:
    """How many weights the name of a model says: 160 million of "EleutherAI/pythia-160m"; 0 where it says nothing."""
    said = _WEIGHTS.findall(model.rpartition("/")[2])
    return float(said[-1][0]) * {"m": 1e6, "b": 1e9}[said[-1][1].lower()] if said else 0.0


def forecast(plan: StudyPlan) -> Forecast:
    """What the units of a study that the store lacks would cost."""
    store = plan.study.store()
    lacking = [task for task in plan.tasks if not store.path(task).is_file()]
    models = {(model.name, model.revision) for task in lacking if (model := _released(task.unit)) is not None}
    return Forecast(
        plan.study.name,
        Counter(task.experiment for task in lacking),
        sum(weights_of(name) for name, _ in models),
        sum(_seconds(task.unit) for task in lacking),
    )


def report(scale: str) -> str:
    """A table of all studies at a scale, and how its numbers were estimated."""
    rows = [forecast(plan) for plan in plans(scale)]
    lines = [f"{'what is lacking':<26}{'units':>7}{'download, GB':>20}{'GPU hours':>12}", *map(_row, rows)]
    units = sum((row.units for row in rows), Counter[str]())
    lines.append(_row(Forecast("together", units, sum(r.weights for r in rows), sum(r.seconds for r in rows))))
    return "\n".join([*lines, "", *(__doc__ or "").strip().splitlines()[2:]])


def _row(row: Forecast) -> str:
    two, four = row.gigabytes
    download, hours = (f"{two:,.0f} to {four:,.0f}", f"{row.hours:,.0f}") if row.weights else ("-", "-")
    return f"{row.study:<26}{row.units.total():>7,}{download:>20}{hours:>12}"


def _released(unit: Any) -> DataSource | None:
    """The released model that a unit downloads; None where it trains its own, or has it in a folder."""
    sources: Iterable[Any] = (getattr(unit, name, None) for name in ("checkpoint", "model"))
    model = next((source for source in sources if isinstance(source, DataSource)), None)
    return None if model is None or not model.name or Path(model.name).exists() else model


def _seconds(unit: Any) -> float:
    model = _released(unit)
    if model is None:
        return 0.0
    weights = weights_of(model.name)
    read = _PASSES * unit.traced_contexts * unit.traced_max_tokens
    trained = sampled = 0
    if hasattr(unit, "fine_tuning_steps"):
        trained = unit.fine_tuning_steps * unit.fine_tuning_batch_size * unit.fine_tuning_tokens
        read *= 2  # before and after
    if hasattr(unit, "problem_samples") and unit.problems.name:
        sampled = unit.problems_count * -(-unit.problem_samples // unit.problem_batch_size) * unit.problem_tokens
    return _OVERHEAD + weights * ((2 * read + 6 * trained) / _FLOPS + 2 * sampled / _BANDWIDTH)
