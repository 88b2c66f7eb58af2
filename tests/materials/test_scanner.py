"""A simulated scanner shows as much signal as it says, and noise of the variance, the share and the axes that it says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from learning_geometry.instruments.matched_null import random_axes
from learning_geometry.materials.scanner import mixed, repeated, scan

steady = settings(deadline=None, derandomize=True, max_examples=30)
USUAL = {"repeats": 3, "snr": 0.5, "correlated": 0.5}


def generator(seed=0):
    return np.random.default_rng(seed)


def noise(measured):
    """Contrasts of the repeats, in which there is no signal: `(n, n_voxels)`, of the variance of the noise."""
    return ((measured[::2].astype(np.float64) - measured[1::2]) / np.sqrt(2)).reshape(-1, measured.shape[2])


@given(snr=st.floats(0.01, 10), correlated=st.floats(0, 1), seed=st.integers(0, 2**32 - 1))
@steady
def test_the_signal_has_the_variance_asked_for_and_the_noise_variance_one(snr, correlated, seed):
    rng = generator(seed)
    signal = rng.standard_normal((400, 30)) * rng.uniform(1, 50, 30) + rng.uniform(-9, 9)
    before = signal.copy()
    measured = repeated(signal, repeats=6, snr=snr, correlated=correlated, rng=rng)
    assert (measured.shape, measured.dtype) == ((6, 400, 30), np.float32)
    np.testing.assert_array_equal(signal, before)
    # The signal of the mean over voxels and stimuli is exact, and so is what a repeat without noise would be.
    ideal = signal - signal.mean(axis=0)
    ideal *= np.sqrt(snr / ideal.var(axis=0).mean())
    rest = measured - ideal
    # A sum of 72,000 squares, whose leading axis alone may have a quarter of the variance.
    assert rest.var() == pytest.approx(1, abs=0.06)
    assert np.square(noise(measured)).mean() == pytest.approx(1, abs=0.08)
    assert np.abs(rest.mean(axis=(0, 1))).max() < 0.3


@pytest.mark.parametrize("correlated", [0.0, 0.3, 1.0])
def test_a_share_of_the_noise_falls_as_one_over_rank_along_its_axes(correlated):
    """Closed form: `1 - c + c p / (k H_p)` along axis `k`, within five standard errors of a variance."""
    p, count = 20, 40_000
    signal, axes = generator(1).standard_normal((count // 2, p)), random_axes(p, generator(2))
    measured = repeated(signal, repeats=4, snr=1.0, correlated=correlated, rng=generator(3), axes=axes)
    along = noise(measured) @ axes
    ranks = np.arange(1, p + 1)
    expected = 1 - correlated + correlated * p / ranks / np.sum(1 / ranks)
    assert expected.mean() == pytest.approx(1)
    error = np.sqrt(2 / count)
    assert (np.abs(along.var(axis=0) / expected - 1) < 5 * error).all()
    between = np.corrcoef(along.T) - np.eye(p)
    assert np.abs(between).max() < 5 / np.sqrt(count)
    if correlated:  # the control: along other axes it does not
        other = (noise(measured) @ random_axes(p, generator(4))).var(axis=0)
        assert np.abs(other / expected - 1).max() > 0.2


def test_the_axes_are_random_unless_given():
    signal = generator(1).standard_normal((5000, 6))
    options = {"repeats": 2, "snr": 1.0, "correlated": 1.0}
    leading = [
        np.linalg.eigh(np.cov(noise(repeated(signal, rng=generator(seed), **options)).T))[1][:, -1] for seed in range(8)
    ]
    overlaps = np.abs(np.array(leading) @ np.array(leading).T)[np.triu_indices(8, 1)]
    assert overlaps.min() < 0.3
    assert overlaps.max() < 0.999
    along = repeated(signal, rng=generator(0), axes=np.eye(6), **options)
    assert np.abs(np.linalg.eigh(np.cov(noise(along).T))[1][0, -1]) > 0.99


def test_noise_is_normal_and_its_own_in_every_repeat_and_stimulus():
    signal = generator(1).standard_normal((2000, 10))
    measured = repeated(signal, repeats=3, snr=1e-9, correlated=0.5, rng=generator(2)).astype(np.float64)
    for one, other in ((measured[0], measured[1]), (measured[1], measured[2]), (measured[0, 1:], measured[0, :-1])):
        shared = (one * other).mean(axis=0) / np.sqrt((one**2).mean(axis=0) * (other**2).mean(axis=0))
        assert np.abs(shared).max() < 5 / np.sqrt(len(one))
    assert stats.kstest(measured[0, :, 0] / measured[0, :, 0].std(), "norm").pvalue > 1e-3


@given(gain=st.floats(0.01, 100), offset=st.floats(-100, 100))
@steady
def test_the_units_of_the_signal_do_not_matter(gain, offset):
    signal = generator(1).standard_normal((50, 8)) * np.arange(1, 9)
    one, other = (repeated(each, rng=generator(2), **USUAL) for each in (signal, gain * signal + offset * np.arange(8)))
    np.testing.assert_allclose(one, other, atol=1e-4)
    uneven = repeated(signal * np.arange(1, 9), rng=generator(2), **USUAL)
    assert not np.allclose(one, uneven, atol=0.1)  # the control: those of single voxels do


def test_voxels_keep_what_stimuli_have_in_common():
    units = generator(1).standard_normal((12, 5)) * np.arange(1, 6)
    voxels = mixed(units, voxels=40_000, rng=generator(2))
    assert voxels.shape == (12, 40_000)
    gram = units @ units.T
    error = np.sqrt((gram**2 + np.outer(np.diag(gram), np.diag(gram))) / 40_000)  # of a Wishart matrix
    assert (np.abs(voxels @ voxels.T - gram) < 5 * error).all()


def test_mixing_is_linear_and_random():
    units = generator(1).standard_normal((12, 5))
    shown = mixed(units, voxels=7, rng=generator(2))
    np.testing.assert_allclose(mixed(-3 * units, voxels=7, rng=generator(2)), -3 * shown)
    np.testing.assert_allclose(shown, units @ np.linalg.lstsq(units, shown, rcond=None)[0], atol=1e-12)
    assert not np.allclose(mixed(units, voxels=7, rng=generator(3)), shown)


def test_scanning_is_mixing_and_repeating():
    units = generator(1).standard_normal((30, 5))
    measured = scan(units, voxels=9, rng=generator(2), **USUAL)
    rng = generator(2)
    np.testing.assert_array_equal(measured, repeated(mixed(units, voxels=9, rng=rng), rng=rng, **USUAL))
    np.testing.assert_array_equal(measured, scan(units, voxels=9, rng=generator(2), **USUAL))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"repeats": 0}, "repeats = 0, .* take at least one repeat, a positive ratio and a share between 0 and 1"),
        ({"snr": 0.0}, "snr = 0.0"),
        ({"snr": -1.0}, "snr = -1.0"),
        ({"snr": np.inf}, "snr = inf"),
        ({"snr": np.nan}, "snr = nan"),
        ({"correlated": -0.1}, "correlated = -0.1"),
        ({"correlated": 1.1}, "correlated = 1.1"),
        ({"correlated": np.nan}, "correlated = nan"),
        ({"voxels": 0}, "voxels is 0; take at least one"),
        ({"signal": np.ones(5)}, r"signal has shape \(5,\); expected \(n_stimuli, n_units\), finite"),
        ({"signal": np.full((5, 2), np.nan)}, r"signal has shape \(5, 2\)"),
        ({"signal": np.ones((5, 2))}, "signal is the same for all stimuli; pass responses that vary"),
    ],
)
def test_what_cannot_be_scanned_is_refused(options, message):
    signal = options.pop("signal", generator().standard_normal((20, 4)))
    with pytest.raises(ValueError, match=message):
        scan(signal, **{"voxels": 5, "rng": generator(), **USUAL, **options})


def test_extremes_are_granted():
    signal = generator().standard_normal((20, 4))
    for correlated in (0.0, 1.0):
        assert repeated(signal, repeats=1, snr=1e-9, correlated=correlated, rng=generator()).shape == (1, 20, 4)
