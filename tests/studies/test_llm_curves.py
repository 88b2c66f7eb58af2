"""Curves of known shape: where they turn, how far they fall, and that noise alone does not make them fall."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learning_geometry.instruments.phases import phases
from learning_geometry.store import Record, Records, Unit
from learning_geometry.studies.llm_phases import published
from learning_geometry.studies.llm_phases.curves import Series, fall, series, stacked, turns

THREE = ["collapse", "expansion", "compression"]
seeds = st.integers(0, 2**32 - 1)
steady = settings(deadline=None, derandomize=True, max_examples=100)


def record(model: str, revision: str, *, step: int = -1, tokens: int = -1, **result: Any) -> Record:
    unit = Unit("llm_phases", "trace", {"model": model, "revision": revision}, "code")
    named = {"model": model, "revision": revision, "step": step, "tokens": tokens, "texts": {"source": revision}}
    return Record(unit, named | {"rankme": 1.0} | result, 0.0, 0.0, {})


@given(seed=seeds, n=st.integers(1, 40))
@steady
def test_turns_are_what_they_are_called(seed: int, n: int) -> None:
    curve = np.random.default_rng(seed).random(n) + 0.1
    floor, peak, end = turns(curve)
    assert curve[floor] == curve[: max(1, n // 2)].min()
    assert 0 <= floor <= peak <= end == n - 1
    assert curve[peak] == curve[floor:].max()
    assert turns(7 * curve) == (floor, peak, end)


def test_turns_of_a_curve_with_a_late_trough() -> None:
    #        floor                    peak       lower than the floor, but not in the first half
    curve = [9, 3, 2, 4, 6, 7, 8, 8.5, 8, 3, 1, 1.5]
    assert turns(curve) == (2, 7, 11)
    assert turns([5, 4, 3, 2, 1, 0.5]) == (2, 2, 5)  # falls throughout
    assert turns([1, 2, 3, 4]) == (0, 3, 3)  # rises throughout
    assert turns([9, 2, 2, 8, 8, 1]) == (1, 3, 5)  # of equal extremes the first


def test_the_fall_is_measured_where_it_was_not_located() -> None:
    located, measured = [9, 2, 4, 10, 8, 6], [9, 2, 4, 8, 10, 6]
    assert fall(located, measured) == pytest.approx(25)  # from 8, although 10 comes next
    assert fall(measured, located) == pytest.approx(25)
    assert fall(measured, measured) == pytest.approx(40)
    assert fall([9, 2, 4, 5], [1, 1, 4, 5]) == 0  # the peak is the end
    assert fall([9, 2, 10, 5], [9, 2, 4, 5]) == pytest.approx(-25)  # it rises


@given(seed=seeds, factor=st.floats(0.01, 100))
@steady
def test_the_fall_is_relative(seed: int, factor: float) -> None:
    located, measured = np.random.default_rng(seed).random((2, 20)) + 0.1
    assert fall(factor * located, factor * measured) == pytest.approx(fall(located, measured))
    assert fall(located, measured) < 100


def test_noise_falls_by_nothing_unless_its_peak_is_measured_where_it_was_found() -> None:
    rng = np.random.default_rng(0)
    halves = 10 * np.exp(0.05 * rng.standard_normal((4000, 2, 30)))
    split = np.array([fall(*curve) for curve in halves])
    naive = np.array([fall(curve[0], curve[0]) for curve in halves])
    # The mean of a ratio of two independent values exceeds one by their variance: a quarter of a percent.
    assert abs(split.mean() + 100 * 0.05**2) < 4 * split.std() / np.sqrt(len(split))
    assert abs(split.mean()) < 0.8
    # Negative control: the naive fall of the same curves, which do not fall.
    assert naive.mean() > 8
    assert (naive >= 0).all()


def test_a_true_fall_is_found_by_both() -> None:
    rng = np.random.default_rng(1)
    course = np.interp(np.arange(30), [0, 5, 20, 29], [10.0, 3.0, 12.0, 9.0])
    halves = course * np.exp(0.01 * rng.standard_normal((500, 2, 30)))
    assert np.mean([fall(*curve) for curve in halves]) == pytest.approx(25, abs=1)


def test_checkpoints_are_stacked_entry_by_entry() -> None:
    found = [{"a": i, "b": np.full(3, i), "c": {"d": 0.5 * i, "e": np.eye(2) * i}, "f": f"x{i}"} for i in range(4)]
    result = stacked(found)
    assert result["a"].tolist() == [0, 1, 2, 3]
    assert result["b"].shape == (4, 3)
    assert result["c"]["d"].tolist() == [0, 0.5, 1, 1.5]
    assert result["c"]["e"].shape == (4, 2, 2)
    assert result["f"].tolist() == ["x0", "x1", "x2", "x3"]
    for i in range(4):
        assert all(np.array_equal(result[name][i], found[i][name]) for name in ("a", "b", "f"))


@pytest.mark.parametrize("other", [{"a": 1}, {"a": 1, "b": 2, "c": 3}, {"a": 1, "c": 2}])
def test_checkpoints_hold_the_same_entries(other: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="checkpoints hold different entries"):
        stacked([{"a": 1, "b": 2}, other])
    with pytest.raises(ValueError, match="checkpoints hold different entries"):
        stacked([{"x": {"a": 1, "b": 2}}, {"x": other}])


def test_a_series_is_sorted_by_training_time_and_not_by_name() -> None:
    steps = (512, 1, 143_000, 64)
    (found,) = series(Records([record("neox", f"step{step}", step=step, rankme=step + 0.5) for step in steps]))
    assert (found.model, found.unit) == ("neox", "step")
    assert found.at.tolist() == [1, 64, 512, 143_000]
    assert found.curves["rankme"].tolist() == [1.5, 64.5, 512.5, 143_000.5]
    assert found.curves["revision"].tolist() == ["step1", "step64", "step512", "step143000"]
    assert "texts" not in found.curves


def test_tokens_count_where_every_name_tells_them() -> None:
    billions = [(30, 300), (10, 100), (20, 200)]
    olmo = [record("olmo", f"step{s}-tokens{b}B", step=s, tokens=b * 10**9) for s, b in billions]
    (found,) = series(Records(olmo))
    assert (found.unit, found.at.tolist()) == ("tokens", [100e9, 200e9, 300e9])
    (mixed,) = series(Records([*olmo, record("olmo", "step40", step=40)]))
    assert (mixed.unit, mixed.at.tolist()) == ("step", [10, 20, 30, 40])


def test_checkpoints_of_unknown_time_are_left_out_and_models_kept_apart() -> None:
    other = Record(Unit("llm_phases", "theory", {}, "code"), {"rankme": 1.0}, 0.0, 0.0, {})
    found = series(
        Records(
            [
                other,
                record("a", "step2", step=2),
                record("b", "step5", step=5),
                record("a", "main"),
                record("a", "step1", step=1),
                record("c", "main"),
            ]
        )
    )
    assert [(one.model, one.at.tolist()) for one in found] == [("a", [1, 2]), ("b", [5])]
    assert series(Records([other])) == []


def test_phases_of_a_series_are_those_of_the_finder() -> None:
    at, rankme = np.array([1.0, 10, 100, 1000, 10_000]), np.array([50.0, 10, 40, 60, 30])
    found = Series("a", "step", at, {"rankme": rankme}).phases
    assert [phase.name for phase in found] == THREE
    assert [phase.start for phase in found] == [1, 10, 1000]
    assert Series("a", "step", at[:2], {"rankme": rankme[:2]}).phases == []


@pytest.mark.parametrize(("model", "curve"), published.CURVES.items(), ids=list(published.CURVES))
def test_the_published_curves_have_the_phases_that_the_paper_sees(model: str, curve: published.Curve) -> None:
    names = [phase.name for phase in phases(curve.tokens, curve.rankme)]
    assert names == (THREE if model != "OLMo-2-7B" else [*THREE, "expansion"])
    floor, peak, end = turns(curve.rankme[:5])
    assert (floor, peak, end) == (1, 3, 4)
    assert fall(curve.rankme[:5], curve.rankme[:5]) > 45
    # Negative control: before its peak no curve has compressed.
    assert "compression" not in [phase.name for phase in phases(curve.tokens[:4], curve.rankme[:4])]


def test_what_is_published_is_consistent() -> None:
    for curve in published.CURVES.values():
        assert len(curve.tokens) == len(curve.rankme)
        assert sorted(set(curve.tokens)) == list(curve.tokens)
    np.testing.assert_allclose(143_000 * published.TOKENS_PER_PYTHIA_STEP, 3e11, rtol=1e-3)
    for row in published.TABLE_1.values():
        assert row.removed_10 > 3 * row.retained_10
        assert abs(row.removed_10 - row.original) < 0.02
    for model, (tokens, peak, end) in published.MEMORISATION.items():
        assert peak > end
        assert tokens < published.CURVES[model].tokens[-1]
