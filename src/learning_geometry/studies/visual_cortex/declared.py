"""The claims of the study of visual representations, declared with their statistics and rules before they are measured."""

from learning_geometry.claims import Above, Below, Claim, Within
from learning_geometry.instruments.scale_free import MARGIN
from learning_geometry.studies.visual_cortex.network_declared import NETWORKS

_OURS = "our operationalisation"
_AREAS = f"{_OURS}, synthetic areas"
_HIERARCHY = f"{_OURS}, a model hierarchy on photographs"
_THEORY = "abstract (analytical insights, not known to us); Stringer et al. 2019; the computation is ours"
_BRAIN = "abstract; areas, estimator and criterion are our operationalisation"
_BIAS = "exponent over that of the noise-free responses in the same bins (difference), power law of exponent 1"

ESTIMATORS = [
    Claim(
        "moments",
        "Unbiased moments recover the exponent of a power law, whatever the noise.",
        _AREAS,
        "absolute error of the exponent, mean over three power laws and three kinds of noise, mean over seeds",
        Below(0.1),
    ),
    Claim(
        "raw-correlated",
        "If voxels share noise, cross-validated PCA makes a power law look flatter than it is.",
        _AREAS,
        f"{_BIAS}; raw cross-validated PCA, correlated noise, mean over seeds",
        Below(-0.1),
    ),
    Claim(
        "removed-correlated",
        "Removing the principal components of noise that voxels share gives a power law its exponent back.",
        _AREAS,
        f"{_BIAS}; cross-validated PCA with noise removed, correlated noise, mean over seeds",
        Within(0.0, 0.1),
    ),
    Claim(
        "raw-independent",
        "If voxels share no noise, raw cross-validated PCA gives a power law its exponent.",
        _AREAS,
        f"{_BIAS}; raw cross-validated PCA, independent noise, mean over seeds",
        Within(0.0, 0.1),
        control=True,
    ),
    Claim(
        "removed-aligned",
        "If noise has the axes of the signal, removing its principal components spoils a power law.",
        _AREAS,
        f"{_BIAS}; cross-validated PCA with noise removed, aligned noise, mean over seeds",
        Below(-0.1),
        control=True,
    ),
    Claim(
        "plain-pca",
        "PCA of the mean over repeats makes a power law look flatter than it is.",
        _AREAS,
        f"{_BIAS}; PCA of the mean, correlated noise, mean over seeds",
        Below(-0.1),
    ),
    Claim(
        "r2-exponential",
        "A straight line on logarithmic axes fits the PCA spectrum of an exponential well enough to pass for a power law.",
        _AREAS,
        "R squared of the line, PCA of the mean, exponential spectrum, correlated noise, mean over seeds",
        Above(0.9),
    ),
    Claim(
        "r2-cut-off",
        "R squared does not tell a spectrum that is cut off from a power law.",
        _AREAS,
        "R squared of a power law of exponent 1 minus that of a cut-off one, noise removed, correlated noise, over seeds",
        Within(0.0, 0.02),
    ),
]

DECISION = [
    Claim(
        "false-alarms",
        "The decision's p-value is below 5 % for about 5 % of true power laws.",
        _AREAS,
        "share of synthetic power laws with a p-value of at most 0.05, three exponents and two kinds of noise",
        Within(0.05, 0.04),
    ),
    Claim(
        "large-experiments",
        "An experiment with at least 400 stimuli and 120 voxels recognises that a spectrum has a mild knee.",
        _AREAS,
        "share of synthetic areas with a mild knee that are recognised, designs of that size",
        Above(0.8),
    ),
    Claim(
        "small-experiments",
        "The smallest experiment tried, 100 stimuli and 60 voxels, recognises departures from a power law less than half the time.",
        _AREAS,
        "share of synthetic areas with a knee, a cut-off or an exponential that are recognised, that design",
        Below(0.5),
        control=True,
    ),
    Claim(
        "recognised-power-laws",
        "In experiments of all sizes, power laws are recognised as something else as rarely as they should be.",
        _AREAS,
        "share of synthetic power laws of exponent 1 recognised as something else, all designs",
        Within(0.05, 0.05),
        control=True,
    ),
]

