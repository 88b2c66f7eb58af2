"""CKA: its invariances with their negative controls, its estimators against slow oracles, its closed form, its refusals."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from learning_geometry.instruments import hsic
from learning_geometry.instruments.similarity import (
    MinibatchCKA,
    cka,
    cka_map,
    translated_cka,
    translated_cka_limit,
)
from learning_geometry.instruments.spectrum import eigenspectrum, participation_ratio

ESTIMATORS = ["biased", "debiased"]
KERNELS = ["linear", "rbf"]
seeds = st.integers(0, 2**32 - 1)
steady = settings(deadline=None, derandomize=True, max_examples=30)


# Slow and obvious versions.


def gram_matrix(x, kernel="linear", bandwidth=1.0):
    x = x.astype(np.float64)
    if kernel == "linear":
        return x @ x.T
    distances = np.array([[np.linalg.norm(a - b) for b in x] for a in x])
    median = np.median(distances[np.triu_indices(len(x), k=1)])
    return np.exp(-(distances**2) / (2 * (bandwidth * median) ** 2))


def hsic_0(k, m):
    n = len(k)
    h = np.eye(n) - 1 / n
    return np.trace(k @ h @ m @ h) / (n - 1) ** 2


def hsic_1(k, m):
    """Song et al. 2012, equation 5."""
    n, one = len(k), np.ones(len(k))
    k, m = k - np.diag(np.diag(k)), m - np.diag(np.diag(m))
    total = np.trace(k @ m) + (one @ k @ one) * (one @ m @ one) / ((n - 1) * (n - 2)) - 2 / (n - 2) * one @ k @ m @ one
    return total / (n * (n - 3))


def slow_cka(x, y, estimator="biased", kernel="linear", bandwidth=1.0):
    k, m = gram_matrix(x, kernel, bandwidth), gram_matrix(y, kernel, bandwidth)
    h = hsic_0 if estimator == "biased" else hsic_1
    return h(k, m) / np.sqrt(h(k, k) * h(m, m))


def slow_minibatch(batches_x, batches_y):
    weights = np.array([len(batch[0]) for batch in batches_x], dtype=float)
    grams = [
        ([gram_matrix(x) for x in xs], [gram_matrix(y) for y in ys])
        for xs, ys in zip(batches_x, batches_y, strict=True)
    ]
    cross = np.average([[[hsic_1(k, m) for m in ms] for k in ks] for ks, ms in grams], axis=0, weights=weights)
    own_x = np.average([[hsic_1(k, k) for k in ks] for ks, _ in grams], axis=0, weights=weights)
    own_y = np.average([[hsic_1(m, m) for m in ms] for _, ms in grams], axis=0, weights=weights)
    return cross / np.sqrt(np.outer(own_x, own_y))


def related(rng, n=40, d_x=7, d_y=5):
    """Two representations that share part of their variance, of unequal spectrum."""
    x = rng.standard_normal((n, d_x)) * np.linspace(0.5, 3, d_x) + rng.standard_normal(d_x)
    y = x[:, -1:] * rng.uniform(0.5, 1, d_y) + rng.standard_normal((n, d_y))
    return x, y


def network(rng, n=60, widths=(3, 9, 6)):
    layers = [rng.standard_normal((n, widths[0]))]
    for width in widths[1:]:
        layers.append(np.tanh(layers[-1] @ rng.standard_normal((layers[-1].shape[1], width))) + 0.1)
    return layers


# Definition.


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("kernel", KERNELS)
@given(seed=seeds, n=st.integers(5, 30), d_x=st.integers(1, 40), d_y=st.integers(1, 40))
@steady
def test_cka_is_its_definition(estimator, kernel, seed, n, d_x, d_y):
    x, y = related(np.random.default_rng(seed), n, d_x, d_y)
    expected = slow_cka(x, y, estimator, kernel, 0.7)
    assert cka(x, y, estimator=estimator, kernel=kernel, bandwidth=0.7) == pytest.approx(
        np.clip(expected, -1, 1), abs=1e-10
    )


@pytest.mark.parametrize("debiased", [False, True])
@given(seed=seeds, n=st.integers(4, 30), widths=st.lists(st.integers(1, 40), min_size=1, max_size=3))
@steady
def test_feature_space_and_gram_space_agree(debiased, seed, n, widths):
    rng = np.random.default_rng(seed)
    layers = [hsic.centred(rng.standard_normal((n, d)), "x") for d in widths]
    pairs = [(i, j) for i in range(len(widths)) for j in range(i, len(widths))]
    norms = np.array([(layer**2).sum(axis=1) for layer in layers])
    in_features = hsic._feature_space_sums(layers, pairs, norms, np.zeros(len(widths)), debiased=debiased)
    in_grams = hsic._gram_space_sums(layers, norms, debiased=debiased)
    scale = norms.sum(axis=1)
    np.testing.assert_allclose(in_features / np.outer(scale, scale), in_grams / np.outer(scale, scale), atol=1e-12)


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("d", [30, 1500])
def test_gram_tiles_cover_the_matrix_once(estimator, d):
    """With more samples than fit a tile, in feature space (d = 30) and in Gram space (d = 1500)."""
    rng = np.random.default_rng(0)
    n = 2 * hsic._TILE + 37
    x = rng.standard_normal((n, d))
    y = x + rng.standard_normal((n, d))
    k, m = (z @ z.T for z in (x - x.mean(axis=0), y - y.mean(axis=0)))
    if estimator == "debiased":
        one, total = (
            np.ones(n),
            [np.vdot(a - np.diag(np.diag(a)), b - np.diag(np.diag(b))) for a, b in ((k, m), (k, k), (m, m))],
        )
        rows = [(a - np.diag(np.diag(a))) @ one for a in (k, m)]
        for which, (a, b) in enumerate(((0, 1), (0, 0), (1, 1))):
            total[which] += rows[a].sum() * rows[b].sum() / ((n - 1) * (n - 2)) - 2 / (n - 2) * rows[a] @ rows[b]
    else:
        total = [np.vdot(k, m), np.vdot(k, k), np.vdot(m, m)]
    assert cka(x, y, estimator=estimator) == pytest.approx(total[0] / np.sqrt(total[1] * total[2]), abs=1e-12)


# Invariances, each with the map that breaks it.


def orthogonal(rng, d):
    return np.linalg.qr(rng.standard_normal((d, d)))[0]


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("kernel", KERNELS)
@given(seed=seeds, scale=st.floats(1e-3, 1e3))
@steady
def test_orthogonal_maps_isotropic_scaling_and_translation_change_nothing(estimator, kernel, seed, scale):
    rng = np.random.default_rng(seed)
    x, y = related(rng)
    value = cka(x, y, estimator=estimator, kernel=kernel)
    moved = scale * (x @ orthogonal(rng, x.shape[1])) + 10 * scale * rng.standard_normal(x.shape[1])
    assert cka(moved, y, estimator=estimator, kernel=kernel) == pytest.approx(value, abs=1e-9)
    assert cka(y, moved, estimator=estimator, kernel=kernel) == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize(
    "breaker", ["invertible map", "scaling of one feature", "translation of half the samples", "shuffle"]
)
def test_other_maps_change_it(estimator, kernel, breaker):
    rng = np.random.default_rng(1)
    x, y = related(rng)
    value = cka(x, y, estimator=estimator, kernel=kernel)
    if breaker == "invertible map":
        moved = x @ (orthogonal(rng, 7) * np.geomspace(1, 30, 7))
    elif breaker == "scaling of one feature":
        moved = x * np.array([1, 1, 1, 1, 1, 1, 30])
    elif breaker == "translation of half the samples":
        moved = x + 20 * (np.arange(40) < 20)[:, None] * np.eye(7)[3]
    else:
        moved = rng.permutation(x)
    assert abs(cka(moved, y, estimator=estimator, kernel=kernel) - value) > 0.02


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("kernel", KERNELS)
@given(seed=seeds)
@steady
def test_cka_is_symmetric_and_one_with_itself(estimator, kernel, seed):
    x, y = related(np.random.default_rng(seed))
    assert cka(x, x, estimator=estimator, kernel=kernel) == pytest.approx(1, abs=1e-12)
    forth, back = cka(x, y, estimator=estimator, kernel=kernel), cka(y, x, estimator=estimator, kernel=kernel)
    assert forth == pytest.approx(back, abs=1e-12)
    assert forth < 0.999


# Estimators.


def test_independent_features_look_alike_to_the_biased_estimator_only():
    """The expectation of biased CKA for white noise is about d / (d + n) (Murphy et al. 2024), of debiased CKA zero."""
    rng = np.random.default_rng(0)
    n, repeats = 100, 10
    for d in (10, 100, 1000):
        draws = [(rng.standard_normal((n, d)), rng.standard_normal((n, d))) for _ in range(repeats)]
        biased = [cka(x, y, estimator="biased") for x, y in draws]
        debiased = [cka(x, y, estimator="debiased") for x, y in draws]
        assert np.mean(biased) == pytest.approx(d / (d + n), abs=0.02)
        assert abs(np.mean(debiased)) < 4 * np.std(debiased, ddof=1) / np.sqrt(repeats)


def test_wide_rbf_kernel_tends_to_the_linear_one():
    """Alvarez 2021, arXiv:2112.09305; a kernel narrower than the distances does not."""
    x, y = related(np.random.default_rng(2))
    for estimator in ESTIMATORS:
        linear = cka(x, y, estimator=estimator)
        gaps = [abs(cka(x, y, estimator=estimator, kernel="rbf", bandwidth=b) - linear) for b in (0.3, 10, 100, 1e4)]
        assert gaps == sorted(gaps, reverse=True)
        assert gaps[0] > 0.02
        assert gaps[-1] < 1e-7


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("d", [20, 400])
def test_float32_survives_a_mean_of_a_thousand_standard_deviations(estimator, d):
    rng = np.random.default_rng(3)
    x = rng.standard_normal((300, d))
    y = x + rng.standard_normal((300, d))
    value = cka(x, y, estimator=estimator)
    small = cka((x + 1000).astype(np.float32), (y - 1000).astype(np.float32), estimator=estimator)
    assert small == pytest.approx(value, abs=1e-4)
    without_centring = (x + 1000).astype(np.float32)
    raw = np.linalg.norm(without_centring.T @ (y - 1000).astype(np.float32)) ** 2
    raw /= np.linalg.norm(without_centring.T @ without_centring) * np.linalg.norm(np.cov(y.T) * 300 + 300e6)
    assert raw > 0.9  # the control: the mean, left in, is all that is seen


@pytest.mark.parametrize("scale", [1e-30, 1e-15, 1e15, 1e30])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_units_do_not_overflow(scale, dtype):
    x, y = related(np.random.default_rng(4))
    assert cka((x * scale).astype(dtype), y, estimator="debiased") == pytest.approx(
        cka(x, y, estimator="debiased"), abs=1e-5
    )


def test_debiased_float32_survives_an_outlier():
    """One far sample makes the feature-space identity cancel; the value must still be that of float64."""
    rng = np.random.default_rng(5)
    x = rng.standard_normal((400, 20))
    y = x + rng.standard_normal((400, 20))
    x[7] *= 3000
    value = cka(x.astype(np.float32), y.astype(np.float32), estimator="debiased")
    assert value == pytest.approx(slow_cka(x, y, "debiased"), abs=1e-5)


# Maps.


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("widths", [(3, 9, 6), (50, 200, 90)])
def test_map_is_pairwise_cka(estimator, widths):
    rng = np.random.default_rng(6)
    layers_x, layers_y = network(rng, 40, widths), network(rng, 40, widths[:2])
    for layers in (layers_y, None):
        expected = [[slow_cka(x, y, estimator) for y in layers or layers_x] for x in layers_x]
        np.testing.assert_allclose(cka_map(layers_x, layers, estimator=estimator), expected, atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("estimator", ["biased", "debiased", "minibatch"])
@given(seed=seeds, n=st.integers(8, 40), widths=st.lists(st.integers(2, 60), min_size=2, max_size=6))
@steady
def test_self_map_is_a_correlation_matrix(dtype, estimator, seed, n, widths):
    rng = np.random.default_rng(seed)
    layers = [layer.astype(dtype) for layer in network(rng, n, (3, *widths))]
    if estimator == "minibatch":
        accumulated = MinibatchCKA(len(layers))
        for rows in (slice(0, n // 2), slice(n // 2, n)):
            accumulated.update([layer[rows] for layer in layers])
        values = accumulated.compute()
    else:
        values = cka_map(layers, estimator=estimator)
    assert np.array_equal(values, values.T)
    assert np.array_equal(np.diagonal(values), np.ones(len(layers)))
    assert np.linalg.eigvalsh(values).min() > (-1e-4 if dtype == np.float32 else -1e-9)


def test_layers_of_any_shape_are_flattened():
    rng = np.random.default_rng(7)
    layers = [rng.standard_normal((30, 4, 5, 5)), rng.standard_normal((30, 6))]
    flat = [layer.reshape(30, -1) for layer in layers]
    np.testing.assert_array_equal(cka_map(layers), cka_map(flat))
    integers = [(10 * layer).astype(int) for layer in layers]
    np.testing.assert_array_equal(cka_map(integers), cka_map([layer.astype(float) for layer in integers]))


# Batches.


@pytest.mark.parametrize("sizes", [(16, 16, 16), (20, 16, 5)])
def test_minibatch_averages_hsic_over_batches(sizes):
    rng = np.random.default_rng(8)
    layers_x, layers_y = network(rng, sum(sizes)), network(rng, sum(sizes), (40, 30))
    edges = np.cumsum(sizes)[:-1]
    batches_x = list(zip(*[np.split(layer, edges) for layer in layers_x], strict=True))
    batches_y = list(zip(*[np.split(layer, edges) for layer in layers_y], strict=True))
    accumulated = MinibatchCKA(3, 2)
    for xs, ys in zip(batches_x, batches_y, strict=True):
        accumulated.update(xs, ys)
    np.testing.assert_allclose(accumulated.compute(), slow_minibatch(batches_x, batches_y), atol=1e-12)
    ratios = np.mean([cka_map(xs, ys) for xs, ys in zip(batches_x, batches_y, strict=True)], axis=0)
    assert np.abs(accumulated.compute() - ratios).max() > 1e-3  # the control: the mean of ratios is something else


def test_one_batch_is_the_debiased_map():
    rng = np.random.default_rng(9)
    layers_x, layers_y = network(rng), network(rng)
    cross, own = MinibatchCKA(3, 3), MinibatchCKA(3)
    cross.update(layers_x, layers_y)
    own.update([torch.from_numpy(layer) for layer in layers_x])
    np.testing.assert_allclose(cross.compute(), cka_map(layers_x, layers_y), atol=1e-14)
    np.testing.assert_allclose(own.compute(), cka_map(layers_x), atol=1e-14)


@given(seed=seeds, order=st.permutations(range(5)))
@steady
def test_order_of_batches_is_immaterial(seed, order):
    layers = network(np.random.default_rng(seed))
    batches = [[layer[i::5] for layer in layers] for i in range(5)]
    maps = []
    for indices in (range(5), order):
        accumulated = MinibatchCKA(3)
        for i in indices:
            accumulated.update(batches[i])
        maps.append(accumulated.compute())
    np.testing.assert_allclose(maps[0], maps[1], atol=1e-12)


def test_minibatch_approaches_the_full_estimate_with_the_number_of_samples():
    rng = np.random.default_rng(10)
    gaps = []
    for n in (64, 4096):
        layers = network(rng, n)
        accumulated = MinibatchCKA(3)
        for start in range(0, n, 32):
            accumulated.update([layer[start : start + 32] for layer in layers])
        gaps.append(np.abs(accumulated.compute() - cka_map(layers)).max())
    assert gaps[1] < 0.02
    assert gaps[1] < gaps[0]


def test_layer_silent_in_one_batch_counts_as_zero_there():
    rng = np.random.default_rng(11)
    active = [rng.standard_normal((20, 3)), rng.standard_normal((20, 3))]
    silent = [rng.standard_normal((20, 3)), np.full((20, 3), 0.1)]
    accumulated = MinibatchCKA(2)
    accumulated.update(active)
    accumulated.update(silent)
    assert np.isfinite(accumulated.compute()).all()


# Translation of a subset.


@given(
    seed=seeds,
    mask=st.lists(st.booleans(), min_size=4, max_size=40).filter(lambda m: 0 < sum(m) < len(m)),
    d=st.integers(1, 50),
    exponent=st.floats(-3, 6),
)
@settings(deadline=None, derandomize=True, max_examples=100)
def test_closed_form_of_translation_is_direct_cka(seed, mask, d, exponent):
    rng = np.random.default_rng(seed)
    mask = np.array(mask)
    x = rng.standard_normal((len(mask), d)) * rng.uniform(0.1, 2, d) + rng.standard_normal(d)
    direction, distance = rng.standard_normal(d), 10**exponent
    moved = x + distance * mask[:, None] * direction / np.linalg.norm(direction)
    assert abs(translated_cka(x, mask, direction, distance) - cka(x, moved)) < 1e-10
    far = translated_cka(x, mask, direction, 1e12 * np.linalg.norm(x))
    assert translated_cka_limit(x, mask) == pytest.approx(far, abs=1e-9)


def test_translation_takes_masks_indices_and_many_distances():
    rng = np.random.default_rng(12)
    x, direction = rng.standard_normal((30, 6)), rng.standard_normal(6)
    mask = np.arange(30) < 8
    distances = np.array([[0.0, 0.5], [-3.0, 1e200]])
    values = translated_cka(x, mask, direction, distances)
    expected = [[translated_cka(x, np.arange(8), 7 * direction, float(c)) for c in row] for row in distances]
    np.testing.assert_allclose(values, expected, atol=1e-14)
    assert values[0, 0] == pytest.approx(1, abs=1e-14)


@given(seed=seeds, n=st.integers(3, 40), d=st.integers(1, 50))
@steady
def test_limit_of_translation_is_its_formula(seed, n, d):
    """Davari et al. 2023, theorem 1, in terms of the participation ratio; it is that of the complement, too."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, d)) * rng.uniform(0.1, 2, d)
    mask = rng.permutation(n) < rng.integers(1, n)
    x_0 = x - x.mean(axis=0)
    rho, mean = mask.mean(), x_0[mask].mean(axis=0)
    dimension = participation_ratio(eigenspectrum(x))
    expected = rho / (1 - rho) * (mean @ mean) / (x_0**2).sum(axis=1).mean() * np.sqrt(dimension)
    assert translated_cka_limit(x, mask) == pytest.approx(expected, abs=1e-12)
    assert translated_cka_limit(x, ~mask) == pytest.approx(expected, abs=1e-12)


