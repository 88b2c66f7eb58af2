"""Claims on how many synapses rule out a wrong geometry."""

from typing import TYPE_CHECKING

import numpy as np

from learning_geometry.claims import Above, Below, Claims, Estimate, NotTested, censored
from learning_geometry.records import MissingExperiment, Records
from learning_geometry.studies.synaptic_weights.claims._geometries import NAMES, SPELT, positive_per_seed

if TYPE_CHECKING:
    import xarray as xr

claims = Claims(__name__)

_CHANGE, _SPREAD, _NARROW = 0.1, 0.4, 0.2  # the designs that the claims speak of
_SIMULATED = "delta method on the power of simulated experiments"


def _required(records: Records, statistic: str, spread: float) -> "xr.Dataset":
    """Number of synapses and its interval, `(seed, truth, rival)`, NaN where more than the most are needed."""
    required = records["power", "required"]
    if _CHANGE not in required.change or spread not in required.spread:
        raise MissingExperiment(f"power at changes of 10 % and a spread of {spread:g}", {}, ["power"])
    design = required.sel(statistic=statistic, change=_CHANGE, spread=spread)
    return design.where(design.n > 0).assign(max_synapses=design.max_synapses.max())


def _estimate(value: "xr.DataArray", low: "xr.DataArray", high: "xr.DataArray", note: str = "") -> Estimate:
    """Of several seeds the interval comes from their spread, of one from its simulations."""
    if value.sizes["seed"] > 1:
        return positive_per_seed(value, note)
    return Estimate(value.item(), low.item(), high.item(), method=_SIMULATED, n_seeds=1, note=note)


for _truth, _rival in ((1.0, 2.0), (2.0, 1.0), (3.0, 2.0)):

    @claims.ours(
        f"Fifty paired synapses suffice to rule out {SPELT[_rival]} where {SPELT[_truth]} holds.",
        statistic="synapses for which the likelihood rejects the rival at 5 % in 80 % of experiments; sizes change by 10 % and "
        "spread by 0.4 in the logarithm, no measurement noise",
        unit="synapses",
        rule=Below(50.0),
        matrix="Fifty paired synapses suffice to rule out a neighbouring geometry.",
        id=f"synapses-{NAMES[_truth]}-{NAMES[_rival]}",
    )
    def synapses(records: Records, truth: float = _truth, rival: float = _rival) -> Estimate:
        needed = _required(records, "likelihood", _SPREAD).sel(truth=truth, rival=rival)
        if needed.n.isnull().any():
            return censored(at_least=float(needed.max_synapses), n_seeds=needed.sizes["seed"])
        return _estimate(needed.n, needed.low, needed.high)


@claims.ours(
    "To rule out a geometry, the likelihood needs less than half of the synapses that the paper's distance needs.",
    statistic="synapses needed by likelihood over those needed by distance, sizes that change by 10 % and spread by 0.4, "
    "geometric mean over the six pairs of geometries",
    rule=Below(0.5),
)
def synapses_likelihood(records: Records) -> Estimate:
    return _ratio(
        _required(records, "likelihood", _SPREAD), _required(records, "cdf_distance", _SPREAD), beyond="below"
    )


@claims.ours(
    "If synapses are nearly of one size, many more are needed to rule out a geometry.",
    statistic="synapses that the likelihood needs if the logarithm of sizes spreads by 0.2 over those if by 0.4, changes of "
    "10 %, geometric mean over the six pairs",
    rule=Above(2.0),
)
def synapses_spread(records: Records) -> Estimate:
    return _ratio(_required(records, "likelihood", _NARROW), _required(records, "likelihood", _SPREAD), beyond="above")


def _ratio(above: "xr.Dataset", below: "xr.Dataset", beyond: str) -> Estimate:
    """The geometric mean over pairs of geometries of a ratio of numbers of synapses.

    Numbers that were not found are above the most that were tried, and these stand for them on one side of the ratio,
    `beyond`, where that makes the claim harder to fulfil; on the other side they leave it untested.
    """
    off = (above.truth != above.rival).values
    pairs = [side.stack(pair=("truth", "rival")).isel(pair=np.flatnonzero(off)) for side in (above, below)]
    missing = [int(side.n.isnull().sum()) for side in pairs]
    if missing[0 if beyond == "below" else 1]:
        return NotTested("more synapses are needed than were tried")
    most = float(above.max_synapses)
    logs = [np.log(side.n.fillna(most)) for side in pairs]
    errors = [np.log(side.high / side.low).fillna(0) / (2 * 1.96) for side in pairs]
    mean = (logs[0] - logs[1]).mean("pair")
    error = 1.96 * np.sqrt((errors[0] ** 2 + errors[1] ** 2).sum("pair")) / logs[0].sizes["pair"]
    note = f"{sum(missing)} of {2 * pairs[0].n.size} numbers are above the {most:,.0f} that stand for them"
    return _estimate(np.exp(mean), np.exp(mean - error), np.exp(mean + error), note if sum(missing) else "")