HIERARCHY = [
    Claim(
        "early-stages",
        "Pixels, simple cells and energy units, read by voxels of a scanner, are judged scale-free.",
        _HIERARCHY,
        "share of the verdicts on these three stages, all seeds, that are scale-free",
        Above(0.5),
    ),
    Claim(
        "late-stages",
        "Texture units and texture categories, read by voxels of a scanner, are judged not scale-free.",
        _HIERARCHY,
        "share of the verdicts on these two stages, all seeds, that are not scale-free",
        Above(0.5),
    ),
    Claim(
        "early-truth",
        "Without a scanner in between, none of the first four stages has a spectrum that bends down.",
        _HIERARCHY,
        "least curvature of the noise-free spectra of pixels, simple cells, energy and pooled energy, mean over seeds",
        Above(-MARGIN),
    ),
    Claim(
        "texture-truth",
        "Without a scanner in between, the spectrum of texture units bends down.",
        _HIERARCHY,
        "curvature of the noise-free spectrum, mean over seeds",
        Below(-MARGIN),
    ),
    Claim(
        "categories-truth",
        "Without a scanner in between, the spectrum of texture categories bends down.",
        _HIERARCHY,
        "curvature of the noise-free spectrum, mean over seeds",
        Below(-MARGIN),
    ),
]

THEORY = [
    Claim(
        "costs-balance",
        "The more dimensions stimuli have, the nearer to 1 is the exponent at which efficiency and robustness cost the same.",
        _THEORY,
        "largest change of that exponent from one number of dimensions to the next, most neurons",
        Below(0.0),
    ),
    Claim(
        "sensitivity-diverges",
        "A code whose exponent is 1 becomes ever more sensitive as neurons are added, in any number of dimensions.",
        _THEORY,
        "least growth of sensitivity, relative to that of a flat spectrum, over dimensions, most neurons",
        Above(0.1),
    ),
    Claim(
        "sensitivity-bounded",
        "A code whose exponent is 3 does not become more sensitive as neurons are added, in two dimensions or more.",
        _THEORY,
        "largest growth of sensitivity, relative to that of a flat spectrum, over these dimensions, most neurons",
        Below(0.1),
        control=True,
    ),
    Claim(
        "theory-simulated",
        "The formulas for both costs describe simulated codes.",
        _THEORY,
        "largest relative difference between formula and simulation, over exponents and dimensions, both costs",
        Below(0.05),
    ),
]

BRAIN = [
    Claim(
        "brain-early",
        "V1, V2, V3 and hV4 of the human brain are scale-free.",
        _BRAIN,
        "share of subjects and of these areas with the verdict scale-free (Natural Scenes Dataset)",
        Above(0.5),
    ),
    Claim(
        "brain-higher",
        "Some higher visual areas of the human brain are not scale-free, where V1 seen through as few voxels and as much "
        "noise is.",
        _BRAIN,
        "share of subjects and higher areas judged not scale-free with a matched V1 that is not so judged",
        Above(0.05),
    ),
    Claim(
        "pretrained-scale-free",
        "Large vision models trained without labels are scale-free.",
        "abstract; models, layer and criterion are our operationalisation",
        "curvature of the last block's spectrum on photographs, self-supervised models, mean over models",
        Within(0.0, MARGIN),
    ),
    Claim(
        "pretrained-fine-tuned",
        "Fine-tuning a large vision model on labels bends its spectrum down.",
        "abstract; models, layer and criterion are our operationalisation",
        "curvature of the last block's spectrum, fine-tuned minus self-supervised twin, mean over pairs",
        Below(-MARGIN),
    ),
]

CLAIMS = [*ESTIMATORS, *DECISION, *HIERARCHY, *NETWORKS, *THEORY, *BRAIN]
BY_ID = {claim.id: claim for claim in CLAIMS}
