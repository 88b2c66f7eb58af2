"""Networks of one seed: what is read from features, which network starts from which, what the record says."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from learning_geometry.materials.self_supervised import Views, barlow_twins, encoder, vicreg
from learning_geometry.materials.training import seeded
from learning_geometry.store import canonical
from learning_geometry.studies.visual_cortex import networks
from learning_geometry.studies.visual_cortex.arms import ARMS, Plan, train_arms
from learning_geometry.studies.visual_cortex.readouts import (
    accuracy,
    attacked,
    features_of,
    linear_probe,
    spectrum_shape,
)

WINDOWS = [(1, 30), (1, 100)]
SMALL = {
    "training_images": 96,
    "test_images": 60,
    "probe_images": 80,
    "width": 2,
    "features": 24,
    "embedding": 8,
    "steps": 8,
    "fine_tuning_steps": 8,
    "batch_size": 32,
    "learning_rate": 1e-3,
    "fine_tuning_learning_rate": 2e-3,
    "weight_decay": 1e-4,
    "views": {"rotation": 0.2, "scaling": 0.15, "shift": 1.0, "contrast": 0.3, "brightness": 0.1, "noise": 0.03},
    "off_diagonal": 0.01,
    "vicreg_weights": {"invariance": 25.0, "variance": 25.0, "covariance": 1.0},
    "windows": [[1, 8], [1, 12]],
    "noise": [0.0, 0.1, 0.5],
    "attacks": [0.0, 0.1],
    "device": "cpu",
}


def features(spectrum: np.ndarray, n: int = 400) -> np.ndarray:
    """Features of exactly this spectrum."""
    rng = np.random.default_rng(0)
    noise = rng.standard_normal((n, len(spectrum)))
    axes = np.linalg.qr(rng.standard_normal((len(spectrum), len(spectrum))))[0]
    return np.linalg.qr(noise - noise.mean(axis=0))[0] * np.sqrt((n - 1) * spectrum) @ axes


@given(alpha=st.floats(0.3, 1.6), scale=st.floats(1e-3, 1e3))
@settings(deadline=None, derandomize=True, max_examples=10)
def test_a_power_law_is_described_as_one_whatever_its_scale(alpha: float, scale: float) -> None:
    shape = spectrum_shape(scale * features(np.arange(1.0, 251) ** -alpha), WINDOWS)
    np.testing.assert_allclose(shape["alpha"], alpha, rtol=1e-6)
    np.testing.assert_allclose([shape["leading_slope"], shape["tail_slope"]], alpha, rtol=1e-6)
    assert np.abs(shape["curvature"]).max() < 2e-3
    np.testing.assert_allclose(shape["r2"], 1)
    assert shape["gap"] == pytest.approx(1.5**alpha)
    assert shape["gap_rank"] == 2
    assert shape["spectrum"].shape == (200,)
    assert shape["spectrum"][0] == pytest.approx(1 / (np.arange(1.0, 251) ** -alpha).sum())


def test_a_collapsed_code_is_not_described_as_a_power_law() -> None:
    values = np.where(np.arange(1, 251) <= 9, 1.0, 0.02 * (np.arange(1, 251) / 10) ** -1.0)
    shape = spectrum_shape(features(values), WINDOWS)
    assert shape["leading_slope"] == pytest.approx(0, abs=1e-9)
    assert shape["tail_slope"] == pytest.approx(1)
    assert shape["gap"] == pytest.approx(50)
    assert shape["gap_rank"] == 9
    assert shape["curvature"].max() < -0.05
    # RankMe counts the long tail, the participation ratio hardly does.
    assert 9 < shape["participation_ratio"] < shape["effective_rank"] < 25


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
    # Negative control: the same sizes in the opposite direction do not lower the accuracy, the attack does.
    assert accuracy(classify, moved, labels) < accuracy(classify, images, labels)
    assert accuracy(classify, 2 * images - moved, labels) > accuracy(classify, images, labels)


def test_features_are_read_in_evaluation_mode_and_the_mode_is_left_alone() -> None:
    encode = encoder(width=2, features=5, channels=1, side=8, generator=seeded(0, 0)).train()
    images = torch.rand((600, 1, 8, 8), generator=seeded(0, 1))
    many = features_of(encode, images)
    assert encode.training
    np.testing.assert_allclose(features_of(encode, images[:3]), many[:3], atol=1e-5)
    with torch.no_grad():  # negative control
        assert not np.allclose(encode(images[:3]).numpy(), many[:3], atol=1e-2)
    features_of(encode.eval(), images[:3])
    assert not encode.training


def plan(**changed: float) -> Plan:
    shared = {name: SMALL[name] for name in Plan.__dataclass_fields__ if name in SMALL and name != "views"}
    return Plan(
        **(shared | {"steps": 3, "fine_tuning_steps": 3} | changed),
        views=Views(**SMALL["views"]),
        barlow_twins=lambda a, b: barlow_twins(a, b, off_diagonal=0.01),
        vicreg=lambda a, b: vicreg(a, b, **SMALL["vicreg_weights"]),
    )


def weights(encode: nn.Module) -> Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in encode.parameters()])


def test_networks_start_where_they_are_said_to() -> None:
    images = torch.rand((64, 1, 12, 12), generator=seeded(0, 0))
    tasks = {name: torch.arange(64) % classes for name, classes in (("digit", 10), ("place", 25), ("photograph", 2))}

    def trained(**changed: float) -> dict[str, Tensor]:
        arms = train_arms(plan(**changed), images, tasks, seed=0, look=lambda encode: 0)
        assert tuple(arms) == ARMS
        return {name: weights(arm.encode) for name, arm in arms.items()}

    # Without a step of fine-tuning, each network is the one that it starts from.
    found = trained(fine_tuning_learning_rate=0.0, weight_decay=0.0)
    tuned = [name for name in ARMS if name.startswith("fine_tuned")]
    for name in tuned:
        parent = "vicreg" if name == "fine_tuned_vicreg" else "barlow_twins"
        assert torch.equal(found[name], found[parent])
    apart = ["random", "barlow_twins", "continued", "vicreg", "supervised"]
    for first, name in enumerate(apart):
        assert all(not torch.equal(found[name], found[other]) for other in apart[first + 1 :])
    # Negative control: with a learning rate they are all different networks.
    moved = trained()
    assert len({tuple(value.tolist()) for value in moved.values()}) == len(ARMS)
    assert torch.equal(moved["random"], found["random"])
    still = trained(learning_rate=0.0, fine_tuning_learning_rate=0.0, weight_decay=0.0)
    assert all(torch.equal(value, found["random"]) for value in still.values())


@pytest.fixture(scope="module")
def record() -> dict:
    return networks.measure(seed=0, **SMALL)


def test_the_record_is_plain_and_has_a_row_for_each_network(record: dict) -> None:
    def plain(value: object) -> object:
        if isinstance(value, dict):
            return {name: plain(part) for name, part in value.items()}
        return value.tolist() if isinstance(value, np.ndarray) else value

    canonical(plain(record))  # refuses NaN and infinity
    assert record["arms"] == list(ARMS)
    rows = len(ARMS)
    shapes = {
        "spectrum": (rows, 24),
        "alpha": (rows, 2),
        "r2": (rows, 2),
        "curvature": (rows, 2),
        "effective_rank": (rows,),
        "probe_clean": (rows,),
        "probe_noise": (rows, 3),
        "probe_attack": (rows, 2),
        "noise_share": (rows, 3),
    }
    assert {name: record[name].shape for name in shapes} == shapes
    assert {name: len(losses) for name, losses in record["losses"].items()} == {
        name: {"supervised": 16}.get(name, 8) for name in ARMS[1:]
    }
    paths = record["paths"]
    assert paths["continued"]["steps"].tolist() == [2, 3, 5, 6, 8]
    assert paths["supervised"]["steps"].tolist() == [3, 6, 10, 13, 16]
    # The last look is at the finished network.
    for name, path in paths.items():
        np.testing.assert_allclose(path["curvature"][-1], record["curvature"][ARMS.index(name)], atol=1e-6)
    assert set(record["head_accuracy"]) == {name for name in ARMS if name.startswith("fine_tuned")} | {"supervised"}


def test_a_disturbance_of_size_zero_disturbs_nothing(record: dict) -> None:
    np.testing.assert_array_equal(record["probe_noise"][:, 0], record["probe_clean"])
    np.testing.assert_array_equal(record["probe_attack"][:, 0], record["probe_clean"])
    assert np.all(record["noise_share"][:, 0] == 0)
    assert np.all(np.diff(record["noise_share"], axis=1) > 0)


def test_the_record_is_a_function_of_the_seed(record: dict) -> None:
    torch.randn(3)  # the global generator has moved on
    again, other = (networks.measure(seed=seed, **SMALL) for seed in (0, 1))
    for name in ("spectrum", "probe_noise", "curvature"):
        np.testing.assert_array_equal(again[name], record[name])
        assert not np.array_equal(other[name], record[name])


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"windows": [[1, 25]]}, r"window \[1, 25\] is not a first and a last rank within 1 to 24"),
        ({"windows": [[0, 9]]}, r"window \[0, 9\]"),
        ({"windows": [[1, 5, 9]]}, r"window \[1, 5, 9\]"),
        ({"windows": [[1, 12], [1, 11]]}, "end it at 12 or later"),
        ({"windows": []}, "end it at 12 or later"),
        ({"probe_images": 97}, "training_images is 96, fewer than the 97"),
        ({"batch_size": 128}, "training_images is 96, fewer than the 128"),
        ({"device": "no such device"}, "not available here"),
    ],
)
def test_what_cannot_be_measured_is_refused_before_training(changed: dict, said: str, monkeypatch) -> None:
    monkeypatch.setattr(networks, "train_arms", lambda *args, **kwargs: pytest.fail("trained"))
    with pytest.raises(ValueError, match=said):
        networks.measure(seed=0, **(SMALL | changed))
