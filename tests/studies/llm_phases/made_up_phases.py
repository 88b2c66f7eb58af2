"""Results of every experiment, made up so that every claim is true: what a test changes decides what fails."""

from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from typing import Any

import numpy as np
import xarray as xr

from learning_geometry.records import Records
from learning_geometry.store import Record, Task
from learning_geometry.studies import STUDIES
from learning_geometry.studies.llm_phases.experiments._probes import SUFFIXES
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
from learning_geometry.studies.types import DataSource
from learning_geometry.studies.unit import Unit

STUDY = STUDIES["llm_phases"]
UNITS: dict[str, type[Unit]] = {
    "theory": Theory, "theory_map": TheoryMap, "theorems": Theorems, "toy": Toy, "mechanism": Mechanism
}  # fmt: skip
CONFIG: Any = STUDY.config()
STEPS = np.array([0, *np.geomspace(5, 8000, 30).round().astype(int)])
T = len(STEPS)
FLOOR, PEAK, END = 6, 24, T - 1
SEEDS = 6  # as many as it takes for a share of all of them to be surely above one half
SERIES = (1, 3, FLOOR, 10, 15, 20, PEAK, 27, END)  # checkpoints of a traced series
COUNTS = [1, 2, 8]
PROBES = ("a quarter of the contexts", "a quarter of the length", "training text", "another package", "prose")
PACKAGE = DataSource(name="numpy", revision="0")
CORPUS, TEXTS = DataSource(name="corpus", digest="0"), DataSource(name="a/b", revision="main")
PICTURE_STEPS = np.array([0, 1, 2, 4, 8, 16, 32, 64, 128])

World = dict[str, list[Any]]


def through(*corners: tuple[int, float]) -> np.ndarray:
    """A curve over the checkpoints, straight between corners (index, value)."""
    places, values = zip(*corners, strict=True)
    return np.interp(np.arange(T), places, values)


def training(jitter: float = 0.0) -> xr.Dataset:
    """A training that does all that the paper says."""
    rankme = through((0, 12), (FLOOR, 3), (PEAK, 9), (END, 7)) * (1 + jitter)
    head = [through((0, 12), (END, 12)), through((0, 11), (END, 11)), through((0, 10), (END, 10))]
    likeness = {
        "spearman": through((0, 0), (FLOOR, 0.1), (PEAK, 0.4 + jitter), (END, 0.39)),
        "top": through((0, 0), (END, 0.3)),
        "bigram": through((0, 0), (12, 0.5), (END, 0.3 + jitter)),
    }
    after = {
        "removed": [0.38, 0.35, 0.1],
        "retained": [0.05, 0.06, 0.3],
        "random_removed": [0.3, 0.25, 0.2],
        "random_retained": [0.25, 0.2, 0.15],
    }
    alpha = through((0, 2), (15, 0.8), (PEAK, 1.0), (END, 1.5 + jitter))
    bump = 3 * (jitter + 0.01) * np.sin(np.arange(T))
    accuracy = {
        "short": through((0, 0), (FLOOR, 0.1), (PEAK, 0.8 + jitter), (END, 0.85)),
        "mid": through((0, 0), (FLOOR, 0.1), (PEAK, 0.8 + jitter), (END, 0.86)),
        "long": through((0, 0), (FLOOR, 0.01), (PEAK, 0.03 + jitter), (END, 0.1)),
    }
    first = np.linspace(3, 20, 40)  # a token that is learnt early is frequent
    probability = np.clip((np.arange(T)[:, None] - first) * 0.1, 0, 1)
    probability[-1] = 1
    return xr.Dataset(
        {
            "tokens": ("step", STEPS * 256),
            "rankme": ("step", rankme),
            "rankme_halves": (("step", "half"), np.stack([1.1 * rankme, 0.9 * rankme], axis=1)),
            "rankme_resampled": (("step", "resample"), np.outer(rankme, [0.9, 1, 1, 1.1])),
            "rankme_layers": (("step", "layer"), np.stack([rankme + 5, rankme + 1, 1.1 * rankme, rankme], axis=1)),
            "rankme_probe": (("step", "probe"), np.outer(rankme, np.linspace(0.9, 1.1, len(PROBES)))),
            "rankme_without": (("step", "n_directions"), np.stack(head, axis=1)),
            "rankme_without_gain": ("step", without_gain(jitter)),
            "rankme_without_gain_halves": (("step", "half"), np.stack([without_gain(jitter)] * 2, axis=1)),
            "alpha": ("step", alpha),
            "eigenvalues": (("step", "rank"), spectra(through((0, 2), (PEAK, 0.5), (END, 3.0 + jitter)))),
            "alignment": ("step", through((0, 0.1), (FLOOR - 2, 0.95 + jitter), (END, 0.9 + jitter))),
            "loss": ("step", through((0, 7), (FLOOR, 5.9 + jitter), (END, 4))),
            "unigram_loss": 5.95,
            "accuracy": ("step", 0.5 + 0.1 * (standardised(alpha) - standardised(rankme)) + bump),
            "memorisation": (("step", "likeness"), np.stack(list(likeness.values()), axis=1)),
            "accuracy_by_reach": (("step", "reach"), np.stack(list(accuracy.values()), axis=1)),
            "token_probability": (("step", "token"), probability),
            "n_token": (
                ("step", "token"),
                np.tile(np.arange(60, 20, -1) + round(1000 * jitter) * (np.arange(40) % 2), (T, 1)),
            ),
            "suffix_shares": ("suffix", [0.2, 0.4, 0.2, 0.1, 0.05, 0.03, 0.02]),
            "accuracy_after": (("projection", "n_directions"), list(after.values())),
            "accuracy_before": 0.4 + jitter,
        },
        coords={
            "step": STEPS,
            "half": ["even", "odd"],
            "layer": [0, 1, 2, 3],
            "n_directions": COUNTS,
            "likeness": list(likeness),
            "projection": list(after),
            "probe": list(PROBES),
            "reach": list(accuracy),
            "suffix": list(SUFFIXES),
            "rank": np.arange(1, 33),
        },
    )


