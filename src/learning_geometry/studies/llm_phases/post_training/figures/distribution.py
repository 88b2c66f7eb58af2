"""What post-training does to the task that it trains and to all else, and what longer pretraining changes in that."""

from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records
from learning_geometry.studies.llm_phases.post_training.experiments.stages import BEFORE
from learning_geometry.studies.llm_phases.post_training.figures._models import colour_of, label_trainings, rows_of

_FAR = "modal"
_LOSSES = (
    ("loss", "right answers"),
    ("text_loss", "source code"),
)


def plot_in_and_out(records: Records) -> Figure:
    """Change of the loss under each training, inside and outside of the task; and losses by the steps of pretraining.

    Hollow dots are seeds, the bar is their mean with Student's 95 % interval. Trainings that the paper does not have stand
    on grey. What the training on modal answers does to source code is not drawn: the rest would not be seen beside it. Thin
    lines are seeds, on right answers above and on source code below.
    """
    models = records["stages", "models"]
    rows = rows_of(models.loss)
    figure = drawing.figure(9, 4.3)
    grid = figure.add_gridspec(2, 3)
    left = figure.add_subplot(grid[:, 0])
    panels = [left, figure.add_subplot(grid[:, 1], sharey=left)]
    panels[1].tick_params(labelleft=False)
    for axes, (quantity, title) in zip(panels, _LOSSES, strict=True):
        values = models[quantity]
        axes.axvline(0, color=drawing.BLACK, lw=0.9)
        for row, name in enumerate(rows):
            if (name, quantity) == (_FAR, "text_loss"):
                place = axes.get_yaxis_transform()
                axes.text(0.5, row, "higher by far", transform=place, ha="center", va="center", color=drawing.GREY)
                continue
            changes = values.sel(model=name) - values.sel(model=BEFORE[name])
            drawing.seeds_row(axes, row, changes.dropna("seed"), colour=colour_of(name))
        axes.set(title=title, xlabel="change (nats a token)")
    label_trainings(panels, rows)
    lengths = records["stages", "lengths"].dropna("seed")
    for row, (quantity, title) in enumerate(_LOSSES):
        axes = figure.add_subplot(grid[row, 2], title=title, ylabel="loss (nats)")
        for when, colour, line in (("before", drawing.GREY, "--"), ("after", drawing.BLUE, "-")):
            values = lengths[quantity].sel(when=when)
            drawing.seeds_and_mean(axes, lengths.pretrained, values, colour=colour, label=f"{when} SFT", line=line)
    axes.set_xlabel("steps of pretraining")
    axes.legend(loc="upper right")
    return figure
