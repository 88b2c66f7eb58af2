"""Linear regressions: distances by number of weights, and by supposed geometry."""

import numpy as np
from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records
from learning_geometry.studies.synaptic_weights.figures._geometries import (
    DISTANCE,
    FLOOR,
    draw_reference,
    draw_truths,
    look,
)

_POWERS = {0.5: "-", 0.75: "--"}


def plot_regression(records: Records) -> Figure:
    """ΔCDF under the true geometry against the number of weights, with the control in grey, and by supposed geometry."""
    plain = {power: records.select("regression", inputs="correlated", sample_power=power) for power in _POWERS}
    heavy = records.select("regression", inputs="heavy-tailed")
    sizes = plain[0.5].dimension.values
    powers = [drawing.key(f"$N = D^{{{power:g}}}$", line) for power, line in _POWERS.items()]
    titles = ["in the true geometry", f"D = {sizes[-1]:,}"]
    figure, (left, right) = drawing.panels(titles, *powers, *FLOOR, columns=2, height=2.4, across=3)
    ends = np.array([sizes[0] / 1.2, sizes[-1] * 1.2])
    draw_reference(left, ends, ends)
    drawing.log_ticks(left, sizes)
    for regression, line in (*((plain[power], line) for power, line in _POWERS.items()), (heavy, "-")):
        matched = regression.cdf_distance.sel(candidate=regression.truth).mean("seed")
        for truth in regression.truth.values:
            _, colour, marker = look(truth)
            grey = regression is heavy
            left.plot(
                regression.dimension,
                matched.sel(truth=truth),
                line,
                color=drawing.GREY if grey else colour,
                marker=marker,
                ms=5,
            )
    top = sizes[-1], float(matched.max())
    left.annotate(
        "heavy-tailed inputs (control)", top, (4, 8), textcoords="offset points", color=drawing.GREY, ha="right"
    )
    half, many = (plain[power].cdf_distance.isel(dimension=-1) for power in _POWERS)
    draw_truths([right], [many], line="--", named=False)
    draw_truths([right], [half], weights=[sizes[-1]])
    drawing.label_axes([left], x="weights D", y=DISTANCE)
    right.set_xlabel("supposed exponent p")
    return figure
