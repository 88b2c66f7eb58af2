"""How the records of the study judge its claims."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from learning_geometry.claims import Judgement
from learning_geometry.instruments.pass_at_k import crossing, pass_at_k
from learning_geometry.instruments.statistics import mean_interval, proportion_interval
from learning_geometry.store import Record, Records
from learning_geometry.studies.llm_phases.post_training.declared import CLAIMS

__all__ = ["CLAIMS", "judge"]

_BY_ID = {claim.id: claim for claim in CLAIMS}
_LARGE = 16
_DIGITS = 12  # of a difference of pass@k; what is smaller comes from rounding sums over problems
_NO_SERIES = "no released checkpoints were traced; see the parameters traced and fine_tuned"


def judge(records: Records) -> list[Judgement]:
    """Judge every claim, in the order of declaration."""
    found = records.of("stages")
    controlled = [record for record in found if "continued" in record["stages"]]
    by_id = {
        claim: _over_seeds(claim, [statistic(record) for record in (controlled if _BY_ID[claim].control else found)])
        for claim, statistic in _STATISTICS
    }
    by_id |= {judgement.claim.id: judgement for judgement in (*_pass(found), *_series(records), *_longer(records))}
    return [by_id[claim.id] for claim in CLAIMS]


def _over_seeds(claim: str, values: ArrayLike, note: str = "") -> Judgement:
    """Judge a claim on one value a seed; a single one has no interval and decides nothing."""
    sample = np.asarray(values, dtype=float)
    if len(sample) < 2:
        return _BY_ID[claim].not_tested("one seed gives no interval" if len(sample) else "no seed has it")
    return _BY_ID[claim].judge(float(sample.mean()), interval=mean_interval(sample), n_seeds=len(sample), note=note)


def _stage(record: Record, name: str, quantity: str) -> float:
    return float(np.mean(record["stages"][name][quantity]))


def _percent(before: str, after: str) -> Callable[[Record], float]:
    return lambda record: 100 * (_stage(record, after, "rankme") / _stage(record, before, "rankme") - 1)


def _change(before: str, after: str, quantity: str) -> Callable[[Record], float]:
    return lambda record: _stage(record, after, quantity) - _stage(record, before, quantity)


def _ratio(before: str, after: str, quantity: str) -> Callable[[Record], float]:
    return lambda record: _stage(record, after, quantity) / _stage(record, before, quantity)


_STATISTICS: tuple[tuple[str, Callable[[Record], float]], ...] = (
    ("base-has-learnt", lambda record: _stage(record, "base", "probability") / record["chance"]),
    ("sft-rankme", _percent("base", "sft")),
    ("dpo-rankme", _percent("sft", "dpo")),
    ("rlvr-rankme", _percent("dpo", "rlvr")),
    ("sft-inside", _change("base", "sft", "loss")),
    ("sft-outside", _change("base", "sft", "ood_loss")),
    ("dpo-inside", _change("sft", "dpo", "loss")),
    ("dpo-outside", _change("sft", "dpo", "ood_loss")),
    ("rlvr-diversity", _ratio("dpo", "rlvr", "distinct")),
    ("rlvr-entropy", _change("dpo", "rlvr", "entropy")),
    ("sft-diversity", _ratio("base", "sft", "distinct")),
    ("continued-rankme", _percent("base", "continued")),
    ("shuffled-inside", _change("base", "shuffled", "loss")),
    ("shuffled-rankme", _percent("base", "shuffled")),
    ("random-rankme", _percent("dpo", "random_reward")),
)


def _solved(record: Record, stage: str, k: ArrayLike) -> NDArray[np.float64]:
    """pass@k of a stage, mean over its problems, `(n_k,)`."""
    return pass_at_k(record["samples"], record["stages"][stage]["correct"], k).mean(axis=1)


def _pass(found: Sequence[Record]) -> list[Judgement]:
    fewest = min(record["samples"] for record in found)
    judged = [
        _BY_ID[claim].not_tested(f"samples must be {k} or more")
        if fewest < k
        else _over_seeds(
            claim,
            [
                100 * float((_solved(one, after, [k]) - _solved(one, before, [k]))[0])
                for one in found
                if after in one["stages"]
            ],
            note,
        )
        for claim, before, after, k, note in (
            ("rlvr-pass-1", "dpo", "rlvr", 1, ""),
            ("rlvr-pass-16", "dpo", "rlvr", _LARGE, ""),
            ("rlvr-pass-256", "dpo", "rlvr", 256, _saturation(found, 256)),
            ("dpo-pass-16", "sft", "dpo", _LARGE, ""),
            ("random-pass-1", "dpo", "random_reward", 1, ""),
        )
    ]
    return [*judged, _crossed([crossing_of(record) for record in found])]


def _crossed(crossings: Sequence[float | None]) -> Judgement:
    claim = _BY_ID["rlvr-crossing"]
    logarithms = np.log([k for k in crossings if k is not None])
    share, note = len(logarithms) / len(crossings), ""
    if len(logarithms) > 1:
        low, high = np.exp(mean_interval(logarithms))
        note = f"they cross at k = {np.exp(logarithms.mean()):.3g} [{low:.3g}, {high:.3g}], geometric mean over those seeds"
    if len(crossings) < 2:
        return claim.not_tested("one seed gives no share")
    interval = proportion_interval(len(logarithms), len(crossings))
    return claim.judge(share, interval=interval, n_seeds=len(crossings), note=note)


def _saturation(found: Sequence[Record], k: int) -> str:
    before = [float(_solved(record, "dpo", [k])[0]) for record in found if record["samples"] >= k]
    return f"before RLVR it is {min(before):.4g} to {max(before):.4g}" if before else ""


def crossing_of(record: Record) -> float | None:
    """The number of tries at which pass@k after RLVR falls to that before; None where it does not start above it."""
    k = np.arange(1, record["samples"] + 1)
    before, after = _solved(record, "dpo", k), _solved(record, "rlvr", k)
    ahead = np.round(after - before, _DIGITS)
    differ = np.flatnonzero(ahead)
    if len(differ) == 0 or differ[-1] == 0:
        return None
    # Where the samples solve every problem both ways, the curves have nothing more to say.
    end = differ[-1] + 1
    return crossing(k[:end], np.zeros(end), ahead[:end])


def _series(records: Records) -> list[Judgement]:
    """The claims about released checkpoints: the last one of each stage against the last of the stage before."""
    traced = [record for record in records if record.unit.experiment == "series"]
    last = {record["stage"]: record for record in traced}
    first = {record["stage"]: record for record in reversed(traced)}
    sft = (first.get("SFT"), last.get("SFT"))
    pairs = {"sft": sft, "dpo": (last.get("SFT"), last.get("DPO")), "rlvr": (last.get("DPO"), last.get("RLVR"))}
    judged = [_moved(f"series-{stage}", before, after) for stage, (before, after) in pairs.items()]
    return [*judged, _fewer_solved("series-pass-256", *pairs["rlvr"])]


def _moved(claim: str, before: Record | None, after: Record | None) -> Judgement:
    if before is None or after is None:
        return _BY_ID[claim].not_tested(_NO_SERIES)
    if before is after:
        return _BY_ID[claim].not_tested(f"it takes two checkpoints of {after['stage']}")
    # The same texts were drawn for both, so that what they have in common cancels.
    resampled = 100 * (np.asarray(after["rankme_resampled"]) / np.asarray(before["rankme_resampled"]) - 1)
    return _with_quantiles(claim, 100 * (after["rankme"] / before["rankme"] - 1), resampled)


def _fewer_solved(claim: str, before: Record | None, after: Record | None, k: int = 256) -> Judgement:
    if before is None or after is None:
        return _BY_ID[claim].not_tested(_NO_SERIES)
    if not ("correct" in before.result and "correct" in after.result):
        return _BY_ID[claim].not_tested("no problems were asked; see the parameter problems")
    if min(before["samples"], after["samples"]) < k:
        return _BY_ID[claim].not_tested(f"problem_samples must be {k} or more")
    solved = [pass_at_k(record["samples"], record["correct"], [k])[0] for record in (before, after)]
    return _paired(claim, 100 * (solved[1] - solved[0]))


def _longer(records: Records) -> list[Judgement]:
    tuned = [record for record in records if record.unit.experiment == "fine_tuning"]
    claims = (("longer-inside", "losses_in_after"), ("longer-outside", "losses_out_after"))
    # Another model differs in more than how long it was pretrained, and may have other tokens.
    tuned = [record for record in tuned if record["model"] == tuned[0]["model"]]
    if len(tuned) < 2:
        lacking = "it takes two revisions of the first model in fine_tuned" if tuned else _NO_SERIES
        return [_BY_ID[claim].not_tested(lacking) for claim, _ in claims]
    return [_paired(claim, np.asarray(tuned[-1][name]) - np.asarray(tuned[0][name])) for claim, name in claims]


def _paired(claim: str, differences: NDArray[np.float64]) -> Judgement:
    """Judge the mean of differences between two models on the same problems or texts."""
    times = np.random.default_rng(0).multinomial(
        len(differences), np.full(len(differences), 1 / len(differences)), 2000
    )
    return _with_quantiles(claim, float(differences.mean()), times @ differences / len(differences))


def _with_quantiles(claim: str, value: float, resampled: NDArray[np.float64]) -> Judgement:
    low, high = np.quantile(resampled, [0.025, 0.975])
    return _BY_ID[claim].judge(value, interval=(min(float(low), value), max(float(high), value)), n_seeds=1)
