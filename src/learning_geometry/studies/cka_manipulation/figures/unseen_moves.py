"""Moves that a network's own head cannot see."""

from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records

_READERS = {"head": ("the head", drawing.BLUE), "svm": ("another reader: SVM (control)", drawing.RED)}


def plot_invisible(records: Records) -> Figure:
    """CKA against distance, and the predictions that two readers change; first seed."""
    readers = records["networks", "readers"].isel(seed=0).sel(direction="head_null_space")
    separated = records["networks", "separated"].isel(seed=0)
    classes = [name for name in readers.set.values if name.startswith("class ")]
    figure, (left, right) = drawing.panels(
        ["What CKA says", "What the readers say"], columns=2, height=2.8, share_y=False
    )
    left.plot(readers.distance, readers.cka.sel(set=classes).T, color=drawing.SKY, lw=1)
    left.plot([], [], color=drawing.SKY, label="one class (each of them)")
    for name, colour in (("half_of_the_classes", drawing.BLUE), ("one_image", drawing.RED)):
        left.plot(readers.distance, readers.cka.sel(set=name), color=colour, label=name.replace("_", " "))
    left.plot(separated.distance, separated.cka, "--", color=drawing.BLACK, label="control: along the normal")
    left.set(ylim=(-0.03, 1.03), ylabel="linear CKA with the original")
    for reader, (label, colour) in _READERS.items():
        changed = readers.changed.sel(reader=reader, split="train", set=classes).mean("set")
        right.plot(readers.distance, 100 * changed / readers.images.sel(split="train"), color=colour, label=label)
    right.set(ylabel="predictions changed (%)", ylim=(-0.5, None))
    for axes in (left, right):
        axes.set(xscale="log", xlabel="distance moved (root mean squared norms)")
    left.legend(loc=(0.42, 0.42))  # between the curve of one image and the control
    right.legend()
    return figure
