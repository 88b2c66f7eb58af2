"""How the claims for an experimenter are judged: numbers of synapses, measurement noise, real tables, pretrained networks."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from learning_geometry.claims import Judgement
from learning_geometry.instruments.statistics import Interval, mean_interval
from learning_geometry.store import Record, Records
from learning_geometry.studies.synaptic_weights.declared import IDS
from learning_geometry.studies.synaptic_weights.judging import BY_ID, count, over_seeds

_Cells = Mapping[tuple[int, int], tuple[int, ...]]
"""Where the number of synapses of a pair of truth and rival stands."""

_PAIRS = [(t, r) for t in range(3) for r in range(3) if t != r]


def power(record: Record) -> list[Judgement]:
    """Judge how many synapses are needed; the reference design is the middle one of changes and of spreads."""
    change, spread = len(record["changes"]) // 2, len(record["spreads"]) // 2
    statistics, names = list(record["statistics"]), list(IDS.values())
    likelihood, distance = statistics.index("likelihood"), statistics.index("cdf_distance")
    found = []
    for truth, rival in ((0, 1), (1, 0), (2, 1)):
        at = (likelihood, change, spread, truth, rival)
        claim = f"synapses-{names[truth]}-{names[rival]}"
        if record["required"][at] < 0:
            found.append(BY_ID[claim].not_tested("more synapses are needed than were tried"))
        else:
            ends = float(record["low"][at]), float(record["high"][at])
            found.append(BY_ID[claim].judge(float(record["required"][at]), interval=ends, n_seeds=1))
    own = {pair: (likelihood, change, spread, *pair) for pair in _PAIRS}
    return [
        *found,
        _ratio("synapses-likelihood", record, own, {pair: (distance, change, spread, *pair) for pair in _PAIRS}),
        _ratio("synapses-spread", record, {pair: (likelihood, change, 0, *pair) for pair in _PAIRS}, own),
    ]


def _ratio(
    claim: str,
    record: Record,
    above: _Cells,
    below: _Cells,
) -> Judgement:
    """Judge a geometric mean of ratios of numbers of synapses, over all pairs for which both numbers were found."""
    ratios, variances = [], []
    for pair in _PAIRS:
        ends = [(record["required"][at], record["low"][at], record["high"][at]) for at in (above[pair], below[pair])]
        if min(end[0] for end in ends) < 0:
            continue
        ratios.append(np.log(ends[0][0] / ends[1][0]))
        variances.append(sum((np.log(high / low) / (2 * 1.96)) ** 2 for _, low, high in ends))
    if not ratios:
        return BY_ID[claim].not_tested("more synapses are needed than were tried")
    mean, error = float(np.mean(ratios)), 1.96 * float(np.sqrt(np.sum(variances))) / len(ratios)
    low, value, high = np.exp([mean - error, mean, mean + error])
    return BY_ID[claim].judge(float(value), interval=(float(low), float(high)), n_seeds=1, note=f"{len(ratios)} pairs")


def noise(record: Record) -> list[Judgement]:
    """Judge what measurement noise hides and what its correction finds again."""
    trials = int(record.unit.parameters["replicates"])
    noises, truths = list(record["noises"]), list(record["truths"])
    if 0.05 not in noises:
        return [
            claim.not_tested("no noise of 5 % was asked for")
            for name, claim in BY_ID.items()
            if name.startswith("noise-")
        ]
    at, entropy, three = noises.index(0.05), truths.index(1.0), truths.index(3.0)
    named = np.rint(record["identified"] * trials).astype(int)
    most = f"{record['synapses'][-1]:,} synapses"
    bias, bias_interval = _exponent(record, (three, at, 0, -1), trials)
    known, known_interval = _exponent(record, (three, at, 1, -1), trials)
    others = [t for t in range(len(truths)) if t != entropy]
    assumed = record["assumed"]
    halved = int(np.rint(assumed["identified"][three, list(assumed["ratios"]).index(0.5)] * trials))
    return [
        BY_ID["noise-down"].judge(
            bias - 3, interval=(bias_interval.low - 3, bias_interval.high - 3), n_seeds=trials, note=most
        ),
        count("noise-hides", int(named[others, at, 0, -1].sum()), len(others) * trials, trials),
        BY_ID["noise-known"].judge(known, interval=known_interval, n_seeds=trials, note=most),
        count("noise-named", int(named[:, at, 1, -1].sum()), len(truths) * trials, trials),
        count("noise-underestimated", halved, trials, trials),
        count("noise-too-much", int(named[entropy, -1, 1, 0]), trials, trials),
    ]


def _exponent(record: Record, at: tuple[int, ...], trials: int) -> tuple[float, Interval]:
    mean, deviation = float(record["exponent"][at]), float(record["exponent_sd"][at])
    # The t interval of a sample with this mean and standard deviation.
    signs = np.resize([-1.0, 1.0], trials) - np.resize([-1.0, 1.0], trials).mean()
    return mean, mean_interval(mean + deviation * signs / signs.std(ddof=1))


def spines(records: Records) -> Judgement:
    """Judge the public cross-section of spine volumes, where its table was given."""
    found = [record for record in records if record.unit.experiment == "spines" and "cross_section" in record.result]
    if not found:
        return BY_ID["spines"].not_tested("the table of the MICrONS release is not part of this project")
    table = found[0]["cross_section"]
    low, high = (float(end) for end in table["exponent_interval"])
    return BY_ID["spines"].judge(
        float(table["exponent"]),
        interval=(low, high),
        n_seeds=1,
        note=f"{len(table['volumes']):,} spines, one time only",
    )


def pretrained(records: Records) -> Judgement:
    """Judge pretrained networks, where some were asked for."""
    found = [record for record in records if record.unit.experiment == "pretrained"]
    if not found:
        return BY_ID["pretrained"].not_tested("no pretrained network was asked for")
    return over_seeds("pretrained", [_least_ratio(record) for record in found], f"{len(found)} runs")


def _least_ratio(record: Record) -> float:
    truths, candidates = list(record["truths"]), list(record["candidates"])
    distances: NDArray[np.float64] = record["cdf_distance"]
    ratios = []
    for t, truth in enumerate(truths):
        wrong = min(distances[t, candidates.index(rival)] for rival in truths if rival != truth)
        ratios.append(wrong / distances[t, candidates.index(truth)])
    return float(min(ratios))