def standardised(curve: np.ndarray) -> np.ndarray:
    return (curve - curve.mean()) / curve.std()


def without_gain(jitter: float) -> np.ndarray:
    return through((0, 12), (FLOOR, 3), (PEAK, 9), (END, 8 + jitter))


def spectra(exponents: np.ndarray) -> np.ndarray:
    """Power laws of 32 ranks, `(T, 32)`."""
    return np.arange(1.0, 33) ** -exponents[:, None]


def slow(jitter: float = 0.0) -> xr.Dataset:
    """A training at a lower rate that contracts in all its parts."""
    one = training(jitter)
    one["rankme_without"] = one.rankme_without * 0 + one.rankme
    falling = np.stack([one.rankme.values] * 2, axis=1)
    return one.assign(
        rankme_before_norm=one.rankme,
        rankme_before_norm_halves=(("step", "half"), falling),
        rankme_without_gain_halves=(("step", "half"), falling),
    )


def warm_ups(jitter: float = 0.0, floors: tuple[int, int] = (5, 12)) -> xr.Dataset:
    """Beginnings of trainings without a ramp and with one that ends at the later of the floors."""
    curves = [through((0, 12), (floor, 3 + jitter), (END, 9)) for floor in floors]
    losses = [through((0, 7), (floor, 5.9 + jitter), (END, 4)) for floor in floors]
    return xr.Dataset(
        {
            "rankme": (("ramp", "step"), curves),
            "loss": (("ramp", "step"), losses),
            "unigram_loss": ("ramp", [5.95, 5.95]),
        },
        coords={"ramp": [1, int(STEPS[12])], "step": STEPS},
    )


def control(fall: float = 0.5, jitter: float = 0.0) -> xr.Dataset:
    """A training that collapses, rises, turns, and falls by so many percent."""
    curve = through((0, 6), (FLOOR, 3), (PEAK, 9), (END, 9 * (1 - fall / 100))) ** (1 + jitter)
    halves = (("step", "half"), np.stack([curve, curve], axis=-1))
    return xr.Dataset(
        {"rankme": ("step", curve), "rankme_halves": halves, "rankme_without_gain_halves": halves},
        coords={"step": STEPS, "half": ["even", "odd"]},
    )


def course(*corners: tuple[int, float], seeds: int = SEEDS) -> np.ndarray:
    """RankMe of the linear model for some seeds, of which each moves a little further than the one before."""
    return through(*corners) ** np.linspace(1, 1.02, seeds)[:, None]


RESTS = ((0, 3.0), (FLOOR, 1.0), (15, 2.5), (END, 2.497))


def theory(seeds: int = SEEDS) -> xr.Dataset:
    conditions = {
        "reference": course((0, 3), (FLOOR, 1.2), (PEAK, 2.4), (END, 2), seeds=seeds),
        "uniform": course((0, 3), (FLOOR, 2.9), (15, 3.1), (END, 3.097), seeds=seeds),
        "squared_error": course(*RESTS, seeds=seeds),
        "squared_error_uniform": course(*RESTS, seeds=seeds),
        "no_bottleneck": course(*RESTS, seeds=seeds),
        "few_classes": course(*RESTS, seeds=seeds),
    }
    rankme = (("condition", "seed", "step"), np.stack(list(conditions.values())))
    return xr.Dataset(
        {"rankme": rankme, "rankme_centred": rankme},
        coords={
            "condition": list(conditions),
            "dimension": ("condition", [3, 3, 3, 3, 32, 3]),
            "seed": np.arange(seeds),
            "step": STEPS,
        },
    )


