"""What a table of synapse sizes says: pairs before and after, or a cross-section."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy import special, stats

from learning_geometry import drawing
from learning_geometry.instruments.synapse_geometry import geometry_name
from learning_geometry.records import Records
from learning_geometry.studies.synaptic_weights.experiments._identification import IGNORED, KNOWN
from learning_geometry.studies.synaptic_weights.figures._geometries import look

if TYPE_CHECKING:
    import xarray as xr

_MANY = 1000  # synapses beyond which they are drawn as pixels, lest the file grow large
_DEPTH = 6.0  # nats below the best exponent, where a profile leaves the picture
_WIDEST = 5.0  # standard deviations, where residuals do
_CRITICAL = float(stats.chi2.ppf(0.95, 1)) / 2


def plot_example(records: Records) -> Figure:
    """`plot_identification` of the simulated example."""
    return plot_identification(records.of("example")[0].result)


def plot_tables(records: Records) -> Figure:
    """`plot_identification` of the reader's own table of pairs or, if there was none, `plot_spines`.

    Raises:
        MissingExperiment: there was no table at all.
    """
    return plot_identification(records.of("pairs")[0].result) if "pairs" in records else plot_spines(records)


def plot_identification(parts: "Mapping[str, xr.Dataset]") -> Figure:
    """What a table of paired sizes says: the sizes, the likelihood of each exponent, and how well named geometries fit.

    In the middle, bars are 95 % intervals, and a true exponent that is known is drawn solid. Residuals, corrected for noise
    if any is known, are shown up to 5 standard deviations; the grey band holds 95 % of each Gaussian one.
    """
    pairs = parts["pairs"]
    analyses = {name: parts[name] for name in (IGNORED, KNOWN) if name in parts}
    last = list(analyses.values())[-1]
    titles = {IGNORED: IGNORED, KNOWN: f"noise of {100 * float(pairs.noise):g} % known"}
    styles = dict(zip(reversed(analyses), (("-", drawing.BLACK), ("--", drawing.GREY)), strict=False))
    handles = []
    for name, analysis in analyses.items():
        low, high = analysis.interval.values
        label = f"{titles[name]}: p = {float(analysis.exponent):.2f} ({low:.2f} to {high:.2f})"
        handles.append(drawing.key(label, styles[name][0], color=styles[name][1]))
    called = {geometry_name(p): look(p)[0] for p in last.candidate.values}
    verdict = called.get(str(last.verdict.values), str(last.verdict.values))
    headings = [f"{pairs.sizes['synapse']:,} synapses", f"verdict: {verdict}", "does it fit?"]
    figure, (sizes, likelihood, residuals) = drawing.panels(headings, *handles, height=2.6, share_y=False)
    _draw_sizes(sizes, pairs)
    for name, analysis in analyses.items():
        line, colour = styles[name]
        likelihood.plot(analysis.profile_exponent, analysis.profile, line, color=colour)
        likelihood.plot(analysis.interval, (-_CRITICAL, -_CRITICAL), "|-", color=colour, lw=3, ms=12, mew=2)
        likelihood.plot(analysis.exponent, 0, "o", color=colour, ms=6)
    truth = float(pairs.truth) if "truth" in pairs else None
    for exponent in last.candidate.values:
        name, colour, _ = look(exponent)
        likelihood.axvline(exponent, color=colour, lw=1.4, ls="-" if exponent == truth else ":")
        where = exponent - 0.04, 0.1 - _DEPTH
        likelihood.text(*where, name, color=drawing.darken(colour), rotation=90, ha="right", va="bottom")
    likelihood.set_xlim(min(likelihood.get_xlim()[0], float(last.candidate.min()) - 0.4))
    likelihood.set(xlabel="exponent p", ylabel="log-likelihood below the best (nats)", ylim=(-_DEPTH, 0.4))
    _draw_residuals(residuals, last.residuals)
    return figure


def _draw_sizes(axes: Axes, pairs: "xr.Dataset") -> None:
    both = np.concatenate([pairs.before, pairs.after])
    ends = both.min(), both.max()
    axes.plot(ends, ends, color=drawing.GREY, lw=1.2)
    many = pairs.sizes["synapse"] > _MANY
    axes.plot(pairs.before, pairs.after, "o", color=drawing.BLACK, ms=3, alpha=0.5, mew=0, rasterized=many)
    axes.set(xscale="log", yscale="log", xlabel="size before (any unit)", ylabel="size after")


def _draw_residuals(axes: Axes, residuals: "xr.DataArray") -> None:
    n = residuals.sizes["synapse"]
    rank = np.arange(1, n + 1)
    expected = special.ndtri((rank - 0.5) / n)
    low, high = (special.ndtri(stats.beta.ppf(q, rank, n + 1 - rank)) for q in (0.025, 0.975))
    axes.fill_between(expected, low, high, color="0.5", alpha=0.3, lw=0)
    for exponent in residuals.candidate.values:
        name, colour, marker = look(exponent)
        scores = np.sort(residuals.sel(candidate=exponent))
        axes.plot(expected, scores, color=colour, marker=marker, ms=5, markevery=max(1, n // 12), label=name)
    axes.set(xlabel="Gaussian quantile", ylabel="quantile of residuals", ylim=(-_WIDEST, _WIDEST))
    axes.legend(loc="upper left")


def plot_spines(records: Records) -> Figure:
    """Spine volumes that were measured once, with the log-normal and the mixture of two that fit them best."""
    spines = records["spines"]
    logs = np.log(spines.volumes.values)
    edges = np.linspace(logs.min(), logs.max(), 41)
    grid = np.linspace(edges[0], edges[-1], 300)
    two = stats.norm.pdf(grid[:, None], spines["mean"].values, spines["sd"].values) @ spines["share"].values
    gain = float(spines.bic.sel(components=2) - spines.bic.sel(components=1))
    one = drawing.key("one log-normal", "--", color=drawing.BLACK)
    mixture = drawing.key(f"mixture of two (BIC {gain:+.1f})", color=drawing.BLACK)
    figure, (axes,) = drawing.panels([f"{len(logs):,} spines"], one, mixture)
    counts, _ = np.histogram(logs, edges, density=True)
    axes.stairs(counts, np.exp(edges), fill=True, color="0.8")
    pdf = stats.norm.pdf(grid, float(spines.mean_log), float(spines.sd_log))
    axes.plot(np.exp(grid), pdf, "--", color=drawing.BLACK)
    axes.plot(np.exp(grid), two, color=drawing.BLACK)
    axes.set(xscale="log", xlabel="spine volume (cubic micrometres)", ylabel="density (per e-fold)")
    return figure
