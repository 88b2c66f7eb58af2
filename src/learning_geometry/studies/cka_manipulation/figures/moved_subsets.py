"""CKA when some of the points move and the rest stay."""

from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records

_TITLES = {
    "one_class": "one class moves",
    "half_of_the_classes": "half of the classes move",
    "random_half": "a random half moves",
    "one_point": "one image moves",
}


def plot_translation(records: Records) -> Figure:
    """CKA of every layer with itself after some of the images moved: closed form, direct values, limits; first seed."""
    layers = records["networks", "layers"].isel(seed=0)
    count = layers.sizes["layer"]
    shown = dict(zip([0, count // 2, count - 1], drawing.COLOURS, strict=False))
    names = [drawing.key(str(layers.layer.values[layer]), color=colour) for layer, colour in shown.items()]
    forms = [drawing.key("direct", "", marker="o", ms=4), drawing.key("limit", ":")]
    figure, grid = drawing.panels(list(_TITLES.values()), *names, *forms, columns=2, height=2.0, share_x=True, across=5)
    for axes, name in zip(grid, _TITLES, strict=True):
        moved = layers.sel(set=name)
        for layer, colour in shown.items():
            axes.plot(moved.distance, moved.closed_form[layer], color=colour)
            axes.plot(moved.distance, moved.direct[layer], "o", color=colour, ms=4)
            axes.axhline(float(moved.limit[layer]), color=colour, ls=":", lw=1)
        axes.set(xscale="log", ylim=(-0.03, 1.03))
    drawing.label_axes(grid, x="distance moved (root mean squared norms)", y="CKA with the original")
    return figure
