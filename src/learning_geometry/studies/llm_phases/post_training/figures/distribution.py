"""What post-training does to the kind of problem that it trains, and to another."""

from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records
from learning_geometry.studies.llm_phases.post_training.figures._models import draw_models, name_models

_SPREAD = 0.08  # by which two kinds of dots make way for each other


def plot_in_and_out(records: Records) -> Figure:
    """Loss and accuracy on held-out problems of the trained kind and of another kind, for every model.

    Thin lines are seeds, thick ones their means; of the controls, hollow markers are seeds and full ones means.
    """
    models = records["stages", "models"]
    figure = drawing.figure(9, 5.4)
    losses, accuracies = figure.subplots(2, 1, sharex=True)
    for axes, quantity, label in ((losses, "loss", "loss of the answer (nats)"), (accuracies, "accuracy", "accuracy")):
        draw_models(axes, models[quantity], drawing.BLUE, "o", "sums, as trained (in distribution)", -_SPREAD)
        draw_models(axes, models[f"ood_{quantity}"], drawing.RED, "s", "subtractions (out of distribution)", _SPREAD)
        axes.set_ylabel(label)
    drawing.plain_log(losses, "y")
    chance = float(models.chance.mean())
    accuracies.axhline(chance, color=drawing.BLACK, ls=":", lw=1.2, label="always the commonest answer")
    accuracies.set_ylim(-0.03, 1.03)
    drawing.legend_below(figure, across=3)
    name_models(figure)
    return figure
