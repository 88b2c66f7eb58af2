"""Records of simulated areas: what their docstrings say, what must hold of estimators, and how often decisions err."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from learning_geometry.instruments.cross_validation import cvpca
from learning_geometry.instruments.matched_null import NoSignal
from learning_geometry.instruments.scale_free import MARGIN, window
from learning_geometry.instruments.spectrum import binned, eigenspectrum
from learning_geometry.materials.scanner import repeated
from learning_geometry.materials.synthetic_areas import respond, spectrum
from learning_geometry.store import Record, Store, Unit
from learning_geometry.studies.visual_cortex import estimators, false_alarms, power
from learning_geometry.studies.visual_cortex.estimators import ESTIMATORS, NOISES, line

SCANNER: dict[str, Any] = {"repeats": 3, "snr": 0.3, "correlated": 0.5, "noise_components": 10}
AREAS: dict[str, Any] = SCANNER | {
    "seeds": [0, 1, 2, 3, 4, 5],
    "spectra": ["power law 0.7", "power law 1.0", "power law 1.4", "exponential"],
    "stimuli": 250,
    "voxels": 100,
    "removed": [0, 10, 33],
}
ALARMS: dict[str, Any] = SCANNER | {
    "spectrum_name": "power law 1.0",
    "noise": "correlated",
    "seed": 0,
    "areas": 30,
    "stimuli": 100,
    "voxels": 60,
    "n_bootstrap": 19,
}
POWER: dict[str, Any] = SCANNER | {
    "seed": 0,
    "stimuli": 250,
    "voxels": [100, 50],
    "spectra": ["power law 1.0", "exponential"],
    "areas": 16,
    "draws": 2,
}
LAW, BENT = "power law 1.0", "exponential"


@pytest.fixture(scope="module")
def estimated() -> dict[str, Any]:
    return estimators.measure(**AREAS)


@pytest.fixture(scope="module")
def alarms() -> dict[str, Any]:
    return false_alarms.measure(**ALARMS)


@pytest.fixture(scope="module")
def powers() -> dict[str, Any]:
    return power.measure(**POWER)


def kept(folder: Path, result: dict[str, Any]) -> Any:
    """The result as it comes back from the store, which refuses what is not plain and finite."""
    unit = Unit("visual_cortex", "estimators", {}, "0" * 16)
    Store(folder).write(Record(unit, result, 0.0, 0.0, {}))
    record = Store(folder).read(unit)
    assert record is not None
    return record.result


@pytest.mark.parametrize("name", ["estimated", "alarms", "powers"])
def test_records_can_be_kept(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    result = request.getfixturevalue(name)
    np.testing.assert_equal(kept(tmp_path, result), result)


@pytest.mark.parametrize(
    ("measure", "asked"),
    [
        (estimators.measure, AREAS | {"seeds": [1]}),
        (false_alarms.measure, ALARMS | {"areas": 3}),
        (power.measure, POWER | {"voxels": [50], "areas": 5, "draws": 3}),
    ],
)
def test_a_record_is_a_function_of_its_parameters(measure: Callable[..., Any], asked: dict[str, Any]) -> None:
    one = measure(**asked)
    np.testing.assert_equal(measure(**asked), one)
    other = measure(**asked | ({"seeds": [2]} if "seeds" in asked else {"seed": 1}))
    differing = {
        name for name in one if isinstance(one[name], np.ndarray) and not np.array_equal(one[name], other[name])
    }
    assert {"values", "exponent"} <= differing or {"p_values", "curvatures"} <= differing or "curvature" in differing


# Estimators


def of(record: dict[str, Any], name: str, spectrum_name: str, noise: str, estimator: str | None = None) -> Any:
    """What the record says, seeds first."""
    row = record[name][record["spectra"].index(spectrum_name), record["noises"].index(noise)]
    return row if estimator is None else row[record["estimators"].index(estimator)]


def test_every_estimate_is_described(estimated: dict[str, Any]) -> None:
    assert (estimated["spectra"], estimated["removed"]) == (AREAS["spectra"], AREAS["removed"])
    assert (estimated["noises"], estimated["estimators"]) == (list(NOISES), list(ESTIMATORS))
    bins = window(250, 90)
    shape = 4, len(NOISES), len(ESTIMATORS), 6
    assert estimated["values"].shape == (*shape, len(bins))
    for name in ("exponent", "r2", "left_out"):
        assert estimated[name].shape == shape
    assert estimated["moments"].shape == (4, len(NOISES), 6)
    assert estimated["removal"].shape == (3, 2, 6)
    np.testing.assert_array_equal(estimated["ranks"], binned(np.ones(100), bins)[0])
    for name, truth in zip(estimated["spectra"], estimated["truth"], strict=True):
        expected = binned(spectrum(name, 100), bins)[1]
        np.testing.assert_allclose(truth / truth[0], expected / expected[0])
    assert estimated["left_out"].dtype.kind == "i"
    np.testing.assert_array_equal(estimated["left_out"][:, :, :2], 0)  # variances are positive
    assert (estimated["left_out"] <= len(bins)).all()
    assert (estimated["r2"] <= 1).all()


def test_lines_are_those_of_the_values(estimated: dict[str, Any]) -> None:
    for at in np.ndindex(*estimated["exponent"].shape):
        expected = estimated["exponent"][at], estimated["r2"][at], estimated["left_out"][at]
        assert line(estimated["ranks"], estimated["values"][at]) == pytest.approx(expected)


def test_values_are_in_units_of_the_first_without_noise(estimated: dict[str, Any]) -> None:
    np.testing.assert_allclose(of(estimated, "values", LAW, "aligned", "noise-free")[:, 0], 1)
    for name in AREAS["spectra"]:
        plain = of(estimated, "values", name, "correlated", "plain PCA")
        assert (plain > of(estimated, "values", name, "correlated", "noise-free")).all()  # noise adds variance
        for noise in ("independent", "correlated"):
            cleaned = of(estimated, "values", name, noise, "cvPCA, noise removed").mean(axis=0)
            clean = of(estimated, "values", name, noise, "noise-free").mean(axis=0)
            np.testing.assert_allclose(cleaned[:5], clean[:5], rtol=0.35)
    # The control: along the axes of the noise there is hardly any signal.
    assert of(estimated, "values", "power law 0.7", "correlated", "cvPCA")[:, 0].mean() < 0.5
    assert np.abs(estimated["values"]).max() < 50


def test_one_spectrum_is_refused() -> None:
    with pytest.raises(ValueError, match=r"spectra is \['power law 1.0'\]; give two or more"):
        estimators.measure(**AREAS | {"spectra": [LAW]})


def test_a_seed_s_areas_do_not_depend_on_the_other_seeds(estimated: dict[str, Any]) -> None:
    alone = estimators.measure(**AREAS | {"seeds": [4]})
    for name in ("exponent", "r2", "moments", "removal"):
        np.testing.assert_array_equal(alone[name][..., 0], estimated[name][..., 4])


def test_estimates_are_those_of_the_mean_over_repeats_and_of_what_they_share(estimated: dict[str, Any]) -> None:
    """The slow twin, of the first kind of noise."""
    rng = np.random.default_rng([3, 1])
    signal, _ = respond(spectrum(LAW, 100), n_stimuli=250, rng=rng)
    measured = repeated(signal, repeats=3, snr=0.3, correlated=0.0, rng=rng)
    estimates = eigenspectrum(measured.mean(axis=0)), cvpca(measured), cvpca(measured, noise_components=10)
    for name, estimate in zip(ESTIMATORS[1:], estimates, strict=True):
        found = line(estimated["ranks"], binned(estimate, window(250, 90))[1])
        assert of(estimated, "exponent", LAW, "independent", name)[3] == pytest.approx(found[0], abs=1e-4)


def test_without_noise_the_estimate_is_the_same_whatever_the_noise(estimated: dict[str, Any]) -> None:
    clean = estimated["exponent"][:, :, ESTIMATORS.index("noise-free")]
    np.testing.assert_array_equal(clean, np.broadcast_to(clean[:, :1], clean.shape))
    noisy = estimated["exponent"][:, :, ESTIMATORS.index("plain PCA")]
    assert not np.allclose(noisy[:, 0], noisy[:, 1])  # the control


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("exponent", [0.7, 1.0, 1.4])
def test_moments_have_the_true_exponent_whatever_the_noise(
    estimated: dict[str, Any], exponent: float, noise: str
) -> None:
    found = of(estimated, "moments", f"power law {exponent}", noise)
    assert found.mean() == pytest.approx(exponent, abs=4 * found.std(ddof=1) / np.sqrt(6) + 0.01)
    assert found.std(ddof=1) < 0.15
    plain = of(estimated, "exponent", f"power law {exponent}", noise, "plain PCA")
    if noise != "aligned":
        assert plain.mean() < exponent - 0.1  # the control: noise flattens


@pytest.mark.parametrize("name", ["power law 0.7", LAW])
def test_correlated_noise_misleads_cross_validation_and_its_removal_mends_it(
    estimated: dict[str, Any], name: str
) -> None:
    """The right answer is that of the same stimuli without noise."""
    truth = of(estimated, "exponent", name, "correlated", "noise-free")
    raw, cleaned = (
        np.abs(of(estimated, "exponent", name, "correlated", estimator) - truth).mean()
        for estimator in ("cvPCA", "cvPCA, noise removed")
    )
    assert cleaned < 0.1
    assert raw > 2 * cleaned
    r2 = of(estimated, "r2", name, "correlated", "cvPCA").mean()
    assert r2 < 0.85 < 0.95 < of(estimated, "r2", name, "correlated", "cvPCA, noise removed").mean()
    # The control: independent noise does no harm, and there is nothing to be mended.
    unharmed = of(estimated, "exponent", name, "independent", "cvPCA")
    assert np.abs(unharmed - truth).mean() < 0.1


def test_noise_like_the_signal_takes_it_along_when_it_is_removed(estimated: dict[str, Any]) -> None:
    truth = of(estimated, "exponent", LAW, "aligned", "noise-free")
    assert np.abs(of(estimated, "exponent", LAW, "aligned", "cvPCA") - truth).mean() < 0.1
    assert (of(estimated, "exponent", LAW, "aligned", "cvPCA, noise removed") < truth - 0.2).all()


def test_r2_of_plain_components_does_not_tell_a_power_law(estimated: dict[str, Any]) -> None:
    law, bent = (of(estimated, "r2", name, "correlated", "plain PCA").mean() for name in (LAW, BENT))
    assert min(law, bent) > 0.9
    # The control: of what is left without noise it does.
    assert of(estimated, "r2", BENT, "correlated", "noise-free").mean() < 0.9
    assert of(estimated, "r2", LAW, "correlated", "noise-free").mean() > 0.97


def test_removal_is_that_of_the_second_spectrum(estimated: dict[str, Any]) -> None:
    raw, cleaned = (of(estimated, "exponent", LAW, "correlated", e) for e in ("cvPCA", "cvPCA, noise removed"))
    np.testing.assert_array_equal(estimated["removal"][0, 0], raw)
    np.testing.assert_array_equal(estimated["removal"][1, 0], cleaned)
    clean = of(estimated, "exponent", LAW, "correlated", "noise-free")
    np.testing.assert_array_equal(estimated["removal"][:, 1], np.tile(clean, (3, 1)))


def test_where_there_is_no_signal_there_is_no_exponent(tmp_path: Path) -> None:
    lost = kept(
        tmp_path, estimators.measure(**AREAS | {"snr": 1e-6, "seeds": list(range(4)), "spectra": [LAW, "knee"]})
    )
    assert (lost["moments"] == -1).any()
    assert lost["left_out"][:, :, 2].max() > 0


def test_the_line_of_a_power_law_is_exact() -> None:
    ranks = np.array([1.0, 2, 4, 8, 16])
    assert line(ranks, 3 * ranks**-1.3) == pytest.approx((1.3, 1.0, 0))
    bent = np.exp(-ranks / 4)
    slope, offset = np.polyfit(np.log(ranks), -ranks / 4, 1)
    correlation = np.corrcoef(np.log(ranks), -ranks / 4)[0, 1]
    assert line(ranks, bent) == pytest.approx((-slope, correlation**2, 0))
    assert correlation**2 < 0.95
    assert offset != 0


def test_bins_that_are_not_positive_are_left_out_of_the_line() -> None:
    ranks, values = np.array([1.0, 2, 4, 8, 16]), np.array([1.0, -0.5, 0.25, 0.0, 1 / 16])
    assert line(ranks, values) == pytest.approx((1.0, 1.0, 2))
    for few in ([-1.0, 2.0, -3.0, 0.0, -1.0], [-1.0] * 5):
        assert line(ranks, np.array(few)) == (0.0, 0.0, sum(value <= 0 for value in few))


# False alarms


def test_every_area_is_counted(alarms: dict[str, Any]) -> None:
    tested = alarms["areas"] - alarms["no_signal"]
    assert (alarms["spectrum"], alarms["noise"], alarms["areas"]) == (LAW, "correlated", 30)
    for name in ("p_values", "exponents", "curvatures"):
        assert alarms[name].shape == (tested,)
    assert len(alarms["verdicts"]) == tested
    ranks = 20 * alarms["p_values"]
    np.testing.assert_allclose(ranks, np.rint(ranks))
    assert 1 <= ranks.min() <= ranks.max() <= 20


def consistent(record: dict[str, Any]) -> bool:
    """Whether verdicts are what p-values and curvatures allow."""
    return all(
        {"not scale-free": p <= 0.05, "scale-free": bend > -MARGIN, "undecided": p > 0.05}[verdict]
        for verdict, p, bend in zip(record["verdicts"], record["p_values"], record["curvatures"], strict=True)
    )


def test_power_laws_are_rejected_as_rarely_as_they_should_be(alarms: dict[str, Any]) -> None:
    rejected = np.sum(alarms["p_values"] <= 0.05)
    assert rejected <= stats.binom.ppf(0.999, len(alarms["p_values"]), 0.05)
    assert alarms["verdicts"].count("not scale-free") <= rejected
    assert consistent(alarms)
    assert alarms["exponents"].mean() == pytest.approx(1.0, abs=0.1)
    assert 0.2 < alarms["p_values"].mean() < 0.8


def test_what_is_no_power_law_is_rejected() -> None:
    """The control, and noise along the signal's axes."""
    larger = {"stimuli": 250, "voxels": 100, "snr": 1.0, "areas": 4}
    bent = false_alarms.measure(**ALARMS | larger | {"spectrum_name": BENT})
    assert bent["verdicts"] == ["not scale-free"] * 4
    aligned = false_alarms.measure(**ALARMS | larger | {"noise": "aligned"})
    assert aligned["verdicts"].count("not scale-free") <= 1
    assert aligned["noise"] == "aligned"
    assert consistent(bent)
    assert consistent(aligned)
    along = false_alarms.measure(**ALARMS | larger | {"areas": 2})
    assert not np.array_equal(along["curvatures"], aligned["curvatures"][:2])