def theorems(seeds: int = SEEDS) -> dict[str, xr.Dataset]:
    """Balance that breaks in proportion to the rate, growth in proportion to size and factor, frequent classes first."""
    rng = np.random.default_rng(1)
    rates = np.array([0.01, 0.02, 0.04])
    spread = 1 + 0.01 * np.arange(seeds)
    size = np.exp(rng.normal(size=(seeds, 20, 3)))
    factor = 1 / size * np.exp(0.3 * rng.normal(size=size.shape))
    change = size * factor * np.exp(0.01 * rng.normal(size=size.shape))
    balanced = xr.Dataset(
        {
            "drift": (("rate", "seed"), 0.1 * rates[:, None] ** (0.99 + 0.002 * np.arange(seeds))),
            **{n: (("seed", "time", "i"), v) for n, v in (("singular", size), ("change", change), ("factor", factor))},
        },
        coords={"rate": rates, "seed": np.arange(seeds)},
    )
    learnt = np.arange(1, 9) * spread[:, None]
    learnt[:, :2] = learnt[:, 1::-1]
    learnt[::2, :2] = learnt[::2, 1::-1]
    aligned = through((0, 0.2), (FLOOR - 3, 0.95), (END, 0.99))
    generic = xr.Dataset(
        {
            "alignment": (("seed", "step"), aligned ** spread[:, None]),
            "rankme": (("seed", "step"), through((0, 3), (FLOOR, 1.5), (END, 2.9)) * spread[:, None]),
            "learnt": (("seed", "class"), learnt),
            "count": ("class", np.arange(8, 0, -1)),
        },
        coords={"seed": np.arange(seeds), "step": STEPS},
    )
    # Seeds differ in when they are aligned.
    generic.alignment[::2] = through((0, 0.2), (FLOOR - 2, 0.95), (END, 0.98))
    return {"balanced": balanced, "generic": generic, "bound": xr.Dataset({"ratio": ("setting", [0.9, 0.99])})}


TOY = {
    "reference": ((0, 1.9), (FLOOR, 1.2), (PEAK, 1.9), (END, 1.7)),
    "uniform": ((0, 1.9), (FLOOR, 1.2), (END, 2)),
    "no_bottleneck": ((0, 2.9), (FLOOR, 1.2), (END, 2.9)),
    "squared_error_uniform": ((0, 1.9), (FLOOR, 1.2), (END, 1.8)),
    "squared_error": ((0, 1.9), (FLOOR, 1.2), (END, 1.8)),
}
STARTS = 20


def toy(seeds: int = SEEDS, **corners: tuple[tuple[int, float], ...]) -> xr.Dataset:
    curves = np.stack([through(*one) for one in (TOY | corners).values()])
    rankme = np.tile(curves[:, None, None], (1, seeds, STARTS, 1))
    return xr.Dataset(
        {"rankme": (("condition", "seed", "start", "step"), rankme)},
        coords={"condition": list(TOY), "seed": np.arange(seeds), "step": STEPS},
    )


def mechanism(seeds: int = SEEDS) -> xr.Dataset:
    """Frequent classes walk early, rare ones late; the rare ones contract the cloud along the leading direction."""
    n, spread = 8, 0.01 * np.arange(seeds)
    early = np.linspace(0.6, 0.1, n) + spread[:, None] * np.sin(9 * np.arange(n))
    path = np.stack([early, np.full_like(early, 0.2), 0.8 - early], axis=1)
    falls = {"all": 0.1, "frequent": 0.09, "rare": 0.03}
    courses = [
        [np.interp(STEPS, [0, STEPS[-1]], [1, 1 - fall - 0.1 * shift]) for fall in falls.values()] for shift in spread
    ]
    return xr.Dataset(
        {
            "path": (("seed", "phase", "class"), path),
            "frequency": ("class", np.arange(n, 0, -1) / 36),
            "reuse": ("seed", 0.6 + spread),
            "growth": (("seed", "i"), np.stack([2 + spread, 1.5 - spread], axis=1)),
            "contracts": ("seed", np.ones(seeds, dtype=bool)),
            "continued": (("seed", "loss", "step"), np.array(courses)),
        },
        coords={
            "seed": np.arange(seeds),
            "phase": ["collapse", "expansion", "compression"],
            "loss": list(falls),
            "step": STEPS,
        },
    )


