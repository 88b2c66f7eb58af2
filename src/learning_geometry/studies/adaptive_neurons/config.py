"""What the study of adaptive neurons may be asked, and the units of work that an answer takes."""

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field, model_validator

from learning_geometry.materials.images import check_source
from learning_geometry.studies.adaptive_neurons.experiments._sizes import matched_hidden, wide_hidden
from learning_geometry.studies.adaptive_neurons.experiments.estimator import Estimator
from learning_geometry.studies.adaptive_neurons.experiments.networks import Networks
from learning_geometry.studies.parameters import Parameters
from learning_geometry.studies.types import (
    Count,
    DataSource,
    Device,
    Distinct,
    Positive,
    Rising,
    RisingFromZero,
    Seeds,
)
from learning_geometry.studies.unit import Unit

_CLASSES = 10  # of the data here; with others the sizes match a little less well
_LEAST_TIMES = 30  # of a response to a step: thirds and windows need some room

Gains = Annotated[list[Positive], Field(min_length=2, max_length=2)]
"""The range in which first gains are drawn."""


class Config(Parameters):
    """Parameters of the study; the notebook's parameters cell says what each means and holds the laptop scale."""

    images: str
    images_revision: str
    device: Device
    seeds: Seeds
    hidden: Annotated[int, Field(ge=2)]
    controller: Annotated[int, Field(ge=2)]
    first_gains: Gains
    low_gains: Gains
    training_noise: Positive
    training_drift: Positive
    epochs: Count
    batch_size: Count
    learning_rate: Positive
    gated_rate: Positive
    shape_rate: Positive
    gradient_clip: Positive
    test_images: Count
    noises: Rising
    drifts: Rising
    drives: Rising
    exponent_images: Count
    exponent_drives: RisingFromZero
    response_times: Annotated[int, Field(ge=_LEAST_TIMES)]
    response_trials: Count
    response_drives: Rising
    gain_drives: Annotated[Rising, Field(min_length=4)]
    amplitudes: Rising
    true_orders: Distinct[float]

    @model_validator(mode="after")
    def _agree(self) -> "Config":
        check_source(self.images, self.images_revision)
        for name in ("first_gains", "low_gains"):
            low, high = getattr(self, name)
            if low > high:
                raise ValueError(f"{name} = [{low}, {high}]; give the least first gain and then the greatest")
        for name in ("amplitudes", "true_orders"):
            if not {1.0 if name == "amplitudes" else 0.0} <= set(getattr(self, name)):
                raise ValueError(f"{name} lacks the case that others are compared with: amplitude 1, order 0")
        if max(map(abs, self.true_orders)) >= 1:
            raise ValueError(f"true_orders = {self.true_orders}; the estimators look between -1 and 1")
        return self

    def units(self) -> Iterator[Unit]:
        """The units of work, longest first, so that cores are busy to the end."""
        images = DataSource.of(self.images, self.images_revision)

        def networks(model: str, variant: str = "plain", **changed: Any) -> Networks:
            plain = {"hidden": self.hidden, "first_gains": self.first_gains}
            trained = {"training_noise": 0.0, "training_drift": 0.0}
            return Networks.of(self, images=images, model=model, variant=variant, **(plain | trained | changed))

        variants: dict[str, Any] = {
            "plain": {},
            "low gains": {"first_gains": self.low_gains},
            "drift": {"training_drift": self.training_drift},
        }
        for variant, changed in variants.items():
            yield networks("adaptive", variant, **changed)
        for gated in ("lstm", "gru"):
            size = matched_hidden(gated, self.hidden, self.controller, _CLASSES)
            yield networks(gated, hidden=size, learning_rate=self.gated_rate)
        yield networks("fixed", "wide", hidden=wide_hidden(self.hidden, self.controller))
        yield networks("heterogeneous")
        yield networks("homogeneous")
        yield networks("fixed", "noise", training_noise=self.training_noise)
        for variant, changed in variants.items():
            yield networks("fixed", variant, **changed)
        yield networks("tanh")
        yield networks("relu")
        yield Estimator.of(self)
