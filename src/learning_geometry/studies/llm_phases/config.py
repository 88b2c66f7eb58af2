"""What the study of language model phases may be asked, and the units of work that an answer takes."""

from collections.abc import Iterator
from importlib.metadata import version
from typing import Annotated

from pydantic import Field, model_validator

from learning_geometry.materials.revisions import check_series, steps_of
from learning_geometry.materials.series_faults import refuse_known_faults
from learning_geometry.materials.texts import check_source
from learning_geometry.studies.llm_phases.experiments.controls import CONDITIONS, Controls
from learning_geometry.studies.llm_phases.experiments.mechanism import Mechanism
from learning_geometry.studies.llm_phases.experiments.pretraining import Pretraining
from learning_geometry.studies.llm_phases.experiments.slow_pretraining import SlowPretraining
from learning_geometry.studies.llm_phases.experiments.theorems import Theorems
from learning_geometry.studies.llm_phases.experiments.theory import Theory
from learning_geometry.studies.llm_phases.experiments.theory_map import TheoryMap
from learning_geometry.studies.llm_phases.experiments.toy import Toy
from learning_geometry.studies.llm_phases.experiments.trace import Trace
from learning_geometry.studies.llm_phases.experiments.warm_ups import WarmUps
from learning_geometry.studies.parameters import Parameters
from learning_geometry.studies.types import (
    Count,
    DataSource,
    Device,
    Distinct,
    NonNegative,
    NonNegativeCount,
    Positive,
    Rising,
    RisingCounts,
    Seeds,
    Window,
)
from learning_geometry.studies.unit import Unit

_TwoOrMore = Annotated[int, Field(ge=2)]
_PACKAGE = "numpy"  # its source code and docstrings are texts of another kind
_SOURCES = ("traced_texts", "memory_texts", "questions")


