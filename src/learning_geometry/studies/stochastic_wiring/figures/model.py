"""A genome, one of its brains, and the law of a weight."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.stats import norm

from learning_geometry import drawing
from learning_geometry.instruments.wiring import bayesian_weight, synapse_sum_law
from learning_geometry.records import Records
from learning_geometry.studies.stochastic_wiring.claims._cells import tried

_SIGNED = "RdBu_r"
_NEURONS_SHOWN = 6
_FEW = 16  # synapses of the law that is drawn with its steps


def plot_brain(records: Records) -> Figure:
    """Means of a genome's connections and one brain drawn from it; below, the neurons of one type. First seed."""
    types, variabilities = tried(records)
    moving = min(v for v in variabilities if v)
    genome = records.of("classifier", types=types, variability=moving, recentred=False)[0]["genome"]
    n_neurons = genome.attrs["neurons"]
    figure = drawing.figure(drawing.PAGE_WIDTH, 4.1)
    above, below = np.asarray(figure.subfigures(2, 1, height_ratios=[2.2, 1.15]))
    left, right = above.subplots(1, 2, width_ratios=[1, 2.4], sharey=True)
    means = genome.hidden.sel(sign="excitatory") - genome.hidden.sel(sign="inhibitory")
    image = _draw_signed(left, means)
    left.set(title="The genome", xlabel="hidden type", ylabel="pixel")
    _draw_signed(right, genome.brain)
    for edge in range(n_neurons, genome.sizes["neuron"], n_neurons):
        right.axvline(edge - 0.5, color="0.6", lw=0.6)
    right.set(title="One brain", xlabel=f"hidden neuron ({n_neurons} of each type)")
    bar = figure.colorbar(image, ax=[left, right], ticks=[-1, 0, 1], shrink=0.8)
    bar.set_ticklabels(["inhibitory", "none", "excitatory"])
    # The type with the strongest mean connections is the easiest to read.
    chosen = int(np.argmax((means**2).sum("input").values))
    own = genome.brain.isel(neuron=slice(chosen * n_neurons, chosen * n_neurons + _NEURONS_SHOWN))
    fields = [
        ("type (mean)", means.isel(type=chosen)),
        *((f"neuron {k + 1}", own.isel(neuron=k)) for k in range(own.sizes["neuron"])),
    ]
    side = genome.attrs["height"], genome.attrs["width"]
    for axes, (title, field) in zip(below.subplots(1, len(fields)), fields, strict=True):
        axes.imshow(np.asarray(field).reshape(side), vmin=-1, vmax=1, cmap=_SIGNED)
        axes.set_title(title, fontweight="normal", fontsize=9.5)
        axes.set_xticks([])
        axes.set_yticks([])
    return figure


def plot_laws(records: Records) -> Figure:
    """The law of a weight of few synapses beside the normal one, and how their distance falls with the number of synapses."""
    laws = records["laws"]
    figure, (left, right) = drawing.panels(
        ["A weight of 16 synapses", "More synapses"], columns=2, height=2.0, share_y=False
    )
    excitatory, inhibitory, efficacy = bayesian_weight(0.5, 1.0, _FEW)
    sums, law = synapse_sum_law(excitatory, inhibitory, _FEW)
    left.bar(
        efficacy * sums, law / efficacy, width=0.8 * efficacy, color=drawing.SKY, label="sum of Bernoulli synapses"
    )
    x = np.linspace(-3.5, 4.5, 200)
    left.plot(x, norm.pdf(x, 0.5, 1.0), color=drawing.RED, label="weight of a Bayesian network")
    left.set(xlabel="weight", ylabel="density", xlim=(-3.5, 4.5))
    largest = laws.distance.max(["mean", "sd"])
    right.plot(laws.synapses, largest, "o-", color=drawing.BLUE, label="largest distance, all means and sds")
    root = float(largest[0]) * np.sqrt(float(laws.synapses[0]) / laws.synapses)
    right.plot(laws.synapses, root, ":", color=drawing.BLACK, label="one over the root of their number")
    drawing.log_ticks(right, laws.synapses)
    right.set(yscale="log", xlabel="synapses of a weight", ylabel="distance")
    drawing.legend_below(figure, across=2)
    return figure


def _draw_signed(axes: Axes, values: Any) -> Any:
    image = axes.imshow(values, vmin=-1, vmax=1, cmap=_SIGNED, aspect="auto", interpolation="nearest")
    axes.spines[:].set_visible(False)
    return image
