"""Stages of a model of vision, seen by voxels of a simulated scanner: which of them are scale-free, and which look it."""

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from learning_geometry.studies.types import Count, RisingCounts
from learning_geometry.studies.unit import Execution
from learning_geometry.studies.visual_cortex.experiments._scanned import Scanned

if TYPE_CHECKING:
    import xarray as xr

    from learning_geometry.instruments.scale_free import ScaleFreeTest

CATEGORY_RANKS = 40
"""Ranks of the stages' spectra that are described, if there are as many categories."""

_KEPT = 200  # ranks of the spectra in the record
_BY_BIN = ("observed", "expected", "spread")
_OF_TEST = {name: name for name in ("verdict", "p_value", *_BY_BIN)} | {
    f"measured_{name}": name for name in ("alpha", "curvature", "curvature_sd")
}


class Hierarchy(Scanned):
    """The stages of one hierarchy, shown one draw of patches of photographs."""

    hierarchy_stimuli: Count
    hierarchy_voxels: Count
    patch_size: Count
    wavelengths: RisingCounts
    orientations: Count
    texture_classes: Count
    texture_examples: Count
    n_bootstrap: Count


def measure(unit: Hierarchy, execution: Execution) -> "xr.Dataset":
    """The spectra of six stages of a hierarchy, without noise and as a simulated scanner and `scale_free` see them.

    Patches of photographs, each with its mean and contrast evened out, are seen by the stages of `visual_hierarchy`, whose
    texture classes were found on other patches. What a stage's units do is read by voxels as `scanner.scan` has it.

    Without noise: `units` and `effective_rank` (the participation ratio) `(stage,)`, `spectrum` `(stage, rank)`, shares of
    the variance, and its `alpha` and `curvature` `(stage,)` over the ranks in the attribute `ranks`. As measured: cvPCA's
    spectra, `measured_raw` and, without `noise_components`, `measured` `(stage, rank)`, in shares of their sum; and of the
    test `verdict` `(stage,)`, also "no signal", `p_value`, `measured_alpha`, and `measured_curvature`, relative to power
    laws, with its `measured_curvature_sd` `(stage,)`; and what it rests on, `observed`, `expected` and `spread` `(stage,
    bin)`, zeros without signal; `bin` is the geometric centre of the bin's ranks.

    Source: the question is the paper's (arXiv:2509.13459); the hierarchy, the scanner and the test are our
    operationalisation.
    """
    import xarray as xr
    from tqdm import tqdm

    from learning_geometry.instruments.cross_validated_pca import cvpca
    from learning_geometry.instruments.matched_null import NoSignal
    from learning_geometry.instruments.scale_free import scale_free, window
    from learning_geometry.instruments.spectrum import binned, curvature, eigenspectrum, participation_ratio, power_law
    from learning_geometry.materials.scanner import scan
    from learning_geometry.materials.visual_hierarchy import STAGES, stages, texture_classes

    seed, components = unit.seed, unit.noise_components
    described = 1, min(CATEGORY_RANKS, unit.texture_classes - 1)
    bins = window(unit.hierarchy_stimuli, unit.hierarchy_voxels - components)
    seen = _patches(unit, unit.hierarchy_stimuli, stream=0)
    known = texture_classes(
        _patches(unit, unit.texture_examples, stream=1),
        wavelengths=unit.wavelengths,
        orientations=unit.orientations,
        count=unit.texture_classes,
        rng=np.random.default_rng([seed, 2]),
    )
    responses = stages(seen, known, wavelengths=unit.wavelengths, orientations=unit.orientations)
    kept = min(_KEPT, unit.hierarchy_stimuli - 1)
    rows = []
    for i, stage in enumerate(tqdm(STAGES, desc=f"stages, seed {seed}", leave=False)):
        spectrum = eigenspectrum(responses[stage])
        noisy = scan(
            responses[stage],
            voxels=unit.hierarchy_voxels,
            repeats=unit.repeats,
            snr=unit.snr,
            correlated=unit.correlated,
            rng=np.random.default_rng([seed, 3, i]),
        )
        test: ScaleFreeTest | None = None
        with suppress(NoSignal):  # a measurement like any other: the scanner shows too little of this stage
            test = scale_free(
                noisy,
                noise_components=components,
                n_bootstrap=unit.n_bootstrap,
                rng=np.random.default_rng([seed, 4, i]),
            )
        rows.append(
            {
                "units": responses[stage].shape[1],
                "effective_rank": participation_ratio(spectrum),
                "spectrum": _shares(spectrum, kept),
                "alpha": power_law(spectrum, ranks=described).alpha,
                "curvature": curvature(spectrum, ranks=described),
                "measured_raw": _shares(cvpca(noisy), kept),
                "measured": _shares(cvpca(noisy, noise_components=components), kept),
                **_described(test, len(bins)),
            }
        )
    along = dict.fromkeys(("spectrum", "measured_raw", "measured"), "rank")
    along |= dict.fromkeys(_BY_BIN, "bin")
    return xr.Dataset(
        {
            name: (("stage", along[name]) if name in along else "stage", np.array([row[name] for row in rows]))
            for name in rows[0]
        },
        {"stage": list(STAGES), "rank": np.arange(1, kept + 1), "bin": binned(np.ones(bins[-1][1]), bins)[0]},
        {"ranks": list(described)},
    )


def _described(test: "ScaleFreeTest | None", n_bins: int) -> dict[str, Any]:
    """What the record keeps of the test, or zeros where there was no signal to test."""
    if test is None:
        blank = {name: np.zeros(n_bins) if name in _BY_BIN else 0.0 for name in _OF_TEST}
        return blank | {"verdict": "no signal", "p_value": 1.0}
    return {name: getattr(test, field) for name, field in _OF_TEST.items()}


def _patches(unit: Hierarchy, count: int, *, stream: int) -> NDArray[np.float32]:
    from learning_geometry.materials import photographs

    rng = np.random.default_rng([unit.seed, stream])
    return photographs.normalised(photographs.patches(count=count, size=unit.patch_size, part="all", rng=rng))


def _shares(spectrum: NDArray[np.float64], kept: int) -> NDArray[np.float64]:
    """The first `kept` values over the sum of all, with zeros where there are fewer."""
    first = spectrum[:kept] / spectrum.sum()
    return np.pad(first, (0, kept - len(first)))
