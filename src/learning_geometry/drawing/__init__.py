"""What the figures of all chapters share: one look, and the few drawings that every study makes.

Write `from learning_geometry import drawing`, and in a `plot_*` function `figure = drawing.figure(9, 3.6)` (or
`figure, grid = drawing.panels(titles)`), then draw into its axes. Values are whatever `np.asarray` takes, with replicates
along the first axis, or a labelled array with a dimension `seed` (or `dim="draw"`) anywhere. A figure 9 inches wide fills
the page; no text needs a `fontsize`, and none below 8.5 points can be read there. Legends stand outside the panels.

Style
    BLUE RED GREEN PINK ORANGE SKY BLACK GREY, COLOURS, MAP; `figure`, `use_in_notebook`; `darken` darkens a colour for letters.
Curves
    `band`: mean over seeds, and the range (or two quantiles) behind it.
    `seeds_and_mean`: a thin line for each seed, a thick one for the mean (or median).
    `power_law`: the line of an exponent, through a window of a spectrum.
    `name_lines`: names at the ends of lines, moved apart.
Estimates
    `seeds_row`: hollow seeds, a bar at their mean, Student's interval or the one given, on a row.
    `interval_row`: a marker and its interval on a row.  `label_rows`: names of rows, the first at the top.
    `interval_points`: markers over x with vertical bars.
Axes
    `log_steps`: logarithmic training steps with step 0 at the left edge.
    `log_ticks`: logarithmic, marked at given numbers alone.  `plain_log`: logarithmic, 1 2 5 10 20 50 as plain numbers.
    `short`: 1k, 10k, 1M.  `signed`: +0.12, −0.12.
Layout
    `panels`: a grid of titled panels, with a legend below.  `label_axes`: x below and y at the left of a grid, once.
    `legend_outside`: at the right of a panel.  `legend_below`: below all panels.  `key`, `patch`: entries of a legend.
    `note`: a text in a corner.  `name_above`: a text above a place of the horizontal axis.
Tints
    `shade_phases`: named stretches of training.  `phase_keys`: their legend.  `shade`: from here to there, in grey.
Matrices
    `matrix`: tiles with the numbers on them.
Explorables
    `PageData`: numbers that a page keeps for one.  `short_numbers`: rounded to a few significant digits.
"""

from learning_geometry.drawing.intervals import interval_points, interval_row, label_rows, seeds_row
from learning_geometry.drawing.layout import (
    key,
    label_axes,
    legend_below,
    legend_outside,
    name_above,
    note,
    panels,
    patch,
)
from learning_geometry.drawing.matrices import matrix
from learning_geometry.drawing.page_data import PageData, short_numbers
from learning_geometry.drawing.phases import phase_keys, shade, shade_phases
from learning_geometry.drawing.scales import log_steps, log_ticks, plain_log, short, signed
from learning_geometry.drawing.series import band, name_lines, power_law, seeds_and_mean
from learning_geometry.drawing.style import (
    BLACK,
    BLUE,
    COLOURS,
    GREEN,
    GREY,
    MAP,
    ORANGE,
    PAGE_WIDTH,
    PINK,
    RED,
    SETTINGS,
    SKY,
    darken,
    figure,
    use_in_notebook,
)

__all__ = [
    "BLACK",
    "BLUE",
    "COLOURS",
    "GREEN",
    "GREY",
    "MAP",
    "ORANGE",
    "PAGE_WIDTH",
    "PINK",
    "RED",
    "SETTINGS",
    "SKY",
    "PageData",
    "band",
    "darken",
    "figure",
    "interval_points",
    "interval_row",
    "key",
    "label_axes",
    "label_rows",
    "legend_below",
    "legend_outside",
    "log_steps",
    "log_ticks",
    "matrix",
    "name_above",
    "name_lines",
    "note",
    "panels",
    "patch",
    "phase_keys",
    "plain_log",
    "power_law",
    "seeds_and_mean",
    "seeds_row",
    "shade",
    "shade_phases",
    "short",
    "short_numbers",
    "signed",
    "use_in_notebook",
]
