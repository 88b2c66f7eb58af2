"""Claims on projectors: their dimension, and the strength of orthogonalisation that it asks for."""

from typing import Any

from learning_geometry.claims import Above, Below, Claims, Estimate, Within, per_seed
from learning_geometry.records import Records
from learning_geometry.studies.efficient_ssl.claims._cells import POINTS, at_weight, chosen, gain, slopes

claims = Claims(__name__)

_PILOT = "runs on other seeds had been seen when the rule was written"
_NAMES = {"first": "digits", "second": "the second images"}


def few(records: Records, role: str) -> Any:
    """Accuracy from few labels in percent `(seed, dimension, off_diagonal)`."""
    return records.select("projectors", role=role).few


def small_minus_large(records: Records, role: str, small: int = 0) -> Any:
    """Points by which a smaller projector, by default the smallest, exceeds the largest, each at its own weight, `(seed,)`."""
    accuracy = few(records, role)
    best = at_weight(accuracy, chosen(accuracy))
    return best.isel(dimension=small) - best.isel(dimension=-1)


def at_the_large_ones_weight(records: Records, role: str) -> Any:
    """The same, both at the weight of the largest projector."""
    accuracy = few(records, role)
    both = at_weight(accuracy, chosen(accuracy).isel(dimension=-1, drop=True))
    return both.isel(dimension=0) - both.isel(dimension=-1)


@claims.paper(
    "With stronger orthogonalisation a small projector suffices.",
    source="abstract; a margin of one point is ours",
    statistic="accuracy from five labels a class behind the smallest projector minus that behind the largest, each at the weight that is best "
    "for other seeds, mean over seeds",
    unit="points",
    rule=Above(-1.0),
    headline=True,
    hindsight=_PILOT,
)
def small_projector(records: Records) -> Estimate:
    return per_seed(small_minus_large(records, "first"), bounds=POINTS)


@claims.control(
    "Without stronger orthogonalisation it does not: at the large projector's weight the small one is worse.",
    of="small-projector",
    statistic="the same, both at the weight that is best for the largest projector, mean over seeds",
    unit="points",
    rule=Below(0.0),
    contrast=Below(0.0),
    hindsight=_PILOT,
)
def same_weight(records: Records) -> Estimate:
    return per_seed(at_the_large_ones_weight(records, "first"), bounds=POINTS)


@claims.ours(
    "The projector in the middle suffices as well.",
    statistic="the same for the projector in the middle of the sizes, mean over seeds",
    unit="points",
    rule=Above(-1.0),
    hindsight=_PILOT,
)
def middle_projector(records: Records) -> Estimate:
    return per_seed(small_minus_large(records, "first", few(records, "first").sizes["dimension"] // 2), bounds=POINTS)


@claims.paper(
    "The same on the second set of images: with stronger orthogonalisation a small projector suffices.",
    source="abstract; images and margin are ours",
    statistic="as on the first images, mean over seeds",
    unit="points",
    rule=Above(-1.0),
    hindsight=_PILOT,
)
def small_projector_second(records: Records) -> Estimate:
    return per_seed(small_minus_large(records, "second"), bounds=POINTS)


@claims.control(
    "On the second images, too, the small projector is worse at the large one's weight.",
    of="small-projector-second",
    statistic="as on the first images, mean over seeds",
    unit="points",
    rule=Below(0.0),
    contrast=Below(0.0),
    hindsight=_PILOT,
)
def same_weight_second(records: Records) -> Estimate:
    return per_seed(at_the_large_ones_weight(records, "second"), bounds=POINTS)


for _role, _name in _NAMES.items():

    @claims.ours(
        f"On {_name} the best weight off the diagonal falls as one over the dimension of the projector.",
        source="the weights in the authors' scripts, whose product with the dimension lies between 1.5 and 6.6",
        statistic="slope of the logarithm of the best weight on that of the dimension, mean over seeds",
        rule=Within(-1.0, 0.35),
        id=f"weight-law-{_role}",
        hindsight=_PILOT,
        matrix="The best weight off the diagonal falls as one over the dimension of the projector, on both sets of images.",
    )
    def weight_law(records: Records, role: str = _role) -> Estimate:
        return per_seed(slopes(few(records, role)))


for _role, _name in _NAMES.items():

    @claims.ours(
        f"On {_name} the best weight off the diagonal falls as the projector grows.",
        statistic="slope of the logarithm of the best weight on that of the dimension, mean over seeds",
        rule=Below(0.0),
        id=f"weight-falls-{_role}",
        matrix="The best weight off the diagonal falls as the projector grows, on both sets of images.",
        hindsight="written after the judged numbers had been seen, when the exact law was undecided; the threshold is 0 on principle",
    )
    def weight_falls(records: Records, role: str = _role) -> Estimate:
        return per_seed(slopes(few(records, role)))


@claims.ours(
    "The projector has to learn: a random one that stays as it is serves the encoder less.",
    statistic="accuracy from five labels a class behind a random projector minus that behind a trained one, two views, mean over seeds",
    unit="points",
    rule=Below(0.0),
    hindsight=_PILOT,
)
def random_projector(records: Records) -> Estimate:
    return per_seed(gain(records, "2 views, random projector", "2 views"), bounds=POINTS)
