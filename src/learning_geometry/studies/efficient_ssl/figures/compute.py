"""Error against compute."""

from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records

_COLOURS = {"2": drawing.BLUE, "4": drawing.RED, "8": drawing.BLACK}
_MARKERS = {"1/2 images": "s", "1/4 images": "D"}


def plot_pareto(records: Records) -> Figure:
    """Error of every honest arm against the views that went through the network, with multi-crop beside them, and the front of those arms that no other beats at both."""
    views = records.select("views", role="first")
    error, passes = 100 - views.few.mean("seed"), views.passes.isel(seed=0) / 1000
    kept = [
        name for name in views.arm.values
        if name[0] in _COLOURS and not any(word in name for word in ("shuffled", "destroyed", "random", "pairs"))
    ]  # fmt: skip
    figure, (axes,) = drawing.panels(["Error against compute"], width=6.8, height=2.4)
    for name in kept:
        marker = next((m for part, m in _MARKERS.items() if part in name), "o")
        axes.plot(float(passes.sel(arm=name)), float(error.sel(arm=name)), marker, color=_COLOURS[name[0]], ms=7, mfc=_COLOURS[name[0]] if marker == "o" else "none", mew=1.6)  # fmt: skip
    points = sorted((float(passes.sel(arm=name)), float(error.sel(arm=name))) for name in kept)
    front = [point for k, point in enumerate(points) if all(point[1] < other[1] for other in points[:k])]
    axes.plot(*zip(*front, strict=True), "-", color=drawing.GREY, lw=1, zorder=0)
    if "crops" in records:
        crops = records["crops"].mean("seed")
        axes.plot(float(crops.passes) / 1000, 100 - float(crops.few), "^", color=drawing.GREEN, ms=8)
    axes.set(xlabel="views through the network (thousands)", ylabel="error, 5 labels (%)")
    drawing.plain_log(axes)
    handles = [drawing.key(f"{n} views", "", marker="o", color=colour) for n, colour in _COLOURS.items()]
    handles += [
        drawing.key(f"{part.split()[0]} of the images", "", marker=m, mfc="none") for part, m in _MARKERS.items()
    ]
    handles += [drawing.key("multi-crop", "", marker="^", color=drawing.GREEN)] * ("crops" in records)
    drawing.legend_outside(axes, *handles, drawing.key("front"))
    return figure
