"""Adaptive minus fixed networks, by what they were trained on and where they started."""

from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.claims import per_seed
from learning_geometry.records import Records
from learning_geometry.studies.adaptive_neurons.claims._cells import accuracy, under

_VARIANTS = {
    "plain": ("as the authors start", drawing.BLUE),
    "low gains": ("small first gains", drawing.GREEN),
    "drift": ("trained under drift", drawing.RED),
}


def plot_pairs(records: Records) -> Figure:
    """The paired difference of accuracies with its interval, for each kind of perturbation and each variant."""
    kinds = ["clean", "noise", "drift", "drive"]
    figure = drawing.figure(drawing.PAGE_WIDTH, 2.2)
    axes = figure.subplots()
    for shift, (variant, (name, colour)) in zip((-0.22, 0.0, 0.22), _VARIANTS.items(), strict=True):
        for row, kind in enumerate(kinds):
            pair = [under(accuracy(records, model, variant), kind) for model in ("adaptive", "fixed")]
            estimate = per_seed(pair[0] - pair[1])
            low, high = estimate.ends
            drawing.interval_row(
                axes, row + shift, estimate.value, low, high, colour=colour, label=name if not row else ""
            )
    axes.axvline(0, color=drawing.GREY, lw=1)
    drawing.label_rows(axes, kinds)
    axes.set_xlabel("accuracy, adaptive minus fixed (points)")
    drawing.legend_outside(axes)
    return figure