def test_one_outlier_destroys_similarity():
    """The limit for one row is |x|^2 / ((n - 1) E|x|^2) sqrt(PR): it vanishes as samples are added."""
    rng = np.random.default_rng(13)
    limits = []
    for n in (100, 1000, 10_000):
        x = rng.standard_normal((n, 20))
        x_0 = x - x.mean(axis=0)
        norms = (x_0**2).sum(axis=1)
        dimension = participation_ratio(eigenspectrum(x))
        limits.append(translated_cka_limit(x, [0]))
        assert limits[-1] == pytest.approx(norms[0] / norms.mean() * np.sqrt(dimension) / (n - 1), rel=1e-10)
    assert limits == sorted(limits, reverse=True)
    assert limits[-1] < 0.01
    assert translated_cka(x, [0], np.eye(20)[0], 0.1) > 0.999  # the control: a small step is harmless


# Refusals.

GOOD = np.random.default_rng(14).standard_normal((10, 3))
NAN, INFINITE = GOOD.copy(), GOOD.copy()
NAN[2, 1], INFINITE[2, 1] = np.nan, -np.inf
LONE = np.zeros((10, 3))
LONE[4] = 1.0


@pytest.mark.parametrize(
    ("x", "y", "options", "message"),
    [
        (GOOD, GOOD, {"estimator": "unbiased"}, "unknown estimator 'unbiased'"),
        (GOOD, GOOD, {"kernel": "cosine"}, "unknown kernel 'cosine'"),
        (GOOD, GOOD, {"kernel": "rbf", "bandwidth": 0.0}, "bandwidth .* got 0.0"),
        (GOOD, GOOD, {"bandwidth": -1.0}, "bandwidth .* got -1.0"),
        (GOOD, GOOD, {"bandwidth": np.nan}, "bandwidth .* got nan"),
        (GOOD, GOOD[:9], {}, "x holds 10 samples but y 9"),
        (GOOD[:, 0], GOOD, {}, r"x has shape \(10,\)"),
        (GOOD, GOOD[:, :0], {}, r"y has shape \(10, 0\)"),
        (GOOD[:, :, None], GOOD, {}, "flatten"),
        (GOOD, GOOD.astype(complex), {}, "complex128"),
        (NAN, GOOD, {}, "x has values that are not finite"),
        (GOOD, INFINITE.astype(np.float32), {}, "y has values that are not finite"),
        (GOOD * 1e80, GOOD, {}, "rescale"),
        (np.array([[-1e308], [1e308]]), np.array([[0], [1]]), {}, "rescale"),
        (GOOD[:3], GOOD[:3], {"estimator": "debiased"}, "at least 4 samples, got 3"),
        (GOOD[:1], GOOD[:1], {}, "at least 2 samples, got 1"),
        (GOOD, np.full((10, 3), 0.1), {}, "self-HSIC of y is zero"),
        (np.full((10, 3), 0.1, np.float32), GOOD, {"estimator": "debiased"}, "self-HSIC of x is zero"),
        (GOOD, np.full((10, 3), 0.1), {"kernel": "rbf"}, "median distance .* of y is zero"),
        (LONE, GOOD, {"estimator": "debiased"}, "self-HSIC of x is zero"),
        (1e8 * LONE.astype(np.float32), GOOD, {"estimator": "debiased"}, "self-HSIC of x is zero"),
        (GOOD, GOOD, {"estimator": "debiased", "kernel": "rbf", "bandwidth": 1e-4}, "self-HSIC of x is zero"),
    ],
)
def test_cka_refuses(x, y, options, message):
    with pytest.raises(ValueError, match=message):
        cka(x, y, **options)


