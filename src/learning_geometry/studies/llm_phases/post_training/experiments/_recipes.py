"""Fields that units and the configuration have in common, so that each is typed once."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from learning_geometry.studies.types import Count, NonNegative, Positive, Rising, RisingCounts, Share, Window

Lengths = Annotated[list[Count], Field(min_length=2, max_length=2)]
"""The least and the largest number of digits."""


class Course(BaseModel):
    """How a small model is pretrained on source code with a task in it, trained further, and measured."""

    trainer: Literal["small", "trl"]
    vocabulary: Annotated[int, Field(ge=257)]
    task_lines: Annotated[int, Field(ge=100)]
    task_lengths: Lengths
    length_ratio: Positive
    mistakes: Share
    width: Count
    layers: Count
    heads: Count
    context: Annotated[int, Field(ge=2)]
    base_steps: Annotated[int, Field(ge=10)]
    base_batch_size: Annotated[int, Field(ge=2)]
    base_learning_rate: Positive
    shorter_bases: RisingCounts
    asked_lengths: Lengths
    training_problems: Annotated[int, Field(ge=2)]
    warm_up: Annotated[float, Field(ge=0, lt=1)]
    sft_steps: Count
    sft_batch_size: Annotated[int, Field(ge=2)]
    sft_learning_rate: Positive
    dpo_answers: Annotated[int, Field(ge=2)]
    dpo_steps: Count
    dpo_batch_size: Count
    dpo_learning_rate: Positive
    dpo_beta: Positive
    plain_dpo_learning_rate: Positive
    plain_dpo_beta: Positive
    rlvr_steps: Count
    rlvr_completions: Count
    rlvr_group: Annotated[int, Field(ge=2)]
    rlvr_learning_rate: Positive
    rlvr_divergence: NonNegative
    answer_tokens: Count
    points_per_stage: Annotated[int, Field(ge=2)]
    probe_windows: Annotated[int, Field(ge=4)]
    task_shares: Rising
    held_out_problems: Annotated[int, Field(ge=2)]
    samples: Annotated[int, Field(ge=2)]
    sampled_problems: Count
    alpha_ranks: Window


class Reading(BaseModel):
    """How the geometry of a released checkpoint is measured on the beginnings of texts."""

    traced_contexts: Annotated[int, Field(ge=4)]
    traced_min_tokens: Count
    traced_max_tokens: Count
    traced_alpha_ranks: Window
    resamples: Annotated[int, Field(ge=2)]
    bfloat16: bool


class Asking(BaseModel):
    """How problems are put to a released checkpoint."""

    problem_column: str
    answer_column: str
    problems_count: Count
    problem_samples: Annotated[int, Field(ge=2)]
    problem_tokens: Count
    problem_temperature: Positive
    problem_batch_size: Count


class Tuning(BaseModel):
    """How a released checkpoint is fine-tuned and tested."""

    fine_tuning_column: str
    fine_tuning_count: Count
    other_column: str
    fine_tuning_test_count: Count
    fine_tuning_steps: Count
    fine_tuning_batch_size: Count
    fine_tuning_learning_rate: Positive
    fine_tuning_warm_up: Annotated[float, Field(ge=0, lt=1)]
    fine_tuning_tokens: Annotated[int, Field(ge=2)]
