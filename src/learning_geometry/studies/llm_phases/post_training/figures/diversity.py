"""How different the answers of each model are."""

from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records
from learning_geometry.studies.llm_phases.post_training._pass_at_k import samples_of
from learning_geometry.studies.llm_phases.post_training.figures._models import (
    CONTROLS,
    X_POSITIONS,
    draw_models,
    name_models,
)


def plot_diversity(records: Records) -> Figure:
    """How many of a problem's sampled answers differ, and the entropy of the answer, for every model.

    Thin lines are seeds, thick ones their means; of the controls, hollow markers are seeds and full ones means. Two
    controls are not sampled.
    """
    different = records["stages", "samples"].distinct.mean("sum", skipna=False)
    figure = drawing.figure(9, 4.8)
    counts, entropies = figure.subplots(2, 1, sharex=True)
    draw_models(counts, different, drawing.BLUE, "o")
    draw_models(entropies, records["stages", "models"].entropy, drawing.BLUE, "o")
    for name in CONTROLS:
        if name not in different.model:
            counts.text(X_POSITIONS[name], 0.5, "not sampled", ha="center", va="bottom", color=drawing.GREY)
    counts.set(ylabel=f"different answers\namong {samples_of(records)}", ylim=(0, None))
    entropies.set(ylabel="entropy of\nthe answer (nats)", ylim=(0, None))
    name_models(figure)
    return figure
