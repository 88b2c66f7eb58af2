"""Small networks before and after a task."""

import numpy as np
from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records
from learning_geometry.studies.visual_cortex.figures._arms import ARMS, in_full
from learning_geometry.studies.visual_cortex.figures._spectra import mark_margin, middle_window, ranks_axis

_SPECTRA = ("random", "barlow_twins", "vicreg", "fine_tuned", "fine_tuned_augmented", "supervised")
_SHOWN_RANKS = 100


def plot_network_spectra(records: Records) -> Figure:
    """Spectra of six networks, means over seeds: as they are, and over the power law that fits each best."""
    features = records["networks", "features"].sel(rank=slice(_SHOWN_RANKS))
    window, ranks = middle_window(features)
    first, last = map(int, window.split("-"))
    lines = {arm: "--" if arm == "fine_tuned_augmented" else "-" for arm in _SPECTRA}
    handles = [drawing.key(in_full(arm), line, color=ARMS[arm][1]) for arm, line in lines.items()]
    titles = ["features on held-out images", "over the network's own power law"]
    figure, (left, right) = drawing.panels(titles, *handles, columns=2, height=2.6, share_y=False, across=3)
    for arm, line in lines.items():
        network = features.sel(arm=arm)
        shares = network.spectrum.clip(min=np.finfo(np.float64).tiny)
        raised = np.log(shares) + network.alpha.sel(window=window) * np.log(network["rank"])
        level = raised.sel(rank=slice(first, last)).weighted(1 / network["rank"]).mean("rank")
        for axes, values in ((left, network.spectrum), (right, np.exp(raised - level))):
            axes.plot(network["rank"], values.mean("seed"), line, color=ARMS[arm][1])
    right.axhline(1, color=drawing.GREY, lw=1, zorder=0)
    for axes in (left, right):
        ranks_axis(axes)
    left.set(yscale="log", ylabel="share of variance")
    drawing.plain_log(right, "y", (1, 2, 3, 5, 7))
    right.set_ylabel(f"variance over power law\n(fitted to {ranks})")
    return figure


def plot_network_curvature(records: Records) -> Figure:
    """Curvature of the spectrum of every network: seeds, their mean, Student's 95 % interval; grey is scale-free."""
    features = records["networks", "features"]
    window, ranks = middle_window(features)
    figure, (axes,) = drawing.panels([""], height=0.7 + 0.27 * len(ARMS))
    for row, (arm, (_, colour, marker)) in enumerate(ARMS.items()):
        values = features.curvature.sel(arm=arm, window=window)
        drawing.seeds_row(axes, row, values, colour=colour, marker=marker)
    drawing.label_rows(axes, [name for name, _, _ in ARMS.values()])
    for (name, _, _), label in zip(ARMS.values(), axes.get_yticklabels(), strict=True):
        label.set_fontweight("normal" if name.startswith("…") else "bold")
    mark_margin(axes, "x")
    drawing.name_above(axes, 0, "counts as scale-free", colour=drawing.GREY)
    axes.set_xlabel(f"curvature of the spectrum, {ranks}")
    return figure
