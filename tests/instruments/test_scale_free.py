"""Power laws pass and bends do not; the decision follows from constructed draws; what should not matter does not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learning_geometry.instruments import cross_validation
from learning_geometry.instruments.cross_validation import NoSignal, scale_free
from learning_geometry.instruments.matched_null import matched_null
from learning_geometry.instruments.scale_free import (
    MARGIN,
    MISFIT,
    ScaleFreeTest,
    bends,
    binned_cvpca,
    decide,
    window,
)
from learning_geometry.materials.scanner import repeated
from learning_geometry.materials.synthetic_areas import respond, spectrum

seeds = st.integers(0, 2**32 - 1)
steady = settings(deadline=None, derandomize=True, max_examples=40)

BINS = window(200, 200)
X = np.log([np.exp(np.log(np.arange(first, last + 1)).mean()) for first, last in BINS])
X -= X.mean()


def generator(seed=0):
    return np.random.default_rng(seed)


def area(name, *, seed=0, stimuli=120, voxels=60, snr=1.0):
    """Three repeats of an area whose spectrum is known, in noise of which voxels share three tenths."""
    rng = generator([seed, 1])
    signal, _ = respond(spectrum(name, voxels), n_stimuli=stimuli, rng=rng)
    return repeated(signal, repeats=3, snr=snr, correlated=0.3, rng=rng)


def judged(responses, seed=0, **options):
    return scale_free(responses, rng=generator(seed), **{"noise_components": 5, "n_bootstrap": 19, **options})


def power_laws(spread, *, count=199, seed=0):
    """Draws `(count, n_bins)` whose logarithms are normal around a power law, with a standard deviation of their own each."""
    scatter = spread * np.linspace(0.5, 1.5, len(BINS)) * generator(seed).standard_normal((count, len(BINS)))
    return np.exp(1 - 1.3 * X + scatter)


def bent_by(coefficient, draws, *, tilt=0.0):
    """A spectrum whose logarithm relative to the mean of the draws is quadratic in that of the rank."""
    return draws.mean(axis=0) * np.exp(0.7 + tilt * X + coefficient * X**2)


# The bins


@pytest.mark.parametrize(("stimuli", "dimensions"), [(24, 24), (24, 5000), (5000, 24), (400, 130), (999, 1001)])
def test_the_first_quarter_of_the_dimensions_is_looked_at(stimuli, dimensions):
    bins = window(stimuli, dimensions)
    assert [rank for first, last in bins for rank in range(first, last + 1)] == list(
        range(1, min(stimuli, dimensions) // 4 + 1)
    )
    assert len(bins) >= 5


@pytest.mark.parametrize(("stimuli", "dimensions"), [(23, 100), (100, 23), (4, 4), (100, 0), (100, -7)])
def test_too_few_bins_are_refused(stimuli, dimensions):
    with pytest.raises(ValueError, match=f"{stimuli} stimuli and {dimensions} dimensions .* 5 are needed; take more"):
        window(stimuli, dimensions)


# The bend


@given(seed=seeds, coefficient=st.floats(-0.4, 0.5), tilt=st.floats(-0.4, 0.4))
@steady
def test_the_curvature_of_a_quadratic_is_its_coefficient_whatever_the_weights(seed, coefficient, tilt):
    draws = power_laws(0.1, seed=seed)
    shown = 0.7 + tilt * X + coefficient * X**2
    (found,), _, (misfit,) = bends(bent_by(coefficient, draws, tilt=tilt)[None], draws, BINS)
    assert found == pytest.approx(coefficient, abs=1e-9)
    deviations = np.log(draws / draws.mean(axis=0)).std(axis=0)
    off_line = shown - np.polyval(np.polyfit(X, shown, 1, w=1 / deviations), X)
    assert misfit == pytest.approx(np.sqrt(np.average(off_line**2, weights=deviations**-2)), abs=1e-9)


def test_the_bends_are_those_of_weighted_polynomials():
    draws = power_laws(0.2, count=30)
    relative = np.log(draws / draws.mean(axis=0))
    weights = 1 / relative.std(axis=0)
    slow = [np.polyfit(X, each, 2, w=weights)[0] for each in relative]
    other = [np.polyfit(X, each, 2)[0] for each in relative]
    found, by_chance, _ = bends(draws[:7], draws, BINS)
    np.testing.assert_allclose(by_chance, slow, atol=1e-12)
    np.testing.assert_allclose(found, slow[:7], atol=1e-12)
    assert not np.allclose(by_chance, other, atol=1e-3)  # the control: weights matter


@given(seed=seeds)
@steady
def test_only_ratios_to_the_draws_matter(seed):
    rng = generator(seed)
    draws, shown = power_laws(0.1, count=20, seed=seed), np.exp(rng.normal(size=(3, len(BINS))) / 4)
    gains = np.exp(rng.normal(size=len(BINS)))
    for one, other in zip(bends(shown, draws, BINS), bends(shown * gains, draws * gains, BINS), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-7, atol=1e-9)
    alone = bends(shown * gains, draws, BINS)
    assert not np.allclose(alone[0], bends(shown, draws, BINS)[0])  # the control


def test_bins_without_signal_count_as_a_twentieth():
    draws = power_laws(0.1)
    shown = np.tile(draws.mean(axis=0), (3, 1))
    shown[:, -1] *= [0.05, 0.0, -3.0]
    curvature, _, misfit = bends(shown, draws, BINS)
    np.testing.assert_allclose(curvature, curvature[0])
    np.testing.assert_allclose(misfit, misfit[0])
    assert curvature[0] < -0.1


def test_draws_without_variance_are_no_signal():
    draws = power_laws(0.1)
    draws[:, 3] -= draws[:, 3].mean() + 1e-3
    with pytest.raises(NoSignal, match=r"in ranks \(4, 4\): the signal is too weak; average voxels"):
        bends(draws[:1], draws, BINS)
    assert issubclass(NoSignal, ValueError)


# The decision


@pytest.mark.parametrize(
    ("coefficient", "spread", "verdict"),
    [
        (0.0, 0.01, "scale-free"),
        (-0.05, 0.01, "scale-free"),  # significant, and too small to matter
        (+0.10, 0.01, "scale-free"),  # only bends downwards count
        (-0.30, 0.01, "not scale-free"),
        (-0.30, 0.20, "not scale-free"),
        (0.0, 0.60, "undecided"),  # too noisy to say
        (-0.15, 0.60, "undecided"),
        (+1.00, 0.01, "undecided"),  # no power law, and no bend downwards
    ],
)
def test_every_verdict_has_its_reasons(coefficient, spread, verdict):
    draws = power_laws(spread)
    observed = bent_by(coefficient, draws)
    test = decide(observed, draws, BINS, alpha=1.3)
    assert test.verdict == verdict
    by_chance = bends(observed[None], draws, BINS)[1]
    assert test.curvature == pytest.approx(coefficient - by_chance.mean(), abs=1e-9)
    assert test.curvature_sd == pytest.approx(by_chance.std(ddof=1))
    small = test.curvature - 1.645 * test.curvature_sd > -MARGIN and test.misfit < MISFIT
    assert small == (verdict == "scale-free")
    assert test.p_value == pytest.approx((1 + np.sum(by_chance <= coefficient)) / 200)
    np.testing.assert_allclose(test.expected, draws.mean(axis=0))
    np.testing.assert_allclose(test.spread, draws.std(axis=0, ddof=1))
    np.testing.assert_array_equal(test.observed, observed)
    np.testing.assert_allclose(np.log(test.ranks) - np.log(test.ranks).mean(), X)
    assert test.alpha == 1.3


def test_a_significant_bend_may_be_small_and_a_large_one_may_not_be_significant():
    draws = power_laws(0.01)
    small = decide(bent_by(-0.05, draws), draws, BINS, alpha=1.0)
    assert (small.verdict, small.p_value) == ("scale-free", 1 / 200)
    draws = power_laws(0.6)
    large = decide(bent_by(-0.15, draws), draws, BINS, alpha=1.0)
    assert large.p_value > 0.05
    assert large.curvature < -MARGIN


def test_the_margin_is_kept_with_confidence():
    draws = power_laws(0.05)
    sd = decide(bent_by(0.0, draws), draws, BINS, alpha=1.0).curvature_sd
    chance = bends(draws[:1], draws, BINS)[1].mean()
    limit = -MARGIN + 1.645 * sd + chance
    assert decide(bent_by(limit + 1e-6, draws), draws, BINS, alpha=1.0).verdict == "scale-free"
    assert decide(bent_by(limit - 1e-6, draws), draws, BINS, alpha=1.0).verdict != "scale-free"


def test_a_zigzag_is_no_power_law_and_no_bend():
    draws = power_laws(0.01)
    # Whatever is left of an alternation by the best parabola, so that the curvature is none.
    design = np.stack([np.ones_like(X), X, X**2], axis=1)
    weights = 1 / np.log(draws / draws.mean(axis=0)).std(axis=0)
    zigzag = (-1.0) ** np.arange(len(X))
    zigzag -= design @ np.linalg.lstsq(design * weights[:, None], zigzag * weights, rcond=None)[0]
    for height, verdict in ((1.0, "undecided"), (0.2, "scale-free")):
        test = decide(draws.mean(axis=0) * np.exp(height * zigzag), draws, BINS, alpha=1.0)
        assert test.verdict == verdict
        assert (test.misfit > MISFIT) == (verdict == "undecided")
        assert abs(test.curvature) < 0.01
        assert test.p_value > 0.05


@pytest.mark.parametrize("count", [19, 199])
def test_p_values_end_at_one_and_at_one_in_the_number_of_draws_and_one(count):
    draws = power_laws(0.05, count=count)
    assert decide(bent_by(-1.0, draws), draws, BINS, alpha=1.0).p_value == 1 / (count + 1)
    assert decide(bent_by(+1.0, draws), draws, BINS, alpha=1.0).p_value == 1
    inner = decide(bent_by(0.0, draws), draws, BINS, alpha=1.0).p_value
    assert 0.2 < inner < 0.8
    assert inner * (count + 1) == pytest.approx(round(inner * (count + 1)))


@given(seed=seeds)
@steady
def test_a_spectrum_that_bends_more_is_never_likelier_a_power_law(seed):
    draws = power_laws(0.1, count=39, seed=seed)
    tests = [decide(bent_by(c, draws), draws, BINS, alpha=1.0) for c in np.linspace(0.0, -0.5, 11)]
    assert (np.diff([test.p_value for test in tests]) <= 0).all()
    assert (np.diff([test.curvature for test in tests]) < 0).all()
    accepted = [test.verdict == "scale-free" for test in tests]
    assert accepted == sorted(accepted, reverse=True)


# Areas


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("exponent", [0.7, 1.0, 1.4])
def test_power_laws_pass(exponent, seed):
    test = judged(area(f"power law {exponent}", seed=seed, stimuli=400, voxels=150))
    assert test.verdict == "scale-free"
    assert test.alpha == pytest.approx(exponent, abs=0.06)
    assert abs(test.curvature) < 0.05
    assert test.misfit < 0.1


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("name", ["mild knee", "plateau", "exponential", "slow exponential"])
def test_bends_do_not_pass(name, seed):
    test = judged(area(name, seed=seed, stimuli=400, voxels=150))
    assert test.verdict == "not scale-free"
    assert test.p_value == 1 / 20
    assert test.curvature < -0.1


def test_a_cut_off_needs_an_area_whose_ranks_come_near_it():
    def cut(seed, stimuli, voxels):
        rng, rank = generator([seed, 2]), np.arange(1, voxels + 1)
        signal, _ = respond(rank**-0.8 * np.exp(-rank / 40), n_stimuli=stimuli, rng=rng)
        return judged(repeated(signal, repeats=3, snr=1.0, correlated=0.3, rng=rng))

    large, small = ([cut(seed, *size) for seed in range(3)] for size in ((400, 150), (80, 40)))
    assert {test.verdict for test in large} == {"not scale-free"}
    assert "not scale-free" not in {test.verdict for test in small}
    assert min(test.curvature_sd for test in small) > max(test.curvature_sd for test in large)


def test_the_record_is_what_its_parts_make_of_the_same_random_numbers():
    data = area("power law 1.0")
    before = data.copy()
    test = judged(data, seed=3)
    np.testing.assert_array_equal(data, before)
    rng, bins = generator(3), window(120, 55)
    null = matched_null(data, rng=rng)
    draws = np.array([binned_cvpca(null.draw(rng), 5, bins) for _ in range(19)])
    expected = decide(binned_cvpca(data, 5, bins), draws, bins, alpha=null.alpha)
    for name in ScaleFreeTest._fields:
        np.testing.assert_array_equal(getattr(test, name), getattr(expected, name))
    means = [cross_validation.cvpca(data, noise_components=5)[first - 1 : last].mean() for first, last in bins]
    np.testing.assert_allclose(test.observed, means)
    again, other = judged(data, seed=3), judged(data, seed=4)
    np.testing.assert_array_equal(again.expected, test.expected)
    np.testing.assert_array_equal(other.observed, test.observed)
    assert not np.array_equal(other.expected, test.expected)


@pytest.mark.parametrize("name", ["power law 1.0", "exponential"])
def test_units_and_offsets_do_not_matter(name):
    """Exactly, up to rounding, because the random numbers are the same."""
    data = area(name).astype(np.float64)
    test = judged(data)
    moved = judged(7.3 * data + generator(1).normal(size=(3, 1, 60)))
    assert (moved.verdict, moved.p_value) == (test.verdict, test.p_value)
    for one in ("alpha", "curvature", "curvature_sd", "misfit"):
        assert getattr(moved, one) == pytest.approx(getattr(test, one), rel=1e-3, abs=1e-4)
    for one in ("observed", "expected", "spread"):
        np.testing.assert_allclose(getattr(moved, one), 7.3**2 * getattr(test, one), rtol=1e-3)
    np.testing.assert_array_equal(moved.ranks, test.ranks)


def turned(data, rng):
    return data @ np.linalg.qr(rng.standard_normal((data.shape[2], data.shape[2])))[0]


def reordered(data, rng):
    return data[:, rng.permutation(data.shape[1])]


@pytest.mark.parametrize("change", [turned, reordered])
def test_neither_rotations_of_voxels_nor_the_order_of_stimuli_matter(change):
    """What is measured is the same; what it is compared with, in distribution: draws turn out otherwise by chance."""
    data, count = area("power law 1.0").astype(np.float64), 60
    test = judged(data, n_bootstrap=count)
    moved = judged(change(data, generator(5)), n_bootstrap=count)
    np.testing.assert_allclose(moved.observed, test.observed, rtol=1e-4)
    # The moments depend on the order of stimuli within their error.
    assert moved.alpha == pytest.approx(test.alpha, abs=1e-5 if change is turned else 0.05)
    error = np.hypot(test.spread, moved.spread) / np.sqrt(count)
    assert (np.abs(moved.expected - test.expected) < 4 * error + 0.1 * test.expected * (change is reordered)).all()
    assert moved.curvature == pytest.approx(test.curvature, abs=4 * test.curvature_sd * np.sqrt(2 / count))
    assert moved.curvature_sd == pytest.approx(test.curvature_sd, rel=0.5)
    assert moved.verdict == test.verdict
    # The control: stimuli in an order of their own in one repeat share nothing with the others.
    disturbed = data.copy()
    disturbed[0] = disturbed[0, generator(6).permutation(120)]
    assert judged(disturbed, n_bootstrap=19).observed[0] < 0.8 * test.observed[0]


def test_two_repeats_will_do_where_no_noise_is_removed():
    rng = generator(2)
    signal, _ = respond(spectrum("power law 1.0", 60), n_stimuli=200, rng=rng)
    data = repeated(signal, repeats=2, snr=2.0, correlated=0.0, rng=rng)
    assert judged(data, noise_components=0).verdict == "scale-free"
    with pytest.raises(ValueError, match=r"noise_components is 5, .* pass three repeats, or noise_components=0"):
        judged(data)


# What is refused


def test_too_few_draws_are_refused():
    data = area("power law 1.0")
    with pytest.raises(ValueError, match="n_bootstrap is 18; fewer than 19 draws cannot reject at 5 %, take 200"):
        judged(data, n_bootstrap=18)
    assert judged(area("plateau", stimuli=400, voxels=100), n_bootstrap=19).verdict == "not scale-free"  # 19 can


def test_noise_alone_is_refused_and_never_decided_on():
    """By chance repeats of noise may share a little; then nothing is said of it."""
    found = []
    for seed in range(12):
        try:
            found.append(judged(generator(seed).standard_normal((3, 100, 40))).verdict)
        except NoSignal:
            found.append("no signal")
    assert found.count("no signal") > 6
    assert set(found) <= {"no signal", "undecided"}
    with pytest.raises(NoSignal, match=r"moment 1 of what 3 repeats of 100 stimuli share is 0, not positive"):
        judged(np.zeros((3, 100, 40)), noise_components=0)


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        (lambda x: x[0], {}, r"responses has shape \(120, 60\); expected \(n_repeats, n_stimuli, n_voxels\)"),
        (lambda x: x[:1], {}, r"responses has shape \(1, 120, 60\)"),
        (lambda x: np.where(x > 3, np.nan, x), {}, "responses has values that are not finite; remove"),
        (lambda x: x + 0j, {}, "responses has dtype complex64; convert it"),
        (lambda x: x[..., :28], {}, "120 stimuli and 23 dimensions left by the removal of noise make 4 bins"),
        (lambda x: x[:, :23], {}, "23 stimuli and 55 dimensions left"),
        (lambda x: x, {"noise_components": 40}, "120 stimuli and 20 dimensions left"),
        (lambda x: x, {"noise_components": -1}, "noise_components is -1; pass 0 to"),
    ],
)
def test_what_cannot_be_judged_is_refused(change, options, message):
    with pytest.raises(ValueError, match=message):
        judged(change(area("power law 1.0")), **options)
