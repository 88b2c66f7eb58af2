"""Curves of known shape: where they turn, how far they fall, and that noise alone does not make them fall."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up_phases import checkpoint, records, theory

from learning_geometry.instruments.phases import phases
from learning_geometry.records import MissingExperiment
from learning_geometry.studies.llm_phases import _published as published
from learning_geometry.studies.llm_phases._curves import THREE, Series, Turns, alpha_lead, fall, series, turns

seeds = st.integers(0, 2**32 - 1)
steady = settings(deadline=None, derandomize=True, max_examples=100)


def fell(located_on: object, measured_on: object) -> float:
    return fall(xr.Dataset({"rankme_halves": (("half", "step"), np.array([located_on, measured_on], dtype=float))}))


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
    assert fell(located, measured) == pytest.approx(25)  # from 8, although 10 comes next
    assert fell(measured, measured) == pytest.approx(40)
    assert fell([9, 2, 4, 5], [1, 1, 4, 5]) == 0  # the peak is the end
    assert fell([9, 2, 10, 5], [9, 2, 4, 5]) == pytest.approx(-25)  # it rises


def test_noise_falls_by_nothing_unless_its_peak_is_measured_where_it_was_found() -> None:
    rng = np.random.default_rng(0)
    halves = 10 * np.exp(0.05 * rng.standard_normal((1000, 2, 30)))
    split = np.array([fell(*curve) for curve in halves])
    # The mean of a ratio of two independent values exceeds one by their variance: a quarter of a percent.
    assert abs(split.mean() + 100 * 0.05**2) < 4 * split.std() / np.sqrt(len(split))
    # Negative control: the naive fall of the same curves, which do not fall.
    assert np.mean([fell(curve[0], curve[0]) for curve in halves]) > 8


def test_a_true_fall_is_found() -> None:
    rng = np.random.default_rng(1)
    course = np.interp(np.arange(30), [0, 5, 20, 29], [10.0, 3.0, 12.0, 9.0])
    halves = course * np.exp(0.01 * rng.standard_normal((200, 2, 30)))
    assert np.mean([fell(*curve) for curve in halves]) == pytest.approx(25, abs=1)


def test_the_lead_of_alpha_is_counted_from_the_floor() -> None:
    steps, alpha = np.array([1, 10, 100, 1000, 10_000]), np.array([0.1, 3, 1, 2, 3])
    assert alpha_lead(steps, alpha, Turns(1, 3, 4)) == pytest.approx(-1)  # not from the lower start
    assert alpha_lead(steps, alpha, Turns(0, 3, 4)) == pytest.approx(-3)
    assert alpha_lead(steps, alpha[::-1], Turns(1, 2, 4)) == pytest.approx(2)


def test_a_series_is_sorted_by_training_time_and_not_by_name() -> None:
    steps = (512, 1, 143_000, 64)
    (one,) = series(records({"trace": [checkpoint("neox", step=step, rankme=step + 0.5) for step in steps]}))
    assert (one.model, one.unit, one.time.tolist()) == ("neox", "step", [1, 64, 512, 143_000])
    assert one.checkpoints.rankme.values.tolist() == [1.5, 64.5, 512.5, 143_000.5]


def test_tokens_count_where_every_name_tells_them() -> None:
    billions = [(30, 300), (10, 100), (20, 200)]
    olmo = [checkpoint("olmo", step=step, tokens=tokens * 10**9) for step, tokens in billions]
    (one,) = series(records({"trace": olmo}))
    assert (one.unit, one.time.tolist()) == ("tokens", [100e9, 200e9, 300e9])
    (mixed,) = series(records({"trace": [*olmo, checkpoint("olmo", step=40)]}))
    assert (mixed.unit, mixed.time.tolist()) == ("step", [10, 20, 30, 40])


def test_checkpoints_of_unknown_time_are_left_out_and_models_kept_apart() -> None:
    places = (("a", 2), ("b", 5), ("a", -1), ("a", 1), ("c", -1))
    traced = [checkpoint(model, step=step) for model, step in places]
    assert [(one.model, one.time.tolist()) for one in series(records({"trace": traced}))] == [("a", [1, 2]), ("b", [5])]
    with pytest.raises(MissingExperiment):
        series(records({"theory": [theory()]}))


def test_phases_of_a_series_are_those_of_the_finder() -> None:
    time, rankme = np.array([1.0, 10, 100, 1000, 10_000]), xr.DataArray([50.0, 10, 40, 60, 30], dims="checkpoint")
    found = Series("a", "step", time, xr.Dataset({"rankme": rankme})).phases
    assert [(phase.name, phase.start) for phase in found] == list(zip(THREE, (1, 10, 1000), strict=True))
    assert Series("a", "step", time[:2], xr.Dataset({"rankme": rankme[:2]})).phases == []


@pytest.mark.parametrize(("model", "curve"), published.CURVES.items(), ids=list(published.CURVES))
def test_the_published_curves_have_the_phases_that_the_paper_sees(model: str, curve: published.Curve) -> None:
    names = tuple(phase.name for phase in phases(curve.tokens, curve.rankme))
    assert names == (THREE if model != "OLMo-2-7B" else (*THREE, "expansion"))
    assert turns(curve.rankme[:5]) == (1, 3, 4)
    assert fell(curve.rankme[:5], curve.rankme[:5]) > 45
    # Negative control: before its peak no curve has compressed.
    assert "compression" not in [phase.name for phase in phases(curve.tokens[:4], curve.rankme[:4])]


def test_what_is_published_is_consistent() -> None:
    for curve in published.CURVES.values():
        assert len(curve.tokens) == len(curve.rankme)
        assert sorted(set(curve.tokens)) == list(curve.tokens)
    np.testing.assert_allclose(143_000 * published.TOKENS_PER_PYTHIA_STEP, 3e11, rtol=1e-3)
    for row in published.TABLE_8.values():
        assert row.removed_10 > 3 * row.retained_10
        assert abs(row.removed_10 - row.original) < 0.02
    for row in published.TABLE_9.values():
        assert row.rankme < -0.6 < 0.5 < row.alpha
