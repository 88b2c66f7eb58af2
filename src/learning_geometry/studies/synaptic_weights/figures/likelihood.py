"""The exponent of greatest likelihood in each layer of the networks."""

from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records
from learning_geometry.studies.synaptic_weights.figures._geometries import look
from learning_geometry.studies.synaptic_weights.figures.networks import ordered


def plot_exponents(records: Records) -> Figure:
    """Exponents inferred from each layer by likelihood; hollow markers are seeds, bars their means, lines the truths."""
    layers = {name: records["networks", name].exponent for name in ordered(records)}
    rows = [(name, layer) for name, exponents in layers.items() for layer in exponents.layer.values]
    figure = drawing.figure(9, 1.1 + 0.3 * len(rows))
    axes = figure.add_subplot()
    truths = layers[rows[0][0]].truth.values
    for t, truth in enumerate(truths):
        name, colour, marker = look(truth)
        axes.axvline(truth, color=colour, lw=1.2, ls=":")
        drawing.name_above(axes, truth, f"{name}, p = {truth:g}", colour=drawing.darken(colour))
        for row, (network, layer) in enumerate(rows):
            height = row + 0.25 * (t - (len(truths) - 1) / 2)
            inferred = layers[network].sel(truth=truth, layer=layer)
            drawing.seeds_row(axes, height, inferred, colour=colour, marker=marker, interval=False)
    numbers = {name: list(exponents.layer.values) for name, exponents in layers.items()}
    labels = [
        f"{name}, layer {numbers[name].index(layer) + 1}" if len(numbers[name]) > 1 else name for name, layer in rows
    ]
    drawing.label_rows(axes, labels)
    axes.set(xlabel="inferred exponent p", ylabel="network")
    return figure
