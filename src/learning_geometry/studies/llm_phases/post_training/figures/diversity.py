"""How different the answers of each model are."""

import numpy as np
from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records
from learning_geometry.studies.llm_phases.post_training.figures._models import CONTROLS, NAMES, colour_of


def plot_diversity(records: Records) -> Figure:
    """How many of a problem's sampled answers differ, and the entropy along right answers, of the models that are sampled.

    Hollow dots are seeds, the bar is their mean with Student's 95 % interval.
    """
    distinct = records["stages", "samples"].distinct.mean("problem", skipna=False)
    entropy = records["stages", "models"].entropy
    rows = [name for name in (*NAMES, *CONTROLS) if name in distinct.model.values]
    samples = records.of("stages")[0].unit.samples
    figure = drawing.figure(9, 2.9)
    panels = figure.subplots(1, 2, sharey=True)
    for axes, values, label in (
        (panels[0], distinct, f"different answers among {samples}"),
        (panels[1], entropy, "entropy along right answers (nats a token)"),
    ):
        for row, name in enumerate(rows):
            drawing.seeds_row(axes, row, np.atleast_1d(values.sel(model=name).dropna("seed")), colour=colour_of(name))
        axes.set(xlabel=label, xlim=(0, None))
    drawing.label_rows(panels[0], [(NAMES | CONTROLS)[name] for name in rows])
    panels[0].set_ylabel("model")
    return figure
