"""How often the decision errs, and how large an experiment it takes."""

import numpy as np
from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.instruments.statistics import proportion_interval
from learning_geometry.records import Records
from learning_geometry.studies.visual_cortex.figures.estimators import called, is_power_law

_EXPONENTS = {"power law 0.7": drawing.SKY, "power law 1.0": drawing.BLUE, "power law 1.4": drawing.GREEN}
_NOISES = {"correlated": ("noise with axes of its own", "-", "o"), "aligned": ("of the signal", "--", "D")}
_SIZES = list(zip((drawing.SKY, drawing.BLUE, drawing.BLACK, drawing.GREEN, drawing.PINK), "osD^v", strict=True))


def plot_type_i_error(records: Records) -> Figure:
    """How p-values of power laws are distributed, and how many are rejected at 5 %, with Clopper-Pearson intervals."""
    cells: dict[tuple[str, str], list[float]] = {}
    for record in records.of("type_i_error"):
        tested = record.result.where(record["verdict"] != "no signal", drop=True)
        cells.setdefault((record.unit.spectrum, record.unit.noise), []).extend(tested.p_value.values)
    handles = [drawing.key(name, line, marker=marker) for name, line, marker in _NOISES.values()]
    titles = ["p-values of power laws", "type I error"]
    figure, (left, right) = drawing.panels(titles, *handles, columns=2, height=2.7, share_y=False)
    left.plot((0, 1), (0, 1), color=drawing.GREY, lw=1)
    rows = sorted(cells)
    for row, (spectrum, noise) in enumerate(rows):
        p_values, colour = np.sort(cells[spectrum, noise]), _EXPONENTS[spectrum]
        _, line, marker = _NOISES[noise]
        steps = np.arange(len(p_values) + 1) / max(len(p_values), 1)
        left.plot([0, *p_values, 1], [*steps, 1], line, color=colour, drawstyle="steps-post")
        if len(p_values):
            rejected = int(np.sum(p_values <= 0.05))
            low, high = 100 * np.array(proportion_interval(rejected, len(p_values)))
            drawing.interval_row(right, row, 100 * rejected / len(p_values), low, high, colour=colour, marker=marker)
            text = f"{rejected} of {len(p_values)}"
            right.annotate(text, (high, row), (6, 0), "data", "offset points", va="center")
    for axes, level in ((left, 0.05), (right, 5)):
        axes.axvline(level, color=drawing.BLACK, lw=0.9, ls=":")
    left.set(xlabel="p-value", ylabel="share of areas with at most this")
    drawing.label_rows(right, [called(spectrum) for spectrum, _ in rows])
    right.margins(x=0.25)
    right.set(xlabel="rejected at 5 % (%)")
    right.set_xlim(left=-0.8)
    return figure


def plot_power(records: Records) -> Figure:
    """How often areas are told from power laws, by stimuli, voxels and spectrum, with Clopper-Pearson intervals."""
    measured = records.of("power")
    voxels, spectra = (measured[0]["recognised"][name].values for name in ("voxels", "spectrum"))
    stimuli = sorted({record.unit.stimuli for record in measured})
    looks = list(zip(voxels, _SIZES, strict=False))
    handles = [drawing.key(f"{number} voxels", color=colour, marker=marker) for number, (colour, marker) in looks]
    titles = [called(name) + " (type I error)" * is_power_law(name) for name in spectra]
    figure, grid = drawing.panels(titles, *handles, columns=2, height=1.9)
    for axes, spectrum in zip(grid, spectra, strict=True):
        for v, (number, (colour, marker)) in enumerate(looks):
            trials = [
                np.concatenate(
                    [
                        record["recognised"].sel(voxels=number, spectrum=spectrum).values
                        for record in records.of("power", stimuli=count)
                    ]
                )
                for count in stimuli
            ]
            low, high = np.array([proportion_interval(int(areas.sum()), areas.size) for areas in trials]).T
            aside = np.array(stimuli) * 1.05 ** (v - (len(voxels) - 1) / 2)  # bars do not hide each other
            share = [100 * areas.mean() for areas in trials]
            drawing.interval_points(axes, aside, share, 100 * low, 100 * high, colour=colour, marker=marker, line="-")
        for height in (5, 80):
            axes.axhline(height, color=drawing.GREY, lw=1, ls=":", zorder=0)
        drawing.log_ticks(axes, stimuli)
        axes.set(ylim=(-3, 103), yticks=(5, 20, 40, 60, 80, 100))
    drawing.label_axes(grid, x="stimuli", y="told from a power law (%)")
    return figure
