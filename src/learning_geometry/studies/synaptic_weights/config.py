"""What the study of synaptic weights may be asked, and the units of work that an answer takes."""

import hashlib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from learning_geometry.materials.images import check_source
from learning_geometry.materials.revisions import check_series
from learning_geometry.materials.synapse_tables import paired_sizes, spine_sizes
from learning_geometry.studies.parameters import Parameters

Count = Annotated[int, Field(ge=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Seeds = Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=1)]
Draws = Annotated[int, Field(ge=1)]

TRUTHS = [1.0, 2.0, 3.0]
"""Exponents of the potentials that plasticity has in turn: negative entropy, Euclidean, 3-norm."""

CANDIDATES = [1.0, 1.5, 2.0, 2.5, 3.0]
"""Exponents of the potentials under which each change is analysed."""

ARCHITECTURES = ("recurrent", "perceptron", "convolutional")

# What the notebook says of its example, whatever is asked of the simulations.
_EXAMPLE = {"seed": 0, "synapses": 300, "truth": 3.0, "change": 0.1, "spread": 0.83, "noise": 0.05}


class Config(Parameters):
    """Parameters of the study; the notebook's parameters cell says what each means and holds the laptop scale."""

    seeds: Seeds
    images: Annotated[str, Field(min_length=1)]
    images_revision: str
    networks: dict[str, Annotated[int, Field(ge=4)]]
    initial: Literal["log-normal", "uniform"]
    pretraining: Literal["euclidean", "matched"]
    pretraining_epochs: Count
    pretraining_learning_rate: Positive
    hardly: str
    hardly_epochs: Count
    hardly_learning_rate: Positive
    learning_rates: Annotated[list[Positive], Field(min_length=1)]
    momentum: Annotated[float, Field(ge=0, lt=1)]
    batch_size: Count
    epochs: Count
    max_epochs: Count
    device: Annotated[str, Field(pattern=r"^(cpu|cuda(:\d+)?|mps)$")]
    draws: Draws
    simulated_synapses: Annotated[int, Field(ge=20, le=5000)]
    simulated_change: Positive
    # The negative entropy keeps signs: of D^(3/4) equations in fewer than 100 weights some have no solution.
    dimensions: Annotated[list[Annotated[int, Field(ge=100)]], Field(min_length=1)]
    covariance_power: Positive
    shape_draws: Draws
    shape_synapses: Annotated[int, Field(ge=50, le=5000)]
    shape_samples: Count
    label_scale: Positive
    recorded_changes: Annotated[list[Positive], Field(min_length=1)]
    recorded_spreads: Annotated[list[Positive], Field(min_length=1)]
    recorded_replicates: Annotated[int, Field(ge=40)]
    recorded_most: Annotated[int, Field(ge=100, le=5000)]
    noises: Annotated[list[Annotated[float, Field(ge=0, lt=1)]], Field(min_length=1)]
    noise_synapses: Annotated[list[Annotated[int, Field(ge=10)]], Field(min_length=1)]
    noise_change: Positive
    noise_spread: Positive
    noise_replicates: Annotated[int, Field(ge=10)]
    paired_sizes: str
    before_column: str
    after_column: str
    synapse_column: str
    measurement_noise: Annotated[float, Field(ge=0, lt=1)]
    spine_table: str
    pretrained: dict[str, list[str]]
    photographs: str
    photograph_size: Annotated[int, Field(ge=16)]
    pretrained_seeds: Seeds
    pretrained_learning_rates: Annotated[list[Positive], Field(min_length=1)]
    pretrained_batch_size: Count

    @model_validator(mode="after")
    def _agree(self) -> "Config":
        for name in ("dimensions", "noises", "noise_synapses", "recorded_changes", "recorded_spreads"):
            values = getattr(self, name)
            if values != sorted(set(values)):
                raise ValueError(f"{name} = {values} must rise, without repetition")
        for name in ("seeds", "pretrained_seeds"):
            if len(set(getattr(self, name))) != len(getattr(self, name)):
                raise ValueError(f"{name} = {getattr(self, name)} holds a seed twice")
        strangers = sorted(set(self.networks) - set(ARCHITECTURES))
        if strangers or not self.networks:
            raise ValueError(f"networks = {self.networks} must name some of {', '.join(ARCHITECTURES)}")
        if self.hardly not in self.networks:
            raise ValueError(f"hardly = {self.hardly!r} is none of networks = {self.networks}; name one of them")
        if self.max_epochs < self.epochs:
            raise ValueError(f"max_epochs = {self.max_epochs} is below epochs = {self.epochs}; raise it")
        # N equations are solvable with D given random signs if at least N of D fair coins show heads (Wendel 1962).
        most = int(self.shape_synapses / 2 - 2 * self.shape_synapses**0.5)
        if self.shape_samples > most:
            raise ValueError(
                f"shape_samples = {self.shape_samples} are too many for shape_synapses = {self.shape_synapses}: with the "
                f"signs that the negative entropy keeps, weights cannot interpolate; pass at most {most}"
            )
        check_source(self.images, self.images_revision)
        self._check_tables()
        for model, revisions in self.pretrained.items():
            check_series(model, revisions)
        if self.pretrained and not (self.photographs and Path(self.photographs).is_dir()):
            raise ValueError(
                f"photographs = {self.photographs!r} is no folder; pretrained networks are fine-tuned on labelled images "
                "of your own, such as ImageNet's validation set"
            )
        return self

    def _check_tables(self) -> None:
        for name in ("paired_sizes", "spine_table"):
            path = getattr(self, name)
            if path and not Path(path).is_file():
                raise ValueError(f'{name} = {path!r} is no file; give the path of a CSV file, or "" for none')
        if self.before_column == self.after_column:
            raise ValueError(f"before_column and after_column are both {self.before_column!r}; name two columns")
        if self.synapse_column in (self.before_column, self.after_column):
            raise ValueError(
                f"synapse_column is {self.synapse_column!r}, a column of sizes; name one of names, or none"
            )
        # A table that cannot be read is known now, not after all else has been measured.
        if self.paired_sizes:
            columns = {"before": self.before_column, "after": self.after_column, "synapse": self.synapse_column}
            paired_sizes(self.paired_sizes, **columns)
        if self.spine_table:
            spine_sizes(self.spine_table)


