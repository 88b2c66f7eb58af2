"""Networks of different training, compared block by block."""

from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records

_PAIRS = {
    "generalised_memorised": ("generalised – memorised", drawing.BLUE, "o"),
    "generalised_random": ("generalised – random", drawing.RED, "s"),
    "memorised_random": ("memorised – random", drawing.GREEN, "^"),
}
_SAME = {
    "generalised_generalised": ("two generalised (control)", drawing.PINK, "D"),
    "random_random": ("two random", drawing.ORANGE, "v"),
}
_PIXELS = {
    "generalised": ("generalised", drawing.BLUE, "o"),
    "memorised": ("memorised", drawing.RED, "s"),
    "random": ("random", drawing.GREEN, "^"),
}


def plot_regimes(records: Records) -> Figure:
    """Debiased CKA block by block between networks of different training, of the same training, and with the pixels."""
    regimes = records["networks", "regimes"].sel(estimator="debiased")
    figure, grid = drawing.panels(["different training", "same training", "with the pixels"], height=2.8)
    values = (regimes.cka.rename(pair="kind"), regimes.cka.rename(pair="kind"), regimes.pixels)
    for axes, kinds, cka in zip(grid, (_PAIRS, _SAME, _PIXELS), values, strict=True):
        for kind, (label, colour, marker) in kinds.items():
            drawing.band(axes, regimes.block, cka.sel(kind=kind), colour=colour, label=label, marker=marker, ms=4.5)
        axes.set(xlabel="block", ylim=(-0.05, 1.05))
        axes.legend(loc="lower left")
    drawing.label_axes(grid, y="debiased linear CKA")
    return figure
