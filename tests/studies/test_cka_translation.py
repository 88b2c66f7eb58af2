"""Directions that a read-out cannot see, and the closed form on a trained network."""

from typing import Any

import numpy as np
import pytest

from learning_geometry.studies.cka_manipulation import networks, translation

SMALL: dict[str, Any] = {
    "seed": 0,
    "images": "digits",
    "images_revision": "",
    "network": "cnn8",
    "width": 0.5,
    "augmentation": "none",
    "epochs": 4,
    "memorise_epochs": 1,
    "memorise_weight_decay": 0.0,
    "batch_size": 64,
    "learning_rate": 2e-3,
    "weight_decay": 5e-4,
    "gradient_clip": 1.0,
    "probe_images": 100,
    "distances": [1.0, 10.0, 1e6],
    "separated_pair": [3, 8],
    "device": "cpu",
}


@pytest.fixture(scope="module")
def record() -> dict[str, Any]:
    return networks.measure(**SMALL)["translation"]


def test_a_null_space_direction_changes_no_logit() -> None:
    rng = np.random.default_rng(0)
    weights = rng.standard_normal((10, 32))
    unseen, seen = translation._unseen_direction(weights, rng), rng.standard_normal(32)
    assert np.linalg.norm(unseen) == pytest.approx(1)
    assert np.abs(weights @ unseen).max() < 1e-13
    assert np.abs(weights @ seen).max() > 0.1


def test_a_non_negative_direction_moves_all_classes_alike() -> None:
    weights = np.random.default_rng(0).standard_normal((10, 32))
    direction = translation._non_negative_direction(weights)
    assert direction.min() > 0
    assert np.ptp(weights @ direction) < 1e-6
    assert np.ptp(weights @ np.ones(32)) > 1


def test_the_closed_form_holds_in_every_layer(record: dict[str, Any]) -> None:
    layers = record["layers"]
    assert layers["closed_form"].shape == layers["direct"].shape == (9, 4, 3)
    assert layers["largest_error"] < 1e-10
    np.testing.assert_allclose(layers["closed_form"][:, :, -1], layers["limit"], atol=1e-4)
    assert np.abs(layers["closed_form"][:, :, 0] - layers["limit"]).max() > 0.1


def test_each_reader_loses_only_what_it_sees(record: dict[str, Any]) -> None:
    readers = record["readers"]
    head, machine = readers["directions"]["head_null_space"], readers["directions"]["svm_null_space"]
    assert head["cka"].shape == (12, 3)
    for split in ("train", "test"):
        assert not head["changed"][f"head_{split}"].any()
        assert not machine["changed"][f"svm_{split}"].any()
        assert head["changed"][f"svm_{split}"].any()
        assert machine["changed"][f"head_{split}"].any()
    assert head["cka"][:10, -1].max() < 0.6


def test_separated_classes_stay_similar(record: dict[str, Any]) -> None:
    separated = record["separated"]
    assert separated["cka"].min() > 0.8
    assert np.all(separated["accuracy"] == separated["accuracy"][0])


def test_the_same_parameters_give_the_same_bits(record: dict[str, Any]) -> None:
    again = networks.measure(**SMALL)["translation"]
    assert np.array_equal(record["layers"]["direct"], again["layers"]["direct"])
    assert np.array_equal(record["separated"]["cka"], again["separated"]["cka"])
