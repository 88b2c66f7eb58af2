"""Stages of a model of vision, seen by voxels of a simulated scanner: which of them are scale-free, and which look it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from learning_geometry.instruments.cross_validation import cvpca
from learning_geometry.instruments.matched_null import NoSignal
from learning_geometry.instruments.scale_free import scale_free, window
from learning_geometry.instruments.spectrum import eigenspectrum, participation_ratio, power_law
from learning_geometry.instruments.spectrum_shape import curvature
from learning_geometry.materials import photographs
from learning_geometry.materials.scanner import scan
from learning_geometry.materials.visual_hierarchy import STAGES, stages, texture_classes

_RANKS = 200  # of the spectra that are kept


def measure(
    *,
    seed: int,
    stimuli: int,
    size: int,
    wavelengths: list[int],
    orientations: int,
    classes: int,
    examples: int,
    voxels: int,
    repeats: int,
    snr: float,
    correlated: float,
    noise_components: int,
    n_bootstrap: int,
    ranks: Sequence[int],
) -> dict[str, Any]:
    """The spectra of six stages of a hierarchy, without noise and as a simulated scanner and `scale_free` see them.

    `stimuli` patches of photographs, `size` pixels to a side and each with its mean and contrast evened out, are seen by the
    `stages` `(stages,)` of `visual_hierarchy`, whose texture `classes` were found on `examples` other patches. What a
    stage's units do is read by `voxels` as `scanner.scan` has it.

    Without noise: `units` and `effective_rank` (the participation ratio) `(stages,)`, `spectrum` `(stages, kept)`, shares of
    the variance, and its `alpha` and `curvature` `(stages,)` over the given `ranks`. As measured: cvPCA's spectra,
    `measured_raw` and, without `noise_components`, `measured` `(stages, kept)`, in shares of their sum; and of the test
    `verdict` `(stages,)`, also "no signal", `p_value`, `measured_alpha`, and `measured_curvature`, relative to power laws,
    with its `measured_curvature_sd` `(stages,)`; and what it rests on, `observed`, `expected` and `spread` `(stages, bins)`,
    by `bins` `(bins, 2)` of first and last ranks.

    Raises:
        ValueError: the window leaves the spectrum of a stage, of which "categories" has the fewest ranks, one less than
            `classes`; or as `visual_hierarchy.stages`, `scanner.scan` and `scale_free`.

    Source: the question is the paper's (arXiv:2509.13459); the hierarchy, the scanner and the test are our
    operationalisation.
    """
    first, last = ranks
    if last >= min(classes, stimuli):
        raise ValueError(
            f"ranks is {list(ranks)}, but {classes} classes of {stimuli} stimuli have {min(classes, stimuli) - 1}; end the "
            "window there, or take more"
        )
    bank = {"wavelengths": wavelengths, "orientations": orientations}
    seen, others = (_patches(count, size, [seed, i]) for i, count in enumerate((stimuli, examples)))
    known = texture_classes(others, **bank, count=classes, rng=np.random.default_rng([seed, 2]))  # type: ignore[arg-type]
    responses = stages(seen, known, **bank)  # type: ignore[arg-type]
    kept = min(_RANKS, stimuli - 1)
    found = []
    for i, stage in enumerate(tqdm(STAGES, desc=f"stages, seed {seed}", leave=False)):
        spectrum = eigenspectrum(responses[stage])
        noisy = scan(
            responses[stage],
            voxels=voxels,
            repeats=repeats,
            snr=snr,
            correlated=correlated,
            rng=np.random.default_rng([seed, 3, i]),
        )
        test = _tested(noisy, noise_components, n_bootstrap, np.random.default_rng([seed, 4, i]))
        found.append(
            {
                "units": responses[stage].shape[1],
                "effective_rank": participation_ratio(spectrum),
                "spectrum": _shares(spectrum, kept),
                "alpha": power_law(spectrum, ranks=(first, last)).alpha,
                "curvature": curvature(spectrum, ranks=(first, last)),
                "measured_raw": _shares(cvpca(noisy), kept),
                "measured": _shares(cvpca(noisy, noise_components=noise_components), kept),
                **test,
            }
        )
    return {
        "stages": list(STAGES),
        "ranks": [first, last],
        "bins": np.array(window(stimuli, voxels - noise_components)),
        "verdict": [each.pop("verdict") for each in found],
        **{name: np.array([each[name] for each in found]) for name in found[0]},
    }


def _tested(
    noisy: NDArray[np.float32], noise_components: int, n_bootstrap: int, rng: np.random.Generator
) -> dict[str, Any]:
    try:
        test = scale_free(noisy, noise_components=noise_components, n_bootstrap=n_bootstrap, rng=rng)
    except NoSignal:
        # A measurement like any other: the scanner shows too little of this stage.
        bins = len(window(noisy.shape[1], noisy.shape[2] - noise_components))
        nothing = dict.fromkeys(("measured_alpha", "measured_curvature", "measured_curvature_sd"), 0.0)
        empty = {name: np.zeros(bins) for name in ("observed", "expected", "spread")}
        return {"verdict": "no signal", "p_value": 1.0, **nothing, **empty}
    return {
        "verdict": str(test.verdict),
        "p_value": test.p_value,
        "measured_alpha": test.alpha,
        "measured_curvature": test.curvature,
        "measured_curvature_sd": test.curvature_sd,
        "observed": test.observed,
        "expected": test.expected,
        "spread": test.spread,
    }


def _patches(count: int, size: int, seed: list[int]) -> NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    return photographs.normalised(photographs.patches(count=count, size=size, part="all", rng=rng))


def _shares(spectrum: NDArray[np.float64], kept: int) -> NDArray[np.float64]:
    """The first `kept` values over the sum of all, with zeros where there are fewer."""
    first = spectrum[:kept] / spectrum.sum()
    return np.pad(first, (0, kept - len(first)))
