"""Claims on the two estimators of CKA, on features that have nothing in common."""

from learning_geometry.claims import Below, Claims, Estimate, Within, exact, per_seed
from learning_geometry.records import Records

claims = Claims(__name__)

_MURPHY = "Murphy, Zylberberg and Fyshe 2024, abstract"


@claims.ours(
    "Biased CKA of independent features approaches 1 as features outnumber samples.",
    source=f"{_MURPHY}; the law d / (d + n) is ours",
    statistic="largest |mean biased CKA - d / (d + n)| over dimensions",
    unit="CKA",
    rule=Below(0.02),
)
def bias(records: Records) -> Estimate:
    pairs = records["bias"]
    off = abs(pairs.cka.sel(estimator="biased").mean("draw") - pairs.expected_biased)
    return exact(off.max(), note=f"the mean of {pairs.sizes['draw']} draws")


@claims.ours(
    "Debiased CKA of independent features is 0, however many there are.",
    source=_MURPHY,
    statistic="debiased CKA at the largest dimension, mean over draws",
    unit="CKA",
    rule=Within(0.0, 0.02),
)
def debiased(records: Records) -> Estimate:
    pairs = records["bias"]
    widest = pairs.cka.sel(estimator="debiased").isel(dimension=-1)
    note = f"{pairs.attrs['samples']} samples, {int(pairs.dimension[-1]):,} features; each draw is a replicate"
    return per_seed(widest.values.ravel(), bounds=(-1, 1), note=note)
