"""Whether the small model learnt the task that all else builds on."""

import math

from learning_geometry.claims import Above, Claims, Estimate, per_seed
from learning_geometry.records import Records

claims = Claims(__name__)


@claims.ours(
    "The base model has learnt the task from its noisy text: it answers unseen sums far better than by chance.",
    statistic="pass@1 on held-out sums divided by the share of the commonest answer, mean over seeds",
    rule=Above(3),
)
def base_has_learnt(records: Records) -> Estimate:
    models = records["stages", "models"]
    return per_seed(models.probability.sel(model="base").mean("sum") / models.chance, bounds=(0, math.inf))
