"""How often the decision calls a power law something else."""

from typing import Any

import numpy as np
from tqdm import tqdm

from learning_geometry.instruments.matched_null import NoSignal
from learning_geometry.instruments.scale_free import scale_free
from learning_geometry.materials.scanner import repeated
from learning_geometry.materials.synthetic_areas import respond, spectrum


def measure(
    *,
    spectrum_name: str,
    noise: str,
    seed: int,
    areas: int,
    stimuli: int,
    voxels: int,
    repeats: int,
    snr: float,
    correlated: float,
    noise_components: int,
    n_bootstrap: int,
) -> dict[str, Any]:
    """Apply `scale_free` to independent synthetic areas of one spectrum.

    `p_values`, `exponents`, `curvatures` and `verdicts` `(area,)` are those of the decision. An area whose repeats share
    too little is left out and counted in `no_signal`. `noise` is "correlated" or "aligned", as in `estimators`.

    Raises:
        ValueError: `noise` is neither.
    """
    if noise not in ("correlated", "aligned"):
        raise ValueError(f"noise is {noise!r}; choose 'correlated' or 'aligned'")
    tests = []
    for area in tqdm(range(areas), desc=f"{spectrum_name}, {noise} noise", unit="area", leave=False):
        rng = np.random.default_rng([seed, area])
        signal, axes = respond(spectrum(spectrum_name, voxels), n_stimuli=stimuli, rng=rng)
        along = axes if noise == "aligned" else None
        measured = repeated(signal, repeats=repeats, snr=snr, correlated=correlated, rng=rng, axes=along)
        try:
            tests.append(scale_free(measured, noise_components=noise_components, n_bootstrap=n_bootstrap, rng=rng))
        except NoSignal:
            continue
    return {
        "spectrum": spectrum_name,
        "noise": noise,
        "areas": areas,
        "no_signal": areas - len(tests),
        "p_values": np.array([test.p_value for test in tests]),
        "exponents": np.array([test.alpha for test in tests]),
        "curvatures": np.array([test.curvature for test in tests]),
        "verdicts": [test.verdict for test in tests],
    }
