"""Draws have the exponent, the signal and the noise that they should, and the null of a known area is that area."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from learning_geometry.instruments import matched_null as module
from learning_geometry.instruments.matched_null import MatchedNull, NoSignal, matched_null, random_axes
from learning_geometry.instruments.spectrum import moment_alpha, unbiased_moments
from learning_geometry.materials.scanner import repeated
from learning_geometry.materials.synthetic_areas import respond, spectrum

seeds = st.integers(0, 2**32 - 1)
steady = settings(deadline=None, derandomize=True, max_examples=30)


def generator(seed=0):
    return np.random.default_rng(seed)


def known(exponent=1.0, *, voxels=60, stimuli=500, seed=0, correlated=0.5, snr=0.5, aligned=False, repeats=3):
    rng = generator([seed, 1])
    signal, axes = respond(spectrum(f"power law {exponent}", voxels), n_stimuli=stimuli, rng=rng)
    along = axes if aligned else None
    return repeated(signal, repeats=repeats, snr=snr, correlated=correlated, rng=rng, axes=along)


def residual_covariance(data):
    data = data.astype(np.float64) - data.mean(axis=1, keepdims=True)
    residuals = (data - data.mean(axis=0)).reshape(-1, data.shape[2])
    return residuals.T @ residuals / ((len(data) - 1) * (data.shape[1] - 1))


# What is drawn


@pytest.mark.parametrize("exponent", [0.5, 1.0, 2.0])
def test_draws_have_the_signal_the_noise_and_the_exponent_of_the_null(exponent):
    """Monte Carlo against closed forms, each within five standard errors."""
    rng, p, n, count = generator(1), 8, 50, 400
    eigenvalues = 3.0 * np.arange(1, p + 1) ** -exponent
    mixing = (np.sqrt(eigenvalues)[:, None] * random_axes(p, rng)).astype(np.float32)
    noise = rng.uniform(0.5, 2, p).astype(np.float32)
    null = MatchedNull(alpha=exponent, scale=3.0, n_repeats=3, n_stimuli=n, mixing=mixing, noise=noise)
    draws = np.array([null.draw(rng) for _ in range(count)])
    assert draws.shape == (count, 3, n, p)
    assert draws.dtype == np.float32
    draws = draws.astype(np.float64)
    across = np.einsum("cni,cnj->cij", draws[:, 0], draws[:, 2]) / n
    apart = np.einsum("cni,cnj->cij", *[draws[:, 0] - draws[:, 1]] * 2) / n / 2
    for found, truth in ((across, mixing.T @ mixing), (apart, np.diag(noise**2))):
        error = found.std(axis=0) / np.sqrt(count)
        assert (np.abs(found.mean(axis=0) - truth) < 5 * error).all()
    assert not np.allclose(apart.mean(axis=0), mixing.T @ mixing, atol=0.2)  # the control
    moments = np.array([unbiased_moments(draw) for draw in draws])
    powers = [np.sum(eigenvalues**k) for k in range(1, 5)]
    assert (np.abs(moments.mean(axis=0) - powers) < 5 * moments.std(axis=0) / np.sqrt(count)).all()
    assert moment_alpha(moments.mean(axis=0), n_dimensions=p).alpha == pytest.approx(exponent, abs=0.05)


def test_draws_differ_and_are_normal():
    null = matched_null(known(), rng=generator())
    rng = generator(1)
    first, second = null.draw(rng), null.draw(rng)
    assert not np.allclose(first, second)
    np.testing.assert_array_equal(null.draw(generator(1)), first)
    standard = first[0] / np.sqrt((null.mixing**2).sum(axis=0) + null.noise**2)
    assert stats.kstest(standard[:, 0], "norm").pvalue > 1e-3
    assert standard.var() == pytest.approx(1, abs=0.05)


@given(seed=seeds, p=st.integers(1, 12))
@steady
def test_random_axes_are_orthogonal(seed, p):
    axes = random_axes(p, generator(seed))
    np.testing.assert_allclose(axes.T @ axes, np.eye(p), atol=1e-12)


def test_random_axes_point_anywhere():
    """Of the uniform distribution: entries of mean zero and variance 1 / p, and a trace of variance 1."""
    rng = generator(2)
    axes = np.array([random_axes(3, rng) for _ in range(4000)])
    assert np.abs(axes.mean(axis=0)).max() < 5 / np.sqrt(3 * 4000)
    np.testing.assert_allclose(axes.var(axis=0), 1 / 3, atol=0.03)
    assert np.trace(axes, axis1=1, axis2=2).var() == pytest.approx(1, abs=0.12)


# What is fitted


@pytest.mark.parametrize("aligned", [False, True])
@pytest.mark.parametrize("exponent", [0.7, 1.0, 1.4])
def test_the_null_of_a_power_law_is_that_power_law(exponent, aligned):
    nulls = [matched_null(known(exponent, seed=s, aligned=aligned), rng=generator(s)) for s in range(6)]
    alphas = [null.alpha for null in nulls]
    assert np.mean(alphas) == pytest.approx(exponent, abs=4 * np.std(alphas) / np.sqrt(6) + 0.02)
    signal = [float((null.mixing**2).sum()) for null in nulls]
    noise = [float((null.noise**2).sum()) for null in nulls]
    assert np.mean(signal) / np.mean(noise) == pytest.approx(0.5, rel=0.1)
    assert np.mean(noise) == pytest.approx(60, rel=0.02)
    for null in nulls:
        np.testing.assert_allclose(
            np.linalg.svd(null.mixing, compute_uv=False) ** 2,
            null.scale * np.arange(1, 61) ** -null.alpha,
            rtol=1e-4,
        )
        assert (null.n_repeats, null.n_stimuli, null.mixing.shape, null.noise.shape) == (3, 500, (60, 60), (60,))


@pytest.mark.parametrize("repeats", [2, 3, 5])
@pytest.mark.parametrize("shape", [(200, 60), (30, 60), (8, 200)])
def test_the_noise_has_the_variance_of_the_residuals(shape, repeats):
    data = known(stimuli=shape[0], voxels=shape[1], repeats=repeats, snr=5.0)
    null = matched_null(data, rng=generator())
    assert (null.noise**2).sum() == pytest.approx(np.trace(residual_covariance(data)), rel=1e-4)
    assert len(null.noise) == min(shape[1], repeats * shape[0])


def test_leading_components_of_the_noise_stay_and_the_others_scatter_less():
    data = known(stimuli=100, correlated=0.0, snr=0.5)
    null = matched_null(data, rng=generator())
    sample = np.linalg.eigvalsh(residual_covariance(data))[::-1]
    variances = null.noise.astype(np.float64) ** 2
    np.testing.assert_allclose(variances[:20], sample[:20], rtol=1e-4)
    # Of independent noise the eigenvalues beyond are all the same, and so many stimuli scatter them widely.
    assert sample[20:].std() > 0.1
    assert variances[20:].std() < 0.3 * sample[20:].std()
    # The control: what scatters more than noise would is kept.
    data = known(correlated=0.0, snr=0.5)
    data = data + np.linspace(0, 3, 60) * generator(3).standard_normal((3, 500, 60))
    sample = np.linalg.eigvalsh(residual_covariance(data))[::-1]
    null = matched_null(data, rng=generator())
    assert (null.noise[20:] ** 2).std() > 0.8 * sample[20:].std()


def overlap(null):
    """The share of the signal's leading axis that lies along the five leading axes of the noise."""
    first = null.mixing[0] / np.linalg.norm(null.mixing[0])
    return float(np.sum(first[:5] ** 2))


