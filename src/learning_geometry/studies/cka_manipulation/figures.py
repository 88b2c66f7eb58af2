"""The figures of the CKA study: each takes records and draws; none computes what a claim does not state."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from learning_geometry import style
from learning_geometry.store import Record, Records
from learning_geometry.studies.cka_manipulation.declared import PRINTED

_BLUE, _RED, _GREEN, _PINK, _ORANGE, _SKY, _BLACK = style.COLOURS
_KINDS = {
    "generalised_memorised": ("generalised – memorised", _BLUE, "o"),
    "generalised_random": ("generalised – random", _RED, "s"),
    "memorised_random": ("memorised – random", _GREEN, "^"),
}
_CONTROLS = {
    "generalised_generalised": ("two generalised (control)", _PINK, "D"),
    "random_random": ("two random (control)", _ORANGE, "v"),
}


def plot_cubes(records: Records) -> Figure:
    """Figure 4a and 4b of the paper at their own size: CKA of two cubes, one moved, or both mapped linearly."""
    record = records.of("cubes")[0]
    figure = style.figure(9, 3.6)
    left, right = figure.subplots(1, 2)
    _draw_moved_cubes(left, record)
    linear = record["linear_map"]
    _band(right, linear["sigma_over_mu"], linear["cka"], _BLUE, "linear CKA, measured", "o")
    right.plot(*zip(*PRINTED.items(), strict=True), "x", color=_BLACK, ms=9, mew=2, label="printed by the authors")
    right.set(xscale="log", xlabel="σ / μ of the map's entries", ylabel="CKA with the original", ylim=(-0.03, 1.03))
    right.set_title("An invertible linear map")
    right.legend()
    return figure


def _draw_moved_cubes(axes: Axes, record: Record) -> None:
    translation, rbf = record["translation"], record["rbf"]
    _band(axes, translation["distances"], translation["cka"], _BLUE, "linear", "o")
    axes.plot(
        translation["direct_distances"], translation["direct"], "x", color=_BLACK, ms=8, mew=2, label="linear, direct"
    )
    for at, (fraction, colour) in enumerate(zip(rbf["fractions"], (_RED, _GREEN, _PINK), strict=False)):
        _band(axes, rbf["distances"], rbf["shared_bandwidth"][:, at], colour, f"Gaussian, {fraction:g} × median", "s")
    own = rbf["own_bandwidth"][:, -1].mean(axis=0)
    axes.plot(rbf["distances"], own, ":", color=_PINK, label=f"Gaussian, {rbf['fractions'][-1]:g} × own median")
    axes.set(xlabel="distance moved (edge lengths)", ylabel="CKA with the original", ylim=(-0.03, 1.03))
    axes.set_title("One of two cubes moves")
    axes.legend(
        fontsize=8, loc="upper right", bbox_to_anchor=(1.0, 0.95), frameon=True, framealpha=0.9, edgecolor="none"
    )


def plot_translation(records: Records) -> Figure:
    """CKA of every layer with itself after some of the images moved: closed form, direct values, limits; first seed."""
    record = records.of("networks")[0]["translation"]
    layers, distances = record["layers"], record["distances"]
    titles = {
        "one_class": "one class moves",
        "half_of_the_classes": "half of the classes move",
        "random_half": "a random half moves",
        "one_point": "one image moves",
    }
    figure = style.figure(9, 5.6)
    panels = figure.subplots(2, 2, sharex=True, sharey=True)
    count = len(layers["closed_form"])
    for axes, (at, name) in zip(panels.flat, enumerate(layers["sets"]), strict=True):
        for layer in sorted({0, count // 2, count - 1}):
            colour = (_BLUE, _GREEN, _RED)[(layer > 0) + (layer == count - 1)]
            label = "head's features" if layer == count - 1 else f"block {layer + 1}"
            axes.plot(distances, layers["closed_form"][layer, at], color=colour, label=label)
            axes.plot(distances, layers["direct"][layer, at], "o", color=colour, ms=4)
            axes.axhline(layers["limit"][layer, at], color=colour, ls=":", lw=1)
        axes.set(xscale="log", ylim=(-0.03, 1.03), title=titles[name])
    for axes in panels[1]:
        axes.set_xlabel("distance moved (root mean squared norms)")
    for axes in panels[:, 0]:
        axes.set_ylabel("CKA with the original")
    panels[0, 0].legend()
    return figure


def plot_regimes(records: Records) -> Figure:
    """Debiased CKA layer by layer between networks of different training, its controls, and CKA with the pixels."""
    found = records.of("networks")
    figure = style.figure(9, 3.6)
    left, middle, right = figure.subplots(1, 3, sharey=True)
    for axes, kinds in ((left, _KINDS), (middle, _CONTROLS)):
        for pair, (label, colour, marker) in kinds.items():
            values = np.array([record["pairs"][pair]["debiased"] for record in found])
            _band(axes, _blocks(values), values, colour, label, marker)
    for kind, colour, marker in (("generalised", _BLUE, "o"), ("memorised", _RED, "s"), ("random", _GREEN, "^")):
        values = np.array([record["pixels"][kind]["debiased"] for record in found])
        _band(right, _blocks(values), values, colour, kind, marker)
    for axes, title in ((left, "different training"), (middle, "same training"), (right, "with the pixels")):
        axes.set(xlabel="block", title=title, ylim=(-0.05, 1.05))
        axes.legend(loc="lower left", fontsize=8)
    left.set_ylabel("debiased linear CKA")
    return figure


def plot_invisible(records: Records) -> Figure:
    """Moves that the head cannot see: CKA against distance, and the predictions that two readers change; first seed."""
    record = records.of("networks")[0]["translation"]
    readers, distances = record["readers"], record["distances"]
    move = readers["directions"]["head_null_space"]
    classes = [at for at, name in enumerate(readers["sets"]) if name.startswith("class ")]
    figure = style.figure(9, 3.8)
    left, right = figure.subplots(1, 2)
    left.plot(distances, move["cka"][classes].T, color=_SKY, lw=1)
    left.plot([], [], color=_SKY, label="one class (each of them)")
    left.plot(
        distances, move["cka"][readers["sets"].index("half_of_the_classes")], color=_BLUE, label="half of the classes"
    )
    left.plot(distances, move["cka"][readers["sets"].index("one_image")], color=_RED, label="one image")
    left.plot(distances, record["separated"]["cka"], "--", color=_BLACK, label="control: along the normal")
    left.set(xscale="log", ylim=(-0.03, 1.03), xlabel="distance moved (root mean squared norms)")
    left.set(ylabel="linear CKA with the original", title="What CKA says")
    left.legend(fontsize=8)
    for reader, colour, label in (("head", _BLUE, "the head"), ("svm", _RED, "another reader (SVM, control)")):
        share = 100 * move["changed"][f"{reader}_train"][classes] / readers["train_images"]
        right.plot(distances, share.mean(axis=0), color=colour, label=label)
    right.set(xscale="log", xlabel="distance moved (root mean squared norms)", ylabel="predictions changed (%)")
    right.set(title="What the readers say", ylim=(-0.5, None))
    right.legend(fontsize=8)
    return figure


def plot_maps(records: Records) -> Figure:
    """CKA maps before, asked for, and after, one row a target, with the test accuracies above; first seed."""
    record = records.of("maps")[0]
    figure = style.figure(8, 2.7 * len(record["maps"]))
    panels = figure.subplots(len(record["maps"]), 3, squeeze=False)
    for row, (target, drawn) in zip(panels, record["maps"].items(), strict=True):
        accuracy, error = drawn["test_accuracy"], drawn["error"]
        cells = (
            (record["before"], f"before: accuracy {100 * accuracy['teacher']:.1f} %", f"error {error['before']:.3f}"),
            (drawn["target"], f"asked for: {target}", f"floor {error['floor']:.3f}"),
            (drawn["after"], f"after: accuracy {100 * accuracy['student']:.1f} %", f"error {error['after']:.3f}"),
        )
        for axes, (matrix, title, note) in zip(row, cells, strict=True):
            image = axes.imshow(matrix, vmin=0, vmax=1, cmap=style.MAP)
            ticks = np.arange(len(matrix))
            axes.set_xticks(ticks, ticks + 1)
            axes.set_yticks(ticks, ticks + 1)
            axes.set_title(title, fontsize=10)
            axes.set_xlabel(f"block ({note})")
            axes.spines[:].set_visible(False)
        row[0].set_ylabel("block")
    figure.colorbar(image, ax=panels, label="debiased linear CKA", shrink=0.6)
    return figure


def plot_map_training(records: Records) -> Figure:
    """How the map's distance to its target and the accuracy on training batches go while the map is drawn."""
    figure = style.figure(9, 3.4)
    left, right = figure.subplots(1, 2)
    colours = {"parity": _BLUE, "low": _RED, "picture": _GREEN, "high": _PINK}
    for at, record in enumerate(records.of("maps")):
        for target, drawn in record["maps"].items():
            curve, label = drawn["curve"], target if at == 0 else None
            epochs = np.arange(1, len(curve["map_loss"]) + 1)
            left.plot(epochs, curve["map_loss"], color=colours[target], lw=1.2, label=label)
            right.plot(epochs, 100 * curve["train_accuracy"], color=colours[target], lw=1.2, label=label)
    left.set(xlabel="epoch", ylabel="mean log cosh (map − reachable target)", yscale="log", title="The map gives in")
    right.set(xlabel="epoch", ylabel="accuracy on training batches (%)", title="The accuracy recovers")
    left.legend()
    return figure


