"""The linear model with a feature for each sample: the paper's theorems, and where their conditions fail."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learning_geometry.studies import STUDIES
from learning_geometry.studies.llm_phases.experiments import _free_features as by_class
from learning_geometry.studies.llm_phases.experiments import _free_samples as model
from learning_geometry.studies.llm_phases.experiments import mechanism, theorems, toy
from learning_geometry.studies.unit import Execution

CONFIG = STUDIES["llm_phases"].config()
COUNTS = [4, 2, 1, 1]
LABELS = model.labels_of(COUNTS)
steady = settings(deadline=None, derandomize=True, max_examples=20)
seeds = st.integers(0, 2**31)


def loss(features: Any, classifier: Any, kind: str) -> float:
    logits = features @ classifier
    if kind == "mse":
        return float(((logits - np.eye(len(COUNTS))[LABELS]) ** 2).sum() / 2)
    return float(sum(np.log(np.exp(row).sum()) - row[label] for row, label in zip(logits, LABELS, strict=True)))


@pytest.mark.parametrize("kind", ["cross_entropy", "mse"])
@given(seed=seeds)
@steady
def test_a_step_goes_down_the_gradient_of_the_summed_losses(kind: Any, seed: int) -> None:
    start = model.generic_start([seed], 8, 2, 4, 1.0)
    moved = model.descend(start, LABELS, at=np.array([0, 1]), rate=1e-3, loss=kind)
    features, classifier = start.features[0, 0], start.classifier[0, 0]
    for side, value, other in (("f", features, classifier), ("w", classifier, features)):
        step = (moved.features if side == "f" else moved.classifier)[1, 0] - value
        for place in [(0, 0), (1, 1)]:
            nudge = np.zeros_like(value)
            nudge[place] = 1e-6
            pairs = [
                (value + sign * nudge, other) if side == "f" else (other, value + sign * nudge) for sign in (1, -1)
            ]
            slope = (loss(*pairs[0], kind) - loss(*pairs[1], kind)) / 2e-6
            assert step[place] == pytest.approx(-1e-3 * slope, rel=1e-4, abs=1e-9)


@given(seed=seeds)
@steady
def test_theorem_1_balance_is_kept_to_the_order_of_the_rate_and_only_if_it_is_there(seed: int) -> None:
    balanced = model.balanced_start([seed], 8, 2, 4, 0.3)
    assert model.imbalance(balanced).max() < 1e-12
    drifts = [
        model.imbalance(model.descend(balanced, LABELS, at=np.array([0, n]), rate=8 / n))[-1, 0] for n in (400, 800)
    ]
    assert drifts[0] / drifts[1] == pytest.approx(2, rel=0.1)
    generic = model.generic_start([seed], 8, 2, 4, 0.3)
    assert model.imbalance(generic).min() > 1e-3


@given(seed=seeds)
@steady
def test_theorem_2_holds_where_the_start_is_balanced_and_not_elsewhere(seed: int) -> None:
    errors = []
    for start in (model.balanced_start([seed], 8, 2, 4, 0.3), model.generic_start([seed], 8, 2, 4, 0.3)):
        size, change, factor = model.growth(start, LABELS, 1e-5)
        errors.append(np.abs(change - size * factor).max() / change.max())
    assert errors[0] < 1e-3
    assert errors[1] > errors[0]


@pytest.mark.parametrize("counts", [[4, 2, 1, 1], [9, 1], [3, 3, 3], model.zipf_counts(40, 32)])
def test_growth_at_uniform_predictions_is_bounded_by_the_root_of_the_largest_class(counts: list[int]) -> None:
    assert model.operator_norm_at_start(counts) <= np.sqrt(max(counts)) + 1e-12
    # Not by that of another class: the bound is nearly reached where one class dominates.
    assert model.operator_norm_at_start([64, *[1] * 63]) > 0.98 * 8


def test_alignment_is_one_where_balance_holds_and_by_chance_elsewhere() -> None:
    assert model.alignment(model.balanced_start([0, 1], 40, 3, 8, 0.1)).min() > 1 - 1e-9
    by_chance = model.alignment(model.generic_start(range(200), 40, 3, 8, 0.1)).mean()
    assert by_chance == pytest.approx(1 / 3, abs=0.05)


def test_classes_count_as_learnt_from_their_first_step_above_one_half() -> None:
    start = model.generic_start([0], 8, 2, 4, 0.1)
    at = by_class.log_spaced(3000, 40)
    course = model.descend(start, LABELS, at=at, rate=0.05)
    first = model.first_learnt(course, LABELS, at)[0]
    for label, step in enumerate(first):
        for index, done in enumerate(at):
            logits = course.features[index, 0] @ course.classifier[index, 0]
            shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
            learnt = shares[label == LABELS, label].mean() > 0.5
            assert learnt or done != step
            assert not learnt or done >= step
    assert first[0] < first[2]
    never = model.first_learnt(model.Course(course.features[:1], course.classifier[:1]), LABELS, at[:1])
    assert np.isinf(never).all()


def test_a_training_that_diverges_says_so() -> None:
    with pytest.raises(ValueError, match="diverged by step 50 at the rate 30"):
        model.descend(model.generic_start([0], 8, 2, 4, 1.0), LABELS, at=np.array([0, 50]), rate=30, loss="mse")


def test_the_theorems_record_holds_what_it_promises() -> None:
    unit = theorems.Theorems.of(
        CONFIG, theorem_seeds=[0, 1], theorem_rates=[0.1, 0.2, 0.4], theorem_steps=200, theory_classes=8
    )
    parts = theorems.measure(unit, Execution())
    assert parts["balanced"].drift.dims == ("rate", "seed")
    assert dict(parts["generic"].sizes) == {"seed": 2, "step": parts["generic"].sizes["step"], "class": 8}
    assert (parts["bound"].ratio < 1).all()
    alone = theorems.measure(unit.model_copy(update={"theorem_seeds": [1]}), Execution())
    np.testing.assert_allclose(alone["generic"].rankme[0], parts["generic"].rankme[1], rtol=1e-9)


def test_the_toy_has_the_sizes_of_the_paper_and_starts_of_their_own() -> None:
    unit = toy.Toy.of(CONFIG, toy_seeds=[0, 1], toy_starts=3, toy_steps=200)
    found = toy.measure(unit, Execution())
    assert dict(found.sizes) == {"condition": 5, "seed": 2, "start": 3, "step": found.sizes["step"]}
    start = found.rankme.isel(step=0)
    assert len(np.unique(start.sel(condition="reference"))) == 6
    # Conditions that differ in their loss, or in the classes of the same samples, begin at the same features.
    np.testing.assert_array_equal(start.sel(condition="reference"), start.sel(condition="squared_error"))
    assert float(found.rankme.max()) <= 3 + 1e-6


def test_the_mechanism_follows_the_reference_and_its_interventions() -> None:
    unit = mechanism.Mechanism.of(CONFIG, theory_seeds=[60, 61], theory_steps=3000)
    found = mechanism.measure(unit, Execution())
    np.testing.assert_allclose(found.path.sum("phase"), 1.0)
    np.testing.assert_allclose(found.continued.isel(step=0), 1.0)
    assert ((found.reuse >= 0) & (found.reuse <= 1)).all()
    # With all losses the course goes on as it was: from the peak, as many steps later as were left.
    for row, peak in enumerate(by_class.turning_points(found.rankme.values)[1]):
        left = int(found.step[-1] - found.step[peak])
        onward = found.continued.sel(loss="all")[row].values * found.rankme.values[row, peak]
        assert np.interp(left, found.step, onward) == pytest.approx(found.rankme.values[row, -1], rel=1e-2)