def test_noise_along_the_signal_s_axes_stays_there():
    aligned, apart = (
        [overlap(matched_null(known(seed=s, snr=1.0, aligned=where), rng=generator(s))) for s in range(4)]
        for where in (True, False)
    )
    assert min(aligned) > 0.9
    assert max(apart) < 0.6
    # And in the draws, of which the null is fitted anew.
    again = [
        overlap(matched_null(matched_null(known(seed=s, snr=1.0, aligned=True), rng=generator(s)).draw(rng), rng=rng))
        for s in range(4)
        for rng in [generator([s, 2])]
    ]
    assert min(again) > 0.9


def test_the_signal_lies_where_the_repeats_share_it():
    data = known(1.4, snr=2.0)
    null = matched_null(data, rng=generator())
    shared = np.einsum("ni,nj->ij", data[0] - data[0].mean(0), data[1] - data[1].mean(0)) / 499
    shared = (shared + shared.T) / 2
    noise_axes = np.linalg.eigh(residual_covariance(data))[1][:, ::-1]
    first = noise_axes @ (null.mixing[0] / np.linalg.norm(null.mixing[0]))
    leading = np.linalg.eigh(shared)[1][:, -1]
    assert abs(first @ leading) > 0.95
    # The axes of a weak signal are not known, and random.
    weak = known(1.4, snr=0.05)
    one, other = (matched_null(weak, rng=generator(s)).mixing for s in (0, 1))
    same = np.abs(np.vecdot(one, other)) / np.linalg.norm(one, axis=1) / np.linalg.norm(other, axis=1)
    assert same[10:].max() < 0.9
    again = np.abs(np.vecdot(null.mixing, matched_null(data, rng=generator(1)).mixing))[:5]
    np.testing.assert_allclose(again, np.sum(null.mixing[:5] ** 2, axis=1), rtol=1e-4)  # the control: of a strong one