class Config(Parameters):
    """Parameters of the study; the notebook's parameters cell says what each means and holds the laptop scale."""

    theory_seeds: Seeds
    theory_classes: Annotated[int, Field(ge=3)]
    theory_dimension: _TwoOrMore
    theory_exponent: NonNegative
    theory_scale: Positive
    theory_steps: Count
    theory_learning_rate: Positive
    theory_squared_error_learning_rate: Positive
    theorem_seeds: Seeds
    theorem_rates: Annotated[Rising, Field(min_length=3)]
    theorem_steps: Annotated[int, Field(ge=100)]
    toy_seeds: Seeds
    toy_starts: Count
    toy_steps: Annotated[int, Field(ge=100)]
    toy_rate: Positive
    toy_scale: Positive
    map_seeds: Seeds
    map_dimensions: Annotated[Distinct[_TwoOrMore], Field(min_length=1)]
    map_exponents: Annotated[Distinct[NonNegative], Field(min_length=1)]
    map_steps: Count
    seeds: Seeds
    control_seeds: Seeds
    probe_seeds: Annotated[Seeds, Field(max_length=1)]
    corpus: str
    corpus_files: _TwoOrMore
    vocabulary: Annotated[int, Field(ge=257, le=65_536)]
    width: Count
    layers: Count
    heads: Count
    context: _TwoOrMore
    steps: Annotated[int, Field(ge=100)]
    batch_size: Count
    learning_rate: Positive
    squared_error_learning_rate: Positive
    weight_decay: NonNegative
    warm_up: Count
    ramps: RisingCounts
    ramp_steps: Annotated[int, Field(ge=100)]
    ramp_checkpoints: Annotated[int, Field(ge=3)]
    slow_seeds: Seeds
    slow_width: Count
    slow_context: _TwoOrMore
    slow_steps: Annotated[int, Field(ge=100)]
    slow_batch_size: Count
    slow_learning_rate: Positive
    checkpoints: Annotated[int, Field(ge=3)]
    probe_contexts: Annotated[int, Field(ge=4)]
    alpha_ranks: Window
    removed_directions: RisingCounts
    resamples: _TwoOrMore
    keep_checkpoints: str
    device: Device
    traced: dict[str, list[str]]
    traced_steps: dict[str, NonNegativeCount]
    accept_duplicates: bool
    traced_texts: str
    traced_texts_revision: str
    traced_contexts: Annotated[int, Field(ge=4)]
    traced_min_tokens: Count
    traced_max_tokens: Count
    traced_alpha_ranks: Window
    traced_removed_directions: RisingCounts
    memory_texts: str
    memory_texts_revision: str
    memory_count: Count
    questions: str
    questions_revision: str
    questions_count: Count
    token_budget: Count
    bfloat16: bool
    disk_budget_gb: Positive
    delete_after: bool

    @model_validator(mode="after")
    def _agree(self) -> "Config":
        for name in ("width", "slow_width"):
            if getattr(self, name) % (2 * self.heads):
                raise ValueError(f"{name} = {getattr(self, name)} must be a multiple of twice heads = {self.heads}")
        if strange := sorted(set(self.control_seeds) - set(self.seeds)):
            raise ValueError(
                f"control_seeds holds {strange[0]}, which is none of seeds = {self.seeds}; they are compared"
            )
        if max(self.map_dimensions) > self.theory_classes:
            raise ValueError(f"map_dimensions = {self.map_dimensions} exceed theory_classes = {self.theory_classes}")
        narrow = min(self.width, self.slow_width)
        if self.alpha_ranks[1] > narrow:
            raise ValueError(
                f"alpha_ranks = {self.alpha_ranks} leave a spectrum of {narrow}, the smaller of the widths"
            )
        if self.probe_contexts // 4 <= self.width:
            raise ValueError(
                f"a quarter of probe_contexts = {self.probe_contexts} must be more than width = {self.width}"
            )
        if self.removed_directions[-1] >= narrow:
            raise ValueError(
                f"removed_directions = {self.removed_directions} must be fewer than {narrow}, the smaller of the widths"
            )
        if self.traced and self.traced_contexts <= self.traced_alpha_ranks[1]:
            raise ValueError(
                f"traced_contexts = {self.traced_contexts} must exceed {self.traced_alpha_ranks[1]}, a rank"
            )
        if self.traced and self.traced_min_tokens > self.traced_max_tokens:
            raise ValueError(f"traced_min_tokens = {self.traced_min_tokens} exceeds {self.traced_max_tokens}, the most")
        for model, revisions in self.traced.items():
            check_series(model, revisions)
            steps_of(model, revisions, self.traced_steps)
            refuse_known_faults(model, revisions, accept=self.accept_duplicates)
        for name in _SOURCES if self.traced else ():
            if name == "traced_texts" or getattr(self, name):
                check_source(getattr(self, name), getattr(self, f"{name}_revision"))
        return self

    @property
    def traced_series(self) -> dict[str, list[str]]:
        """What a checkpoint's weights are compared with before it is measured."""
        return self.traced

    def units(self) -> Iterator[Unit]:
        """Traced checkpoints, each on its own; trainings, each from its own seed; the linear model."""
        (probe_seed,) = self.probe_seeds
        texts = {name: DataSource.of(getattr(self, name), getattr(self, f"{name}_revision")) for name in _SOURCES}
        for model, revisions in self.traced.items():
            for revision, step in steps_of(model, revisions, self.traced_steps).items():
                checkpoint = DataSource.of(model, revision)
                yield Trace.of(self, checkpoint=checkpoint, step=step, probe_seed=probe_seed, **texts)
        rest = {"probe_seed": probe_seed, "corpus": DataSource.corpus(self.corpus)}
        slow = {
            name: getattr(self, f"slow_{name}") for name in ("width", "context", "steps", "batch_size", "learning_rate")
        }
        for seed in self.slow_seeds:
            yield SlowPretraining.of(self, seed=seed, **rest, **slow)
        package = DataSource(name=_PACKAGE, revision=version(_PACKAGE))
        for seed in self.seeds:
            yield Pretraining.of(self, seed=seed, package=package, **rest)
        for condition in CONDITIONS:
            yield from (Controls.of(self, seed=seed, condition=condition, **rest) for seed in self.control_seeds)
        beginning = {"steps": self.ramp_steps, "checkpoints": self.ramp_checkpoints}
        for seed in self.control_seeds:
            yield WarmUps.of(self, seed=seed, **rest | beginning)
        yield from (one.of(self) for one in (TheoryMap, Theory, Toy, Theorems, Mechanism))
