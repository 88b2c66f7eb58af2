"""The alignment of signal and noise against its definition, and axes that are turned until they have it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learning_geometry.instruments import matched_null as module
from learning_geometry.instruments.matched_null import matched_null, random_axes
from learning_geometry.instruments.noise_alignment import Alignment, alignment, turned_towards_noise
from learning_geometry.instruments.scale_free import binned_cvpca, window
from learning_geometry.materials.scanner import repeated
from learning_geometry.materials.synthetic_areas import respond, spectrum

seeds = st.integers(0, 2**32 - 1)
steady = settings(deadline=None, derandomize=True, max_examples=30)
NONE = Alignment(0.0, np.inf)


def generator(seed=0):
    return np.random.default_rng(seed)


def area(where="aligned", *, exponent=0.7, voxels=60, stimuli=200, snr=0.3, seed=0, repeats=3):
    """Centred responses with noise along the signal's axes, along the same in reverse order, or along axes of its own."""
    rng = generator([seed, 3])
    signal, axes = respond(spectrum(f"power law {exponent}", voxels), n_stimuli=stimuli, rng=rng)
    along = {"aligned": axes, "reversed": axes[:, ::-1], "unrelated": None}[where]
    data = repeated(signal, repeats=repeats, snr=snr, correlated=0.5, rng=rng, axes=along).astype(np.float64)
    return data - data.mean(axis=1, keepdims=True)


def loudness(variances):
    return np.log(1 + variances / variances.mean())


# How much signal and noise are aligned


@pytest.mark.parametrize("repeats", [3, 4])
def test_the_alignment_is_its_definition_written_out(repeats):
    data = area(voxels=7, stimuli=40, repeats=repeats)
    above, below = 0.0, 0.0
    for r in range(repeats):
        others = np.delete(data, r, axis=0)
        mean = others.mean(axis=0)
        residuals = (others - mean).reshape(-1, 7)
        values, axes = np.linalg.eigh(residuals.T @ residuals)
        matrix = axes @ np.diag(loudness(values)) @ axes.T
        shared = data[r].T @ mean
        above += np.trace(shared @ (matrix - np.trace(matrix) / 7 * np.eye(7)))
        below += np.trace(shared)
    assert alignment(data).value == pytest.approx(above / below, rel=1e-9)


def test_unrelated_signal_and_noise_have_no_alignment_and_others_have_their_own():
    found = {
        where: np.array([alignment(area(where, seed=s)) for s in range(80)])
        for where in ("unrelated", "aligned", "reversed")
    }
    values, errors = found["unrelated"].T
    scores = values / errors
    assert abs(scores.mean()) < 4 / np.sqrt(80)
    assert scores.std() == pytest.approx(1, abs=0.3)  # the standard error is one
    assert np.mean(scores > 3) < 0.04
    assert np.mean(found["aligned"][:, 0] > 3 * found["aligned"][:, 1]) > 0.95
    assert found["reversed"][:, 0].mean() < -5 * found["reversed"][:, 0].std() / np.sqrt(80)
    # The truth: eigenvalues of the signal and of the noise, rank by rank.
    ranks = np.arange(1, 61)
    noise = loudness(0.5 + 0.5 * 60 / ranks / (1 / ranks).sum())
    truth = ranks**-0.7 @ (noise - noise.mean()) / (ranks**-0.7).sum()
    assert found["aligned"][:, 0].mean() == pytest.approx(truth, rel=0.15)


@given(seed=seeds, power=st.integers(-20, 20))
@steady
def test_voxels_may_be_turned_and_repeats_and_stimuli_reordered(seed, power):
    data, rng = area(voxels=12, stimuli=40, seed=seed % 50), generator(seed)
    before = data.copy()
    changed = 2.0**power * (data @ random_axes(12, rng))[rng.permutation(3)][:, rng.permutation(40)]
    np.testing.assert_allclose(alignment(changed), alignment(data), rtol=1e-7)
    np.testing.assert_array_equal(data, before)
    # The control: repeats of different stimuli share nothing.
    assert abs(alignment(data).value - alignment(np.stack([data[0], data[1, ::-1], data[2]])).value) > 1e-3


def test_where_nothing_can_be_said_the_error_is_infinite():
    data = area(voxels=12, stimuli=40)
    assert alignment(data[:2]) == NONE
    assert alignment(np.stack([data[0], -data[0], data[1], -data[1]])) == NONE  # repeats that share less than nothing
    assert alignment(np.stack([data[0]] * 3)).value == 0  # and without noise there is nothing to be aligned with


# Axes with a given alignment


def of(axes, eigenvalues, variances):
    weights = loudness(variances)
    return float(eigenvalues @ axes**2 @ (weights - weights.mean()) / eigenvalues.sum())


