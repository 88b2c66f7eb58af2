"""The eigenspectrum against an SVD and known spectra, streamed or not; effective ranks and power laws against theorems."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learning_geometry.instruments.cross_validation import cvpca
from learning_geometry.instruments.spectrum import (
    PowerLawFit,
    StreamingCovariance,
    eigenspectrum,
    participation_ratio,
    power_law,
    rankme,
)

seeds = st.integers(0, 2**32 - 1)
steady = settings(deadline=None, derandomize=True, max_examples=50)


def slow_spectrum(x, center):
    x = x - x.mean(axis=0) if center else x
    return np.linalg.svd(x, compute_uv=False) ** 2 / (len(x) - 1 if center else len(x))


def with_spectrum(rng, eigenvalues, n):
    """Features whose sample covariance has exactly these eigenvalues."""
    d = len(eigenvalues)
    noise = rng.standard_normal((n, d))
    left = np.linalg.qr(noise - noise.mean(axis=0))[0]
    right = np.linalg.qr(rng.standard_normal((d, d)))[0]
    return left * np.sqrt((n - 1) * eigenvalues) @ right


@given(seed=seeds, n=st.integers(2, 40), d=st.integers(1, 40), center=st.booleans())
@steady
def test_spectrum_is_that_of_the_singular_values(seed, n, d, center):
    x = np.random.default_rng(seed).standard_normal((n, d)) + 1
    values = eigenspectrum(x, center=center)
    assert values.shape == (min(n, d),)
    assert values.dtype == np.float64
    assert np.all(values >= 0)
    assert np.all(np.diff(values) <= 0)
    np.testing.assert_allclose(values, slow_spectrum(x, center), atol=1e-12 * values[0])


@pytest.mark.parametrize("exponent", [1, 2, 4])
def test_known_spectrum_is_resolved_down_to_rounding(exponent):
    expected = np.arange(1.0, 201) ** -exponent
    x = with_spectrum(np.random.default_rng(0), expected, 500)
    np.testing.assert_allclose(eigenspectrum(x), expected, atol=1e-14)


def test_mean_of_a_thousand_standard_deviations_leaves_the_spectrum_alone():
    expected = np.arange(1.0, 51) ** -1
    x = with_spectrum(np.random.default_rng(1), expected, 300)
    np.testing.assert_allclose(eigenspectrum(x + 1000), expected, rtol=1e-9)
    np.testing.assert_allclose(eigenspectrum((x + 1000).astype(np.float32)), expected, rtol=1e-2)
    assert eigenspectrum(x + 1000, center=False)[0] > 1e6  # the control: without centring the mean leads


@given(seed=seeds, scale=st.floats(1e-3, 1e3))
@steady
def test_spectrum_is_invariant_to_rotation_and_quadratic_in_scale(seed, scale):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((20, 6)) * np.arange(1, 7)
    rotation = np.linalg.qr(rng.standard_normal((6, 6)))[0]
    values = eigenspectrum(x)
    np.testing.assert_allclose(eigenspectrum(scale * x @ rotation + scale), scale**2 * values, rtol=1e-9)
    assert not np.allclose(eigenspectrum(x @ np.diag([1, 1, 1, 1, 1, 3])), values)  # the control


def test_low_rank_gives_zeros_and_no_negative_eigenvalue():
    rng = np.random.default_rng(2)
    x = rng.standard_normal((50, 3)) @ rng.standard_normal((3, 30))
    values = eigenspectrum(x)
    assert values.min() >= 0
    assert np.all(values[3:] < 1e-13 * values[0])
    assert eigenspectrum(np.ones((5, 2))).tolist() == [0.0, 0.0]


@given(seed=seeds, n=st.integers(1, 30), scale=st.sampled_from([1e-200, 1.0, 1e200]))
@steady
def test_participation_ratio_lies_between_one_and_the_number_of_dimensions(seed, n, scale):
    rng = np.random.default_rng(seed)
    values = rng.uniform(0.1, 1, n)
    ratio = participation_ratio(scale * values)
    assert 1 - 1e-12 <= ratio <= n + 1e-12
    assert ratio == pytest.approx(values.sum() ** 2 / (values**2).sum())
    assert participation_ratio(np.full(n, scale)) == pytest.approx(n)
    assert participation_ratio([*np.zeros(n), scale]) == 1


@pytest.mark.parametrize(
    ("features", "message"),
    [
        (np.ones(3), r"shape \(3,\)"),
        (np.ones((1, 3)), r"shape \(1, 3\)"),
        (np.ones((3, 0)), r"shape \(3, 0\)"),
        (np.array([[1.0], [np.nan]]), "not finite"),
        (np.ones((3, 2), complex), "complex128"),
    ],
)
def test_spectrum_refuses(features, message):
    with pytest.raises(ValueError, match=message):
        eigenspectrum(features)


@pytest.mark.parametrize("values", [[], [[1.0]], [0.0, 0.0], [1.0, -0.1], [1.0, np.nan], [np.inf]])
def test_participation_ratio_refuses(values):
    with pytest.raises(ValueError, match="eigenvalues"):
        participation_ratio(values)


@given(seed=seeds, n=st.integers(1, 30), scale=st.sampled_from([1e-200, 1.0, 1e200]))
@steady
def test_rankme_counts_equal_eigenvalues_and_ignores_scale_and_order(seed, n, scale):
    values = np.random.default_rng(seed).uniform(0.1, 1, n)
    for of in ("eigenvalues", "singular_values"):
        assert rankme(np.full(n, scale), of=of) == pytest.approx(n, rel=1e-5)
        assert rankme([*np.zeros(n), scale], of=of) == pytest.approx(1, rel=1e-5 * n)
        assert rankme(scale * values[::-1], of=of) == pytest.approx(rankme(values, of=of), rel=1e-12)


@given(seed=seeds, n=st.integers(2, 50), exponent=st.floats(0, 4))
@steady
def test_rankme_of_singular_values_is_never_the_smaller(seed, n, exponent):
    # Taking roots evens the shares out, and entropy grows when they do.
    values = np.random.default_rng(seed).uniform(0.5, 1, n) * np.arange(1.0, n + 1) ** -exponent
    small, large = (rankme(values, of=of) for of in ("eigenvalues", "singular_values"))
    assert 1 - 1e-6 <= small <= large + 1e-12
    assert large <= n * (1 + 1e-5)
    assert rankme(values**2, of="singular_values") == pytest.approx(small, rel=1e-12)


def test_rankme_of_a_geometric_spectrum_has_a_closed_form():
    # Shares (1 - q) q^k have the entropy -ln(1 - q) - q ln q / (1 - q); singular values have the root of q.
    values = 0.9 ** np.arange(800)
    for of, q in (("eigenvalues", 0.9), ("singular_values", np.sqrt(0.9))):
        entropy = -np.log(1 - q) - q * np.log(q) / (1 - q)
        assert rankme(values, of=of) == pytest.approx(np.exp(entropy), rel=2e-6 * len(values))
    assert rankme(values, of="singular_values") > 1.9 * rankme(values, of="eigenvalues")


def test_rankme_epsilon_is_inside_the_sum():
    p = np.array([0.75, 0.25, 0.0]) + 1e-7
    assert rankme([3.0, 1.0, 0.0], of="eigenvalues") == pytest.approx(np.exp(-np.sum(p * np.log(p))), rel=1e-14)


@given(
    exponent=st.floats(0, 4),
    scale=st.sampled_from([1e-200, 1.0, 1e200]),
    first=st.integers(1, 60),
    length=st.integers(3, 60),
)
@steady
def test_power_law_is_recovered_exactly(exponent, scale, first, length):
    ranks = (first, first + length - 1)
    fit = power_law(scale * np.arange(1.0, 201) ** -exponent, ranks=ranks)
    assert isinstance(fit, PowerLawFit)
    assert fit.alpha == pytest.approx(exponent, abs=1e-10)
    if exponent > 0.01:
        assert fit.r2 == pytest.approx(1, abs=1e-9)
    assert fit.ranks == ranks


def test_a_flat_spectrum_has_exponent_zero_and_is_fitted_exactly():
    assert power_law(np.full(20, 0.3), ranks=(3, 12)) == (0.0, 1.0, (3, 12))


@given(seed=seeds, power=st.floats(0.2, 3))
@steady
def test_power_law_is_a_weighted_regression_and_linear_in_the_logarithm(seed, power):
    values = np.sort(np.random.default_rng(seed).uniform(0.01, 1, 150))[::-1]
    before = values.copy()
    fit = power_law(values, ranks=(12, 100))
    x, y = np.log(np.arange(12, 101)), np.log(values[11:100])
    weights = 1 / np.arange(12, 101)
    slope, offset = np.polyfit(x, y, 1, w=np.sqrt(weights))
    mean = np.average(y, weights=weights)
    r2 = 1 - np.sum(weights * (y - slope * x - offset) ** 2) / np.sum(weights * (y - mean) ** 2)
    assert fit.alpha == pytest.approx(-slope)
    assert fit.r2 == pytest.approx(r2)
    stretched = power_law(7 * values**power, ranks=(12, 100))
    assert stretched.alpha == pytest.approx(power * fit.alpha)
    assert stretched.r2 == pytest.approx(fit.r2)
    unweighted = -np.polyfit(x, y, 1)[0]
    assert abs(fit.alpha - unweighted) > 1e-4  # the control: the weights matter
    assert power_law(values, ranks=(12, 100)) == fit  # and no call moves the window of the next
    np.testing.assert_array_equal(values, before)


def test_window_includes_both_ends_and_nothing_else():
    values = np.arange(1.0, 201) ** -1.5
    outside = np.concatenate([100 * values[:11], values[11:100], 0.01 * values[100:]])
    assert power_law(outside, ranks=(12, 100)).alpha == pytest.approx(1.5, abs=1e-12)
    assert abs(power_law(outside, ranks=(11, 100)).alpha - 1.5) > 0.1  # the controls: one rank more at either end
    assert abs(power_law(outside, ranks=(12, 101)).alpha - 1.5) > 0.01


def test_exponential_decay_is_no_power_law():
    ranks = np.arange(1.0, 201)
    assert power_law(np.exp(-ranks / 10), ranks=(12, 100)).r2 < 0.95
    assert power_law(ranks**-2.0, ranks=(12, 100)).r2 > 1 - 1e-12


def test_exponent_four_is_read_from_features_in_float64_but_not_in_float32():
    x = with_spectrum(np.random.default_rng(3), np.arange(1.0, 201) ** -4, 500)
    shifted = x + 1000 * x.std()
    assert power_law(eigenspectrum(x), ranks=(11, 100)).alpha == pytest.approx(4, abs=1e-6)
    assert power_law(eigenspectrum(shifted), ranks=(11, 100)).alpha == pytest.approx(4, abs=1e-4)
    single = (x - x.mean(axis=0)).astype(np.float32)
    careless = np.abs(np.linalg.eigvalsh(single.T @ single)[::-1]).astype(np.float64)
    assert abs(power_law(np.sort(careless)[::-1], ranks=(11, 100)).alpha - 4) > 0.05  # the control


@given(seed=seeds, exponent=st.floats(0.3, 2), spread=st.floats(0, 0.5), scale=st.sampled_from([1e-200, 1.0, 1e200]))
@steady
def test_a_spectrum_that_does_not_descend_is_fitted_rank_by_rank(seed, exponent, spread, scale):
    """The exponent is linear in the logarithms: that of the law minus the weighted slope of the scatter around it."""
    rng, ranks = np.random.default_rng(seed), np.arange(1.0, 101)
    scatter = spread * rng.standard_normal(100)
    values = scale * ranks**-exponent * np.exp(scatter)
    fit = power_law(values, ranks=(5, 60))
    slope = np.polyfit(np.log(ranks[4:60]), scatter[4:60], 1, w=ranks[4:60] ** -0.5)[0]
    assert fit.alpha == pytest.approx(exponent - slope, abs=1e-9)
    # What a cross-validated spectrum is beyond the window, negative in places, does not matter.
    values[60:] *= rng.choice([-1, 1], 40)
    values[:4] *= -1
    outside = power_law(values, ranks=(5, 60))
    assert outside.alpha == pytest.approx(fit.alpha, abs=1e-9)
    assert outside.r2 == pytest.approx(fit.r2, abs=1e-9)


def test_the_exponent_of_a_cross_validated_spectrum_is_that_of_the_signal():
    """And sorting it, or cross-validating nothing, is not the same: the controls."""
    rng, ranks = np.random.default_rng(8), np.arange(1.0, 121)
    signal = rng.standard_normal((3000, 120)) * ranks**-0.5
    data = signal + 0.4 * rng.standard_normal((2, 3000, 120))
    spectrum = cvpca(data)
    window = (5, 60)
    assert np.any(np.diff(spectrum[4:60]) > 0)
    assert power_law(spectrum, ranks=window).alpha == pytest.approx(1.0, abs=0.1)
    assert power_law(eigenspectrum(data.mean(axis=0)), ranks=window).alpha < 0.5
    noise = cvpca(rng.standard_normal((2, 3000, 120)))
    with pytest.raises(ValueError, match=r"values there are negative, or zero up to rounding .* End the window before"):
        power_law(noise, ranks=window)
    assert power_law(np.sort(np.abs(noise))[::-1], ranks=window).alpha > 0.2  # what would be made of it


def streamed(chunks, n_features):
    stream = StreamingCovariance(n_features)
    for chunk in chunks:
        stream.update(chunk)
    return stream


def cut(rng, x, n_cuts):
    """Pieces of `x` between random places, some of them empty."""
    return np.split(x, np.sort(rng.integers(0, len(x) + 1, n_cuts)))


@given(
    seed=seeds,
    n=st.integers(2, 60),
    d=st.integers(1, 20),
    n_cuts=st.integers(0, 70),
    offset=st.sampled_from([0.0, 1.0, 1000.0]),
    dtype=st.sampled_from([np.float32, np.float64]),
    center=st.booleans(),
)
@steady
def test_streamed_spectrum_is_that_of_the_stacked_rows_however_cut(seed, n, d, n_cuts, offset, dtype, center):
    rng = np.random.default_rng(seed)
    x = (rng.standard_normal((n, d)) * np.arange(1, d + 1) ** -1.0 + offset).astype(dtype)
    x[n // 2 :] += dtype(3)  # A drift, so that the chunks have different means.
    chunks = cut(rng, x, n_cuts)
    stream = streamed([chunks[i] for i in rng.permutation(len(chunks))], d)
    expected = eigenspectrum(x, center=center)
    values = stream.eigenspectrum(center=center)
    assert values.shape == (min(n, d),)
    assert np.all(values >= 0)
    assert np.all(np.diff(values) <= 0)
    np.testing.assert_allclose(values, expected, atol=1e-12 * expected[0], rtol=0)
    precise = x.astype(np.float64)
    covariance = stream.covariance()
    np.testing.assert_allclose(covariance, np.cov(precise.T).reshape(d, d), atol=1e-12 * np.abs(covariance).max())
    np.testing.assert_array_equal(covariance, covariance.T)
    np.testing.assert_allclose(stream.mean, precise.mean(axis=0), atol=1e-12 * (offset + 10))
    assert stream.n_samples == n


@given(seed=seeds, n=st.integers(2, 60), d=st.integers(1, 10), offset=st.sampled_from([0.0, 1000.0]))
@steady
def test_merging_is_associative_commutative_and_has_the_empty_stream_as_unit(seed, n, d, offset):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, d)) + offset * rng.standard_normal(d)
    parts = cut(rng, x, 2)

    def joined(*order):
        total = StreamingCovariance(d)
        for part in order:
            total.merge(part)
        return total

    def fresh():
        return [streamed([part], d) for part in parts]

    a, b, c = fresh()
    left, right, turned = joined(joined(a, b), c), joined(a, joined(b, c)), joined(c, b, a)
    expected = eigenspectrum(x)
    for total in (left, right, turned, streamed([x], d)):
        assert total.n_samples == n
        np.testing.assert_allclose(total.eigenspectrum(), expected, atol=1e-12 * expected[0], rtol=0)
    for used, unused in zip((a, b, c), fresh(), strict=True):  # merging leaves the other as it was
        assert used.n_samples == unused.n_samples
        if used.n_samples >= 2:
            np.testing.assert_array_equal(used.covariance(), unused.covariance())


def test_streaming_keeps_the_digits_that_raw_moments_lose():
    expected = np.arange(1.0, 51) ** -2
    x = with_spectrum(np.random.default_rng(4), expected, 3000) + 1000  # three blocks, the last one short
    stream = streamed([x], 50)
    np.testing.assert_allclose(stream.eigenspectrum(), expected, rtol=1e-9)
    np.testing.assert_allclose(streamed(np.split(x[::-1], 30), 50).eigenspectrum(), expected, rtol=1e-9)
    mean = x.mean(axis=0)
    raw = (x.T @ x / len(x) - np.outer(mean, mean)) * len(x) / (len(x) - 1)
    error = np.abs(np.linalg.eigvalsh(raw)[::-1] / expected - 1).max()
    assert error > 1e-7  # the control: E[x x^T] - m m^T, in float64 too


def test_stream_of_few_samples_and_of_integers():
    rng = np.random.default_rng(5)
    x = rng.integers(-5, 6, (7, 30))
    stream = streamed(x[:, None], 30)
    np.testing.assert_allclose(stream.eigenspectrum(), eigenspectrum(x), atol=1e-12)
    assert stream.eigenspectrum().shape == (7,)
    one = streamed([x[:1]], 30)
    np.testing.assert_allclose(one.eigenspectrum(center=False), [np.sum(x[0] ** 2)])


def test_stream_keeps_no_chunk_and_little_memory():
    x = np.random.default_rng(6).standard_normal((50_000, 32), dtype=np.float32)
    tracemalloc.start()
    try:
        stream = streamed([x], 32)
        held, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # A matrix of 8 kB, and a block of 0.26 MB; the chunk has 6.4 MB, twice that in float64.
    assert held < 40_000
    assert peak < 1_000_000
    expected = stream.eigenspectrum(center=False)
    stream.mean[:] = 1e6
    x[:] = 0
    np.testing.assert_array_equal(stream.eigenspectrum(center=False), expected)


def test_refused_chunk_is_not_counted():
    stream = streamed([np.eye(3)], 3)
    bad = np.zeros((2000, 3))
    bad[-1, 0] = np.inf
    with pytest.raises(ValueError, match="not finite"):
        stream.update(bad)
    assert stream.n_samples == 3
    np.testing.assert_allclose(stream.eigenspectrum(), eigenspectrum(np.eye(3)), atol=1e-15)


@pytest.mark.parametrize(
    ("chunk", "message"),
    [
        (np.ones(3), r"chunk has shape \(3,\)"),
        (np.ones((2, 4)), "chunk has 4 features, but 3"),
        (np.full((1, 3), np.nan), "chunk.*not finite"),
        (np.ones((2, 3), complex), "chunk.*complex128"),
    ],
)
def test_update_refuses(chunk, message):
    with pytest.raises(ValueError, match=message):
        StreamingCovariance(3).update(chunk)


def test_stream_refuses_what_it_cannot_answer():
    with pytest.raises(ValueError, match="n_features is 0"):
        StreamingCovariance(0)
    with pytest.raises(ValueError, match="4 features"):
        StreamingCovariance(3).merge(StreamingCovariance(4))
    empty, one = StreamingCovariance(2), streamed([np.ones((1, 2))], 2)
    empty.update(np.ones((0, 2)))
    for ask in (empty.eigenspectrum, empty.covariance, lambda: empty.mean, lambda: empty.eigenspectrum(center=False)):
        with pytest.raises(ValueError, match="0 samples"):
            ask()
    for ask in (one.eigenspectrum, one.covariance):
        with pytest.raises(ValueError, match="1 samples"):
            ask()


@pytest.mark.parametrize("values", [[], [[1.0]], [0.0, 0.0], [1.0, -0.1], [1.0, np.nan], [np.inf], [1.0, -np.inf]])
def test_rankme_refuses(values):
    with pytest.raises(ValueError, match="eigenvalues"):
        rankme(values, of="eigenvalues")


def test_rankme_refuses_an_unknown_definition():
    with pytest.raises(ValueError, match="of is 'variance'"):
        rankme([1.0], of="variance")


@pytest.mark.parametrize(
    ("values", "ranks", "message"),
    [
        (np.ones(10), (0, 5), r"\(0, 5\)"),
        (np.ones(10), (5, 6), "3 ranks"),
        (np.ones(10), (6, 3), "3 ranks"),
        (np.ones(10), (5, 11), "10 eigenvalues"),
        (np.arange(10.0), (1, 5), "eigenvalues ascend"),
        ([1, 0.5, 0.4, 0.1, 0.0], (1, 5), "1, of rank 5. End the window before rank 5"),
        ([1, 0.5, 0.4, 1e-14, 1e-16], (1, 5), "1, of rank 5. End the window before rank 5"),
        ([1, -0.1, 0.4, 0.2, -0.1], (1, 5), r"2, of rank 2, 5. End the window before rank 2; or take `local_slopes`"),
        ([1, 0.5, *np.full(7, -1e-3)], (1, 9), r"7, of rank 3, 4, 5, 6, 7, .... End the window before rank 3"),
        ([1, 0.5, -np.inf, 0.1], (1, 3), "eigenvalues range"),
        ([-1, -0.5, -2], (1, 3), "eigenvalues range"),
        ([1, 0.5, np.nan], (1, 3), "eigenvalues range"),
        ([[1, 0.5, 0.3]], (1, 3), r"shape \(1, 3\)"),
    ],
)
def test_power_law_refuses(values, ranks, message):
    with pytest.raises(ValueError, match=message):
        power_law(values, ranks=ranks)


def test_power_law_of_low_rank_features_stops_where_rounding_begins():
    rng = np.random.default_rng(7)
    values = eigenspectrum(rng.standard_normal((400, 20)) @ rng.standard_normal((20, 200)))
    assert power_law(values, ranks=(5, 20)).alpha > 0
    with pytest.raises(ValueError, match=r"of rank 21\. End the window before rank 21"):
        power_law(values, ranks=(5, 21))
