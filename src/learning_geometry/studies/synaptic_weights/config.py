"""What the study of synaptic weights may be asked, and the units of work that an answer takes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from learning_geometry.materials.images import check_source
from learning_geometry.materials.revisions import check_series
from learning_geometry.materials.synapse_tables import paired_sizes, spine_sizes
from learning_geometry.studies.parameters import Parameters
from learning_geometry.studies.synaptic_weights.experiments._geometries import CANDIDATES, TRUTHS
from learning_geometry.studies.synaptic_weights.experiments.dynamics import Dynamics
from learning_geometry.studies.synaptic_weights.experiments.example import Example
from learning_geometry.studies.synaptic_weights.experiments.networks import Architecture, Networks
from learning_geometry.studies.synaptic_weights.experiments.noise import Noise
from learning_geometry.studies.synaptic_weights.experiments.pairs import Pairs
from learning_geometry.studies.synaptic_weights.experiments.power import Power
from learning_geometry.studies.synaptic_weights.experiments.pretrained import Pretrained
from learning_geometry.studies.synaptic_weights.experiments.regression import Inputs, Regression
from learning_geometry.studies.synaptic_weights.experiments.shapes import Shapes
from learning_geometry.studies.synaptic_weights.experiments.simulation import Simulation
from learning_geometry.studies.synaptic_weights.experiments.spines import Spines
from learning_geometry.studies.types import (
    Count,
    DataSource,
    Device,
    Positive,
    Rising,
    RisingCounts,
    RisingFromZero,
    Seeds,
)
from learning_geometry.studies.unit import Unit

Fraction = Annotated[float, Field(ge=0, lt=1)]
"""A number from 0 on that stays below 1."""

Rates = Annotated[list[Positive], Field(min_length=1)]
"""Learning rates to try."""


class Config(Parameters):
    """Parameters of the study; the notebook's parameters cell says what each means and holds the laptop scale."""

    seeds: Seeds
    images: Annotated[str, Field(min_length=1)]
    images_revision: str
    networks: Annotated[dict[Architecture, Annotated[int, Field(ge=4)]], Field(min_length=1)]
    initial: Literal["log-normal", "uniform"]
    pretraining: Literal["euclidean", "matched"]
    pretraining_epochs: Count
    pretraining_learning_rate: Positive
    undertrained: Architecture
    undertrained_epochs: Count
    undertrained_learning_rate: Positive
    learning_rates: Rates
    momentum: Fraction
    batch_size: Count
    epochs: Count
    max_epochs: Count
    device: Device
    draw_seeds: Seeds
    # The test of Shapiro and Wilk is known for up to 5,000 numbers.
    simulated_synapses: Annotated[int, Field(ge=20, le=5000)]
    simulated_change: Positive
    dimensions: RisingCounts
    covariance_power: Positive
    shape_seeds: Seeds
    shape_synapses: Annotated[int, Field(ge=50, le=5000)]
    shape_samples: Count
    label_scale: Positive
    power_seeds: Seeds
    power_changes: Rising
    power_spreads: Rising
    power_replicates: Annotated[int, Field(ge=40)]
    max_synapses: Annotated[int, Field(ge=100, le=5000)]
    noise_seeds: Seeds
    noises: RisingFromZero
    noise_synapses: RisingCounts
    noise_change: Positive
    noise_spread: Positive
    noise_replicates: Annotated[int, Field(ge=10)]
    example_seeds: Seeds
    paired_sizes: str
    before_column: str
    after_column: str
    synapse_column: str
    measurement_noise: Fraction
    spine_table: str
    pretrained: dict[str, list[str]]
    photographs: str
    photograph_size: Annotated[int, Field(ge=16)]
    pretrained_seeds: Seeds
    pretrained_learning_rates: Rates
    pretrained_batch_size: Count

    @model_validator(mode="after")
    def _agree(self) -> "Config":
        if self.undertrained not in self.networks:
            raise ValueError(
                f"undertrained = {self.undertrained!r} is none of networks = {self.networks}; name one of them"
            )
        if self.max_epochs < self.epochs:
            raise ValueError(f"max_epochs = {self.max_epochs} is below epochs = {self.epochs}; raise it")
        check_source(self.images, self.images_revision)
        self._check_sizes()
        self._check_tables()
        for model, revisions in self.pretrained.items():
            check_series(model, revisions)
        if self.pretrained and not (self.photographs and Path(self.photographs).is_dir()):
            raise ValueError(
                f"photographs = {self.photographs!r} is no folder; pretrained networks are fine-tuned on labelled images "
                "of your own, such as ImageNet's validation set"
            )
        return self

    def _check_sizes(self) -> None:
        # The negative entropy keeps signs: of D^(3/4) equations in fewer than 100 weights some have no solution.
        if self.dimensions[0] < 100:
            raise ValueError(f"dimensions = {self.dimensions} begin below 100, where some regressions have no solution")
        if self.noise_synapses[0] < 10:
            raise ValueError(f"noise_synapses = {self.noise_synapses} begin below 10, too few to identify a geometry")
        if self.noises[-1] >= 1:
            raise ValueError(f"noises = {self.noises} are shares of the size and must stay below 1")
        # N equations are solvable with D given random signs if at least N of D fair coins show heads (Wendel 1962).
        most = int(self.shape_synapses / 2 - 2 * self.shape_synapses**0.5)
        if self.shape_samples > most:
            raise ValueError(
                f"shape_samples = {self.shape_samples} are too many for shape_synapses = {self.shape_synapses}: with the "
                f"signs that the negative entropy keeps, weights cannot interpolate; pass at most {most}"
            )

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

    def units(self) -> Iterator[Unit]:
        """The units of work, longest first, so that cores are busy to the end."""
        geometries = {"truths": TRUTHS, "candidates": CANDIDATES}
        yield from self._pretrained()
        images = DataSource.of(self.images, self.images_revision)
        yield from (Networks.of(self, seed=seed, images=images, **geometries) for seed in self.seeds)
        yield self._regression(0.75, "correlated", self.dimensions)
        statistics = ["likelihood", "shapiro_wilk", "cdf_distance"]
        yield from (Power.of(self, seed=seed, truths=TRUTHS, statistics=statistics) for seed in self.power_seeds)
        yield from (Noise.of(self, seed=seed, truths=TRUTHS) for seed in self.noise_seeds)
        yield self._regression(0.5, "correlated", self.dimensions)
        yield self._regression(0.5, "heavy-tailed", self.dimensions[-1:])
        yield self._regression(0.5, "binary", self.dimensions[-1:])
        yield Shapes.of(self, initials=["log-normal", "constant"], **geometries)
        yield Simulation.of(self, **geometries)
        for seed in self.example_seeds:
            yield Dynamics(seed=seed, truths=TRUTHS, steps=300, step_share=0.05)
            yield Example(seed=seed, synapses=300, truth=3.0, change=0.1, spread=0.83, noise=0.05)
        if self.paired_sizes:
            yield Pairs.of(self, paired_sizes=DataSource.of(self.paired_sizes))
        if self.spine_table:
            yield Spines(spine_table=DataSource.of(self.spine_table))

    def _regression(self, sample_power: float, inputs: Inputs, dimensions: list[int]) -> Regression:
        given = {"sample_power": sample_power, "inputs": inputs, "dimensions": dimensions}
        return Regression.of(self, truths=TRUTHS, candidates=CANDIDATES, **given)

    def _pretrained(self) -> Iterator[Unit]:
        photographs = DataSource.of(self.photographs)
        for model, revisions in self.pretrained.items():
            for checkpoint in (DataSource.of(model, revision) for revision in revisions):
                for seed in self.pretrained_seeds:
                    sources = {"checkpoint": checkpoint, "photographs": photographs}
                    yield Pretrained.of(self, seed=seed, truths=TRUTHS, candidates=CANDIDATES, **sources)