def theory_map(seeds: int = SEEDS) -> xr.Dataset:
    fall = np.zeros((3, 4, seeds))
    fall[:, :2] = 20
    fall[1, 2] = np.linspace(0.1, 0.2, seeds)
    dims = ("exponent", "dimension", "seed")
    return xr.Dataset(
        {"fall": (dims, fall), "still_rising": (dims, np.zeros(fall.shape, dtype=bool))},
        coords={
            "exponent": [0.0, 1.0, 2.0],
            "dimension": [2, 4, 8, 32],
            "classes_per_dimension": ("dimension", [16.0, 8.0, 4.0, 1.0]),
            "seed": np.arange(seeds),
        },
    )


def checkpoint(model: str, *, step: int = -1, tokens: int = -1, **values: Any) -> xr.Dataset:
    """A traced checkpoint."""
    after = (("projection", "n_directions"), [[0.85, 0.8], [0.2, 0.3]])
    return xr.Dataset(
        {"step": step, "tokens": tokens, "rankme": 1.0, "alpha": 1.0, "choices_after": after, "choices_before": 0.86}
        | {"weights": f"{model} {step} {tokens}"}
        | values,
        coords={"projection": ["removed", "retained"], "n_directions": [10, 50]},
        attrs={"model": model, "revision": f"step{step}"},
    )


def traced(model: str, jitter: float = 0.0) -> list[xr.Dataset]:
    """A series of a few checkpoints that does what the paper says, in the wrong order."""
    run = training(jitter)
    after = (("projection", "n_directions"), [[0.85, 0.8], [0.2 + jitter, 0.25 + jitter]])
    return [
        checkpoint(
            model, step=int(STEPS[k]), rankme=run.rankme[k].item(), alpha=run.alpha[k].item(), choices_after=after
        )
        for k in reversed(SERIES)
    ]


def world(seeds: int = SEEDS, n_series: int = SEEDS) -> World:
    """Results of every experiment where all claims are true, for a test to change."""
    return deepcopy(_world(seeds, n_series))


@cache
def _world(seeds: int, n_series: int) -> World:
    jitters = [0.001 * (seed - seeds / 2) for seed in range(seeds)]
    return {
        "pretraining": [training(jitter) for jitter in jitters],
        "slow_pretraining": [slow(jitter) for jitter in jitters],
        "controls": [control(jitter=jitter) for _ in CONDITIONS for jitter in jitters],
        "warm_ups": [warm_ups(jitter) for jitter in jitters],
        "theory": [theory(seeds)],
        "theorems": [theorems(seeds)],
        "toy": [toy(seeds)],
        "mechanism": [mechanism(seeds)],
        "theory_map": [theory_map(seeds)],
        "trace": [one for n in range(n_series) for one in traced(f"m{n}", 0.001 * n)],
    }


def records(made: World) -> Records:
    """The records of such results, each under a unit of its own."""
    tasks = [
        (Task("llm_phases", unit, "code"), result)
        for experiment, results in made.items()
        for unit, result in zip(_units(experiment, results), results, strict=True)
    ]
    return Records([Record(task, result, seconds=0, peak_memory_mb=0, environment={}) for task, result in tasks])


def _units(experiment: str, results: list[xr.Dataset]) -> Iterator[Unit]:
    for seed, result in enumerate(results):
        if experiment == "trace":
            source = DataSource(name=result.attrs["model"], revision=str(seed))
            yield Trace.of(
                CONFIG,
                checkpoint=source,
                step=seed,
                traced_texts=TEXTS,
                memory_texts=TEXTS,
                questions=TEXTS,
                probe_seed=0,
            )
        elif experiment == "controls":
            per_condition = len(results) // len(CONDITIONS)
            condition, seed = CONDITIONS[seed // per_condition], seed % per_condition
            yield Controls.of(CONFIG, seed=seed, condition=condition, probe_seed=0, corpus=CORPUS)
        elif experiment == "pretraining":
            yield Pretraining.of(CONFIG, seed=seed, probe_seed=0, corpus=CORPUS, package=PACKAGE)
        elif experiment == "slow_pretraining":
            yield SlowPretraining.of(CONFIG, seed=seed, probe_seed=0, corpus=CORPUS)
        elif experiment == "warm_ups":
            yield WarmUps.of(CONFIG, seed=seed, probe_seed=0, corpus=CORPUS)
        else:
            yield UNITS[experiment].of(CONFIG)
