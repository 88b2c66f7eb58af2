"""Public vision models on the reader's own photographs."""

import numpy as np
from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records
from learning_geometry.studies.visual_cortex.figures._spectra import mark_margin, middle_window


def plot_pretrained(records: Records) -> Figure:
    """Curvature of the spectra of a vision model's blocks; twins have one colour, and the one with a task is dashed.

    A model is the twin of another whose name its own begins with, as `pretrained.TWINS` have it.
    """
    measured = records.of("pretrained")
    window, ranks = middle_window(measured[0].result)
    models = list(dict.fromkeys(record.unit.model.name for record in measured))
    parents = {model: min((other for other in models if model.startswith(other)), key=len) for model in models}
    families = list(dict.fromkeys(parents.values()))
    handles = drawing.key("self-supervised, or alone"), drawing.key("twin with a task", "--")
    figure, (axes,) = drawing.panels([""], *handles, height=5)
    ends = []
    for record in measured:
        model, curvature = record.unit.model.name, record["curvature"].sel(window=window).values
        colour = drawing.COLOURS[families.index(parents[model]) % len(drawing.COLOURS)]
        depth = np.linspace(0, 1, len(curvature)) if len(curvature) > 1 else np.ones(1)
        axes.plot(depth, curvature, "o-" if parents[model] == model else "o--", color=colour, ms=5)
        name = model.rstrip("/").split("/")[-1] + f", {record.unit.model.revision[:8]}" * (len(models) < len(measured))
        ends.append((float(curvature[-1]), name, colour))
    mark_margin(axes)
    axes.set(xlabel="depth (0 = first block, 1 = last)", ylabel=f"curvature, {ranks}", xlim=(-0.03, 1.55))
    axes.set_xticks((0, 0.25, 0.5, 0.75, 1))
    drawing.name_lines(axes, 1.03, ends)
    return figure
