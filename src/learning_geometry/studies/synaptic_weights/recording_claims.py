"""How the claims for an experimenter are judged: numbers of synapses, measurement noise, real tables, pretrained networks."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from learning_geometry.claims import Judgement
from learning_geometry.instruments.statistics import Interval, mean_interval
from learning_geometry.store import Record, Records
from learning_geometry.studies.synaptic_weights.judging import BY_ID, count, over_seeds
from learning_geometry.studies.synaptic_weights.recording_declared import IDS

_Cells = Mapping[tuple[int, int], tuple[int, ...]]
"""Where the number of synapses of a pair of truth and rival stands."""

_PAIRS = [(t, r) for t in range(3) for r in range(3) if t != r]

# The designs that the claims speak of.
_CHANGE, _SPREAD, _NARROW = 0.1, 0.4, 0.2
_NOISE, _LOUD = 0.05, 0.2


def power(record: Record) -> list[Judgement]:
    """Judge how many synapses are needed at the change and the spreads that the claims speak of."""
    changes, spreads = list(record["changes"]), list(record["spreads"])
    if _CHANGE not in changes or _SPREAD not in spreads:
        reason = "no change of 10 % with a spread of 0.4 was asked for"
        return [claim.not_tested(reason) for name, claim in BY_ID.items() if name.startswith("synapses-")]
    change, spread = changes.index(_CHANGE), spreads.index(_SPREAD)
    most = float(record.unit.parameters["max_synapses"])
    statistics, names = list(record["statistics"]), list(IDS.values())
    likelihood, distance = statistics.index("likelihood"), statistics.index("cdf_distance")
    found = []
    for truth, rival in ((0, 1), (1, 0), (2, 1)):
        at = (likelihood, change, spread, truth, rival)
        claim = f"synapses-{names[truth]}-{names[rival]}"
        if record["required"][at] < 0:  # a number is not known, but that it is larger
            note = f"more than {most:,.0f} are needed"
            found.append(BY_ID[claim].judge(most, interval=(most, most), n_seeds=1, note=note))
        else:
            ends = float(record["low"][at]), float(record["high"][at])
            found.append(BY_ID[claim].judge(float(record["required"][at]), interval=ends, n_seeds=1))
    own = {pair: (likelihood, change, spread, *pair) for pair in _PAIRS}
    by_distance = {pair: (distance, change, spread, *pair) for pair in _PAIRS}
    found.append(_ratio("synapses-likelihood", record, own, by_distance, beyond=1))
    if _NARROW not in spreads:
        return [*found, BY_ID["synapses-spread"].not_tested("no spread of 0.2 was asked for")]
    narrow = {pair: (likelihood, change, spreads.index(_NARROW), *pair) for pair in _PAIRS}
    return [*found, _ratio("synapses-spread", record, narrow, own, beyond=0)]


def _ratio(
    claim: str,
    record: Record,
    above: _Cells,
    below: _Cells,
    beyond: int,
) -> Judgement:
    """Judge a geometric mean of ratios of numbers of synapses.

    Numbers that were not found are above the most that were tried, and these stand for them on one side of the ratio,
    above (`beyond` 0) or below (1), where that makes the claim harder to fulfil; on the other side they leave it untested.
    """
    most = float(record.unit.parameters["max_synapses"])
    logarithm, variance, missing = 0.0, 0.0, 0
    for pair in _PAIRS:
        for side, at in enumerate((above[pair], below[pair])):
            needed, low, high = (float(record[name][at]) for name in ("required", "low", "high"))
            if needed < 0:
                if side != beyond:
                    return BY_ID[claim].not_tested("more synapses are needed than were tried")
                needed = low = high = most
                missing += 1
            logarithm += (1 - 2 * side) * np.log(needed) / len(_PAIRS)
            variance += (np.log(high / low) / (2 * 1.96) / len(_PAIRS)) ** 2
    error = 1.96 * np.sqrt(variance)
    ends = float(np.exp(logarithm - error)), float(np.exp(logarithm + error))
    note = f"{missing} of 12 numbers are above the {most:,.0f} that stand for them" if missing else ""
    return BY_ID[claim].judge(float(np.exp(logarithm)), interval=ends, n_seeds=1, note=note)


def noise(record: Record) -> list[Judgement]:
    """Judge what measurement noise hides and what its correction finds again."""
    trials = int(record.unit.parameters["replicates"])
    noises, truths = list(record["noises"]), list(record["truths"])
    if _NOISE not in noises or record["change"] != _CHANGE:
        reason = f"no noise of 5 % {'with changes of 10 % ' * (_NOISE in noises)}was asked for"
        return [claim.not_tested(reason) for name, claim in BY_ID.items() if name.startswith("noise-")]
    at, entropy, three = noises.index(_NOISE), truths.index(1.0), truths.index(3.0)
    named = np.rint(record["identified"] * trials).astype(int)
    most = f"{record['synapses'][-1]:,} synapses"
    bias, bias_interval = _exponent(record, (three, at, 0, -1), trials)
    known, known_interval = _exponent(record, (three, at, 1, -1), trials)
    others = [t for t in range(len(truths)) if t != entropy]
    return [
        BY_ID["noise-down"].judge(
            bias - 3, interval=(bias_interval.low - 3, bias_interval.high - 3), n_seeds=trials, note=most
        ),
        count("noise-hides", int(named[others, at, 0, -1].sum()), len(others) * trials, trials),
        BY_ID["noise-known"].judge(known, interval=known_interval, n_seeds=trials, note=most),
        count("noise-named", int(named[:, at, 1, -1].sum()), len(truths) * trials, trials),
        _underestimated(record["assumed"], three, trials),
        BY_ID["noise-too-much"].not_tested("no noise of 20 % was asked for")
        if _LOUD not in noises
        else count("noise-too-much", int(named[entropy, noises.index(_LOUD), 1, 0]), trials, trials),
    ]


def _underestimated(assumed: Mapping[str, Any], truth: int, trials: int) -> Judgement:
    if assumed["noise"] != _NOISE:
        return BY_ID["noise-underestimated"].not_tested("a noise of 5 % is not the middle one")
    named = int(np.rint(assumed["identified"][truth, list(assumed["ratios"]).index(0.5)] * trials))
    return count("noise-underestimated", named, trials, trials)


def _exponent(record: Record, at: tuple[int, ...], trials: int) -> tuple[float, Interval]:
    mean, deviation = float(record["exponent"][at]), float(record["exponent_sd"][at])
    # The t interval of a sample with this mean and standard deviation.
    signs = np.resize([-1.0, 1.0], trials) - np.resize([-1.0, 1.0], trials).mean()
    low, high = mean_interval(mean + deviation * signs / signs.std(ddof=1))
    return mean, Interval(min(low, mean), max(high, mean))  # without spread, the last bit may differ


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
    moved = [record for record in found if np.min(record["cdf_distance"]) >= 0]
    if not moved:
        return BY_ID["pretrained"].not_tested("no weights of the pretrained networks moved")
    return over_seeds("pretrained", [_least_ratio(record) for record in moved], f"{len(moved)} of {len(found)} runs")


def _least_ratio(record: Record) -> float:
    truths, candidates = list(record["truths"]), list(record["candidates"])
    distances: NDArray[np.float64] = record["cdf_distance"]
    ratios = []
    for t, truth in enumerate(truths):
        wrong = min(distances[t, candidates.index(rival)] for rival in truths if rival != truth)
        ratios.append(wrong / distances[t, candidates.index(truth)])
    return float(min(ratios))
