"""What probes of small networks withstand."""

from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records
from learning_geometry.studies.visual_cortex.figures._arms import ARMS, in_full
from learning_geometry.studies.visual_cortex.figures._spectra import mark_margin, middle_window


def plot_robustness(records: Records) -> Figure:
    """Accuracy of a linear probe against curvature: on clean, noisy and attacked images, means over seeds."""
    features = records["networks", "features"].mean("seed")
    window, ranks = middle_window(features)
    noise = features.noise.values[features.sizes["noise"] // 2]
    attack = features.attack.values[0]
    accuracies = {
        "clean images": features.probe_clean,
        f"noise of sd {noise:g}": features.probe_noise.sel(noise=noise),
        f"attack of size {attack:g}": features.probe_attack.sel(attack=attack),
    }
    handles = [
        drawing.key(in_full(arm), "", color=colour, marker=marker, ms=7) for arm, (_, colour, marker) in ARMS.items()
    ]
    figure, grid = drawing.panels(list(accuracies), *handles, height=2.4, across=3)
    for axes, accuracy in zip(grid, accuracies.values(), strict=True):
        for arm, (_, colour, marker) in ARMS.items():
            x = features.curvature.sel(arm=arm, window=window)
            axes.plot(x, 100 * accuracy.sel(arm=arm), marker, color=colour, ms=8, mec="white", mew=0.8)
        mark_margin(axes, "x")
        axes.set_xlabel(f"curvature, {ranks}")
    grid[0].set_ylim(-4, 104)
    drawing.label_axes(grid, y="probe's accuracy (%)")
    return figure
