"""What estimators make of areas whose spectrum is known."""

from itertools import product
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.records import Records
from learning_geometry.studies.visual_cortex.figures._spectra import draw_spectrum, ranks_axis

_LOOKS = {
    "plain PCA": ("plain PCA of the mean", drawing.RED, "s"),
    "cvPCA": ("cvPCA", drawing.BLUE, "o"),
    "cvPCA, noise removed": ("cvPCA, noise removed", drawing.GREEN, "^"),
    "moments": ("unbiased moments", drawing.PINK, "D"),
}
_SPECTRAL = list(_LOOKS)[:3]
_NOISES = {
    "independent": "independent noise",
    "correlated": "correlated, axes of its own",
    "aligned": "correlated, axes of the signal",
}
_SHOWN = "power law 1.0"  # the spectrum that estimators are shown with


def is_power_law(spectrum: str) -> bool:
    """Whether a synthetic spectrum is a power law."""
    return spectrum.startswith("power law")


def called(spectrum: str) -> str:
    """What figures call a synthetic spectrum."""
    return spectrum.replace("power law", "power law, α =")


def _keys(estimators: list[str], **how: Any) -> list[Any]:
    return [drawing.key(_LOOKS[name][0], color=_LOOKS[name][1], marker=_LOOKS[name][2], **how) for name in estimators]


def plot_estimators(records: Records) -> Figure:
    """What estimators make of a power law with three kinds of noise: mean and range over synthetic areas."""
    areas = records["estimators"].sel(spectrum=_SHOWN)
    truth = areas.truth.isel(seed=0)
    handles = [drawing.key("truth", "--", color=drawing.BLACK), *_keys(_SPECTRAL)]
    figure, grid = drawing.panels(list(_NOISES.values()), *handles, height=2.7)
    for axes, noise in zip(grid, _NOISES, strict=True):
        for name in _SPECTRAL:
            draw_spectrum(axes, areas["rank"], areas["values"].sel(noise=noise, estimator=name), *_LOOKS[name][1:])
        axes.plot(areas["rank"], truth, "--", color=drawing.BLACK, lw=1.4, zorder=3)
        ranks_axis(axes)
    limits = float(truth.min()) / 4, float(truth.max()) * 3
    grid[0].set(yscale="log", ylim=limits, ylabel="variance (first, without noise: 1)")
    return figure


def plot_exponents(records: Records) -> Figure:
    """How far exponents are off, by estimator, power law and noise; and how they depend on the noise that is removed."""
    areas = records["estimators"]
    laws = dict(zip(filter(is_power_law, areas.spectrum.values), "os^D", strict=False))
    handles = [drawing.key(called(law), "", marker=marker, mfc="none") for law, marker in laws.items()]
    figure, grid = drawing.panels(
        [*_NOISES.values(), f"{called(_SHOWN)}, correlated noise"], *handles, columns=2, height=2.15, share_y=False
    )
    edge = 0.1
    for (axes, noise), (row, name), (k, law) in product(
        zip(grid, _NOISES, strict=False), enumerate(_LOOKS), enumerate(laws)
    ):
        chosen = areas.sel(spectrum=law, noise=noise)
        if name == "moments":
            errors = chosen.moments[chosen.moments >= 0] - float(law.split()[-1])
        else:
            errors = chosen.exponent.sel(estimator=name) - chosen.exponent.sel(estimator="noise-free")
        if errors.size:
            edge = max(edge, float(abs(errors).max()))
            drawing.seeds_row(
                axes, row + 0.24 * (k - (len(laws) - 1) / 2), errors, colour=_LOOKS[name][1], marker=laws[law]
            )
    for column, axes in enumerate(grid[:3]):
        drawing.label_rows(axes, [_LOOKS[name][0] for name in _LOOKS])
        axes.tick_params(labelleft=column != 1)
        axes.axvline(0, color=drawing.BLACK, lw=0.9, zorder=0)
        axes.set(xlabel="error of the exponent", xlim=(-1.1 * edge, 1.1 * edge))
    _draw_removal(grid[3], areas)
    return figure


def _draw_removal(axes: Axes, areas: Any) -> None:
    noise_free = areas.exponent.sel(spectrum=_SHOWN, noise="correlated", estimator="noise-free")
    lowest, highest = float(noise_free.min()), float(noise_free.max())
    axes.axhspan(lowest, highest, color="0.5", alpha=0.3, lw=0)
    axes.axhline(float(noise_free.mean()), color=drawing.BLACK, lw=1.4, ls="--")
    axes.annotate("without noise", (1, lowest), (-4, -14), ("axes fraction", "data"), "offset points", ha="right")
    drawing.seeds_and_mean(axes, areas.removed, areas.removal, colour=drawing.GREEN, marker="^")
    axes.set(xlabel="noise components removed", ylabel="exponent from cvPCA")
