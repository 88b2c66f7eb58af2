"""Driving a map: the map of a batch is the instrument's, and the training moves it where it should go."""

from typing import Any

import numpy as np
import pytest
import torch

from learning_geometry.instruments.similarity import cka_map
from learning_geometry.studies.cka_manipulation import maps

SMALL: dict[str, Any] = {
    "seed": 0,
    "targets": ["parity"],
    "images": "digits",
    "images_revision": "",
    "network": "cnn8",
    "width": 0.5,
    "augmentation": "shift",
    "epochs": 3,
    "batch_size": 128,
    "learning_rate": 2e-3,
    "weight_decay": 5e-4,
    "gradient_clip": 1.0,
    "map_epochs": 4,
    "map_learning_rate": 4e-3,
    "map_weight": 150.0,
    "probe_images": 200,
    "device": "cpu",
}


@pytest.fixture(scope="module")
def record() -> dict[str, Any]:
    return maps.measure(**SMALL)


@pytest.fixture
def outputs() -> list[torch.Tensor]:
    rng = np.random.default_rng(0)
    base = rng.standard_normal((30, 12))
    layers = [np.maximum(base @ rng.standard_normal((12, 4 * c)), 0).reshape(30, c, 2, 2) for c in (3, 5, 8)]
    return [torch.tensor(layer, requires_grad=True) for layer in layers]


def test_the_map_of_a_batch_is_the_debiased_map(outputs: list[torch.Tensor]) -> None:
    features = [output.detach().numpy().reshape(30, -1) for output in outputs]
    found = maps.batch_map(outputs).detach().numpy()
    np.testing.assert_allclose(found, cka_map(features, estimator="debiased"), atol=1e-10)
    assert np.abs(found - cka_map(features, estimator="biased")).max() > 0.01
    single = maps.batch_map([output.detach().float() for output in outputs]).numpy()
    np.testing.assert_allclose(single, found, atol=1e-5)


def test_the_map_of_a_batch_is_differentiable(outputs: list[torch.Tensor]) -> None:
    def corner(*layers: torch.Tensor) -> torch.Tensor:
        return maps.batch_map(list(layers))[0, 2]

    assert torch.autograd.gradcheck(corner, outputs)


def test_log_cosh_does_not_overflow() -> None:
    values = torch.tensor([-300.0, -0.5, 0.0, 0.5, 300.0], dtype=torch.float64)
    expected = [300 - np.log(2), np.log(np.cosh(0.5)), 0, np.log(np.cosh(0.5)), 300 - np.log(2)]
    np.testing.assert_allclose(maps.log_cosh(values).numpy(), expected, atol=1e-12)


def test_the_map_moves_towards_its_target(record: dict[str, Any]) -> None:
    drawn = record["maps"]["parity"]
    assert drawn["error"]["after"] < 0.8 * drawn["error"]["before"]
    assert drawn["curve"]["map_loss"][-1] < drawn["curve"]["map_loss"][0]
    assert all(len(drawn["curve"][name]) == 4 for name in ("map_loss", "logit_loss", "train_accuracy"))
    for name in ("reachable", "before", "after"):
        assert drawn["least_eigenvalue"][name] > -1e-6
    assert drawn["student_teacher"].shape == drawn["after"].shape == (8, 8)


def test_without_weight_the_map_stays(record: dict[str, Any]) -> None:
    idle = maps.measure(**SMALL | {"map_weight": 0.0, "map_epochs": 1, "map_learning_rate": 1e-4})
    assert np.array_equal(idle["before"], record["before"])
    assert np.abs(idle["maps"]["parity"]["after"] - idle["before"]).max() < 0.05
    assert idle["maps"]["parity"]["error"]["after"] > record["maps"]["parity"]["error"]["after"]


def test_the_same_parameters_give_the_same_bits_whatever_else_is_drawn(record: dict[str, Any]) -> None:
    again = maps.measure(**SMALL | {"targets": ["low", "parity"]})
    other = maps.measure(**SMALL | {"seed": 1, "map_epochs": 1})
    assert np.array_equal(record["maps"]["parity"]["after"], again["maps"]["parity"]["after"])
    assert not np.array_equal(again["maps"]["low"]["after"], again["maps"]["parity"]["after"])
    assert not np.array_equal(record["before"], other["before"])
