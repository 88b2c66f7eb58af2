"""The claims about networks, declared with their statistics and rules before they are measured."""

from learning_geometry.claims import Above, Below, Claim, Within
from learning_geometry.instruments.scale_free import MARGIN

_ABSTRACT = "abstract; networks, layer and criterion are our operationalisation"
_CONTROL = "our control; networks, layer and criterion are our operationalisation"
_CURVATURE = "curvature of the spectrum over ranks 1 to 60, features of held-out images, mean over seeds"
_ROBUST = "abstract (efficiency against robustness); the comparison is our operationalisation"


def _scale_free(arm: str, statement: str, *, control: bool = False) -> Claim:
    source = _CONTROL if control else _ABSTRACT
    return Claim(arm.replace("_", "-"), statement, source, _CURVATURE, Within(0.0, MARGIN), control=control)


def _bent(arm: str, statement: str, *, control: bool = False) -> Claim:
    source = _CONTROL if control else _ABSTRACT
    return Claim(arm.replace("_", "-"), statement, source, _CURVATURE, Below(-MARGIN), control=control)


CURVATURES = [
    _scale_free("barlow_twins", "A network trained without labels by Barlow Twins is scale-free."),
    _scale_free("vicreg", "A network trained without labels by VICReg is scale-free."),
    _bent("fine_tuned", "Fine-tuned to name digits, the network of Barlow Twins is no longer scale-free."),
    _bent("fine_tuned_vicreg", "Fine-tuned to name digits, the network of VICReg is no longer scale-free."),
    _bent(
        "fine_tuned_augmented",
        "Fine-tuned to name digits in augmented views, the network of Barlow Twins is no longer scale-free.",
    ),
    _bent(
        "fine_tuned_place",
        "Fine-tuned to say where a digit stands, the network of Barlow Twins is no longer scale-free.",
    ),
    _bent(
        "fine_tuned_photograph",
        "Fine-tuned to say which of two photographs is behind, the network is no longer scale-free.",
    ),
    _scale_free("continued", "Training on without labels for as long leaves the network scale-free.", control=True),
    Claim(
        "fine-tuned-permuted",
        "Fine-tuning on shuffled digits, which teach nothing, does not bend the spectrum down.",
        _CONTROL,
        _CURVATURE,
        Above(-MARGIN),
        control=True,
    ),
    _bent("supervised", "A network that learns to name digits from scratch is not scale-free.", control=True),
    _bent("random", "An untrained network is not scale-free.", control=True),
]
"""Claims about the curvature of one network, whose ids are the names of the networks with hyphens."""

NETWORKS = [
    *CURVATURES,
    Claim(
        "task-not-training",
        "Fine-tuning on digits bends the spectrum down, and training on without labels for as long does not.",
        _ABSTRACT,
        "curvature after fine-tuning on digits minus that after as many more steps without labels, ranks 1 to 60, over seeds",
        Below(-MARGIN),
    ),
    Claim(
        "any-window-before",
        "Whichever ranks one looks at, the network of Barlow Twins is scale-free.",
        _ABSTRACT,
        "largest modulus of the curvature over windows of ranks (to 30, 60 and 100), mean over seeds",
        Below(MARGIN),
    ),
    Claim(
        "any-window-after",
        "Whichever ranks one looks at, the network fine-tuned on digits is not scale-free.",
        _ABSTRACT,
        "largest curvature over windows of ranks (to 30, 60 and 100), mean over seeds",
        Below(-MARGIN),
    ),
    Claim(
        "robust-noise",
        "The scale-free network withstands noise better than the fine-tuned one.",
        _ROBUST,
        "accuracy of a linear probe under Gaussian noise of sd 0.2 over that on clean images, Barlow Twins minus fine-tuned",
        Above(0.0),
    ),
    Claim(
        "robust-attack",
        "The scale-free network withstands an attack better than the fine-tuned one.",
        _ROBUST,
        "accuracy of a linear probe under a gradient-sign attack of 0.02 over that on clean images, Barlow Twins minus fine-tuned",
        Above(0.0),
    ),
    Claim(
        "robust-features",
        "Noise moves the features of the scale-free network less than those of the fine-tuned one.",
        _ROBUST,
        "mean squared change of the features under noise of sd 0.2 over their variance, Barlow Twins minus fine-tuned",
        Below(0.0),
    ),
    Claim(
        "robust-order",
        "Among eleven networks, those whose spectrum bends down less withstand an attack better.",
        _ROBUST,
        "Spearman correlation of curvature (ranks 1 to 60) and accuracy under an attack of 0.02, mean over seeds",
        Above(0.0),
    ),
    Claim(
        "efficient-rank",
        "The scale-free network spreads variance over more dimensions than the fine-tuned one.",
        _ROBUST,
        "effective rank (RankMe of eigenvalues), Barlow Twins over fine-tuned, mean over seeds",
        Above(1.0),
    ),
]
