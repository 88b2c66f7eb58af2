"""Fractional orders of responses, by two estimators."""

import numpy as np
from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.instruments.fractional import fourier_derivative
from learning_geometry.records import Records
from learning_geometry.studies.adaptive_neurons.claims._cells import networks
from learning_geometry.studies.adaptive_neurons.figures._looks import LOOKS

_MODELS = ("adaptive", "heterogeneous", "fixed", "relu", "tanh")


def plot_estimators(records: Records) -> Figure:
    """A response without memory and what the published estimator makes of it; orders by both estimators against amplitude."""
    known = records["estimator"]
    titles = ["A scaled copy of a step", "Published estimator", "Amplitude and offset free"]
    figure, (left, middle, right) = drawing.panels(titles, height=2.2, share_y=False)
    step = known.response.sel(true=0.0).values
    amplitude = float(known.amplitude[1])
    order = float(known.order.sel(estimator="published", true=0.0).isel(amplitude=1))
    turned = fourier_derivative(amplitude * step, order)
    left.plot(known.time, step, color=drawing.BLACK, label="step")
    left.plot(known.time, amplitude * step, color=drawing.BLUE, label=f"response, {amplitude:g} times")
    reference = len(step) // 6
    left.plot(
        known.time,
        turned - turned[reference],
        color=drawing.RED,
        lw=1.3,
        label=rf"$D^\alpha$ of the response, $\alpha$ = {order:g}",
    )
    left.set(xlabel="time", ylabel="drive, response")
    for axes, estimator in ((middle, "published"), (right, "fitted")):
        for k, true in enumerate(known.true.values):
            colour = drawing.COLOURS[k % len(drawing.COLOURS)]
            found = known.order.sel(estimator=estimator, true=true)
            axes.plot(known.amplitude, found, "o-", color=colour, ms=4, label=f"{true:g}")
            axes.axhline(true, color=colour, lw=0.8, ls=":")
        drawing.log_ticks(axes, [0.1, 0.5, 1, 4])
        axes.set(xlabel="amplitude of the response", ylim=(-1.08, 1.08))
    middle.set_ylabel("order that is found")
    drawing.legend_outside(right, title="true order")
    drawing.legend_below(figure, *left.lines)
    return figure


def plot_orders(records: Records) -> Figure:
    """Responses of isolated neurons to a step, a line for each seed; below, orders of their mean, one row a model and one mark a seed."""
    figure = drawing.figure(drawing.PAGE_WIDTH, 3.9)
    above, below = np.asarray(figure.subfigures(2, 1))
    shown = ("adaptive", "fixed", "tanh")
    grid = above.subplots(1, len(shown), sharey=True)
    for axes, model in zip(grid, shown, strict=True):
        data = networks(records, model, "responses").sel(network="isolated").isel(drive=-1)
        times = data.time.size
        before = data.response.isel(time=slice(times // 6, times // 3)).mean("time")
        moved = (data.response - before) / float(data.drive)
        axes.plot(data.time, np.asarray(moved.transpose("time", "seed")), color=LOOKS[model][1], lw=0.9, alpha=0.7)
        drawing.shade(axes, times // 3, 2 * times // 3)
        axes.set(title=LOOKS[model][0], xlabel="step")
    grid[0].set_ylabel("response")
    rows = below.subplots(1, 2, sharey=True)
    titles = {"published": "Order, published estimator", "fitted": "Order, amplitude and offset free"}
    for axes, (estimator, title) in zip(rows, titles.items(), strict=True):
        for row, model in enumerate(_MODELS):
            orders = networks(records, model, "responses")[estimator].sel(network="isolated").mean("drive")
            drawing.seeds_row(axes, row, orders, colour=LOOKS[model][1])
        axes.axvline(0, color=drawing.GREY, lw=1)
        drawing.label_rows(axes, [LOOKS[model][0] for model in _MODELS])
        axes.set(title=title, xlabel="order (derivative < 0 < integral)", xlim=(-1.05, 1.05))
    return figure
