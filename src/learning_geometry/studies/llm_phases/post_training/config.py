"""What the study of post-training may be asked, and the units of work that an answer takes."""

from typing import Annotated, Any

from pydantic import Field, model_validator

from learning_geometry.materials.revisions import check_series
from learning_geometry.materials.texts import check_source
from learning_geometry.studies.llm_phases.config import Count, Positive, Seeds, Window, check_window
from learning_geometry.studies.parameters import Parameters

Share = Annotated[float, Field(ge=0, le=1)]

_STAGES = ("base", "SFT", "DPO", "RLVR")


class Config(Parameters):
    """Parameters of the study; the notebook's parameters cell says what each means and holds the laptop scale."""

    seeds: Seeds
    control_seeds: Seeds
    terms: Annotated[int, Field(ge=2)]
    largest: Count
    mistakes: Share
    mistake_size: Count
    subtractions: Annotated[float, Field(gt=0, lt=1)]
    held_out: Annotated[float, Field(gt=0, lt=1)]
    width: Count
    layers: Count
    heads: Count
    context: Annotated[int, Field(ge=2)]
    base_lines: Annotated[int, Field(ge=100)]
    base_steps: Annotated[int, Field(ge=10)]
    base_batch_size: Count
    base_learning_rate: Positive
    training_problems: Annotated[int, Field(ge=2)]
    sft_steps: Count
    sft_batch_size: Count
    sft_learning_rate: Positive
    dpo_steps: Count
    dpo_batch_size: Count
    dpo_learning_rate: Positive
    dpo_beta: Positive
    rlvr_steps: Count
    rlvr_completions: Count
    rlvr_group: Annotated[int, Field(ge=2)]
    rlvr_learning_rate: Positive
    random_reward: Share
    points_per_stage: Count
    samples: Annotated[int, Field(ge=2)]
    sampled_problems: Annotated[int, Field(ge=2)]
    alpha_ranks: Window
    resamples: Annotated[int, Field(ge=2)]
    keep_checkpoints: str
    device: Annotated[str, Field(pattern=r"^(cpu|cuda(:\d+)?|mps)$")]
    traced: dict[str, dict[str, list[str]]]
    traced_texts: str
    traced_texts_revision: str
    traced_contexts: Annotated[int, Field(ge=4)]
    traced_min_tokens: Count
    traced_max_tokens: Count
    traced_alpha_ranks: Window
    problems: str
    problems_revision: str
    problem_column: str
    answer_column: str
    problems_count: Count
    problem_samples: Annotated[int, Field(ge=2)]
    problem_tokens: Count
    problem_temperature: Positive
    fine_tuned: dict[str, list[str]]
    fine_tuning_texts: str
    fine_tuning_revision: str
    fine_tuning_column: str
    fine_tuning_count: Count
    other_texts: str
    other_revision: str
    other_column: str
    fine_tuning_test_count: Count
    fine_tuning_steps: Count
    fine_tuning_batch_size: Count
    fine_tuning_learning_rate: Positive
    fine_tuning_tokens: Annotated[int, Field(ge=2)]
    token_budget: Count
    bfloat16: bool
    disk_budget_gb: Positive
    delete_after: bool

    @model_validator(mode="after")
    def _agree(self) -> "Config":
        for name in ("seeds", "control_seeds"):
            if len(set(getattr(self, name))) != len(getattr(self, name)):
                raise ValueError(f"{name} = {getattr(self, name)} holds a seed twice")
        strangers = sorted(set(self.control_seeds) - set(self.seeds))
        if strangers:
            raise ValueError(f"control_seeds holds {strangers}, which seeds = {self.seeds} does not; add them there")
        if self.width % (2 * self.heads):
            raise ValueError(f"width = {self.width} must be a multiple of twice heads = {self.heads}")
        for name in ("alpha_ranks", "traced_alpha_ranks"):
            check_window(name, getattr(self, name))
        # The final layer norm takes one dimension away.
        if self.alpha_ranks[1] >= self.width:
            raise ValueError(
                f"alpha_ranks = {self.alpha_ranks} leave a spectrum of width = {self.width}, whose last eigenvalue is "
                "zero; end them earlier"
            )
        self._check_problems()
        self._check_lines()
        if self.rlvr_completions % self.rlvr_group:
            raise ValueError(
                f"rlvr_completions = {self.rlvr_completions} must be a multiple of rlvr_group = {self.rlvr_group}"
            )
        if self.rlvr_completions // self.rlvr_group > self.training_problems:
            raise ValueError(
                f"rlvr_completions = {self.rlvr_completions} in groups of rlvr_group = {self.rlvr_group} answer "
                f"{self.rlvr_completions // self.rlvr_group} sums in a step, more than training_problems = "
                f"{self.training_problems}; lower it"
            )
        if self.points_per_stage > min(self.sft_steps, self.dpo_steps, self.rlvr_steps):
            raise ValueError(f"points_per_stage = {self.points_per_stage} exceed the steps of the shortest stage")
        self._check_hub()
        return self

    def _check_problems(self) -> None:
        sums = (self.largest + 1) ** self.terms
        held_out = round(self.held_out * sums)  # as they are split
        if held_out < max(self.sampled_problems, self.alpha_ranks[1] + 1):
            raise ValueError(
                f"held_out = {self.held_out} leaves {held_out} of {sums} sums, too few for sampled_problems = "
                f"{self.sampled_problems} and alpha_ranks = {self.alpha_ranks}; raise it, or terms, or largest"
            )
        if sums - held_out < self.training_problems:
            raise ValueError(
                f"training_problems = {self.training_problems}, but only {sums - held_out} sums are not held out"
            )

    def _check_lines(self) -> None:
        line = 2 * self.terms + 2
        if self.context <= line:
            raise ValueError(
                f"context = {self.context} is too short for lines of terms = {self.terms}; pass at least {line + 1}"
            )
        if self.base_lines * line < self.context + 2:
            raise ValueError(
                f"base_lines = {self.base_lines} are {self.base_lines * line} tokens, too few for context = "
                f"{self.context}; add some"
            )

    def _check_hub(self) -> None:
        unknown = sorted(set(self.traced) - set(_STAGES))
        if unknown:
            raise ValueError(f"traced names the stage {unknown[0]!r}; the stages are {', '.join(_STAGES)}")
        for models in (*self.traced.values(), self.fine_tuned):
            for model, revisions in models.items():
                check_series(model, revisions)
        if self.traced or self.fine_tuned:
            check_source(self.traced_texts, self.traced_texts_revision)
            if self.traced_contexts <= self.traced_alpha_ranks[1]:
                raise ValueError(
                    f"traced_contexts = {self.traced_contexts} must be more than the last of traced_alpha_ranks = "
                    f"{self.traced_alpha_ranks}"
                )
            if self.traced_min_tokens > self.traced_max_tokens:
                raise ValueError(
                    f"traced_min_tokens = {self.traced_min_tokens} exceeds traced_max_tokens = {self.traced_max_tokens}"
                )
        if self.traced and self.problems:
            check_source(self.problems, self.problems_revision)
        if self.fine_tuned:
            check_source(self.fine_tuning_texts, self.fine_tuning_revision)
            check_source(self.other_texts, self.other_revision)


