"""The two estimators of CKA on features that have nothing in common."""

import numpy as np
from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records


def plot_bias(records: Records) -> Figure:
    """Both estimators against the number of features, with the range of the draws."""
    pairs = records["bias"].isel(seed=0)
    samples, dimensions = pairs.attrs["samples"], pairs.dimension.values
    figure = drawing.figure(7, 2.7)
    axes = figure.subplots()
    fine = np.geomspace(dimensions.min(), dimensions.max(), 200)
    axes.plot(fine, fine / (fine + samples), ":", color=drawing.BLACK, label="d / (d + n)")
    for estimator, colour, marker in (("biased", drawing.RED, "o"), ("debiased", drawing.BLUE, "s")):
        cka = pairs.cka.sel(estimator=estimator)
        reach = abs(np.array([cka.min("draw"), cka.max("draw")]) - cka.mean("draw").values)
        axes.errorbar(dimensions, cka.mean("draw"), reach, color=colour, fmt=marker, ms=5, capsize=3, label=estimator)
    axes.axvline(samples, color="0.7", lw=1)
    axes.annotate(f"d = n = {samples}", (samples, 0.98), xytext=(5, 0), textcoords="offset points")
    axes.set(xscale="log", xlabel="number of features d", ylabel="linear CKA")
    axes.set(ylim=(-0.08, 1.05))
    axes.legend(loc="center left")
    return figure
