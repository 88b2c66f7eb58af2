"""Claims on the distribution of weights that learning leaves behind."""

from learning_geometry.claims import Above, Below, Claims, Estimate, per_seed
from learning_geometry.instruments.dual_change import shapiro_wilk_critical
from learning_geometry.records import Records
from learning_geometry.studies.synaptic_weights.claims._geometries import THREE, least_wrong, matched, positive_per_seed

claims = Claims(__name__)

_FINAL = "Kolmogorov-Smirnov distance of final weights"
_PREDICTED = "Each geometry predicts its own final distribution best, from paired weights or from histograms."
_FROM_EQUAL = "From equal weights, entropy comes nearest to a log-normal distribution, and reaches it."
_SEEN = "added when the final distributions had been seen"


@claims.paper(
    "The distribution of weights after learning depends on the geometry of plasticity.",
    source="abstract; the measurement is our operationalisation",
    statistic=f"{_FINAL} of two geometries over its 5 % critical value, least over pairs and initial distributions, mean over "
    "seeds",
    rule=Above(1.0),
    headline=True,
    hindsight=_SEEN,
)
def shapes_differ(records: Records) -> Estimate:
    shapes = records["shapes"]
    between = shapes.ks_between.where(shapes.rival != shapes.truth) / shapes.ks_critical
    return positive_per_seed(between.min(("initial", "truth", "rival")))


@claims.control(
    "Other initial weights and another task in the same geometry leave the same distribution.",
    of="shapes-differ",
    statistic=f"{_FINAL} with those of another draw over its 5 % critical value, mean over geometries and initial "
    "distributions, then over seeds",
    rule=Below(1.0),
    contrast=Below(0.0),
    hindsight=_SEEN,
)
def shapes_again(records: Records) -> Estimate:
    shapes = records["shapes"]
    return positive_per_seed((shapes.ks_again / shapes.ks_critical).mean(("initial", "truth")))


for _initial, _words in (("log-normal", "log-normal"), ("constant", "equal")):

    @claims.ours(
        f"From {_words} initial weights, each geometry predicts its own final distribution best, knowing only mean and "
        "variance of the dual change.",
        statistic="Kolmogorov-Smirnov distance of prediction and outcome, least of the wrong two minus the right one, least "
        "over true geometries, mean over seeds",
        rule=Above(0.0),
        matrix=_PREDICTED,
        id=f"shapes-{_initial}",
    )
    def shapes_predicted(records: Records, initial: str = _initial) -> Estimate:
        distance = records["shapes"].ks.sel(initial=initial)
        return per_seed((least_wrong(distance, THREE) - matched(distance)).min("truth"))


@claims.ours(
    "Where weights change much, histograms before and after suffice: of unpaired weights each geometry still predicts "
    "its own outcome best.",
    statistic="distance of prediction and outcome with one fitted width, least of the wrong two minus the right one, least "
    "over initial distributions and true geometries, mean over seeds",
    rule=Above(0.0),
    matrix=_PREDICTED,
)
def shapes_unpaired(records: Records) -> Estimate:
    distance = records["shapes"].ks_unpaired
    return per_seed((least_wrong(distance, THREE) - matched(distance)).min(("initial", "truth")))


@claims.paper(
    "Log-normal weights are less consistent with Euclidean learning than with a geometry that is not Euclidean.",
    source="abstract; the measurement is our operationalisation",
    statistic="Shapiro-Wilk statistic of log |w| after learning from log-normal weights with the negative entropy minus that "
    "after Euclidean learning, mean over seeds",
    rule=Above(0.0),
    headline=True,
    hindsight=_SEEN,
)
def log_normal_kept(records: Records) -> Estimate:
    shapes = records["shapes"]
    normality = shapes.shapiro_log.sel(initial="log-normal")
    entropy, euclid = float(normality.sel(truth=1.0).mean()), float(normality.sel(truth=2.0).mean())
    critical = shapiro_wilk_critical(int(shapes.synapses))
    note = f"W = {entropy:.4f} and {euclid:.4f}; of log-normal sizes 95 % are above {critical:.4f}"
    return per_seed(normality.sel(truth=1.0) - normality.sel(truth=2.0), bounds=(-1, 1), note=note)


@claims.ours(
    "Euclidean learning from equal weights leaves no log-normal distribution: small weights are too many.",
    statistic="skewness of log |w| (0 for a log-normal distribution), mean over seeds",
    rule=Below(-1.0),
    matrix=_FROM_EQUAL,
)
def shapes_euclid(records: Records) -> Estimate:
    return per_seed(records["shapes"].skewness_log.sel(initial="constant", truth=2.0))


@claims.ours(
    "Of the three geometries, the negative entropy takes equal weights nearest to a log-normal distribution.",
    statistic="Shapiro-Wilk statistic of log |w| under the negative entropy minus the greater of the others, mean over seeds",
    rule=Above(0.0),
    matrix=_FROM_EQUAL,
)
def shapes_entropy(records: Records) -> Estimate:
    normality = records["shapes"].shapiro_log.sel(initial="constant")
    return per_seed(normality.sel(truth=1.0) - normality.drop_sel(truth=1.0).max("truth"), bounds=(-1, 1))


@claims.ours(
    "What the negative entropy makes of equal weights cannot be told from a log-normal distribution.",
    statistic="Shapiro-Wilk statistic of log |w| minus its 5 % critical value, mean over seeds",
    rule=Above(0.0),
    matrix=_FROM_EQUAL,
)
def shapes_exactly(records: Records) -> Estimate:
    shapes = records["shapes"]
    entropy = shapes.shapiro_log.sel(initial="constant", truth=1.0)
    return per_seed(entropy - shapiro_wilk_critical(int(shapes.synapses)), bounds=(-1, 1))
