"""Figure of the phases on other probes."""

import xarray as xr
from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records
from learning_geometry.studies.llm_phases._curves import by_seed
from learning_geometry.studies.llm_phases.figures._phases import TINTS, median_phases

_LOOKS = ((drawing.RED, "--"), (drawing.GREEN, "--"), (drawing.PINK, "-"), (drawing.ORANGE, "-"), (drawing.SKY, "-"))


def plot_probes(records: Records) -> Figure:
    """RankMe on each probe, divided by the peak on the reference's contexts, mean over seeds."""
    trainings = records["pretraining"]
    spans = median_phases(trainings)
    figure = drawing.figure(9, 2.7)
    axes = figure.subplots()
    peaks = by_seed(trainings, lambda run, turn: run.rankme[turn.peak])
    height = xr.DataArray(list(peaks.values()), dims="seed", coords={"seed": list(peaks)})
    axes.plot(
        trainings.step, (trainings.rankme / height).mean("seed"), color=drawing.BLACK, lw=2.2, label="held-out code"
    )
    for name, (colour, line) in zip(trainings.probe.values, _LOOKS, strict=False):
        mean = (trainings.rankme_probe.sel(probe=name) / height).mean("seed")
        axes.plot(trainings.step, mean, line, color=colour, lw=1.3, label=str(name))
    drawing.log_steps(axes, trainings.step)
    drawing.shade_phases(axes, spans, TINTS, named=True)
    axes.set(xlabel="training steps", ylabel="RankMe / peak on held-out code", ylim=(0, None))
    drawing.legend_outside(axes)
    return figure
