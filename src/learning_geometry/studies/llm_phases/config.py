"""What the study of language model phases may be asked, and the units of work that an answer takes."""

from typing import Annotated, Any

from pydantic import Field, model_validator

from learning_geometry.materials.revisions import check_series
from learning_geometry.materials.texts import check_source
from learning_geometry.studies.parameters import Parameters

Count = Annotated[int, Field(ge=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Seeds = Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=1)]
Window = Annotated[list[Count], Field(min_length=2, max_length=2)]


class Config(Parameters):
    """Parameters of the study; the notebook's parameters cell says what each means and holds the laptop scale."""

    theory_seeds: Seeds
    theory_classes: Annotated[int, Field(ge=3)]
    theory_dimension: Annotated[int, Field(ge=2)]
    theory_exponent: Annotated[float, Field(ge=0)]
    theory_scale: Positive
    theory_steps: Count
    theory_learning_rate: Positive
    theory_squared_error_learning_rate: Positive
    map_seeds: Seeds
    map_dimensions: Annotated[list[Annotated[int, Field(ge=2)]], Field(min_length=1)]
    map_exponents: Annotated[list[Annotated[float, Field(ge=0)]], Field(min_length=1)]
    map_steps: Count
    seeds: Seeds
    control_seeds: Seeds
    corpus: str
    corpus_files: Annotated[int, Field(ge=2)]
    vocabulary: Annotated[int, Field(ge=257, le=65_536)]
    width: Count
    layers: Count
    heads: Count
    context: Annotated[int, Field(ge=2)]
    steps: Annotated[int, Field(ge=100)]
    control_steps: Annotated[int, Field(ge=100)]
    batch_size: Count
    learning_rate: Positive
    squared_error_learning_rate: Positive
    weight_decay: Annotated[float, Field(ge=0)]
    checkpoints: Annotated[int, Field(ge=3)]
    probe_contexts: Annotated[int, Field(ge=4)]
    alpha_ranks: Window
    removed_directions: Annotated[list[Count], Field(min_length=1)]
    resamples: Annotated[int, Field(ge=2)]
    keep_checkpoints: str
    device: Annotated[str, Field(pattern=r"^(cpu|cuda(:\d+)?|mps)$")]
    traced: dict[str, list[str]]
    traced_texts: str
    traced_texts_revision: str
    traced_contexts: Annotated[int, Field(ge=4)]
    traced_min_tokens: Count
    traced_max_tokens: Count
    traced_alpha_ranks: Window
    traced_removed_directions: Annotated[list[Count], Field(min_length=1)]
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
        for name in ("theory_seeds", "map_seeds", "seeds", "control_seeds"):
            if len(set(getattr(self, name))) != len(getattr(self, name)):
                raise ValueError(f"{name} = {getattr(self, name)} holds a seed twice")
        if self.width % (2 * self.heads):
            raise ValueError(f"width = {self.width} must be a multiple of twice heads = {self.heads}")
        if self.control_steps > self.steps:
            raise ValueError(f"control_steps = {self.control_steps} exceeds steps = {self.steps}")
        if max(self.map_dimensions) > self.theory_classes:
            raise ValueError(f"map_dimensions = {self.map_dimensions} exceed theory_classes = {self.theory_classes}")
        check_window("alpha_ranks", self.alpha_ranks)
        check_window("traced_alpha_ranks", self.traced_alpha_ranks)
        if self.alpha_ranks[1] > self.width:
            raise ValueError(f"alpha_ranks = {self.alpha_ranks} leave a spectrum of width = {self.width}")
        if self.probe_contexts <= self.width:
            raise ValueError(f"probe_contexts = {self.probe_contexts} must be more than width = {self.width}")
        if max(self.removed_directions) >= self.width:
            raise ValueError(f"removed_directions = {self.removed_directions} must be fewer than width = {self.width}")
        if self.traced:
            self._check_tracing()
        return self

    def _check_tracing(self) -> None:
        for model, revisions in self.traced.items():
            check_series(model, revisions)
        check_source(self.traced_texts, self.traced_texts_revision)
        for source, revision in (
            (self.memory_texts, self.memory_texts_revision),
            (self.questions, self.questions_revision),
        ):
            if source:
                check_source(source, revision)
        if self.traced_contexts <= self.traced_alpha_ranks[1]:
            raise ValueError(
                f"traced_contexts = {self.traced_contexts} must be more than the last of traced_alpha_ranks = "
                f"{self.traced_alpha_ranks}"
            )
        if self.traced_min_tokens > self.traced_max_tokens:
            raise ValueError(
                f"traced_min_tokens = {self.traced_min_tokens} exceeds traced_max_tokens = {self.traced_max_tokens}"
            )


