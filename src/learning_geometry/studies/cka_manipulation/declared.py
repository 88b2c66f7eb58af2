"""The claims of the CKA study, declared with their statistics and rules before they are measured."""

from learning_geometry.claims import Above, Below, Claim, Within

_OURS = "our operationalisation"
EARLY = 2
"""Blocks that count as early."""

PRINTED = {5000.0: 0.7157, 10.0: 0.7078, 5.0: 0.6158, 1.0: 0.0911, 0.2: 0.0475, 0.0002: 0.0457}
"""Ten-seed means of CKA by sigma / mu that the authors' published code prints."""

_FIGURE_4B = "figure 4b; ten-seed means printed in the authors' published code"


def _ratio_claim(ratio: float, printed: float) -> Claim:
    return Claim(
        f"linear-map-{ratio:g}",
        f"An invertible linear map whose entries have sigma / mu = {ratio:g} takes the CKA of two cubes with their own "
        f"image to {printed}.",
        _FIGURE_4B,
        "linear CKA (biased) of 20,000 points in 500 dimensions with their image, mean over seeds",
        Within(printed, 0.01),
        paper_value=printed,
    )


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "closed-form",
        "When a subset of the points is translated, linear CKA with the original follows a closed form.",
        "theorem 1, known to us from a figure caption; the closed form is derived here",
        "largest |closed form - direct CKA| over layers, subsets, distances and seeds",
        Below(1e-10),
    ),
    Claim(
        "limit",
        "As the translated subset moves away, CKA tends to a limit that depends on the subset and the spectrum alone, "
        "not on the direction.",
        "theorem 1, known to us from a figure caption; the limit is derived here",
        "largest |CKA at the largest distance - limit| over layers, subsets and seeds",
        Below(1e-5),
    ),
    Claim(
        "outlier",
        "Moving a single image far enough makes a representation look unlike itself.",
        "corollary 3",
        "largest limit over layers when one test image moves, mean over seeds",
        Below(0.05),
    ),
    Claim(
        "small-step",
        "The same single image moved by a tenth of the root mean squared norm changes nothing.",
        _OURS,
        "smallest CKA over layers, mean over seeds",
        Above(0.99),
        control=True,
    ),
    Claim(
        "cubes-linear",
        "Moving one of two cubes by 50 edge lengths takes linear CKA to about 0.12 (read off the figure).",
        "figure 4a; the value is read off the figure",
        "linear CKA (biased) of 20,000 points in 1,000 dimensions, mean over seeds",
        Within(0.12, 0.02),
        paper_value=0.12,
    ),
    Claim(
        "cubes-rbf-narrow",
        "A Gaussian kernel with a narrow bandwidth, 0.2 of the median distance and the same for both copies, does not "
        "notice the move (about 1.0, read off the figure).",
        "figure 4a; the value is read off the figure; that the bandwidth is shared is our reading",
        "Gaussian CKA (biased) after 50 edge lengths, mean over seeds",
        Above(0.95),
        paper_value=1.0,
    ),
    Claim(
        "cubes-rbf-own",
        "With a bandwidth of its own for each copy the same narrow kernel is fooled as well.",
        f"{_OURS}: bandwidth per representation, as Kornblith et al. 2019 define it",
        "Gaussian CKA (biased) after 50 edge lengths, mean over seeds",
        Below(0.5),
    ),
    *(_ratio_claim(ratio, printed) for ratio, printed in PRINTED.items()),
    Claim(
        "early-layers",
        "Networks that generalise, memorise or are random are alike in their early layers.",
        "section 4.1, figure 2",
        f"least debiased CKA of the three pairs, averaged over the first {EARLY} blocks, mean over seeds",
        Above(0.85, partly=0.7),
    ),
    Claim(
        "late-layers",
        "The last layers do tell a generalising network from a memorising one.",
        "section 4.1, figure 2",
        "debiased CKA of generalised and memorised networks in the last block, mean over seeds",
        Below(0.3, partly=0.5),
    ),
    Claim(
        "pixels",
        "Early layers are alike because each is still alike to the pixels.",
        f"{_OURS}; not in the paper as far as we know",
        "least debiased CKA of the pixels with the first block, over the three kinds of network, mean over seeds",
        Above(0.85, partly=0.7),
    ),
    Claim(
        "two-generalised",
        "Two generalising networks stay alike to the last layer: the fall above is no artefact of depth.",
        _OURS,
        "debiased CKA of two generalised networks in the last block, mean over seeds",
        Above(0.8),
        control=True,
    ),
    Claim(
        "two-random",
        "Two networks that learnt nothing are as alike in early layers as networks that learnt.",
        _OURS,
        f"debiased CKA of two random networks, averaged over the first {EARLY} blocks, mean over seeds",
        Above(0.85),
        control=True,
    ),
    Claim(
        "invisible-predictions",
        "Moving a whole class along a direction that the head cannot see changes no prediction at any distance.",
        "corollary 4, section 4.2; the null space of the head is ours",
        "predictions changed, over all classes, distances, seeds, training and test images",
        Within(0, 0),
    ),
    Claim(
        "invisible-cka",
        "The same move takes CKA far from 1.",
        "corollary 4, figure 4c",
        "linear CKA (biased) at the largest distance, mean over classes, mean over seeds",
        Below(0.5),
    ),
    Claim(
        "invisible-image",
        "One image moved unseen by the head is enough to make CKA vanish.",
        "corollary 3, figure 4c",
        "linear CKA (biased) at the largest distance, mean over seeds",
        Below(0.05),
    ),
    Claim(
        "other-reader",
        "A reader with other weights does see the move: unseen means unseen by one head.",
        _OURS,
        "largest share of a support vector machine's training predictions that change, over the classes, mean over seeds",
        Above(0.05),
        control=True,
    ),
    Claim(
        "separated",
        "Moving one of two well separated classes along the normal between them keeps CKA near 1.",
        "corollary 4, read the other way; our operationalisation",
        "linear CKA (biased) at the largest distance, mean over seeds",
        Above(0.95),
        control=True,
    ),
    Claim(
        "parity-map",
        "A network's CKA map can be made to say that odd layers resemble odd ones and even layers even ones.",
        "section 4.3, figures 5 and 6; the target is ours",
        "mean |CKA map - target| off the diagonal on test images, mean over seeds",
        Below(0.08, partly=0.15),
    ),
    Claim(
        "parity-accuracy",
        "... while its accuracy stays where it was.",
        "section 4.3",
        "test accuracy of the teacher minus that of the student, in percentage points, mean over seeds",
        Below(1.0),
    ),
    Claim(
        "map-before",
        "Before it was asked to, the network's map did not look like that.",
        _OURS,
        "mean |CKA map - target| off the diagonal on test images before the manipulation, mean over seeds",
        Above(0.3),
        control=True,
    ),
    Claim(
        "map-psd",
        "No manipulation leaves the positive semidefinite matrices: every self-map is a Gram matrix.",
        f"{_OURS}; a one-line theorem",
        "least eigenvalue of all measured maps",
        Above(-1e-6),
    ),
    Claim(
        "picture-unreachable",
        "A picture drawn by hand is not such a matrix, so no network can show it exactly.",
        _OURS,
        "least eigenvalue of the drawn picture",
        Below(-0.1),
        control=True,
    ),
    Claim(
        "bias",
        "Biased CKA of independent features approaches 1 as features outnumber samples.",
        "Murphy, Zylberberg and Fyshe 2024, abstract; the law d / (d + n) is ours",
        "largest |mean biased CKA - d / (d + n)| over dimensions",
        Below(0.02),
    ),
    Claim(
        "debiased",
        "Debiased CKA of independent features is 0, however many there are.",
        "Murphy, Zylberberg and Fyshe 2024, abstract",
        "debiased CKA at the largest dimension, mean over draws",
        Within(0.0, 0.02),
    ),
)
