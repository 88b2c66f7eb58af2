"""Fields that units and the configuration have in common, so that each is typed once."""

from typing import Annotated

from pydantic import BaseModel, Field

from learning_geometry.studies.types import Count, Positive, Share, Window


class Course(BaseModel):
    """How a small model is pretrained on arithmetic, trained further, and measured."""

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
    fine_tuning_tokens: Annotated[int, Field(ge=2)]
