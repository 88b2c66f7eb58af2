"""Claims on environments that no genome was selected in."""

from typing import Any

from learning_geometry.claims import Above, Claims, Estimate, per_seed
from learning_geometry.records import Records
from learning_geometry.studies.stochastic_wiring.claims._cells import POINTS, accuracy, tried

claims = Claims(__name__)

_HINDSIGHT = "a prototype found a gain that choosing the best brain on the images of the test may have made; here it is chosen on others"


def _novel(records: Records) -> Any:
    """Accuracy in novel environments `(seed, agent)`, most neurons a type, mean over variabilities."""
    types, variabilities = tried(records)
    cells = [accuracy(records, types=types, variability=v).sel(world="novel").isel(neurons=-1) for v in variabilities]
    return sum(cells) / len(cells)


@claims.ours(
    "In an environment that is new to all, the best of the sampled brains exceeds the deterministic agent.",
    statistic="accuracy of the best brain, chosen on one half of the moved test images and tried on the other, minus that of the "
    "deterministic genome there, most neurons a type, mean over seeds",
    unit="points",
    rule=Above(0.0),
    hindsight=_HINDSIGHT,
)
def best_in_novel(records: Records) -> Estimate:
    novel = _novel(records)
    return per_seed(novel.sel(agent="best") - novel.sel(agent="deterministic, same images"), bounds=POINTS)


@claims.ours(
    "There the population on average exceeds the deterministic agent.",
    statistic="accuracy of sampled brains minus that of the deterministic genome in novel environments, most neurons a type, mean over "
    "seeds",
    unit="points",
    rule=Above(0.0),
)
def population_in_novel(records: Records) -> Estimate:
    novel = _novel(records)
    return per_seed(novel.sel(agent="population") - novel.sel(agent="deterministic"), bounds=POINTS)
