"""Five networks of one seed: what they learnt, which moves a read-out cannot see, and the closed form on real features."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from learning_geometry.records import Records
from learning_geometry.studies.cka_manipulation.experiments import _training_regimes, _translation, networks
from learning_geometry.studies.types import DataSource
from learning_geometry.studies.unit import Execution

SMALL = networks.Networks(
    seed=0,
    images=DataSource(name="digits"),
    network="cnn8",
    width=0.5,
    augmentation="shift",
    epochs=4,
    batch_size=64,
    learning_rate=2e-3,
    weight_decay=5e-4,
    gradient_clip=1.0,
    probe_images=100,
    memorise_epochs=2,
    memorise_weight_decay=0.0,
    distances=[1.0, 10.0, 1e6],
    separated_pair=[3, 8],
)


@pytest.fixture(scope="module")
def parts() -> Any:
    return networks.measure(SMALL, Execution())


def test_what_was_learnt_shows_in_the_accuracies(parts: Any) -> None:
    accuracy = parts["regimes"].test_accuracy
    assert accuracy.sel(network=["generalised", "second_generalised"]).min() > 0.7
    assert accuracy.sel(network=["memorised", "random", "second_random"]).max() < 0.4


def test_biased_cka_is_above_the_debiased_in_every_comparison(parts: Any) -> None:
    regimes = parts["regimes"]
    assert list(regimes.pair.values) == list(_training_regimes.PAIRS)
    for values in (regimes.cka, regimes.pixels):
        assert (values.sel(estimator="biased") > values.sel(estimator="debiased")).all()


def test_a_layer_is_alike_to_itself_and_not_to_another() -> None:
    rng = np.random.default_rng(0)
    layers, others = list(rng.standard_normal((2, 30, 5))), list(rng.standard_normal((2, 30, 5)))
    np.testing.assert_allclose(_training_regimes._both_estimators(layers, layers)[1], 1)
    assert np.abs(_training_regimes._both_estimators(layers, others)[1]).max() < 0.3


def test_a_null_space_direction_changes_no_logit() -> None:
    rng = np.random.default_rng(0)
    weights = rng.standard_normal((10, 32))
    unseen, seen = _translation._unseen_direction(weights, rng), rng.standard_normal(32)
    assert np.linalg.norm(unseen) == pytest.approx(1)
    assert np.abs(weights @ unseen).max() < 1e-13
    assert np.abs(weights @ seen).max() > 0.1


def test_a_non_negative_direction_moves_all_classes_alike() -> None:
    weights = np.random.default_rng(0).standard_normal((10, 32))
    direction = _translation._non_negative_direction(weights)
    assert direction.min() > 0
    assert np.ptp(weights @ direction) < 1e-6
    assert np.ptp(weights @ np.ones(32)) > 1


def test_the_closed_form_holds_in_every_layer(parts: Any) -> None:
    layers = parts["layers"]
    assert abs(layers.closed_form - layers.direct).max() < 1e-10
    np.testing.assert_allclose(layers.closed_form.isel(distance=-1), layers.limit, atol=1e-4)
    assert abs(layers.closed_form.isel(distance=0) - layers.limit).max() > 0.1


def test_each_reader_loses_only_what_it_sees(parts: Any) -> None:
    changed = parts["readers"].changed.sum(["set", "distance"])
    unseen = {"head": "head_null_space", "svm": "svm_null_space"}
    for reader, direction in unseen.items():
        assert (changed.sel(reader=reader, direction=direction) == 0).all()
    assert (changed.sel(reader="svm", direction="head_null_space") > 0).all()
    assert (changed.sel(reader="head", direction="svm_null_space") > 0).all()


def test_separated_classes_stay_similar(parts: Any) -> None:
    separated, readers = parts["separated"], parts["readers"]
    classes = [f"class {k}" for k in range(10)]
    unseen = readers.cka.sel(direction="head_null_space", set=classes).isel(distance=-1)
    assert separated.cka.min() > 0.75 > 0.65 > unseen.max()
    assert (separated.accuracy == separated.accuracy[0]).all()


@pytest.mark.xdist_group("smoke")
def test_the_same_unit_gives_the_same_bits(smoke_records: Callable[[str], Records]) -> None:
    stored = smoke_records("cka_manipulation").of("networks")[0]
    again = networks.measure(stored.unit, Execution())
    assert all(again[part].equals(stored[part]) for part in stored.result)
    other = networks.measure(stored.unit.model_copy(update={"seed": 9, "epochs": 1, "memorise_epochs": 1}), Execution())
    assert not other["regimes"].cka.equals(stored["regimes"].cka)
