"""The linear model with free features: its gradients and symmetries, the phases it goes through, and their controls."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learning_geometry.instruments.spectrum import eigenspectrum, rankme
from learning_geometry.studies import STUDIES
from learning_geometry.studies.llm_phases.experiments import _free_features as model
from learning_geometry.studies.llm_phases.experiments import theory, theory_map
from learning_geometry.studies.unit import Execution

CONFIG = STUDIES["llm_phases"].config()
LOSSES = ["cross_entropy", "mse"]
seeds = st.integers(0, 2**32 - 1)
steady = settings(deadline=None, derandomize=True, max_examples=30)


def drawn(seed: int, runs: int = 2, n_classes: int = 5, dimension: int = 3) -> tuple[Any, Any, Any]:
    """Features, classifier and frequencies, no two runs alike."""
    rng = np.random.default_rng(seed)
    features, classifier = rng.standard_normal((2, runs, n_classes, dimension))
    frequencies = rng.random((runs, n_classes)) + 0.1
    return features, classifier, frequencies / frequencies.sum(axis=1, keepdims=True)


def slow_losses(features: Any, classifier: Any, frequencies: Any, loss: str) -> list[float]:
    """The loss by its definition, one class at a time."""
    totals = []
    for f, w, p in zip(features, classifier, frequencies, strict=True):
        total = 0.0
        for c in range(len(f)):
            z = w @ f[c]
            if loss == "cross_entropy":
                total += p[c] * -np.log(np.exp(z[c]) / np.exp(z).sum())
            else:
                total += p[c] * np.sum((z - np.eye(len(f))[c]) ** 2) / 2
        totals.append(total)
    return totals


def course(
    n_seeds: int, steps: int, *, dimension: int = 3, exponent: float = 1.5, rate: float = 1.0, loss: Any = LOSSES[0]
) -> tuple[Any, Any]:
    """Steps and RankMe `(seeds, T)` of the main configuration, or of a variation."""
    frequencies = model.zipf(32, exponent)
    at = model.log_spaced(steps, 100)
    start = model.initial_parameters(range(n_seeds), 32, dimension, 0.05)
    features, _ = model.descend(*start, frequencies, at=at, learning_rate=rate, loss=loss)
    return at, model.effective_ranks(model.spectra(features, frequencies, center=False)).T


@pytest.mark.parametrize("loss", LOSSES)
@given(seed=seeds)
@steady
def test_losses_and_gradients_are_those_of_the_definition(loss: Any, seed: int) -> None:
    features, classifier, frequencies = drawn(seed)
    values = model.losses(features, classifier, frequencies, loss)
    np.testing.assert_allclose(values, slow_losses(features, classifier, frequencies, loss), rtol=1e-12)
    both = np.stack([features, classifier])
    by_both = np.stack(model.gradients(features, classifier, frequencies, loss))
    direction = np.random.default_rng([seed, 1]).standard_normal(both.shape)
    ahead, behind = (np.array(slow_losses(*(both + sign * 1e-5 * direction), frequencies, loss)) for sign in (1, -1))
    slope = (by_both * direction).sum(axis=(0, 2, 3))
    np.testing.assert_allclose(slope, (ahead - behind) / 2e-5, rtol=1e-6, atol=1e-8)
    # Negative control: the gradient of the other loss is no gradient of this one.
    other = np.stack(model.gradients(features, classifier, frequencies, LOSSES[1 - LOSSES.index(loss)]))  # type: ignore[arg-type]
    assert np.abs((other * direction).sum(axis=(0, 2, 3)) - slope).max() > 1e-3


@given(seed=seeds)
@steady
def test_gradients_have_their_closed_form(seed: int) -> None:
    features, classifier, frequencies = drawn(seed)
    for run, (f, w, p) in enumerate(zip(features, classifier, frequencies, strict=True)):
        odds = np.exp(f @ w.T)
        for loss, answer in (("cross_entropy", odds / odds.sum(axis=1, keepdims=True)), ("mse", f @ w.T)):
            residual = p[:, None] * (answer - np.eye(len(p)))
            by_features, by_classifier = model.gradients(features, classifier, frequencies, loss)  # type: ignore[arg-type]
            np.testing.assert_allclose(by_features[run], residual @ w, atol=1e-13)
            np.testing.assert_allclose(by_classifier[run], residual.T @ f, atol=1e-13)


def test_losses_and_gradients_survive_large_logits() -> None:
    features = classifier = 40 * np.eye(4)[None]
    frequencies = np.full((1, 4), 0.25)
    assert model.losses(features, classifier, frequencies, "cross_entropy").tolist() == [0.0]
    assert model.losses(features, -classifier, frequencies, "cross_entropy") == pytest.approx([1600 + np.log(3)])
    for sign in (1, -1):
        assert np.isfinite(model.gradients(features, sign * classifier, frequencies, "cross_entropy")).all()


@pytest.mark.parametrize("loss", LOSSES)
def test_a_run_descends_as_if_alone_and_step_by_step(loss: Any) -> None:
    start = model.initial_parameters([3, 4, 5], 8, 2, 0.1)
    frequencies = np.stack([model.zipf(8, z) for z in (0.0, 1.0, 2.0)])
    before = [values.copy() for values in start]
    at = np.array([0, 1, 7, 30])
    features, classifier = model.descend(*start, frequencies, at=at, learning_rate=0.3, loss=loss)
    assert features.shape == classifier.shape == (4, 3, 8, 2)
    for values, untouched, kept in zip(start, before, (features, classifier), strict=True):
        assert np.array_equal(values, untouched)
        assert np.array_equal(kept[0], untouched)
    for run, seed in enumerate([3, 4, 5]):
        f, w = (values[0] for values in model.initial_parameters([seed], 8, 2, 0.1))
        for _ in range(30):
            by_f, by_w = (g[0] for g in model.gradients(f[None], w[None], frequencies[None, run], loss))
            f, w = f - 0.3 * by_f, w - 0.3 * by_w
        np.testing.assert_allclose(features[-1, run], f, rtol=1e-10, atol=1e-13)
        np.testing.assert_allclose(classifier[-1, run], w, rtol=1e-10, atol=1e-13)
    course_of = model.losses(features, classifier, frequencies, loss)
    assert np.all(np.diff(course_of, axis=0) < 0)


def test_seeds_draw_the_features_first() -> None:
    features, classifier = model.initial_parameters([7, 8], 6, 2, 0.5)
    rng = np.random.default_rng(7)
    np.testing.assert_array_equal(features[0], rng.normal(0, 0.5, (6, 2)))
    np.testing.assert_array_equal(classifier[0], rng.normal(0, 0.5, (6, 2)))
    assert not np.array_equal(features[0], features[1])


@given(seed=seeds)
@steady
def test_weighted_spectrum_is_that_of_samples_drawn_so_often(seed: int) -> None:
    rng = np.random.default_rng(seed)
    counts = rng.integers(1, 5, 6)
    features = rng.standard_normal((6, 3))
    samples = np.repeat(features, counts, axis=0)
    for center, scale in ((False, 1.0), (True, (len(samples) - 1) / len(samples))):
        values = model.spectra(features[None], counts / counts.sum(), center=center)[0]
        np.testing.assert_allclose(values, scale * eigenspectrum(samples, center=center), rtol=1e-9)
        assert model.effective_ranks(values[None])[0] == pytest.approx(rankme(values, of="eigenvalues"), rel=1e-12)
        assert model.effective_ranks(values[None])[0] != pytest.approx(rankme(values, of="singular_values"), rel=1e-3)


@given(seed=seeds)
@steady
def test_rotating_both_layers_rotates_the_course(seed: int) -> None:
    rotation = np.linalg.qr(np.random.default_rng(seed).standard_normal((3, 3)))[0]
    features, classifier = model.initial_parameters([seed], 8, 3, 0.3)
    frequencies = model.zipf(8, 1.0)

    def courses(f: Any, w: Any) -> Any:
        kept, _ = model.descend(f, w, frequencies, at=np.arange(40), learning_rate=0.5)
        return model.effective_ranks(model.spectra(kept, frequencies, center=False))

    expected = courses(features, classifier)
    np.testing.assert_allclose(courses(features @ rotation, classifier @ rotation), expected, rtol=1e-8)
    # Negative control: with one layer rotated alone the logits differ, and so does the course.
    assert np.abs(courses(features @ rotation, classifier) - expected).max() > 1e-3


def test_classes_of_equal_frequency_may_trade_places_and_others_may_not() -> None:
    features, classifier = model.initial_parameters([0], 6, 2, 0.3)
    frequencies = np.array([3, 3, 3, 1, 1, 1]) / 12

    def courses(order: list[int]) -> Any:
        start = features[:, order], classifier[:, order]
        kept, _ = model.descend(*start, frequencies, at=np.arange(60), learning_rate=0.5)
        return model.effective_ranks(model.spectra(kept, frequencies, center=False))

    expected = courses([0, 1, 2, 3, 4, 5])
    np.testing.assert_allclose(courses([2, 0, 1, 4, 3, 5]), expected, rtol=1e-9)
    assert np.abs(courses([3, 1, 2, 0, 4, 5]) - expected).max() > 1e-2


def test_the_reference_goes_through_three_phases() -> None:
    at, values = course(4, 6000)
    dip, peak, trough = model.turning_points(values)
    picked = [np.take_along_axis(values, i[:, None], axis=1)[:, 0] for i in (dip, peak, trough)]
    assert values[:, 0].mean() == pytest.approx(2.17, abs=0.01)
    assert picked[0].mean() == pytest.approx(1.05, abs=0.01)
    assert at[dip].mean() == pytest.approx(12, abs=2)
    assert picked[1].mean() == pytest.approx(2.34, abs=0.01)
    assert at[peak].mean() == pytest.approx(1776, rel=0.1)
    np.testing.assert_allclose(picked[1] - picked[2], [0.247, 0.160, 0.242, 0.183], atol=0.005)


def test_each_lacking_cause_takes_its_phase_away() -> None:
    # The reference falls by 7 to 11 % in these seeds.
    collapse, expansion, fall = model.moves(course(4, 6000, loss="mse", rate=0.5)[1])
    assert collapse.min() > 30  # squared errors keep the first two phases
    assert expansion.min() > 70
    assert fall.max() < 0.1
    collapse, _, fall = model.moves(course(4, 6000, exponent=0.0)[1])
    assert collapse.max() < 8
    assert fall.max() < 0.2
    collapse, expansion, fall = model.moves(course(2, 3000, dimension=32)[1])
    assert collapse.min() > 70
    assert expansion.min() > 200
    assert fall.max() == 0


@given(seed=seeds, length=st.integers(1, 30))
@steady
def test_turning_points_follow_their_definition(seed: int, length: int) -> None:
    values = np.random.default_rng(seed).integers(0, 6, (3, length)).astype(float)
    for row, found in zip(values, zip(*model.turning_points(values), strict=True), strict=True):
        dip = min(range(length), key=lambda i: row[i])
        peak = max(range(dip, length), key=lambda i: row[i])
        trough = min(range(peak, length), key=lambda i: row[i])
        assert found == (dip, peak, trough) == model.turning_points(row)


def test_a_rising_course_has_its_peak_and_trough_at_the_end() -> None:
    assert model.turning_points([2.0, 1.0, 2.0, 3.0]) == (1, 3, 3)
    assert model.turning_points([2.0, 1.0, 3.0, 2.5, 2.7]) == (1, 2, 3)


def test_zipf_and_log_spaced() -> None:
    np.testing.assert_allclose(model.zipf(4, 1.0), np.array([12, 6, 4, 3]) / 25)
    np.testing.assert_allclose(model.zipf(5, 0.0), 0.2)
    at = model.log_spaced(1000, 50)
    assert at[0] == 0
    assert at[1] == 1
    assert at[-1] == 1000
    assert len(at) <= 50
    assert np.all(np.diff(at) > 0)
    late = np.diff(np.log(at[-20:]))
    np.testing.assert_allclose(late, np.log(1000) / 48, rtol=0.05)


def test_a_course_rises_until_it_has_come_to_rest() -> None:
    steps = np.array([0, 1, 10, 100, 200])
    courses = [[3, 1, 2, 2.5, 2.6], [3, 1, 2, 2.5, 2.5], [3, 1, 2, 2.5, 2.52], [3, 1, 3, 2.5, 2.3]]
    assert model.still_rising(steps, courses).tolist() == [True, False, False, False]


def conditions(**given: Any) -> Any:
    wanted = {"theory_classes": 10, "theory_dimension": 2, "theory_exponent": 1.0, "theory_steps": 50}
    return theory.measure(theory.Theory.of(CONFIG, **wanted | given), Execution())


def test_the_record_holds_the_conditions_that_it_names() -> None:
    record, again = conditions(theory_seeds=[0, 1]), conditions(theory_seeds=[1])
    skewed, uniform = model.zipf(10, 1.0), np.full(10, 0.1)
    for name, p, rate, dimension, loss in (
        ("reference", skewed, 1.0, 2, "cross_entropy"),
        ("squared_error", skewed, 0.5, 2, "mse"),
        ("uniform", uniform, 1.0, 2, "cross_entropy"),
        ("squared_error_uniform", uniform, 0.5, 2, "mse"),
        ("no_bottleneck", skewed, 1.0, 10, "cross_entropy"),
        ("few_classes", model.zipf(4, 1.0), 1.0, 3, "cross_entropy"),
    ):
        found = record.sel(condition=name)
        assert found.dimension == dimension
        for key in ("rankme", "rankme_centred", "loss"):
            np.testing.assert_allclose(found[key].sel(seed=1), again[key].sel(condition=name, seed=1), rtol=1e-12)
            assert np.abs(found[key].sel(seed=0) - found[key].sel(seed=1)).max() > 1e-4
        start = model.initial_parameters([0], len(p), dimension, 0.05)
        features, classifier = (
            kept[0]
            for kept in model.descend(*start, p, at=np.array([50]), learning_rate=rate, loss=loss)  # type: ignore[arg-type]
        )
        moment = (features[0].T * p) @ features[0]
        mean = p @ features[0]
        end = found.sel(seed=0).isel(step=-1)
        for key, matrix in (("rankme", moment), ("rankme_centred", moment - np.outer(mean, mean))):
            values = np.linalg.eigvalsh(matrix).clip(min=0.0)
            assert float(end[key]) == pytest.approx(rankme(values, of="eigenvalues"), rel=1e-9)
        assert float(end.loss) == pytest.approx(slow_losses(features, classifier, p[None], loss)[0])
        right = [c for c, f in enumerate(features[0]) if max(range(len(p)), key=lambda k: classifier[0, k] @ f) == c]
        assert float(end.accuracy) == pytest.approx(p[right].sum())


def test_the_map_holds_the_single_runs() -> None:
    wanted = {"map_seeds": [0, 1], "map_dimensions": [3, 4], "map_exponents": [0.0, 1.0, 1.5], "map_steps": 600}
    record = theory_map.measure(theory_map.TheoryMap.of(CONFIG, **wanted), Execution())
    for exponent in wanted["map_exponents"]:
        for dimension in wanted["map_dimensions"]:
            steps, values = course(2, 600, dimension=dimension, exponent=exponent)  # type: ignore[arg-type]
            cell = record.sel(exponent=exponent, dimension=dimension)
            for key, move in zip(("collapse", "expansion", "fall"), model.moves(values), strict=True):
                np.testing.assert_allclose(cell[key], move, rtol=1e-6, atol=1e-6)
            assert cell.still_rising.values.tolist() == model.still_rising(steps, values).tolist()
    # Negative control: the cells differ, so that a permuted map would have been found out.
    assert np.abs(record.collapse[0] - record.collapse[2]).min() > 10
    assert np.abs(record.collapse[2, 0] - record.collapse[2, 1]).min() > 1


def test_bad_input_is_refused_and_named() -> None:
    start = model.initial_parameters([0], 4, 2, 1.0)
    frequencies, at = model.zipf(4, 1.0), np.array([0, 100])
    with pytest.raises(ValueError, match="got 1 classes and exponent 1"):
        model.zipf(1, 1.0)
    with pytest.raises(ValueError, match="exponent -1"):
        model.zipf(4, -1.0)
    with pytest.raises(ValueError, match="scale 0"):
        model.initial_parameters([0], 4, 2, 0.0)
    with pytest.raises(ValueError, match="got 0 seeds"):
        model.initial_parameters([], 4, 2, 1.0)
    with pytest.raises(ValueError, match=r"features \(1, 4, 2\) and classifier \(1, 4, 1\)"):
        model.descend(start[0], start[1][..., :1], frequencies, at=at, learning_rate=1.0)
    with pytest.raises(ValueError, match="unknown loss 'hinge'"):
        model.descend(*start, frequencies, at=at, learning_rate=1.0, loss="hinge")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="learning_rate must be positive, got 0"):
        model.descend(*start, frequencies, at=at, learning_rate=0.0)
    with pytest.raises(ValueError, match="at must rise"):
        model.descend(*start, frequencies, at=at[::-1], learning_rate=1.0)
    with pytest.raises(ValueError, match="diverged by step 100 at learning_rate 50"):
        model.descend(*start, frequencies, at=at, learning_rate=50.0, loss="mse")
    with pytest.raises(ValueError, match="got 0 and 5"):
        model.log_spaced(0, 5)
    with pytest.raises(ValueError, match="finite course"):
        model.turning_points([1.0, np.nan])
