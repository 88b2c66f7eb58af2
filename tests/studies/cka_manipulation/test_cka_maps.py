"""Driving a map: the map of a batch is the instrument's, and the training moves it where it should go."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from learning_geometry.instruments.similarity import cka_map
from learning_geometry.records import Records
from learning_geometry.studies.cka_manipulation.experiments import _drawing, maps
from learning_geometry.studies.types import DataSource
from learning_geometry.studies.unit import Execution

SMALL = maps.Maps(
    seed=0,
    images=DataSource(name="digits"),
    network="cnn8",
    width=0.5,
    augmentation="shift",
    epochs=3,
    batch_size=128,
    learning_rate=2e-3,
    weight_decay=5e-4,
    gradient_clip=1.0,
    probe_images=200,
    targets=["parity"],
    map_epochs=4,
    map_learning_rate=4e-3,
    map_weight=150.0,
)


def measured(**changes: Any) -> Any:
    return maps.measure(SMALL.model_copy(update=changes), Execution())


@pytest.fixture(scope="module")
def record() -> Any:
    return measured()


@pytest.fixture
def outputs() -> list[torch.Tensor]:
    rng = np.random.default_rng(0)
    base = rng.standard_normal((30, 12))
    layers = [np.maximum(base @ rng.standard_normal((12, 4 * c)), 0).reshape(30, c, 2, 2) for c in (3, 5, 8)]
    return [torch.tensor(layer, requires_grad=True) for layer in layers]


def test_the_map_of_a_batch_is_the_debiased_map(outputs: list[torch.Tensor]) -> None:
    features = [output.detach().numpy().reshape(30, -1) for output in outputs]
    found = _drawing.batch_map(outputs).detach().numpy()
    np.testing.assert_allclose(found, cka_map(features, estimator="debiased"), atol=1e-10)
    assert np.abs(found - cka_map(features, estimator="biased")).max() > 0.01
    single = _drawing.batch_map([output.detach().float() for output in outputs]).numpy()
    np.testing.assert_allclose(single, found, atol=1e-5)


def test_the_map_of_a_batch_is_differentiable(outputs: list[torch.Tensor]) -> None:
    def corner(*layers: torch.Tensor) -> torch.Tensor:
        return _drawing.batch_map(list(layers))[0, 2]

    assert torch.autograd.gradcheck(corner, outputs)


def test_log_cosh_does_not_overflow() -> None:
    values = torch.tensor([-300.0, -0.5, 0.0, 0.5, 300.0], dtype=torch.float64)
    expected = [300 - np.log(2), np.log(np.cosh(0.5)), 0, np.log(np.cosh(0.5)), 300 - np.log(2)]
    np.testing.assert_allclose(_drawing.log_cosh(values).numpy(), expected, atol=1e-12)


def test_the_map_moves_towards_its_target(record: Any) -> None:
    drawn = record.sel(target="parity")
    assert drawn.error.sel(stage="after") < 0.8 * drawn.error.sel(stage="before")
    assert drawn.map_loss[-1] < drawn.map_loss[0]
    assert drawn.sizes["epoch"] == 4
    assert drawn.least_eigenvalue.sel(map=["reachable", "before", "after"]).min() > -1e-6


def test_without_weight_the_map_stays(record: Any) -> None:
    idle = measured(map_weight=0.0, map_epochs=1, map_learning_rate=1e-4)
    assert np.array_equal(idle.before, record.before)
    assert abs(idle.after - idle.before).max() < 0.05
    assert idle.error.sel(stage="after").item() > record.error.sel(stage="after").item()


def test_a_map_does_not_depend_on_what_else_is_drawn(record: Any) -> None:
    again = measured(targets=["low", "parity"])
    assert np.array_equal(record.after.sel(target="parity"), again.after.sel(target="parity"))
    assert not np.array_equal(again.after.sel(target="low"), again.after.sel(target="parity"))


@pytest.mark.xdist_group("smoke")
def test_the_same_unit_gives_the_same_bits(smoke_records: Callable[[str], Records]) -> None:
    stored = smoke_records("cka_manipulation").of("maps")[0]
    assert maps.measure(stored.unit, Execution()).equals(stored.result)
    other = maps.measure(stored.unit.model_copy(update={"seed": 9, "map_epochs": 1}), Execution())
    assert not np.array_equal(other.before, stored["before"])
