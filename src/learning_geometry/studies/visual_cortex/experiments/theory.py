"""What a power law of exponent alpha costs: information on one side, sensitivity to small changes on the other."""

from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from learning_geometry.studies.unit import Execution, Unit

if TYPE_CHECKING:
    import xarray as xr

EXPONENTS = [round(0.1 * step, 1) for step in range(31)]
DIMENSIONS = [1, 2, 4, 8]
NEURONS = [1_000, 10_000, 100_000]
SNR = 1.0


class Theory(Unit):
    """The formulas, for codes of four dimensions of the stimulus and three sizes."""

    deterministic: ClassVar[bool] = True


def measure(unit: Theory, execution: Execution) -> "dict[str, xr.Dataset]":
    """Efficiency and robustness of smooth codes of d-dimensional stimuli, against the exponent of their spectrum.

    Codes are those of `_torus_codes`, of N neurons and of the same signal-to-noise ratio for each neuron. In the part
    "costs" `information` `(exponent, neurons)` is in nats and does not depend on d; `sensitivity` is `(dimension, exponent,
    neurons)`.

    Costs are growths from one size to the next, `larger`. `lost_information` `(exponent, larger)` is 0 if information grows
    in proportion to the neurons; `gained_sensitivity` `(dimension, exponent, larger)` is 0 if sensitivity stays bounded
    and 1 if it grows as that of a flat spectrum. With N they tend to `max(0, 1 - 1 / alpha)`, `lost_information_limit`
    `(exponent,)`, and to `1 + (1 - alpha) d / 2` within 0 and 1, `gained_sensitivity_limit` `(dimension, exponent)`:
    efficiency wants an exponent of at most 1, robustness one of at least `smooth` `(dimension,)`, 1 + 2 / d. `crossing`
    `(dimension, larger)` is the exponent at which the costs are equal; its limit, `crossing_limit` `(dimension,)`, is
    (1 + sqrt(1 + 8 / d)) / 2, which lies between 1 and 1 + 2 / d.

    `best` `(dimension, exponent)` is the information, at the largest size, of the best spectrum of any form whose
    sensitivity is that of the power law. The part "frontier" holds those best ones: `sensitivity` and `information`
    `(dimension, point)`.

    Source: Stringer et al. 2019 (Nature 571) for the smoothness of codes, 1 + 2 / d. Efficiency as the growth of the
    information of a Gaussian channel, where the costs cross, and the best spectrum are our operationalisation.
    """
    import xarray as xr

    from learning_geometry.studies.visual_cortex.experiments import _torus_codes as torus

    codes = [[torus.power_law_variances(alpha, count) for count in NEURONS] for alpha in EXPONENTS]
    information = np.array([[torus.information(code, SNR) for code in row] for row in codes])
    squares = {d: torus.squared_frequencies(d, NEURONS[-1]) for d in DIMENSIONS}
    sensitivity = np.array(
        [[[torus.sensitivity(code, mu[: len(code)]) for code in row] for row in codes] for mu in squares.values()]
    )
    best = [torus.frontier(mu, SNR) for mu in squares.values()]
    gained = [torus.gained_sensitivity(s, NEURONS, d) for s, d in zip(sensitivity, DIMENSIONS, strict=True)]
    crossing = [[torus.crossing(mu, d, pair, SNR) for pair in pairwise(NEURONS)] for d, mu in squares.items()]
    alphas, ds = np.array(EXPONENTS), np.array(DIMENSIONS)
    costs = xr.Dataset(
        {
            "information": (("exponent", "neurons"), information),
            "sensitivity": (("dimension", "exponent", "neurons"), sensitivity),
            "lost_information": (("exponent", "larger"), torus.lost_information(information, NEURONS)),
            "lost_information_limit": ("exponent", 1 - 1 / np.maximum(alphas, 1)),
            "gained_sensitivity": (("dimension", "exponent", "larger"), np.array(gained)),
            "gained_sensitivity_limit": (("dimension", "exponent"), np.clip(1 + (1 - alphas) * ds[:, None] / 2, 0, 1)),
            "smooth": ("dimension", 1 + 2 / ds),
            "crossing": (("dimension", "larger"), np.array(crossing)),
            "crossing_limit": ("dimension", (1 + np.sqrt(1 + 8 / ds)) / 2),
            "best": (
                ("dimension", "exponent"),
                np.array(
                    [np.interp(s[:, -1], b.sensitivity, b.information) for s, b in zip(sensitivity, best, strict=True)]
                ),
            ),
        },
        {"exponent": EXPONENTS, "dimension": DIMENSIONS, "neurons": NEURONS, "larger": NEURONS[1:]},
    )
    frontier = {
        "sensitivity": (("dimension", "point"), np.array([each.sensitivity for each in best])),
        "information": (("dimension", "point"), np.array([each.information for each in best])),
    }
    return {"costs": costs, "frontier": xr.Dataset(frontier, {"dimension": DIMENSIONS})}