def test_more_voxels_than_responses():
    data = known(stimuli=30, voxels=300, snr=2.0, correlated=0.2)
    null = matched_null(data, rng=generator())
    drawn = null.draw(generator(1))
    assert drawn.shape == (3, 30, 90)
    assert np.isfinite(drawn).all()
    assert null.alpha == pytest.approx(1.0, abs=0.25)
    # All that counts is what stimuli have in common: variances of a response, over those that are the area's.
    between = [float(np.square(x - x.mean(axis=1, keepdims=True)).sum()) for x in (drawn, data)]
    assert between[0] == pytest.approx(between[1], rel=0.15)


def test_identical_repeats_have_no_noise():
    data = np.stack([known(snr=1.0, correlated=0.0)[0]] * 3)
    null = matched_null(data, rng=generator())
    assert null.noise.max() < 1e-3
    drawn = null.draw(generator())
    np.testing.assert_allclose(drawn[0], drawn[1], atol=1e-2)
    assert drawn.std() > 0.5


@given(seed=seeds, power=st.integers(-12, 12), single=st.booleans())
@steady
def test_units_change_the_scale_alone_and_the_input_is_left_alone(seed, power, single):
    data = known(voxels=12, stimuli=60, snr=3.0, seed=seed % 100, correlated=0.0)
    data = data if single else data.astype(np.float64)
    before = data.copy()
    null = matched_null(data, rng=generator(seed))
    np.testing.assert_array_equal(data, before)
    scaled = matched_null(data * 2.0**power, rng=generator(seed))
    assert scaled.alpha == pytest.approx(null.alpha, abs=1e-5)
    assert scaled.scale == pytest.approx(4.0**power * null.scale, rel=1e-5)
    np.testing.assert_allclose(scaled.noise, 2.0**power * null.noise, rtol=1e-4)
    np.testing.assert_allclose(scaled.mixing, 2.0**power * null.mixing, rtol=1e-2, atol=1e-4 * 2.0**power)


@pytest.mark.parametrize("offset", [1e4, 1e8])
def test_a_large_mean_costs_no_digits(offset):
    data = known(voxels=12, stimuli=60, snr=3.0).astype(np.float64)
    null, moved = matched_null(data, rng=generator()), matched_null(data + offset, rng=generator())
    assert moved.alpha == pytest.approx(null.alpha, abs=1e-4)
    np.testing.assert_allclose(moved.noise, null.noise, rtol=1e-3)


# What is refused


def test_moments_from_the_first_that_is_not_positive_on_are_left_out(monkeypatch):
    given_moments = np.array([2.0, 0.8, 0.5, 0.4])
    monkeypatch.setattr(module, "unbiased_moments", lambda data, n_moments: moments[:n_moments])
    data = known()
    moments = given_moments * [1, 1, -1, 1]
    assert matched_null(data, rng=generator()).alpha == moment_alpha(given_moments[:2], n_dimensions=60).alpha
    moments = given_moments
    assert matched_null(data, rng=generator()).alpha == moment_alpha(given_moments, n_dimensions=60).alpha
    for wrong in (0, 1):
        moments = given_moments * np.where(np.arange(4) == wrong, -1, 1)
        message = f"moment {wrong + 1} of what 3 repeats of 500 stimuli share is {moments[wrong]:.3g}, not positive: "
        with pytest.raises(NoSignal, match=message + "there is no signal, or too little; average voxels, or show more"):
            matched_null(data, rng=generator())


@pytest.mark.parametrize("stimuli", [3, 4])
def test_few_stimuli_have_few_moments(stimuli):
    # Along a line, so that no moment of hardly any noise is negative.
    rng = generator(4)
    line = np.outer(np.arange(stimuli), np.ones(6))
    data = line + 0.01 * rng.standard_normal((2, stimuli, 6))
    assert matched_null(data, rng=rng).draw(rng).shape == (2, stimuli, 6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x: x[0], r"responses has shape \(500, 60\)"),
        (lambda x: x[:1], r"responses has shape \(1, 500, 60\); .* at least \(2, 3, 1\)"),
        (lambda x: x[:, :2], r"responses has shape \(3, 2, 60\)"),
        (lambda x: np.where(x > 3, np.inf, x), "responses has values that are not finite; remove the stimuli"),
        (lambda x: x.astype(str), "responses has dtype"),
    ],
)
def test_malformed_responses_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        matched_null(change(known()), rng=generator())
