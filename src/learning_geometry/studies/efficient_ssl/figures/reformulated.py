"""The error of a gradient from few views."""

from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records

_FORMS = {"mean": ("each view and the mean of all", drawing.BLUE), "corrected": ("bias taken out", drawing.ORANGE)}
_BUDGETS = {"images": "The same number of images", "passes": "Fewer images, equal passes"}


def plot_error(records: Records) -> Figure:
    """Squared error of the gradient against the number of views, at equal images and at equal passes."""
    error = records["approximation"].error
    figure, grid = drawing.panels(list(_BUDGETS.values()), columns=2, height=2.0)
    for axes, budget in zip(grid, _BUDGETS, strict=True):
        for form, (name, colour) in _FORMS.items():
            drawing.band(axes, error.views, error.sel(budget=budget, form=form), colour=colour, marker="o", label=name)
        drawing.log_ticks(axes, error.views)
        drawing.plain_log(axes, "y")
    drawing.label_axes(grid, x="views of each image", y="squared error")
    drawing.legend_below(figure)
    return figure