@given(seed=seeds, n=st.integers(4, 40), share=st.floats(0.05, 0.95), exponent=st.floats(0.3, 2))
@steady
def test_axes_are_turned_as_far_as_they_are_asked_to(seed, n, share, exponent):
    rng = generator(seed)
    axes, eigenvalues = random_axes(n, rng), np.arange(1.0, n + 1) ** -exponent
    variances = np.sort(rng.gamma(0.5, size=n))[::-1] + 0.01
    least, most = of(axes, eigenvalues, variances), of(np.eye(n), eigenvalues, variances)
    asked = least + share * (most - least)
    turned = turned_towards_noise(axes, aligned=asked, eigenvalues=eigenvalues, variances=variances)
    np.testing.assert_allclose(turned @ turned.T, np.eye(n), atol=1e-9)
    found = of(turned, eigenvalues, variances)
    further = of(
        turned_towards_noise(axes, aligned=np.inf, eigenvalues=eigenvalues, variances=variances),
        eigenvalues,
        variances,
    )
    assert found == pytest.approx(min(asked, further), abs=0.02 * (most - least))
    assert further >= least
    # Those that are aligned enough stay.
    for enough in (least, least - 0.1, -np.inf):
        same = turned_towards_noise(axes, aligned=enough, eigenvalues=eigenvalues, variances=variances)
        np.testing.assert_array_equal(same, axes)


def test_axes_that_are_turned_all_the_way_are_those_of_the_noise():
    variances = np.geomspace(100, 0.5, 12)
    turned = turned_towards_noise(
        random_axes(12, generator()), aligned=np.inf, eigenvalues=np.arange(1.0, 13) ** -1, variances=variances
    )
    assert np.abs(np.diag(turned))[:8].min() > 0.97
    # Nothing can be aligned with noise that is the same along all axes.
    axes = random_axes(12, generator())
    flat = turned_towards_noise(axes, aligned=np.inf, eigenvalues=np.arange(1.0, 13) ** -1, variances=np.ones(12))
    np.testing.assert_allclose(np.abs(flat), np.abs(axes), atol=1e-9)


# The power law that is like an area


def without(monkeypatch):
    monkeypatch.setattr(module, "alignment", lambda data: NONE)


def test_power_laws_lie_along_the_noise_as_the_area_does(monkeypatch):
    """And as much signal is lost to the removal of noise as in the area; without turning axes, much less."""
    bins = window(200, 40)

    def both():
        shared, lost = [], []
        for s in range(24):
            data, rng = area(seed=s), generator(s)
            drawn = matched_null(data, rng=rng).draw(rng).astype(np.float64)
            shared.append([alignment(x - x.mean(axis=1, keepdims=True)).value for x in (data, drawn)])
            lost.append([binned_cvpca(x, 20, bins) for x in (data, drawn)])
        return np.mean(shared, axis=0), np.mean(lost, axis=0)

    (of_area, of_draws), (shown, expected) = both()
    assert of_draws == pytest.approx(of_area, rel=0.25)
    assert np.abs(np.log(shown / expected)).max() < 0.25
    without(monkeypatch)
    (_, of_draws), (shown, expected) = both()
    assert of_draws < 0.7 * of_area
    assert np.log(shown / expected).max() < -0.15


def test_where_noise_has_axes_of_its_own_nothing_is_turned(monkeypatch):
    """To the bit, draws included: no random number more is taken."""
    data = area("unrelated", seed=1)
    rng = generator(1)
    null, after = matched_null(data, rng=rng), rng.standard_normal()
    without(monkeypatch)
    rng = generator(1)
    other = matched_null(data, rng=rng)
    assert rng.standard_normal() == after
    np.testing.assert_array_equal(null.mixing, other.mixing)
    np.testing.assert_array_equal(null.noise, other.noise)


@pytest.mark.parametrize(("n", "degrees"), [(120, 398), (240, 198), (120, 78)])
def test_variances_are_freed_from_what_sampling_makes_of_them(n, degrees):
    rng, ranks = generator(7), np.arange(1, n + 1)
    truth = 0.5 + 0.5 * n / ranks / (1 / ranks).sum()
    found, shrunk, sampled = [], [], []
    for _ in range(8):
        rows = rng.standard_normal((degrees, n)) * np.sqrt(truth)
        sampled.append(np.linalg.eigvalsh(rows.T @ rows / degrees)[::-1].clip(min=0.0))
        found.append(module._unscattered(sampled[-1], degrees, rng))
        shrunk.append(module._shrunk(sampled[-1], degrees))
        assert found[-1].sum() == pytest.approx(sampled[-1].sum())
        assert (np.diff(found[-1]) <= 0).all()
        assert found[-1].min() >= 0

    def off(values):
        return np.abs(np.log(np.mean(values, axis=0)[:40] / truth[:40])).mean()

    assert off(found) < 0.4
    assert off(found) < 0.8 * min(off(shrunk), off(sampled))


def test_noise_of_few_dimensions_is_no_trouble():
    data = area(snr=1.0)
    rng = generator(5)
    clean = np.stack([data.mean(axis=0)] * 3)
    noise = (rng.standard_normal((3, 200, 5)) * 3) @ np.linalg.svd(clean[0], full_matrices=False)[2][:5]
    assert alignment(clean + noise).value > 3 * alignment(clean + noise).error
    null = matched_null(clean + noise, rng=rng)
    assert np.isfinite(null.mixing).all()
    assert np.isfinite(null.noise).all()
    assert np.sum(null.noise**2) == pytest.approx(45, rel=0.1)
