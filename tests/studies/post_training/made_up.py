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
from learning_geometry.studies.llm_phases.post_training.experiments.stages import (
    ALWAYS,
    BEFORE,
    MODELS,
    PROBES,
    SAMPLED,
    Stages,
)
from learning_geometry.studies.types import DataSource

STUDY = STUDIES["llm_phases_post_training"]
CONFIG: Any = STUDY.config(given={"problem_samples": 256})
TEXTS = DataSource(name="a/b", revision="main")
SHARES = CONFIG.task_shares
PROBLEMS = 20
POINTS = {"sft": 64, "dpo": 64, "rlvr": 100}

# By how many percent each training changes RankMe of the mixture, and the other quantities of each model.
RANKME = {
    "sft": 4.0, "dpo": 3.0, "rlvr": -1.0, "own_answers": 0.1, "coin": -1.0, "shuffled_rewards": 0.5, "continued": 1.0,
    "shuffled_answers": -9.0, "plain_dpo": -3.0, "modal": 1.0, "rlvr_base": 4.0, "shuffled_base": -1.0,
}  # fmt: skip
PROMPTS = RANKME | {"rlvr": -5.0, "shuffled_rewards": -1.0}
TEXT = dict.fromkeys(RANKME, 0.1)
ALPHA = {"base": 2.0, "sft": 1.9, "dpo": 1.8, "rlvr": 1.85}
LOSS = {"base": 0.8, "sft": 0.5, "dpo": 0.4, "own_answers": 0.8}
TEXT_LOSS = {"base": 3.6, "sft": 3.8, "dpo": 3.9}
ENTROPY = {"base": 0.8, "sft": 0.6, "dpo": 0.5, "rlvr": 0.2, "shuffled_rewards": 0.5}
DISTINCT = {"base": 23, "sft": 19, "dpo": 16, "rlvr": 9, "shuffled_rewards": 16, "modal": 4}
# The probability of the right answer, in problems that are easy, middling and hard.
P = {
    "base": (0.2, 0.03, 0.004), "sft": (0.3, 0.06, 0.01), "dpo": (0.4, 0.02, 0.002), "rlvr": (0.9, 0.08, 0.0005),
    "coin": (0.3, 0.05, 0.008), "shuffled_rewards": (0.35, 0.017, 0.0017), "modal": (0.6, 0.006, 0.00004),
}  # fmt: skip
LENGTHS = {"loss": ((1.0, 0.7), (0.8, 0.5)), "text_loss": ((3.9, 4.0), (3.6, 4.1)), "rankme": ((5.0, 5.2), (6.0, 6.2))}

Course = dict[str, xr.Dataset]


def before(model: str) -> str:
    """What a model was trained from, the base itself for the base."""
    return BEFORE.get(model, "base")


def of_models(changes: Mapping[str, float], start: float) -> dict[str, float]:
    """A quantity of all models from its changes in percent."""
    values = {"base": start}
    for name in BEFORE:
        values[name] = values[before(name)] * (1 + changes[name] / 100)
    return values