def units(config: Config) -> list[tuple[str, dict[str, Any]]]:
    """The experiments and their parameters, longest first, so that cores are busy to the end."""
    geometries = {"truths": TRUTHS, "candidates": CANDIDATES}
    found: list[tuple[str, dict[str, Any]]] = []
    found += [("pretrained", unit) for unit in _pretrained(config)]
    found += [("networks", geometries | _network(config) | {"seed": seed}) for seed in config.seeds]
    found += [("regression", geometries | unit) for unit in _regressions(config, 0.75)]
    recorded = {"seed": 0, "truths": TRUTHS}
    power = {
        "statistics": ["likelihood", "shapiro_wilk", "cdf_distance"],
        "changes": config.recorded_changes,
        "spreads": config.recorded_spreads,
        "replicates": config.recorded_replicates,
        "max_synapses": config.recorded_most,
    }
    found.append(("power", recorded | power))
    noise = {
        "noises": config.noises,
        "synapses": config.noise_synapses,
        "change": config.noise_change,
        "spread": config.noise_spread,
        "replicates": config.noise_replicates,
    }
    found.append(("noise", recorded | noise))
    found += [("regression", geometries | unit) for unit in _regressions(config, 0.5)]
    shapes = {
        "seeds": list(range(config.shape_draws)),
        "synapses": config.shape_synapses,
        "samples": config.shape_samples,
        "label_scale": config.label_scale,
        "initials": ["log-normal", "constant"],
    }
    found.append(("shapes", geometries | shapes))
    simulation = {
        "seeds": list(range(config.draws)),
        "synapses": config.simulated_synapses,
        "change": config.simulated_change,
    }
    found.append(("simulation", geometries | simulation))
    found.append(("dynamics", {"exponents": TRUTHS, "seed": 0, "steps": 300, "learning_rate": 0.05}))
    found.append(("example", _EXAMPLE))
    if config.paired_sizes or config.spine_table:
        found.append(("spines", _spines(config)))
    return found


def _regressions(config: Config, power: float) -> list[dict[str, Any]]:
    usual = {
        "seeds": list(range(config.draws)),
        "dimensions": config.dimensions,
        "power": power,
        "covariance_power": config.covariance_power,
    }
    if power != 0.5:
        return [usual | {"inputs": "correlated"}]
    largest = usual | {"dimensions": config.dimensions[-1:]}
    return [
        usual | {"inputs": "correlated"},
        largest | {"inputs": "heavy-tailed"},
        largest | {"inputs": "binary"},
        largest | {"inputs": "binary", "power": 0.0},
    ]


def _network(config: Config) -> dict[str, Any]:
    names = (
        "images images_revision networks initial pretraining pretraining_epochs pretraining_learning_rate hardly "
        "hardly_epochs hardly_learning_rate learning_rates momentum batch_size epochs max_epochs device"
    )
    return {name: getattr(config, name) for name in names.split()}


def _spines(config: Config) -> dict[str, Any]:
    return {
        "paired": config.paired_sizes,
        "paired_digest": _digest(config.paired_sizes),
        "before_column": config.before_column,
        "after_column": config.after_column,
        "synapse_column": config.synapse_column,
        "noise": config.measurement_noise,
        "spine_table": config.spine_table,
        "spine_digest": _digest(config.spine_table),
    }


def _digest(path: str) -> str:
    """What the file holds, so that an edited table is measured again."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest() if path else ""


def _pretrained(config: Config) -> list[dict[str, Any]]:
    return [
        {
            "model": model,
            "revision": revision,
            "images": config.photographs,
            "seed": seed,
            "exponents": TRUTHS,
            "candidates": CANDIDATES,
            "learning_rates": config.pretrained_learning_rates,
            "epochs": config.epochs,
            "max_epochs": config.max_epochs,
            "batch_size": config.pretrained_batch_size,
            "momentum": config.momentum,
            "image_size": config.photograph_size,
            "device": config.device,
        }
        for model, revisions in config.pretrained.items()
        for revision in revisions
        for seed in config.pretrained_seeds
    ]
