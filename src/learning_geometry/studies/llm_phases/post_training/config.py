"""What the study of post-training may be asked, and the units of work that an answer takes."""

from collections.abc import Iterator

from pydantic import model_validator

from learning_geometry.materials.revisions import check_series
from learning_geometry.materials.texts import check_source
from learning_geometry.studies.llm_phases.post_training.experiments._recipes import Asking, Course, Reading, Tuning
from learning_geometry.studies.llm_phases.post_training.experiments.fine_tuning import FineTuning
from learning_geometry.studies.llm_phases.post_training.experiments.series import Series, Stage
from learning_geometry.studies.llm_phases.post_training.experiments.stages import Stages
from learning_geometry.studies.parameters import Parameters
from learning_geometry.studies.types import Count, DataSource, Device, Positive, Seeds
from learning_geometry.studies.unit import Unit


class Config(Course, Reading, Asking, Tuning, Parameters):
    """Parameters of the study; the notebook's parameters cell says what each means and holds the laptop scale."""

    seeds: Seeds
    control_seeds: Seeds
    corpus: str
    keep_checkpoints: str
    device: Device
    traced: dict[Stage, dict[str, list[str]]]
    traced_texts: str
    traced_texts_revision: str
    problems: str
    problems_revision: str
    problem_seeds: Seeds
    fine_tuned: dict[str, list[str]]
    fine_tuning_seeds: Seeds
    fine_tuning_texts: str
    fine_tuning_revision: str
    other_texts: str
    other_revision: str
    token_budget: Count
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
        corpus = DataSource.corpus(self.corpus)
        # Those with controls take longer.
        for seed in sorted(self.seeds, key=lambda seed: seed not in self.control_seeds):
            yield Stages.of(self, seed=seed, corpus=corpus, controls=seed in self.control_seeds)

    @model_validator(mode="after")
    def _agree(self) -> "Config":
        unknown = sorted(set(self.control_seeds) - set(self.seeds))
        prompts, rest = divmod(self.rlvr_completions, self.rlvr_group)
        longest = self.asked_lengths[1]
        line = max(2 * longest + 7, longest + 6 + self.answer_tokens)  # end, s, ort, (, ), = and end
        for wrong, complaint in (
            (unknown, f"control_seeds holds {unknown}, which seeds = {self.seeds} does not; add them there"),
            (self.width % (2 * self.heads), f"width = {self.width} must be a multiple of twice heads = {self.heads}"),
            (
                self.alpha_ranks[1] >= self.width,  # the final layer norm takes one dimension away
                f"alpha_ranks = {self.alpha_ranks} leave a spectrum of width = {self.width}, whose last eigenvalue is "
                "zero; end them earlier",
            ),
            *(
                (lengths[0] > lengths[1], f"{name} = {lengths} must rise; pass the least number of digits first")
                for name, lengths in (("task_lengths", self.task_lengths), ("asked_lengths", self.asked_lengths))
            ),
            (
                self.task_lengths[0] < 2 and self.mistakes > 0,
                f"task_lengths = {self.task_lengths} begin with numbers of one digit, which hardly allow mistakes; begin "
                "with 2",
            ),
            (
                self.answer_tokens <= longest,
                f"answer_tokens = {self.answer_tokens} cut off answers of {longest} digits and their end; pass at least "
                f"{longest + 1}",
            ),
            (
                self.context < line,
                f"context = {self.context} is too short to sort {longest} digits in answer_tokens = "
                f"{self.answer_tokens}; pass at least {line}",
            ),
            (
                self.base_batch_size % 2,
                f"base_batch_size = {self.base_batch_size} must be even: half is source code and half the task",
            ),
            (
                self.shorter_bases[-1] >= self.base_steps,
                f"shorter_bases = {self.shorter_bases} must end before base_steps = {self.base_steps}",
            ),
            (
                min(self.probe_windows, self.held_out_problems) <= self.width,
                f"probe_windows = {self.probe_windows} and held_out_problems = {self.held_out_problems} must both exceed "
                f"width = {self.width}, or the spectrum ends early",
            ),
            (
                self.task_shares[-1] >= 1,
                f"task_shares = {self.task_shares} must lie between 0 and 1",
            ),
            (
                self.sampled_problems > self.held_out_problems,
                f"sampled_problems = {self.sampled_problems} exceed held_out_problems = {self.held_out_problems}",
            ),
            (rest, f"rlvr_completions = {self.rlvr_completions} must be a multiple of rlvr_group = {self.rlvr_group}"),
            (
                prompts > self.training_problems,
                f"rlvr_completions = {self.rlvr_completions} in groups of rlvr_group = {self.rlvr_group} answer "
                f"{prompts} prompts in a step, more than training_problems = {self.training_problems}; lower it",
            ),
            (
                self.points_per_stage > min(self.sft_steps, self.dpo_steps, self.rlvr_steps),
                f"points_per_stage = {self.points_per_stage} exceed the steps of the shortest stage",
            ),
        ):
            if wrong:
                raise ValueError(complaint)
        self._check_released()
        return self

    def _check_released(self) -> None:
        for models in (*self.traced.values(), self.fine_tuned):
            for model, revisions in models.items():
                check_series(model, revisions)
        if self.traced and self.problems:
            check_source(self.problems, self.problems_revision)
        if self.fine_tuned:
            check_source(self.fine_tuning_texts, self.fine_tuning_revision)
            check_source(self.other_texts, self.other_revision)
        if not (self.traced or self.fine_tuned):
            return
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


def _checkpoints(series: dict[str, list[str]]) -> Iterator[DataSource]:
    return (DataSource.of(model, revision) for model, revisions in series.items() for revision in revisions)