def probabilities(*levels: float) -> np.ndarray:
    """A level for each third of the problems."""
    return np.repeat(levels, -(-PROBLEMS // len(levels)))[:PROBLEMS]


def course(seed: int, *, controls: bool = True) -> Course:
    """The results of a seed, whose numbers differ by parts of a percent from those of others."""
    names = [name for name in MODELS if controls or name == "base" or name in ALWAYS]
    factor = 1 + 0.0005 * seed * (-1.0) ** np.arange(len(MODELS))
    factor = dict(zip(MODELS, factor, strict=True))
    mixture, prompts, text = of_models(RANKME, 8.0), of_models(PROMPTS, 4.0), of_models(TEXT, 9.0)
    by_probe = {"mixture": mixture, "text": text, "task": mixture, "prompts": prompts}

    def each(values: Mapping[str, float]) -> list[float]:
        return [values.get(name, values.get(before(name), values["base"])) * factor[name] for name in names]

    models = xr.Dataset(
        {
            "rankme": (("model", "probe"), np.array([each(by_probe[probe]) for probe in PROBES]).T),
            "alpha": (("model", "probe"), np.array([each(ALPHA)] * len(PROBES)).T),
            "rankme_mixed": (("model", "task_share"), np.array([each(mixture)] * len(SHARES)).T),
            "probability": (
                ("model", "problem"),
                [probabilities(*P.get(name, P["dpo"])) * factor[name] for name in names],
            ),
            "digits": (("model", "problem"), [np.repeat([3, 6, 9, 9], 5)] * len(names)),
            "loss": ("model", each(LOSS)),
            "text_loss": ("model", each(TEXT_LOSS)),
            "entropy": ("model", each(ENTROPY)),
        },
        coords={"model": names, "probe": list(PROBES), "task_share": list(SHARES)},
    )
    sampled = [name for name in SAMPLED if name in names]
    samples = xr.Dataset(
        {"distinct": (("model", "problem"), [[DISTINCT[name] + seed * 0.1] * PROBLEMS for name in sampled])},
        coords={"model": sampled},
    )
    steps = {name: np.linspace(0, last, 8).round().astype(int) for name, last in POINTS.items()}
    # What is followed goes straight from where a stage begins to where it ends, but for a stumble of every other seed.
    ramp = np.linspace(0, 1, 8)[[0, 1, 2, 4, 3, 5, 6, 7] if seed % 2 else slice(None)]
    rank = {name: (1 - ramp) * mixture[before(name)] + ramp * mixture[name] for name in POINTS}
    p = {
        name: np.outer(1 - ramp, probabilities(*P[before(name)])) + np.outer(ramp, probabilities(*P[name]))
        for name in POINTS
    }
    path = xr.Dataset(
        {
            "step": (("model", "point"), list(steps.values())),
            "rankme": (("model", "point"), [rank[name] for name in POINTS]),
            "alpha": (("model", "point"), [10 / rank[name] for name in POINTS]),
            "probability": (("model", "point", "problem"), list(p.values())),
        },
        coords={"model": list(POINTS)},
    )
    reward = np.linspace(0.2, 0.4, 100) + 0.001 * seed
    rewards = xr.Dataset(
        {"reward": (("model", "step"), [reward, np.full(100, 0.2)])},
        coords={"model": ["rlvr", "shuffled_rewards"], "step": np.arange(1, 101)},
    )
    pretrained = [750, 3000] if controls else [3000]
    lengths = xr.Dataset(
        {
            name: (
                ("pretrained", "when"),
                np.array(values)[-len(pretrained) :] * (1 + 0.001 * seed * np.eye(2)[-len(pretrained) :]),
            )
            for name, values in LENGTHS.items()
        },
        coords={"pretrained": pretrained, "when": ["before", "after"]},
    )
    lengths["rankme"] = lengths.rankme.expand_dims(probe=list(PROBES), axis=2).copy()
    return {"models": models, "samples": samples, "path": path, "rewards": rewards, "lengths": lengths}


def traced(stage: str, revision: str, rankme: float, *counts: int) -> tuple[Series, xr.Dataset]:
    """A released checkpoint; the same texts are drawn at all of them."""
    noise = np.random.default_rng(0).normal(1, 0.02, 50)
    resampled = rankme * noise + np.random.default_rng(int(rankme)).normal(0, 0.1, 50)
    step = int(revision.removeprefix("step_")) if revision.startswith("step_") else -1
    model = DataSource(name=f"allenai/{stage}", revision=revision)
    unit = Series.of(CONFIG, model=model, stage=stage, seed=0, traced_texts=TEXTS, problems=TEXTS)
    values = {"rankme": rankme, "rankme_resampled": ("resample", resampled), "step": step}
    solved = np.repeat(counts, PROBLEMS // max(1, len(counts)))
    return unit, xr.Dataset(values | ({"correct": ("problem", solved)} if counts else {}))


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
) -> Records:
    """Records of courses by seed, and of released checkpoints."""
    stages = [
        (Stages.of(CONFIG, seed=seed, corpus=TEXTS, controls="continued" in made["models"].model), made)
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
