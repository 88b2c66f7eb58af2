"""Small networks start where they are said to; their spectra, probes and attacks are what their names say."""

from typing import Any

import numpy as np
import pytest
import torch
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up_visual import ARMS, CONFIG
from torch import Tensor, nn

from learning_geometry.encoding import encode as stored
from learning_geometry.materials.self_supervised import encoder
from learning_geometry.materials.training import seeded
from learning_geometry.studies.unit import Execution
from learning_geometry.studies.visual_cortex.experiments import networks
from learning_geometry.studies.visual_cortex.experiments._arms import train_arms
from learning_geometry.studies.visual_cortex.experiments._readouts import (
    accuracy,
    attacked,
    features_of,
    linear_probe,
    spectrum_shape,
)

WINDOWS = [[1, 60], [1, 100]]
SMALL: dict[str, Any] = {
    "training_images": 96,
    "test_images": 60,
    "probe_images": 64,
    "width": 2,
    "features": 24,
    "embedding": 8,
    "steps": 8,
    "fine_tuning_steps": 8,
    "batch_size": 32,
    "learning_rate": 1e-3,
    "fine_tuning_learning_rate": 2e-3,
    "weight_decay": 1e-4,
    "windows": [[1, 9], [1, 12]],
    "noise": [1e-12, 0.1, 0.3],
    "attacks": [1e-12, 0.05],
}


def small(seed: int = 0, **changes: Any) -> networks.Networks:
    return networks.Networks.of(CONFIG, seed=seed, **(SMALL | changes))


def features(spectrum: np.ndarray, n: int = 400) -> np.ndarray:
    """Features of exactly this spectrum."""
    rng = np.random.default_rng(0)
    noise = rng.standard_normal((n, len(spectrum)))
    axes = np.linalg.qr(rng.standard_normal((len(spectrum), len(spectrum))))[0]
    return np.linalg.qr(noise - noise.mean(axis=0))[0] * np.sqrt((n - 1) * spectrum) @ axes


@given(alpha=st.floats(0.3, 1.6), scale=st.floats(1e-3, 1e3))
@settings(deadline=None, derandomize=True, max_examples=10)
def test_a_power_law_is_described_as_one_whatever_its_scale(alpha: float, scale: float) -> None:
    law = np.arange(1.0, 251) ** -alpha
    shape = spectrum_shape(scale * features(law), WINDOWS)
    np.testing.assert_allclose(shape.alpha, alpha, rtol=1e-6)
    np.testing.assert_allclose([shape.leading_slope, shape.tail_slope], alpha, rtol=1e-6)
    assert float(abs(shape.curvature).max()) < 2e-3
    np.testing.assert_allclose(shape.r2, 1)
    assert float(shape.gap) == pytest.approx(1.5**alpha)
    np.testing.assert_allclose(shape.spectrum, (law / law.sum())[:200])


def test_a_collapsed_code_is_not_described_as_a_power_law() -> None:
    values = np.where(np.arange(1, 251) <= 9, 1.0, 0.02 * (np.arange(1, 251) / 10) ** -1.0)
    shape = spectrum_shape(features(values), WINDOWS)
    assert float(shape.leading_slope) == pytest.approx(0, abs=1e-9)
    assert float(shape.tail_slope) == pytest.approx(1)
    assert (float(shape.gap), int(shape.gap_rank)) == (pytest.approx(50), 9)
    assert float(shape.curvature.max()) < -0.05
    # RankMe counts the long tail, the participation ratio hardly does.
    assert 9 < float(shape.participation_ratio) < float(shape.effective_rank) < 25


def clusters(n: int, classes: int = 4, dimensions: int = 6) -> tuple[Tensor, Tensor]:
    generator = seeded(0, 0)
    labels = torch.arange(n) % classes
    return 6 * torch.eye(classes, dimensions)[labels] + torch.randn((n, dimensions), generator=generator), labels


def test_the_probe_separates_clusters_and_nothing_where_labels_are_drawn() -> None:
    seen, labels = clusters(600)
    probe = linear_probe(seen[:400], labels[:400])
    assert accuracy(probe, seen[400:], labels[400:]) > 0.97
    drawn = labels[torch.randperm(600, generator=seeded(0, 1))]
    assert accuracy(linear_probe(seen[:400], drawn[:400]), seen[400:], drawn[400:]) < 0.4


def test_the_probe_is_the_minimum_and_does_not_care_how_features_are_scaled() -> None:
    seen, labels = clusters(300)
    probe = linear_probe(seen, labels)
    standard = ((seen - seen.mean(0)) / seen.std(0)).double()
    wanted = nn.functional.one_hot(labels).double()

    def gradient(factor: float) -> Tensor:
        scores = factor * probe(seen).double()
        return standard.T @ (scores.softmax(1) - wanted) / 300 + 2e-3 * factor * probe.weight.double()

    assert gradient(1).abs().max() < 2e-4
    assert gradient(0.5).abs().max() > 1e-3
    scaled = torch.cat([seen * torch.tensor([1e-3, 1, 1, 1, 1, 1e3]) + 7, torch.ones(300, 1)], 1)
    again = linear_probe(scaled, labels)
    torch.testing.assert_close(again(scaled), probe(seen), atol=2e-2, rtol=1e-2)
    assert again.weight[-1].abs().max() == 0


