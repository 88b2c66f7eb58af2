"""Cross-validated spectra against an SVD of the data, their invariances, and signals recovered from noise."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learning_geometry.instruments.cross_validation import (
    StreamingCrossValidation,
    cross_decomposition,
    cvpca,
    remove_noise_components,
)
from learning_geometry.instruments.spectrum import binned, curvature, eigenspectrum, geometric_bins

seeds = st.integers(0, 2**32 - 1)
either = st.sampled_from(["others", "stringer"])
steady = settings(deadline=None, derandomize=True, max_examples=40)

RANKS = np.arange(1.0, 401)
SPECTRA = {
    "power law 0.7": RANKS**-0.7,
    "power law 1": RANKS**-1.0,
    "power law 1.4": RANKS**-1.4,
    "exponential": np.exp(-RANKS / 15),
    "broken": np.where(RANKS <= 20, RANKS**-0.5, 20**2 * RANKS**-2.5),
    "cut off": RANKS**-0.8 * np.exp(-RANKS / 100),
}


def slow_cvpca(x, axes, n_components=0):
    x = x - x.mean(axis=1, keepdims=True)
    n_repeats, n, p = x.shape
    total = np.zeros(min(n, p))
    for held_out in range(n_repeats):
        others, left = np.delete(x, held_out, axis=0), x[held_out]
        if n_components:
            w = np.linalg.svd(residuals(others), full_matrices=False)[2][:n_components]
            others, left = others - others @ w.T @ w, left - left @ w.T @ w
        if axes == "others":
            v = np.linalg.svd(others.mean(axis=0), full_matrices=False)[2]
            total += np.sum((others.mean(axis=0) @ v.T) * (left @ v.T), axis=0) / n_repeats
        else:
            v = np.linalg.svd(left, full_matrices=False)[2]
            for other in others:
                total += np.sum((left @ v.T) * (other @ v.T), axis=0) / n_repeats / (n_repeats - 1)
    return total[: min(n - 1, p)] / (n - 1)


def residuals(x):
    x = x - x.mean(axis=1, keepdims=True)
    return (x - x.mean(axis=0)).reshape(-1, x.shape[2])


def slow_removal(x, n_components):
    v = np.linalg.svd(residuals(x), full_matrices=False)[2][:n_components]
    return x - x @ v.T @ v


def slow_cross_decomposition(first, second, folds, rng):
    x, y = first.mean(axis=0), second.mean(axis=0)
    parts = np.array_split(rng.permutation(len(x)), folds)
    total = 0
    for part in parts:
        train = np.setdiff1d(np.arange(len(x)), part)
        centre_x, centre_y = x[train].mean(axis=0), y[train].mean(axis=0)
        u, _, vt = np.linalg.svd((x[train] - centre_x).T @ (y[train] - centre_y), full_matrices=False)
        total += np.mean(((x[part] - centre_x) @ u) * ((y[part] - centre_y) @ vt.T), axis=0) / folds
    return total[: min(len(x) - len(parts[0]) - 1, x.shape[1], y.shape[1])]


def rotation(rng, p):
    return np.linalg.qr(rng.standard_normal((p, p)))[0]


def repeats(rng, shape, signal=1.0):
    return rng.standard_normal(shape) + signal * rng.standard_normal(shape[1:])


def measured(rng, variances, n, *, correlated=0.0):
    """A signal of the given spectrum in rotated voxels, and three repeats of it with noise of variance one."""
    p = len(variances)
    signal = rng.standard_normal((n, p)) * np.sqrt(variances * 0.5 * p / variances.sum()) @ rotation(rng, p)
    common = rng.standard_normal((3, n, 10)) @ rng.standard_normal((10, p)) * np.sqrt(correlated / 10)
    return signal, signal + common + np.sqrt(1 - correlated) * rng.standard_normal((3, n, p))


@given(
    seed=seeds,
    shape=st.tuples(st.integers(2, 4), st.integers(4, 25), st.integers(2, 25)),
    noise_components=st.integers(0, 3),
    axes=either,
    offset=st.sampled_from([0.0, 1000.0]),
)
@steady
def test_cvpca_is_that_of_singular_vectors(seed, shape, noise_components, axes, offset):
    rng = np.random.default_rng(seed)
    x = repeats(rng, shape, 2.0) + offset * rng.standard_normal((shape[0], 1, shape[2]))
    noise_components = min(noise_components, shape[2] - 1) if shape[0] > 2 else 0
    before = x.copy()
    spectrum = cvpca(x, noise_components=noise_components, axes=axes)
    assert spectrum.shape == (min(shape[1] - 1, shape[2]),)
    assert spectrum.dtype == np.float64
    expected = slow_cvpca(x, axes, noise_components)
    np.testing.assert_allclose(spectrum, expected, atol=1e-9)
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("shape", [(3, 220, 460), (3, 450, 420), (3, 410, 500)])
def test_noise_components_are_found_whichever_side_is_smaller(shape):
    # Large enough for Lanczos, of the voxels or of the stimuli, in one of the two calls or in both.
    rng = np.random.default_rng(0)
    x = repeats(rng, shape) + 2 * rng.standard_normal((*shape[:2], 12)) @ rng.standard_normal((12, shape[2]))
    np.testing.assert_allclose(remove_noise_components(x, 5), slow_removal(x, 5), atol=1e-8)
    np.testing.assert_allclose(cvpca(x, noise_components=5), slow_cvpca(x, "others", 5), atol=1e-8)


@pytest.mark.parametrize("shape", [(3, 60, 100), (3, 100, 60)])
def test_single_precision_costs_little_and_stays_single(shape):
    # Noise with a gap after its third component, so that these three are well determined.
    rng = np.random.default_rng(1)
    x = repeats(rng, shape) + 3 * rng.standard_normal((*shape[:2], 3)) @ rng.standard_normal((3, shape[2]))
    single = x.astype(np.float32)
    cleaned = remove_noise_components(single, 3)
    assert cleaned.dtype == np.float32
    np.testing.assert_allclose(cleaned, remove_noise_components(x, 3), atol=1e-4)
    for noise_components in (0, 3):
        expected = cvpca(x, noise_components=noise_components)
        spectrum = cvpca(single, noise_components=noise_components)
        np.testing.assert_allclose(spectrum, expected, atol=1e-5 * np.abs(expected).max())


@given(seed=seeds, scale=st.floats(0.01, 100), axes=either, noise_components=st.sampled_from([0, 2]))
@steady
def test_order_of_repeats_stimuli_and_voxels_and_rotations_do_not_matter(seed, scale, axes, noise_components):
    rng = np.random.default_rng(seed)
    x = repeats(rng, (3, 12, 9), 3.0)
    spectrum = cvpca(x, axes=axes, noise_components=noise_components)
    turned = x[rng.permutation(3)][:, rng.permutation(12)][:, :, rng.permutation(9)] @ rotation(rng, 9)
    shifted = scale * turned + rng.standard_normal((3, 1, 9))
    same = cvpca(shifted, axes=axes, noise_components=noise_components)
    np.testing.assert_allclose(same, scale**2 * spectrum, rtol=1e-6, atol=1e-9 * scale**2)
    unjoined = np.stack([x[0], x[1], x[2][rng.permutation(12)]])
    assert not np.allclose(cvpca(unjoined, axes=axes, noise_components=noise_components), spectrum)  # the control


@given(seed=seeds, n=st.integers(5, 20), p=st.integers(2, 20), axes=either)
@steady
def test_identical_repeats_have_the_spectrum_of_one(seed, n, p, axes):
    x = np.random.default_rng(seed).standard_normal((n, p))
    spectrum = cvpca(np.stack([x, x, x + 7]), axes=axes)
    np.testing.assert_allclose(spectrum, eigenspectrum(x)[: len(spectrum)], atol=1e-12)


def test_two_ways_of_choosing_axes_agree_for_two_repeats_only():
    x = repeats(np.random.default_rng(2), (3, 30, 20))
    np.testing.assert_allclose(cvpca(x[:2]), cvpca(x[:2], axes="stringer"), atol=1e-12)
    assert np.abs(cvpca(x) - cvpca(x, axes="stringer")).max() > 0.01


@pytest.mark.parametrize("axes", ["others", "stringer"])
@pytest.mark.parametrize("noise_components", [0, 4])
def test_without_a_signal_the_expectation_is_zero(axes, noise_components):
    rng = np.random.default_rng(3)
    mixing = rng.standard_normal((15, 15))
    noise = rng.standard_normal((400, 3, 20, 15)) @ mixing
    spectra = np.array([cvpca(x, axes=axes, noise_components=noise_components) for x in noise])
    error = np.sqrt(spectra.var(axis=0) / len(spectra))
    assert np.all(np.abs(spectra.mean(axis=0)) <= 4 * error + 1e-12)
    assert spectra.min() < 0
    x = rng.standard_normal((20, 15)) @ mixing
    shared = [cvpca(x + 0.5 * each, axes=axes, noise_components=noise_components) for each in noise[:20]]
    assert np.mean(shared, axis=0)[0] > 10 * error[0]  # the control: what the repeats share does not go away


def test_the_repeat_held_out_must_have_no_say_in_what_is_noise():
    rng = np.random.default_rng(13)
    noise = rng.standard_normal((100, 3, 30, 40))
    asked = np.array([cvpca(x, noise_components=5).sum() for x in noise])
    assert abs(asked.mean()) < 4 * asked.std() / 10
    beforehand = np.array([cvpca(remove_noise_components(x, 5)).sum() for x in noise])
    assert beforehand.mean() > 20 * beforehand.std() / 10  # the control: a signal out of nothing


def test_two_subjects_have_noise_of_their_own():
    rng = np.random.default_rng(14)
    first, second = rng.standard_normal((2, 60, 3, 30, 20))
    spectra = np.array(
        [cross_decomposition(x, y, noise_components=5, rng=rng).sum() for x, y in zip(first, second, strict=True)]
    )
    assert abs(spectra.mean()) < 4 * spectra.std() / np.sqrt(60)
    one = np.array([cross_decomposition(x[:2], x[1:], noise_components=5, rng=rng).sum() for x in first])
    assert one.mean() > 4 * one.std() / np.sqrt(60)  # the control: a repeat on both sides


def test_dimensions_beyond_those_of_the_signal_hold_nothing():
    rng = np.random.default_rng(4)
    signal = rng.standard_normal((200, 4)) * 5 @ np.linalg.qr(rng.standard_normal((100, 4)))[0].T
    spectrum = cvpca(signal + rng.standard_normal((3, 200, 100)))
    np.testing.assert_allclose(spectrum[:4], eigenspectrum(signal)[:4], rtol=0.1)
    assert np.abs(spectrum[4:].mean()) < 0.02
    assert eigenspectrum(signal + rng.standard_normal((200, 100)))[4:].mean() > 0.5  # the control: one repeat


@pytest.mark.parametrize("name", SPECTRA)
def test_known_spectra_are_recovered_and_correlated_noise_is_repaired(name):
    rng = np.random.default_rng(5)
    bins = geometric_bins(60, per_decade=5)
    signal, white = measured(rng, SPECTRA[name], 300)
    truth = eigenspectrum(signal)  # of this sample of stimuli, without any noise
    expected = binned(truth, bins)[1]
    np.testing.assert_allclose(binned(cvpca(white), bins)[1], expected, rtol=0.25)
    assert binned(eigenspectrum(white.mean(axis=0)), bins)[1][-1] > 1.3 * expected[-1]  # the control: PCA of the mean

    signal, noisy = measured(rng, SPECTRA[name], 300, correlated=0.5)
    truth = eigenspectrum(signal)
    expected = binned(truth, bins)[1]
    raw, repaired = cvpca(noisy), cvpca(noisy, noise_components=10)
    np.testing.assert_allclose(binned(repaired, bins)[1], expected, rtol=0.25)
    assert np.abs(binned(raw, bins)[1] / expected - 1).max() > 0.4  # the control: nothing removed
    found = curvature(repaired, ranks=(1, 60))
    assert found == pytest.approx(curvature(truth, ranks=(1, 60)), abs=0.05)
    assert (found < -0.1) == (name in ("exponential", "broken"))


@given(seed=seeds, shape=st.tuples(st.integers(2, 4), st.integers(5, 15), st.integers(4, 15)), k=st.integers(0, 3))
@steady
def test_removal_takes_the_leading_noise_and_leaves_the_rest(seed, shape, k):
    x = repeats(np.random.default_rng(seed), shape) + 3
    before = x.copy()
    cleaned = remove_noise_components(x, k)
    np.testing.assert_allclose(cleaned, slow_removal(x, k), atol=1e-9)
    values = eigenspectrum(residuals(x), center=False)
    expected = np.append(values[k:], np.zeros(k))
    np.testing.assert_allclose(eigenspectrum(residuals(cleaned), center=False), expected, atol=1e-10)
    np.testing.assert_array_equal(x, before)
    assert cleaned is not x


def test_signal_across_the_noise_survives_its_removal():
    rng = np.random.default_rng(6)
    axes = rotation(rng, 30)
    signal = rng.standard_normal((50, 10)) @ axes[:10]
    x = signal + 5 * rng.standard_normal((3, 50, 5)) @ axes[10:15]
    np.testing.assert_allclose(remove_noise_components(x, 5), np.stack([signal] * 3), atol=1e-10)
    assert np.abs(remove_noise_components(x, 4) - signal).max() > 1  # the control: one component is left


def test_sessions_of_different_means_are_no_noise():
    rng = np.random.default_rng(7)
    x = repeats(rng, (3, 40, 20))
    drifting = x + 100 * rng.standard_normal((3, 1, 20))
    kept = drifting - x
    np.testing.assert_allclose(slow_removal(x, 3) - x, (remove_noise_components(x, 3) - x), atol=1e-10)
    spectra = [cvpca(data, noise_components=3) for data in (x, drifting)]
    np.testing.assert_allclose(*spectra, atol=1e-9)
    assert np.abs(kept).max() > 100


@given(
    seed=seeds,
    n=st.integers(6, 25),
    widths=st.tuples(st.integers(1, 30), st.integers(1, 30)),
    n_repeats=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    folds=st.integers(2, 6),
)
@steady
def test_cross_decomposition_is_that_of_singular_vectors(seed, n, widths, n_repeats, folds):
    rng = np.random.default_rng(seed)
    shared = rng.standard_normal((n, 3))
    first, second = (
        3 * shared @ rng.standard_normal((3, p)) + rng.standard_normal((r, n, p)) + 10
        for p, r in zip(widths, n_repeats, strict=True)
    )
    spectrum = cross_decomposition(first, second, folds=folds, rng=np.random.default_rng(seed))
    expected = slow_cross_decomposition(first, second, folds, np.random.default_rng(seed))
    assert spectrum.shape == (min(n - -(-n // folds) - 1, *widths),)
    np.testing.assert_allclose(spectrum, expected, atol=1e-5 * np.abs(expected).max())
    turned = cross_decomposition(second @ rotation(rng, widths[1]), first, folds=folds, rng=np.random.default_rng(seed))
    np.testing.assert_allclose(turned, spectrum, atol=1e-5 * np.abs(expected).max())


def test_two_brains_share_what_their_stimuli_evoke_and_nothing_else():
    rng = np.random.default_rng(8)
    n, p, q = 160, 60, 220
    latent = rng.standard_normal((n, 5)) * [8, 6, 5, 4, 3]
    ways = [np.linalg.qr(rng.standard_normal((width, 5)))[0].T for width in (p, q)]
    first, second = (
        latent @ way + rng.standard_normal((2, n, way.shape[1])) + rng.standard_normal((2, n, 4)) @ common
        for way, common in zip(ways, (rng.standard_normal((4, p)), rng.standard_normal((4, q))), strict=True)
    )
    spectrum = cross_decomposition(first, second, noise_components=4, rng=rng)
    assert spectrum[:5].sum() == pytest.approx(eigenspectrum(latent).sum(), rel=0.15)
    assert np.abs(spectrum[5:]).max() < 1
    order = rng.permutation(n)
    unrelated = cross_decomposition(first, second[:, order], noise_components=4, rng=rng)
    assert np.abs(unrelated[:5].sum()) < 0.2 * spectrum[:5].sum()  # the control: other stimuli
    again = cross_decomposition(first[:, order], second[:, order], noise_components=4, rng=rng)
    assert again[:5].sum() == pytest.approx(spectrum[:5].sum(), rel=0.05)


def test_folds_come_from_the_generator_alone():
    first, second = repeats(np.random.default_rng(9), (2, 20, 8), 3.0)[:, None]
    before = first.copy()
    runs = [cross_decomposition(first, second, rng=np.random.default_rng(seed)) for seed in (0, 0, 1)]
    np.testing.assert_array_equal(runs[0], runs[1])
    assert not np.allclose(runs[0], runs[2])
    np.testing.assert_array_equal(first, before)


def streamed(x, n_cuts, rng):
    stream = StreamingCrossValidation(len(x), x.shape[2])
    chunks = np.split(x, np.sort(rng.integers(0, x.shape[1] + 1, n_cuts)), axis=1)
    for i in rng.permutation(len(chunks)):
        stream.update(chunks[i])
    return stream


@given(
    seed=seeds,
    shape=st.tuples(st.integers(2, 4), st.integers(4, 30), st.integers(2, 12)),
    n_cuts=st.integers(0, 10),
    axes=either,
    noise_components=st.integers(0, 2),
    offset=st.sampled_from([0.0, 1000.0]),
)
@steady
def test_streamed_spectrum_is_that_of_all_stimuli_however_cut(seed, shape, n_cuts, axes, noise_components, offset):
    rng = np.random.default_rng(seed)
    x = repeats(rng, shape, 2.0) + offset
    x[:, shape[1] // 2 :] += 3  # A drift, so that the chunks have different means.
    noise_components = min(noise_components, shape[2] - 1) if shape[0] > 2 else 0
    stream = streamed(x, n_cuts, rng)
    assert stream.n_stimuli == shape[1]
    for _ in range(2):  # Asking changes nothing.
        spectrum = stream.cvpca(noise_components=noise_components, axes=axes)
        np.testing.assert_allclose(spectrum, cvpca(x, noise_components=noise_components, axes=axes), atol=1e-8)


def test_refused_chunk_is_not_counted():
    x = repeats(np.random.default_rng(10), (2, 10, 3))
    stream = streamed(x, 2, np.random.default_rng(10))
    for chunk, message in (
        (np.full((2, 4, 3), np.nan), "chunk has values that are not finite"),
        (np.ones((3, 4, 3)), "chunk has 3 repeats of 3 voxels, but 2 of 3"),
        (np.ones((2, 4, 4)), "chunk has 2 repeats of 4 voxels, but 2 of 3"),
        (np.ones((4, 3)), r"chunk has shape \(4, 3\)"),
    ):
        with pytest.raises(ValueError, match=message):
            stream.update(chunk)
    assert stream.n_stimuli == 10
    np.testing.assert_allclose(stream.cvpca(), cvpca(x), atol=1e-12)


@pytest.mark.parametrize("noise_components", [0, 10])
@pytest.mark.parametrize("shape", [(3, 300, 900), (3, 900, 300)])
def test_no_more_than_three_copies_of_the_responses_are_alive(shape, noise_components):
    x = np.random.default_rng(11).standard_normal(shape, dtype=np.float32)
    tracemalloc.start()
    try:
        cvpca(x, noise_components=noise_components)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2 * x.nbytes


three = repeats(np.random.default_rng(12), (3, 6, 5))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: cvpca(three[0]), r"shape \(6, 5\)"),
        (lambda: cvpca(three[:1]), r"at least \(2, 3, 1\)"),
        (lambda: cvpca(three[:, :2]), r"at least \(2, 3, 1\)"),
        (lambda: cvpca(three[:, :, :0]), r"at least \(2, 3, 1\)"),
        (lambda: cvpca(np.where(three > 2, np.inf, three)), "not finite"),
        (lambda: cvpca(three * 1j), "complex128"),
        (lambda: cvpca(three, axes="mean"), "axes is 'mean'; choose"),
        (lambda: cvpca(three, noise_components=-1), "noise_components is -1"),
        (lambda: cvpca(three, noise_components=5), "noise_components is 5; pass 0 to 4"),
        (lambda: cvpca(three[:2], noise_components=1), "two repeats beside the one held out; pass three"),
        (lambda: remove_noise_components(three, 5), "noise_components is 5; pass 0 to 4"),
        (lambda: remove_noise_components(np.stack([three[0]] * 3), 1), "fewer dimensions"),
        (lambda: remove_noise_components(np.stack([three[0] + 100] * 3).astype(np.float32), 1), "fewer dimensions"),
        (lambda: remove_noise_components(three[:1], 1), "responses has shape"),
        (
            lambda: streamed(np.stack([three[0] + 9] * 3), 1, np.random.default_rng(0)).cvpca(noise_components=1),
            "fewer",
        ),
        (lambda: cross_decomposition(three, three[:, :5], rng=np.random.default_rng(0)), "6 stimuli but second 5"),
        (lambda: cross_decomposition(three, three, folds=1, rng=np.random.default_rng(0)), "folds is 1; pass 2 to 6"),
        (lambda: cross_decomposition(three, three, folds=7, rng=np.random.default_rng(0)), "folds is 7; pass 2 to 6"),
        (lambda: cross_decomposition(three[:1], three, noise_components=1, rng=np.random.default_rng(0)), "first has"),
        (lambda: StreamingCrossValidation(1, 5), "1 repeats of 5 voxels"),
        (lambda: StreamingCrossValidation(2, 0), "2 repeats of 0 voxels"),
        (lambda: StreamingCrossValidation(2, 5).cvpca(), "0 stimuli were added, but 3"),
        (lambda: streamed(three, 1, np.random.default_rng(0)).cvpca(axes="mean"), "axes is 'mean'"),
        (lambda: streamed(three, 1, np.random.default_rng(0)).cvpca(noise_components=5), "noise_components is 5"),
        (lambda: streamed(three[:2], 1, np.random.default_rng(0)).cvpca(noise_components=1), "pass three repeats"),
    ],
)
def test_refuses(call, message):
    with pytest.raises(ValueError, match=message):
        call()
