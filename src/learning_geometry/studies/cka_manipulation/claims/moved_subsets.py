"""Claims on what CKA says when some of the points move and the rest stay."""

from learning_geometry.claims import Below, Claims, Estimate, exact, per_seed
from learning_geometry.records import Records

claims = Claims(__name__)


@claims.ours(
    "When a subset of the points is translated, linear CKA with the original follows a closed form at every distance.",
    source="theorem 1 is about the limit; the form at a finite distance is derived here",
    statistic="largest |closed form - direct CKA| over layers, subsets, distances and seeds",
    unit="CKA",
    rule=Below(1e-10),
)
def closed_form(records: Records) -> Estimate:
    layers = records["networks", "layers"]
    return exact(abs(layers.closed_form - layers.direct).max(), n_seeds=layers.sizes["seed"])


@claims.paper(
    "As the translated subset moves away, CKA tends to a limit that depends on the subset and the spectrum alone, not on the "
    "direction.",
    source="theorem 1, known to us from a figure caption; the limit is derived here",
    statistic="largest |CKA at the largest distance - limit| over layers, subsets and seeds",
    unit="CKA",
    rule=Below(1e-5),
)
def limit(records: Records) -> Estimate:
    layers = records["networks", "layers"]
    return exact(abs(layers.closed_form.isel(distance=-1) - layers.limit).max(), n_seeds=layers.sizes["seed"])


@claims.paper(
    "Moving a single image far enough makes a representation look unlike itself.",
    source="corollary 3",
    statistic="largest limit over layers when one test image moves, mean over seeds",
    unit="CKA",
    rule=Below(0.05),
    headline=True,
)
def outlier(records: Records) -> Estimate:
    return per_seed(records["networks", "layers"].limit.sel(set="one_point").max("layer"), bounds=(0, 1))
