"""Networks that are trained to show a chosen CKA map."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records


def plot_maps(records: Records) -> Figure:
    """CKA maps before, asked for, and after, one row a target, with the test accuracies above; first seed."""
    maps = records.of("maps")[0].result
    figure = drawing.figure(8, 2.4 * maps.sizes["target"])
    panels = figure.subplots(maps.sizes["target"], 3, squeeze=False)
    for row, target in zip(panels, maps.target.values, strict=True):
        drawn = maps.sel(target=target)
        accuracy, error = 100 * drawn.test_accuracy, drawn.error
        cells = (
            (
                maps.before,
                f"before: accuracy {accuracy.sel(network='teacher'):.1f} %",
                f"error {error.sel(stage='before'):.3f}",
            ),
            (drawn.asked, f"asked for: {target}", f"floor {error.sel(stage='floor'):.3f}"),
            (
                drawn.after,
                f"after: accuracy {accuracy.sel(network='student'):.1f} %",
                f"error {error.sel(stage='after'):.3f}",
            ),
        )
        for axes, (values, title, remark) in zip(row, cells, strict=True):
            image = _draw_map(axes, values, title, remark)
        row[0].set_ylabel("block")
    figure.colorbar(image, ax=panels, label="debiased linear CKA", shrink=0.6)
    return figure


def _draw_map(axes: Axes, values: Any, title: str, remark: str) -> Any:
    image = axes.imshow(values, vmin=0, vmax=1, cmap=drawing.MAP)
    ticks = np.arange(len(values))
    axes.set_xticks(ticks, ticks + 1)
    axes.set_yticks(ticks, ticks + 1)
    axes.set_title(title)
    axes.set_xlabel(f"block ({remark})")
    axes.spines[:].set_visible(False)
    return image
