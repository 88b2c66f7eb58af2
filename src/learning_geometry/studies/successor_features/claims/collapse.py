"""Claims on representations that collapse, and on what sees it."""

from learning_geometry.claims import Above, Below, Claims, Estimate, per_seed
from learning_geometry.records import Records
from learning_geometry.studies.successor_features.claims._courses import at_end, part

claims = Claims(__name__)

KNOWN = "prototypes on other seeds had shown the direction"


@claims.paper(
    "Successor features learned from pixels by the canonical loss collapse.",
    source="abstract; collapse as mean pairwise cosine is the authors' measure",
    statistic="mean cosine over pairs of states, features after the first task, mean over seeds",
    unit="cosine",
    rule=Above(0.95),
    headline=True,
    hindsight=KNOWN,
)
def canonical_collapses(records: Records) -> Estimate:
    return per_seed(part(records, "canonical", "course").feature_cosine.sel(phase=1).isel(update=-1), bounds=(-1, 1))


@claims.control(
    "The simple losses on the same network and frames do not collapse.",
    of="canonical-collapses",
    statistic="the same of the simple agent's features",
    unit="cosine",
    rule=Below(0.9),
    contrast=Below(0.0),
    hindsight=KNOWN,
)
def simple_cosine(records: Records) -> Estimate:
    return per_seed(part(records, "simple", "course").feature_cosine.sel(phase=1).isel(update=-1), bounds=(-1, 1))


@claims.ours(
    "The canonical loss collapses features: they are closer to each other than before it was applied.",
    statistic="one minus the mean cosine after the first task over the same before it, mean over seeds",
    unit="ratio",
    rule=Below(1.0),
)
def closer_than_untrained(records: Records) -> Estimate:
    spread = 1 - part(records, "canonical", "course").feature_cosine.sel(phase=1)
    return per_seed(spread.isel(update=-1) / spread.isel(update=0), bounds=(0, float("inf")))


@claims.ours(
    "The uncentred effective rank sees the collapse.",
    statistic="RankMe of the directions of features, not centred: canonical over simple, after the first task, mean over seeds",
    unit="ratio",
    rule=Below(0.5),
)
def uncentred_rank(records: Records) -> Estimate:
    ratio = at_end(records, "canonical", "uncentred rank") / at_end(records, "simple", "uncentred rank")
    return per_seed(ratio.dropna("seed"), bounds=(0, float("inf")))


@claims.ours(
    "The centred effective rank does not see it.",
    statistic="the same after the mean direction is taken away",
    unit="ratio",
    rule=Above(0.5),
    hindsight=KNOWN,
)
def centred_rank(records: Records) -> Estimate:
    ratio = at_end(records, "canonical", "centred rank") / at_end(records, "simple", "centred rank")
    return per_seed(ratio.dropna("seed"), bounds=(0, float("inf")))
