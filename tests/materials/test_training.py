"""Training is a function of its seed, and networks are read in evaluation mode."""

import numpy as np
import pytest
import torch

from learning_geometry.materials import images
from learning_geometry.materials.networks import Network
from learning_geometry.materials.training import (
    Recipe,
    activations,
    check_device,
    classifier,
    head_features,
    permuted,
    predictions,
    seeded,
)

DIGITS = images.load("digits", "")


def trained(seed: int, *, epochs: int, batch_size: int = 64) -> Network:
    recipe = Recipe("shift", epochs, batch_size, 1e-3, 5e-4, 1.0)
    return classifier(
        DIGITS, DIGITS.train_labels, network="cnn8", width=0.5, recipe=recipe, generator=seeded(seed, 0), device="cpu"
    )


@pytest.fixture(scope="module")
def model() -> Network:
    return trained(0, epochs=4)


def test_training_learns(model: Network) -> None:
    accuracy = np.mean(predictions(model, torch.from_numpy(DIGITS.test)) == DIGITS.test_labels)
    assert accuracy > 0.8
    untrained = trained(0, epochs=0)
    assert np.mean(predictions(untrained, torch.from_numpy(DIGITS.test)) == DIGITS.test_labels) < 0.4


def test_the_same_seed_gives_the_same_bits(model: Network) -> None:
    weights, again, other = model.state_dict(), trained(0, epochs=4).state_dict(), trained(1, epochs=1).state_dict()
    assert all(torch.equal(weights[key], again[key]) for key in weights)
    assert not torch.equal(weights["head.weight"], other["head.weight"])


def test_a_batch_larger_than_the_data_is_the_data() -> None:
    assert trained(0, epochs=1, batch_size=10**6).head.weight.isfinite().all()


def test_permuted_labels_keep_the_class_counts_and_lose_the_images() -> None:
    shuffled = permuted(DIGITS.train_labels, seeded(0, 1))
    assert np.array_equal(np.bincount(shuffled), np.bincount(DIGITS.train_labels))
    assert np.mean(shuffled == DIGITS.train_labels) < 0.2
    assert np.array_equal(shuffled, permuted(DIGITS.train_labels, seeded(0, 1)))


def test_streams_of_one_seed_differ() -> None:
    draws = {tuple(torch.rand(3, generator=seeded(seed, stream)).tolist()) for seed in (0, 1) for stream in (0, 1)}
    assert len(draws) == 4


def test_what_is_read_does_not_depend_on_the_company(model: Network) -> None:
    test = torch.from_numpy(DIGITS.test)
    layers, few = activations(model, test), activations(model, test[:5])
    assert [layer.shape for layer in layers] == [(540, n) for n in (512, 512, 256, 256, 256, 128, 128, 128)]
    for layer, part in zip(layers, few, strict=True):
        np.testing.assert_allclose(layer[:5], part, atol=1e-4)
    # Negative control: with batch statistics, what an image gives would depend on the other images.
    model.train()
    with torch.no_grad():
        outputs = model(test[:5])[1]
    assert not np.allclose(layers[-1][:5], outputs[-1].flatten(1).numpy(), atol=1e-2)


def test_the_head_reads_the_head_features(model: Network) -> None:
    test = torch.from_numpy(DIGITS.test)
    weight, bias = (part.detach().numpy() for part in (model.head.weight, model.head.bias))
    assert np.array_equal((head_features(model, test) @ weight.T + bias).argmax(1), predictions(model, test))


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has the device that the test wants absent")
def test_an_absent_device_is_named_before_anything_is_trained() -> None:
    with pytest.raises(ValueError, match=r"device 'cuda' is not available here.*pass device 'cpu'"):
        check_device("cuda")
    check_device("cpu")