def test_an_area_does_not_depend_on_the_others(alarms: dict[str, Any]) -> None:
    few = false_alarms.measure(**ALARMS | {"areas": 3})
    tested = 3 - few["no_signal"]
    np.testing.assert_array_equal(few["p_values"], alarms["p_values"][:tested])
    assert few["verdicts"] == alarms["verdicts"][:tested]


def test_areas_without_signal_are_left_out_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weak = false_alarms.measure(**ALARMS | {"snr": 0.01, "areas": 8})
    assert 0 < weak["no_signal"] <= 8
    assert len(weak["p_values"]) == len(weak["verdicts"]) == 8 - weak["no_signal"]
    assert consistent(weak)

    def silent(*_: Any, **__: Any) -> Any:
        raise NoSignal("too weak")

    monkeypatch.setattr(false_alarms, "scale_free", silent)
    none = kept(tmp_path, false_alarms.measure(**ALARMS | {"areas": 2}))
    assert none["no_signal"] == 2
    assert len(none["p_values"]) == len(none["verdicts"]) == 0


@pytest.mark.parametrize("noise", ["independent", "Aligned", ""])
def test_unknown_noise_is_refused(noise: str) -> None:
    with pytest.raises(ValueError, match=f"noise is {noise!r}; choose 'correlated' or 'aligned'"):
        false_alarms.measure(**ALARMS | {"noise": noise})


