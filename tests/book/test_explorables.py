"""The explorables compute what the package computes, and work on their pages: from a disk, by keyboard, on a phone."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import CONTRASTS
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from learning_geometry.drawing import short_numbers
from learning_geometry.instruments import augmentation_kernel, successor
from learning_geometry.instruments import synapse_likelihood as likelihood
from learning_geometry.instruments.bet_hedging import alive_curve
from learning_geometry.instruments.phases import phases
from learning_geometry.instruments.similarity import cka
from learning_geometry.instruments.spectrum import power_law, rankme
from learning_geometry.instruments.synapse_power import required_synapses, simulate_synapses
from learning_geometry.instruments.translation import translated_cka, translated_cka_limit
from learning_geometry.materials.maze_tables import tabulate
from learning_geometry.materials.mazes import maze
from learning_geometry.studies import STUDIES
from learning_geometry.studies.llm_phases.experiments import _free_features as model
from learning_geometry.studies.llm_phases.experiments._runs import spaced

STATIC = Path(__file__).resolve().parents[2] / "book" / "static" / "explorables"
FRAGMENTS = sorted(STATIC.glob("*.html"))
LIMIT = 150_000  # bytes that a page may load for an explorable

Compute = Callable[..., Any]
"""A script and arrays for it, to what it returns; JSON keeps every bit of a float64."""


def scripts(fragment: Path) -> list[str]:
    return re.findall(r'src="[^"]*/([\w.]+\.js)"', fragment.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def compute(driver: webdriver.Chrome, tmp_path_factory: pytest.TempPathFactory) -> Compute:
    """Run JavaScript on a bare page, opened from a disk, that has loaded every script in the order of the fragments."""
    names = dict.fromkeys(name for fragment in FRAGMENTS for name in scripts(fragment))
    page = tmp_path_factory.mktemp("explorables") / "bare.html"
    page.write_text(
        "<!doctype html>" + "".join(f'<script src="{(STATIC / name).as_uri()}"></script>' for name in names)
    )

    def run(script: str, *values: Any) -> Any:
        if driver.current_url != page.as_uri():
            driver.get(page.as_uri())
        as_lists = [v.tolist() if isinstance(v, np.ndarray) else v for v in values]
        return driver.execute_script("const X = window.explorables;" + script, *as_lists)

    return run


def test_moved_points_have_the_cka_of_the_package(compute: Compute) -> None:
    rng = np.random.default_rng(0)
    x, moved, direction = rng.normal(size=(40, 5)) + 2, np.arange(40) < 7, rng.normal(size=5)
    distances = np.array([0, 0.5, 3.0, 1e4])
    script = "const [x, m, v, c] = arguments; return c.map(d => X.translatedCka(x, m, v, d))"
    np.testing.assert_allclose(
        compute(script, x, moved, direction, distances), translated_cka(x, moved, direction, distances), atol=1e-12
    )
    found = compute("return X.translatedCkaLimit(...arguments)", x, moved)
    assert found["limit"] == pytest.approx(translated_cka_limit(x, moved), abs=1e-12)
    assert found["odds"] * found["farness"] * found["dimensions"] ** 0.5 == pytest.approx(found["limit"], abs=1e-12)
    y = rng.normal(size=(40, 3))
    assert compute("return X.cka(...arguments)", x, y) == pytest.approx(cka(x, y, estimator="biased"), abs=1e-12)


@pytest.mark.parametrize(
    ("truth", "rival", "noise"), [(3.0, 2.0, 0.0), (3.0, 2.0, 0.1), (1.0, 2.5, 0.1), (2.0, 1.0, 0.0)]
)
def test_a_likelihood_ratio_is_that_of_the_package(compute: Compute, truth: float, rival: float, noise: float) -> None:
    rng = np.random.default_rng(1)
    pairs = simulate_synapses(truth, (3, 30), change=0.3, spread=0.83, noise=noise, rng=rng)
    sizes = likelihood.log_sizes(*pairs, noise)
    at_rival = likelihood.fit(likelihood.start(sizes, np.full(3, rival)), sizes, free_exponent=False)
    best = likelihood.fit(at_rival.parameters, sizes, free_exponent=True)
    script = "const [b, a, p, s] = arguments; return b.map((row, i) => X.deviance(row, a[i], p, s))"
    found = compute(script, *pairs, rival, noise)
    ratios = 2 * (best.log_likelihood - at_rival.log_likelihood)
    np.testing.assert_allclose([each["deviance"] for each in found], ratios, atol=1e-6)
    np.testing.assert_allclose([each["exponent"] for each in found], best.parameters[:, 0], atol=1e-6)


@pytest.mark.parametrize(("truth", "rival", "noise"), [(3.0, 2.0, 0.05), (1.0, 2.0, 0.0)])
def test_the_calculator_needs_as_many_synapses_as_the_package(
    compute: Compute, truth: float, rival: float, noise: float
) -> None:
    # Both draw the same normal numbers in the same order.
    plan = {"change": 0.3, "spread": 0.6, "noise": noise, "replicates": 40, "most": 100}
    expected = required_synapses(truth, rival, rng=np.random.default_rng(2), **plan)
    script = (
        "const [truth, rival, plan, drawn] = arguments; let i = 0;"
        "const normal = () => { if (i >= drawn.length) throw Error('too few'); return drawn[i++]; };"
        "const run = X.requiredSynapses(truth, rival, {...plan, normal}); let step;"
        "while (!(step = run.next()).done); return step.value"
    )
    found = compute(script, truth, rival, plan, np.random.default_rng(2).standard_normal(40_000))
    assert found["sizes"] == expected.sizes.tolist()
    np.testing.assert_allclose(found["power"], expected.power)
    assert expected.interval is not None
    np.testing.assert_allclose([found["n"], found["low"], found["high"]], [expected.n, *expected.interval], atol=1e-6)


@pytest.mark.parametrize(
    ("exponent", "classes", "dimension", "loss", "rate"),
    [(1.5, 32, 3, "cross_entropy", 1.0), (0.0, 8, 8, "cross_entropy", 1.0), (1.5, 16, 2, "mse", 0.5)],
)
def test_the_linear_model_trains_as_in_the_package(
    compute: Compute, exponent: float, classes: int, dimension: int, loss: model.Loss, rate: float
) -> None:
    seed, scale = 51, 0.05
    steps = model.log_spaced(3000, 60)
    frequencies = model.zipf(classes, exponent)
    start = model.initial_parameters([seed], classes, dimension, scale)
    features, classifier = model.descend(*start, frequencies, at=steps, learning_rate=rate, loss=loss)
    rankme = model.effective_ranks(model.spectra(features[:, 0], frequencies, center=False))
    script = (
        "const [z, classes, d, loss, rate, seed, scale] = arguments, p = X.zipf(classes, z), at = X.logSpaced(3000, 60);"
        "const run = X.descend(...X.initial(seed, classes, d, scale), p, {at, rate, loss}); let step;"
        "while (!(step = run.next()).done); const kept = step.value;"
        "const rankme = kept.map(k => X.rankme(X.spectrum(k.features, p).values));"
        "return [at, rankme, kept.map(k => X.loss(k.features, k.classifier, p, loss)),"
        " X.phases(at, rankme).map(s => [s.name, s.start, s.end])]"
    )
    at, found, losses, spans = compute(script, exponent, classes, dimension, loss, rate, seed, scale)
    assert at == steps.tolist()
    np.testing.assert_allclose(found, rankme, atol=1e-6)
    np.testing.assert_allclose(losses, model.losses(features, classifier, frequencies, loss)[:, 0], atol=1e-6)
    assert [tuple(span) for span in spans] == [tuple(phase) for phase in phases(steps, rankme)]


@pytest.mark.parametrize(
    "world",
    [
        {"n": 200, "sd": 0.2, "rate": 1.0, "size": 0.3},
        {"n": 50, "sd": 0.02, "rate": 0.3, "size": 0.8},
        {"n": 5, "sd": 0.0, "rate": 0.1, "size": 0.1},
    ],
    ids=str,
)
def test_populations_live_as_long_as_in_the_package(compute: Compute, world: dict[str, float]) -> None:
    expected = alive_curve(60, **world, tolerance=0.3, d=4)
    np.testing.assert_allclose(
        compute("return X.aliveCurve(60, arguments[0])", {**world, "tolerance": 0.3, "d": 4}), expected, atol=1e-6
    )


def test_the_activation_is_that_of_the_package(compute: Compute) -> None:
    package = pytest.importorskip("learning_geometry.instruments.activation")
    import torch

    x, n, s = (t.ravel() for t in np.meshgrid([-2.0, 0.0, 0.3, 40.0], [0.2, 1.0, 5.0], [0.0, 0.4, 1.0]))
    tensors = [torch.tensor(values, dtype=torch.float64) for values in (x, n, s)]
    script = "const [x, n, s] = arguments; return x.map((v, i) => [X.gamma(v, n[i], s[i]), ...X.gammaDerivatives(v, n[i], s[i])])"
    expected = torch.stack([package.gamma(*tensors), *package.derivatives(*tensors)], dim=1).numpy()
    np.testing.assert_allclose(compute(script, x, n, s), expected, atol=1e-6)
    assert compute("return X.steepestSlope(5, 0.5)") == pytest.approx(package.steepest_slope(5.0, 0.5), abs=1e-12)


@pytest.mark.parametrize(
    ("name", "layout"), [("center_wall", 1), ("center_wall", 2), ("four_rooms", 1), ("inverted_l", 1)]
)
def test_what_lies_ahead_in_a_maze_is_that_of_the_package(compute: Compute, name: str, layout: int) -> None:
    table = tabulate(maze(name, 8, layout=layout))
    found = compute("return X.tabulate(X.maze(...arguments))", name, 8, layout)
    for key, values in (("poses", table.poses), ("next", table.next_state), ("reward", table.reward)):
        assert found[key] == values.tolist()
    assert found["terminal"] == table.terminal.tolist()
    assert found["starts"] == table.starts.tolist()

    discount, world = 0.98, (table.next_state, table.reward, table.terminal)
    best = successor.optimal_values(*world, discount)
    policy = 0.1 / 3 + 0.9 * np.eye(3)[best.argmax(1)]
    moves = successor.policy_transitions(table.next_state, table.terminal, policy)
    visits = successor.successor_representation(moves, discount)
    values = successor.values_by_successors(table.next_state, -table.reward, table.terminal, visits, policy, discount)
    script = (
        "const [table, discount, policy, reward, actions] = arguments, moves = X.policyTransitions(table, policy);"
        "return [X.successorRepresentation(moves, discount).map(row => [...row]), X.optimalValues(table, discount),"
        " X.valuesBySuccessors(table, moves, policy, reward, discount), X.expectedReturns(table, reward, actions, 60)]"
    )
    ours = compute(script, found, discount, policy, -table.reward, values.argmax(1))
    returns = successor.expected_returns(table.next_state, -table.reward, table.terminal, values.argmax(1), horizon=60)
    for mine, expected in zip(ours, (visits, best, values, returns), strict=True):
        np.testing.assert_allclose(mine, expected, atol=1e-6)


@pytest.mark.parametrize(("noise", "orthogonality"), [(0.3, 0.5), (0.5, 4.0), (0.2, 0.1)])
def test_features_fill_the_kernel_as_in_the_package(compute: Compute, noise: float, orthogonality: float) -> None:
    losses = pytest.importorskip("learning_geometry.instruments.kernel_matching")
    import torch

    rng = np.random.default_rng(4)
    points = np.sort(rng.uniform(0, 4, size=12))
    _, landed = augmentation_kernel.landing(points[:, None, None], noise=noise)
    known = augmentation_kernel.eigenfunctions(landed)
    features = 0.1 * rng.normal(size=(12, 3))
    features -= known.weights @ features
    at, rate = [0, 1, 5, 40], 0.02
    script = (
        "const [points, noise, start, orthogonality, rate, at] = arguments, landed = X.landing(points, noise);"
        "const known = X.kernelEigenfunctions(landed), run = X.descendMatching(start, landed, {orthogonality, rate, at}); let step;"
        "while (!(step = run.next()).done); const kept = step.value;"
        "return [landed, known.values, kept, kept.map(f => X.captured(f, known)), kept.map(f => X.matched(f, known))]"
    )
    found = compute(script, points, noise, features, orthogonality, rate, at)
    np.testing.assert_allclose(found[0], landed, atol=1e-6)
    np.testing.assert_allclose(found[1], known.values, atol=1e-6)
    kept, probabilities = [], torch.from_numpy(known.weights)[:, None]
    current = torch.from_numpy(features)
    for step in range(at[-1] + 1):
        if step in at:
            kept.append(current.numpy())
        current = current.clone().requires_grad_()
        value = losses.matching_by_moments(
            losses.moments(current, torch.from_numpy(landed)), orthogonality=orthogonality
        )
        (gradient,) = torch.autograd.grad(value, current)
        current = (current - rate * gradient / probabilities).detach()
    np.testing.assert_allclose(found[2], kept, atol=1e-6)
    for features, shares, share in zip(kept, found[3], found[4], strict=True):
        np.testing.assert_allclose(shares[:8], augmentation_kernel.captured(features, known, 8), atol=1e-6)
        assert share == pytest.approx(augmentation_kernel.matched(features, known), abs=1e-6)


@pytest.mark.parametrize("ranks", [(1, 8), (3, 30)])
def test_a_power_law_is_that_of_the_package(compute: Compute, ranks: tuple[int, int]) -> None:
    law = 2.0 * np.arange(1, 33) ** -1.3
    noisy = np.sort(law * np.exp(0.4 * np.random.default_rng(4).normal(size=32)))[::-1]
    assert compute("return X.powerLaw(...arguments).alpha", noisy, list(ranks)) == pytest.approx(
        power_law(noisy, ranks=ranks).alpha, abs=1e-12
    )
    line = compute("const fit = X.powerLaw(...arguments); return [1, 9, 32].map(fit.at)", law, list(ranks))
    np.testing.assert_allclose(line, law[[0, 8, 31]], rtol=1e-12)


def test_spectra_on_a_page_have_the_measured_rankme_and_alpha(compute: Compute) -> None:
    rng = np.random.default_rng(5)
    spectra = np.sort(np.exp(3 * rng.normal(size=(2, 6, 32))))[:, :, ::-1]
    shares = np.array(short_numbers(spectra / spectra.sum(-1, keepdims=True)))
    found = compute("return arguments[0].map(all => all.map(v => [X.rankme(v), X.powerLaw(v, [1, 8]).alpha]))", shares)
    expected = [[[rankme(v, of="eigenvalues"), power_law(v, ranks=(1, 8)).alpha] for v in own] for own in spectra]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_recorded_texts_are_of_the_checkpoints_that_the_chapter_measures(compute: Compute) -> None:
    config = STUDIES["llm_phases"].config("laptop", {})
    steps, seed = compute("return [Object.keys(X.texts.steps).map(Number), X.texts.seed]")
    assert steps == spaced(config.steps, config.checkpoints)
    assert seed in config.seeds


@pytest.mark.parametrize("fragment", FRAGMENTS, ids=lambda path: path.stem)
def test_an_explorable_is_light_and_says_something_without_scripts(fragment: Path) -> None:
    text = fragment.read_text(encoding="utf-8")
    loaded = [STATIC / name for name in [*scripts(fragment), "explorables.css"]]
    assert sum(path.stat().st_size for path in loaded) + len(text) <= LIMIT
    still = re.search(r'<p class="explorable-still">(.+?)</p>', text)
    assert still is not None
    assert len(still[1].split()) >= 10


def result(driver: webdriver.Chrome, mark: str) -> str:
    """What an explorable says in words, once it has finished computing."""
    finished = f"const r = document.querySelector('[{mark}] .explorable-result'); return !r.ariaBusy && r.textContent"
    return str(WebDriverWait(driver, 60).until(lambda d: d.execute_script(finished)))


@pytest.mark.parametrize("fragment", FRAGMENTS, ids=lambda path: path.stem)
def test_an_explorable_works_on_its_page(
    fragment: Path,
    html: Path,
    driver: webdriver.Chrome,
) -> None:
    mark = f'data-explorable="{fragment.stem.replace("_", "-")}"'
    pages = [path for path in sorted((html / "studies").glob("*.html")) if mark in path.read_text(encoding="utf-8")]
    if not pages and fragment.stem == "activation" and not list((html / "studies").glob("08*")):
        pytest.skip("the chapter on adaptive neurons is not in this book")
    assert len(pages) == 1
    driver.get("about:blank")
    driver.get_log("browser")  # forget what earlier pages did
    phone = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
    driver.get(pages[0].as_uri())  # from a disk, where browsers are stricter
    driver.execute_script("document.documentElement.dataset.theme = 'dark'")
    stage = f"[{mark}] .explorable-stage"
    driver.execute_script("document.querySelector(arguments[0]).scrollIntoView()", stage)  # long work begins then
    before = result(driver, mark)
    driver.find_element(By.CSS_SELECTOR, f"[{mark}] input[type=range]").send_keys(Keys.ARROW_LEFT)
    assert result(driver, mark) != before
    names = f"return [...document.querySelectorAll('[{mark}] svg')].map(svg => svg.getAttribute('aria-label'))"
    assert all(len(name.split()) > 3 for name in driver.execute_script(names))
    assert driver.execute_script("return document.documentElement.scrollWidth - screen.width") <= 0
    words = f"[{mark}] :is(p, label, output, select, .explorable-result)"
    for text, contrast in driver.execute_script(CONTRASTS, words):
        assert contrast >= 4.5, f"{text!r} has a contrast of {contrast:.1f}"
    assert [e["message"] for e in driver.get_log("browser") if "_static/explorables/" in e["message"]] == []
