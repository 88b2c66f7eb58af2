"""Claims on how far the benefit reaches: other numbers of types, a world that no genome was selected in, a task where averaging wins."""

from typing import Any

from learning_geometry.claims import Above, Below, Claims, Estimate, per_seed
from learning_geometry.records import MissingExperiment, Records
from learning_geometry.studies.stochastic_wiring.claims._cells import POINTS, accuracy, over_deterministic, tried

claims = Claims(__name__)


def _most_and_fewest(records: Records) -> tuple[Any, Any]:
    """Accuracy in known environments `(seed, agent)`, most neurons, at the least variability above 0, with most and fewest types."""
    variability = min(v for v in tried(records)[1] if v)
    units = [record.unit for record in records.of("classifier", variability=variability, recentred=False)]
    types = sorted(unit.types for unit in units)
    if len(types) < 2:
        raise MissingExperiment("classifier", {"types": "two or more"}, [f"{types[0]} types"])
    return tuple(
        accuracy(records, types=k, variability=variability).sel(world="known").isel(neurons=-1)
        for k in (types[-1], types[0])
    )


@claims.ours(
    "A genome of connection probabilities is effective only with many neuron types.",
    source="Stöckl, Lang and Maass 2021, on probabilistic skeletons",
    statistic="accuracy of sampled brains with the most types minus that with the fewest, most neurons a type, mean over seeds",
    unit="points",
    rule=Above(0.0),
    absent="The cells of other numbers of types are not run at this scale.",
)
def many_types(records: Records) -> Estimate:
    most, fewest = _most_and_fewest(records)
    return per_seed(most.sel(agent="population") - fewest.sel(agent="population"), bounds=POINTS)


@claims.ours(
    "Stochasticity gives more where types are few: the deterministic genome has no more different units than types.",
    statistic="benefit over the deterministic genome with the most types minus that with the fewest, most neurons a type, mean over "
    "seeds",
    unit="points",
    rule=Below(0.0),
    hindsight="a pilot on other seeds had been seen; the threshold is 0 on principle",
    absent="The cells of other numbers of types are not run at this scale.",
)
def types_benefit(records: Records) -> Estimate:
    most, fewest = _most_and_fewest(records)
    return per_seed(over_deterministic(most) - over_deterministic(fewest), bounds=(-200, 200))


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