def test_an_attack_on_a_linear_classifier_takes_the_sign_of_its_weights() -> None:
    weight = torch.tensor([1.0, -2.0, 3.0])

    def classify(images: Tensor) -> Tensor:
        score = images.flatten(1) @ weight
        return torch.stack([score, -score], 1)

    images, labels = torch.randn((700, 1, 1, 3), generator=seeded(0, 0)), torch.arange(700) % 2
    still, moved = attacked(classify, images, labels, [0.0, 0.1])
    assert torch.equal(still, images)
    expected = torch.where(labels == 0, -1, 1)[:, None, None, None] * torch.tensor([1.0, -1.0, 1.0])
    torch.testing.assert_close((moved - images) / 0.1, expected, atol=1e-5, rtol=1e-5)
    # The control: the same sizes in the opposite direction raise the accuracy.
    assert accuracy(classify, moved, labels) < accuracy(classify, images, labels)
    assert accuracy(classify, 2 * images - moved, labels) > accuracy(classify, images, labels)


def test_features_are_read_in_evaluation_mode_and_the_mode_is_left_alone() -> None:
    encode = encoder(width=2, features=5, channels=1, side=8, generator=seeded(0, 0)).train()
    images = torch.rand((600, 1, 8, 8), generator=seeded(0, 1))
    many = features_of(encode, images)
    assert encode.training
    np.testing.assert_allclose(features_of(encode, images[:3]), many[:3], atol=1e-5)
    with torch.no_grad():  # the control
        assert not np.allclose(encode(images[:3]).numpy(), many[:3], atol=1e-2)


def test_networks_start_where_they_are_said_to() -> None:
    images = torch.rand((64, 1, 12, 12), generator=seeded(0, 0))
    tasks = {name: torch.arange(64) % classes for name, classes in (("digit", 10), ("place", 25), ("photograph", 2))}

    def trained(**changes: float) -> dict[str, Tensor]:
        unit = small(steps=5, fine_tuning_steps=5).model_copy(update=changes)
        arms = train_arms(unit, images, tasks, look=lambda encode: [])
        assert list(arms) == ARMS
        return {
            name: torch.cat([parameter.detach().flatten() for parameter in arm.encode.parameters()])
            for name, arm in arms.items()
        }

    # Without a step of fine-tuning, each network is the one that it starts from.
    still = trained(fine_tuning_learning_rate=0.0, weight_decay=0.0)
    for name in ARMS:
        if name.startswith("fine_tuned"):
            assert torch.equal(still[name], still["vicreg" if name.endswith("vicreg") else "barlow_twins"])
    different = ("random", "barlow_twins", "continued", "vicreg", "supervised")
    assert len({tuple(still[name].tolist()) for name in different}) == len(different)
    # The control: with a learning rate they are all different networks.
    assert len({tuple(value.tolist()) for value in trained().values()}) == len(ARMS)


@pytest.fixture(scope="module")
def record() -> dict[str, xr.Dataset]:
    return networks.measure(small(), Execution())


def test_the_record_can_be_kept_and_its_last_look_is_at_the_finished_network(record: dict[str, xr.Dataset]) -> None:
    stored(record, "networks")  # refuses what is not finite
    measured, training = record["features"], record["training"]
    assert measured.arm.values.tolist() == ARMS
    assert training.step.sel(arm="continued").values.tolist() == [2, 3, 5, 6, 8]
    assert training.step.sel(arm="supervised").values.tolist() == [3, 6, 10, 13, 16]
    last = training.curvature.isel(look=-1)
    np.testing.assert_allclose(last, measured.curvature.sel(arm=training.arm), atol=1e-6)
    assert set(record["heads"].arm.values) == {arm for arm in ARMS if arm.startswith("fine_tuned")} | {"supervised"}


def test_a_disturbance_of_no_size_disturbs_nothing(record: dict[str, xr.Dataset]) -> None:
    measured = record["features"]
    np.testing.assert_array_equal(measured.probe_noise.isel(noise=0), measured.probe_clean)
    np.testing.assert_array_equal(measured.probe_attack.isel(attack=0), measured.probe_clean)
    np.testing.assert_allclose(measured.noise_share.isel(noise=0), 0, atol=1e-12)
    assert (measured.noise_share.diff("noise") > 0).all()


def test_the_record_is_a_function_of_the_seed(record: dict[str, xr.Dataset]) -> None:
    torch.randn(3)  # the global generator has moved on
    again, other = (networks.measure(small(seed), Execution()) for seed in (0, 1))
    xr.testing.assert_identical(again["features"], record["features"])
    assert not np.array_equal(other["features"].spectrum, record["features"].spectrum)


def test_a_machine_without_the_device_says_so_before_training() -> None:
    with pytest.raises(ValueError, match="not available here"):
        networks.measure(small(), Execution(device="cuda:77"))
