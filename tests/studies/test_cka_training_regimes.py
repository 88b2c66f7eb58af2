"""Networks that generalise, memorise or learn nothing: the same seed gives the same record, and a layer is alike to itself."""

from typing import Any

import numpy as np
import pytest

from learning_geometry.studies.cka_manipulation import networks, training_regimes

SMALL: dict[str, Any] = {
    "seed": 0,
    "images": "digits",
    "images_revision": "",
    "network": "cnn8",
    "width": 0.5,
    "augmentation": "shift",
    "epochs": 4,
    "memorise_epochs": 2,
    "batch_size": 64,
    "learning_rate": 2e-3,
    "weight_decay": 5e-4,
    "memorise_weight_decay": 0.0,
    "gradient_clip": 1.0,
    "probe_images": 100,
    "distances": [1.0, 1e6],
    "separated_pair": [3, 8],
    "device": "cpu",
}


@pytest.fixture(scope="module")
def record() -> dict[str, Any]:
    return networks.measure(**SMALL)


def test_what_was_learnt_shows_in_the_accuracies(record: dict[str, Any]) -> None:
    assert record["test_accuracy"]["generalised"] > 0.7
    assert record["test_accuracy"]["memorised"] < 0.4
    assert record["test_accuracy"]["random"] < 0.4


def test_every_comparison_has_both_estimators_for_every_layer(record: dict[str, Any]) -> None:
    assert record["probe_images"] == 100
    assert list(record["pairs"]) == list(training_regimes.PAIRS)
    for comparison in (*record["pairs"].values(), *record["pixels"].values()):
        assert comparison["biased"].shape == comparison["debiased"].shape == (8,)
        assert np.all(comparison["debiased"] < comparison["biased"])


def test_a_layer_is_alike_to_itself_and_not_to_another() -> None:
    rng = np.random.default_rng(0)
    layers, others = list(rng.standard_normal((2, 30, 5))), list(rng.standard_normal((2, 30, 5)))
    np.testing.assert_allclose(training_regimes._both_estimators(layers, layers)["debiased"], 1)
    assert np.abs(training_regimes._both_estimators(layers, others)["debiased"]).max() < 0.3


def test_the_same_parameters_give_the_same_bits(record: dict[str, Any]) -> None:
    brief = {"epochs": 1, "memorise_epochs": 1}
    again, other = networks.measure(**SMALL), networks.measure(**SMALL | brief | {"seed": 1})
    pair = "generalised_memorised"
    assert np.array_equal(record["pairs"][pair]["biased"], again["pairs"][pair]["biased"])
    assert not np.array_equal(record["pairs"][pair]["biased"], other["pairs"][pair]["biased"])
