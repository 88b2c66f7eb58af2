"""What the study of post-training may be asked, and the units of work that an answer takes."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field, model_validator

from learning_geometry.materials.revisions import check_series
from learning_geometry.materials.texts import check_source
from learning_geometry.studies.llm_phases.post_training.experiments._recipes import Course
from learning_geometry.studies.llm_phases.post_training.experiments.fine_tuning import FineTuning
from learning_geometry.studies.llm_phases.post_training.experiments.series import Series, Stage
from learning_geometry.studies.llm_phases.post_training.experiments.stages import Stages
from learning_geometry.studies.parameters import Parameters
from learning_geometry.studies.types import Count, DataSource, Device, Positive, Seeds, Window
from learning_geometry.studies.unit import Unit


class Config(Course, Parameters):
    """Parameters of the study; the notebook's parameters cell says what each means and holds the laptop scale."""

    seeds: Seeds
    control_seeds: Seeds
    keep_checkpoints: str
    device: Device
    traced: dict[Stage, dict[str, list[str]]]
    traced_texts: str
    traced_texts_revision: str
    traced_contexts: Annotated[int, Field(ge=4)]
    traced_min_tokens: Count
    traced_max_tokens: Count
    traced_alpha_ranks: Window
    resamples: Annotated[int, Field(ge=2)]
    problems: str
    problems_revision: str
    problem_column: str
    answer_column: str
    problems_count: Count
    problem_seeds: Seeds
    problem_samples: Annotated[int, Field(ge=2)]
    problem_tokens: Count
    problem_temperature: Positive
    problem_batch_size: Count
    fine_tuned: dict[str, list[str]]
    fine_tuning_seeds: Seeds
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

    def units(self) -> Iterator[Unit]:
        """The units of work, longest first, so that cores are busy to the end."""
        texts = DataSource.of(self.traced_texts, self.traced_texts_revision)
        tuning = {
            "fine_tuning_texts": DataSource.of(self.fine_tuning_texts, self.fine_tuning_revision),
            "other_texts": DataSource.of(self.other_texts, self.other_revision),
        }
        for model in _checkpoints(self.fine_tuned):
            for seed in self.fine_tuning_seeds:
                yield FineTuning.of(self, model=model, seed=seed, traced_texts=texts, **tuning)
        problems = DataSource.of(self.problems, self.problems_revision)
        for stage, series in self.traced.items():
            for model in _checkpoints(series):
                for seed in self.problem_seeds:
                    yield Series.of(self, model=model, stage=stage, seed=seed, traced_texts=texts, problems=problems)
        # Those with controls take longer.
        for seed in sorted(self.seeds, key=lambda seed: seed not in self.control_seeds):
            yield Stages.of(self, seed=seed, controls=seed in self.control_seeds)

    @model_validator(mode="after")
    def _agree(self) -> "Config":
        unknown = sorted(set(self.control_seeds) - set(self.seeds))
        if unknown:
            raise ValueError(f"control_seeds holds {unknown}, which seeds = {self.seeds} does not; add them there")
        if self.width % (2 * self.heads):
            raise ValueError(f"width = {self.width} must be a multiple of twice heads = {self.heads}")
        # The final layer norm takes one dimension away.
        if self.alpha_ranks[1] >= self.width:
            raise ValueError(
                f"alpha_ranks = {self.alpha_ranks} leave a spectrum of width = {self.width}, whose last eigenvalue is "
                "zero; end them earlier"
            )
        self._check_problems()
        self._check_lines()
        self._check_steps()
        self._check_released()
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

    def _check_steps(self) -> None:
        prompts, rest = divmod(self.rlvr_completions, self.rlvr_group)
        if rest:
            raise ValueError(
                f"rlvr_completions = {self.rlvr_completions} must be a multiple of rlvr_group = {self.rlvr_group}"
            )
        if prompts > self.training_problems:
            raise ValueError(
                f"rlvr_completions = {self.rlvr_completions} in groups of rlvr_group = {self.rlvr_group} answer "
                f"{prompts} sums in a step, more than training_problems = {self.training_problems}; lower it"
            )
        if self.points_per_stage > min(self.sft_steps, self.dpo_steps, self.rlvr_steps):
            raise ValueError(f"points_per_stage = {self.points_per_stage} exceed the steps of the shortest stage")

    def _check_released(self) -> None:
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


def _checkpoints(series: dict[str, list[str]]) -> Iterator[DataSource]:
    return (DataSource.of(model, revision) for model, revisions in series.items() for revision in revisions)
