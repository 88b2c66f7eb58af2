"""The pieces of the experiments: what they must do whatever the numbers, with slow oracles and negative controls."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from learning_geometry.instruments.augmentation_kernel import captured, eigenfunctions, matched
from learning_geometry.studies.efficient_ssl.experiments import _crops, _data, _finite, _networks, _pretraining
from learning_geometry.studies.efficient_ssl.experiments._pretraining import How, Settings, accuracy, pretrain

SETTINGS = Settings("small", 4, 32, 3e-3, 1e-6, "cpu")


@pytest.fixture(scope="module")
def digits() -> _data.Pixels:
    return _data.load("digits", "", 0)


def test_digits_on_texture_are_the_digits_where_the_ink_is_full(digits: _data.Pixels) -> None:
    textured = _data.load(_data.TEXTURE, "", 0)
    assert textured.train.shape == digits.train.shape
    assert torch.equal(textured.train_labels, digits.train_labels)
    full = digits.train == 1
    assert torch.allclose(textured.train[full], torch.ones(int(full.sum())))
    assert (textured.train[digits.train == 0].std() > 0.1).all()
    assert not torch.equal(textured.train, _data.load(_data.TEXTURE, "", 1).train)
    assert torch.equal(textured.train, _data.load(_data.TEXTURE, "", 0).train)


@pytest.mark.parametrize(("name", "features"), [("small", 16), ("resnet18", 32), ("resnet50", 128)])
def test_networks_have_the_features_that_they_say_and_start_from_their_seed(name: str, features: int) -> None:
    images = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    outputs = []
    for seed in (0, 0, 1):
        network, size = _networks.build(name, width=4, channels=3, seed=seed)
        assert size == features
        outputs.append(network.eval()(images))
    assert outputs[0].shape == (2, features)
    assert torch.equal(outputs[0], outputs[1])
    assert not torch.equal(outputs[0], outputs[2])


def test_an_unknown_network_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="network is 'vgg'"):
        _networks.build("vgg", width=4, channels=1, seed=0)


def differs(a: torch.nn.Module, b: torch.nn.Module) -> bool:
    return any(not torch.equal(x, y) for x, y in zip(a.parameters(), b.parameters(), strict=True))


def test_pretraining_is_decided_by_its_seed_and_by_what_it_is_asked(digits: _data.Pixels) -> None:
    how = How(2, 2, 8, 0.1)
    first = pretrain(digits.train, how, SETTINGS, 0)
    assert not differs(first, pretrain(digits.train, how, SETTINGS, 0))
    for changed in (
        how._replace(views=4), how._replace(steps=3), how._replace(dimensions=16), how._replace(off_diagonal=1.0),
        how._replace(images_share=0.1), how._replace(form="mean"), how._replace(destroying=True),
        how._replace(shuffled=True), how._replace(frozen_projector=True),
    ):  # fmt: skip
        assert differs(first, pretrain(digits.train, changed, SETTINGS, 0)), changed
    # All begin with the same encoder, whatever the projector.
    assert not differs(
        _pretraining.untrained(digits.train, SETTINGS, 0), pretrain(digits.train, how._replace(steps=0), SETTINGS, 0)
    )


def test_a_share_of_the_images_is_all_that_pretraining_sees(digits: _data.Pixels) -> None:
    """Images that are left out may be anything; those that are kept may not."""
    how = How(2, 2, 8, 0.1, images_share=0.05)
    order = torch.randperm(len(digits.train), generator=_pretraining.seeded(0, 2))
    kept = order[: round(0.05 * len(digits.train))]
    others = torch.rand(digits.train.shape, generator=torch.Generator().manual_seed(0))
    others[kept] = digits.train[kept]
    first = pretrain(digits.train, how, SETTINGS, 0)
    assert not differs(first, pretrain(others, how, SETTINGS, 0))
    others[kept[0]] = 0.5
    others[kept[1]] = 0.1
    assert differs(first, pretrain(others, how._replace(steps=3), SETTINGS, 0))


def test_windows_are_cut_from_their_own_image_at_every_place() -> None:
    images = torch.arange(2 * 3 * 6 * 6.0).reshape(2, 3, 6, 6).repeat(100, 1, 1, 1)
    cut = _crops.windows(images, 4, torch.Generator().manual_seed(0))
    assert cut.shape == (200, 3, 4, 4)
    corners = set()
    for image, window in zip(images, cut, strict=True):
        row, column = divmod(int(window[0, 0, 0] - image[0, 0, 0]), 6)
        assert torch.equal(window, image[:, row : row + 4, column : column + 4])
        corners.add((row, column))
    assert len(corners) == 9
    assert torch.equal(_crops.windows(images, 6, torch.Generator().manual_seed(0)), images)


def test_multi_crop_takes_as_many_pixels_as_two_views(digits: _data.Pixels) -> None:
    steps = _crops.steps_at_equal_passes(120, 2, 6, 8)
    assert steps * (2 + 2 * 36 / 64) == pytest.approx(240, rel=0.01)
    how: dict[str, Any] = {
        "crops": 2,
        "crop_side": 5,
        "steps": 2,
        "dimensions": 8,
        "off_diagonal": 0.1,
        "settings": SETTINGS,
    }
    first = _crops.pretrain(digits.train, seed=0, **how)
    assert not differs(first, _crops.pretrain(digits.train, seed=0, **how))
    assert differs(first, _crops.pretrain(digits.train, seed=0, **(how | {"crop_side": 4})))


def test_a_read_out_finds_classes_that_are_there_and_none_that_are_not() -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(4), 50)
    apart = 10.0 * np.eye(4)[labels] + rng.standard_normal((200, 4))
    how: dict[str, Any] = {"shots": 5, "draws": 3}
    assert accuracy(apart, labels, apart, labels, rng=rng, **how) == (100.0, 100.0)
    noise = rng.standard_normal((200, 4))
    assert accuracy(noise, labels, rng.standard_normal((200, 4)), labels, rng=rng, **how)[0] < 45
    # Neither scale nor offset of a feature matters, nor a constant feature.
    moved = np.concatenate([1e3 * apart + 5, np.ones((200, 1))], axis=1)
    assert accuracy(moved, labels, moved, labels, rng=rng, **how) == (100.0, 100.0)


def test_labels_are_drawn_alike_for_all_encoders_of_a_seed(digits: _data.Pixels) -> None:
    unit: Any = SimpleNamespace(seed=3, shots=5, label_draws=2)
    encode = _pretraining.untrained(digits.train, SETTINGS, 0)
    assert _pretraining.read_out(encode, digits, unit, "cpu") == _pretraining.read_out(encode, digits, unit, "cpu")
    other: Any = SimpleNamespace(seed=4, shots=5, label_draws=2)
    assert _pretraining.read_out(encode, digits, unit, "cpu") != _pretraining.read_out(encode, digits, other, "cpu")


@pytest.fixture(scope="module")
def world() -> _finite.World:
    return _finite.world(0, per_class=2, reach=1, noise=0.8)


def test_views_of_a_finite_set_are_its_images_moved(world: _finite.World) -> None:
    assert np.bincount(world.labels).tolist() == [2] * 10
    moved = {row.tobytes() for row in np.unique(world.views, axis=0)}
    for image in world.images[:3]:
        for dy in (-1, 0, 1):
            for dx in (-1, 0, 1):
                slow = np.zeros_like(image)
                for y in range(8):
                    for x in range(8):
                        if 0 <= y + dy < 8 and 0 <= x + dx < 8:
                            slow[y, x] = image[y + dy, x + dx]
                assert slow.astype(np.float64).ravel().tobytes() in moved
    assert world.landing.sum(1) == pytest.approx(np.ones(20))


def test_training_on_all_views_matches_the_kernel_and_with_shuffled_pairs_does_not(world: _finite.World) -> None:
    known = eigenfunctions(world.landing)
    losses = _finite.losses([0.5], [0.005, 0.5], [25.0])
    assert list(losses) == ["idealised 0.5", "barlow 0.005", "barlow 0.5", "vicreg 25"]
    ends = {}
    for name, partners in (
        ("idealised 0.5", None),
        ("barlow 0.5", None),
        ("barlow 0.5", np.random.default_rng(0).permutation(20)),
    ):
        seen: list[float] = []
        _finite.train(
            world, losses[name], hidden=32, dimensions=3, learning_rate=0.01, steps=80, seed=0, partners=partners,
            watch=lambda step, features, seen=seen: seen.append(matched(features, known)),
        )  # fmt: skip
        assert len(seen) == 81
        ends[name, partners is None] = (seen[0], seen[-1])
    assert ends["idealised 0.5", True][1] > 0.85
    assert ends["barlow 0.5", True][1] > 0.7
    assert ends["barlow 0.5", False][1] < ends["barlow 0.5", True][1] - 0.2
    assert {start for start, _ in ends.values()} == {ends["idealised 0.5", True][0]}
    assert captured(known.views[:, :3], known, 3) == pytest.approx(np.ones(3))
