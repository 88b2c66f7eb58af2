"""Networks before and after a task: which are scale-free, and whether it is the task that ends it."""

from functools import partial

from learning_geometry.claims import Above, Below, Claims, Estimate, Within, per_seed
from learning_geometry.instruments.scale_free import MARGIN
from learning_geometry.records import Records
from learning_geometry.studies.visual_cortex.claims._networks import curvature, of_arm

claims = Claims(__name__)

_ANY_WINDOW = "Whichever ranks one looks at, Barlow Twins is scale-free, and not after fine-tuning on digits."

_SOURCE = "abstract; networks, layer and criterion are our operationalisation"
_CURVATURE = "curvature of the spectrum over ranks 1 to 60, features of held-out images, mean over seeds"
_CONTRASTED = "the contrast was added when the numbers of both sides were known"
_paper = partial(claims.paper, source=_SOURCE, statistic=_CURVATURE)
_control = partial(claims.control, of="fine-tuned", statistic=_CURVATURE, contrast=Above(0.0), hindsight=_CONTRASTED)


@_paper("A network trained without labels, by Barlow Twins, is scale-free.", rule=Within(0.0, MARGIN), headline=True)
def barlow_twins(records: Records) -> Estimate:
    return per_seed(curvature(records, "barlow_twins"))


@claims.control(
    "The spectrum of an untrained network bends down, and further than that of Barlow Twins.",
    of="barlow-twins",
    statistic=_CURVATURE,
    rule=Below(0.0),
    contrast=Below(0.0),
    hindsight="first declared as a bend beyond 0.1, which five seeds left undecided; a bend of its own says nothing of what "
    "training does, so that the paired difference took its place",
)
def random(records: Records) -> Estimate:
    return per_seed(curvature(records, "random"))


@_paper("A network trained without labels, by VICReg, is scale-free.", rule=Within(0.0, MARGIN))
def vicreg(records: Records) -> Estimate:
    return per_seed(curvature(records, "vicreg"))


@_paper(
    "Fine-tuned to name digits, the network of Barlow Twins is no longer scale-free.",
    rule=Below(-MARGIN),
    headline=True,
)
def fine_tuned(records: Records) -> Estimate:
    return per_seed(curvature(records, "fine_tuned"))


@_paper(
    "Fine-tuning on digits bends the spectrum down further than as many more steps without labels do.",
    statistic="curvature after fine-tuning on digits minus that after as many more steps without labels, ranks 1 to 60",
    rule=Below(-MARGIN),
    headline=True,
)
def task_not_training(records: Records) -> Estimate:
    return per_seed(curvature(records, "fine_tuned") - curvature(records, "continued"))


@_control("Training on without labels, for as many steps, leaves the network scale-free.", rule=Within(0.0, MARGIN))
def continued(records: Records) -> Estimate:
    return per_seed(curvature(records, "continued"))


@_control("Fine-tuning on shuffled digits, which teach nothing, does not bend the spectrum down.", rule=Above(-MARGIN))
def fine_tuned_permuted(records: Records) -> Estimate:
    return per_seed(curvature(records, "fine_tuned_permuted"))


for _arm, _statement in {
    "fine_tuned_vicreg": "Fine-tuned to name digits, the network of VICReg is no longer scale-free.",
    "fine_tuned_augmented": "Fine-tuned to name digits in augmented views, the network is no longer scale-free.",
    "fine_tuned_place": "Fine-tuned to say where a digit stands, the network is no longer scale-free.",
    "fine_tuned_photograph": "Fine-tuned to say which of two photographs is behind, the network is no longer scale-free.",
}.items():

    @_paper(
        _statement,
        rule=Below(-MARGIN),
        matrix="After fine-tuning on another task, in other views or from VICReg, a network is no longer scale-free.",
        id=_arm.replace("_", "-"),
    )
    def otherwise_tuned(records: Records, arm: str = _arm) -> Estimate:
        return per_seed(curvature(records, arm))


@claims.ours(
    "A network that learns to name digits from scratch is not scale-free.", statistic=_CURVATURE, rule=Below(-MARGIN)
)
def supervised(records: Records) -> Estimate:
    return per_seed(curvature(records, "supervised"))


@_paper(
    "Whichever ranks one looks at, the network of Barlow Twins is scale-free.",
    statistic="largest modulus of the curvature over windows of ranks (to 30, 60 and 100), mean over seeds",
    rule=Below(MARGIN),
    matrix=_ANY_WINDOW,
)
def any_window_before(records: Records) -> Estimate:
    return per_seed(abs(of_arm(records, "barlow_twins").curvature).max("window"), bounds=(0, float("inf")))


@_paper(
    "Whichever ranks one looks at, the network fine-tuned on digits is not scale-free.",
    statistic="largest curvature over windows of ranks (to 30, 60 and 100), mean over seeds",
    rule=Below(-MARGIN),
    matrix=_ANY_WINDOW,
)
def any_window_after(records: Records) -> Estimate:
    return per_seed(of_arm(records, "fine_tuned").curvature.max("window"))
