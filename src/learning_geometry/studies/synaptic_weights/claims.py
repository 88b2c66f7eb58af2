"""How the records of the study of synaptic weights judge its claims."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from learning_geometry.claims import Judgement
from learning_geometry.instruments.dual_change import (
    cdf_distance_critical,
    cdf_distance_floor,
    shapiro_wilk_critical,
)
from learning_geometry.store import Record, Records
from learning_geometry.studies.synaptic_weights import recording_claims
from learning_geometry.studies.synaptic_weights.declared import CLAIMS
from learning_geometry.studies.synaptic_weights.judging import BY_ID, over_seeds, share
from learning_geometry.studies.synaptic_weights.networks import HARDLY
from learning_geometry.studies.synaptic_weights.recording_declared import IDS

__all__ = ["CLAIMS", "judge"]

Array = NDArray[np.float64]

_OF_NETWORK = {
    "recurrent": (
        *(f"recurrent-{name}" for name in IDS.values()),
        "recurrent-fine",
        "networks-floor",
        *(f"exponent-{name}" for name in IDS.values()),
    ),
    "perceptron": ("perceptron",),
    "convolutional": ("convolutional", "convolutional-layers"),
}

_HARDLY = ("hardly", "hardly-exponent")


def judge(records: Records) -> list[Judgement]:
    """Judge every claim, in the order of declaration."""
    half = records.of("regression", power=0.5, inputs="correlated")[0]
    many = records.of("regression", power=0.75)[0]
    heavy = records.of("regression", inputs="heavy-tailed")[0]
    binary, single = (records.of("regression", inputs="binary", power=power)[0] for power in (0.5, 0.0))
    found = [
        *_simulation(records.of("simulation")[0]),
        *_regression(half, many),
        *(_matched(*each) for each in (("binary", binary), ("single", single), ("heavy", heavy))),
        *_networks(records.of("networks")),
        *_shapes(records.of("shapes")[0]),
        *recording_claims.power(records.of("power")[0]),
        *recording_claims.noise(records.of("noise")[0]),
        recording_claims.spines(records),
        recording_claims.pretrained(records),
    ]
    return sorted(found, key=lambda judgement: list(BY_ID).index(judgement.claim.id))


class _Matrix:
    """Distances `(truths, candidates, ...)` and how the right candidate of each truth compares with wrong ones."""

    def __init__(self, record: Record, distances: Array) -> None:
        self.distances, self.candidates = distances, list(record["candidates"])
        self.truths = list(record["truths"])
        self.right = np.array([self.candidates.index(truth) for truth in self.truths])

    def matched(self) -> Array:
        """The distance under the true potential, `(truths, ...)`."""
        return np.stack([self.distances[t, c] for t, c in enumerate(self.right)])

    def least_wrong(self, among: Sequence[float] | None = None) -> Array:
        """The least distance under a wrong potential among some, or all, `(truths, ...)`."""
        rivals = [self.candidates.index(p) for p in (among or self.candidates)]
        return np.stack(
            [np.min([self.distances[t, c] for c in rivals if c != own], axis=0) for t, own in enumerate(self.right)]
        )

    def named(self, among: Sequence[float] | None = None) -> NDArray[np.bool_]:
        """Whether the least distance is that of the truth, `(truths, ...)`."""
        named: NDArray[np.bool_] = self.matched() < self.least_wrong(among)
        return named


def _simulation(record: Record) -> list[Judgement]:
    # (truths, candidates, initials, seeds)
    matrix = _Matrix(record, np.moveaxis(record["cdf_distance"], 0, 2))
    at_floor = matrix.matched().mean((0, 1)) / cdf_distance_floor(record["synapses"])
    return [
        over_seeds("simulation-floor", at_floor),
        share("simulation-diagonal", matrix.named(), len(record["seeds"])),
    ]


def _matched(claim: str, record: Record) -> Judgement:
    """Judge the distance under the true potential, over its critical value, mean over geometries."""
    dimension = int(record["dimensions"][-1])
    distances = _Matrix(record, record["cdf_distance"][-1]).matched().mean(0)
    return over_seeds(f"regression-{claim}", distances / cdf_distance_critical(dimension), f"D = {dimension:,}")


def _falls(half: Record) -> Judgement:
    dimensions = half["dimensions"]
    if len(dimensions) < 2:
        return BY_ID["regression-falls"].not_tested("one size of the model gives no slope")
    distances = _Matrix(half, np.moveaxis(half["cdf_distance"], 0, 2)).matched().mean(0)
    slopes = np.polyfit(np.log(dimensions), np.log(distances), 1)[0]
    return over_seeds("regression-falls", slopes, f"D from {dimensions[0]:,} to {dimensions[-1]:,}")


def _regression(half: Record, many: Record) -> list[Judgement]:
    dimensions, truths = half["dimensions"], list(half["truths"])
    critical = cdf_distance_critical(int(dimensions[-1]))
    sizes = f"D = {dimensions[-1]:,}, N = {half['samples'][-1]:,}"
    largest = _Matrix(half, half["cdf_distance"][-1])
    at = largest.candidates.index
    crowded = _Matrix(many, many["cdf_distance"][-1])
    three = crowded.distances[crowded.truths.index(3.0)]
    return [
        *(
            over_seeds(f"regression-{name}", largest.matched()[truths.index(p)] / critical, sizes)
            for p, name in IDS.items()
        ),
        *(
            over_seeds(f"regression-{name}-as-{other}", largest.distances[truths.index(p), at(q)] / critical, sizes)
            for p, name in IDS.items()
            for q, other in IDS.items()
            if p != q
        ),
        share("regression-names", largest.named(list(IDS)), len(half["seeds"])),
        _falls(half),
        over_seeds("regression-many", three[crowded.candidates.index(2.5)] - three[crowded.candidates.index(3.0)]),
    ]


def _networks(records: Sequence[Record]) -> list[Judgement]:
    three = list(IDS)

    def ratios(name: str, among: Sequence[float], distances: str = "pooled") -> Array:
        """Least wrong distance over the right one, `(seeds, truths, ...)`."""
        matrices = [_Matrix(record, _candidates_second(record["networks"][name][distances])) for record in records]
        return np.array([matrix.least_wrong(among) / matrix.matched() for matrix in matrices])

    found = []
    trained = list(records[0]["networks"])
    for name, claims in _OF_NETWORK.items():
        if name not in trained:
            found += [BY_ID[claim].not_tested(f"no {name} network was asked for") for claim in claims]
    if "recurrent" in trained:
        recurrent = [record["networks"]["recurrent"] for record in records]
        critical = cdf_distance_critical(int(recurrent[0]["weights"].sum()))
        matched = [_Matrix(record, record["networks"]["recurrent"]["pooled"]).matched().mean() for record in records]
        found += [
            *(over_seeds(f"recurrent-{name}", ratios("recurrent", three)[:, t]) for t, name in enumerate(IDS.values())),
            over_seeds("recurrent-fine", ratios("recurrent", []).min(1)),
            over_seeds("networks-floor", np.array(matched) / critical),
            *(
                over_seeds(f"exponent-{name}", [one["exponent"][t].mean() for one in recurrent])
                for t, name in enumerate(IDS.values())
            ),
        ]
    if "perceptron" in trained:
        found.append(over_seeds("perceptron", ratios("perceptron", three).min(1)))
    if "convolutional" in trained:
        layers = ratios("convolutional", [], "cdf_distance").min((1, 2))
        found += [
            over_seeds("convolutional", ratios("convolutional", three).min(1)),
            over_seeds("convolutional-layers", layers),
        ]
    shuffled = [
        np.mean(
            [
                _Matrix(record, one["shuffled"]).named(three)
                for name, one in record["networks"].items()
                if name != HARDLY
            ]
        )
        for record in records
    ]
    right = np.mean([record["networks"][HARDLY]["pretrained_accuracy"].mean() for record in records])
    before = f"{100 * right:.0f} % of images right before"
    if records[0].unit.parameters["hardly"] != "convolutional":
        found += [BY_ID[claim].not_tested("the control is no convolutional network") for claim in _HARDLY]
    elif right > 0.9:
        found += [BY_ID[claim].not_tested(f"the control had learnt too much: {before}") for claim in _HARDLY]
    else:
        exponents = [record["networks"][HARDLY]["exponent"][-1].mean() for record in records]
        found += [
            over_seeds("hardly", ratios(HARDLY, three)[:, -1], before),
            over_seeds("hardly-exponent", exponents, before),
        ]
    return [*found, over_seeds("shuffled", shuffled)]


def _candidates_second(distances: Array) -> Array:
    """`(truths, layers, candidates)` with candidates before layers, `(truths, candidates)` as it is."""
    return distances.swapaxes(1, -1)


def _shapes(record: Record) -> list[Judgement]:
    initials = list(record["initials"])
    constant = initials.index("constant")
    truths = list(record["truths"])
    paired = _Matrix(record, np.moveaxis(record["ks"], 0, 2))
    unpaired = _Matrix(record, np.moveaxis(record["ks_unpaired"], 0, 2))
    margins = (paired.least_wrong(list(IDS)) - paired.matched()).min(0)
    apart = (unpaired.least_wrong(list(IDS)) - unpaired.matched()).min((0, 1))
    normality = record["shapiro_log"][constant]
    entropy = truths.index(1.0)
    others = np.delete(normality, entropy, axis=0).max(0)
    return [
        *(over_seeds(f"shapes-{initial}", margins[i]) for i, initial in enumerate(initials)),
        over_seeds("shapes-unpaired", apart),
        over_seeds("shapes-euclid", record["skewness_log"][constant, truths.index(2.0)]),
        over_seeds("shapes-entropy", normality[entropy] - others),
        over_seeds(
            "shapes-exactly", normality[entropy] - shapiro_wilk_critical(int(record.unit.parameters["synapses"]))
        ),
    ]
