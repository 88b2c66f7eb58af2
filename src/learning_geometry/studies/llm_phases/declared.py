"""The claims of the study, declared with their statistics and rules before they are measured."""

from learning_geometry.claims import Above, Below, Claim
from learning_geometry.studies.llm_phases._published import TABLE_1

_OURS = "our operationalisation"
_ABSTRACT = "abstract and figure 2; a model of our own scale"
_THEORY = "figure 5 and the analysis of a linear model; generic start and statistic are ours"
_MEAN = "mean over seeds"
_FALL = (
    "fall of RankMe from its peak to the last checkpoint, in percent of the peak, located on half of the contexts and "
    "measured on the others, mean over seeds"
)

ASYMMETRY = sum(row.removed_10 - row.retained_10 for row in TABLE_1.values()) / len(TABLE_1)
"""What table 1 shows: accuracy without the leading ten directions minus accuracy with them alone, mean over models."""

_THEORY_CLAIMS = (
    Claim(
        "theory-collapse",
        "With skewed class frequencies the linear model first collapses onto few directions.",
        _THEORY,
        f"RankMe at its dip divided by RankMe at the start, {_MEAN}",
        Below(0.7),
    ),
    Claim(
        "theory-expansion",
        "Then its representation expands.",
        _THEORY,
        f"RankMe at its peak divided by RankMe at the dip, {_MEAN}",
        Above(1.5),
    ),
    Claim(
        "theory-compression",
        "At last it compresses again, although nothing but cross-entropy drives it.",
        _THEORY,
        f"fall of RankMe from its peak to the trough after it, in percent of the peak, {_MEAN}",
        Above(2.0, partly=0.0),
    ),
    Claim(
        "theory-squared-error",
        "Without cross-entropy (squared errors instead) there is no compression.",
        _THEORY,
        f"fall of RankMe from its peak, in percent, {_MEAN}",
        Below(1.0),
        control=True,
    ),
    Claim(
        "theory-uniform-collapse",
        "Without skew (uniform class frequencies) there is no collapse.",
        _THEORY,
        f"RankMe at its dip divided by RankMe at the start, {_MEAN}",
        Above(0.9),
        control=True,
    ),
    Claim(
        "theory-uniform",
        "Without skew there is no compression either.",
        _THEORY,
        f"fall of RankMe from its peak, in percent, {_MEAN}",
        Below(1.0),
        control=True,
    ),
    Claim(
        "theory-no-bottleneck",
        "Without a bottleneck (as many dimensions as classes) there is no compression.",
        _THEORY,
        f"fall of RankMe from its peak, in percent, {_MEAN}",
        Below(1.0),
        control=True,
    ),
    Claim(
        "theory-map",
        "Compression is confined to narrow bottlenecks: with a quarter as many dimensions as classes or more there is "
        "none, whatever the skew.",
        f"{_OURS}, beyond the paper",
        "largest mean fall over skews and dimensions of at least a quarter of the classes, in percent, over its seeds",
        Below(1.0),
    ),
)

