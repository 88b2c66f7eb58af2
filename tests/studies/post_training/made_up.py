"""Records of post-training made up so that every claim is true: what a test changes decides what fails."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from learning_geometry.records import Records
from learning_geometry.store import Record, Task
from learning_geometry.studies import STUDIES
from learning_geometry.studies.llm_phases.post_training.experiments.fine_tuning import FineTuning
from learning_geometry.studies.llm_phases.post_training.experiments.series import Series
from learning_geometry.studies.llm_phases.post_training.experiments.stages import MODELS, SAMPLED, Stages
from learning_geometry.studies.types import DataSource

STUDY = STUDIES["llm_phases_post_training"]
CONFIG: Any = STUDY.config(given={"samples": 256, "problem_samples": 256})
SAMPLES, PROBLEMS = 256, 20
TEXTS = DataSource(name="a/b", revision="main")

# A course that does all that the paper says, and controls that do nothing of the kind.
NUMBERS = {
    "rankme": (8.0, 9.0, 10.0, 9.5, 8.05, 6.0, 10.5),
    "alpha": (5.0, 4.5, 4.0, 4.4, 4.95, 6.0, 4.0),
    "loss": (1.0, 0.5, 0.4, 0.3, 0.9, 2.9, 3.0),
    "ood_loss": (1.0, 1.4, 1.9, 2.0, 0.9, 2.1, 3.1),
    "entropy": (1.5, 1.1, 1.0, 0.4, 1.4, 2.5, 2.0),
    "accuracy": (0.4, 0.6, 0.6, 0.7, 0.4, 0.1, 0.2),
    "ood_accuracy": (0.5, 0.3, 0.2, 0.2, 0.5, 0.1, 0.1),
}
DISTINCT = dict(zip(SAMPLED, (16, 11, 10, 5, 14), strict=True))
RIGHT = dict(zip(SAMPLED, ((40, 40), (40, 40), (30, 30), (250, 0), (10, 10)), strict=True))
LENGTHS = {"sft": 100, "dpo": 60, "rlvr": 150, "random_reward": 150}

Course = dict[str, xr.Dataset]


def solved(*counts: int) -> np.ndarray:
    """Right ones among the samples of each problem, in equal shares of the problems."""
    return np.repeat(counts, PROBLEMS // len(counts))


def course(seed: int, *, controls: bool = True) -> Course:
    """The results of a seed, whose numbers differ by parts of a percent from those of others, up in one model, down in the next."""
    factor = 1 + 0.002 * seed * (-1.0) ** np.arange(len(MODELS))
    models = xr.Dataset(
        {name: ("model", np.array(values) * factor) for name, values in NUMBERS.items()}
        | {"probability": (("model", "sum"), np.full((len(MODELS), PROBLEMS), 0.4) * factor[:, None])}
        | {"chance": 0.08},
        coords={"model": list(MODELS)},
    )
    # Four or five problems in twenty are never solved from DPO on, so that pass@256 has room.
    right = {name: solved(*counts) + seed * (solved(*counts) > 0) for name, counts in RIGHT.items()}
    right["random_reward"] -= seed // 2
    for name, unsolved in (("dpo", 4 + seed % 2), ("rlvr", 10), ("random_reward", 4)):
        right[name][-unsolved:] = 0
    samples = xr.Dataset(
        {
            "correct": (("model", "sum"), list(right.values())),
            "distinct": (("model", "sum"), [np.full(PROBLEMS, n) + np.arange(PROBLEMS) % 3 for n in DISTINCT.values()]),
        },
        coords={"model": list(SAMPLED)},
    )
    begins = {"sft": "base", "dpo": "sft", "rlvr": "dpo", "random_reward": "dpo"}
    steps = {name: np.linspace(0, length, 6).round().astype(int)[1:] for name, length in LENGTHS.items()}
    rankme = models.rankme.to_series()
    path = xr.Dataset(
        {
            "step": (("model", "point"), list(steps.values())),
            "rankme": (
                ("model", "point"),
                [np.interp(steps[n], [0, LENGTHS[n]], [rankme[begins[n]], rankme[n]]) for n in LENGTHS],
            ),
        },
        coords={"model": list(LENGTHS)},
    )
    reward = np.linspace(0.7, 0.88, LENGTHS["rlvr"]) + 0.001 * seed
    rewards = xr.Dataset(
        {"reward": (("model", "step"), [reward, np.full(len(reward), 0.5)])},
        coords={"model": ["rlvr", "random_reward"], "step": np.arange(1, len(reward) + 1)},
    )
    made = {"models": models, "samples": samples, "path": path, "rewards": rewards}
    return made if controls else {name: without_controls(part) for name, part in made.items()}


def without_controls(part: xr.Dataset) -> xr.Dataset:
    return part.sel(model=[name for name in part.model.values if name in MODELS[:4]])


def traced(stage: str, revision: str, rankme: float, *counts: int) -> tuple[Series, xr.Dataset]:
    """A released checkpoint; the same texts are drawn at all of them."""
    noise = np.random.default_rng(0).normal(1, 0.02, 50)
    resampled = rankme * noise + np.random.default_rng(int(rankme)).normal(0, 0.1, 50)
    step = int(revision.removeprefix("step_")) if revision.startswith("step_") else -1
    model = DataSource(name=f"allenai/{stage}", revision=revision)
    unit = Series.of(CONFIG, model=model, stage=stage, seed=0, traced_texts=TEXTS, problems=TEXTS)
    values = {"rankme": rankme, "rankme_resampled": ("resample", resampled), "step": step}
    return unit, xr.Dataset(values | ({"correct": ("problem", solved(*counts))} if counts else {}))


def tuned(tokens: int, seed: int, inside: float, outside: float, model: str = "olmo") -> tuple[FineTuning, xr.Dataset]:
    """A fine-tuned checkpoint; losses before it are such that a mix-up of the two would show."""
    texts = 50 * np.random.default_rng(0).exponential(1, 30)
    after = {"inside": inside + seed + texts - texts.mean(), "outside": outside + seed + texts - texts.mean()}
    source = DataSource(name=model, revision=f"step{tokens}")
    unit = FineTuning.of(
        CONFIG, model=source, seed=seed, traced_texts=TEXTS, fine_tuning_texts=TEXTS, other_texts=TEXTS
    )
    losses = {f"losses_{kind}": (("when", "text"), [1000 / tokens - values, values]) for kind, values in after.items()}
    return unit, xr.Dataset(losses | {"tokens": tokens * 10**12}, coords={"when": ["before", "after"]})


SERIES = [
    traced("SFT", "step_7000", 800, 30, 30),
    traced("SFT", "main", 940, 30, 30),
    traced("DPO", "main", 1180, 2, 30),
    traced("RLVR", "step_1200", 1300, 250, 1),
    traced("RLVR", "step_2400", 1090, 250, 0),
]
TUNED = [tuned(*point, inside, outside) for point, inside, outside in (
    ((1, 0), 280.0, 131.0), ((1, 7), 280.5, 131.5), ((2, 0), 275.0, 131.0), ((2, 7), 275.0, 131.0),
    ((4, 0), 262.0, 130.0), ((4, 7), 262.0, 130.2),
)]  # fmt: skip


def recorded(
    courses: Mapping[int, Course],
    series: Sequence[Any] = SERIES,
    fine_tuning: Sequence[Any] = TUNED,
    samples: int = SAMPLES,
) -> Records:
    """Records of courses by seed, and of released checkpoints."""
    config = CONFIG.model_copy(update={"samples": samples})
    stages = [
        (Stages.of(config, seed=seed, controls="continued" in made["models"].model), made)
        for seed, made in courses.items()
    ]
    return Records(
        [
            Record(Task(STUDY.name, unit, "code"), result, seconds=0.0, peak_memory_mb=0.0, environment={})
            for unit, result in (*fine_tuning, *series, *stages)
        ]
    )


def courses(n_seeds: int = 6) -> dict[int, Course]:
    """Courses of so many seeds."""
    return {seed: course(seed) for seed in range(1, n_seeds + 1)}