def units(config: Config) -> list[tuple[str, dict[str, Any]]]:
    """The experiments and their parameters, longest first, so that cores are busy to the end."""
    found = [("trace", _trace(config, model, name)) for model, names in config.traced.items() for name in names]
    training = _training(config)
    found += [("controls", training | _control(config) | {"seed": seed}) for seed in config.control_seeds]
    found += [("pretraining", training | {"seed": seed}) for seed in config.seeds]
    found.append(("theory_map", _theory_map(config)))
    found.append(("theory", _theory(config)))
    return found


def _training(config: Config) -> dict[str, Any]:
    return {
        "corpus": config.corpus,
        "corpus_files": config.corpus_files,
        "vocabulary": config.vocabulary,
        "width": config.width,
        "layers": config.layers,
        "heads": config.heads,
        "context": config.context,
        "steps": config.steps,
        "batch_size": config.batch_size,
        "learning_rate": config.learning_rate,
        "weight_decay": config.weight_decay,
        "checkpoints": config.checkpoints,
        "probe_contexts": config.probe_contexts,
        "resamples": config.resamples,
        "alpha_ranks": config.alpha_ranks,
        "removed_directions": config.removed_directions,
        "keep_checkpoints": config.keep_checkpoints,
        "device": config.device,
    }


def _control(config: Config) -> dict[str, Any]:
    return {"steps": config.control_steps, "squared_error_learning_rate": config.squared_error_learning_rate}


def _trace(config: Config, model: str, revision: str) -> dict[str, Any]:
    return {
        "model": model,
        "revision": revision,
        "texts": config.traced_texts,
        "texts_revision": config.traced_texts_revision,
        "n_texts": config.traced_contexts,
        "min_tokens": config.traced_min_tokens,
        "max_tokens": config.traced_max_tokens,
        "memory": config.memory_texts,
        "memory_revision": config.memory_texts_revision,
        "memory_texts": config.memory_count,
        "questions": config.questions,
        "questions_revision": config.questions_revision,
        "n_questions": config.questions_count,
        "resamples": config.resamples,
        "alpha_ranks": config.traced_alpha_ranks,
        "removed_directions": config.traced_removed_directions,
        "token_budget": config.token_budget,
        "bfloat16": config.bfloat16,
        "disk_budget_gb": config.disk_budget_gb,
        "delete_after": config.delete_after,
        "device": config.device,
    }


def _theory(config: Config) -> dict[str, Any]:
    return {
        "seeds": config.theory_seeds,
        "classes": config.theory_classes,
        "dimension": config.theory_dimension,
        "exponent": config.theory_exponent,
        "scale": config.theory_scale,
        "steps": config.theory_steps,
        "learning_rate": config.theory_learning_rate,
        "mse_learning_rate": config.theory_squared_error_learning_rate,
        "picture_seed": 0,
    }


def _theory_map(config: Config) -> dict[str, Any]:
    return {
        "seeds": config.map_seeds,
        "classes": config.theory_classes,
        "dimensions": config.map_dimensions,
        "exponents": config.map_exponents,
        "scale": config.theory_scale,
        "steps": config.map_steps,
        "learning_rate": config.theory_learning_rate,
    }


def check_window(name: str, window: list[int]) -> None:
    """Check that a window of ranks, the first and the last, holds three ranks or more.

    Raises:
        ValueError: it does not.
    """
    if window[1] < window[0] + 2:
        raise ValueError(f"{name} = {window}; pass the first and the last rank, at least three ranks")
