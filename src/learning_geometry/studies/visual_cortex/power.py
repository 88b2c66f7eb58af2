"""How large an experiment must be to see that a spectrum is no power law."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from learning_geometry.instruments.matched_null import NoSignal, matched_null
from learning_geometry.instruments.scale_free import bends, shown_spectrum, window
from learning_geometry.materials.scanner import repeated
from learning_geometry.materials.synthetic_areas import respond, spectrum

Array = NDArray[np.float64]


def measure(
    *,
    seed: int,
    stimuli: int,
    voxels: Sequence[int],
    spectra: Sequence[str],
    areas: int,
    draws: int,
    repeats: int,
    snr: float,
    correlated: float,
    noise_components: int,
) -> dict[str, Any]:
    """The share of areas of each spectrum whose curvature is below that of 95 % of power laws like them.

    `power` `(voxels, spectrum)` is that share; `curvature` and `curvature_sd` `(voxels, spectrum)` are its mean and its
    standard deviation between areas. Areas without enough signal for the question count as not recognised (`no_signal`
    `(voxels, spectrum)`).

    The draws that stand for power laws are few for each area (`draws`) and pooled over the areas of a design, which costs
    a fraction of a bootstrap for each (the warp-speed bootstrap of Giacomini, Politis and White 2013, Econometric
    Theory 29); the decision itself does not pool.
    """
    shape = len(voxels), len(spectra)
    power, curvature, curvature_sd = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    no_signal = np.zeros(shape, dtype=int)
    progress = tqdm(total=len(voxels) * len(spectra), desc=f"{stimuli} stimuli", unit="design", leave=False)
    for v, number in enumerate(voxels):
        bins = window(stimuli, number - noise_components)
        for s, name in enumerate(spectra):
            observed, like = [], []
            for area in range(areas):
                rng = np.random.default_rng([seed, stimuli, number, s, area])
                signal, _ = respond(spectrum(name, number), n_stimuli=stimuli, rng=rng)
                measured = repeated(signal, repeats=repeats, snr=snr, correlated=correlated, rng=rng)
                try:
                    null = matched_null(measured, rng=rng)
                except NoSignal:
                    no_signal[v, s] += 1
                    continue
                observed.append(shown_spectrum(measured, noise_components, bins))
                like += [shown_spectrum(null.draw(rng), noise_components, bins) for _ in range(draws)]
            if len(like) > len(bins):
                try:
                    found, by_chance, _ = bends(np.array(observed), np.array(like), bins)
                except NoSignal:
                    no_signal[v, s] = areas
                else:
                    # Of so few draws the usual quantile is exceeded too often: by 7.7 % of the like for 32 of them.
                    power[v, s] = np.sum(found < np.quantile(by_chance, 0.05, method="weibull")) / areas
                    curvature[v, s], curvature_sd[v, s] = found.mean() - by_chance.mean(), found.std()
            progress.update()
    progress.close()
    return {
        "stimuli": stimuli,
        "voxels": list(voxels),
        "spectra": list(spectra),
        "areas": areas,
        "power": power,
        "curvature": curvature,
        "curvature_sd": curvature_sd,
        "no_signal": no_signal,
    }
