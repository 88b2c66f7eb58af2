"""The claims of the study of synaptic weights, declared with their statistics and rules before they are measured."""

from itertools import permutations

from learning_geometry.claims import Above, Below, Claim, Within
from learning_geometry.studies.synaptic_weights.recording_declared import IDS, OURS, RECORDING, SPELT

_THEORY = "abstract; the measurement is our operationalisation"
_DISTANCE = "distance of the dual change from a Gaussian (the paper's CDF distance)"


def _matched(truth: float) -> Claim:
    return Claim(
        f"regression-{IDS[truth]}",
        f"Linear regression learnt with {SPELT[truth]} changes the weights by a Gaussian amount in the dual space.",
        _THEORY,
        f"{_DISTANCE} over its 5 % critical value, at the largest D with N = D^1/2, mean over seeds",
        Below(1.0),
    )


def _mistaken(truth: float, candidate: float) -> Claim:
    return Claim(
        f"regression-{IDS[truth]}-as-{IDS[candidate]}",
        f"Seen through {SPELT[candidate]}, the change that {SPELT[truth]} made is not Gaussian.",
        _THEORY,
        f"{_DISTANCE} over its 5 % critical value, at the largest D with N = D^1/2, mean over seeds",
        Above(1.0),
    )


def _named(truth: float) -> Claim:
    return Claim(
        f"recurrent-{IDS[truth]}",
        f"In a recurrent network fine-tuned with {SPELT[truth]}, that potential is nearer to a Gaussian change than the "
        "other two.",
        "abstract; the network is modelled on the official code",
        f"{_DISTANCE}, the lesser of the wrong two over the right one, weights between hidden units, mean over seeds",
        Above(1.0),
    )


def _inferred(truth: float) -> Claim:
    return Claim(
        f"exponent-{IDS[truth]}",
        f"The exponent p = {truth:g} of a recurrent network's plasticity can be read off the sizes of its weights before "
        "and after.",
        OURS,
        "p of greatest likelihood from up to 1,000 weights that kept their sign, mean over seeds",
        Within(truth, 0.25),
    )


