"""How the records of the study judge its claims."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from learning_geometry.claims import Judgement
from learning_geometry.instruments.phases import Phase, phases, resampled_phases
from learning_geometry.instruments.statistics import mean_interval, proportion_interval
from learning_geometry.store import Record, Records
from learning_geometry.studies.llm_phases._curves import Series, fall, series, turns
from learning_geometry.studies.llm_phases.declared import CLAIMS
from learning_geometry.studies.llm_phases.experiments._free_features import turning_points

__all__ = ["CLAIMS", "judge"]

_BY_ID = {claim.id: claim for claim in CLAIMS}
_THREE = ("collapse", "expansion", "compression")
_HEAD = 1  # where `rankme_without` leaves two directions out, after the one that it leaves out first
_WIDE = 4  # the map's bottleneck counts as wide from a fourth of the classes on


def judge(records: Records) -> list[Judgement]:
    """Judge every claim, in the order of declaration."""
    reference, controls = records.of("pretraining"), records.of("controls")
    return [
        *_theory(records.of("theory")[0], records.of("theory_map")[0]),
        *_model(reference),
        *_shape(reference),
        *(_over_seeds(claim, _falls([record[name] for record in controls])) for claim, name in _CONTROLS),
        *_series(series(records)),
    ]


_CONTROLS = (("no-bottleneck", "no_bottleneck"), ("uniform", "uniform"), ("squared-error", "squared_error"))


def _over_seeds(claim: str, values: ArrayLike, note: str = "") -> Judgement:
    """Judge a claim on one value a seed; a single one has no interval and decides nothing."""
    sample = np.asarray(values, dtype=float)
    if len(sample) < 2:
        return _BY_ID[claim].not_tested("one seed gives no interval" if len(sample) else "no seed has it")
    return _BY_ID[claim].judge(float(sample.mean()), interval=mean_interval(sample), n_seeds=len(sample), note=note)


def _share(claim: str, successes: Sequence[bool], note: str = "") -> Judgement:
    if len(successes) < 2:
        return _BY_ID[claim].not_tested("one case gives no share")
    interval = proportion_interval(sum(successes), len(successes))
    return _BY_ID[claim].judge(float(np.mean(successes)), interval=interval, n_seeds=len(successes), note=note)


def _theory(record: Record, over: Record) -> list[Judgement]:
    reference = _moves(record["reference"])
    lacking = {name: _moves(record[name]) for name in ("mse", "uniform", "no_bottleneck")}
    wide = over["fall"][:, over["classes"] <= _WIDE * over["dimensions"]]
    worst = wide.reshape(-1, wide.shape[-1])[wide.mean(axis=-1).argmax()] if wide.size else None
    return [
        _over_seeds("theory-collapse", reference["dip"]),
        _over_seeds("theory-expansion", reference["peak"]),
        _over_seeds("theory-compression", reference["fall"]),
        _over_seeds("theory-squared-error", lacking["mse"]["fall"]),
        _over_seeds("theory-uniform-collapse", lacking["uniform"]["dip"]),
        _over_seeds("theory-uniform", lacking["uniform"]["fall"]),
        _over_seeds("theory-no-bottleneck", lacking["no_bottleneck"]["fall"]),
        _BY_ID["theory-map"].not_tested("the map has no bottleneck as wide as that")
        if worst is None
        else _over_seeds("theory-map", worst, "of all these cells, the one with the largest mean fall"),
    ]


def _moves(condition: Any) -> dict[str, np.ndarray]:
    """Dip over start, peak over dip, and fall after the peak in percent, of each seed."""
    rankme = condition["rankme"]
    dip, peak, trough = (np.take_along_axis(rankme, index[:, None], axis=1)[:, 0] for index in turning_points(rankme))
    return {"dip": dip / rankme[:, 0], "peak": peak / dip, "fall": 100 * (peak - trough) / peak}


def _falls(runs: Sequence[Record | Mapping[str, Any]]) -> list[float]:
    return [fall(*run["rankme_halves"].T) for run in runs]


def _model(records: Sequence[Record]) -> list[Judgement]:
    at = [turns(record["rankme"]) for record in records]
    curves = [record["rankme"] for record in records]
    found = [phases(record["steps"], record["rankme"]) for record in records]
    support = [resampled_phases(record["steps"], record["rankme_resampled"].T) for record in records]
    agreed = min(one.support if one.names == _THREE else 0.0 for one in support)
    falls = _falls(records)
    each = f"each seed: {', '.join(f'{value:.0f}' for value in falls)}"
    return [
        _over_seeds("collapse", [curve[turn.floor] / curve[0] for curve, turn in zip(curves, at, strict=True)]),
        _over_seeds("expansion", [curve[t.peak] / curve[t.floor] for curve, t in zip(curves, at, strict=True)]),
        _over_seeds("compression", falls, each),
        _over_seeds("compression-size", falls, each),
        _share(
            "finder",
            [tuple(phase.name for phase in one) == _THREE for one in found],
            f"in every seed on at least {agreed:.0%} of the resamples of its contexts; at this rule five seeds can confirm "
            "the claim but not refute it",
        ),
        _over_seeds("finder-agrees", disagreement(found)),
        *_order(records),
    ]


def disagreement(found: Sequence[Sequence[Phase]]) -> np.ndarray:
    """How far the turning points of each seed with three phases lie from the median seed's, in decades, mean of both."""
    starts = [[phase.start for phase in one[1:]] for one in found if tuple(phase.name for phase in one) == _THREE]
    if not starts:
        return np.empty(0)
    decades = np.log10(starts)
    return np.abs(decades - np.median(decades, axis=0)).mean(axis=1)


