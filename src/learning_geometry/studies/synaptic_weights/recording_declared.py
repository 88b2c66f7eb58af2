"""The claims for an experimenter, declared before they are measured, and what all claims call the geometries."""

from learning_geometry.claims import Above, Below, Claim, Within

OURS = "our operationalisation"

IDS = {1.0: "entropy", 2.0: "euclid", 3.0: "three"}
"""What identifiers call the true geometries, by exponent."""

SPELT = {1.0: "the negative entropy", 2.0: "the Euclidean potential", 3.0: "the 3-norm"}
"""What sentences call them."""

RECORDING: tuple[Claim, ...] = (
    *(
        Claim(
            f"synapses-{IDS[truth]}-{IDS[rival]}",
            f"Fifty paired synapses suffice to rule out {SPELT[rival]} where {SPELT[truth]} holds.",
            OURS,
            "synapses for which the likelihood rejects the rival at 5 % in 80 % of experiments; sizes change by 10 % and spread "
            "by 0.4 in the logarithm, no measurement noise",
            Below(50.0),
        )
        for truth, rival in ((1.0, 2.0), (2.0, 1.0), (3.0, 2.0))
    ),
    Claim(
        "synapses-likelihood",
        "To rule out a geometry, the likelihood needs less than half of the synapses that the paper's distance needs.",
        OURS,
        "synapses needed by likelihood over those needed by distance, sizes that change by 10 % and spread by 0.4, geometric "
        "mean over the six pairs of geometries",
        Below(0.5),
    ),
    Claim(
        "synapses-spread",
        "If synapses are nearly of one size, many more are needed to rule out a geometry: it is their spread that tells.",
        OURS,
        "synapses that the likelihood needs if the logarithm of sizes spreads by 0.2 over those if by 0.4, changes of 10 %, "
        "geometric mean over the six pairs",
        Above(2.0),
    ),
    Claim(
        "noise-down",
        "Measurement noise that nobody told of is read as plasticity in proportion to size: the exponent falls.",
        OURS,
        "inferred exponent minus the true one for the 3-norm with 5 % noise, changes of 10 % and the most synapses, mean over "
        "experiments",
        Below(-0.5),
    ),
    Claim(
        "noise-hides",
        "With 5 % noise that is ignored, no experiment finds Euclid or the 3-norm, however many synapses it follows.",
        OURS,
        "share of experiments that name the true geometry, Euclid or 3-norm, changes of 10 %, most synapses",
        Below(0.1),
    ),
    Claim(
        "noise-known",
        "If measurement noise is known, the likelihood finds the exponent of the 3-norm all the same.",
        OURS,
        "inferred exponent for the 3-norm with 5 % noise, corrected, changes of 10 %, most synapses, mean over experiments",
        Within(3.0, 0.1),
    ),
    Claim(
        "noise-named",
        "If measurement noise is known, experiments name the geometry all the same.",
        OURS,
        "share of experiments with 5 % noise that name the true geometry of three, corrected, changes of 10 %, most synapses",
        Above(0.85),
    ),
    Claim(
        "noise-underestimated",
        "Measurement noise must be known well: if half of it is assumed, the 3-norm is not found.",
        OURS,
        "share of experiments with 5 % noise, taken for 2.5 %, that name the 3-norm, their truth, changes of 10 %, the middle "
        "number of synapses",
        Below(0.1),
        control=True,
    ),
    Claim(
        "noise-too-much",
        "To know the measurement noise does not help where it is twice the change and synapses are few: the negative entropy "
        "cannot be told any more.",
        OURS,
        "share of experiments with 20 % noise and changes of 10 %, corrected, that name the negative entropy, their truth, with "
        "the fewest synapses",
        Below(0.5),
        control=True,
    ),
    Claim(
        "spines",
        "If all synapses had once been equal, the sizes of real spines rule out Euclidean plasticity.",
        "remark of the authors on their own data, quoted in the public reviews; the table and the statistic are ours",
        "exponent of Box and Cox that makes spine volumes most Gaussian, plus one",
        Below(1.5),
    ),
    Claim(
        "pretrained",
        "In image networks pretrained on ImageNet and fine-tuned, the most Gaussian change names the geometry.",
        "abstract; the protocol is that of the official code",
        "lesser distance of the wrong two over the right one, all kernels and matrices together as they are, least over true "
        "geometries, mean over networks and seeds",
        Above(1.0),
    ),
)