_MODEL_CLAIMS = (
    Claim(
        "collapse",
        "Pretraining begins with a collapse of the representation (the paper's warm-up).",
        _ABSTRACT,
        f"RankMe at its floor divided by RankMe before training, {_MEAN}",
        Below(0.6),
    ),
    Claim(
        "expansion",
        "Then the representation expands (entropy-seeking).",
        _ABSTRACT,
        f"RankMe at its peak divided by RankMe at its floor, {_MEAN}",
        Above(1.5),
    ),
    Claim(
        "compression",
        "At last it contracts again (compression-seeking).",
        _ABSTRACT,
        _FALL,
        Above(0.0),
    ),
    Claim(
        "compression-size",
        "The compression is more than jitter: RankMe loses at least 8 % of its peak.",
        f"{_ABSTRACT}; the threshold is ours",
        _FALL,
        Above(8.0, partly=0.0),
    ),
    Claim(
        "finder",
        "A rule that knows nothing of the paper finds exactly these three phases, in this order, in most seeds.",
        _OURS,
        "share of seeds",
        Above(0.4),
    ),
    Claim(
        "finder-agrees",
        "Seeds agree on where the phases begin, within a factor of two.",
        _OURS,
        "distance of the two turning points from their medians over seeds, in decades of steps, mean over both and over "
        "the seeds with three phases",
        Below(0.3),
    ),
    Claim(
        "alpha-first",
        "Alpha-ReQ turns before RankMe peaks.",
        "figure 2, where its minimum stands at fewer tokens than the peak of RankMe",
        f"log10 of the step of alpha-ReQ's minimum over the step of RankMe's peak, {_MEAN}",
        Below(0.0),
    ),
    Claim(
        "loss-monotone",
        "The loss falls monotonically through all of this, so that it does not show the phases.",
        "figure 2",
        f"largest rise of the held-out loss above what it had reached before, after RankMe's floor, in nats, {_MEAN}",
        Below(0.02),
    ),
    Claim(
        "memorisation-rises",
        "Memorisation, the likeness of the model to infini-grams, rises within the entropy-seeking phase.",
        "figure 3a; running text instead of trivia answers",
        f"Spearman correlation with the infini-gram at RankMe's peak minus at its floor, {_MEAN}",
        Above(0.05),
    ),
    Claim(
        "memorisation-stops",
        "It does not rise further while the representation contracts.",
        "figure 3a, where it stays or falls slightly",
        f"Spearman correlation with the infini-gram at the last checkpoint minus at RankMe's peak, {_MEAN}",
        Below(0.02),
    ),
    Claim(
        "bigrams-peak",
        "The model's first choice is most often that of the bigram while the representation still expands.",
        f"{_OURS}, for short n-grams",
        f"log10 of the step where agreement with the bigram is highest over the step of RankMe's peak, {_MEAN}",
        Below(0.0),
    ),
    Claim(
        "directions",
        "The leading directions are expendable and not sufficient: accuracy survives their removal, but not their being "
        "retained alone.",
        "table 1, on multiple-choice questions; next tokens and one direction in thirty-two are ours",
        "accuracy without the leading direction minus with it alone, divided by the whole accuracy, at the last "
        "checkpoint, mean over seeds",
        Above(0.5),
    ),
    Claim(
        "directions-random",
        "But they are worth more than random ones: removing a quarter of the dimensions costs more where they lead.",
        f"{_OURS}, the comparison that table 1 lacks",
        "accuracy without random directions minus without as many leading ones, divided by the whole accuracy, at the "
        "last checkpoint, mean over seeds",
        Above(0.0),
    ),
    Claim(
        "head",
        "The compression is one of the head of the spectrum: without the two leading directions RankMe hardly falls.",
        f"{_OURS}; the paper ascribes it to anisotropic consolidation",
        "fall from RankMe's peak to the last checkpoint of RankMe without the two leading directions, in percent, mean "
        "over seeds",
        Below(3.0),
    ),
    Claim(
        "gain",
        "Much of it is written by the gain of the final norm: without the gain RankMe falls less.",
        _OURS,
        f"fall with the gain minus fall without it, from RankMe's peak to the last checkpoint, in percent, {_MEAN}",
        Above(0.0),
    ),
    Claim(
        "no-bottleneck",
        "Without a bottleneck (as many dimensions as tokens) the compression is lost.",
        f"{_ABSTRACT}; 32 characters instead of 1,024 tokens",
        _FALL,
        Below(2.0),
        control=True,
    ),
    Claim(
        "uniform",
        "With uniform targets (tokens weighted by the inverse of their frequency) it is lost.",
        _ABSTRACT,
        _FALL,
        Below(2.0),
        control=True,
    ),
    Claim(
        "squared-error",
        "With squared errors instead of cross-entropy it is lost.",
        _ABSTRACT,
        _FALL,
        Below(2.0),
        control=True,
    ),
)

_SERIES_CLAIMS = (
    Claim(
        "series-phases",
        "The released checkpoints of Pythia and OLMo-2 go through the three phases.",
        "abstract and figure 2",
        "share of traced series in which the phase finder finds collapse, expansion and compression, in this order",
        Above(0.4),
    ),
    Claim(
        "series-alpha-first",
        "In them alpha-ReQ turns before RankMe peaks.",
        "figure 2",
        "log10 of the step of alpha-ReQ's minimum over the step of RankMe's peak, mean over series",
        Below(0.0),
    ),
    Claim(
        "series-directions",
        "On SciQ the tail of the spectrum carries the task and the ten leading directions are expendable.",
        "table 1",
        "accuracy without the leading ten directions minus with them alone, at the last checkpoint, mean over series",
        Above(0.5),
        paper_value=round(ASYMMETRY, 3),
    ),
)

CLAIMS: tuple[Claim, ...] = (*_THEORY_CLAIMS, *_MODEL_CLAIMS, *_SERIES_CLAIMS)
