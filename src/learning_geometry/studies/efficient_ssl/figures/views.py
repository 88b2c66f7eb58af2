"""Accuracy of encoders that see few or many views of each image."""

from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records
from learning_geometry.studies.efficient_ssl.claims._cells import arm

_LINES = {
    2: (drawing.BLUE, {1 / 4: "2 views, 1/4 steps", 1 / 2: "2 views, 1/2 steps", 1: "2 views"}),
    4: (drawing.RED, {1 / 4: "4 views, 1/4 steps", 1 / 2: "4 views, 1/2 steps", 1: "4 views"}),
    8: (drawing.BLACK, {1 / 4: "8 views, 1/4 steps", 1 / 2: "8 views, 1/2 steps"}),
}
_CONTROLS = {"": "true views", ", shuffled": "shuffled pairs", ", destroyed": "destroyed"}


def plot_views(records: Records) -> Figure:
    """Accuracy against steps and against passes through the network, a line for each number of views; at the right, controls."""
    unit = records.of("views", role="first")[0].unit
    figure, (steps, passes, controls) = drawing.panels(
        ["Equal steps", "Equal compute", "Half of the steps"], height=2.4
    )
    for views, (colour, line) in _LINES.items():
        known = records.select("views", role="first").arm.values
        there = {share: name for share, name in line.items() if name in known}
        if not there:
            continue
        import xarray as xr

        accuracy = xr.concat([arm(records, name) for name in there.values()], "share").transpose("seed", "share")
        x = [share * unit.view_steps for share in there]
        drawing.band(steps, x, accuracy, colour=colour, marker="o", label=f"{views} views")
        drawing.band(passes, [views * step * unit.batch_size / 1000 for step in x], accuracy, colour=colour, marker="o")
    drawing.log_ticks(steps, [share * unit.view_steps for share in (1 / 4, 1 / 2, 1)])
    drawing.plain_log(passes)
    known = records.select("views", role="first").arm.values
    rows = {k: words for k, words in _CONTROLS.items() if f"2 views, 1/2 steps{k}" in known}
    for row, condition in enumerate(rows):
        for views, offset in ((2, -0.15), (4, 0.15)):
            values = arm(records, f"{views} views, 1/2 steps{condition}")
            controls.plot([row + offset] * len(values), values, "o", mfc="none", color=_LINES[views][0], ms=5)
            controls.plot(
                [row + offset - 0.12, row + offset + 0.12], [float(values.mean())] * 2, color=_LINES[views][0]
            )
    controls.set_xticks(range(len(rows)), [name.replace(" ", "\n") for name in rows.values()])
    steps.set(xlabel="steps", ylabel="accuracy, 5 labels (%)")
    passes.set_xlabel("views through the network (thousands)")
    drawing.legend_below(figure)
    return figure
