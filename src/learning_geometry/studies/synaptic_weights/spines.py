"""Tables of real synapses, where the reader has some: pairs of sizes, and a public cross-section of spine volumes."""

from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from sklearn.mixture import GaussianMixture

from learning_geometry.instruments.dual_change import shapiro_wilk
from learning_geometry.instruments.synapse_geometry import Identification, identify_geometry
from learning_geometry.materials.synapse_tables import PairedSizes, SpineTable, paired_sizes, spine_sizes


def measure(
    *,
    paired: str,
    paired_digest: str,
    before_column: str,
    after_column: str,
    synapse_column: str,
    noise: float,
    spine_table: str,
    spine_digest: str,
) -> dict[str, Any]:
    """Judge the synapses of one or two tables: which geometry their changes obey, and what their sizes look like.

    `paired` is a CSV file of sizes before and after, in the columns named (`synapse_column` may be ""), or ""; of it the
    result holds "paired": `source`, `before` and `after` `(n_synapses,)`, and what `identification` tells without a
    correction for measurement noise ("uncorrected") and, if `noise` is not 0, with it ("corrected").

    `spine_table` is the MICrONS table that `spine_sizes` reads, or ""; of it the result holds "cross_section": `source`,
    `volumes` `(n_spines,)` in cubic micrometres, `connections`, `unmeasured`, and what `marginal` tells. Each table is
    measured as it was when its digest, a SHA-256, was taken.

    Raises:
        ValueError: no table is given, one has another digest than it should, or as `paired_sizes`, `spine_sizes` and `identify_geometry`.
        FileNotFoundError: a table does not exist.
    """
    if not (paired or spine_table):
        raise ValueError("neither `paired` nor `spine_table` names a table; give one of them, or do not run this")
    found: dict[str, Any] = {}
    if paired:
        pairs = paired_sizes(paired, before=before_column, after=after_column, synapse=synapse_column)
        _check_unchanged(pairs, paired_digest)
        found["paired"] = {"source": pairs.source, "before": pairs.before, "after": pairs.after}
        found["paired"] |= both_ways(pairs.before, pairs.after, noise)
    if spine_table:
        section = spine_sizes(spine_table)
        _check_unchanged(section, spine_digest)
        found["cross_section"] = _cross_section(section)
    return found


def both_ways(before: NDArray[np.float64], after: NDArray[np.float64], noise: float) -> dict[str, Any]:
    """What pairs say of their geometry, "uncorrected" for measurement noise and, where there is any, "corrected"."""
    found = {"noise": noise, "uncorrected": identification(identify_geometry(before, after))}
    if noise:
        found["corrected"] = identification(identify_geometry(before, after, noise=noise))
    return found


def identification(found: Identification) -> dict[str, Any]:
    """All fields of an identification as plain data; `interval` is `(2,)`."""
    return asdict(found) | {"interval": np.array(found.interval)}


def marginal(sizes: NDArray[np.float64]) -> dict[str, Any]:
    """Describe sizes measured once, whose earlier values are unknown.

    Of the natural logarithm of the sizes `(n_synapses,)`: `mean_log`, `sd_log`, `skewness_log` and `shapiro_log`, the
    Shapiro-Wilk statistic. `exponent` p is where sizes to the power p - 1 are nearest to Gaussian (Box and Cox 1964, by
    maximum likelihood), with `exponent_interval` `(2,)` at 95 %: the geometry of plasticity, if all synapses had been
    equal at first, and nothing but the shape of the distribution if they had not. `bic` `(2,)` compares one log-normal
    with a mixture of two, of which `mixture` holds the shares, means and standard deviations of the logarithms, each
    `(2,)`, the smaller first; less is better.

    Source: mixtures after Dorkenwald et al. 2022, eLife 11:e76120; the exponent is our operationalisation.
    """
    logarithms = np.log(sizes)
    _, power, interval = stats.boxcox(np.exp(logarithms - logarithms.mean()), alpha=0.05)
    column = logarithms[:, None]
    fits = [GaussianMixture(k, n_init=5, max_iter=2000, tol=1e-5, random_state=0).fit(column) for k in (1, 2)]
    order = np.argsort(fits[1].means_[:, 0])
    return {
        "mean_log": float(logarithms.mean()),
        "sd_log": float(logarithms.std(ddof=1)),
        "skewness_log": float(stats.skew(logarithms)),
        "shapiro_log": float(shapiro_wilk(logarithms)),
        "exponent": 1 + float(power),
        "exponent_interval": 1 + np.array(interval),
        "bic": np.array([fit.bic(column) for fit in fits]),
        "mixture": {
            "shares": fits[1].weights_[order],
            "means": fits[1].means_[order, 0],
            "sds": np.sqrt(fits[1].covariances_[order, 0, 0]),
        },
    }


def _check_unchanged(table: PairedSizes | SpineTable, digest: str) -> None:
    if table.digest != digest:
        raise ValueError(
            f"{table.source} has changed since this measurement was planned (its SHA-256 is {table.digest[:12]}..., not "
            f"{digest[:12]}...); plan anew"
        )


def _cross_section(table: SpineTable) -> dict[str, Any]:
    if len(table.volumes) < 20:
        raise ValueError(f"{table.source} has {len(table.volumes)} volumes; a distribution wants 20 or more")
    return {
        "source": table.source,
        "volumes": table.volumes,
        "connections": table.connections,
        "unmeasured": table.unmeasured,
        **marginal(table.volumes),
    }
