"""Simulated synapses obey the model, tests keep their level, and the number that is required gives the power asked for."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from learning_geometry.instruments import synapse_power
from learning_geometry.instruments.synapse_likelihood import dual_size, fit, log_sizes, start
from learning_geometry.instruments.synapse_power import rejections, required_synapses, simulate_synapses

steady = settings(deadline=None, derandomize=True, max_examples=15)
REFERENCE = {"change": 0.1, "spread": 0.83}


def generator(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("exponent", [0.4, 1.0, 2.0, 3.0])
def test_simulated_changes_are_normal_until_synapses_are_lost(exponent):
    before, after = simulate_synapses(exponent, (2, 20_000), change=0.02, spread=0.5, rng=generator())
    assert before.shape == after.shape == (2, 20_000)
    assert min(before.min(), after.min()) > 0
    change = dual_size(np.log(after), exponent) - dual_size(np.log(before), exponent)
    assert stats.kstest(change.ravel() / 0.02, "norm").pvalue > 1e-3
    assert stats.kstest(np.log(before).ravel() / 0.5, "norm").pvalue > 1e-3
    wrong = dual_size(np.log(after), exponent + 1) - dual_size(np.log(before), exponent + 1)
    assert stats.kstest(wrong.ravel() / wrong.std(), "norm").pvalue < 1e-6  # the control


@given(exponent=st.floats(-0.5, 4), change=st.floats(0.005, 0.02))
@steady
def test_change_is_the_relative_change_of_a_typical_synapse_in_every_geometry(exponent, change):
    before, after = simulate_synapses(exponent, (1, 20_000), change=change, spread=0.0, rng=generator())
    np.testing.assert_array_equal(before, 1)
    assert np.sqrt(np.mean((after - before) ** 2)) == pytest.approx(change, rel=0.05)


def test_only_survivors_are_drawn():
    before, after = simulate_synapses(3.0, (1, 40_000), change=0.4, spread=0.83, rng=generator())
    change = dual_size(np.log(after), 3.0) - dual_size(np.log(before), 3.0)
    for low, high in ((0.2, 0.25), (0.7, 0.75), (1.4, 1.5)):  # small ones survive only if they grow
        chosen = (before > low) & (before < high)
        end = -(np.sqrt(low * high) ** 2) / 2 / 0.4
        expected = 0.4 * stats.truncnorm(end, np.inf).mean()
        assert change[chosen].mean() == pytest.approx(expected, abs=0.05)
    assert change.mean() > 0.05
    assert stats.gmean(before, axis=1)[0] > 1.1


def test_noise_is_multiplicative_and_has_the_coefficient_of_variation_asked_for():
    before, after = simulate_synapses(1.0, (1, 40_000), change=0.1, spread=0.0, noise=0.3, rng=generator())
    assert before.std() / before.mean() == pytest.approx(0.3, rel=0.03)
    variance = np.log(after / before).var()
    assert variance == pytest.approx(0.1**2 + 2 * np.log1p(0.3**2), rel=0.05)


@pytest.mark.parametrize("exponent", [0.7, 1.0, 2.0, 3.0])
def test_likelihood_ratio_keeps_its_level_and_rejects_the_rest(exponent):
    before, after = simulate_synapses(exponent, (1000, 100), change=0.3, spread=0.83, rng=generator(1))
    assert rejections(before, after, exponent, statistic="likelihood").mean() == pytest.approx(0.05, abs=0.02)
    assert rejections(before, after, exponent, statistic="likelihood", level=0.2).mean() == pytest.approx(0.2, abs=0.04)
    assert rejections(before, after, exponent + 1, statistic="likelihood").mean() > 0.9


@pytest.mark.parametrize("statistic", ["cdf_distance", "shapiro_wilk"])
def test_tests_of_normality_keep_their_level_only_while_no_synapse_is_lost(statistic):
    before, after = simulate_synapses(1.0, (1000, 100), change=0.3, spread=0.83, rng=generator(2))
    assert rejections(before, after, 1.0, statistic=statistic).mean() == pytest.approx(0.05, abs=0.02)
    assert rejections(before, after, 2.0, statistic=statistic).mean() > 0.9
    before, after = simulate_synapses(3.0, (200, 1000), change=0.3, spread=0.83, rng=generator(2))
    assert rejections(before, after, 3.0, statistic=statistic).mean() > 0.15  # the truth, of which a part is missing


@pytest.mark.parametrize(("truth", "rival"), [(1.0, 1.3), (3.0, 2.7)])
def test_likelihood_needs_what_its_information_promises(truth, rival):
    """The oracle: twice the log-likelihood ratio is a noncentral chi-square, whose excess grows by twice the divergence."""
    # A near rival, for which many synapses are needed, as the theory wants.
    population = {"change": 0.1, "spread": 0.5}
    pairs = simulate_synapses(truth, (1, 100_000), rng=generator(3), **population)
    sizes = log_sizes(*pairs)
    values = fit(start(sizes, np.array([truth, rival])), sizes, free_exponent=False).log_likelihood
    excess = 2 * (values[0] - values[1]) / 100_000
    critical = stats.chi2.ppf(0.95, 1)
    sizes_tried = np.arange(5, 1000)
    expected = sizes_tried[np.argmax(stats.ncx2.sf(critical, 1, sizes_tried * excess) >= 0.8)]
    found = required_synapses(truth, rival, rng=generator(4), **population)
    assert found.n == pytest.approx(expected, rel=0.15)
    assert found.interval.low < found.n < found.interval.high


@pytest.mark.parametrize(
    ("statistic", "options"),
    [
        ("likelihood", {"spread": 0.4}),
        ("cdf_distance", {}),
        ("shapiro_wilk", {}),
        ("likelihood", {"change": 0.3, "noise": 0.1}),
        ("likelihood", {"change": 0.3, "noise": 0.1, "assumed_noise": 0.05}),
    ],
)
def test_required_number_has_the_power(statistic, options):
    options = REFERENCE | options
    found = required_synapses(2.0, 1.0, statistic=statistic, rng=generator(5), **options)
    assumed = options.pop("assumed_noise", options.get("noise", 0.0))
    n = round(found.n)
    pairs = simulate_synapses(2.0, (1000, n), rng=generator(6), **options)
    power = rejections(*pairs, 1.0, statistic=statistic, noise=assumed).mean()
    assert power == pytest.approx(0.8, abs=0.07)
    assert found.interval.low <= found.n <= found.interval.high
    assert found.interval.high < 1.4 * found.interval.low
    assert np.all(np.diff(found.sizes) > 0)
    assert np.all((found.power >= 0) & (found.power <= 1))
    assert found.power[0] < 0.8 < found.power[-1] + 0.05


def test_the_likelihood_needs_fewest_and_more_where_less_differs():
    def need(**options):
        return required_synapses(1.0, 2.0, rng=generator(7), **{**REFERENCE, **options}).n

    assert need() < need(statistic="shapiro_wilk") < need(statistic="cdf_distance")
    # By the simulations of the official code: 75 by the distance of distributions, 50 by Shapiro-Wilk on a coarse grid.
    assert need(statistic="cdf_distance") == pytest.approx(75, rel=0.15)
    assert 25 < need(statistic="shapiro_wilk") < 50
    assert need(spread=0.2) > need(spread=0.4) > need(spread=0.83)
    assert need(spread=0.4, power=0.95) > need(spread=0.4)
    assert need(spread=0.4, level=0.01) > need(spread=0.4)


def test_the_same_generator_gives_the_same_number_and_another_one_a_near_one():
    first, again, other = (required_synapses(1.0, 2.0, change=0.1, spread=0.4, rng=generator(s)) for s in (1, 1, 2))
    assert first.n == again.n
    np.testing.assert_array_equal(first.power, again.power)
    assert first.n != other.n
    assert other.n == pytest.approx(first.n, rel=0.3)


def test_where_no_number_will_do_there_is_none():
    found = required_synapses(1.9, 2.0, most=50, rng=generator(), **REFERENCE)
    assert found.n is None
    assert found.interval is None
    assert found.sizes.max() == 50
    assert found.power.max() < 0.5
    fewest = required_synapses(1.0, 3.0, most=50, rng=generator(), **REFERENCE)  # the control
    assert fewest.n == 10
    assert fewest.interval == (10, 10)


def test_equal_powers_at_the_first_two_numbers_are_no_reason_to_give_up():
    """A real case: 73.75 % of 80 simulations at 10 synapses and at 14, so that the line through them does not rise."""
    found = required_synapses(3.0, 2.0, change=0.3, spread=0.83, replicates=80, rng=generator([0, 0, 0, 2, 2, 2, 1]))
    np.testing.assert_array_equal(found.power[:2], [0.7375, 0.7375])
    assert found.n is not None
    assert found.interval.low <= found.n <= found.interval.high
    assert found.n <= found.sizes[-1] < 100
    before, after = simulate_synapses(3.0, (1000, round(found.n)), change=0.3, spread=0.83, rng=generator(9))
    assert rejections(before, after, 2.0, statistic="likelihood").mean() == pytest.approx(0.8, abs=0.07)


def planted_power(monkeypatch, power, *, most):
    """What is found where a share `power(n)` of simulations rejects, and the short ones before say that 10 are enough."""

    def reject(before, after, rival, **options):
        trials, n = before.shape
        return np.arange(trials) < trials * (1 if trials == 50 else power(n))

    monkeypatch.setattr(synapse_power, "rejections", reject)
    return required_synapses(1.0, 2.0, rng=generator(), most=most, **REFERENCE)


def test_larger_numbers_are_tried_until_the_line_crosses_or_the_most_is_reached(monkeypatch):
    late = planted_power(monkeypatch, lambda n: 0.7 if n < 100 else 0.98, most=1000)
    assert 50 < late.n <= late.sizes[-1] < 300
    beyond = planted_power(monkeypatch, lambda n: 0.5 + n / 200, most=1000)  # the line through 10 and 14 crosses at 50
    assert beyond.n == pytest.approx(60, rel=0.15)
    assert beyond.n <= beyond.sizes[-1] < 100
    never = planted_power(monkeypatch, lambda n: 0.7, most=1000)  # the control
    assert never.n is None
    assert never.interval is None
    assert never.sizes[-1] == 1000


def test_none_is_only_said_where_the_most_has_not_the_power(monkeypatch):
    for most in (10, 11, 50):
        short = planted_power(monkeypatch, lambda n: 0.795, most=most)
        assert short.n is None
        assert short.sizes[-1] == most
    just = planted_power(monkeypatch, lambda n: 0.7 if n < 50 else 0.8, most=50)  # the line alone says: somewhat more
    assert just.n == 50
    assert just.interval.low <= 50 <= just.interval.high


def test_crossing_is_that_of_the_line_that_made_the_counts():
    rng = generator(8)
    sizes = np.array([40, 57, 80, 113, 160])
    line = -1.9 + 0.28 * np.sqrt(sizes)
    truth = ((stats.norm.ppf(0.8) + 1.9) / 0.28) ** 2
    inside, estimates = 0, []
    for _ in range(400):
        counts = rng.binomial(200, stats.norm.cdf(line))
        n, interval = synapse_power._crossing(sizes, counts, 200, 0.8)
        inside += interval.low <= truth <= interval.high
        estimates.append(n)
    assert np.mean(estimates) == pytest.approx(truth, rel=0.02)
    assert 0.92 <= inside / 400 <= 0.98
    assert synapse_power._crossing(sizes, np.array([20, 15, 10, 10, 5]), 200, 0.8)[0] == np.inf


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"truth": 9.0}, "exponent is 9.0"),
        ({"rival": -3.0}, "rival is -3.0"),
        ({"rival": 1.0}, "rival is 1.0 and the truth 1.0"),
        ({"change": 0.0}, "change is 0.0"),
        ({"spread": -1.0}, "spread is -1.0"),
        ({"noise": np.nan}, "noise is nan"),
        ({"statistic": "t"}, "statistic is 't'"),
        ({"power": 0.01}, "level is 0.05 and power 0.01"),
        ({"level": 0.0}, "level is 0.0"),
        ({"replicates": 10}, "replicates is 10"),
        ({"most": 5}, "most is 5"),
        ({"statistic": "shapiro_wilk", "most": 6000}, "most is 6000"),
        ({"assumed_noise": -0.1}, "assumed_noise is -0.1"),
        ({"statistic": "cdf_distance", "assumed_noise": 0.1}, "only 'likelihood'"),
    ],
)
def test_required_synapses_refuses(options, message):
    with pytest.raises(ValueError, match=message):
        required_synapses(**{"truth": 1.0, "rival": 2.0, **REFERENCE, "rng": generator(), **options})
