"""Figure of the likeness to n-grams."""

from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records
from learning_geometry.studies.llm_phases.figures._phases import TINTS, median_phases

_PANELS = {
    "spearman": ("Likeness to infini-grams", "Spearman correlation"),
    "top": ("Infini-gram's first choice", "share of contexts in agreement"),
    "bigram": ("Bigram's first choice", "share of contexts in agreement"),
}


def plot_memorisation(records: Records) -> Figure:
    """How closely the small model's predictions follow n-grams of its training stream: thin lines seeds, thick the mean."""
    trainings = records["pretraining"]
    spans = median_phases(trainings)
    titles = [title for title, _ in _PANELS.values()]
    figure, grid = drawing.panels(titles, *drawing.phase_keys(spans, TINTS), share_y=False)
    for axes, (name, (_, label)) in zip(grid, _PANELS.items(), strict=True):
        likeness = trainings.memorisation.sel(likeness=name)
        drawing.seeds_and_mean(axes, trainings.step, likeness, colour=drawing.BLUE, pale=drawing.SKY)
        axes.set(xlabel="training steps", ylabel=label)
        drawing.log_steps(axes, trainings.step)
        drawing.shade_phases(axes, spans, TINTS)
    return figure
