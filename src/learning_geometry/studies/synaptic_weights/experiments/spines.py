"""A public cross-section of spine volumes, each measured once: what do their sizes look like?"""

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from learning_geometry.studies.types import DataSource
from learning_geometry.studies.unit import Execution, Unit

if TYPE_CHECKING:
    import xarray as xr


class Spines(Unit):
    """The MICrONS table that `spine_sizes` reads."""

    deterministic: ClassVar[bool] = True

    spine_table: DataSource


def measure(unit: Spines, execution: Execution) -> "xr.Dataset":
    """`volumes` `(spine,)` in cubic micrometres, `connections`, `unmeasured`, and what `marginal` says of the volumes.

    Raises:
        ValueError: as `spine_sizes`, or there are fewer than 20 volumes.
        FileNotFoundError: the table does not exist.
    """
    from learning_geometry.materials.synapse_tables import spine_sizes

    table = spine_sizes(unit.spine_table.name)
    if len(table.volumes) < 20:
        raise ValueError(f"{table.source} has {len(table.volumes)} volumes; a distribution needs 20 or more")
    return marginal(table.volumes).assign(
        volumes=("spine", table.volumes), connections=table.connections, unmeasured=table.unmeasured
    )


def marginal(sizes: NDArray[np.float64]) -> "xr.Dataset":
    """Describe sizes measured once, whose earlier values are unknown.

    Of the natural logarithm of the sizes `(n_synapses,)`: `mean_log`, `sd_log`, `skewness_log` and `shapiro_log`, the
    Shapiro-Wilk statistic. `exponent` p is where sizes to the power p - 1 are nearest to Gaussian (Box and Cox 1964, by
    maximum likelihood), with `interval` `(end,)` at 95 %: the geometry of plasticity, if all synapses had been equal at
    first, and nothing but the shape of the distribution if they had not. `bic` `(components,)` compares one log-normal with
    a mixture of two, of which `share`, `mean` and `sd` of the logarithms are `(component,)`, the smaller first; less is
    better.

    Source: mixtures after Dorkenwald et al. 2022, eLife 11:e76120; the exponent is our operationalisation.
    """
    import xarray as xr
    from scipy import stats
    from sklearn.mixture import GaussianMixture

    from learning_geometry.instruments.dual_change import shapiro_wilk

    logarithms = np.log(sizes)
    _, power, interval = stats.boxcox(np.exp(logarithms - logarithms.mean()), alpha=0.05)
    column = logarithms[:, None]
    fits = [GaussianMixture(k, n_init=5, max_iter=2000, tol=1e-5, random_state=0).fit(column) for k in (1, 2)]
    order = np.argsort(fits[1].means_[:, 0])
    return xr.Dataset(
        {
            "mean_log": float(logarithms.mean()),
            "sd_log": float(logarithms.std(ddof=1)),
            "skewness_log": float(stats.skew(logarithms)),
            "shapiro_log": float(shapiro_wilk(logarithms)),
            "exponent": 1 + float(power),
            "interval": ("end", 1 + np.array(interval)),
            "bic": ("components", [fit.bic(column) for fit in fits]),
            "share": ("component", fits[1].weights_[order]),
            "mean": ("component", fits[1].means_[order, 0]),
            "sd": ("component", np.sqrt(fits[1].covariances_[order, 0, 0])),
        },
        coords={"end": ["low", "high"], "components": [1, 2], "component": ["small", "large"]},
    )
