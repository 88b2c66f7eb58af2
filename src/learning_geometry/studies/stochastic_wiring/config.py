"""What the wiring study may be asked, and the units of work that an answer takes."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field, model_validator

from learning_geometry.materials.images import check_source
from learning_geometry.studies.parameters import Parameters
from learning_geometry.studies.stochastic_wiring.experiments.cart_pole import CartPole
from learning_geometry.studies.stochastic_wiring.experiments.classifier import Classifier
from learning_geometry.studies.stochastic_wiring.experiments.hedging import Hedging
from learning_geometry.studies.stochastic_wiring.experiments.laws import Laws
from learning_geometry.studies.stochastic_wiring.experiments.moments import Moments
from learning_geometry.studies.stochastic_wiring.experiments.population import Population
from learning_geometry.studies.stochastic_wiring.experiments.search import Search
from learning_geometry.studies.types import (
    Count,
    DataSource,
    Device,
    Distinct,
    NonNegative,
    NonNegativeCount,
    Positive,
    RisingCounts,
    RisingFromZero,
    Seeds,
    Share,
)
from learning_geometry.studies.unit import Unit


class Config(Parameters):
    """Parameters of the wiring study; the notebook's parameters cell says what each means and holds the laptop scale."""

    images: str
    images_revision: str
    device: Device
    seeds: Seeds
    types: RisingCounts
    main_types: Count
    neurons: Annotated[RisingCounts, Field(min_length=2)]
    variabilities: Annotated[Distinct[NonNegativeCount], Field(min_length=2)]
    main_variability: Count
    epochs: Count
    batch_size: Count
    learning_rate: Positive
    gain: Positive
    first_logit: float
    first_logit_sd: Positive
    brains: Annotated[int, Field(ge=2)]
    rigid_brains: Count
    test_images: Annotated[int, Field(ge=4)]
    synapses: Annotated[RisingCounts, Field(min_length=2)]
    weight_means: Distinct[float]
    weight_sds: Distinct[Positive]
    moment_seeds: Seeds
    moment_brains: Annotated[int, Field(ge=2)]
    population_seeds: Seeds
    generations: Count
    individuals: Count
    pairs: Count
    population_neurons: Annotated[RisingCounts, Field(min_length=2)]
    rates: RisingFromZero
    change_sizes: Annotated[RisingFromZero, Field(min_length=2)]
    tolerance: Positive
    mutation: NonNegative
    replicates: Count
    spreads: Annotated[RisingFromZero, Field(min_length=2)]
    excursion_rates: RisingFromZero
    search_seeds: Seeds
    search_pairs: Count
    search_agents: Count
    search_worlds: Count
    search_generations: Count
    search_sd: Positive
    odds: Share
    pole_seeds: Seeds
    pole_types: Count
    pole_neurons: Count
    pole_variability: NonNegative
    pole_generations: Count
    pole_pairs: Count
    pole_step: Positive

    @model_validator(mode="after")
    def _agree(self) -> "Config":
        check_source(self.images, self.images_revision)
        if self.main_types not in self.types:
            raise ValueError(f"main_types = {self.main_types} is none of the types {self.types}")
        if self.main_variability not in self.variabilities:
            raise ValueError(f"main_variability = {self.main_variability} is none of {self.variabilities}")
        for name in ("rates", "excursion_rates"):
            if (fastest := getattr(self, name)[-1]) > 1:
                raise ValueError(f"{name} has {fastest}; a rate is a probability, at most 1")
        for name in ("variabilities", "change_sizes"):
            if 0 not in getattr(self, name):
                raise ValueError(f"{name} has no 0; the stable world is what others are compared with")
        return self

    def units(self) -> Iterator[Unit]:
        """The units of work, longest first, so that cores are busy to the end."""
        images = DataSource.of(self.images, self.images_revision)
        for types in reversed(self.types):
            # Every number of types at the main variability, and every variability with the main number of types.
            for variability in self.variabilities if types == self.main_types else [self.main_variability]:
                yield Classifier.of(self, images=images, types=types, variability=variability, recentred=False)
        for variability in filter(None, self.variabilities):
            yield Classifier.of(self, images=images, types=self.main_types, variability=variability, recentred=True)
        for seed in self.population_seeds:
            yield Population.of(self, seed=seed)
        for seed in self.search_seeds:
            yield Search.of(self, seed=seed)
        for seed in self.pole_seeds:
            yield CartPole.of(self, seed=seed)
        for seed in self.moment_seeds:
            yield Moments.of(self, seed=seed)
        yield Laws.of(self)
        yield Hedging.of(self)
