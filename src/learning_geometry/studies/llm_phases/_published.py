"""What the paper's figures and tables show: points read off the figures by eye, within a few percent, and printed numbers."""

from typing import NamedTuple

TOKENS_PER_PYTHIA_STEP = 2_097_152
"""Tokens in one training step of Pythia."""


class Curve(NamedTuple):
    """Five points of a curve of RankMe over training tokens, read off figure 2: start, floor, rise, peak, last."""

    tokens: tuple[float, ...]
    rankme: tuple[float, ...]


CURVES: dict[str, Curve] = {
    "Pythia-1B": Curve((1.7e7, 1.7e8, 1e9, 2.3e10, 3e11), (390, 30, 120, 810, 280)),
    "Pythia-6.9B": Curve((1.7e7, 3.7e8, 1e9, 5e10, 3e11), (622, 20, 35, 800, 335)),
    "Pythia-12B": Curve((1.7e7, 5e8, 1e9, 4.5e10, 3e11), (723, 12, 25, 800, 280)),
    "OLMo-2-7B": Curve((4e8, 7e8, 2.5e9, 5.5e10, 1.4e12, 4e12), (160, 75, 150, 1040, 330, 430)),
}
"""Curves of RankMe; OLMo-2 has a sixth point, after its late rise."""


class Ablation(NamedTuple):
    """A row of table 8: accuracy on SciQ, whole, and with the leading 10 or 50 directions removed or retained alone."""

    original: float
    removed_10: float
    retained_10: float
    removed_50: float
    retained_50: float


TABLE_8: dict[str, Ablation] = {
    "Pythia-1B": Ablation(0.838, 0.849, 0.225, 0.835, 0.318),
    "Pythia-1.4B": Ablation(0.866, 0.855, 0.232, 0.859, 0.324),
    "Pythia-2.8B": Ablation(0.884, 0.880, 0.219, 0.873, 0.317),
    "Pythia-6.9B": Ablation(0.896, 0.893, 0.202, 0.906, 0.327),
    "OLMo-2-1B": Ablation(0.953, 0.943, 0.199, 0.954, 0.326),
    "OLMo-2-7B": Ablation(0.970, 0.966, 0.155, 0.970, 0.308),
}
"""Table 8 as printed."""

ASYMMETRY_10 = sum(row.removed_10 - row.retained_10 for row in TABLE_8.values()) / len(TABLE_8)
"""What table 8 shows: accuracy without the leading ten directions minus accuracy with them alone, mean over models."""

ASYMMETRY_50 = sum(row.removed_50 - row.retained_50 for row in TABLE_8.values()) / len(TABLE_8)
"""The same for the leading fifty."""

TABLE_7: dict[str, float] = {
    "3 or less": 25.41, "4": 46.61, "5": 16.71, "6": 6.08, "7": 2.4, "8": 1.46, "more than 8": 1.34
}  # fmt: skip
"""Table 7 as printed: suffix lengths of the infini-gram on TriviaQA, in percent of contexts."""

SHORT_SUFFIXES = ("3 or less", "4", "5")
"""What we take for short and medium suffixes."""


class Correlation(NamedTuple):
    """A row of table 9: correlation over checkpoints of accuracy on SciQ with alpha-ReQ and with RankMe."""

    alpha: float
    rankme: float


TABLE_9: dict[str, Correlation] = {
    "Pythia-1B": Correlation(0.810, -0.759),
    "Pythia-1.4B": Correlation(0.668, -0.713),
    "Pythia-2.8B": Correlation(0.694, -0.635),
    "Pythia-6.9B": Correlation(0.837, -0.885),
    "Pythia-12B": Correlation(0.836, -0.839),
    "OLMo-2-1B": Correlation(0.540, -0.616),
}
"""Table 9 as printed."""

MEMORISATION: dict[str, tuple[float, float, float]] = {
    "Pythia-1B": (9e9, 0.338, 0.332),
    "Pythia-6.9B": (2e10, 0.342, 0.322),
    "Pythia-12B": (5e9, 0.342, 0.32),
}
"""Read off figure 3A: tokens at which the correlation with infini-grams peaks, its height there, and at the end."""