@pytest.mark.parametrize(
    ("layers_x", "layers_y", "options", "message"),
    [
        ([], None, {}, "layers_x is empty"),
        ([GOOD], [], {}, "layers_y is empty"),
        ([GOOD, GOOD[:9]], None, {}, r"layers_x hold \[9, 10\] samples"),
        ([GOOD], [GOOD[:9]], {}, "layers_x holds 10 samples but layers_y 9"),
        ([GOOD, GOOD[:, 0]], None, {}, r"layers_x\[1\] has shape \(10,\)"),
        ([GOOD, NAN], None, {}, r"layers_x\[1\] has values that are not finite"),
        ([GOOD], [GOOD, LONE], {}, r"debiased self-HSIC of layers_y\[1\] is zero"),
        ([GOOD[:3]], None, {}, "at least 4 samples, got 3"),
        ([GOOD], None, {"estimator": "minibatch"}, "unknown estimator 'minibatch'"),
    ],
)
def test_map_refuses(layers_x, layers_y, options, message):
    with pytest.raises(ValueError, match=message):
        cka_map(layers_x, layers_y, **options)


@pytest.mark.parametrize(
    ("n_y", "xs", "ys", "message"),
    [
        (None, [GOOD], None, "xs has 1 layers, but 2"),
        (None, [GOOD, GOOD], [GOOD], "ys is given"),
        (1, [GOOD, GOOD], None, "ys is missing"),
        (1, [GOOD, GOOD], [GOOD, GOOD], "ys has 2 layers, but 1"),
        (1, [GOOD, GOOD], [GOOD[:9]], "xs holds 10 samples but ys 9"),
        (None, [GOOD[:3], GOOD[:3]], None, "at least 4 samples, got 3"),
    ],
)
def test_minibatch_refuses_a_bad_batch_and_forgets_it(n_y, xs, ys, message):
    accumulated = MinibatchCKA(2, n_y)
    with pytest.raises(ValueError, match=message):
        accumulated.update(xs, ys)
    with pytest.raises(RuntimeError, match="call update"):
        accumulated.compute()