def _shape(initial: str, words: str) -> Claim:
    return Claim(
        f"shapes-{initial}",
        f"From {words} initial weights, each geometry predicts its own final distribution best, knowing only mean and "
        "variance of the dual change.",
        OURS,
        "Kolmogorov-Smirnov distance of prediction and outcome, least of the wrong two minus the right one, least over "
        "true geometries, mean over seeds",
        Above(0.0),
    )


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "simulation-floor",
        "Where dual changes are Gaussian by construction, their distance from a Gaussian is what sampling alone makes.",
        "the authors' published simulation; the floor is derived here",
        f"{_DISTANCE} over its expectation for so many Gaussian numbers, mean over geometries and seeds",
        Within(1.0, 0.2),
        control=True,
    ),
    Claim(
        "simulation-diagonal",
        "Among five geometries, the one in which the change was Gaussian looks most Gaussian.",
        "the authors' published simulation",
        "share of initial distributions, true geometries and seeds in which the least distance is that of the truth",
        Above(0.95),
    ),
    *(_matched(truth) for truth in IDS),
    *(_mistaken(truth, candidate) for truth, candidate in permutations(IDS, 2)),
    Claim(
        "regression-names",
        "Among three geometries, the most Gaussian change names the one that linear regression was learnt in.",
        _THEORY,
        "share of true geometries and seeds named rightly, at the largest D with N = D^1/2",
        Above(0.95),
    ),
    Claim(
        "regression-falls",
        "However many weights there are, in the right geometry their change stays as near to a Gaussian as sampling allows: "
        "its distance falls as 1 / sqrt(D).",
        _THEORY,
        "slope of the logarithm of the distance against that of D, N = D^1/2, mean over geometries, then over seeds",
        Within(-0.5, 0.1),
    ),
    Claim(
        "regression-many",
        "With many more samples, N = D^3/4, the 3-norm still explains its own change better than its neighbour p = 2.5.",
        OURS,
        "distance under p = 2.5 minus that under p = 3 for the truth p = 3, at the largest D, mean over seeds",
        Above(0.0),
    ),
    Claim(
        "regression-binary",
        "Inputs need not be Gaussian: of inputs -1 and 1, sqrt(D) samples together change the weights by a Gaussian amount "
        "in the dual space.",
        _THEORY,
        "distance over its 5 % critical value under the true potential, inputs of -1 or 1, N = D^1/2, largest D, mean over "
        "geometries, then over seeds",
        Below(1.0),
    ),
    Claim(
        "regression-single",
        "A single sample of inputs -1 and 1 leaves no Gaussian, even in the right geometry: it is the sum over samples that "
        "makes one.",
        OURS,
        "distance over its 5 % critical value under the true potential, inputs of -1 or 1, N = 1, largest D, mean over "
        "geometries, then over seeds",
        Above(1.0),
        control=True,
    ),
    Claim(
        "regression-heavy",
        "If a few inputs are far larger than the rest, so that few samples make up a weight's change, even the right "
        "geometry shows no Gaussian.",
        OURS,
        "distance over its 5 % critical value under the true potential, inputs of Student's t with 1.5 degrees of freedom, "
        "mean over geometries, then over seeds",
        Above(1.0),
        control=True,
    ),
    *(_named(truth) for truth in IDS),
    Claim(
        "recurrent-fine",
        "In the recurrent network even a potential half a step off, p = 1.5 or 2.5, is farther from a Gaussian change than "
        "the right one.",
        OURS,
        "least wrong distance of five potentials over the right one, least over true geometries, mean over seeds",
        Above(1.0),
    ),
    Claim(
        "perceptron",
        "In a multilayer perceptron the most Gaussian change names the geometry.",
        OURS,
        "lesser distance of the wrong two over the right one, least over true geometries, mean over seeds",
        Above(1.0),
    ),
    Claim(
        "convolutional",
        "In a convolutional network that was trained well before, the most Gaussian change names the geometry.",
        "abstract; the network is ours",
        "lesser distance of the wrong two over the right one, all kernels together, the change of each divided by its "
        "standard deviation, least over true geometries, mean over seeds",
        Above(1.0),
    ),
    Claim(
        "convolutional-layers",
        "In every layer of a convolutional network that was trained well before, the most Gaussian change names the geometry, "
        "even among five.",
        OURS,
        "least wrong distance of five potentials over the right one, least over layers and true geometries, mean over "
        "seeds",
        Above(1.0),
    ),
    Claim(
        "networks-floor",
        "The change of a trained network's weights is Gaussian in the right dual space, not merely more Gaussian than "
        "elsewhere.",
        OURS,
        "distance over its 5 % critical value in the recurrent network, mean over true geometries, then over seeds",
        Below(1.0),
    ),
    Claim(
        "hardly",
        "A convolutional network that had learnt little before, and whose weights must change much, no longer shows that "
        "it learns with a 3-norm.",
        OURS,
        "lesser distance of the wrong two over that of the 3-norm, the truth, all kernels together, the change of each "
        "divided by its standard deviation, mean over seeds",
        Below(1.2),
        control=True,
    ),
    Claim(
        "shuffled",
        "Without knowing which weight became which, the most Gaussian change does not name the geometry.",
        OURS,
        "share of networks and true geometries named rightly after the later weights were shuffled, mean over seeds",
        Below(0.5),
        control=True,
    ),
    *(_inferred(truth) for truth in IDS),
    Claim(
        "hardly-exponent",
        "In a convolutional network that had learnt little before, where the distance loses the 3-norm, the likelihood still "
        "reads p = 3.",
        OURS,
        "p of greatest likelihood in the hardly pre-trained convolutional network, mean over layers, then over seeds",
        Within(3.0, 0.3),
    ),
    _shape("log-normal", "log-normal"),
    _shape("constant", "equal"),
    Claim(
        "shapes-unpaired",
        "Where weights change much, histograms before and after suffice: of unpaired weights each geometry still predicts "
        "its own outcome best.",
        OURS,
        "distance of prediction and outcome with one fitted width, least of the wrong two minus the right one, least over "
        "initial distributions and true geometries, mean over seeds",
        Above(0.0),
    ),
    Claim(
        "shapes-euclid",
        "Euclidean learning from equal weights leaves no log-normal distribution: small weights are too many.",
        OURS,
        "skewness of log |w| (0 for a log-normal distribution), mean over seeds",
        Below(-1.0),
    ),
    Claim(
        "shapes-entropy",
        "Of the three geometries, the negative entropy takes equal weights nearest to a log-normal distribution.",
        OURS,
        "Shapiro-Wilk statistic of log |w| under the negative entropy minus the greater of the others, mean over seeds",
        Above(0.0),
    ),
    Claim(
        "shapes-exactly",
        "What the negative entropy makes of equal weights cannot be told from a log-normal distribution.",
        OURS,
        "Shapiro-Wilk statistic of log |w| minus its 5 % critical value, mean over seeds",
        Above(0.0),
    ),
    *RECORDING,
)