# Power


def test_every_design_is_described(powers: dict[str, Any]) -> None:
    assert (powers["stimuli"], powers["voxels"], powers["areas"]) == (250, [100, 50], 16)
    assert powers["spectra"] == POWER["spectra"]
    for name in ("power", "curvature", "curvature_sd", "no_signal"):
        assert powers[name].shape == (2, 2)
    np.testing.assert_allclose(16 * powers["power"], np.rint(16 * powers["power"]))
    assert (powers["power"] * 16 + powers["no_signal"] <= 16).all()
    assert (powers["curvature_sd"] > 0).all()


def test_bends_are_seen_more_often_than_power_laws_and_more_so_in_more_voxels(powers: dict[str, Any]) -> None:
    law, bent = powers["power"].T
    assert law.max() * 16 <= stats.binom.ppf(0.999, 16, 0.1)  # of a level that 32 draws estimate
    assert bent[0] > 0.9
    assert bent[1] <= bent[0]
    assert powers["curvature"][0, 1] < -0.1 < powers["curvature"][0, 0]


def test_a_design_s_areas_do_not_depend_on_other_designs(powers: dict[str, Any]) -> None:
    # Of spectra they do, whose place in the list is part of the seed.
    alone = power.measure(**POWER | {"voxels": [50]})
    for name in ("power", "curvature", "curvature_sd", "no_signal"):
        np.testing.assert_array_equal(alone[name][0], powers[name][1])


def test_areas_without_signal_are_not_recognised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_: Any, **__: Any) -> Any:
        raise NoSignal("too weak")

    for function in ("matched_null", "bends"):
        with monkeypatch.context() as patch:
            patch.setattr(power, function, silent)
            none = kept(tmp_path, power.measure(**POWER | {"areas": 10, "voxels": [50]}))
        np.testing.assert_array_equal(none["no_signal"], 10)
        np.testing.assert_array_equal(none["power"], 0)


def test_too_small_a_design_is_refused() -> None:
    with pytest.raises(ValueError, match=r"23 stimuli and 90 dimensions left .* 5 are needed"):
        power.measure(**POWER | {"stimuli": 23})