def test_minibatch_refuses_layers_that_never_vary():
    accumulated = MinibatchCKA(2)
    accumulated.update([GOOD, np.ones((10, 2))])
    with pytest.raises(ValueError, match=r"self-HSIC of xs\[1\] is zero"):
        accumulated.compute()
    with pytest.raises(ValueError, match="n_layers_y is 0"):
        MinibatchCKA(2, 0)


@pytest.mark.parametrize(
    ("x", "moved", "direction", "distance", "message"),
    [
        (GOOD, [], [1, 0, 0], 1.0, "0 of 10 rows"),
        (GOOD, range(10), [1, 0, 0], 1.0, "10 of 10 rows"),
        (GOOD, np.zeros(10, bool), [1, 0, 0], 1.0, "0 of 10 rows"),
        (GOOD, np.ones(9, bool), [1, 0, 0], 1.0, "mask of 10 Booleans"),
        (GOOD, [10], [1, 0, 0], 1.0, "row indices"),
        (GOOD, [0.5], [1, 0, 0], 1.0, "row indices"),
        (GOOD, [0], [0, 0, 0], 1.0, "direction is zero"),
        (GOOD, [0], [1, 0, np.nan], 1.0, "direction is zero or not finite"),
        (GOOD, [0], [1, 0], 1.0, r"direction has shape \(2,\)"),
        (GOOD, [0], [1, 0, 0], np.inf, "distance is not finite"),
        (np.ones((10, 3)), [0], [1, 0, 0], 1.0, "constant"),
        (NAN, [0], [1, 0, 0], 1.0, "not finite"),
        (GOOD[:, 0], [0], [1], 1.0, r"x has shape \(10,\)"),
        (LONE, [4], [1, 1, 1], -np.sqrt(3), "coincide"),
    ],
)
def test_translation_refuses(x, moved, direction, distance, message):
    with pytest.raises(ValueError, match=message):
        translated_cka(x, moved, direction, distance)
