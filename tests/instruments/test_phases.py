"""The phase finder against a slow definition, curves with known turning points, and curves without any."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learning_geometry.instruments.phases import Phase, phases, resampled_phases

seeds = st.integers(0, 2**32 - 1)
steady = settings(deadline=None, derandomize=True, max_examples=100)

STEPS = np.array([0, *np.unique(np.geomspace(1, 10_000, 60).astype(int))])
LOGS = np.log1p(STEPS)
DIP, PEAK = 20, 45


def three_phases(fall=2.0, rise=2.5, last=0.5):
    """ln RankMe that is linear in checkpoints between its turning points."""
    corners = [3.0, 3.0 - fall, 3.0 - fall + rise, 3.0 - fall + rise - last]
    return np.exp(np.interp(np.arange(len(STEPS)), [0, DIP, PEAK, len(STEPS) - 1], corners))


def slow_turning_points(values, threshold):
    """Checkpoints that the curve leaves by more than the threshold, on either side, before it passes beyond them."""

    def leaves(way):
        for difference in way:
            if difference > threshold:
                return True
            if difference < 0:
                return False
        return False

    found = []
    for i, value in enumerate(values):
        tops = value - values
        if any(leaves(s * tops[:i][::-1]) and leaves(s * tops[i + 1 :]) for s in (1, -1)):
            found.append(i)
    return found


@given(seed=seeds, n=st.integers(3, 80), spread=st.floats(0.01, 0.5), least=st.floats(0.01, 0.5))
@steady
def test_phases_are_bounded_by_the_turning_points_of_the_definition(seed, n, spread, least):
    rng = np.random.default_rng(seed)
    walk = spread * rng.standard_normal(n).cumsum()
    expected = slow_turning_points(walk, np.log1p(least))
    found = phases(np.arange(n), np.exp(walk), least_change=least)
    assert [phase.start for phase in found[1:]] == expected
    assert [phase.end for phase in found[:-1]] == expected
    if expected:
        assert (found[0].start, found[-1].end) == (0, n - 1)
        # Each phase but the last, whose end need not be an extreme, goes the way that its name says.
        for phase in found[:-1]:
            change = walk[int(phase.end)] - walk[int(phase.start)]
            assert (change > 0) == (phase.name == "expansion")
    else:
        assert found == []


@given(seed=seeds, n=st.integers(3, 80))
@steady
def test_read_backwards_the_curve_turns_at_the_same_checkpoints(seed, n):
    walk = np.exp(0.05 * np.random.default_rng(seed).standard_normal(n).cumsum())
    forwards = [phase.start for phase in phases(np.arange(n), walk)[1:]]
    backwards = [n - 1 - phase.start for phase in phases(np.arange(n), walk[::-1])[1:]]
    assert forwards == backwards[::-1]


def test_three_phases_are_found_where_they_were_put():
    expected = [
        Phase("collapse", STEPS[0], STEPS[DIP]),
        Phase("expansion", STEPS[DIP], STEPS[PEAK]),
        Phase("compression", STEPS[PEAK], STEPS[-1]),
    ]
    assert phases(STEPS, three_phases()) == expected


@pytest.mark.parametrize("seed", range(5))
def test_noise_below_the_least_change_adds_no_phase(seed):
    # Steps of at least 0.05 in ln RankMe a checkpoint, so that noise of 0.02 moves no turning point either.
    noise = np.random.default_rng(seed).uniform(-0.02, 0.02, len(STEPS))
    curve = three_phases(last=1.0)
    assert phases(STEPS, curve * np.exp(noise), least_change=0.1) == phases(STEPS, curve)
    assert len(phases(STEPS, curve * np.exp(10 * noise), least_change=0.1)) > 3  # the control: louder noise does


@pytest.mark.parametrize(
    ("corners", "names"),
    [
        ([1, 3], []),
        ([3, 1], []),
        ([2, 2, 3], []),
        ([3, 1, 2], ["collapse", "expansion"]),
        ([1, 3, 2], ["expansion", "compression"]),
        ([3, 3, 1, 2], ["collapse", "expansion"]),
        ([3, 1, 2, 1, 2], ["collapse", "expansion", "compression", "expansion"]),
        ([1, 2, 1, 2, 1], ["expansion", "compression", "expansion", "compression"]),
        ([3, 1, 1.02], []),  # the control of the fourth: it has not risen by a twentieth
        ([3, 1, 2, 1.99], ["collapse", "expansion"]),
    ],
)
def test_names_follow_from_the_shape(corners, names):
    curve = np.interp(np.linspace(0, 1, 41), np.linspace(0, 1, len(corners)), corners)
    found = phases(np.arange(41), curve)
    assert [phase.name for phase in found] == names
    if found:
        assert (found[0].start, found[-1].end) == (0, 40)


@given(seed=seeds, level=st.floats(0.1, 1e3))
@steady
def test_flat_noise_has_no_phase(seed, level):
    noise = np.random.default_rng(seed).uniform(-0.024, 0.024, len(STEPS))
    assert phases(STEPS, level * np.exp(noise)) == []
    assert len(phases(STEPS, level * np.exp(4 * noise))) > 3  # the control


@given(seed=seeds, scale=st.floats(1e-3, 1e3))
@steady
def test_phases_ignore_the_scale_of_rankme_and_follow_the_steps(seed, scale):
    rng = np.random.default_rng(seed)
    curve = np.exp(0.1 * rng.standard_normal(len(STEPS)).cumsum())
    found = phases(STEPS, curve)
    assert phases(STEPS, scale * curve) == found
    moved = dict(zip(STEPS, LOGS, strict=True))
    assert phases(LOGS, curve) == [Phase(p.name, moved[p.start], moved[p.end]) for p in found]


def test_a_plateau_turns_at_its_first_checkpoint():
    assert phases(range(6), [1, 2, 2, 2, 1, 1]) == [Phase("expansion", 0, 1), Phase("compression", 1, 5)]


def test_resampled_boundaries_are_those_of_the_curves_that_agree():
    rng = np.random.default_rng(0)
    steps = np.arange(61) ** 2
    dips = rng.integers(15, 26, 100)
    curves = np.exp([np.interp(np.arange(61), [0, dip, 60], [2, 0, 2]) for dip in dips])
    curves[:10] = np.linspace(1, 2, 61)  # ten that only rise
    found = resampled_phases(steps, curves, level=0.9)
    assert found.names == ("collapse", "expansion")
    assert found.support == 0.9
    agreeing = np.sort(steps[dips[10:]])
    # Of 90 values, the smallest that 5, 50 and 95 percent do not exceed: positions 4.5, 45 and 85.5, rounded up.
    np.testing.assert_array_equal(found.boundaries, [agreeing[[4, 44, 85]]])
    wider = resampled_phases(steps, curves, level=0.999).boundaries
    np.testing.assert_array_equal(wider, [agreeing[[0, 44, 89]]])


@given(seed=seeds)
@steady
def test_resampled_phases_of_one_curve_are_its_phases(seed):
    curve = np.exp(0.1 * np.random.default_rng(seed).standard_normal(len(STEPS)).cumsum())
    single, found = phases(STEPS, curve), resampled_phases(STEPS, curve[None])
    assert found.names == tuple(phase.name for phase in single)
    assert found.support == 1
    np.testing.assert_array_equal(found.boundaries, [[phase.start] * 3 for phase in single[1:]] or np.empty((0, 3)))


@given(seed=seeds)
@steady
def test_the_order_of_resamples_is_immaterial_and_a_tie_goes_to_fewer_phases(seed):
    rng = np.random.default_rng(seed)
    rising, falling_after = [1.0, 2, 3, 4], [1.0, 2, 3, 2]
    curves = np.array([rising, falling_after] * 3)
    found = resampled_phases(range(4), rng.permutation(curves))
    assert (found.names, found.support, found.boundaries.shape) == ((), 0.5, (0, 3))
    more = resampled_phases(range(4), rng.permutation(np.vstack([curves, falling_after])))  # the control
    assert (more.names, more.support) == (("expansion", "compression"), 4 / 7)
    assert more.boundaries.tolist() == [[2, 2, 2]]


def test_inputs_are_left_alone():
    steps, curve = STEPS.copy(), three_phases()
    phases(steps, curve)
    resampled_phases(steps, curve[None])
    np.testing.assert_array_equal(steps, STEPS)
    np.testing.assert_array_equal(curve, three_phases())


@pytest.mark.parametrize(
    ("steps", "curve", "message"),
    [
        ([0, 1, 1], [1, 2, 1], "steps.*1.0 follows 1.0"),
        ([0, 2, 1], [1, 2, 1], "steps.*1.0 follows 2.0"),
        ([1, 0, 2], [1, 2, 1], "steps.*0.0 follows 1.0"),
        ([-1, 0, 2], [1, 2, 1], "steps.*-1.0"),
        ([0, 1, np.inf], [1, 2, 1], "steps.*inf"),
        ([0, 1], [1, 2], "2 checkpoints"),
        ([0, 1, 2], [1, 2], r"rankme has shape \(2,\)"),
        ([[0, 1, 2]], [1, 2, 1], r"steps has shape \(1, 3\)"),
        ([0, 1, 2], [1, np.nan, 1], "rankme.*nan"),
        ([0, 1, 2], [1, 0, 1], "rankme.*0.0"),
        ([0, 1, 2], [1, np.inf, 1], "rankme.*inf"),
    ],
)
def test_phases_refuse(steps, curve, message):
    with pytest.raises(ValueError, match=message):
        phases(steps, curve)


@pytest.mark.parametrize("least_change", [0.0, -0.1, np.nan, np.inf])
def test_phases_refuse_a_least_change_that_is_none(least_change):
    with pytest.raises(ValueError, match="least_change"):
        phases([0, 1, 2], [1, 2, 1], least_change=least_change)


@pytest.mark.parametrize(
    ("curves", "level", "message"),
    [
        ([1, 2, 1], 0.95, r"curves has shape \(3,\)"),
        (np.empty((0, 3)), 0.95, r"curves has shape \(0, 3\)"),
        ([[1, 2]], 0.95, r"curves has shape \(1, 2\)"),
        ([[1, 2, 1], [1, np.nan, 1]], 0.95, "curves.*nan"),
        ([[1, 2, 1]], 1.0, "level is 1.0"),
        ([[1, 2, 1]], 0, "level is 0"),
    ],
)
def test_resampled_phases_refuse(curves, level, message):
    with pytest.raises(ValueError, match=message):
        resampled_phases([0, 1, 2], curves, level=level)
