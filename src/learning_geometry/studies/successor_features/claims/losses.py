"""Claims on which losses suffice, and which gradients must not pass."""

from learning_geometry.claims import Above, Below, Claims, Estimate, contrast, per_seed
from learning_geometry.records import Records
from learning_geometry.studies.successor_features.claims._courses import DIFFERENCE, UNIT, final, part

claims = Claims(__name__)

KNOWN = "prototypes on other seeds had shown the direction"


@claims.paper(
    "A temporal-difference loss and a reward-prediction loss suffice to learn a policy.",
    source="abstract",
    statistic="exact greedy return of the simple agent at the end of the first task, mean over all starts, mean over seeds",
    unit="return",
    rule=Above(0.5),
    headline=True,
    hindsight=KNOWN,
)
def suffices(records: Records) -> Estimate:
    return per_seed(final(records, "simple", 1), bounds=UNIT)


@claims.control(
    "Features that nobody trains do not do it: with a random encoder the same losses learn no policy in this time.",
    of="suffices",
    statistic="the same of the agent whose encoder stays as it was drawn",
    unit="return",
    rule=Below(0.3),
    contrast=Below(0.0),
    hindsight=KNOWN,
)
def random_features(records: Records) -> Estimate:
    return per_seed(final(records, "random", 1), bounds=UNIT)


@claims.paper(
    "They suffice without collapse.",
    source="abstract",
    statistic="mean cosine over pairs of states, successor features of the greedy action after the first task, mean over seeds",
    unit="cosine",
    rule=Below(0.95),
    headline=True,
    hindsight=KNOWN,
)
def no_collapse(records: Records) -> Estimate:
    return per_seed(part(records, "simple", "course").successor_cosine.sel(phase=1).isel(update=-1), bounds=(-1, 1))


@claims.paper(
    "The stop-gradient is needed: rewards must be predicted from features that this prediction does not shape.",
    source="project page, ablation figure",
    statistic="return at the end of the first task, simple minus without stop-gradient, mean over seeds",
    unit="return",
    rule=Above(0.0),
    hindsight=KNOWN,
)
def stop_gradient(records: Records) -> Estimate:
    return contrast(final(records, "simple", 1), final(records, "no stop-gradient", 1), bounds=DIFFERENCE)


@claims.ours(
    "The canonical loss learns no policy here.",
    statistic="return of the canonical agent at the end of the first task, mean over seeds",
    unit="return",
    rule=Below(0.1),
    hindsight=KNOWN,
)
def canonical_policy(records: Records) -> Estimate:
    return per_seed(final(records, "canonical", 1), bounds=UNIT)


@claims.ours(
    "Less is more: the simple losses do better than the canonical loss, the loss of values and reward prediction through the "
    "encoder together.",
    source="our reading of an ablation by the authors",
    statistic="return at the end of the first task, simple minus all losses, mean over seeds",
    unit="return",
    rule=Above(0.0),
)
def all_losses(records: Records) -> Estimate:
    return contrast(final(records, "simple", 1), final(records, "all losses", 1), bounds=DIFFERENCE)


@claims.ours(
    "Predicting rewards is what helps: a task vector that learns from values alone, in the same head, does worse.",
    statistic="return at the ends of the first two tasks, simple minus same head, mean over both and over seeds",
    unit="return",
    rule=Above(0.0),
)
def reward_prediction(records: Records) -> Estimate:
    simple, other = ((final(records, a, 1) + final(records, a, 2)) / 2 for a in ("simple", "same head"))
    return contrast(simple, other, bounds=DIFFERENCE)