def units(config: Config) -> list[tuple[str, dict[str, Any]]]:
    """The experiments and their parameters, longest first, so that cores are busy to the end."""
    found = [
        ("fine_tuning", _fine_tuning(config, model, revision))
        for model, revisions in config.fine_tuned.items()
        for revision in revisions
    ]
    found += [
        ("series", _series(config, stage, model, revision))
        for stage, models in config.traced.items()
        for model, revisions in models.items()
        for revision in revisions
    ]
    # Those with controls take longer.
    seeds = sorted(config.seeds, key=lambda seed: seed not in config.control_seeds)
    return found + [
        ("stages", _stages(config) | {"seed": seed, "controls": seed in config.control_seeds}) for seed in seeds
    ]


def _stages(config: Config) -> dict[str, Any]:
    own = list(Config.model_fields)
    names = own[own.index("control_seeds") + 1 : own.index("traced")]
    return {name: getattr(config, name) for name in names}


def _geometry(config: Config) -> dict[str, Any]:
    return {
        "texts": config.traced_texts,
        "texts_revision": config.traced_texts_revision,
        "n_texts": config.traced_contexts,
        "min_tokens": config.traced_min_tokens,
        "max_tokens": config.traced_max_tokens,
        "alpha_ranks": config.traced_alpha_ranks,
        "resamples": config.resamples,
        "token_budget": config.token_budget,
        "bfloat16": config.bfloat16,
        "disk_budget_gb": config.disk_budget_gb,
        "delete_after": config.delete_after,
        "device": config.device,
    }


def _series(config: Config, stage: str, model: str, revision: str) -> dict[str, Any]:
    return _geometry(config) | {
        "stage": stage,
        "model": model,
        "revision": revision,
        "problems": config.problems,
        "problems_revision": config.problems_revision,
        "problem_column": config.problem_column,
        "answer_column": config.answer_column,
        "n_problems": config.problems_count,
        "samples": config.problem_samples,
        "max_new_tokens": config.problem_tokens,
        "temperature": config.problem_temperature,
    }


def _fine_tuning(config: Config, model: str, revision: str) -> dict[str, Any]:
    return _geometry(config) | {
        "model": model,
        "revision": revision,
        "seed": config.seeds[0],
        "train": config.fine_tuning_texts,
        "train_revision": config.fine_tuning_revision,
        "train_column": config.fine_tuning_column,
        "n_train": config.fine_tuning_count,
        "test_in": config.fine_tuning_texts,
        "test_in_revision": config.fine_tuning_revision,
        "in_column": config.fine_tuning_column,
        "test_out": config.other_texts,
        "test_out_revision": config.other_revision,
        "out_column": config.other_column,
        "n_test": config.fine_tuning_test_count,
        "steps": config.fine_tuning_steps,
        "batch_size": config.fine_tuning_batch_size,
        "learning_rate": config.fine_tuning_learning_rate,
        "max_tokens_trained": config.fine_tuning_tokens,
    }
