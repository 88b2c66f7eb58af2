"""What measurement noise does to the inferred exponent and to the verdict."""

from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records
from learning_geometry.studies.synaptic_weights.figures._geometries import look


def plot_noise(records: Records) -> Figure:
    """What measurement noise does to the inferred exponent and to the verdict, at the most synapses.

    Full markers and solid lines take the noise into account, hollow ones and dashed lines do not; bands are one standard
    deviation over simulated experiments.
    """
    outcomes = records["noise"].isel(synapses=-1)
    black = drawing.BLACK
    ignored = drawing.key("noise ignored", "--", color=black, marker="o", mfc="white")
    truths = [drawing.key(look(p)[0], color=look(p)[1], marker=look(p)[2]) for p in outcomes.truth.values]
    titles = ["inferred exponent", "truth named (%)", "another named (%)"]
    known = drawing.key("noise known", color=black, marker="o")
    figure, grid = drawing.panels(titles, ignored, known, *truths, height=2.3, share_y=False, across=5)
    noises = 100 * outcomes.noise
    for truth in outcomes.truth.values:
        _, colour, marker = look(truth)
        grid[0].axhline(truth, color=colour, lw=1, ls=":")
        for assumed, line, face in ((0.0, "--", "white"), (1.0, "-", colour)):
            chosen = outcomes.sel(truth=truth, assumed=assumed)
            mean = chosen.exponent.mean(("seed", "replicate"))
            spread = chosen.exponent.std(("seed", "replicate"), ddof=1)
            shares = [100 * chosen[name].mean(("seed", "replicate")) for name in ("identified", "misnamed")]
            grid[0].fill_between(noises, mean - spread, mean + spread, color=colour, alpha=0.12, lw=0)
            for axes, values in zip(grid, (mean, *shares), strict=True):
                axes.plot(noises, values, line, color=colour, marker=marker, mfc=face, ms=6)
    for axes in grid[1:]:
        axes.set_ylim(-3, 103)
    drawing.label_axes(grid, x="measurement noise (%)", y=f"p, from {int(outcomes.synapses):,} synapses")
    return figure
