"""Claims on what measurement noise hides, and on what its correction finds again."""

from typing import TYPE_CHECKING

from learning_geometry.claims import Above, Below, Claims, Estimate, Within, per_seed, share
from learning_geometry.records import MissingExperiment, Records

if TYPE_CHECKING:
    import xarray as xr

claims = Claims(__name__)

_CHANGE, _NOISE, _LOUD = 0.1, 0.05, 0.2  # the designs that the claims speak of
_IGNORED = "Measurement noise that is ignored hides Euclid and the 3-norm."
_KNOWN = "If measurement noise is known, the truth is found all the same."
_REPLICATES = "the number of experiments was raised, and all were drawn anew, once 40 had left a claim undecided"


def _experiments(records: Records, noise: float = _NOISE, synapses: int = -1) -> "xr.Dataset":
    """All experiments with this noise and the most synapses, `seed` being the number of an experiment of whatever seed."""
    outcomes = records["noise"]
    if noise not in outcomes.noise or set(outcomes.change.values.ravel()) != {_CHANGE}:
        raise MissingExperiment(f"noise of {100 * noise:g} % with changes of 10 %", {}, ["noise"])
    stacked = outcomes.sel(noise=noise).isel(synapses=synapses).stack(experiment=("seed", "replicate"))
    return stacked.reset_index("experiment", drop=True).assign_coords(experiment=range(stacked.sizes["experiment"]))


def _exponent(records: Records, assumed: float, less: float = 0.0) -> Estimate:
    """The exponent inferred where the truth is the 3-norm, less a number."""
    chosen = _experiments(records)
    return per_seed(chosen.exponent.sel(truth=3.0, assumed=assumed) - less, note=f"{int(chosen.synapses):,} synapses")


def _named(named: "xr.DataArray") -> Estimate:
    """The share of experiments that name the truth; those of several geometries are clustered by their number."""
    trials = named.transpose("experiment", ...).values.reshape(named.sizes["experiment"], -1)
    labels = named.experiment.values.repeat(trials.shape[1])
    return share(trials.ravel(), by_seed=labels, note=f"{int(trials.sum())} of {trials.size}")


@claims.ours(
    "Unmodelled measurement noise is read as plasticity in proportion to size: the exponent falls.",
    statistic="inferred exponent minus the true one for the 3-norm with 5 % noise, changes of 10 % and the most synapses, mean "
    "over experiments",
    rule=Below(-0.5),
    matrix=_IGNORED,
)
def noise_down(records: Records) -> Estimate:
    return _exponent(records, assumed=0.0, less=3.0)


@claims.ours(
    "With 5 % noise that is ignored, hardly any experiment finds Euclid or the 3-norm, even with the most synapses.",
    statistic="share of experiments that name the true geometry, Euclid or 3-norm, changes of 10 %, most synapses",
    rule=Below(0.1),
    matrix=_IGNORED,
)
def noise_hides(records: Records) -> Estimate:
    return _named(_experiments(records).identified.sel(truth=[2.0, 3.0], assumed=0.0))


@claims.ours(
    "If measurement noise is known, the likelihood finds the exponent of the 3-norm all the same.",
    statistic="inferred exponent for the 3-norm with 5 % noise, corrected, changes of 10 %, most synapses, mean over experiments",
    rule=Within(3.0, 0.1),
    matrix=_KNOWN,
)
def noise_known(records: Records) -> Estimate:
    return _exponent(records, assumed=1.0)


@claims.ours(
    "If measurement noise is known, experiments name the geometry all the same.",
    statistic="share of experiments with 5 % noise that name the true geometry of three, corrected, changes of 10 %, most synapses",
    rule=Above(0.85),
    matrix=_KNOWN,
    hindsight=_REPLICATES,
)
def noise_named(records: Records) -> Estimate:
    return _named(_experiments(records).identified.sel(assumed=1.0))


@claims.control(
    "Measurement noise must be known well: if half of it is assumed, the 3-norm is not found.",
    of="noise-named",
    statistic="share of experiments with 5 % noise, taken for 2.5 %, that name the 3-norm, their truth, changes of 10 %, most "
    "synapses",
    rule=Below(0.1),
    contrast=Below(0.0),
    hindsight="moved from the middle number of synapses to the most, to see the experiments of the claim that it guards",
)
def noise_underestimated(records: Records) -> Estimate:
    return _named(_experiments(records).identified.sel(truth=3.0, assumed=0.5))


@claims.control(
    "Knowing the measurement noise does not help where it is twice the change and synapses are few: the negative entropy "
    "cannot be identified any more.",
    of="noise-named",
    statistic="share of experiments with 20 % noise and changes of 10 %, corrected, that name the negative entropy, their "
    "truth, with the fewest synapses",
    rule=Below(0.5),
    contrast=Below(0.0),
)
def noise_too_much(records: Records) -> Estimate:
    return _named(_experiments(records, noise=_LOUD, synapses=0).identified.sel(truth=1.0, assumed=1.0))
