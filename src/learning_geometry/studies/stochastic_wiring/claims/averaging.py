"""A claim on a task in which averaging wins."""

from learning_geometry.claims import Below, Claims, Estimate, per_seed
from learning_geometry.records import Records

claims = Claims(__name__)


@claims.control(
    "The gain is no matter of course: on a pole that a nearly linear controller balances, averaging wins over sampling.",
    of="average-fitness",
    statistic="share of 200 steps that sampled brains keep the pole up minus that of the mean network of the same genome, mean over seeds",
    unit="share",
    rule=Below(0.0),
    uncontrasted="It is another task, with another unit of fitness.",
    hindsight="a prototype on other seeds had been seen; the threshold is 0 on principle",
)
def cart_pole(records: Records) -> Estimate:
    balanced = records["cart_pole"].balanced.mean("episode")
    return per_seed(balanced.sel(agent="population") - balanced.sel(agent="mean network"), bounds=(-1, 1))
