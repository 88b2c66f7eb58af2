"""Networks pretrained on photographs: distances by supposed geometry."""

import xarray as xr
from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records
from learning_geometry.studies.synaptic_weights.figures._geometries import DISTANCE, FLOOR, draw_truths


def plot_pretrained(records: Records) -> Figure:
    """ΔCDF of all layers of pretrained classifiers by supposed geometry, a panel for each model; thin lines are seeds.

    Runs in which no weights moved are left out.
    """
    models: dict[str, list[xr.Dataset]] = {}
    for record in records.of("pretrained"):
        if record["cdf_distance"].min() >= 0:
            checkpoint = record.unit.checkpoint
            models.setdefault(f"{checkpoint.name.split('/')[-1]}, {checkpoint.revision[:8]}", []).append(record.result)
    figure, grid = drawing.panels(list(models), *FLOOR, columns=2)
    distances = [xr.concat([run.cdf_distance for run in runs], dim="seed") for runs in models.values()]
    weights = [int(runs[0].layer_size.sum() - runs[0].zeros.max()) for runs in models.values()]
    draw_truths(grid, distances, weights=weights, seeds=True)
    drawing.label_axes(grid, x="supposed exponent p", y=DISTANCE)
    return figure