def plot_bias(records: Records) -> Figure:
    """Both estimators on features that have nothing in common, against their number."""
    record = records.of("bias")[0]
    figure = style.figure(5.5, 3.6)
    axes = figure.subplots()
    dimensions = record["dimensions"]
    fine = np.geomspace(dimensions.min(), dimensions.max(), 200)
    axes.plot(fine, fine / (fine + record["samples"]), ":", color=_BLACK, label="d / (d + n)")
    for estimator, colour, marker in (("biased", _RED, "o"), ("debiased", _BLUE, "s")):
        values = record[estimator]
        reach = np.abs([values.min(axis=1), values.max(axis=1)] - values.mean(axis=1))
        axes.errorbar(
            dimensions, values.mean(axis=1), reach, color=colour, fmt=marker, ms=5, capsize=3, label=estimator
        )
    axes.axvline(record["samples"], color="0.7", lw=1)
    axes.annotate(f"d = n = {record['samples']}", (record["samples"], 0.98), xytext=(5, 0), textcoords="offset points")
    axes.set(xscale="log", xlabel="number of features d", ylabel="linear CKA of independent features")
    axes.set(ylim=(-0.08, 1.05))
    axes.legend(loc="center left")
    return figure


def _band(
    axes: Axes,
    x: Sequence[float] | NDArray[Any],
    values: NDArray[np.float64],
    colour: str,
    label: str,
    marker: str,
) -> None:
    """Mean over the first axis of `values`, with the range from least to greatest behind it."""
    axes.plot(x, values.mean(axis=0), color=colour, marker=marker, ms=4.5, label=label)
    axes.fill_between(x, values.min(axis=0), values.max(axis=0), color=colour, alpha=0.18, lw=0)


def _blocks(values: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.arange(1, values.shape[1] + 1)