def _order(records: Sequence[Record]) -> list[Judgement]:
    at = [turns(record["rankme"]) for record in records]
    risen, since, before, bigrams, alphas = [], [], [], [], []
    for record, turn in zip(records, at, strict=True):
        memory, steps = record["memorisation"], record["steps"]
        loss = record["loss"][turn.floor :]
        risen.append(float((loss - np.minimum.accumulate(loss)).max()))
        before.append(memory["spearman"][turn.peak] - memory["spearman"][turn.floor])
        since.append(memory["spearman"][turn.end] - memory["spearman"][turn.peak])
        best = turn.floor + int(memory["bigram"][turn.floor :].argmax())
        bigrams.append(_decades(steps, best, turn.peak))
        alphas.append(alpha_lead(steps, record["alpha"], turn))
    return [
        _over_seeds("alpha-first", alphas),
        _over_seeds("loss-monotone", risen),
        _over_seeds("memorisation-rises", before),
        _over_seeds("memorisation-stops", since),
        _over_seeds("bigrams-peak", bigrams),
    ]


def alpha_lead(steps: np.ndarray, alpha: np.ndarray, turn: Any) -> float:
    """Decades by which alpha-ReQ's minimum after RankMe's floor comes later than RankMe's peak; negative if earlier."""
    lowest = turn.floor + int(alpha[turn.floor :].argmin())
    return _decades(steps, lowest, turn.peak)


def _decades(steps: np.ndarray, of: int, after: int) -> float:
    """How many decades one checkpoint comes after another; step 0, which has no logarithm, counts as the next."""
    at = np.maximum(steps, steps[steps > 0].min())
    return float(np.log10(at[of] / at[after]))


def _shape(records: Sequence[Record]) -> list[Judgement]:
    asymmetry, dearer, head, gain = [], [], [], []
    for record in records:
        carried, turn = record["directions"], turns(record["rankme"])
        asymmetry.append((carried["removed"][0] - carried["retained"][0]) / carried["original"])
        dearer.append((carried["random"][-1] - carried["removed"][-1]) / carried["original"])
        head.append(_lost(record["rankme_without"][:, _HEAD], turn))
        gain.append(_lost(record["rankme"], turn) - _lost(record["rankme_without_gain"], turn))
    return [
        _over_seeds("directions", asymmetry),
        _over_seeds("directions-random", dearer),
        _over_seeds("head", head),
        _over_seeds("gain", gain),
    ]


def _lost(curve: np.ndarray, turn: Any) -> float:
    return float(100 * (1 - curve[turn.end] / curve[turn.peak]))


def _series(traced: Sequence[Series]) -> list[Judgement]:
    claims = ("series-phases", "series-alpha-first", "series-directions")
    if not traced:
        return [_BY_ID[claim].not_tested("no released checkpoints are traced at this scale") for claim in claims]
    found = [tuple(phase.name for phase in one.phases) == _THREE for one in traced]
    leads = [alpha_lead(one.at, one.curves["alpha"], turns(one.curves["rankme"])) for one in traced if len(one.at) > 2]
    answered = [one.curves["choices"] for one in traced if "choices" in one.curves]
    return [
        _share("series-phases", found),
        _over_seeds("series-alpha-first", leads),
        _over_seeds(
            "series-directions", [float(each["removed"][-1, 0] - each["retained"][-1, 0]) for each in answered]
        ),
    ]
